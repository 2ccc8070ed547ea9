"""Days and periods as people write them: `2030-09-30`, `2030`, `FY 2030`, `Sep 2030`, `Q3 2030`, `end of 2030`.

A fiscal year of the United States begins on 1 October of the year before (31 U.S.C. § 1102): FY 2030 ends on
30 September 2030, three months before the year 2030 does. Both are kept apart.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

__all__ = ["FISCAL_STARTS", "Period", "fiscal_start", "read_period", "years_in"]

#: first month of a fiscal year, by what people call it; the year is named for the one in which it ends
FISCAL_STARTS = {"us": 10, "calendar": 1, "uk": 4, "canada": 4, "india": 4, "japan": 4, "australia": 7, "mexico": 1}
_MONTHS = {name.casefold(): n for n, name in enumerate(calendar.month_name) if n} | {
    name.casefold(): n for n, name in enumerate(calendar.month_abbr) if n
} | {"sept": 9}  # fmt: skip
_NAMES = "|".join(sorted(_MONTHS, key=len, reverse=True))
_YEAR = r"(?:19|20|21)\d\d"
_FISCAL = r"(?:FY|fiscal\s+year)\s*'?"
_FORMS = (
    ("iso", re.compile(rf"({_YEAR})-(\d\d)-(\d\d)(?:[T ][\d:.+Z-]*)?", re.IGNORECASE)),
    ("span", re.compile(rf"({_FISCAL})?({_YEAR})\s*(?:-|–|to|through)\s*(?:{_FISCAL})?({_YEAR})\b", re.IGNORECASE)),
    ("half", re.compile(rf"({_FISCAL})?({_YEAR})[\s-]*(Q[1-4]|H[12])\b|(Q[1-4]|H[12])[\s,]*({_FISCAL})?({_YEAR})",
                        re.IGNORECASE)),
    ("month", re.compile(rf"({_YEAR})-(\d\d)\b(?!-)")),
    ("day_name", re.compile(rf"(\d{{1,2}})\.?\s+({_NAMES})\.?,?\s+({_YEAR})", re.IGNORECASE)),
    ("name_day", re.compile(rf"({_NAMES})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+({_YEAR})", re.IGNORECASE)),
    ("month_name", re.compile(rf"({_NAMES})\.?,?\s+({_YEAR})", re.IGNORECASE)),
    ("fiscal", re.compile(rf"{_FISCAL}({_YEAR}|\d\d)\b", re.IGNORECASE)),
    ("year", re.compile(rf"(?<![\d-])({_YEAR})(?![\d-])")),
)  # fmt: skip
_ENDS = re.compile(r"^(?:from\s+)?(.+?)\s+(?:to|until|through|–)\s+(.+)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days.

    Args:
        first: its first day.
        last: its last day; a deadline falls on it.
        text: as it was written.
        fiscal: whether it is a fiscal year.
    """

    first: dt.date
    last: dt.date
    text: str
    fiscal: bool = False

    def __str__(self) -> str:
        return self.text


def fiscal_start(value: object) -> int:
    """Return the first month of a fiscal year: a month, its name, or whose fiscal year it is.

    Raises:
        ValueError: it is none of them.
    """
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 12:
        return value
    text = str(value).strip().casefold()
    if text in FISCAL_STARTS:
        return FISCAL_STARTS[text]
    if text in _MONTHS:
        return _MONTHS[text]
    raise ValueError(f"a month, or one of {', '.join(FISCAL_STARTS)}")


def read_period(value: object, starts: int = 10) -> Period:
    """Return the period that `value` names.

    Args:
        value: a date of TOML, a year, or a text.
        starts: first month of a fiscal year.

    Raises:
        ValueError: it names no day that exists, or more than one that differ.

    >>> read_period("FY 2030").last.isoformat(), read_period("2030").last.isoformat()
    ('2030-09-30', '2030-12-31')
    >>> read_period("by 2025 and in FY 2030")
    Traceback (most recent call last):
    ...
    ValueError: it names 2 days: 2025 and FY 2030
    """
    if isinstance(value, dt.datetime):
        value = value.date()
    if isinstance(value, dt.date):
        return Period(value, value, value.isoformat())
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise ValueError("write a day, as 2030-09-30, or a year, as 2030 or FY 2030")
    text = " ".join(value.split())
    ends = _ENDS.match(text)
    if ends:
        first, last = _found(ends[1], starts), _found(ends[2], starts)
        if len(first) == 1 and len(last) == 1 and first[0].first <= last[0].first:
            return Period(first[0].first, last[0].last, text, first[0].fiscal and last[0].fiscal)
    found = _found(text, starts)
    if not found:
        raise ValueError("there is no day in it; write 2030-09-30, 2030 or FY 2030")
    different = {(one.first, one.last) for one in found}
    if len(different) > 1:
        raise ValueError(f"it names {len(different)} days: {' and '.join(one.text for one in found)}")
    return found[0]


def _found(text: str, starts: int) -> list[Period]:
    """Return every period named in a text, each stretch of it read once, in order."""
    made: list[tuple[int, Period]] = []
    rest = text
    for form, pattern in _FORMS:
        for match in pattern.finditer(rest):
            first, last, fiscal = _days(form, match, starts)
            made.append((match.start(), Period(first, last, match[0].strip(), fiscal)))
        rest = pattern.sub(lambda m: " " * len(m[0]), rest)
    return [one for _, one in sorted(made, key=lambda pair: pair[0])]


def _days(form: str, found: re.Match[str], starts: int) -> tuple[dt.date, dt.date, bool]:  # noqa: PLR0911 - one way out for each form
    part = found.groups()
    if form == "iso":
        day = dt.date(int(part[0]), int(part[1]), int(part[2]))
        return day, day, False
    if form == "day_name":
        day = dt.date(int(part[2]), _MONTHS[part[1].casefold()], int(part[0]))
        return day, day, False
    if form == "name_day":
        day = dt.date(int(part[2]), _MONTHS[part[0].casefold()], int(part[1]))
        return day, day, False
    if form in ("month", "month_name"):
        year, month = (part[0], int(part[1])) if form == "month" else (part[1], _MONTHS[part[0].casefold()])
        return (*_months(int(year), int(month), 1), False)
    if form == "half":
        return _part_of_year(part, starts)
    if form == "span":
        fiscal = bool(part[0])
        first, last = _year(int(part[1]), starts if fiscal else 1), _year(int(part[2]), starts if fiscal else 1)
        if last[1] < first[0]:
            raise ValueError("the period ends before it begins")
        return first[0], last[1], fiscal
    if form == "fiscal":
        year = int(part[0]) if len(part[0]) == 4 else 2000 + int(part[0])
        return (*_year(year, starts), True)
    return (*_year(int(part[0]), 1), False)


def _part_of_year(part: tuple[str | None, ...], starts: int) -> tuple[dt.date, dt.date, bool]:
    fiscal, year, which = (part[0], part[1], part[2]) if part[1] else (part[4], part[5], part[3])
    size = 3 if str(which)[0].upper() == "Q" else 6
    first = _year(int(str(year)), starts if fiscal else 1)[0]
    month = first.month - 1 + size * (int(str(which)[1]) - 1)
    return (*_months(first.year + month // 12, month % 12 + 1, size), bool(fiscal))


def _year(year: int, starts: int) -> tuple[dt.date, dt.date]:
    """Return first and last day of the year that ends in `year` and begins with month `starts`."""
    return _months(year if starts == 1 else year - 1, starts, 12)


def _months(year: int, month: int, count: int) -> tuple[dt.date, dt.date]:
    if not 1 <= month <= 12:
        raise ValueError(f"there is no month {month}")
    after = month - 1 + count
    return dt.date(year, month, 1), dt.date(year + after // 12, after % 12 + 1, 1) - dt.timedelta(days=1)


def years_in(text: str) -> list[tuple[int, bool]]:
    """Return the deadlines that a sentence names, as (year, fiscal): `by 2025`, `to 2.4 billion doses in FY 2030`.

    >>> years_in("increased by 100% by 2025, from 1.2 billion doses in FY 2023 to 2.4 billion doses in FY 2030")
    [(2025, False), (2030, True)]
    """
    plain = " ".join(text.split())
    before = rf"\b(?:by|before|until|no later than|not later than)\s+(?:the\s+)?(?:end\s+of\s+)?({_FISCAL})?({_YEAR})\b"
    towards = rf"\bto\s+[$\d][^,;]{{0,60}}?\s(?:in|by)\s+({_FISCAL})?({_YEAR})\b"
    found = [
        (match.start(), int(match[2]), bool(match[1]))
        for pattern in (before, towards)
        for match in re.finditer(pattern, plain, re.IGNORECASE)
    ]
    return list(dict.fromkeys((year, fiscal) for _, year, fiscal in sorted(found)))
