"""What a request touches: everything held about its records that says something of somebody, and who heard of it.

This is what the one who decides must see: each finding, suspicion, claim of identity and decision, with what could put
it right, and the offices and partners that were told. Whoever made one of these decisions does not decide the request.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from counterflow.store.workspace import Workspace

__all__ = ["people_in_question", "touched"]

#: suspicions that are open or stand
_SUSPICIONS = ("suspected", "presumptive", "confirmed")


def touched(workspace: Workspace, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is held about the records of a request.

    Returns:
        `findings`, `suspicions` (the last outcome of each record), `entities` (who else a record was taken to be one
        with), `draws` (plans that chose a record, with their reasons), `told` (who heard of a suspicion), `orders`
        (decisions on the customer or order), and `people` whose own decision is in question. Each finding, suspicion
        and entity has a `choice`, by which a decision can name it, or "" where nothing here puts it right.
    """
    keys = _keys(request["records"] or [])
    found = {
        "findings": _findings(workspace, keys),
        "suspicions": _suspicions(workspace, keys),
        "entities": _entities(workspace, keys),
        "draws": _draws(workspace, keys),
        "told": _told(workspace, keys),
        "orders": _orders(workspace, request, keys),
    }
    return found | {"people": people_in_question(found)}


def people_in_question(found: Mapping[str, Any]) -> list[str]:
    """Return the names of those whose own decision a request is about."""
    names = [row["recorded_by"] for row in found["suspicions"]] + [
        p for row in found["orders"] for p in (row["person"], row["second_person"])
    ]
    names += [person for row in found["entities"] for person in row["people"]]
    return sorted({str(name) for name in names if name})


def _choice(means: str, row: Mapping[str, Any], *more: object) -> str:
    """Return what a decision calls this by; it stays the same as long as what it is about does."""
    if not means:
        return ""
    key = json.dumps([row["source"], row["record_id"], row.get("part"), *more], default=str)
    return f"{means}:{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def _keys(records: Sequence[str]) -> pa.Table:
    split = [one.partition("/") for one in records]
    return pa.table({"source": pa.array([s for s, _, _ in split], pa.string()),
                     "record_id": pa.array([r for _, _, r in split], pa.string())})  # fmt: skip


def _findings(workspace: Workspace, keys: pa.Table) -> list[dict[str, Any]]:
    rows = workspace.store.rows(
        'SELECT f.source, f.record_id, f.part, f."check", f.code, f.harm_class, f.reference, f.reference_version,'
        " f.matched, f.sentence, f.citation, p.name, p.born, p.country, p.identifier FROM finding f"
        " JOIN asked a USING (source, record_id) LEFT JOIN party p"
        " ON p.source = f.source AND p.record_id = f.record_id AND p.role = f.part"
        ' ORDER BY f.source, f.record_id, f."check", f.code, f.part, f.reference',
        asked=keys,
    )
    shown = []
    for row in rows:
        of_party = row["check"] == "list-parties"
        settled = row["code"] in {"listed-cleared", "set-aside"}
        means = "" if settled or (of_party and not row["reference"]) else ("cleared" if of_party else "set-aside")
        shown.append(
            row
            | {
                "choice": _choice(means, row, row["check"], row["code"], row["reference"]),
                "settled": settled,
                "means": means,
            }
        )
    return shown


def _suspicions(workspace: Workspace, keys: pa.Table) -> list[dict[str, Any]]:
    rows = workspace.store.rows(
        "SELECT * FROM (SELECT o.*, row_number() OVER (PARTITION BY o.source, o.record_id"
        " ORDER BY o.time DESC, o.recorded_at DESC, o.ledger_seq DESC) AS turn FROM outcome o"
        " JOIN asked a USING (source, record_id)) WHERE turn = 1 ORDER BY source, record_id",
        asked=keys,
    )
    shown = []
    for row in rows:
        # Nobody can have refuted what was not opened: that takes an inspection first.
        open_one = row["confirmation"] in _SUSPICIONS and row["state"] in {"held", "inspected"}
        shown.append(row | {"choice": _choice("refuted" if open_one else "", row, row["plan"], row["confirmation"])})
    return shown


def _entities(workspace: Workspace, keys: pa.Table) -> list[dict[str, Any]]:
    rows = workspace.store.rows(
        "SELECT m.entity, m.source, m.record_id, m.part, m.probability, (SELECT count(*) FROM entity_member o"
        " WHERE o.entity = m.entity AND o.scope = m.scope) AS records, p.name FROM entity_member m"
        " JOIN asked a USING (source, record_id) LEFT JOIN party p ON p.source = m.source"
        " AND p.record_id = m.record_id AND p.role = m.part ORDER BY m.source, m.record_id, m.part",
        asked=keys,
    )
    decided = workspace.store.rows(
        "SELECT DISTINCT d.source, d.record_id, coalesce(d.part, '') AS part, d.person FROM entity_decision d"
        " JOIN asked a USING (source, record_id) ORDER BY ALL",
        asked=keys,
    )
    shown = []
    for row in rows:
        key = (row["source"], row["record_id"], row["part"] or "")
        people = [d["person"] for d in decided if (d["source"], d["record_id"], d["part"]) == key]
        more = int(str(row["records"])) > 1
        shown.append(row | {"choice": _choice("parted" if more else "", row, row["entity"]), "people": people})
    return shown


def _draws(workspace: Workspace, keys: pa.Table) -> list[dict[str, Any]]:
    return workspace.store.rows(
        "SELECT d.plan, d.source, d.record_id, d.office, d.lane, d.day, d.arm, d.reasons,"
        " EXISTS (SELECT 1 FROM outcome o WHERE o.plan = d.plan AND o.source = d.source"
        " AND o.record_id = d.record_id) AS answered FROM draw d"
        " JOIN asked a USING (source, record_id) WHERE d.arm <> '' ORDER BY d.day, d.source, d.record_id",
        asked=keys,
    )


def _told(workspace: Workspace, keys: pa.Table) -> list[dict[str, Any]]:
    return workspace.store.rows(
        "SELECT n.source, n.record_id, n.recipient, n.told, n.about, n.told_at FROM notice n"
        " JOIN asked a USING (source, record_id) ORDER BY n.told_at, n.recipient, n.source, n.record_id",
        asked=keys,
    )


def _orders(workspace: Workspace, request: Mapping[str, Any], keys: pa.Table) -> list[dict[str, Any]]:
    customer = request["customer_id"] or ""
    return workspace.store.rows(
        "SELECT d.subject, d.subject_id, d.act, d.person, d.second_person, d.decided_at FROM order_decision d"
        " WHERE (? <> '' AND d.customer_id = ?) OR d.subject_id IN (SELECT record_id FROM asked)"
        " ORDER BY d.decided_at",
        [customer, customer],
        asked=keys,
    )
