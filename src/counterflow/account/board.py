"""The board: what came in, what was chosen, what was found, at whose burden, and how sure that is.

Plain data, ready for JSON; the console and `board.json` show it and add nothing. An output (inspections made,
finds confirmed) stands beside its rate (of all there was to find), its outcome (harm counted by others, against a
year before) and its counter-indicator (fruitless inspections), or it is refused with what is missing: activity without
result is not a success that a board may show.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from counterflow.account.fairness.places import burden_rows
from counterflow.account.interdiction.frame import interdiction
from counterflow.account.plans import plan_summary, sheet_rows
from counterflow.report.rows import plain
from counterflow.store.loads import is_synthetic

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["COVERAGE_CUTS", "SCAN_CUTS", "board"]

#: the cuts of `intake coverage` that the board shows: over all, then by one dimension at a time
COVERAGE_CUTS: tuple[tuple[str, ...], ...] = ((), ("sender",), ("departure",), ("lane",), ("period",))

#: the cuts of scan coverage that the board shows
SCAN_CUTS: tuple[tuple[str, ...], ...] = ((), ("port",), ("vehicle_class",))

PRIOR_NOTE = (
    "Officials have put the share of fentanyl interdicted at 5 to 10 %. That is a prior, quoted for "
    "orientation; it is never a baseline and never mixed into these figures."
)
_RULES_NOTE = (
    "Only confirmed finds count as found; suspected and presumptive ones wait. Not presented is no answer, "
    "not a negative. Estimates come from the random arm alone."
)
_SYNTHETIC_NOTE = "These records are synthetic: figures say how the machinery behaves, nothing about the field."


def board(
    workspace: Workspace,
    *,
    coverage: Sequence[Mapping[str, object]] = (),
    scans: Sequence[Mapping[str, object]] = (),
    scan_target: Mapping[str, object] | None = None,
    outcomes: Sequence[Mapping[str, object]] = (),
    redress: Mapping[str, object] | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> dict[str, Any]:
    """Return the board of a workspace.

    Args:
        workspace: whose tables and ledger it shows.
        coverage: rows of `intake.coverage`, cut by `COVERAGE_CUTS`; rooms do not call each other, so whoever
            asks for the board brings them.
        scans: rows of `intake.scans`, cut by `SCAN_CUTS`, likewise.
        scan_target: what those are held against.
        outcomes: harm counted, against a year before; without it no output is shown.
        redress: what was asked by people affected, and how it was answered.
        since: first planned day of the estimates; None for all.
        until: last planned day.
    """
    store, now = workspace.store, workspace.clock()
    rows = interdiction(workspace, since=since, until=until)
    burden = burden_rows(store, since, until)
    synthetic = is_synthetic(store)
    outputs, refused = paired_outputs(rows, burden, outcomes)
    head = workspace.ledger.head()
    shown = {
        "title": "Counterflow: what came in, what was chosen, what was found",
        "synthetic": synthetic,
        "as_of": rows[0]["as_of"],
        "made_at": now,
        "coverage": list(coverage),
        "scans": list(scans),
        "scan_target": dict(scan_target or {}),
        "plan": plan_summary(store, now.date()),
        "sheet": sheet_rows(store, now.date()),
        "interdiction": rows,
        "outputs": outputs,
        "refused": refused,
        "outcomes": list(outcomes),
        "redress": dict(redress or {}),
        "burden": burden,
        "findings": store.rows(
            'SELECT "check", code, count(*) AS count FROM finding'
            ' GROUP BY "check", code ORDER BY count(*) DESC, "check", code'
        ),
        "ledger": {
            "ledger_id": head.head.ledger_id, "size": head.head.size, "root": head.head.root,
            "time": head.head.time, "signature": head.signature,
        },
        "notes": _notes(synthetic, bool(coverage), refused, str(rows[0]["outside"])),
    }  # fmt: skip
    return {name: plain(value) for name, value in shown.items()}


def _notes(synthetic: bool, covered: bool, refused: Sequence[Mapping[str, str]], outside: str) -> list[str]:
    notes = [_SYNTHETIC_NOTE] if synthetic else []
    notes += [_RULES_NOTE, f"Outside every figure: {outside}.", PRIOR_NOTE]
    if not covered:
        notes.append("Coverage was not computed for this board.")
    return notes + [f"Not shown as a result: {one['what']}. {one['why']}" for one in refused]


def paired_outputs(
    rows: Sequence[Mapping[str, Any]],
    burden: Sequence[Mapping[str, Any]],
    outcomes: Sequence[Mapping[str, object]] = (),
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Return (outputs that may be shown, outputs refused with what is missing).

    An output is shown only with an informative interdiction rate, an outcome, and its counter-indicator.
    """
    pooled = [row for row in rows if row["lane"] == "*"]
    sums = {
        "Inspections made": sum(row["n"] for row in pooled),
        "Finds confirmed": sum(row["found"] for row in pooled),
    }
    rate = next((row["interdiction"] for row in pooled if row["arm"] == "random"), None)
    counter = next((row for row in burden if row["by"] == "*"), None)
    if rate and rate["informative"] and counter and outcomes:
        beside = {"rate": rate, "outcome": dict(outcomes[0]), "counter": dict(counter)}
        return [{"what": what, "value": value} | beside for what, value in sums.items()], []
    missing = _missing(rate, bool(outcomes), bool(counter))
    return [], [{"what": what, "why": missing} for what in sums]


def _missing(rate: Mapping[str, Any] | None, outcome: bool, counter: bool) -> str:
    said = []
    if rate is None or not rate["informative"]:
        why = rate["why_not"] if rate else "nothing confirmed that one could be made of"
        said.append(f"There is no informative interdiction rate to stand beside it: {why}.")
    if not outcome:
        said.append("No outcome stands beside it: no counts of harm are held that reach back a year.")
    if not counter:
        said.append("No counter-indicator stands beside it: no inspection has an outcome yet.")
    return " ".join(said)
