"""Made-up grids for the tests of the default alarm."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from counterflow.watch.grid import KEY, Grid


def grid_of(counts: np.ndarray, grain: str = "week", names: list[str] | None = None) -> Grid:
    series, periods = counts.shape
    called = names or [f"s{i}" for i in range(series)]
    key = pa.table({f.name: called if f.name == "series" else [""] * series for f in KEY}, schema=KEY)
    starts = np.full(periods, np.datetime64("NaT", "D"))
    return Grid(key, grain, starts, np.arange(1, periods + 1), counts.astype(np.float64))


def quiet(series: int, periods: int, mean: float = 2.0, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).poisson(mean, (series, periods)).astype(np.float64)
