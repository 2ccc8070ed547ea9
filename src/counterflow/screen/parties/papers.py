"""Papers and numbers of a party, written so that the same number is the same text.

Lists print ``passport:A1234 (Iran); imo:9187629``; records print ``A-1234`` or ``IMO 9187629``. A number counts from
five letters and digits of which at least three are digits: shorter ones are met by chance.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Paper", "compare_papers", "read_papers"]

_BRACKETS = re.compile(r"\([^)]*\)")
_KEPT = re.compile(r"[^0-9A-Z]+")
_IMO = re.compile(r"^IMO(\d{7})$")
#: Kinds that name one thing for good: two different ones of the same kind are two things.
_LASTING = frozenset({"imo", "imo-company", "mmsi", "lei"})
_SHORTEST, _FEWEST_DIGITS = 5, 3
_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Paper:
    """One number: its kind as stated (empty where it is not), and its letters and digits."""

    kind: str
    number: str


@lru_cache(maxsize=65_536)
def read_papers(text: str | None) -> tuple[Paper, ...]:
    """Return the papers and numbers in `text`, several with ``;`` between them.

    >>> read_papers("passport:A-1234 (Iran); IMO 9187629; 12")
    (Paper(kind='passport', number='A1234'), Paper(kind='imo', number='9187629'))
    """
    found = (_paper_of(part) for part in (text or "")[:_MOST].split(";"))
    return tuple(dict.fromkeys(paper for paper in found if paper))


def _paper_of(part: str) -> Paper | None:
    kind, colon, value = part.partition(":")
    if not colon:
        kind, value = "", part
    number = _KEPT.sub("", _BRACKETS.sub(" ", value).upper())
    if imo := _IMO.match(number):
        kind, number = "imo", imo[1]
    enough = len(number) >= _SHORTEST and sum(c.isdigit() for c in number) >= _FEWEST_DIGITS
    return Paper(kind.strip().casefold(), number) if enough else None


def compare_papers(here: tuple[Paper, ...], listed: tuple[Paper, ...]) -> tuple[str, str] | None:
    """Return whether a number is on both sides, as (verdict, words): same | other; None where that says nothing.

    Kinds are not compared where the numbers are the same: lists and records name them differently. Another number
    says nothing, since people have several papers, unless it is of a kind that a thing has once.
    """
    numbers = {paper.number: paper for paper in listed}
    for paper in here:
        if met := numbers.get(paper.number):
            return "same", f"{paper.number} on both ({met.kind or paper.kind or 'kind not stated'})"
    for paper in here:
        against = [other for other in listed if other.kind == paper.kind and paper.kind in _LASTING]
        if against:
            return "other", f"{paper.kind} {paper.number} here, {against[0].number} on the list"
    return None
