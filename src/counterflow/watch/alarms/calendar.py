"""Where in earlier years a period has its reference: by index, or by the calendar where days are known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterflow.watch.grid import Grid

__all__ = ["references"]

Whole = npt.NDArray[np.int64]
Days = npt.NDArray[np.datetime64]


def references(grid: Grid, years: int) -> tuple[Whole, Whole]:
    """Return periods back to each reference, (calendars, T, years + 1), and which calendar each series follows.

    By index a year is always as long: 52 weeks. Where weeks have days, the reference of a week j years back begins on
    the same day of the week nearest to its own date j years earlier, so that years of 53 weeks do not shift the season.
    """
    periods, frequency = len(grid.t), grid.frequency
    plain = np.broadcast_to(np.arange(years + 1) * frequency, (periods, years + 1)).astype(np.int64)
    series = grid.counts.shape[0]
    if grid.grain != "week":
        return plain[None], np.zeros(series, np.int64)
    began = grid.began
    if began is None:
        own = grid.starts[:1] if periods and not np.isnat(grid.starts).any() else np.array(["NaT"], "datetime64[D]")
        began = np.repeat(own, series)
    kinds, which = np.unique(began.astype("datetime64[D]").astype(np.int64), return_inverse=True)
    tables = []
    for kind in kinds:
        day = np.datetime64(int(kind), "D") if kind != np.datetime64("NaT").astype(np.int64) else None
        tables.append(plain if day is None else _by_date(day + 7 * np.arange(periods), years))
    return np.stack(tables), which.astype(np.int64)


def _by_date(days: Days, years: int) -> Whole:
    months = days.astype("datetime64[M]")
    into = (days - months.astype("datetime64[D]")).astype(np.int64)
    back = [np.zeros(len(days), np.int64)]
    for j in range(1, years + 1):
        # 29 February is 1 March in a year that has none
        earlier = (months - 12 * j).astype("datetime64[D]") + into
        back.append(np.rint((days - earlier).astype(np.int64) / 7).astype(np.int64))
    return np.stack(back, axis=1)
