"""The one form in which counts come to every method: series by period, oldest first, with what is known of each.

A store's counts (`series.stored`), a CSV of series, a triangle and arrays in Python all become this; alarms, nowcasts,
scans and emergence read it and nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["KEY", "PERIODS_A_YEAR", "Grid"]

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

#: what names a series; `series` alone is unique
KEY = pa.schema(
    [
        ("series", pa.string()),
        ("source", pa.string()),
        ("place", pa.string()),
        ("level", pa.string()),
        ("measure", pa.string()),
        ("subject", pa.string()),
        ("definition", pa.string()),
    ]
)

#: periods in a season, by grain
PERIODS_A_YEAR = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}


@dataclass(frozen=True)
class Grid:
    """Counts of S series over T common periods.

    Args:
        key: `KEY`, one row per series.
        grain: day | week | month | quarter | year.
        starts: first day of each period, rising, shape (T,); NaT throughout where a file gives only an index.
        t: the source's own index of each period, rising by one, shape (T,).
        counts: shape (S, T); NaN where nothing is known: a gap, a suppressed cell, not looked for. Never a filled zero.
        complete: expected share of each count that is in, shape (S, T), 1 where it is final; None where nobody says.
        as_of: day as of which the counts stood; None where the file does not say.
        season: place of each period in the year, from 0, shape (T,); None: `t` modulo the periods of a year.
        began: first day of the first period of T by each series' own calendar, shape (S,), NaT where its year is 52
            weeks; None: by `starts`. A file may hold series whose years and weeks differ at the same `t`.
    """

    key: pa.Table
    grain: str
    starts: Days
    t: npt.NDArray[np.int64]
    counts: Floats
    complete: Floats | None = None
    as_of: dt.date | None = None
    season: npt.NDArray[np.int64] | None = None
    began: Days | None = None

    def __post_init__(self) -> None:
        if self.grain not in PERIODS_A_YEAR:
            raise ValueError(f"a grain is one of {', '.join(PERIODS_A_YEAR)}, not {self.grain!r}")
        shape = (self.key.num_rows, len(self.t))
        if self.counts.shape != shape or (self.complete is not None and self.complete.shape != shape):
            raise ValueError(f"counts must be series by periods, {shape}, not {self.counts.shape}")
        if len(self.starts) != len(self.t) or (len(self.t) > 1 and not (np.diff(self.t) == 1).all()):
            raise ValueError("periods must follow each other without a gap; an unknown one is NaN")

    @property
    def names(self) -> list[str]:
        """Names of the series, in order."""
        return [str(name) for name in self.key.column("series").to_pylist()]

    @property
    def frequency(self) -> int:
        """Periods in a year."""
        return PERIODS_A_YEAR[self.grain]

    def of(self, rows: Sequence[int] | npt.NDArray[np.int64]) -> Grid:
        """Return the grid of these series only."""
        at = np.asarray(rows, np.int64)
        complete = None if self.complete is None else self.complete[at]
        began = None if self.began is None else self.began[at]
        return Grid(
            self.key.take(at),
            self.grain,
            self.starts,
            self.t,
            self.counts[at],
            complete,
            self.as_of,
            self.season,
            began,
        )
