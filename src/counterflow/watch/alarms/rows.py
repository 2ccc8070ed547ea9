"""Verdicts as rows: series, method, t, observed, expected, upper, score, alarm; empty where nothing is said."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.errors import UsageError
from counterflow.watch.alarms.judged import NOT_JUDGED, Judged
from counterflow.watch.grid import Grid

__all__ = ["SCHEMA", "Chosen", "alarm_rows", "place_of"]

Mask = npt.NDArray[np.bool_]

SCHEMA = pa.schema(
    [
        ("series", pa.string()),
        ("method", pa.string()),
        ("t", pa.int64()),
        ("observed", pa.int64()),
        ("expected", pa.float64()),
        ("upper", pa.float64()),
        ("score", pa.float64()),
        ("alarm", pa.int8()),
    ]
)


@dataclass(frozen=True)
class Chosen:
    """Which rows are wanted.

    Args:
        since, until: places in T, both included.
        last: only so many of the newest periods of each series; 0 for all.
        alarms: only alarms.
    """

    since: int = 0
    until: int | None = None
    last: int = 0
    alarms: bool = False

    def of(self, begin: npt.NDArray[np.int64], end: npt.NDArray[np.int64], periods: int) -> Mask:
        """Return (S, T): rows of series that are judged from place `begin` to `end`."""
        place = np.arange(periods)
        low = np.maximum(begin, end - self.last + 1) if self.last else begin
        high = np.minimum(end, periods - 1 if self.until is None else self.until)
        mask: Mask = (place >= np.maximum(low, self.since)[:, None]) & (place <= high[:, None])
        return mask


def alarm_rows(
    grid: Grid, judged: Judged, wanted: Mask, *, alarms: bool = False, names: list[str] | None = None
) -> pa.Table:
    """Return the wanted verdicts, series by series, oldest first.

    Args:
        grid: what was judged.
        judged: the verdicts.
        wanted: (S, T) rows to give.
        alarms: of those, alarms only.
        names: how to call each series; None: by its name.
    """
    if alarms:
        wanted = wanted & (judged.alarm == 1)
    s, t = np.nonzero(wanted)
    alarm, counts = judged.alarm[s, t], grid.counts[s, t]
    label = pa.array(grid.names if names is None else names, pa.string())
    columns = [
        label.take(pa.array(s)),
        pa.array([judged.method], pa.string()).take(pa.array(np.zeros(len(s), np.int64))),
        pa.array(grid.t[t], pa.int64()),
        pa.array(np.nan_to_num(counts).astype(np.int64), mask=np.isnan(counts)),
        *(_number(values[s, t]) for values in (judged.expected, judged.upper, judged.score)),
        pa.array(alarm, pa.int8(), mask=alarm == NOT_JUDGED),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def _number(values: npt.NDArray[np.float64]) -> pa.Array:
    return pa.array(values, pa.float64(), mask=np.isnan(values))


def place_of(grid: Grid, asked: str | None, option: str) -> int | None:
    """Return the place in T of a `t` or a day that was asked for.

    Raises:
        UsageError: it is neither, or a day where the file has none.
    """
    if asked is None:
        return None
    word = asked.strip()
    if word.lstrip("-").isdigit():
        return int(word) - int(grid.t[0]) if len(grid.t) else 0
    try:
        day = np.datetime64(dt.date.fromisoformat(word), "D")
    except ValueError:
        raise UsageError(f"{option} is a t or a day like 2026-03-31, not {asked!r}.") from None
    if not len(grid.starts) or np.isnat(grid.starts).any():
        raise UsageError(f"{option} names a day, but the periods of this file have none.", hint="Give a t.")
    return int(np.searchsorted(grid.starts, day, side="right")) - 1
