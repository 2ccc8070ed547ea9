"""What reviews of patterns say in words, and how it is erased: codes, questions, replies and names go.

A review is erased by its id under source `integrity`. That there was one, its days and its verdict stay, as ids.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.store.repository import Store

__all__ = ["INTEGRITY_UNDER", "forget_integrity"]

#: source under which the salts of reviews stand among the payloads
INTEGRITY_UNDER = "integrity"
_ERASED = "[erased]"


def forget_integrity(store: Store, gone: pa.Table) -> None:
    """Take away codes, words and names of erased reviews; `gone` has (source, record_id)."""
    ids = f"SELECT record_id FROM gone WHERE source = '{INTEGRITY_UNDER}'"
    store.execute(
        f"UPDATE integrity_review SET officer = '{_ERASED}', pattern = '{{}}', question = '{_ERASED}',"
        f" person = '{_ERASED}' WHERE review IN ({ids})",
        gone=gone,
    )
    store.execute(
        f"UPDATE integrity_act SET words = '{_ERASED}', person = '{_ERASED}' WHERE review IN ({ids})", gone=gone
    )
