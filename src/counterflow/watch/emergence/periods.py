"""Periods as people write them in tables: 2019, 2019-Q3, 2019-07, 2019-W07, 2019-07-15; turned into first days."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from counterflow.watch.grid import PERIODS_A_YEAR
from counterflow.watch.series.periods import starts_of

__all__ = ["GRAINS", "day_of", "floored", "grain_of", "label"]

Days = npt.NDArray[np.datetime64]

GRAINS = tuple(PERIODS_A_YEAR)
_WEEK_DAYS = 7
_SUNDAY = np.datetime64("1970-01-04", "D")
_FORMS = (
    (re.compile(r"(\d{4})"), "year"),
    (re.compile(r"(\d{4})-?[Qq]([1-4])"), "quarter"),
    (re.compile(r"(\d{4})-(\d{1,2})"), "month"),
    (re.compile(r"(\d{4})-?[Ww](\d{1,2})"), "week"),
    (re.compile(r"(\d{4})-(\d{2})-(\d{2})"), "day"),
)


def day_of(written: str) -> tuple[dt.date, str] | None:
    """Return the first day of a period and how it is written; None where it is no period.

    >>> day_of("2019-Q3"), day_of("2020-W53"), day_of("2019-13")
    ((datetime.date(2019, 7, 1), 'quarter'), (datetime.date(2020, 12, 28), 'week'), None)
    """
    for form, grain in _FORMS:
        met = form.fullmatch(written.strip())
        if met is not None:
            try:
                return _first_day([int(part) for part in met.groups()], grain), grain
            except ValueError:
                return None
    return None


def _first_day(parts: Sequence[int], grain: str) -> dt.date:
    if grain == "week":
        return dt.date.fromisocalendar(parts[0], parts[1], 1)
    if grain == "quarter":
        return dt.date(parts[0], 3 * parts[1] - 2, 1)
    return dt.date(*[*parts, 1, 1][:3])


def grain_of(days: Days, written: set[str]) -> str:
    """Return the grain of a file from the days that its periods begin on and how they were written.

    Days written out are weeks where they lie whole weeks apart, months, quarters or years where all are first days of
    such; else days.
    """
    if written != {"day"}:
        return max(written, key=GRAINS.index) if len(written) == 1 else "day"
    distinct = np.unique(days)
    if len(distinct) < 2:
        return "day"
    if (distinct == distinct.astype("datetime64[M]")).all():
        months = distinct.astype("datetime64[M]").astype(int) % 12
        return "year" if not months.any() else "quarter" if not (months % 3).any() else "month"
    return "week" if not (np.diff(distinct).astype(int) % _WEEK_DAYS).any() else "day"


def floored(days: Days, grain: str) -> Days:
    """Return the first day of the period of `grain` that each day lies in; weeks of Sundays stay weeks of Sundays."""
    sundays = grain == "week" and len(days) > 0 and bool(((days - _SUNDAY).astype(int) % _WEEK_DAYS == 0).all())
    return starts_of(days, grain, week="mmwr" if sundays else "iso")


def label(day: np.datetime64, grain: str) -> str:
    """Return a period as it is shown: the year alone for years, else its first day."""
    return str(day)[:4] if grain == "year" else str(day)
