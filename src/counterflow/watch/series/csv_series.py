"""A CSV of series becomes a grid: one row per series and period, or one column per series.

Long: `series,t,year,week,y`, with `place`, `level`, `measure`, `subject`, `source` and `definition` where the file has
them; `t` may be replaced by a column of first days (`starts` or `date`). Wide: `t` or first days, then one column of
counts per series. Packed with gzip or not. A week that is not there is unknown, never zero; what is odd but usable is
told, and what is not a count stops the reading with its line.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from counterflow.core.errors import InputError
from counterflow.watch.grid import Grid
from counterflow.watch.series.csv_long import read_long
from counterflow.watch.series.csv_text import open_csv
from counterflow.watch.series.csv_wide import read_wide
from counterflow.watch.series.running_sums import WINDOWS, looks_rolling

__all__ = ["read_series", "refuse_rolling"]

Tell = Callable[[str], None]


def read_series(path: Path | str, *, tell: Tell | None = None, plain: bool = False) -> Grid:
    """Read a CSV of series.

    Args:
        path: the file; gzip is recognised by its first bytes.
        tell: takes a sentence on each thing that is odd but usable: periods that are missing, weeks that `t` passes
            over, a week 53, series that begin late.
        plain: True where somebody looked and the counts are no running sums.

    Raises:
        InputError: they are sums over the last twelve months (see `running_sums`), a column is missing,
            a count is negative, fractional or no number, `t` is not whole, a series has one
            period twice, or its place or measure changes on the way; names file, line, column and value.
    """
    text = open_csv(path, "a CSV with the columns series,t,year,week,y")
    told: Tell = tell if tell is not None else _hush
    long = text.column("series") is not None or (text.column("y") is not None and text.column("t") is not None)
    grid = read_long(text, told) if long else read_wide(text, told)
    if not plain:
        refuse_rolling(grid, text.path.name)
    return grid


def refuse_rolling(grid: Grid, file: str) -> None:
    """Refuse sums over the last year that are passed as counts by period.

    Raises:
        InputError: they are far too smooth for counts.
    """
    seen = looks_rolling(grid.counts, WINDOWS.get(grid.grain, ()))
    if seen is not None:
        hint = "Each event stands in a year of such sums, so an alarm on them comes late and stays for a year. "
        hint += "Give the counts of each period; 12-month sums as published are loaded with their own form."
        said = f"These look like sums over the last 12 months, not counts by {grid.grain}: {seen.in_words()}."
        raise InputError(said, file=file, hint=hint)


def _hush(_: str) -> None:
    return None
