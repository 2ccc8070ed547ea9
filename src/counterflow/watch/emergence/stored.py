"""Streams from the counts that a workspace keeps, as they were known on a day, with its panel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from counterflow.core.errors import UsageError
from counterflow.store.repository import Store
from counterflow.watch.emergence.build import Cells, build
from counterflow.watch.emergence.streams import Change, Streams
from counterflow.watch.grid import KEY as GRID_KEY
from counterflow.watch.series.periods import starts_of

__all__ = ["stored_panel", "stored_streams"]

#: newest word on each cell as of the day; a period longer than asked for cannot be told by it
_CELLS = """
SELECT source, place, level, measure, subject, definition, grain, starts,
  arg_max(count, (as_of, first_seen)) AS count, arg_max(looked_for, (as_of, first_seen)) AS looked_for,
  arg_max(suppressed, (as_of, first_seen)) AS suppressed
FROM series_count WHERE as_of <= ? AND grain IN ('day', 'week', 'month', 'quarter', 'year')
GROUP BY ALL ORDER BY ALL
"""
_CHANGES = "SELECT source, place, measure, subject, from_day, change, said FROM panel ORDER BY ALL"
_LENGTH = ("day", "week", "month", "quarter", "year")

#: which of the distinct series may be shown, and under which name of its place
Allowed = Callable[[pa.Table], tuple[Sequence[bool], Sequence[str]]]


def stored_panel(store: Store) -> tuple[Change, ...]:
    """Return what the workspace knows of changes of panels and definitions."""
    return tuple(_change(row) for row in store.rows(_CHANGES))


def _change(row: Mapping[str, Any]) -> Change:
    who = [str(row[name]) for name in ("source", "place", "measure", "subject")]
    return Change(who[0], who[1], who[2], who[3], np.datetime64(row["from_day"], "D"), row["change"], row["said"])


def stored_streams(
    store: Store,
    *,
    as_of: dt.date,
    grain: str | None = None,
    measures: Sequence[str] = (),
    changes: Sequence[Change] = (),
    allowed: Allowed | None = None,
) -> Streams:
    """Return the streams of stored counts, as known on a day.

    Args:
        store: the workspace's store.
        as_of: later words on a count are not used.
        grain: periods to add up to; the longest that is stored where None.
        measures: only these; all that is stored where empty.
        changes: further changes of panels, beside those stored.
        allowed: who may see which series; all may be seen where None.

    Raises:
        UsageError: nothing fitting is stored.
    """
    rows = [row for row in store.rows(_CELLS, [as_of]) if not measures or row["measure"] in measures]
    wanted = grain or max((str(row["grain"]) for row in rows), key=_LENGTH.index, default="week")
    rows = _finest([row for row in rows if _LENGTH.index(str(row["grain"])) <= _LENGTH.index(wanted)])
    if allowed is not None:
        rows = _seen(rows, allowed)
    if not rows:
        hint = "`watch load` keeps counts; `watch emerging FILE.csv` needs none kept."
        raise UsageError("No counts are stored that could be told.", hint=hint)
    names = ("source", "place", "measure", "subject", "definition")
    key = pa.table({name: pa.array([str(row[name]) for row in rows], pa.string()) for name in names})
    count = np.array([_number(row) for row in rows], float)
    looked = np.array([_looked(row) for row in rows], np.int8)
    starts = starts_of(np.array([row["starts"] for row in rows], "datetime64[D]"), wanted)
    made = Cells(key, starts, count, np.full(len(rows), np.nan), looked)
    return build(made, wanted, (*stored_panel(store), *changes))


def _finest(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of each source's finest grain: days and the weeks they make up would be counted twice."""
    finest: dict[tuple[object, object], int] = {}
    for row in rows:
        who, length = (row["source"], row["measure"]), _LENGTH.index(str(row["grain"]))
        finest[who] = min(length, finest.get(who, length))
    return [row for row in rows if _LENGTH.index(str(row["grain"])) == finest[row["source"], row["measure"]]]


def _seen(rows: Sequence[dict[str, Any]], allowed: Allowed) -> list[dict[str, Any]]:
    """Return the rows that may be shown, under the names that their places may have."""
    names = [name for name in GRID_KEY.names if name != "series"]
    keys = sorted({tuple(str(row[name]) for name in names) for row in rows})
    columns = [pa.array(column, pa.string()) for column in zip(*keys, strict=True)] if keys else []
    if not columns:
        return []
    labels = pa.array([" | ".join(key) for key in keys], pa.string())
    shown, places = allowed(pa.table([labels, *columns], schema=GRID_KEY))
    told = {key: place for key, place, may in zip(keys, places, shown, strict=True) if may}
    kept = [(row, told.get(tuple(str(row[name]) for name in names))) for row in rows]
    return [row | {"place": place} for row, place in kept if place is not None]


def _number(row: Mapping[str, Any]) -> float:
    unknown = row["suppressed"] or row["count"] is None
    return float("nan") if unknown else float(row["count"])


def _looked(row: Mapping[str, Any]) -> int:
    """Return 1 where it was looked for, 0 where not; a stored count without a panel's word says nothing: -1."""
    return -1 if row["looked_for"] else 0
