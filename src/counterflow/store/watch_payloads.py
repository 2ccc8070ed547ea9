"""What alarms' contacts, acts and approvals say in words, and how it is erased: names, channels and grounds go.

An alarm's acts are erased by the id of its signal, a health watch's and an approval's by their own, a contact by its
id, all under source `watch`. Counts, days, verdicts and who acted on what when stay.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.store.repository import Store

__all__ = ["ERASED", "WATCH_UNDER", "forget_watch"]

#: source under which the salts of the room stand among the payloads
WATCH_UNDER = "watch"
#: what stands where words were
ERASED = "[erased]"


def forget_watch(store: Store, gone: pa.Table) -> None:
    """Take away the names, channels and grounds of erased contacts, acts and approvals.

    `gone` has (source, record_id). The salts of acts go too: an act's record id is what it is about, then a slash.
    """
    ids = f"SELECT split_part(record_id, '/', 1) FROM gone WHERE source = '{WATCH_UNDER}'"
    store.execute(
        f"UPDATE watch_contact SET duty = '{ERASED}', organisation = '{ERASED}', channel = '{ERASED}'"
        f" WHERE contact IN ({ids})",
        gone=gone,
    )
    store.execute(
        f"UPDATE watch_act SET person = '{ERASED}', words = CASE WHEN words IS NOT NULL THEN '{ERASED}' END"
        f" WHERE about IN ({ids})",
        gone=gone,
    )
    store.execute(
        f"UPDATE watch_approval SET person = '{ERASED}', ground = '{ERASED}' WHERE request IN ({ids})", gone=gone
    )
    store.execute(f"UPDATE health_watch SET person = '{ERASED}' WHERE watch IN ({ids})", gone=gone)
    store.execute(
        f"UPDATE payload SET salt = NULL WHERE source = '{WATCH_UNDER}' AND split_part(record_id, '/', 1) IN ({ids})",
        gone=gone,
    )
