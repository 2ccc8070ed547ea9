"""Days and years of birth as lists write them, in one form: ISO 8601, with its marks for doubt.

``18 Nov 1957`` is 1957-11-18; ``Nov 1957`` is 1957-11; ``circa 1951`` is ``1951~``; ``1950 to 1952`` is ``1950/1952``
(ISO 8601-2:2019, level 1: `~` for approximate, `/` between the ends of a span). Spans are told in years: ``01 Jan 1961
to 31 Dec 1961`` is 1961.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["iso_date"]

_MONTHS = {
    month: number
    for number, month in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_CIRCA = re.compile(r"^(?:circa|c\.|ca\.?|approximately|approx\.?|about|around)\s*", re.IGNORECASE)
_SPAN = re.compile(r"\s+(?:to|and)\s+|(?<=\d{4})\s*[-/\u2013]\s*(?=\d{4}$)|(?<=\d{4})/", re.IGNORECASE)
_ISO = re.compile(r"^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:T.*|Z|[+-]\d\d:\d\d)?$")
_IN_WORDS = re.compile(r"^(?:(\d{1,2})(?:st|nd|rd|th)?[ .-]+)?([A-Za-z]{3,9})[ .,-]+(\d{4})$")
_US = re.compile(r"^([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})$")
_LAST_DAY = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@lru_cache(maxsize=1 << 16)
def iso_date(written: str) -> str | None:
    """Return a day, month, year or span as written in the one form; None where it is none of them.

    >>> [iso_date(text) for text in ("18 Nov 1957", "Nov. 1973", "circa 1951", "1950 to 1952", "30-35 years old")]
    ['1957-11-18', '1973-11', '1951~', '1950/1952', None]
    """
    text = " ".join(written.split()).strip(" .")
    plain = _CIRCA.sub("", text).removesuffix("~")
    ends = [_one_date(part) for part in _SPAN.split(plain, maxsplit=1)]
    if None in ends:
        return None
    found = _span(*sorted(str(end) for end in ends))
    return f"{found}~" if plain != text else found


def _span(first: str, last: str | None = None) -> str:
    """Return a span in years; one within a year or month is that year or month: from 1 January to 31 December."""
    if last is None or first == last:
        return first
    if first[:4] != last[:4]:
        return f"{first[:4]}/{last[:4]}"
    return first[:7] if first[:7] == last[:7] else first[:4]


def _one_date(text: str) -> str | None:
    text = text.strip(" .~")
    if match := _ISO.match(text):
        return _joined(match[1], match[2], match[3])
    if match := _IN_WORDS.match(text):
        return _joined(match[3], _month(match[2]), match[1])
    if match := _US.match(text):
        return _joined(match[3], _month(match[1]), match[2])
    return None


def _month(word: str) -> str:
    return str(_MONTHS.get(word[:3].casefold(), 99))


def _joined(year: str, month: str | None, day: str | None) -> str | None:
    if not 1800 <= int(year) <= 2100:
        return None
    if month is None:
        return year
    if not 1 <= int(month) <= 12:
        return None
    if day is None:
        return f"{year}-{int(month):02}"
    return f"{year}-{int(month):02}-{int(day):02}" if 1 <= int(day) <= _LAST_DAY[int(month) - 1] else None
