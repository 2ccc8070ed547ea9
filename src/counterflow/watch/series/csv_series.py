"""A CSV of series becomes a grid: one row per series and period, or one column per series.

Long: `series,t,year,week,y`, with `place`, `level`, `measure`, `subject`, `source` and `definition` where the file has
them; `t` may be replaced by a column of first days (`starts` or `date`). Wide: `t` or first days, then one column of
counts per series. Packed with gzip or not. A week that is not there is unknown, never zero; what is odd but usable is
told, and what is not a count stops the reading with its line.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from counterflow.watch.grid import Grid
from counterflow.watch.series.csv_long import read_long
from counterflow.watch.series.csv_text import open_csv
from counterflow.watch.series.csv_wide import read_wide

__all__ = ["read_series"]

Tell = Callable[[str], None]


def read_series(path: Path, *, tell: Tell | None = None) -> Grid:
    """Read a CSV of series.

    Args:
        path: the file; gzip is recognised by its first bytes.
        tell: takes a sentence on each thing that is odd but usable: periods that are missing, weeks that `t` passes
            over, a week 53, series that begin late.

    Raises:
        InputError: a column is missing, a count is negative, fractional or no number, `t` is not whole, a series has
            one period twice, or its place or measure changes on the way; names file, line, column and value.
    """
    text = open_csv(path, "a CSV with the columns series,t,year,week,y")
    told: Tell = tell if tell is not None else _hush
    long = text.column("series") is not None or (text.column("y") is not None and text.column("t") is not None)
    return read_long(text, told) if long else read_wide(text, told)


def _hush(_: str) -> None:
    return None
