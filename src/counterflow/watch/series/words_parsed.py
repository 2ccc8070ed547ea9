"""What a word in a file of counts means: a period, a day, a count, a yes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection

from counterflow.watch.series.mapping import CountMapping
from counterflow.watch.series.periods import week_start, weeks_in

__all__ = ["EMPTY", "WITHHELD", "count_of", "day_of", "fault_of", "joined", "period_of"]

#: what `count_of` gives for a word that is no count
EMPTY, WITHHELD, NEGATIVE, FRACTION, NO_NUMBER = -1.0, -2.0, -3.0, -4.0, -5.0
_FAULTS = {
    NEGATIVE: ("negative", "A count is never below 0; leave it empty where it is not known."),
    FRACTION: ("no-count", "A count is whole; a rate or an estimate is none."),
    NO_NUMBER: ("no-number", "Write a whole number from 0."),
}
_EMPTY = {"", "na", "nan", "n/a", "null", "none", "."}
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+")
_WEEK = re.compile(r"(\d{4})[- ]?W(\d{1,2})", re.IGNORECASE)
_QUARTER = re.compile(r"(\d{4})[- ]?Q([1-4])", re.IGNORECASE)
_MONTH = re.compile(r"(\d{4})[-/](\d{1,2})")
_YEAR = re.compile(r"(19|20)\d\d")
_MONTHS = {name: number for number, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1)}  # fmt: skip


def count_of(word: str, withheld: Collection[str]) -> float:
    """Return a count, or one of the negative numbers above for a word that is none.

    >>> count_of("1,204", ()), count_of("<10", ()) == WITHHELD, count_of("", ()) == EMPTY
    (1204.0, True, True)
    """
    folded = word.casefold()
    if folded in _EMPTY:
        return EMPTY
    if word.startswith(("<", "≤")) or folded in withheld:
        return WITHHELD
    try:
        value = float(word.replace(",", "") if _THOUSANDS.fullmatch(word) else word)
    except ValueError:
        return NO_NUMBER
    if not abs(value) < 2**53:
        return NO_NUMBER
    if value < 0:
        return NEGATIVE
    return value if value == int(value) else FRACTION


def fault_of(code: float) -> tuple[str, str]:
    """Return reason and hint for a word that is no count."""
    return _FAULTS[code]


def day_of(word: str, date_format: str) -> dt.date | None:
    """Return a day, without its time where one follows; None where it is none.

    >>> day_of("03/31/2019 04:10:00 PM", "%m/%d/%Y")
    datetime.date(2019, 3, 31)
    """
    text = word if " " in date_format else re.split(r"[ T]", word, maxsplit=1)[0]
    try:
        if date_format:
            return dt.datetime.strptime(text, date_format).date()  # noqa: DTZ007 - a day has no zone
        return dt.date.fromisoformat(text) if "-" in text else None
    except ValueError:
        return None


def period_of(word: str, mapping: CountMapping) -> tuple[dt.date, str] | None:
    """Return the first day that a word means, and the grain that its form shows ("" where it is a day).

    >>> from counterflow.watch.series.mapping import mapping_of
    >>> period_of("2020-W53", mapping_of("counts"))
    (datetime.date(2020, 12, 28), 'week')
    >>> period_of("2021-W53", mapping_of("counts")) is None
    True
    """
    if found := _WEEK.fullmatch(word):
        return _week(int(found[1]), int(found[2]), mapping.week)
    if found := _QUARTER.fullmatch(word):
        return dt.date(int(found[1]), 3 * int(found[2]) - 2, 1), "quarter"
    if found := _MONTH.fullmatch(word):
        return _month(int(found[1]), int(found[2]))
    if mapping.grain in ("", "year") and _YEAR.fullmatch(word):
        return dt.date(int(word), 1, 1), "year"
    day = day_of(word, mapping.date_format)
    return None if day is None else (day, "")


def joined(year: str, part: str, kind: str) -> str:
    """Return year and week, month or quarter as one word that `period_of` reads.

    >>> joined("2020", "Sep", "month"), joined("2020", "7", "week")
    ('2020-09', '2020-W7')
    """
    if kind == "week":
        return f"{year}-W{part}"
    if kind == "quarter":
        return f"{year}-Q{part.upper().removeprefix('Q')}"
    number = _MONTHS.get(part[:3].casefold())
    return f"{year}-{number:02d}" if number else f"{year}-{part}"


def _week(year: int, number: int, week: str) -> tuple[dt.date, str] | None:
    if not 1 <= number <= int(weeks_in([year], week=week)[0]):
        return None
    first: dt.date = week_start([year], [number], week=week)[0].astype(dt.date)
    return first, "week"


def _month(year: int, number: int) -> tuple[dt.date, str] | None:
    return (dt.date(year, number, 1), "month") if 1 <= number <= 12 else None
