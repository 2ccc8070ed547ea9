"""Which calendar each series of a file follows: weeks of real years, or 52 to a year by index.

A file of series has one `t` for all and a year and week for each row. Where a series has a week 53 and its years and
weeks go on with `t` throughout, its weeks are those of ISO 8601 and have days; a method that looks for the same season
in earlier years goes by those days. A series without a week 53, or out of step with `t`, has years of 52 weeks.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterflow.watch.series.periods import week_start, weeks_in

__all__ = ["Calendars"]

Whole = npt.NDArray[np.int64]
_MOST = np.iinfo(np.int64).max


class Calendars:
    """What the rows read so far say of each series' first day; takes them block by block."""

    def __init__(self) -> None:
        self._low = np.zeros(0, np.int64)
        self._high = np.zeros(0, np.int64)
        self._long = np.zeros(0, bool)

    def add(self, codes: npt.NDArray[np.int32], year: Whole, week: Whole, t: Whole) -> None:
        """Take in rows: number of the series, its year and week, and `t`."""
        if not len(codes):
            return
        self._grow(int(codes.max()) + 1)
        origin = week_start(year, week).astype(np.int64) - 7 * t
        starts = np.flatnonzero(np.diff(codes, prepend=-1))
        runs = codes[starts]
        np.minimum.at(self._low, runs, np.minimum.reduceat(origin, starts))
        np.maximum.at(self._high, runs, np.maximum.reduceat(origin, starts))
        last = np.flatnonzero(week == 53)
        if len(last):
            self._long[codes[last[weeks_in(year[last]) == 53]]] = True

    def _grow(self, series: int) -> None:
        more = series - len(self._low)
        if more > 0:
            self._low = np.concatenate([self._low, np.full(more, _MOST)])
            self._high = np.concatenate([self._high, np.full(more, -_MOST)])
            self._long = np.concatenate([self._long, np.zeros(more, bool)])

    def began(self, low: int, series: int) -> npt.NDArray[np.datetime64] | None:
        """Return the first day of the period `t` = `low` by each series' calendar; NaT: 52 weeks; None: all of them."""
        self._grow(series)
        real = self._long & (self._low == self._high)
        if not real.any():
            return None
        return np.where(real, (self._low + 7 * low).astype("datetime64[D]"), np.datetime64("NaT", "D"))
