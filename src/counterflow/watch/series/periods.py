"""Periods: from a day to the day, week, month, quarter or year that it lies in, on whole arrays.

Weeks are ISO 8601 (Monday to Sunday; week 1 holds the year's first Thursday) or, where asked, those of the US Morbidity
and Mortality Weekly Report (Sunday to Saturday; week 1 is the first with at least four days in the year; CDC, MMWR Week
fact sheet). Both have years of 53 weeks.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["GRAINS", "WEEKS", "between", "ends_of", "grain_of", "index_of", "starts_of", "week_start", "weeks_in"]

Days = npt.NDArray[np.datetime64]
Whole = npt.NDArray[np.int64]

#: grains in which periods follow each other without overlap
GRAINS = ("day", "week", "month", "quarter", "year")
#: weeks by convention: days from 1970-01-01, a Thursday, to a first day of a week
WEEKS = {"iso": -3, "mmwr": -4}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def starts_of(days: npt.ArrayLike, grain: str, *, week: str = "iso") -> Days:
    """Return the first day of the period that each day lies in; NaT stays NaT.

    >>> starts_of(["2020-12-31"], "week").astype(str).tolist()
    ['2020-12-28']
    >>> starts_of(["2020-12-31"], "week", week="mmwr").astype(str).tolist()
    ['2020-12-27']
    >>> starts_of(["2020-12-31"], "quarter").astype(str).tolist()
    ['2020-10-01']
    """
    at = np.asarray(days, "datetime64[D]")
    if grain == "day":
        return at
    known = ~np.isnat(at)
    starts = np.full(at.shape, np.datetime64("NaT"), "datetime64[D]")
    if grain == "week":
        number = _days(at[known])
        starts[known] = (number - (number - WEEKS[week]) % 7).astype("datetime64[D]")
    else:
        months = _months(at[known])
        starts[known] = _first_days(months - months % _MONTHS[grain])
    return starts


def index_of(starts: npt.ArrayLike, grain: str) -> Whole:
    """Return a whole number per first day that rises by one from each period to the next.

    Raises:
        ValueError: a day is NaT.
    """
    at = np.asarray(starts, "datetime64[D]")
    if np.isnat(at).any():
        raise ValueError("a period without a first day has no index")
    if grain in ("day", "week"):
        return np.floor_divide(_days(at) - WEEKS["iso"], 7 if grain == "week" else 1)
    return np.floor_divide(_months(at), _MONTHS[grain])


def between(first: np.datetime64, last: np.datetime64, grain: str) -> Days:
    """Return the first days of all periods from that of `first` to that of `last`, both first days themselves."""
    ends = np.array([first, last], "datetime64[D]")
    if grain in ("day", "week"):
        low, high = (int(number) for number in _days(ends))
        return np.arange(low, high + 1, 7 if grain == "week" else 1).astype("datetime64[D]")
    low, high = (int(number) for number in _months(ends))
    return _first_days(np.arange(low, high + 1, _MONTHS[grain]))


def ends_of(starts: npt.ArrayLike, grain: str) -> Days:
    """Return the last day, included, of each period that begins at `starts`.

    >>> ends_of(["2020-02-01"], "month").astype(str).tolist()
    ['2020-02-29']
    """
    at = np.asarray(starts, "datetime64[D]")
    if grain in ("day", "week"):
        return (_days(at) + (6 if grain == "week" else 0)).astype("datetime64[D]")
    return (_days(_first_days(_months(at) + _MONTHS[grain])) - 1).astype("datetime64[D]")


def grain_of(starts: npt.ArrayLike) -> str:
    """Return the grain of which all these first days can be periods, the coarsest.

    A week begins on any one day of the week, the same throughout.
    """
    at = np.unique(np.asarray(starts, "datetime64[D]"))
    months = _months(at)
    if (_first_days(months) == at).all():
        return _of_months(months, np.diff(months))
    apart = np.diff(_days(at))
    return "week" if len(apart) and not (apart % 7).any() else "day"


def _of_months(months: Whole, steps: Whole) -> str:
    for grain, size in (("year", 12), ("quarter", 3)):
        if len(steps) and not (steps % size).any() and not (months % size).any():
            return grain
    return "month"


def week_start(year: npt.ArrayLike, number: npt.ArrayLike, *, week: str = "iso") -> Days:
    """Return the first day of week `number` of `year`; week 53 of a year that has 52 is the next year's first.

    >>> week_start([2020, 2021], [53, 1]).astype(str).tolist()
    ['2020-12-28', '2021-01-04']
    """
    years = np.asarray(year, np.int64)
    fourth = (years - 1970).astype("datetime64[Y]").astype("datetime64[D]") + np.timedelta64(3, "D")
    first = starts_of(fourth, "week", week=week)
    return (_days(first) + 7 * (np.asarray(number, np.int64) - 1)).astype("datetime64[D]")


def weeks_in(year: npt.ArrayLike, *, week: str = "iso") -> Whole:
    """Return how many weeks a year has, 52 or 53.

    >>> weeks_in([2019, 2020]).tolist()
    [52, 53]
    """
    years = np.asarray(year, np.int64)
    return (_days(week_start(years + 1, 1, week=week)) - _days(week_start(years, 1, week=week))) // 7


def _days(at: Days) -> Whole:
    """Return days since 1970-01-01."""
    return at.astype("datetime64[D]").astype(np.int64)


def _months(at: Days) -> Whole:
    """Return months since 1970-01."""
    return at.astype("datetime64[M]").astype(np.int64)


def _first_days(months: Whole) -> Days:
    return months.astype("datetime64[M]").astype("datetime64[D]")
