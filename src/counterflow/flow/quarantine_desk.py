"""Refused rows as somebody mends them: by reason and by value, one row or all that share a fault, and in again.

Mending writes the rows as the mended CSV that `intake quarantine reload` takes, and takes it: the same checks, a batch
of its own with its own receipt, and whatever is still wrong stands in quarantine under that batch.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import InputError, UnknownName, UsageError
from counterflow.flow.answer_of_load import kind_of_load
from counterflow.intake.quarantine import list_rows, reload, to_mend
from counterflow.intake.receipt import Receipt
from counterflow.store.workspace import Workspace

__all__ = ["faults", "groups", "mend_row", "mend_values", "page_of_rows", "row_to_mend", "take_mended"]

#: rows shown at a time
MOST_ROWS = 50
#: different values of a fault that are offered for mending at once
MOST_VALUES = 30
#: rows mended in one act
MOST_MENDED = 20_000
_KEY = ("_source", "_batch", "_row")


def groups(workspace: Workspace, *, source: str = "", batch: str = "") -> list[dict[str, Any]]:
    """Return open refused rows by source, column and reason, the most rows first.

    `mendable` says whether a mapping reads them, so that they can be mended here; rows of lists, outcomes and
    announcements are mended in the file they came in.
    """
    rows = workspace.store.rows(
        'SELECT q.source, coalesce(q."column", \'\') AS "column", q.reason, count(*) AS rows,'
        " count(DISTINCT q.batch) AS loads, max(b.received_at) AS last_at, any_value(q.hint) AS hint,"
        " min(q.batch) AS batch, bool_and(starts_with(coalesce(q.raw, ''), '{')) AS named,"
        " any_value(b.tables) AS tables"
        " FROM quarantine q LEFT JOIN batch b ON b.source = q.source AND b.batch = q.batch"
        " WHERE q.state = 'open' AND (? = '' OR q.source = ?) AND (? = '' OR q.batch = ?)"
        " GROUP BY q.source, coalesce(q.\"column\", ''), q.reason ORDER BY rows DESC, q.source, 2, q.reason",
        [source, source, batch, batch],
    )
    return [
        {name: row[name] for name in ("source", "column", "reason", "rows", "loads", "last_at", "hint")}
        | {"kind": kind_of_load(row), "mendable": bool(row["named"])}
        for row in rows
    ]


def faults(workspace: Workspace, source: str, column: str, reason: str, batch: str = "") -> dict[str, Any]:
    """Return what one fault is about: its different values with how many rows hold each, the most frequent first.

    Raises:
        UnknownName: no open row has this fault.
    """
    values = workspace.store.rows(
        "SELECT value, count(*) AS rows, any_value(hint) AS hint FROM quarantine WHERE state = 'open' AND source = ?"
        " AND coalesce(\"column\", '') = ? AND reason = ? AND (? = '' OR batch = ?) GROUP BY value"
        " ORDER BY rows DESC, value LIMIT ?",
        [source, column, reason, batch, batch, MOST_VALUES + 1],
    )
    if not values:
        known = [one["reason"] for one in groups(workspace, source=source)]
        raise UnknownName("open fault", f"{source}: {column} {reason}".strip(), known)
    return {"source": source, "column": column, "reason": reason, "batch": batch,
            "values": values[:MOST_VALUES], "more": len(values) > MOST_VALUES}  # fmt: skip


def page_of_rows(
    workspace: Workspace, source: str, column: str, reason: str, *, batch: str = "", after: tuple[str, int] = ("", 0)
) -> list[dict[str, Any]]:
    """Return up to `MOST_ROWS` + 1 open rows of a fault, after a (batch, row), with what each holds."""
    rows = workspace.store.rows(
        'SELECT source, batch, "row", line, "column", value, reason, hint, raw FROM quarantine WHERE state = \'open\''
        " AND source = ? AND coalesce(\"column\", '') = ? AND reason = ? AND (? = '' OR batch = ?)"
        ' AND (batch, "row") > (?, ?) ORDER BY batch, "row" LIMIT ?',
        [source, column, reason, batch, batch, after[0], after[1], MOST_ROWS + 1],
    )
    return [row | {"raw": _cells(row["raw"])} for row in rows]


def row_to_mend(workspace: Workspace, source: str, batch: str, row: int) -> dict[str, Any]:
    """Return one open row: what is wrong with it, and every column of its file with what stands there.

    Raises:
        UnknownName: no such row is open.
        InputError: no mapping reads it.
    """
    found = _rows(workspace, source, batch, [row])
    shown = found.to_pylist()
    table = to_mend(workspace, found.slice(0, 1)).to_pylist()
    if not table:
        raise InputError(
            "This row came without a mapping and is not mended here.",
            hint="Mend the file it came in, and send that again; then discard this row.",
        )
    cells = {name: value for name, value in table[0].items() if not name.startswith("_")}
    wrong = [{name: one[name] for name in ("column", "value", "reason", "hint")} for one in shown]
    return {"source": source, "batch": batch, "row": row, "line": shown[0]["line"], "wrong": wrong, "cells": cells}


def mend_row(workspace: Workspace, source: str, batch: str, row: int, cells: Mapping[str, str]) -> Receipt:
    """Load one open row again with other cells.

    Args:
        workspace: where it is.
        source: who it came from.
        batch: the load it came in.
        row: its number in that load.
        cells: column to what stands there now; columns that are not named stay as they are.

    Raises:
        UnknownName: the row is not open, or has no such column.
    """
    held = row_to_mend(workspace, source, batch, row)["cells"]
    for name in cells:
        if name not in held:
            raise UnknownName("column", name, held)
    return _take(workspace, [{"_source": source, "_batch": batch, "_row": str(row)} | held | dict(cells)], "mended-row")


def mend_values(
    workspace: Workspace, source: str, column: str, reason: str, instead: Mapping[str, str], *, batch: str = ""
) -> Receipt:
    """Load every open row of a fault again whose value has another one to stand instead.

    Args:
        workspace: where they are.
        source: who they came from.
        column: the column at fault.
        reason: the fault.
        instead: value as it stands ("" where it is empty) to what stands instead; "" leaves the cell empty.
        batch: only rows of this load.

    Raises:
        UsageError: nothing stands instead, or the rows came by several mappings.
    """
    written = {old: new for old, new in instead.items() if new != old}
    if not written:
        raise UsageError("Nothing was written to stand instead.", hint="Write the right value beside a wrong one.")
    asked = pa.table({"value": pa.array(list(written), pa.string())})
    keys = workspace.store.query(
        "SELECT q.batch, q.\"row\" FROM quarantine q JOIN asked a ON a.value = coalesce(q.value, '')"
        " WHERE q.state = 'open' AND q.source = ? AND coalesce(q.\"column\", '') = ? AND q.reason = ?"
        " AND (? = '' OR q.batch = ?) ORDER BY 1, 2 LIMIT ?",
        [source, column, reason, batch, batch, MOST_MENDED],
        asked=asked,
    )
    rows = list_rows(workspace.store, source=source, batch=batch or None, reason=reason)
    mask = pc.is_in(_joined(rows), value_set=_joined(keys))
    table = to_mend(workspace, rows.filter(mask)).to_pylist()
    if not table:
        raise UsageError("No open row holds such a value any more.", hint="Open the page again.")
    if column not in table[0]:
        raise UsageError("These rows have no single cell at fault.", hint="Mend them row by row, or in a file.")
    for row in table:
        row[column] = written.get(str(row[column] or "")[:200], row[column])
    return _take(workspace, table, f"mended-{reason}")


def take_mended(workspace: Workspace, file: Path) -> Receipt:
    """Load a mended CSV, as the export of the quarantine gives it."""
    return reload(workspace, file)


def _take(workspace: Workspace, rows: Sequence[Mapping[str, Any]], name: str) -> Receipt:
    """Load mended rows by way of the file that a person would send."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with tempfile.TemporaryDirectory(prefix="counterflow-") as folder:
        path = Path(folder) / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, names, restval="")
            writer.writeheader()
            writer.writerows({k: "" if v is None else v for k, v in row.items()} for row in rows)
        receipt = reload(workspace, path)
    if receipt.accepted:
        from counterflow.screen.run import screen

        screen(workspace)
    return receipt


def _rows(workspace: Workspace, source: str, batch: str, rows: Sequence[int]) -> pa.Table:
    found = list_rows(workspace.store, source=source, batch=batch)
    found = found.filter(pc.is_in(found.column("row"), value_set=pa.array(list(rows), pa.int64())))
    if not found.num_rows:
        known = list_rows(workspace.store, source=source, batch=batch).column("row").to_pylist()[:50]
        raise UnknownName("open row", str(rows[0]), [str(row) for row in known])
    return found


def _joined(table: pa.Table) -> pa.Array:
    rows = table.column("row").cast(pa.string())
    return pc.binary_join_element_wise(table.column("batch"), rows, "\x1f").combine_chunks()


def _cells(raw: object) -> dict[str, str]:
    held = json.loads(str(raw)) if raw else {}
    if isinstance(held, dict):
        return {str(k): "" if v is None else str(v) for k, v in held.items()}
    return {str(n): "" if v is None else str(v) for n, v in enumerate(held, 1)} if isinstance(held, list) else {}
