"""The firm's year: what was watched, asked, decided and reported, at whose cost, and what each figure rests on.

A figure that rests on the ledger says which entries it counts (kind, what they say, the year), so that an outsider
counts them again without this program: `tools/verify_firm_year.py`. A figure that rests on tables says so: for that one
the firm must be believed. Names, orders and words are not in it; it can be handed out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.tables import ORDER_REPORT
from counterflow.orders.cases.dispositions import dispositions, explained_share
from counterflow.orders.cases.intact import intact_rows, intact_sums
from counterflow.orders.cases.sealing import required
from counterflow.orders.cases.waiting import delays, disposal_days, table_figures

if TYPE_CHECKING:
    from counterflow.store.ledger import Entry
    from counterflow.store.workspace import Workspace

__all__ = ["firm_year", "seal_year"]

#: what is counted from the ledger alone: words, kind of entry, and what its body must say
COUNTED: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("Files of records taken in", "load", {}),
    ("Questions asked", "order-question", {}),
    ("Questions answered", "order-answer", {}),
    *((f"Decisions: {act}", "order-decision", {"act": act}) for act in ("ship", "hold", "refuse", "report")),
    *(
        (f"Alarms disposed of as {finding}", "order-decision", {"act": "dispose", "finding": finding})
        for finding in ("explained", "error", "unexplained", "diverted")
    ),
    *(
        (f"Outcomes: {finding}", "order-decision", {"act": "outcome", "finding": finding})
        for finding in ("explained", "error", "unexplained", "diverted")
    ),
    *((f"Reports {state}", "order-report", {"state": state}) for state in ("draft", "filed", "withdrawn")),
    *(
        (f"Private matchings with partners: {act}", "order-match", {"act": act})
        for act in ("offer", "answer", "finish", "refused")
    ),
)

_NOT_TOLD = (
    "How many orders were asked about before they left, and the answers: an answer leaves no row, a decision does.",
    "Whether an order that nobody flagged was diverted: nobody looked at it.",
    "Whether findings are right: they are what a named person concluded; few are ever tested elsewhere.",
    "That the clock was right: the ledger shows the order of entries, and what stood when a head was handed out.",
    "That no other ledger was kept beside this one; a head handed out at the time is what shows it.",
    "What happens at firms that buyers turned to after a refusal.",
)


def firm_year(workspace: Workspace, year: int, *, more: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Return the report of one calendar year (UTC) as plain data.

    Args:
        workspace: whose year.
        year: the year.
        more: figures of other rooms: what, value, rests_on.
    """
    today = workspace.clock().date()
    head = workspace.ledger.head()
    counted = list(_counted(workspace, year))
    integrity = intact_rows(workspace)
    return {
        "report": "firm-year", "year": year, "as_of": today, "whole_year": today > dt.date(year, 12, 31),
        "ledger": {
            "ledger_id": head.head.ledger_id, "size": head.head.size, "chain": head.head.chain, "root": head.head.root,
            "time": head.head.time, "signature": head.signature,
        },
        "figures": [*counted, *table_figures(workspace.store, year), *(dict(row) for row in more)],
        "days_to_disposal": disposal_days(workspace.store, year),
        "counter_indicators": _counter(workspace, year, counted, today),
        "rows": intact_sums(integrity),
        "altered": [row for row in integrity if row["state"] in {"altered", "missing"}],
        "not_told": list(_NOT_TOLD),
    }  # fmt: skip


def _counted(workspace: Workspace, year: int) -> Iterator[dict[str, Any]]:
    entries = [entry for entry in workspace.ledger.entries() if entry.time.year == year]
    for what, kind, says in COUNTED:
        held = [entry.seq for entry in entries if _meets(entry, kind, says)]
        rests = {"ledger": kind, "where": says, "first": min(held, default=None), "last": max(held, default=None)}
        yield {"what": what, "value": len(held), "rests_on": rests}


def _meets(entry: Entry, kind: str, says: Mapping[str, str]) -> bool:
    return entry.kind == kind and all(entry.body.get(name) == value for name, value in says.items())


def _counter(workspace: Workspace, year: int, counted: Sequence[Mapping[str, Any]], today: dt.date) -> dict[str, Any]:
    """Return what the watching cost those who were in the right: orders delayed, and the share that was cleared."""
    findings = {
        name: sum(int(row["value"]) for row in counted if row["what"] == f"Alarms disposed of as {name}")
        for name in ("explained", "error", "unexplained", "diverted")
    }
    return {
        "alarms_cleared": explained_share(findings, today),
        "held_orders": delays(workspace.store, year),
        "by_kind": [row for row in dispositions(workspace.store, today) if row["what"] == "flags of kind"],
    }


def seal_year(workspace: Workspace, shown: Mapping[str, Any], *, person: str) -> dict[str, Any]:
    """Keep the report of a year and seal its digest in the ledger; the same report again changes nothing.

    Returns:
        The row of `order_report`, with the ledger entry that holds it.
    """
    body = json.dumps(shown, ensure_ascii=False, sort_keys=True, default=str)
    digest = hashlib.sha256(body.encode()).hexdigest()
    row: dict[str, Any] = {
        "report": f"R-year-{shown['year']}-{digest[:8]}", "kind": "firm-year", "authority": "whoever asks",
        "customer_id": None, "subject_id": str(shown["year"]), "state": "draft", "body": body,
        "citation": "voluntary", "person": required("person", person), "reference": None,
    }  # fmt: skip
    held = workspace.store.rows("SELECT * FROM order_report WHERE report = ?", [row["report"]])
    if held:
        return held[0]
    sealed = {"report": row["report"], "year": int(shown["year"]), "sha256": digest, "size": shown["ledger"]["size"]}
    entry = workspace.ledger.append("order-firm-year", sealed, key=f"order-firm-year:{digest}")
    row |= {"at": entry.time, "ledger_seq": entry.seq}
    workspace.store.append("order_report", pa.Table.from_pylist([row], schema=ORDER_REPORT))
    return row
