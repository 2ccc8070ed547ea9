"""Erasing personal payloads, by record or by age, without breaking anything that was built on them.

The rows that name people go, and with them the salt; the salted digest and the ledger stay. What stays says that
something was there, and nothing about whom. Findings on erased parties keep their code and strength (so that counts
still add up) and lose the words that quote the name, and the list row too: where the names were the same, that row
tells the name. Refused rows that hold the record's id lose what they hold. A lookout is erased by its id under the
source `lookout`, a cleared pair of a party and a list row by its id under `clearing`; with its words gone it clears
nothing any more.

Bytes that a table has given up stay in the store's file until they are written over; so the file is written anew when
the process that owns the workspace is done with it (`Store.rewrite_at_close`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pyarrow as pa

from counterflow.core.errors import InputError
from counterflow.store.access_payloads import forget_access
from counterflow.store.action_payloads import forget_actions
from counterflow.store.integrity_payloads import forget_integrity
from counterflow.store.order_payloads import forget_orders
from counterflow.store.queue_payloads import forget_queue
from counterflow.store.record_file_payloads import STILL_SAYS, forget_files, sweep_files
from counterflow.store.redress_payloads import forget_redress
from counterflow.store.rule_payloads import forget_rules
from counterflow.store.spool import drain
from counterflow.store.target_payloads import forget_promises
from counterflow.store.watch_payloads import forget_watch
from counterflow.store.workspace import Workspace

__all__ = ["CLEARING", "erase_before", "erase_records"]

#: what each room has of words and names under an erased id, and how it is taken away
_FORGET = (
    forget_orders,
    forget_rules,
    forget_watch,
    forget_redress,
    forget_queue,
    forget_files,
    forget_access,
    forget_actions,
    forget_promises,
    forget_integrity,
)
_ERASED = "[erased]"
_LOOKOUT = "lookout"
#: The source under which cleared pairs stand among the payloads.
CLEARING = "clearing"
#: a finding on a party: its part is the party's role; on a goods line it is a number, on the record it is empty
_ON_A_PARTY = "(t.harm_class = 'party' OR regexp_matches(t.part, '^[a-z]'))"
#: the values of a refused row as it was read: an object for rows of a mapping, a list for bare cells
_CELLS = """
    SELECT q.source, q.batch, q."row", q.declared_on, unnest(list_concat(
        json_extract_string(q.raw, '$.*'), json_extract_string(q.raw, '$[*]'))) AS record_id
    FROM quarantine q WHERE q.raw IS NOT NULL AND json_valid(q.raw)"""

#: records of files that were resolved here and never loaded: what they say stands in the grounds of their entities
_RESOLVED = "SELECT source, record_id, as_of FROM entity_member WHERE starts_with(scope, 'file:')"


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
    drain(workspace)
    ids = pa.table({"source": [source] * len(record_ids), "record_id": list(record_ids)})
    known = workspace.store.query(
        "SELECT p.source, p.record_id FROM payload p JOIN asked a USING (source, record_id) WHERE p.salt IS NOT NULL"
        f" UNION SELECT c.source, c.record_id FROM ({_CELLS}) c JOIN asked a USING (source, record_id)"
        f" UNION SELECT m.source, m.record_id FROM ({_RESOLVED}) m JOIN asked a USING (source, record_id)"
        f" UNION SELECT f.source, f.record_id FROM ({STILL_SAYS}) f JOIN asked a USING (source, record_id)",
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
    """Erase the personal payloads of every record declared before `day` (the end of its retention); return how many.

    Orders go by their own day; the file of a customer has no end of its own and is erased by its number.

    Refused rows go by their own day, and where that could not be read by the day of their load; they are not counted,
    having never become records. Lookouts and cleared pairs go once they have ended.
    """
    drain(workspace)
    known = workspace.store.query(
        "SELECT p.source, p.record_id FROM payload p JOIN consignment c USING (source, record_id)"
        " WHERE p.salt IS NOT NULL AND c.declared_on < ?"
        " UNION SELECT p.source, p.record_id FROM payload p JOIN lookout l ON l.lookout = p.record_id"
        f" WHERE p.source = '{_LOOKOUT}' AND p.salt IS NOT NULL AND CAST(l.expires_at AS DATE) < ?"
        " UNION SELECT p.source, p.record_id FROM payload p JOIN party_clearing c ON c.clearing = p.record_id"
        f" WHERE p.source = '{CLEARING}' AND p.salt IS NOT NULL AND c.until < ?"
        " UNION SELECT p.source, p.record_id FROM payload p JOIN order_line o USING (source, record_id)"
        " WHERE p.salt IS NOT NULL AND o.ordered_on < ?"
        f" UNION SELECT f.source, f.record_id FROM ({STILL_SAYS}) f JOIN consignment c USING (source, record_id)"
        " WHERE c.declared_on < ?"
        f" UNION SELECT m.source, m.record_id FROM ({_RESOLVED}) m WHERE CAST(m.as_of AS DATE) < ? ORDER BY ALL",
        [day, day, day, day, day, day],
    )
    refused = workspace.store.query(
        'SELECT q.source, q.batch, q."row" FROM quarantine q LEFT JOIN batch b USING (source, batch)'
        " WHERE q.raw IS NOT NULL AND coalesce(q.declared_on, CAST(b.received_at AS DATE)) < ?",
        [day],
    )
    if not known.num_rows and not refused.num_rows:
        return 0
    return _erase(workspace, known, person=person, ground=ground, refused=refused)


def _erase(workspace: Workspace, gone: pa.Table, *, person: str, ground: str, refused: pa.Table | None = None) -> int:
    store, now = workspace.store, workspace.clock()
    same = "EXISTS (SELECT 1 FROM gone g WHERE g.source = t.source AND g.record_id = t.record_id)"
    with store.transaction():
        # The entry goes first: an erasure that is not on record is worse than one recorded and then repeated.
        workspace.ledger.append("erasure", {"records": gone.num_rows, "person": person, "ground": ground})
        store.execute(f"DELETE FROM party t WHERE {same}", gone=gone)
        store.execute(
            f"UPDATE finding t SET matched = '{_ERASED}', sentence = '{_ERASED}', \"start\" = NULL, \"end\" = NULL,"
            f" reference = NULL, reference_text = NULL WHERE {same} AND {_ON_A_PARTY}",
            gone=gone,
        )
        # Reasons tell a party's finding by its code and list row (`target.reasons`): the row goes here too.
        store.execute(
            f"UPDATE draw t SET reasons = regexp_replace(reasons, '(^|; )(a party: [^,;]*), [^;]*', '\\1\\2', 'g')"
            f" WHERE {same} AND t.reasons IS NOT NULL",
            gone=gone,
        )
        _empty(
            workspace,
            store.query(
                f'SELECT c.source, c.batch, c."row" FROM ({_CELLS}) c JOIN gone USING (source, record_id)', gone=gone
            ),
        )
        if refused is not None:
            _empty(workspace, refused)
        store.execute(
            f"UPDATE lookout SET value = '{_ERASED}', ground = '{_ERASED}', person = '{_ERASED}', reviewed_by ="
            f" CASE WHEN reviewed_by IS NOT NULL THEN '{_ERASED}' END"
            f" WHERE lookout IN (SELECT record_id FROM gone WHERE source = '{_LOOKOUT}')",
            gone=gone,
        )
        store.execute(
            f"UPDATE party_clearing SET name = '{_ERASED}', reason = '{_ERASED}', person = '{_ERASED}', words = NULL,"
            " born = NULL, country = NULL, identifier = NULL, entry_id = NULL"
            f" WHERE clearing IN (SELECT record_id FROM gone WHERE source = '{CLEARING}')",
            gone=gone,
        )
        _forget_links(workspace, gone, same)
        for forget in _FORGET:
            forget(store, gone)
        store.execute(f"UPDATE payload t SET salt = NULL, erased_at = ? WHERE {same}", [now], gone=gone)
        # Bytes beside the tables go once the rows that gave them up are kept, and not before.
        store.after_commit(lambda: sweep_files(workspace.path, store))
    store.rewrite_at_close()
    return int(gone.num_rows)


def _forget_links(workspace: Workspace, gone: pa.Table, same: str) -> None:
    """Take erased records out of their entities, with all that quotes them; decisions on them lose their words."""
    store = workspace.store
    other = same.replace("t.source", "t.other_source").replace("t.record_id", "t.other_record_id")
    store.execute(f"DELETE FROM entity_merge t WHERE {same} OR {other}", gone=gone)
    store.execute(f"DELETE FROM entity_member t WHERE {same}", gone=gone)
    store.execute(
        f"UPDATE entity_decision t SET reason = '{_ERASED}', person = '{_ERASED}' WHERE {same} OR {other}", gone=gone
    )


def _empty(workspace: Workspace, refused: pa.Table) -> None:
    """Take what refused rows hold away; those still open are given up with it."""
    workspace.store.execute(
        f"UPDATE quarantine t SET raw = NULL, value = '{_ERASED}',"
        " state = CASE t.state WHEN 'open' THEN 'discarded' ELSE t.state END"
        ' WHERE EXISTS (SELECT 1 FROM refused r WHERE r.source = t.source AND r.batch = t.batch AND r."row" = t."row")',
        refused=refused,
    )
