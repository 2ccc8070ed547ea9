"""What a method saw when it raised an alarm, kept so that its brief can be made again: own counts, and like places'."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from counterflow.watch.alarms.judged import Judged
from counterflow.watch.grid import Grid

__all__ = ["HISTORY", "MOST_SIBLINGS", "day_of", "likeness", "own_rows", "sibling_rows"]

#: periods of the series' past that are kept with an alarm
HISTORY = {"day": 200, "week": 160, "month": 60, "quarter": 28, "year": 20}
#: like places kept with an alarm: those whose expected count is nearest
MOST_SIBLINGS = 30
#: fewest known counts of the year before that an expectation of a like place rests on
_FEWEST = 8


def own_rows(alarm: str, grid: Grid, judged: Judged, row: int, at: int) -> list[dict[str, Any]]:
    """Return rows of `watch_seen` for the series itself, up to the alarm's period."""
    first = max(0, at + 1 - HISTORY[grid.grain])
    name, place = (str(grid.key.column(column)[row]) for column in ("series", "place"))
    return [
        {
            "alarm": alarm, "part": "own", "series": name, "place": place, "t": int(grid.t[p]),
            "starts": day_of(grid, p), "observed": _known(grid.counts[row, p]),
            "expected": _known(judged.expected[row, p]), "upper": _known(judged.upper[row, p]),
            "judged": int(judged.alarm[row, p]), "spread": None,
        }
        for p in range(first, at + 1)
    ]  # fmt: skip


def likeness(grid: Grid) -> npt.NDArray[np.int64]:
    """Return a number per series that is the same for series of like places; -1 where no place is named."""
    if not grid.key.num_rows:
        return np.empty(0, np.int64)
    total = np.zeros(grid.key.num_rows, np.int64)
    for column in ("source", "level", "measure", "subject", "definition"):
        encoded = grid.key.column(column).combine_chunks().fill_null("").dictionary_encode()
        index = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        total = np.unique(total * len(encoded.dictionary) + index, return_inverse=True)[1].astype(np.int64)
    named = np.array([bool(place) for place in grid.key.column("place").to_pylist()])
    return np.where(named, total, -1)


def sibling_rows(
    alarm: str, grid: Grid, judged: Judged, row: int, at: int, like: npt.NDArray[np.int64]
) -> list[dict[str, Any]]:
    """Return rows of `watch_seen` for like places in the alarm's period: same measure, subject, level and definition.

    A place's expected count is the method's, and where it gives none the mean of its known counts of the year before.
    Where the file names no places, none is like another.

    Args:
        alarm: id of the alarm.
        grid: the counts.
        judged: the verdicts.
        row: the alarm's series.
        at: its period.
        like: see `likeness`.
    """
    others = np.flatnonzero(like == like[row]) if like[row] >= 0 else np.empty(0, np.int64)
    places = grid.key.column("place")
    others = others[pc.not_equal(places.take(others), places[row]).to_numpy(zero_copy_only=False).astype(bool)]
    if not len(others):
        return []
    before = grid.counts[others, max(0, at - grid.frequency) : at]
    known = (~np.isnan(before)).sum(axis=1)
    enough = known >= _FEWEST
    mean, spread = _mean_and_spread(before[enough])
    others = others[enough]
    expected = np.where(np.isnan(judged.expected[others, at]), mean, judged.expected[others, at])
    usable = ~np.isnan(grid.counts[others, at]) & (expected > 0)
    others, expected, spread = others[usable], expected[usable], spread[usable]
    own = judged.expected[row, at]
    near = np.argsort(np.abs(expected - (own if not np.isnan(own) else 0.0)), kind="stable")[:MOST_SIBLINGS]
    keys = grid.key.select(["series", "place"]).take(others[near]).to_pylist()
    return [
        {
            "alarm": alarm, "part": "sibling", **key,
            "t": int(grid.t[at]), "starts": day_of(grid, at), "observed": float(grid.counts[others[n], at]),
            "expected": float(expected[n]), "upper": _known(judged.upper[others[n], at]),
            "judged": int(judged.alarm[others[n], at]), "spread": float(spread[n]),
        }
        for n, key in zip(near, keys, strict=True)
    ]  # fmt: skip


def day_of(grid: Grid, at: int) -> Any:
    """Return the first day of a period, or None where the file gives only an index."""
    return None if np.isnat(grid.starts[at]) else grid.starts[at].astype("datetime64[D]").item()


def _mean_and_spread(
    counts: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return mean, and variance over mean (at least 1: counts vary no less than Poisson), of each row."""
    if not len(counts):
        return np.empty(0), np.empty(0)
    mean = np.nanmean(counts, axis=1)
    spread = np.nanvar(counts, axis=1, ddof=1) / np.where(mean > 0, mean, 1.0)
    return mean, np.maximum(spread, 1.0)


def _known(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)
