"""Series from arrays and Arrow tables in Python, and back: the same rules as for a file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.errors import InputError
from counterflow.watch.grid import KEY, Grid
from counterflow.watch.series.csv_key import key_of
from counterflow.watch.series.periods import between, grain_of, index_of

__all__ = ["from_arrays", "from_table", "to_table"]

Floats = npt.NDArray[np.float64]


def from_arrays(
    counts: npt.ArrayLike, names: Sequence[str] | None = None, *, starts: npt.ArrayLike | None = None,
    grain: str = "week", source: str = "arrays",
) -> Grid:  # fmt: skip
    """Return a grid of counts, series by period; one series where `counts` has one dimension.

    Args:
        counts: whole numbers from 0, NaN where unknown, shape (S, T) or (T,).
        names: of the series; numbered where None.
        starts: first day of each period, shape (T,); None where there are no days.
        grain: day, week, month, quarter or year.
        source: who counted.

    Raises:
        InputError: a count is negative, fractional or infinite, or a name stands twice.
        ValueError: shapes do not agree.

    >>> from_arrays([[1, 2, float("nan")]], ["a"]).counts.shape
    (1, 3)
    """
    values = np.atleast_2d(np.asarray(counts, np.float64))
    _refuse(values)
    rows, width = values.shape
    named = [str(n) for n in range(1, rows + 1)] if names is None else [str(name) for name in names]
    if len(named) != rows:
        raise ValueError(f"{rows} series have {len(named)} names")
    if len(set(named)) != rows:
        raise InputError("A name of a series stands twice.", hint="Name each series once.", column="series")
    days = (
        np.full(width, np.datetime64("NaT"), "datetime64[D]") if starts is None else np.asarray(starts, "datetime64[D]")
    )
    return Grid(key_of(named, source=[source] * rows), grain, days, np.arange(1, width + 1), values)


def from_table(table: pa.Table, *, series: str = "series", period: str = "t", count: str = "y") -> Grid:
    """Return a grid from a long Arrow table: one row per series and period.

    Args:
        table: columns of names, periods and counts; columns of `Grid.key` beside them are kept.
        series: column of names.
        period: column of whole numbers that rise by one, or of first days.
        count: column of counts.

    Raises:
        InputError: a column is missing or empty, a count is none, or a series has a period twice.
    """
    for name in (series, period, count):
        if name not in table.column_names:
            met = ", ".join(table.column_names[:12])
            raise InputError("A column is missing.", column=name, hint=f"Columns met: {met}.")
    if not table.num_rows or table.column(series).null_count or table.column(period).null_count:
        raise InputError("A series or period is empty.", column=period, hint="Each row names its series and period.")
    coded = table.column(series).cast(pa.string()).combine_chunks().dictionary_encode()
    code = np.asarray(coded.indices, np.int64)
    values = np.asarray(table.column(count).cast(pa.float64()).to_numpy(), np.float64)
    _refuse(values[None])
    dated = pa.types.is_temporal(table.schema.field(period).type)
    at = np.asarray(table.column(period).to_numpy())
    if dated:
        days = at.astype("datetime64[D]")
        grain = grain_of(days)
        starts = between(days.min(), days.max(), grain)
        place, first = index_of(days, grain) - index_of(starts[:1], grain)[0], 1
    else:
        grain, first = "week", int(at.min())
        place = at.astype(np.int64) - first
        starts = np.full(int(place.max()) + 1, np.datetime64("NaT"), "datetime64[D]")
    counts = np.full((len(coded.dictionary), len(starts)), np.nan)
    if len(np.unique(code * len(starts) + place)) < len(code):
        raise InputError("A series has one period twice.", column=period, hint="One count per series and period.")
    counts[code, place] = values
    _, begins = np.unique(code, return_index=True)
    said = {name: [str(word) for word in table.column(name).take(pa.array(begins)).to_pylist()]
            for name in KEY.names[1:] if name in table.column_names and name != count}  # fmt: skip
    names = [str(name) for name in coded.dictionary.to_pylist()]
    return Grid(
        key_of(names, **({"source": ["table"] * len(names)} | said)),
        grain,
        starts,
        np.arange(first, first + len(starts)),
        counts,
    )


def to_table(grid: Grid) -> pa.Table:
    """Return a grid as a long table: the key, t, starts and y, one row per series and period."""
    rows, width = grid.counts.shape
    key = grid.key.take(pa.array(np.repeat(np.arange(rows), width)))
    key = key.append_column("t", pa.array(np.tile(grid.t, rows)))
    key = key.append_column("starts", pa.array(np.tile(grid.starts, rows)))
    return key.append_column("y", pa.array(grid.counts.ravel(), from_pandas=True))


def _refuse(values: Floats) -> None:
    bad = ~np.isnan(values) & ((values < 0) | (values >= 2**53) | (values != np.floor(values)))
    if bad.any():
        row, column = (int(place[0]) for place in np.nonzero(bad))
        hint = f"Series {row + 1}, place {column + 1}: whole numbers from 0, NaN where it is not known."
        raise InputError("This is no count.", column="y", value=values[row, column], hint=hint)
