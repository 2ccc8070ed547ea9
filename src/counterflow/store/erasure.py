"""Erasing personal payloads, by record or by age, without breaking anything that was built on them.

The rows that name people go, and with them the salt; the salted digest and the ledger stay. What stays says that
something was there, and nothing about whom. Findings on erased parties keep their code, strength and list row (so that
counts still add up) and lose the words that quote the name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pyarrow as pa

from counterflow.core.errors import InputError
from counterflow.store.workspace import Workspace

__all__ = ["erase_before", "erase_records"]

_ERASED = "[erased]"


def erase_records(workspace: Workspace, source: str, record_ids: Sequence[str], *, person: str, ground: str) -> int:
    """Erase the personal payloads of some records; return how many records lost one.

    Args:
        workspace: where they are.
        source: the records' source.
        record_ids: the records.
        person: who orders it; stands in the ledger.
        ground: why, for example "request of the person, Art. 17 GDPR"; stands in the ledger.

    Raises:
        InputError: a record has no payload here, or none any more.
    """
    ids = pa.table({"source": [source] * len(record_ids), "record_id": list(record_ids)})
    known = workspace.store.query(
        "SELECT p.source, p.record_id FROM payload p JOIN asked a USING (source, record_id) WHERE p.salt IS NOT NULL",
        asked=ids,
    )
    missing = set(record_ids) - set(known.column("record_id").to_pylist())
    if missing:
        raise InputError(
            f"{len(missing)} of {len(record_ids)} records have no personal payload here.",
            hint="Check the id and the source; a payload that was erased before is gone.",
            value=min(missing),
        )
    return _erase(workspace, known, person=person, ground=ground)


def erase_before(workspace: Workspace, day: dt.date, *, person: str, ground: str) -> int:
    """Erase the personal payloads of every record declared before `day` (the end of its retention); return how many."""
    known = workspace.store.query(
        "SELECT p.source, p.record_id FROM payload p JOIN consignment c USING (source, record_id)"
        " WHERE p.salt IS NOT NULL AND c.declared_on < ? ORDER BY ALL",
        [day],
    )
    return _erase(workspace, known, person=person, ground=ground) if known.num_rows else 0


def _erase(workspace: Workspace, gone: pa.Table, *, person: str, ground: str) -> int:
    store, now = workspace.store, workspace.clock()
    same = "EXISTS (SELECT 1 FROM gone g WHERE g.source = t.source AND g.record_id = t.record_id)"
    with store.transaction():
        # The entry goes first: an erasure that is not on record is worse than one recorded and then repeated.
        workspace.ledger.append("erasure", {"records": gone.num_rows, "person": person, "ground": ground})
        store.execute(f"DELETE FROM party t WHERE {same}", gone=gone)
        store.execute(
            f"UPDATE finding t SET matched = '{_ERASED}', sentence = '{_ERASED}', \"start\" = NULL, \"end\" = NULL"
            f" WHERE {same} AND t.harm_class = 'party'",
            gone=gone,
        )
        store.execute(
            f"UPDATE quarantine t SET raw = '{_ERASED}', value = '{_ERASED}', state = 'discarded' WHERE t.source IN"
            " (SELECT source FROM gone) AND json_extract_string(t.raw, '$.record_id') IN (SELECT record_id FROM gone)",
            gone=gone,
        )
        store.execute(f"UPDATE payload t SET salt = NULL, erased_at = ? WHERE {same}", [now], gone=gone)
    return int(gone.num_rows)
