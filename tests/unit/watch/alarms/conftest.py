"""Series of the recorded comparison with R, read once."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from counterflow.watch.grid import KEY, Grid
from counterflow.watch.series.csv_series import read_series


def grid_of(*series: Sequence[float], grain: str = "week") -> Grid:
    """Return a grid of these series, NaN beyond the shorter ones."""
    periods = max(map(len, series))
    counts = np.full((len(series), periods), np.nan)
    for row, values in zip(counts, series, strict=True):
        row[: len(values)] = values
    names = [f"s{at}" for at in range(len(series))]
    key = pa.table({name: names if name == "series" else [""] * len(names) for name in KEY.names}, schema=KEY)
    return Grid(key, grain, np.full(periods, "NaT", "datetime64[D]"), np.arange(1, periods + 1), counts)


@pytest.fixture(scope="session")
def r_series(shared_data: Path) -> Grid:
    """Return the shared series that R judged."""
    return read_series(shared_data / "watch" / "r_series.csv.gz")


@pytest.fixture(scope="session")
def r_alarms(shared_data: Path) -> dict[str, list[dict[str, str]]]:
    """Return what R said of them, by its name of the method."""
    found: dict[str, list[dict[str, str]]] = {}
    with gzip.open(shared_data / "watch" / "r_alarms.csv.gz", "rt") as opened:
        for row in csv.DictReader(opened):
            found.setdefault(row["method"], []).append(row)
    return found
