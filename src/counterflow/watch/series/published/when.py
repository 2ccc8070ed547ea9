"""Days and periods as published tables write them: months by name, fiscal years, weeks with their last day."""

from __future__ import annotations

import calendar
import datetime as dt
import re

import numpy as np
import numpy.typing as npt

from counterflow.watch.series.reader import Options

__all__ = [
    "Period",
    "as_of_day",
    "day_of",
    "day_written",
    "fiscal_month",
    "month_number",
    "month_of",
    "span",
    "year_of",
]

Days = npt.NDArray[np.datetime64]
#: first and last day, both included
Period = tuple[dt.date, dt.date]
_MONTHS = {name.casefold(): at for at, name in enumerate(calendar.month_name) if name}
_SHORT = 3
_YEAR = re.compile(r"\b(1[89]\d\d|20\d\d|21\d\d)\b")
_ISO = re.compile(r"(?<!\d)(20\d\d)[-_]?(0[1-9]|1[0-2])[-_]?(0[1-9]|[12]\d|3[01])(?!\d)")
_US = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)")
_LONG = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2}), (\d{4})")
_MOST_MONTHS = 12
#: the US federal year begins on 1 October of the year before
_FISCAL_START = 10


def month_number(text: str) -> int:
    """Return 1 to 12 for a month in words, in three letters or in figures; 0 where it is none.

    >>> month_number("September"), month_number("SEP"), month_number("Sept."), month_number("9"), month_number("?")
    (9, 9, 9, 9, 0)
    """
    plain = text.casefold().strip(". ")
    if plain.isascii() and plain.isdigit():
        return int(plain) if 1 <= int(plain) <= _MOST_MONTHS else 0
    if len(plain) < _SHORT:
        return 0
    return next((at for name, at in _MONTHS.items() if name.startswith(plain) or (plain == "sept" and at == 9)), 0)


def year_of(text: str) -> int:
    """Return the year in a text, as in "2026 (FYTD)" or "2025 (provisional)"; 0 where there is none.

    >>> year_of("2026 (FYTD)"), year_of("n/a")
    (2026, 0)
    """
    found = _YEAR.search(text)
    return int(found.group(1)) if found else 0


def month_of(year: int, month: int) -> Period:
    """Return a month's first and last day."""
    return dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1])


def fiscal_month(fiscal_year: int, month: int) -> Period:
    """Return the calendar month of a month of the US federal fiscal year, which begins on 1 October.

    >>> fiscal_month(2026, 10)[0].isoformat(), fiscal_month(2026, 9)[0].isoformat()
    ('2025-10-01', '2026-09-01')
    """
    return month_of(fiscal_year - (month >= _FISCAL_START), month)


def span(year: int, month: int, months: int) -> Period:
    """Return the first and last day of so many months that end with this one.

    >>> [day.isoformat() for day in span(2024, 3, 12)]
    ['2023-04-01', '2024-03-31']
    """
    first = year * 12 + (month - 1) - (months - 1)
    return dt.date(first // 12, first % 12 + 1, 1), month_of(year, month)[1]


def day_of(text: str) -> dt.date | None:
    """Return the day in a text: 2024-03-31, 03/31/2024 (month first, as US agencies write it) or Mar 31, 2024.

    >>> day_of("04/05/2026").isoformat(), day_of("Query Date: Aug 3, 2021 10:03:46 AM").isoformat(), day_of("soon")
    ('2026-04-05', '2021-08-03', None)
    """
    for pattern, order in ((_ISO, (0, 1, 2)), (_US, (2, 0, 1)), (_LONG, (2, 0, 1))):
        found = pattern.search(text)
        if found is None:
            continue
        year, month, day = (found.groups()[at] for at in order)
        try:
            return dt.date(int(year), month_number(month), int(day))
        except ValueError:
            continue
    return None


def as_of_day(options: Options, file: str, found: dt.date | None) -> tuple[dt.date, str]:
    """Return the day as of which a file speaks, and what has to be said of it.

    What a person says wins, then what the file says, then a day in its name; else the day of loading, which is only the
    latest that it can be.
    """
    if options.as_of is not None:
        return options.as_of, ""
    if found is not None:
        return found, f"as of {found}, as the file says"
    named = day_written(file)
    if named is not None and named <= options.today:
        return named, f"as of {named}, by the name of the file"
    said = (
        f"the file does not say when it was published: taken as known on {options.today}; --as-of DAY for an older one"
    )
    return options.today, said


def day_written(name: str) -> dt.date | None:
    """Return the day in a file's name, as in counts_20250917.csv; None where there is none.

    >>> day_written("VSRR_Provisional_Drug_Overdose_Death_Counts_20250917.csv").isoformat()
    '2025-09-17'
    """
    found = _ISO.search(name)
    return day_of(found.group(0)) if found else None
