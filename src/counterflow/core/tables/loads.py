"""How rows came in: loads, quarantine, the salted digests of personal rows, the steps of runs."""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import BATCH_FIELD, INSTANT, KEY, KEY_REQUIRED, table_of

__all__ = ["BATCH", "PAYLOAD", "QUARANTINE", "RUN_STEP"]

#: The manifest: one row per load, the only proof that its rows are in.
BATCH = table_of(
    ("source", pa.string(), "source"),
    ("batch", pa.string(), "id of the load"),
    ("content_sha256", pa.string(), "SHA-256 of the canonical content; the same content is loaded once"),
    ("file", pa.string(), "file name as given, without its folder"),
    ("mapping", pa.string(), "mapping and its version"),
    ("received_at", INSTANT, "when it reached us"),
    ("synthetic", pa.bool_(), "true where the mapping says that nobody ever sent these records"),
    ("read", pa.int64(), "rows read"),
    ("accepted", pa.int64(), "rows accepted"),
    ("rejected", pa.int64(), "rows in quarantine"),
    ("reasons", pa.string(), "JSON: reason to count"),
    ("tables", pa.string(), "JSON: table to rows written"),
    required=("source", "batch", "content_sha256", "received_at", "read", "accepted", "rejected"),
)

#: A row that could not be taken, kept whole until repaired or discarded (personal).
QUARANTINE = table_of(
    ("source", pa.string(), "source"),
    ("batch", pa.string(), "load"),
    ("row", pa.int64(), "row of the file, from 1, header not counted"),
    ("line", pa.int64(), "line of the file where one is known"),
    ("column", pa.string(), "column that would not do"),
    ("value", pa.string(), "its value, cut at 200 characters"),
    ("reason", pa.string(), "reason code"),
    ("hint", pa.string(), "what to do"),
    ("raw", pa.string(), "JSON of the row as read"),
    ("sender", pa.string(), "who sent the data, where the row said so readably"),
    ("departure", pa.string(), "country it left, where readable; coverage counts refused rows by these four"),
    ("lane", pa.string(), "lane, where readable"),
    ("declared_on", pa.date32(), "day of the declaration, where readable"),
    ("state", pa.string(), "open | reloaded | discarded"),
    required=("source", "batch", "row", "reason", "state"),
)

#: What ties erasable personal rows to the ledger: a salted digest per record. Erasing drops rows and salt; the
#: digest stays, can no longer be guessed at, and the ledger stays whole.
PAYLOAD = table_of(
    *KEY,
    BATCH_FIELD,
    ("salt", pa.string(), "random salt; empty once the payload is erased"),
    ("digest", pa.string(), "SHA-256 of the salt, a unit separator and the payload, hex"),
    ("erased_at", INSTANT, "when it was erased"),
    required=(*KEY_REQUIRED, "batch", "digest"),
)

RUN_STEP = table_of(
    ("run", pa.string(), "run"),
    ("position", pa.int32(), "order within the run, from 0"),
    ("step", pa.string(), "name of the step"),
    ("state", pa.string(), "done; a step that was cut off leaves no row and is run again"),
    ("detail", pa.string(), "JSON: what it counted"),
    ("ended_at", INSTANT, "when it was done"),
    required=("run", "position", "step", "state"),
)
