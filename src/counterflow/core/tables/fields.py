"""How a table is written down: columns with what they hold, and the columns that many tables share."""

from __future__ import annotations

import pyarrow as pa

__all__ = ["BATCH_FIELD", "INSTANT", "KEY", "KEY_REQUIRED", "Column", "table_of"]

#: name, type, what it holds
Column = tuple[str, pa.DataType, str]

INSTANT = pa.timestamp("us", tz="UTC")


def table_of(*fields: Column, required: tuple[str, ...] = ()) -> pa.Schema:
    """Return the schema of these columns; those in `required` may not be empty."""
    return pa.schema(
        [pa.field(name, kind, nullable=name not in required, metadata={"doc": doc}) for name, kind, doc in fields]
    )


KEY: tuple[Column, ...] = (
    ("source", pa.string(), "who the records come from, as named at load"),
    ("record_id", pa.string(), "the source's own id, as text; unique per source"),
)
BATCH_FIELD: Column = ("batch", pa.string(), "the load that brought it")
KEY_REQUIRED = ("source", "record_id")
