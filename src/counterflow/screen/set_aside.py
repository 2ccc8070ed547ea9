"""Findings that a person set aside on the request of somebody affected: still shown, in no score and no rule.

The checks know nothing of it, so that the same text always finds the same. After each screening a finding that was set
aside gets the code `set-aside` again; it says which request, keeps its evidence, and has no harm class any more. It is
meant by record, part, check, code and reference: where a later version of a check finds something else on the record,
that stands until somebody has looked at it.
"""

from __future__ import annotations

from collections.abc import Callable

from counterflow.store.repository import Store

__all__ = ["CODE", "settle_set_aside", "take_back"]

CODE = "set-aside"
_MEANING = "set aside by a person on the request of somebody affected: it weighs nothing"
#: corrections in force: made, and not taken back
IN_FORCE = (
    "SELECT * FROM redress_correction m WHERE m.kind = 'set-aside' AND m.act = 'make' AND NOT EXISTS"
    " (SELECT 1 FROM redress_correction b WHERE b.correction = m.correction AND b.act = 'take-back')"
)
_SAME = (
    'f.source = m.source AND f.record_id = m.record_id AND f.part = m.part AND f."check" = m."check"'
    " AND f.code = m.code AND coalesce(f.reference, '') = coalesce(m.reference, '')"
)


def settle_set_aside(store: Store, tell: Callable[[str], None] = lambda _: None) -> int:
    """Mark the findings that were set aside; return how many were not marked before."""
    if not store.rows("SELECT 1 AS one FROM redress_correction WHERE kind = 'set-aside' LIMIT 1"):
        return 0
    waiting = f"SELECT count(*) AS n FROM finding f WHERE EXISTS (SELECT 1 FROM ({IN_FORCE}) m WHERE {_SAME})"
    count = int(str(store.rows(waiting)[0]["n"]))
    if count:
        store.execute(
            f"UPDATE finding f SET code = '{CODE}', kind = 'deterministic', strength = 0.001, harm_class = NULL,"
            f" meaning = '{_MEANING}', sentence = 'Set aside on request ' || m.request || ' (was ' || m.code || '): '"
            f" || f.sentence FROM ({IN_FORCE}) m WHERE {_SAME}"
        )
        tell(f"{count} findings were set aside on request and weigh nothing.")
    return count


def take_back(store: Store, source: str, record_id: str, check: str) -> None:
    """Have the loads of a record go through a check again, so that what was set aside stands as it was found.

    The caller screens afterwards; what is still set aside is marked then.
    """
    store.execute(
        'DELETE FROM screening WHERE "check" = ? AND source = ? AND batch IN'
        " (SELECT batch FROM consignment WHERE source = ? AND record_id = ?)",
        [check, source, source, record_id],
    )
