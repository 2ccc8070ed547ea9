"""What the intake page shows, as plain data: who sends, how complete and how late, and what waits to be mended."""

from __future__ import annotations

from typing import Any

from counterflow.intake.coverage import coverage
from counterflow.intake.coverage_detail import completeness, lateness, statutory, trend
from counterflow.intake.receipt import receipts
from counterflow.store.loads import is_synthetic
from counterflow.store.workspace import Workspace

__all__ = ["intake_room", "loads"]

_MOST_LOADS = 25
_MOST_MONTHS = 24


def intake_room(workspace: Workspace) -> dict[str, Any]:
    """Return coverage over all and by one dimension at a time, lateness, missing fields, trend, and the law's shares.

    `quarantine` counts open rows by reason; `loads` are the newest receipts.
    """
    store = workspace.store
    refused = store.rows(
        "SELECT reason, count(*) AS rows FROM quarantine WHERE state = 'open' GROUP BY reason"
        " ORDER BY rows DESC, reason"
    )
    records = store.rows("SELECT count(*) AS n FROM consignment")[0]["n"]
    other = store.rows(
        "SELECT (SELECT count(*) FROM order_line) AS orders, (SELECT count(*) FROM customer) AS customers,"
        " (SELECT count(*) FROM crossing) AS crossings"
    )[0]
    return {
        "synthetic": is_synthetic(store),
        "records": records,
        "other": other,
        "whole": coverage(store, ()).to_pylist()[0],
        "by": {name: coverage(store, (name,)).to_pylist() for name in ("sender", "departure", "lane")},
        "missing_fields": completeness(store).to_pylist(),
        "lateness": lateness(store, ("sender",)).to_pylist() if records else [],
        "trend": trend(store)[-_MOST_MONTHS:],
        "statutory": statutory(store),
        "refused": refused,
        "open": sum(int(str(row["rows"])) for row in refused),
        "loads": loads(workspace, most=_MOST_LOADS),
    }


def loads(workspace: Workspace, *, most: int, source: str = "") -> list[dict[str, Any]]:
    """Return the newest loads with how their refused rows stand today."""
    table = receipts(workspace.store, source or None)
    newest = table.sort_by([("received_at", "descending"), ("source", "ascending"), ("batch", "ascending")])
    rows: list[dict[str, Any]] = newest.slice(0, most).to_pylist()
    return rows
