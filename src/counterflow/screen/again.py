"""Asking a check again about some records only, and putting its answer in the place of the old one."""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.check import Check
from counterflow.core.tables import FINDING_ROW
from counterflow.screen.carried import ask, put_findings
from counterflow.store.repository import Store

__all__ = ["MEANT", "run_on", "screen_again"]

#: the rows of the check's subject that are named in the table `meant` (source, record_id, part)
MEANT = "EXISTS (SELECT 1 FROM meant m WHERE m.source = v.source AND m.record_id = v.record_id AND m.part = v.part)"
_AT_ONCE = 50_000


def run_on(check: Check, asked: pa.Table) -> pa.Table:
    """Return the check's findings on a table of values with their number `row`, in this process."""
    found = [check.run(batch) for batch in asked.to_batches(max_chunksize=_AT_ONCE)]
    return pa.Table.from_batches(found, schema=FINDING_ROW)


def screen_again(store: Store, check: Check, meant: pa.Table, run: str) -> int:
    """Replace the findings of `check` on some records by what it finds on them now; return how many there are then.

    Args:
        store: the tables; the caller holds the transaction.
        check: the check.
        meant: (source, record_id, part) of the rows that are asked about again.
        run: what this asking is called in the findings.
    """
    asked = ask(store, check, MEANT, meant=meant)
    found = run_on(check, asked)
    store.execute(
        'DELETE FROM finding f WHERE f."check" = ? AND EXISTS (SELECT 1 FROM meant m'
        " WHERE m.source = f.source AND m.record_id = f.record_id AND m.part = f.part)",
        [check.id],
        meant=meant,
    )
    if not found.num_rows:
        return 0
    return put_findings(store, check, run, only=MEANT, asked=asked, found=found, meant=meant)
