"""Kinds of days: reports come by weekday, and on a public holiday as on a Sunday."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UsageError, nearest

__all__ = ["kinds_of_days"]

_SUNDAY = 6
_DAYS_A_WEEK = 7


def kinds_of_days(first: np.datetime64, count: int, step: int, holidays: str = "") -> tuple[npt.NDArray[np.int64], int]:
    """Return the kind of each of `count` days from `first`, 0 Monday … 6 Sunday or holiday, and how many kinds.

    Weeks have one kind. `holidays`: a country's code or its and a state's, as DE or US-CT; none where empty.

    Raises:
        UsageError: no holidays are known for that place.
    """
    if step != 1:
        return np.zeros(count, np.int64), 1
    start = first.astype("datetime64[D]").astype(np.int64)
    days = start + np.arange(count)
    kinds = (days + 3) % _DAYS_A_WEEK  # 1970-01-01 was a Thursday
    if holidays:
        kinds[np.isin(days, _free_days(holidays, int(days[0]), int(days[-1])))] = _SUNDAY
    return kinds, _DAYS_A_WEEK


def _free_days(place: str, first: int, last: int) -> npt.NDArray[np.int64]:
    import holidays as calendar

    epoch = dt.date(1970, 1, 1)
    country, _, state = place.upper().partition("-")
    years = range((epoch + dt.timedelta(first)).year, (epoch + dt.timedelta(last)).year + 1)
    try:
        free = calendar.country_holidays(country, subdiv=state or None, years=years)
    except NotImplementedError:
        known = calendar.list_supported_countries()
        near = nearest(country, known) or nearest(state, known.get(country, []))
        hint = f"Nearest: {', '.join(near)}." if near else "Write a country as DE, or a country and state as US-CT."
        raise UsageError(f"No public holidays are known for {place!r}.", hint=hint) from None
    return np.array([(day - epoch).days for day in free], np.int64)
