"""Who alerted, closed and scored actions, and how that is erased: names go, what was said and done stays.

An action's acts are erased by its id under source `action`.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.store.repository import Store

__all__ = ["ACTIONS_UNDER", "forget_actions"]

#: source under which the salts of acts on actions stand among the payloads
ACTIONS_UNDER = "action"
_ERASED = "[erased]"


def forget_actions(store: Store, gone: pa.Table) -> None:
    """Take away the names of those who acted on erased actions; `gone` has (source, record_id)."""
    ids = f"SELECT record_id FROM gone WHERE source = '{ACTIONS_UNDER}'"
    for table in ("action_alert", "action_close"):
        store.execute(f"UPDATE {table} SET person = '{_ERASED}' WHERE action IN ({ids})", gone=gone)
    store.execute(
        f"UPDATE payload SET salt = NULL WHERE source = '{ACTIONS_UNDER}' AND record_id IN ({ids})", gone=gone
    )
