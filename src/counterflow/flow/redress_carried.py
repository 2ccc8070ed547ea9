"""Whether what a decision put right is right today: asked of the tables at every look, never remembered.

A clearing ends when the list entry changes; a later list or check can find something else; somebody may join two
parties again. So each correction is held against what stands now, and one that no longer holds is told and counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterflow.store.workspace import Workspace

__all__ = ["carried", "open_sheets"]


def carried(workspace: Workspace, request: str = "") -> list[dict[str, Any]]:
    """Return the corrections of a request, or of all, each with `holds` and `state` in words.

    Args:
        workspace: where.
        request: its id; "" for all.
    """
    rows = workspace.store.rows(
        "SELECT * FROM redress_correction m WHERE act = 'make' AND (? = '' OR request = ?) AND NOT EXISTS"
        " (SELECT 1 FROM redress_correction b WHERE b.correction = m.correction AND b.act = 'take-back')"
        " ORDER BY made_at, correction",
        [request, request],
    )
    states = _clearing_states(workspace) if any(row["kind"] == "cleared" for row in rows) else {}
    checks = {"cleared": _cleared, "set-aside": _set_aside, "refuted": _refuted, "parted": _parted}
    shown = []
    for row in rows:
        holds, state = checks[str(row["kind"])](workspace, row, states)
        shown.append(row | {"holds": holds, "state": state})
    return shown


def open_sheets(workspace: Workspace, request: str) -> list[dict[str, Any]]:
    """Return draws of corrected records that nobody has answered: they were chosen before the correction."""
    return workspace.store.rows(
        "SELECT DISTINCT d.office, d.lane, d.day, d.plan, d.source, d.record_id FROM draw d JOIN redress_correction m"
        " ON m.source = d.source AND m.record_id = d.record_id AND m.request = ? AND m.act = 'make'"
        " WHERE d.arm <> '' AND d.day >= ? AND NOT EXISTS (SELECT 1 FROM outcome o WHERE o.plan = d.plan"
        " AND o.source = d.source AND o.record_id = d.record_id) ORDER BY d.day, d.office, d.record_id",
        [request, workspace.clock().date()],
    )


def _clearing_states(workspace: Workspace) -> dict[str, str]:
    from counterflow.screen.parties.clearings import clearings
    from counterflow.screen.resources import latest_lists

    found = clearings(workspace.store, latest_lists(workspace.store), workspace.clock().date())
    return {one.clearing: one.state for one in found}


def _cleared(workspace: Workspace, row: Mapping[str, Any], states: Mapping[str, str]) -> tuple[bool, str]:
    state = states.get(str(row["means"]), "gone")
    if state != "in force":
        return False, f"the clearing {row['means']} holds no more: {state}"
    alerts = _count(
        workspace,
        'SELECT count(*) AS n FROM finding WHERE source = ? AND record_id = ? AND part = ? AND "check" = ?'
        " AND reference = ? AND code <> 'listed-cleared'",
        [row["source"], row["record_id"], row["part"], row["check"], row["reference"]],
    )
    if alerts:
        return False, "the pair alerts again on this record"
    return True, f"the pair does not alert and weighs nothing ({row['means']})"


def _set_aside(workspace: Workspace, row: Mapping[str, Any], _: Mapping[str, str]) -> tuple[bool, str]:
    standing = _count(
        workspace,
        'SELECT count(*) AS n FROM finding WHERE source = ? AND record_id = ? AND part = ? AND "check" = ?'
        " AND code = ? AND coalesce(reference, '') = coalesce(?, '')",
        [row[k] for k in ("source", "record_id", "part", "check", "code", "reference")],
    )
    if standing:
        return False, "the finding stands again: screen once more"
    return True, "the finding is shown as set aside and weighs nothing"


def _refuted(workspace: Workspace, row: Mapping[str, Any], _: Mapping[str, str]) -> tuple[bool, str]:
    last = workspace.store.rows(
        "SELECT confirmation FROM outcome WHERE source = ? AND record_id = ?"
        " ORDER BY time DESC, recorded_at DESC, ledger_seq DESC LIMIT 1",
        [row["source"], row["record_id"]],
    )
    if not last or last[0]["confirmation"] != "refuted":
        return False, f"a later outcome says {last[0]['confirmation'] if last else 'nothing'}"
    return True, "the last outcome is refuted, and learning takes it as nothing found"


def _parted(workspace: Workspace, row: Mapping[str, Any], _: Mapping[str, str]) -> tuple[bool, str]:
    together = _count(
        workspace,
        "SELECT count(*) AS n FROM entity_decision d JOIN entity_member a ON a.scope = d.scope AND a.source = d.source"
        " AND a.record_id = d.record_id AND coalesce(a.part, '') = coalesce(d.part, '') JOIN entity_member b"
        " ON b.scope = d.scope AND b.source = d.other_source AND b.record_id = d.other_record_id"
        " AND coalesce(b.part, '') = coalesce(d.other_part, '') WHERE d.decision = ? AND a.entity = b.entity",
        [row["means"]],
    )
    if together:
        return False, "the record stands with the other party again"
    return True, "the record stands apart from the other party"


def _count(workspace: Workspace, sql: str, parameters: list[object]) -> int:
    return int(str(workspace.store.rows(sql, parameters)[0]["n"]))
