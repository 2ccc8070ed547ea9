"""What requests by people affected say in words, and how it is erased: names, contacts and grounds go.

A request is erased by its id under source `redress`. That there was one, its days, its verdict and what was corrected
stay, as ids.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.store.repository import Store

__all__ = ["REDRESS_UNDER", "forget_redress"]

#: source under which the salts of requests stand among the payloads
REDRESS_UNDER = "redress"
_ERASED = "[erased]"


def forget_redress(store: Store, gone: pa.Table) -> None:
    """Take away the names, contacts and words of erased requests; `gone` has (source, record_id)."""
    ids = f"SELECT record_id FROM gone WHERE source = '{REDRESS_UNDER}'"
    store.execute(
        f"UPDATE redress_request SET words = '{_ERASED}', asker = '{_ERASED}', contact = '{_ERASED}', person ="
        f" '{_ERASED}', standing = CASE WHEN standing IS NOT NULL THEN '{_ERASED}' END, name = NULL,"
        f" customer_id = NULL, records = NULL WHERE request IN ({ids})",
        gone=gone,
    )
    store.execute(
        f"UPDATE redress_act SET person = '{_ERASED}', words = CASE WHEN words IS NOT NULL THEN '{_ERASED}' END"
        f" WHERE request IN ({ids})",
        gone=gone,
    )
    store.execute(f"UPDATE redress_correction SET person = '{_ERASED}' WHERE request IN ({ids})", gone=gone)
