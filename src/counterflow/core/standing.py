"""Which rows of orders and customers stand, of all that ever came in.

Facts are append-only: an order that is sent again with other content is a new row, seen later, and never two are
counted. What stands, as of an instant:

* of rows of one source and record id, those of the latest load (by `first_seen`, then by load);
* of those, not the orders that another order of the source says it `corrects`.

An order that came in on 3 May and was corrected on 9 June is thus counted once in either month's figures, and asking
with `seen_by` gives the figure as it was known then.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["of_standing", "standing"]


def standing(rows: pa.Table, seen_by: dt.datetime | None = None) -> pa.Table:
    """Return the rows that stand, in their order.

    Args:
        rows: rows of `order_line`, `customer` or `stock_event`.
        seen_by: count only what was held by then (UTC); None counts all.
    """
    if seen_by is not None:
        rows = rows.filter(pc.less_equal(rows.column("first_seen"), pa.scalar(seen_by, pa.timestamp("us", tz="UTC"))))
    if not rows.num_rows:
        return rows
    record = _codes(rows, ("source", "record_id"))
    load = _load_order(rows)
    latest = np.full(int(record.max()) + 1, -1, dtype=np.int64)
    np.maximum.at(latest, record, load)
    keep = latest[record] == load
    if "corrects" in rows.column_names and rows.column("corrects").null_count < rows.num_rows:
        keep &= ~_corrected(rows, keep)
    return rows if keep.all() else rows.filter(pa.array(keep))


def of_standing(rows: pa.Table, stood: pa.Table) -> pa.Table:
    """Return the rows (licences, owners …) that came in with rows that stand: same source, record and load."""
    key = ("source", "record_id", "batch")
    codes = _codes(pa.concat_tables([rows.select(list(key)), stood.select(list(key))]), key)
    keep = np.isin(codes[: rows.num_rows], codes[rows.num_rows :])
    return rows if keep.all() else rows.filter(pa.array(keep))


def _corrected(rows: pa.Table, keep: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return the rows whose order another standing order of the same source corrects."""
    told = rows.filter(pc.and_(pa.array(keep), pc.is_valid(rows.column("corrects"))))
    parts = [_pairs(rows, "record_id"), _pairs(told, "corrects"), _pairs(told, "record_id")]
    codes = _codes(pa.concat_tables(parts), ("source", "record_id"))
    own, target = codes[: rows.num_rows], codes[rows.num_rows : rows.num_rows + told.num_rows]
    corrector = codes[rows.num_rows + told.num_rows :]
    return np.isin(own, target[target != corrector])


def _pairs(rows: pa.Table, record: str) -> pa.Table:
    return pa.table({"source": rows.column("source"), "record_id": rows.column(record)})


def _load_order(rows: pa.Table) -> npt.NDArray[np.int64]:
    """Return the place of each row's load among all loads, by when it was first seen, then by its id."""
    encoded = _flat(rows, "batch").dictionary_encode()
    names = encoded.dictionary.to_pylist()
    by_name = np.empty(len(names), dtype=np.int64)
    by_name[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    tie = by_name[encoded.indices.to_numpy(zero_copy_only=False)]
    seen = np.unique(_flat(rows, "first_seen").cast(pa.int64()).to_numpy(zero_copy_only=False), return_inverse=True)[1]
    return np.asarray(seen * len(names) + tie, dtype=np.int64)


def _flat(table: pa.Table, name: str) -> pa.Array:
    column = table.column(name)
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _codes(table: pa.Table, names: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """Return, per row, a number that is the same for rows of the same values."""
    total = np.zeros(table.num_rows, dtype=np.int64)
    for name in names if table.num_rows else ():
        encoded = _flat(table, name).dictionary_encode()
        size = len(encoded.dictionary) + 1
        index = encoded.indices.fill_null(size - 1).to_numpy(zero_copy_only=False).astype(np.int64)
        # Nothing is to be sorted while all rows are alike so far, as those of one source are.
        total = np.unique(total * size + index, return_inverse=True)[1] if total.any() else index
    return np.asarray(total, dtype=np.int64)
