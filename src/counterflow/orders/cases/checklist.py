"""Points of the voluntary codes, and what a workspace shows for each: met, not met, or cannot tell.

Nothing is ticked by hand: a point is met where rows show it, and the evidence says which. What no record here can show
(training, premises, a contact at the authority) is "cannot tell", and stays so.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable
from importlib import resources
from typing import TYPE_CHECKING, Any

from counterflow.orders.cases.collect import standing_licences
from counterflow.orders.cases.intact import intact_rows, intact_sums
from counterflow.orders.cases.matters import open_alarms
from counterflow.orders.cases.questions import questions
from counterflow.orders.cases.reports import due_of, reports

if TYPE_CHECKING:
    import pyarrow as pa

    from counterflow.store.workspace import Workspace

__all__ = ["checklist"]

MET, NOT_MET, UNKNOWN = "met", "not met", "cannot tell"
Shown = tuple[str, str]

_SLOW_DAYS = 30
#: customers who ordered in the year before today
_RECENT = "SELECT DISTINCT customer_id FROM order_line WHERE kind = 'sale' AND ordered_on > ?"


def checklist(workspace: Workspace) -> list[dict[str, Any]]:
    """Return one row per point: what it says, what the workspace shows, the evidence in words, and the citation."""
    text = (resources.files("counterflow.orders.cases") / "checklist.toml").read_text("utf-8")
    rows = []
    for point in tomllib.loads(text)["point"]:
        shown, evidence = _CHECKS[point["check"]](workspace)
        rows.append(
            {
                "point": point["id"], "says": point["says"], "shown": shown, "evidence": evidence,
                "citation": point["citation"], "read": point["read"],
            }
        )  # fmt: skip
    return rows


def _none(_: Workspace) -> Shown:
    return UNKNOWN, "no record here can show it; an inspector asks for it on paper"


def _share(workspace: Workspace, condition: str, words: str, **tables: pa.Table) -> Shown:
    """Say of how many customers of the last year a condition holds; met where it holds of all."""
    since = workspace.clock().date() - dt.timedelta(days=365)
    row = workspace.store.rows(
        f"SELECT count(*) AS n, count(*) FILTER (WHERE {condition}) AS good FROM ({_RECENT}) AS c", [since], **tables
    )[0]
    n, good = int(str(row["n"])), int(str(row["good"]))
    if not n:
        return UNKNOWN, "no customer ordered in the last year"
    return (MET if n == good else NOT_MET), f"{good} of {n} customers of the last year {words}"


def _files(workspace: Workspace) -> Shown:
    return _share(workspace, "customer_id IN (SELECT record_id FROM customer)", "have a customer file")


def _licences(workspace: Workspace) -> Shown:
    today = workspace.clock().date().isoformat()
    held = f"SELECT record_id FROM held WHERE expires_on IS NULL OR expires_on >= DATE '{today}'"
    words = "have a licence on file that has not ended"
    return _share(workspace, f"customer_id IN ({held})", words, held=standing_licences(workspace.store))


def _end_use(workspace: Workspace) -> Shown:
    told = "SELECT record_id FROM customer WHERE end_use IS NOT NULL"
    return _share(workspace, f"customer_id IN ({told})", "have declared an end use")


def _expected(workspace: Workspace) -> Shown:
    told = "SELECT record_id FROM customer_expected"
    return _share(workspace, f"customer_id IN ({told})", "have said what they expect to buy")


def _watched(workspace: Workspace) -> Shown:
    row = workspace.store.rows(
        "SELECT (SELECT count(*) FROM order_alarm) AS alarms, (SELECT count(*) FROM order_flag) AS flags"
    )[0]
    if row["alarms"] or row["flags"]:
        return MET, f"{row['alarms']} alarms and {row['flags']} flags are on record"
    return UNKNOWN, "no alarm and no flag is on record: either nothing was found, or nobody looked"


def _weighed(workspace: Workspace) -> Shown:
    row = workspace.store.rows(
        "SELECT count(*) AS n, count(*) FILTER ("
        " (SELECT count(*) FROM order_flag AS f WHERE f.customer_id = d.customer_id)"
        " + (SELECT count(*) FROM order_alarm AS a WHERE a.customer_id = d.customer_id) = 1) AS single"
        " FROM order_decision AS d WHERE d.act IN ('refuse', 'report')"
    )[0]
    if not row["n"]:
        return UNKNOWN, "nothing was refused or reported"
    words = f"{row['single']} of {row['n']} refusals and reports rest on a single flag or alarm"
    return (NOT_MET if row["single"] else MET), words


def _answered(workspace: Workspace) -> Shown:
    today = workspace.clock().date()
    waiting = open_alarms(workspace.store)
    slow = [row for row in waiting if (today - row["raised_at"].date()).days > _SLOW_DAYS]
    words = f"{len(waiting)} alarms are open, {len(slow)} of them longer than {_SLOW_DAYS} days"
    if not waiting and not workspace.store.rows("SELECT 1 AS one FROM order_alarm LIMIT 1"):
        return UNKNOWN, "no alarm was ever raised"
    return (NOT_MET if slow else MET), words


def _questions(workspace: Workspace) -> Shown:
    rows = questions(workspace.store, workspace.clock().date())
    late = sum(row["state"] == "overdue" for row in rows)
    if not rows:
        return UNKNOWN, "no question is on record"
    return (NOT_MET if late else MET), f"{len(rows)} questions on record, {late} of them overdue"


def _lists(workspace: Workspace) -> Shown:
    row = workspace.store.rows("SELECT count(DISTINCT list) AS n, max(loaded_at) AS last FROM list_version")[0]
    if not row["n"]:
        return NOT_MET, "no list of parties is loaded"
    return MET, f"{row['n']} lists are loaded, the latest on {row['last']:%Y-%m-%d}"


def _reported(workspace: Workspace) -> Shown:
    today = workspace.clock().date()
    rows = [row for row in reports(workspace.store) if row["kind"] == "suspicious-order"]
    late = sum((due := due_of(row)) is not None and due < today for row in rows)
    filed = sum(row["state"] == "filed" for row in rows)
    if not rows:
        return UNKNOWN, "no report was drafted; whether one was due, the decisions tell"
    return (NOT_MET if late else MET), f"{filed} of {len(rows)} reports are filed, {late} drafts are past their day"


def _losses(workspace: Workspace) -> Shown:
    row = workspace.store.rows(
        "SELECT count(*) AS n, count(*) FILTER (WHERE coalesce(reported, '') <> '' OR record_id IN"
        " (SELECT subject_id FROM order_report WHERE state = 'filed')) AS told"
        " FROM stock_event WHERE kind IN ('loss', 'theft')"
    )[0]
    if not row["n"]:
        return UNKNOWN, "no theft and no loss is on record"
    words = f"{row['told']} of {row['n']} thefts and losses were reported; small losses need not be"
    return (MET if row["told"] == row["n"] else NOT_MET), words


def _two_persons(workspace: Workspace) -> Shown:
    if "ship-against-hold" not in workspace.settings.orders.second_person:
        return NOT_MET, "orders.second_person leaves ship-against-hold out"
    return MET, "orders.second_person asks for two to ship against a hold"


def _sealed(workspace: Workspace) -> Shown:
    sums = intact_sums(intact_rows(workspace))
    if not sum(sums.values()):
        return UNKNOWN, "nothing was decided yet"
    words = ", ".join(f"{count} {state}" for state, count in sums.items() if count)
    return (NOT_MET if sums["altered"] or sums["missing"] else MET), f"rows held against the ledger: {words}"


def _counts(workspace: Workspace) -> Shown:
    row = workspace.store.rows("SELECT count(*) AS n, max(happened_on) AS last FROM stock_event WHERE kind = 'count'")[
        0
    ]
    if not row["n"]:
        return UNKNOWN, "no stock count is on record"
    return MET, f"{row['n']} stock counts are on record, the latest of {row['last']}"


_CHECKS: dict[str, Callable[[Workspace], Shown]] = {
    "none": _none, "files": _files, "licences": _licences, "end_use": _end_use, "expected": _expected,
    "watched": _watched, "weighed": _weighed, "answered": _answered, "questions": _questions, "lists": _lists,
    "reported": _reported, "losses": _losses, "two_persons": _two_persons, "sealed": _sealed, "counts": _counts,
}  # fmt: skip
