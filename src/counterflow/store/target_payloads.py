"""Who loaded, locked and counted against targets, and how that is erased: names go, what was promised stays.

The acts on a pack are erased by its name under source `promise`.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.store.repository import Store

__all__ = ["PROMISES_UNDER", "forget_promises"]

#: source under which the salts of acts on packs stand among the payloads
PROMISES_UNDER = "promise"
_ERASED = "[erased]"


def forget_promises(store: Store, gone: pa.Table) -> None:
    """Take away the names of those who acted on erased packs; `gone` has (source, record_id)."""
    ids = f"SELECT record_id FROM gone WHERE source = '{PROMISES_UNDER}'"
    for table in ("promise_pack", "promise_lock", "promise_actual"):
        store.execute(f"UPDATE {table} SET person = '{_ERASED}' WHERE pack IN ({ids})", gone=gone)
    store.execute(f"UPDATE promise_money SET person = '{_ERASED}' WHERE 'money' IN ({ids})", gone=gone)
    entries = f"SELECT entry FROM promise_actual WHERE pack IN ({ids})"
    store.execute(f"UPDATE promise_note SET person = '{_ERASED}' WHERE entry IN ({entries})", gone=gone)
    names = f"asked_by = '{_ERASED}', agreed_by = '{_ERASED}'"
    store.execute(f"UPDATE promise_edit SET {names} WHERE pack IN ({ids})", gone=gone)
    store.execute(
        f"UPDATE payload SET salt = NULL WHERE source = '{PROMISES_UNDER}' AND record_id IN ({ids})", gone=gone
    )
