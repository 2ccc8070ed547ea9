"""The salt of one record: made once, kept among the payloads until the record is erased, and then gone.

A digest in the ledger is over a record's words and its salt. Without the salt nobody can try words against it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from counterflow.core.tables import PAYLOAD

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["salt_of"]


def salt_of(store: Store, source: str, record: str) -> bytes:
    """Return the salt kept for `record` of `source`, made where there is none yet."""
    from counterflow.store.ledger import new_salt

    held = store.rows(
        "SELECT salt FROM payload WHERE source = ? AND record_id = ? AND salt IS NOT NULL", [source, record]
    )
    if held:
        return bytes.fromhex(str(held[0]["salt"]))
    salt = new_salt()
    row = {"source": source, "record_id": record, "batch": source, "salt": salt.hex(), "digest": ""}
    store.append("payload", pa.Table.from_pylist([row], schema=PAYLOAD))
    return salt
