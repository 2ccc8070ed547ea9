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
_LABEL = re.compile(r"\s*([^\W\d_]{3,})(?:[ .#]+[^\W\d_]{2,})*[ .#]+(?=\S*\d)")
_IMO = re.compile(r"^IMO(\d{7})$")
#: Kinds that name one thing for good: two different ones of the same kind are two things.
_LASTING = frozenset({"imo", "imo-company", "mmsi", "lei"})
_SHORTEST, _FEWEST_DIGITS = 5, 3
_LONG = 9
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
        # "Passport No. A1234": words of letters before the number say what it is.
        label = _LABEL.match(part)
        kind, value = (label[1], part[label.end() :]) if label else ("", part)
    number = _KEPT.sub("", _BRACKETS.sub(" ", value).upper())
    if imo := _IMO.match(number):
        kind, number = "imo", imo[1]
    enough = len(number) >= _SHORTEST and sum(c.isdigit() for c in number) >= _FEWEST_DIGITS
    return Paper(kind.strip().casefold(), number) if enough else None


def compare_papers(here: tuple[Paper, ...], listed: tuple[Paper, ...]) -> tuple[str, str] | None:
    """Return what the numbers of both sides say, as (verdict, words); None where they say nothing.

    same: one number on both, of one kind or of nine letters and digits or more; alike: one short number on both whose
    kind nobody says, met by chance now and then; other: two numbers of a kind that a thing has once. People have
    several papers, so another number of another kind says nothing.
    """
    numbers = {paper.number: paper for paper in listed}
    both = [(paper, numbers[paper.number]) for paper in here if paper.number in numbers]
    if both:
        mine, theirs = max(both, key=_tells)
        said = f"{mine.number} on both ({theirs.kind or mine.kind or 'kind not stated'})"
        return ("same" if _tells((mine, theirs)) else "alike"), said
    for paper in here:
        against = [other for other in listed if other.kind == paper.kind and paper.kind in _LASTING]
        if against:
            return "other", f"{paper.kind} {paper.number} here, {against[0].number} on the list"
    return None


def _tells(pair: tuple[Paper, Paper]) -> bool:
    mine, theirs = pair
    return bool(mine.kind and mine.kind == theirs.kind) or len(mine.number) >= _LONG
