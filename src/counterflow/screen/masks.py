"""Findings by whole columns: rows picked by a mask become findings without a Python loop over records."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.check import strength_below_one
from counterflow.core.tables import FINDING_ROW

__all__ = ["findings_where", "in_row_order", "told"]


def told(*pieces: str | pa.Array | pa.ChunkedArray) -> pa.Array:
    """Join constant words and columns to one sentence per row; numbers are written as text.

    >>> told("mass ", pa.array([1.5, None]), " kg").to_pylist()
    ['mass 1.5 kg', 'mass ? kg']
    """
    return pc.binary_join_element_wise(*(p if isinstance(p, str) else _as_text(p) for p in pieces), "")


def _as_text(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Write a column as text: instants to the second, nothing as a question mark."""
    if pa.types.is_timestamp(column.type):
        column = pc.cast(column, pa.timestamp("s", tz=column.type.tz), safe=False)
    return pc.coalesce(pc.cast(column, pa.string()), pa.scalar("?"))


def findings_where(mask: pa.Array, batch: pa.RecordBatch, **columns: object) -> pa.RecordBatch:
    """Return one finding for each row of `batch` where `mask` is true (null counts as false).

    Args:
        mask: booleans, one per row.
        batch: the check's input, with its column `row`.
        columns: columns of `FINDING_ROW` by name: a constant, or an array with one value per row of `batch`.
            `strength` is held below one; `kind` is deterministic where not given.

    Raises:
        TypeError: a name is not a column of `FINDING_ROW`.
    """
    unknown = set(columns) - set(FINDING_ROW.names)
    if unknown:
        raise TypeError(f"not columns of a finding: {', '.join(sorted(unknown))}")
    picked = pc.indices_nonzero(pc.fill_null(mask, False))
    values: dict[str, object] = {"kind": "deterministic", **columns, "row": batch.column("row")}
    strength = values["strength"]
    if isinstance(strength, float):
        values["strength"] = strength_below_one(strength)
    elif strength is not None:
        limited = np.clip(np.asarray(strength, dtype=np.float64), 0.001, 0.999)
        values["strength"] = pa.array(limited)
    return pa.RecordBatch.from_arrays([_column(f, values, picked) for f in FINDING_ROW], schema=FINDING_ROW)


def _column(field: pa.Field, values: dict[str, object], picked: pa.Array) -> pa.Array:
    value = values.get(field.name)
    if isinstance(value, (pa.Array, pa.ChunkedArray)):
        taken = value.take(picked).cast(field.type)
        return taken.combine_chunks() if isinstance(taken, pa.ChunkedArray) else taken
    if value is None:
        return pa.nulls(len(picked), field.type)
    return pa.repeat(pa.scalar(value, field.type), len(picked))


def in_row_order(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    """Return all findings as one batch, ordered by row, code and place, however they were made."""
    table = pa.Table.from_batches(batches, schema=FINDING_ROW)
    if table.num_rows:
        keys = [("row", "ascending"), ("code", "ascending"), ("start", "ascending"), ("reference", "ascending")]
        table = table.take(pc.sort_indices(table, sort_keys=keys)).combine_chunks()
    if not table.num_rows:
        return pa.RecordBatch.from_arrays([pa.nulls(0, f.type) for f in FINDING_ROW], schema=FINDING_ROW)
    return table.to_batches()[0]
