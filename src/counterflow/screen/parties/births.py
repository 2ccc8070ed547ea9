"""Years and days of birth as lists and records write them, and how well two of them fit.

Lists print ``1957-04-04``, ``18 Nov 1957``, ``circa 1961``, ``1955 to 1960``, or several of them with semicolons
between; records print less. What holds no year says nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Birth", "compare_births", "read_births"]

_YEAR = r"(?:18|19|20)\d\d"
_ISO = re.compile(rf"\b({_YEAR})-(\d\d?)(?:-(\d\d?))?\b(?!-)")
_COMPACT = re.compile(rf"\b({_YEAR})([01]\d)([0-3]\d)\b")
_NUMERIC = re.compile(rf"\b(\d\d?)[./-](\d\d?)[./-]({_YEAR})\b")
_NAMED = re.compile(rf"\b(?:(\d\d?)\s+)?([a-z]{{3,9}})\.?,?\s+({_YEAR})\b", re.IGNORECASE)
_RANGE = re.compile(rf"\b({_YEAR})\s*(?:-|–|/|to|and|until|\.\.)\s*({_YEAR})\b", re.IGNORECASE)
_LONE = re.compile(rf"\b({_YEAR})\b")
_ABOUT = re.compile(r"\b(?:circa|ca?\.|about|approx\w*|around|estimated)|[~?]", re.IGNORECASE)
_SHORT_MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec"
_MONTHS = {name: at // 3 + 1 for at in range(0, 36, 3) for name in [_SHORT_MONTHS[at : at + 3]]}
#: years on either side that `circa` leaves open
_SLACK = 2


@dataclass(frozen=True, slots=True)
class Birth:
    """One stated birth: from the year `first` to the year `last`; month and day where they are said."""

    first: int
    last: int
    month: int | None = None
    day: int | None = None

    def holds(self, other: Birth) -> bool:
        """Whether `other` says the same, or more of the same: 1991 holds 1991-06-02, and not the other way round."""
        within = self.first <= other.first and other.last <= self.last
        return within and self.month in {None, other.month} and self.day in {None, other.day}

    def in_words(self) -> str:
        """Return it as ISO 8601; a span of years as ``1955/1960``."""
        if self.first != self.last:
            return f"{self.first}/{self.last}"
        return "-".join([str(self.first), *(f"{part:02}" for part in (self.month, self.day) if part)])


@lru_cache(maxsize=65_536)
def read_births(text: str | None) -> tuple[Birth, ...]:
    """Return the births that `text` states, several with ``;`` between them.

    >>> [b.in_words() for b in read_births("18 Nov 1957; circa 1961; 1955 to 1960; unknown")]
    ['1957-11-18', '1959/1963', '1955/1960']
    """
    return tuple(dict.fromkeys(birth for part in (text or "")[:500].split(";") for birth in _births_of(part)))


def _births_of(text: str) -> Iterator[Birth]:
    about = bool(_ABOUT.search(text))
    for pattern, order in ((_ISO, (1, 2, 3)), (_COMPACT, (1, 2, 3)), (_NUMERIC, (3, 2, 1))):
        if found := pattern.search(text):
            yield _dated(*(int(found[i]) if found[i] else None for i in order))  # type: ignore[arg-type]
            return
    if found := _RANGE.search(text):
        first, last = sorted((int(found[1]), int(found[2])))
        yield Birth(first, last)
        return
    if (found := _NAMED.search(text)) and (month := _MONTHS.get(found[2][:3].lower())):
        yield _dated(int(found[3]), month, int(found[1]) if found[1] else None)
        return
    if found := _LONE.search(text):
        year, slack = int(found[1]), _SLACK if about else 0
        yield Birth(year - slack, year + slack)


def _dated(year: int, month: int | None, day: int | None) -> Birth:
    """Return the day; where the parts are not one, the other order, then the year alone."""
    if month and day:
        for m, d in ((month, day), (day, month)):
            try:
                dt.date(year, m, d)
            except ValueError:
                continue
            return Birth(year, year, m, d)
    return Birth(year, year, month if month and 1 <= month <= 12 else None)


def compare_births(here: tuple[Birth, ...], listed: tuple[Birth, ...]) -> tuple[str, str]:
    """Return how well the births of a record and of an entry fit, as (verdict, words): the best of all pairs.

    Verdicts, best first: day | year | turned | span | near | off | far.
    """
    fits = [(_ORDER.index(_fit(a, b)), a, b) for a in here for b in listed]
    place, a, b = min(fits, key=lambda fit: fit[0])
    return _ORDER[place], f"{a.in_words()} here, {b.in_words()} on the list: {_WORDS[_ORDER[place]]}"


_ORDER = ("day", "year", "turned", "span", "near", "off", "far")
_WORDS = {
    "day": "the same day",
    "year": "the same year",
    "turned": "day and month the other way round",
    "span": "within the years stated",
    "near": "one year apart",
    "off": "the same year, another day",
    "far": "another year",
}


def _fit(a: Birth, b: Birth) -> str:
    if a.first == a.last == b.first == b.last:
        return _fit_in_year(a, b)
    if a.first <= b.last and b.first <= a.last:
        return "span"
    return "near" if min(abs(a.first - b.last), abs(b.first - a.last)) == 1 else "far"


def _fit_in_year(a: Birth, b: Birth) -> str:
    if not (a.month and b.month):
        return "year"
    if not (a.day and b.day):
        return "year" if a.month == b.month else "off"
    if (a.month, a.day) == (b.month, b.day):
        return "day"
    return "turned" if (a.month, a.day) == (b.day, b.month) else "off"
