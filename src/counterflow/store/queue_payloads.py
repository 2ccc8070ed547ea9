"""What acts on records and saved views say in words, and how it is erased: names, notes and grounds go.

An act is erased with its record; a saved view by its own id under the source `queue`. Which act was done when stays.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.store.repository import Store

__all__ = ["ERASED", "QUEUE_UNDER", "forget_queue"]

#: source under which the salts of acts and views stand among the payloads
QUEUE_UNDER = "queue"
#: what stands where words were
ERASED = "[erased]"


def forget_queue(store: Store, gone: pa.Table) -> None:
    """Take away the words and names of acts on erased records, and erased views; `gone` has (source, record_id).

    The salt of an act goes with the first of its records: its digest was over one text for all of them.
    """
    same = "EXISTS (SELECT 1 FROM gone g WHERE g.source = t.source AND g.record_id = t.record_id)"
    store.execute(
        "UPDATE payload p SET salt = NULL WHERE p.source = ? AND p.record_id IN"
        f" (SELECT t.act_id FROM queue_act t WHERE {same})",
        [QUEUE_UNDER],
        gone=gone,
    )
    store.execute(
        f"UPDATE queue_act t SET words = '{ERASED}', person = '{ERASED}',"
        f" second_person = CASE WHEN second_person IS NOT NULL THEN '{ERASED}' END WHERE {same}",
        gone=gone,
    )
    store.execute(
        f"UPDATE queue_view SET name = '{ERASED}', person = '{ERASED}', asks = ''"
        f" WHERE view IN (SELECT record_id FROM gone WHERE source = '{QUEUE_UNDER}')",
        gone=gone,
    )
