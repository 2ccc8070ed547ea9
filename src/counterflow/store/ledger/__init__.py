"""The ledger: what was known and decided, before the outcome is.

Append-only, canonical JSON, hash-chained, under a Merkle root (RFC 9162), each batch closed by a signed head
(Ed25519). It holds ids and salted digests, never personal text. `tools/verify_ledger.py` checks it without
any of this code; `docs/reference/ledger-format.md` gives every byte.
"""

from counterflow.store.ledger.canonical import canonical_bytes, decimal_text
from counterflow.store.ledger.digests import new_salt, salted_digest
from counterflow.store.ledger.entry import Entry
from counterflow.store.ledger.heads import Head, SignedHead
from counterflow.store.ledger.log import Ledger

__all__ = [
    "Entry",
    "Head",
    "Ledger",
    "SignedHead",
    "canonical_bytes",
    "decimal_text",
    "new_salt",
    "salted_digest",
]
