"""Arrow pieces that rows of the house are built of: joined columns, lists of missing fields, maps of attributes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Origin", "attribute_map", "column_of", "first_rows", "mask_of", "missing_list", "present", "repeat"]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Origin:
    """The load that rows come by: who they come from, its id, and when we first held them."""

    source: str
    batch: str
    first_seen: dt.datetime

    def beside(self, record_ids: pa.Array) -> dict[str, pa.Array]:
        """Return the columns that name each of these records and its load."""
        count = len(record_ids)
        return {
            "source": repeat(pa.scalar(self.source), count),
            "record_id": record_ids,
            "batch": repeat(pa.scalar(self.batch), count),
        }


def column_of(table: pa.Table, name: str) -> pa.Array:
    """Return a column as one array; nulls where a file with open columns has none of that name."""
    if name not in table.column_names:
        return pa.nulls(table.num_rows, pa.string())
    column = table.column(name)
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def mask_of(values: pa.Array) -> Mask:
    """Return a boolean array as a mask; null is false."""
    return np.asarray(values.fill_null(False).to_numpy(zero_copy_only=False), dtype=bool)


def present(values: pa.Array) -> Mask:
    """Return which values are there."""
    return np.asarray(values.is_valid().to_numpy(zero_copy_only=False), dtype=bool)


def missing_list(names: Sequence[str], missing: Sequence[Mask], rows: int) -> pa.Array:
    """Return, per row, the names whose mask is set: a list column.

    >>> missing_list(["a", "b"], [np.array([True, False]), np.array([True, False])], 2).to_pylist()
    [['a', 'b'], []]
    """
    if not names:
        return pa.ListArray.from_arrays(pa.array(np.zeros(rows + 1, np.int32)), pa.array([], pa.string()))
    matrix = np.column_stack(missing)
    offsets = np.concatenate([[0], np.cumsum(matrix.sum(axis=1))]).astype(np.int32)
    which = np.nonzero(matrix)[1].astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(list(names), pa.string()).take(pa.array(which)))


def attribute_map(names: Sequence[str], columns: Sequence[pa.Array], rows: int) -> pa.Array:
    """Return, per row, the non-empty ones of `columns` (text) under their names: a map column."""
    kind = pa.map_(pa.string(), pa.string())
    if not names:
        return pa.nulls(rows, kind)
    there = np.column_stack([present(c) for c in columns])
    offsets = np.concatenate([[0], np.cumsum(there.sum(axis=1))]).astype(np.int32)
    row, column = np.nonzero(there)
    # All columns one after the other: the value of (row, column) stands at column * rows + row.
    items = pa.concat_arrays(list(columns)).take(pa.array(column * rows + row))
    keys = pa.array(list(names), pa.string()).take(pa.array(column.astype(np.int32)))
    return pa.MapArray.from_arrays(pa.array(offsets), keys, items).cast(kind)


def first_rows(keys: pa.Array | pa.ChunkedArray) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return, for each row, which distinct key it has and the first row that has that key.

    >>> group, first = first_rows(pa.array(["a", "b", "a"]))
    >>> group.tolist(), first[group].tolist()
    ([0, 1, 0], [0, 1, 0])
    """
    flat = keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys
    group = pc.dictionary_encode(flat).indices.to_numpy(zero_copy_only=False).astype(np.int64)
    first = np.full(int(group.max(initial=-1)) + 1, len(group), dtype=np.int64)
    np.minimum.at(first, group, np.arange(len(group), dtype=np.int64))
    return group, first


def repeat(value: pa.Scalar, count: int) -> pa.Array:
    """Return a column that holds one value, or nulls of its type."""
    return pa.repeat(value, count) if value.is_valid else pa.nulls(count, value.type)
