"""What a method saw when it raised an alarm, kept so that its brief can be made again: own counts, and like places'."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.watch.alarms.judged import Judged
from counterflow.watch.grid import Grid

__all__ = ["HISTORY", "MOST_SIBLINGS", "LikePlaces", "day_of", "own_rows"]

Floats = npt.NDArray[np.float64]

#: periods of the series' past that are kept with an alarm
HISTORY = {"day": 200, "week": 160, "month": 60, "quarter": 28, "year": 20}
#: like places kept with an alarm: those whose expected count is nearest
MOST_SIBLINGS = 30
#: fewest known counts of the year before that an expectation of a like place rests on
_FEWEST = 8


def own_rows(alarm: str, grid: Grid, judged: Judged, row: int, at: int) -> list[dict[str, Any]]:
    """Return rows of `watch_seen` for the series itself, up to the alarm's period."""
    part = slice(max(0, at + 1 - HISTORY[grid.grain]), at + 1)
    name, place = (grid.key.column(column)[row].as_py() for column in ("series", "place"))
    days = [None if np.isnat(day) else day.item() for day in grid.starts[part].astype("datetime64[D]")]
    columns = (grid.t[part].tolist(), days, grid.counts[row, part].tolist(), judged.expected[row, part].tolist(),
               judged.upper[row, part].tolist(), judged.alarm[row, part].tolist())  # fmt: skip
    return [
        {
            "alarm": alarm, "part": "own", "series": name, "place": place, "t": t, "starts": day,
            "observed": _known(observed), "expected": _known(expected), "upper": _known(upper), "judged": verdict,
            "spread": None,
        }
        for t, day, observed, expected, upper, verdict in zip(*columns, strict=True)
    ]  # fmt: skip


class LikePlaces:
    """Places of one grid that are like each other: same source, measure, subject, level and definition.

    What a place is to be held against in a period is worked out once for all alarms of that period.
    """

    def __init__(self, grid: Grid, judged: Judged) -> None:
        self._grid, self._judged = grid, judged
        self._kind = np.zeros(grid.key.num_rows, np.int64)
        for column in ("source", "level", "measure", "subject", "definition"):
            index = _codes(grid, column)
            joined = self._kind * (int(index.max(initial=0)) + 1) + index
            self._kind = np.unique(joined, return_inverse=True)[1].astype(np.int64)
        self._place = _codes(grid, "place")
        self._named = np.array([bool(place) for place in grid.key.column("place").to_pylist()], np.bool_)
        self._of: dict[int, tuple[Floats, Floats]] = {}

    def rows(self, alarm: str, row: int, at: int) -> list[dict[str, Any]]:
        """Return rows of `watch_seen` for places like that of series `row`, in period `at`.

        Those whose expected count is nearest; the method's, and where it gives none the mean of the known counts of
        the year before, times the share that is in. Where the file names no places, none is like another.
        """
        expected, spread = self._held_against(at)
        like = (self._kind == self._kind[row]) & (self._place != self._place[row]) & self._named & ~np.isnan(expected)
        others = np.flatnonzero(like) if self._named[row] else np.empty(0, np.int64)
        own = self._judged.expected[row, at]
        apart = np.abs(expected[others] - (0.0 if np.isnan(own) else own))
        near = others[np.argsort(apart, kind="stable")[:MOST_SIBLINGS]]
        keys = self._grid.key.select(["series", "place"]).take(near).to_pylist()
        return [
            {
                "alarm": alarm, "part": "sibling", **key, "t": int(self._grid.t[at]), "starts": day_of(self._grid, at),
                "observed": float(self._grid.counts[n, at]), "expected": float(expected[n]),
                "upper": _known(self._judged.upper[n, at]), "judged": int(self._judged.alarm[n, at]),
                "spread": float(spread[n]),
            }
            for n, key in zip(near, keys, strict=True)
        ]  # fmt: skip

    def _held_against(self, at: int) -> tuple[Floats, Floats]:
        """Return expected count and variance over mean of every series; NaN where a series cannot be compared."""
        if at not in self._of:
            grid, expected = self._grid, self._judged.expected[:, at]
            before = grid.counts[:, max(0, at - grid.frequency) : at]
            mean, spread = _mean_and_spread(before)
            held = np.where(np.isnan(expected), mean, expected)
            if grid.complete is not None:  # reports still come in: what was to be expected by now
                held = held * np.where(np.isnan(grid.complete[:, at]), 1.0, grid.complete[:, at])
            usable = ~np.isnan(grid.counts[:, at]) & ~np.isnan(mean) & (held > 0)
            self._of[at] = (np.where(usable, held, np.nan), spread)
        return self._of[at]


def _codes(grid: Grid, column: str) -> npt.NDArray[np.int64]:
    encoded = grid.key.column(column).combine_chunks().fill_null("").dictionary_encode()
    return np.asarray(encoded.indices.to_numpy(zero_copy_only=False), np.int64)


def day_of(grid: Grid, at: int) -> Any:
    """Return the first day of a period, or None where the file gives only an index."""
    return None if np.isnat(grid.starts[at]) else grid.starts[at].astype("datetime64[D]").item()


def _mean_and_spread(counts: Floats) -> tuple[Floats, Floats]:
    """Return mean, and variance over mean (at least 1: counts vary no less than Poisson), of each row.

    NaN where fewer than `_FEWEST` counts are known.
    """
    known = ~np.isnan(counts)
    n = known.sum(axis=1).astype(np.float64)
    n[n < _FEWEST] = np.nan
    mean = np.where(known, counts, 0.0).sum(axis=1) / n
    squares = np.where(known, (counts - mean[:, None]) ** 2, 0.0).sum(axis=1)
    return mean, np.maximum(squares / (n - 1) / np.where(mean > 0, mean, 1.0), 1.0)


def _known(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)
