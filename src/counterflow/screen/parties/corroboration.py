"""What the other fields of a record say for or against a hit on a name: a number of its own, from -1 to 1.

Birth, country, nationality, address and papers are compared where both sides have them. Each comparison adds a stated
weight, and the sum s becomes tanh(s / 4): 0 where nothing could be compared, near 1 where a paper and a birth agree,
below 0 where they speak against it. The weights are our own judgement and not learnt: there is no public set of hits
with these fields and a verdict.

The number never enters the score of the names, decides no alert and is no feature of any risk: where somebody was
born or lives is no ground for suspicion, it only helps to tell two bearers of a name apart.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from counterflow.screen.parties.births import compare_births, read_births
from counterflow.screen.parties.papers import compare_papers, read_papers

__all__ = ["FIELDS", "NOTHING", "WEIGHTS", "Corroboration", "Ground", "corroborate"]

#: Fields of a party that are compared, as columns of what is asked.
FIELDS = ("born", "country", "nationality", "address", "identifier")
#: Field and verdict to weight. Own judgement, 2026-11.
WEIGHTS: Mapping[tuple[str, str], float] = {
    ("identifier", "same"): 6.0, ("identifier", "alike"): 3.0, ("identifier", "other"): -4.0,
    ("born", "day"): 4.0, ("born", "year"): 2.0, ("born", "turned"): 2.5, ("born", "span"): 1.0,
    ("born", "near"): 0.5, ("born", "off"): -0.5, ("born", "far"): -3.0,
    ("country", "same"): 0.7, ("country", "other"): -0.5,
    ("nationality", "same"): 0.7, ("nationality", "other"): -0.5,
    ("address", "same"): 3.0, ("address", "much"): 1.5, ("address", "some"): 0.5, ("address", "none"): -0.3,
}  # fmt: skip
_SCALE = 4.0
_ADDRESS_WORD = re.compile(r"[^\W_]+")
#: Words of addresses that say nothing (own list, of the languages met on the lists).
_EMPTY_WORDS = frozenset(
    re.findall(
        "[a-z]+",
        "street st road rd avenue ave av no num number box po building bldg floor suite room apt apartment block unit"
        " city town district province region state calle carrera cra avenida rua via rue strasse ulitsa ul prospekt"
        " house the of and de la el del a c o near opp post code",
    )
)


@dataclass(frozen=True, slots=True)
class Ground:
    """One comparison: the field, what was found in words, and what it weighs."""

    field: str
    words: str
    weight: float


@dataclass(frozen=True, slots=True)
class Corroboration:
    """All comparisons of a hit."""

    grounds: tuple[Ground, ...] = ()

    @property
    def value(self) -> float:
        """The number, from -1 to 1; 0 where nothing could be compared."""
        return round(math.tanh(math.fsum(g.weight for g in self.grounds) / _SCALE), 2)

    @property
    def by_paper(self) -> bool:
        """Whether the same paper or number stands on both sides, beyond chance."""
        return any(g.field == "identifier" and g.weight == WEIGHTS["identifier", "same"] for g in self.grounds)

    @property
    def by_birth(self) -> bool:
        """Whether the birth agrees to the year at least."""
        return any(g.field == "born" and g.weight >= WEIGHTS["born", "year"] for g in self.grounds)

    @property
    def said_if_any(self) -> str:
        """The comparisons in words; empty where there is none."""
        return self.in_words() if self.grounds else ""

    def in_words(self) -> str:
        """Return every comparison with its weight, and the number they make."""
        if not self.grounds:
            return "nothing to compare but the name"
        said = "; ".join(f"{g.field}: {g.words} ({g.weight:+g})" for g in self.grounds)
        return f"{said}; together {self.value:+.2f}"


NOTHING = Corroboration()


def corroborate(here: Mapping[str, str | None], listed: Mapping[str, str | None]) -> Corroboration:
    """Compare what a record says beside the name with what the entry says.

    Args:
        here: the record's `FIELDS`; absent or empty where it does not say.
        listed: the entry's born, country, nationality, identifiers and addresses (chr(30) between those).

    >>> corroborate({"born": "1957"}, {"born": "1957-04-04"}).in_words()
    'born: 1957 here, 1957-04-04 on the list: the same year (+2); together +0.46'
    """
    found = (compare(here.get(field) or "", listed) for field, compare in _COMPARE.items() if here.get(field))
    return Corroboration(tuple(ground for ground in found if ground))


def _ground(field: str, verdict: str, words: str) -> Ground:
    return Ground(field, words, WEIGHTS[field, verdict])


def _born(here: str, listed: Mapping[str, str | None]) -> Ground | None:
    mine, theirs = read_births(here), read_births(listed.get("born"))
    return _ground("born", *compare_births(mine, theirs)) if mine and theirs else None


def _identifier(here: str, listed: Mapping[str, str | None]) -> Ground | None:
    verdict = compare_papers(read_papers(here), read_papers(listed.get("identifiers")))
    return _ground("identifier", *verdict) if verdict else None


def _country(here: str, listed: Mapping[str, str | None]) -> Ground | None:
    return _place("country", here, (listed.get("country"), listed.get("nationality")))


def _nationality(here: str, listed: Mapping[str, str | None]) -> Ground | None:
    return _place("nationality", here, (listed.get("nationality"),))


def _place(field: str, here: str, listed: tuple[str | None, ...]) -> Ground | None:
    mine, theirs = _codes(here), [code for text in listed for code in _codes(text or "")]
    if not mine or not theirs:
        return None
    both = [code for code in mine if code in theirs]
    if both:
        return _ground(field, "same", f"{both[0]} on both")
    named = ", ".join(dict.fromkeys(theirs[:4]))
    return _ground(field, "other", f"{mine[0]} here, {named} on the list")


@lru_cache(maxsize=16_384)
def _codes(text: str) -> tuple[str, ...]:
    from counterflow.reference.countries import country_codes

    return tuple(country_codes(text))


def _address(here: str, listed: Mapping[str, str | None]) -> Ground | None:
    # The country has a line of its own; its name in an address says nothing more.
    known = _words_of(f"{listed.get('country') or ''} {listed.get('nationality') or ''}")
    mine = _words_of(here) - known
    theirs = [_words_of(text) - known for text in (listed.get("addresses") or "").split("\x1e")]
    theirs = [words for words in theirs if words]
    if not mine or not theirs:
        return None
    best = max(theirs, key=lambda words: (len(mine & words), _share(mine, words)))
    both = sorted(mine & best)
    said = f"in common: {' '.join(both[:8])}" if both else "no word in common"
    return _ground("address", _address_verdict(both, _share(mine, best)), said)


def _address_verdict(both: list[str], share: float) -> str:
    """Same: most of it, with a house number or postcode; much: most of it; some: a city, say."""
    if not both:
        return "none"
    if len(both) >= 3 and share >= 0.6 and any(c.isdigit() for word in both for c in word):
        return "same"
    return "much" if len(both) >= 3 and share >= 0.5 else "some"


@lru_cache(maxsize=65_536)
def _words_of(text: str) -> frozenset[str]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text[:400]).casefold() if not unicodedata.combining(c))
    return frozenset(word for word in _ADDRESS_WORD.findall(plain) if word not in _EMPTY_WORDS)


def _share(mine: frozenset[str], theirs: frozenset[str]) -> float:
    """Share of words in common, of the shorter address (Szymkiewicz-Simpson): records and lists leave parts out."""
    return len(mine & theirs) / min(len(mine), len(theirs))


_COMPARE = {
    "identifier": _identifier, "born": _born, "country": _country,
    "nationality": _nationality, "address": _address,
}  # fmt: skip
