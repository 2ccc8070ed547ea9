"""Redress in figures, for the board: how many asked, how they were answered, and whether what was put right holds."""

from __future__ import annotations

import statistics
from typing import Any

from counterflow.flow.redress import VERDICTS, all_requests
from counterflow.flow.redress_carried import carried
from counterflow.store.workspace import Workspace

__all__ = ["counts"]


def counts(workspace: Workspace) -> dict[str, Any]:
    """Return the figures of redress.

    Returns:
        `received`, `open`, `overdue`, `answered`, `in_time` (answered by their day), `granted`, `partly`, `refused`,
        `median_days` from request to answer (None where none is answered), `corrections`, `broken` (corrections that no
        longer hold), and `told` (offices and partners told of a correction).
    """
    requests = all_requests(workspace)
    done = [row for row in requests if row["state"] == "answered"]
    verdicts = [row["verdict"] for row in requests]
    made = carried(workspace)
    told = workspace.store.rows("SELECT count(*) AS n FROM redress_act WHERE act = 'told'")[0]["n"]
    return {
        "received": len(requests), "open": len(requests) - len(done), "overdue": sum(r["overdue"] for r in requests),
        "answered": len(done), "in_time": sum(bool(row["in_time"]) for row in done),
        **{verdict: verdicts.count(verdict) for verdict in VERDICTS},
        "median_days": statistics.median(row["days"] for row in done) if done else None,
        "corrections": len(made), "broken": sum(not row["holds"] for row in made), "told": int(str(told)),
    }  # fmt: skip
