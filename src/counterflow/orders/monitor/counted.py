"""Which rows of orders count: the last seen of each line, and none that another row corrects."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["rows_that_count"]

_KEY = ("source", "record_id", "line")


def rows_that_count(lines: pa.Table) -> tuple[pa.Table, dict[str, int]]:
    """Return the rows that count, and in words to number what was left out and why.

    A line of an order that was seen several times counts as last seen (`first_seen`; of two seen at the same instant
    the later row). A row whose order is named in `corrects` of another row does not count. Neither do purchases,
    losses and other movements: only sales are orders, and returns stand beside.

    Args:
        lines: `ORDER_LINE` rows; tables without ids hold each line once.
    """
    left_out: dict[str, int] = {}
    kept = _last_seen(lines)
    _count(left_out, "replaced by a later row", len(lines) - len(kept))
    current = _without_corrected(kept)
    _count(left_out, "corrected by another order", len(kept) - len(current))
    if "kind" not in current.column_names:
        return current.append_column("kind", pa.repeat("sale", len(current))), left_out
    kind = pc.fill_null(current["kind"].cast(pa.string()), "other")
    for name in ("purchase", "loss", "other"):
        _count(left_out, f"kind {name}", pc.sum(pc.equal(kind, name)).as_py() or 0)
    return current.filter(pc.is_in(kind, pa.array(["sale", "return"]))), left_out


def _count(left_out: dict[str, int], words: str, number: int) -> None:
    if number:
        left_out[words] = number


def _last_seen(lines: pa.Table) -> pa.Table:
    if not set(_KEY) <= set(lines.column_names):
        return lines
    keys = lines.select(_KEY).append_column("row", pa.array(range(len(lines)), pa.int64()))
    counted = keys.group_by(list(_KEY)).aggregate([("row", "count")])
    if len(counted) == len(lines):
        return lines
    order = [("row", "ascending")]
    if "first_seen" in lines.column_names:
        keys = keys.append_column("first_seen", lines["first_seen"])
        order = [("first_seen", "ascending"), *order]
    last = keys.sort_by(order).group_by(list(_KEY), use_threads=False).aggregate([("row", "last")])
    return lines.take(last["row_last"].take(pc.sort_indices(last["row_last"])))


def _without_corrected(lines: pa.Table) -> pa.Table:
    if "corrects" not in lines.column_names or "record_id" not in lines.column_names:
        return lines
    corrections = lines.filter(pc.is_valid(lines["corrects"]))
    if not len(corrections):
        return lines
    # An order corrects one of its own source; a row that names itself corrects nothing.
    real = corrections.filter(pc.not_equal(corrections["corrects"], corrections["record_id"]))
    pairs = real.select(["source", "corrects"]).rename_columns(["source", "record_id"])
    gone = pairs.group_by(["source", "record_id"]).aggregate([])
    numbered = lines.select(["source", "record_id"]).append_column("row", pa.array(range(len(lines)), pa.int64()))
    rest = numbered.join(gone, ["source", "record_id"], join_type="left anti")
    return lines.take(rest["row"].take(pc.sort_indices(rest["row"])))
