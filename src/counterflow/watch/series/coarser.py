"""From fine to coarse: days to weeks, months to quarters, places to the places they lie in; never a part as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.errors import UsageError
from counterflow.watch.grid import KEY, Grid
from counterflow.watch.series.periods import between, ends_of, index_of, starts_of

__all__ = ["read_within", "to_grain", "within_places"]

_INTO = {"day": ("week", "month", "quarter", "year"), "month": ("quarter", "year"), "quarter": ("year",)}


def to_grain(grid: Grid, grain: str, *, week: str = "iso") -> Grid:
    """Return a grid summed to a coarser grain; a period of which any part is unknown or outside is NaN.

    Args:
        grid: with first days.
        grain: week, month, quarter or year; weeks do not sum to months.
        week: iso (Monday) or mmwr (Sunday).

    Raises:
        UsageError: the one does not sum to the other, or the grid has no days.
    """
    if grain not in _INTO.get(grid.grain, ()):
        raise UsageError(f"Counts by {grid.grain} cannot be summed to {grain}.", hint="Name another grain.")
    if np.isnat(grid.starts).any():
        raise UsageError("These series have no days, only an index.", hint="Give `starts` in the file.")
    firsts = starts_of(grid.starts, grain, week=week)
    calendar = between(firsts[0], firsts[-1], grain)
    at = index_of(firsts, grain) - index_of(calendar[:1], grain)[0]
    days = (ends_of(grid.starts, grid.grain) - grid.starts).astype(np.int64) + 1
    held = np.bincount(at, weights=days, minlength=len(calendar))
    whole = held == (ends_of(calendar, grain) - calendar).astype(np.int64) + 1
    counts = _summed(grid.counts, at, len(calendar))
    counts[:, ~whole] = np.nan
    complete = None
    if grid.complete is not None:
        # The share of the whole that is in: counts over what is expected of them in the end.
        final = _summed(grid.counts / np.clip(grid.complete, 1e-6, 1.0), at, len(calendar))
        with np.errstate(invalid="ignore", divide="ignore"):
            complete = np.where(final > 0, counts / final, 1.0)
    return Grid(grid.key, grain, calendar, np.arange(1, len(calendar) + 1), counts, complete, grid.as_of)


def within_places(grid: Grid, within: Mapping[str, str], *, level: str = "") -> Grid:
    """Return series of the places that others lie in, summed where every part is known.

    Args:
        grid: series of parts; a place that lies in none is left out.
        within: place to the place it lies in.
        level: level of the wholes.

    Raises:
        UsageError: no place lies in another.
    """
    places = [str(place) for place in grid.key.column("place").to_pylist()]
    kept = [row for row, place in enumerate(places) if place in within]
    if not kept:
        raise UsageError("None of the places lies in another.", hint="Give a table of place and within.")
    rest = [grid.key.column(name).to_pylist() for name in ("source", "measure", "subject", "definition")]
    groups: dict[tuple[str, ...], list[int]] = {}
    for row in kept:
        source, measure, subject, definition = (str(column[row]) for column in rest)
        groups.setdefault((source, within[places[row]], measure, subject, definition), []).append(row)
    keys = sorted(groups)
    code = np.empty(len(places), np.int64)
    for number, name in enumerate(keys):
        code[groups[name]] = number
    counts = _summed(grid.counts[kept].T, code[kept], len(keys)).T
    complete = None
    if grid.complete is not None:
        final = _summed((grid.counts[kept] / np.clip(grid.complete[kept], 1e-6, 1.0)).T, code[kept], len(keys)).T
        with np.errstate(invalid="ignore", divide="ignore"):
            complete = np.where(final > 0, counts / final, 1.0)
    times = Counter(name[:4] for name in keys)
    made = [{"series": f"{s} | {p} | {m} | {u}" + (f" | {d}" if times[s, p, m, u] > 1 else ""), "source": s,
             "place": p, "level": level, "measure": m, "subject": u, "definition": d}
            for s, p, m, u, d in keys]  # fmt: skip
    key = pa.Table.from_pylist(made, schema=KEY)
    return Grid(key, grid.grain, grid.starts, grid.t, counts, complete, grid.as_of, grid.season)


def _summed(counts: npt.NDArray[np.float64], at: npt.NDArray[np.int64], width: int) -> npt.NDArray[np.float64]:
    """Return sums of columns that go to the same place; NaN where one of them is."""
    out = np.zeros((len(counts), width))
    order = np.argsort(at, kind="stable")
    edges = np.flatnonzero(np.diff(at[order], prepend=-1))
    out[:, at[order][edges]] = np.add.reduceat(counts[:, order], edges, axis=1)
    return out


def read_within(path: Path) -> dict[str, str]:
    """Read a CSV of place,within.

    Raises:
        InputError: a column is missing, or a place lies in two.
    """
    from counterflow.watch.series.csv_text import open_csv

    text = open_csv(path, "a CSV with the columns place,within")
    place, within = text.header.index(text.need("place")), text.header.index(text.need("within"))
    found: dict[str, str] = {}
    for line, row in text.rows():
        if len(row) != len(text.header):
            text.fail(f"The row has {len(row)} fields, the header {len(text.header)}.", hint="Mend the row.", line=line)
        part, whole = row[place].strip(), row[within].strip()
        if found.setdefault(part, whole) != whole:
            text.fail("This place lies in two.", hint="A place lies in one.", line=line, column="place", value=part)
    return found
