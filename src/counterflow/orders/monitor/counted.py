"""Which rows of orders count: those that stand, and of those the sales; returns stand beside."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.standing import standing

__all__ = ["rows_that_count"]

#: columns without which no row can have replaced another
_LOADED = frozenset({"source", "record_id", "batch", "first_seen"})


def rows_that_count(lines: pa.Table) -> tuple[pa.Table, dict[str, int]]:
    """Return sales and returns that stand, and in words to number what was left out and why.

    Purchases, losses and other movements are no orders. Lines that no other has replaced or corrected stand
    (`core.standing`); a table without ids holds each line once.

    Args:
        lines: `ORDER_LINE` rows; without a column `kind` all are sales.
    """
    left_out: dict[str, int] = {}
    stood = standing(lines) if set(lines.column_names) >= _LOADED else lines
    _count(left_out, "replaced or corrected by a later row", len(lines) - len(stood))
    if "kind" not in stood.column_names:
        return stood.append_column("kind", pa.repeat("sale", len(stood))), left_out
    kind = pc.fill_null(stood["kind"].cast(pa.string()), "other")
    counted = pc.is_in(kind, pa.array(["sale", "return"]))
    for said in pc.value_counts(kind.filter(pc.invert(counted))).to_pylist():
        _count(left_out, f"kind {said['values']}", said["counts"])
    return stood.filter(counted), left_out


def _count(left_out: dict[str, int], words: str, number: int) -> None:
    if number:
        left_out[words] = number
