"""What people did about screened records outside an inspection, and the views of the queue that they saved.

Both are append-only: the last row on a record, or of a view, holds. Words and names stand here and can be erased; the
ledger holds ids, acts, counts and salted digests.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import INSTANT, KEY, KEY_REQUIRED, table_of

__all__ = ["QUEUE_ACT", "QUEUE_VIEW"]

#: One act on one record; the acts of one bulk share their id.
QUEUE_ACT = table_of(
    ("act_id", pa.string(), "id of the act: Q- and 12 hexadecimal digits; one act can be on many records"),
    *KEY,
    ("act", pa.string(), "take | give-back | note | release | reopen"),
    ("words", pa.string(), "ground or note, in words"),
    ("person", pa.string(), "who did it; of a release, who asked for it"),
    ("second_person", pa.string(), "who agreed; only a release has one"),
    ("acted_at", INSTANT, "when"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("act_id", *KEY_REQUIRED, "act", "words", "person", "acted_at"),
)

#: One saved view: a name for a filter and an order of the queue.
QUEUE_VIEW = table_of(
    ("view", pa.string(), "id: V- and 12 hexadecimal digits"),
    ("name", pa.string(), "what its owner calls it"),
    ("person", pa.string(), "who saved it"),
    ("shared", pa.bool_(), "whether everybody who may see the queue is offered it"),
    ("asks", pa.string(), "the filter and order, as the query string of the queue's address"),
    ("saved_at", INSTANT, "when"),
    ("removed_at", INSTANT, "when it was taken away; empty while it is offered"),
    required=("view", "name", "person", "shared", "asks", "saved_at"),
)
