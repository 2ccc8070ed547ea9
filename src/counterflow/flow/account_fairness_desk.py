"""Fairness as a desk: burden now, and the tests that take time as they were last run and put on record.

What a run said is kept with small counts hidden, and its digest stands in the ledger: a run that showed something
cannot be lost for one that did not.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.account.fairness.bar import BarTest, threshold_test
from counterflow.account.fairness.burden import BurdenOptions, burden_table
from counterflow.account.fairness.events import Events
from counterflow.account.fairness.over_time import BUDGET, Watched, watch_burden
from counterflow.core.errors import UnknownName
from counterflow.core.tables import DISPARITY_ALARM, FAIRNESS_RUN
from counterflow.flow.account_fairness import GROUPINGS, workspace_events
from counterflow.store.loads import is_synthetic

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["KINDS", "TESTED", "desk_of", "keep_alarms", "run_kept", "told_test"]

KINDS = ("threshold-test", "alarms", "swap")
#: groupings that are tested: a port or lane is where a record goes, not who sends it
TESTED = ("origin", "departure", "sender_size", "community")
_COUNTS = ("records", "opened", "found", "drawn", "drawn_found")
_LEVEL = 0.95


def desk_of(workspace: Workspace, by: str = GROUPINGS[0]) -> dict[str, Any]:
    """Return what the page shows of one grouping.

    Returns:
        by, groupings, burden (rows), said, runs (kind to what its last run said, with made_at and ledger_seq; None),
        alarms (rows, newest first), synthetic.

    Raises:
        UnknownName: no such grouping.
    """
    if by not in GROUPINGS:
        raise UnknownName("grouping of the workspace", by, GROUPINGS)
    events = workspace_events(workspace.store)
    rows: list[dict[str, Any]] = []
    if events is not None:
        rows = burden_table(replace(events, groups={by: events.groups[by]}), BurdenOptions(_LEVEL, total_known=True))
    alarms = workspace.store.rows('SELECT * FROM disparity_alarm ORDER BY month DESC, "by", "group" LIMIT 200')
    return {
        "by": by, "groupings": GROUPINGS, "burden": rows, "said": list(events.said) if events else [],
        "runs": {kind: _latest(workspace, kind) for kind in KINDS}, "alarms": alarms,
        "synthetic": is_synthetic(workspace.store), "tested": TESTED,
    }  # fmt: skip


def _latest(workspace: Workspace, kind: str) -> dict[str, Any] | None:
    found = workspace.store.rows(
        "SELECT told, made_at, ledger_seq FROM fairness_run WHERE kind = ?"
        " ORDER BY made_at DESC, ledger_seq DESC LIMIT 1",
        [kind],
    )
    if not found:
        return None
    return json.loads(str(found[0]["told"])) | {name: found[0][name] for name in ("made_at", "ledger_seq")}  # type: ignore[no-any-return]


def run_kept(workspace: Workspace, kind: str, *, seed: int = 1) -> dict[str, Any]:
    """Run a test over the workspace and put what it said on record.

    Raises:
        UnknownName: no such test.
    """
    if kind not in KINDS:
        raise UnknownName("test of fairness", kind, KINDS)
    if kind == "swap":
        from counterflow.flow.account_swap import PROXIES, swap_test

        return _kept(workspace, kind, swap_test(workspace, seed=seed, proxies=PROXIES))
    events = workspace_events(workspace.store)
    if events is None:
        return _kept(workspace, kind, {"groupings": {}, "why_not": "no plan has been worked yet"})
    if kind == "alarms":
        made = {by: watch_burden(events, by, seed=seed) for by in TESTED}
        keep_alarms(workspace, made.values())
        return _kept(workspace, kind, {"groupings": {by: _told_watch(one) for by, one in made.items()}})
    return _kept(workspace, kind, {"groupings": {by: told_test(events, by, seed) for by in TESTED}})


def told_test(events: Events, by: str, seed: int = 1) -> dict[str, Any]:
    """Return what the threshold test says of one grouping, without counts."""
    test: BarTest = threshold_test(events, by, seed=seed)
    rows = [{name: value for name, value in row.items() if name not in _COUNTS} for row in test.rows]
    return {"informative": test.informative, "why_not": test.why_not, "fit": test.fit, "said": list(test.said),
            "rows": rows}  # fmt: skip


def _told_watch(one: Watched) -> dict[str, Any]:
    return {
        "rows": list(one.rows), "months": list(one.months), "why_not": one.why_not, "said": list(one.said),
        "paths": {name: [round(float(v), 4) for v in path] for name, path in one.paths.items()},
    }  # fmt: skip


def _kept(workspace: Workspace, kind: str, told: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(told, sort_keys=True, default=str)
    digest = hashlib.sha256(text.encode()).hexdigest()
    entry = workspace.ledger.append("fairness-run", {"kind": kind, "sha256": digest})
    row = {"run": f"F-{digest[:12]}", "kind": kind, "told": text, "made_at": entry.time, "ledger_seq": entry.seq}
    workspace.store.append("fairness_run", pa.Table.from_pylist([row], schema=FAIRNESS_RUN))
    return told


def keep_alarms(workspace: Workspace, watched: Any) -> int:
    """Put alarms on record that are not there yet, each sealed in the ledger; return how many are new."""
    known = {str(row["alarm"]) for row in workspace.store.rows("SELECT alarm FROM disparity_alarm")}
    made = 0
    for row in (row for one in watched for row in one.rows if row["alarm"]):
        key = f"{row['by']}|{row['group']}|fruitless|{row['month']}"
        name = f"D-{hashlib.sha256(key.encode()).hexdigest()[:12]}"
        if name in known:
            continue
        body = {"alarm": name, "by": row["by"], "month": row["month"], "since": row["since"]}
        entry = workspace.ledger.append("disparity-alarm", body, key=f"disparity-alarm:{name}")
        kept = {
            "alarm": name, "by": row["by"], "group": row["group"], "measure": "fruitless", "month": row["month"],
            "since": row["since"], "ratio": row["ratio"], "low": row["ratio_low"], "high": row["ratio_high"],
            "level": _LEVEL, "statistic": row["statistic"], "limit": row["limit"], "budget": BUDGET,
            "raised_at": entry.time, "ledger_seq": entry.seq,
        }  # fmt: skip
        workspace.store.append("disparity_alarm", pa.Table.from_pylist([kept], schema=DISPARITY_ALARM))
        made += 1
    return made
