"""What a load brought to light, ready to be read: which rows need a look and why, which are quiet, what nobody saw.

A quiet row is not a clean one: it says that no check that ran found anything, and beside it stands which checks had
nothing to read or did not run.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import UnknownName
from counterflow.intake.mapping.parse import parse_mapping
from counterflow.store.workspace import Workspace

__all__ = ["MOST_LINES", "answer_of_load", "kind_of_load"]

#: records shown, the gravest first
_MOST = 200
#: order lines answered in one page
MOST_LINES = 2_000
#: what says that the data are poor, not that something is wrong with the goods or the parties
_OF_DATA = ("declaration", "data")
_KINDS = {"consignment": "consignment", "order_line": "order", "customer": "customer", "stock_event": "stock",
          "crossing": "crossing", "outcome": "outcome", "announcement": "announcement"}  # fmt: skip


def kind_of_load(row: Mapping[str, Any]) -> str:
    """Return what the rows of a load became: consignment, order, customer, stock, or another table."""
    told = row.get("tables") or "{}"
    tables = json.loads(told) if isinstance(told, str) else dict(told)
    return next((kind for table, kind in _KINDS.items() if table in tables), next(iter(tables), ""))


def answer_of_load(workspace: Workspace, source: str, batch: str, *, on: dt.date | None = None) -> dict[str, Any]:
    """Return the receipt of a load and what screening says of its rows.

    Args:
        workspace: where it was loaded.
        source: who the records come from.
        batch: the load.
        on: day asked, of orders; where None the day of the last order of the load, at most today.

    Raises:
        UnknownName: there is no such load.
    """
    store = workspace.store
    found = store.rows(
        "SELECT b.*, count(q.row) FILTER (WHERE q.state = 'open') AS open FROM batch b LEFT JOIN quarantine q"
        " ON q.source = b.source AND q.batch = b.batch WHERE b.source = ? AND b.batch = ? GROUP BY ALL",
        [source, batch],
    )
    if not found:
        known = store.rows("SELECT batch FROM batch WHERE source = ? ORDER BY received_at DESC LIMIT 200", [source])
        raise UnknownName("load", batch, [str(row["batch"]) for row in known])
    row, kind = found[0], kind_of_load(found[0])
    answer: dict[str, Any] = {
        "receipt": row | {"reasons": json.loads(str(row["reasons"] or "{}"))}, "kind": kind,
        "look": [], "counts": {}, "quiet": 0, "vague": 0, "screened": True, "blind": [], "said": [],
    }  # fmt: skip
    if kind == "consignment":
        return answer | _of_consignments(workspace, source, batch) | {"blind": _blind(workspace, str(row["mapping"]))}
    if kind == "order":
        return answer | _of_orders(workspace, source, batch, on)
    if kind == "customer":
        return answer | _of_customers(workspace, source, batch)
    return answer | {"screened": False}


# -- consignments -----------------------------------------------------------------------------------------------------


def _of_consignments(workspace: Workspace, source: str, batch: str) -> dict[str, Any]:
    store = workspace.store
    severity = workspace.settings.target.severity
    points = pa.table({
        "harm_class": pa.array(list(severity), pa.string()), "points": pa.array(list(severity.values()), pa.float64()),
    })  # fmt: skip
    grave = store.rows(
        "SELECT c.record_id, max(coalesce(s.points, 1)) AS points, max(f.strength) AS strength,"
        " bool_or(f.harm_class NOT IN ('declaration', 'data') AND f.code NOT IN ('listed-cleared', 'set-aside'))"
        " AS weighs FROM consignment c JOIN finding f ON f.source = c.source AND f.record_id = c.record_id"
        " LEFT JOIN severity_points s ON s.harm_class = f.harm_class WHERE c.source = ? AND c.batch = ?"
        " GROUP BY c.record_id ORDER BY weighs DESC, points DESC, strength DESC, c.record_id",
        [source, batch],
        severity_points=points,
    )
    records = int(str(store.rows(
        "SELECT count(*) AS n FROM consignment WHERE source = ? AND batch = ?", [source, batch])[0]["n"]))  # fmt: skip
    screened = bool(
        store.rows("SELECT 1 AS one FROM screening WHERE source = ? AND batch = ? LIMIT 1", [source, batch])
    )
    look = [str(row["record_id"]) for row in grave if row["weighs"]]
    return {
        "look": _records(workspace, source, look[:_MOST]), "look_left": max(len(look) - _MOST, 0),
        "counts": {"records": records, "look": len(look)}, "vague": len(grave) - len(look),
        "quiet": records - len(grave), "screened": screened, "codes": _codes(workspace, source, batch),
    }  # fmt: skip


def _records(workspace: Workspace, source: str, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return records with their goods, parties and findings, in the order of `ids`."""
    if not ids:
        return []
    asked = pa.table({"record_id": pa.array(ids, pa.string())})
    store = workspace.store

    def of(table: str, columns: str, order: str) -> dict[str, list[dict[str, Any]]]:
        grouped: dict[str, list[dict[str, Any]]] = {}
        rows = store.rows(
            f"SELECT t.record_id, {columns} FROM {table} t JOIN asked a ON a.record_id = t.record_id"
            f" WHERE t.source = ? ORDER BY t.record_id, {order}",
            [source],
            asked=asked,
        )
        for row in rows:
            grouped.setdefault(str(row["record_id"]), []).append(row)
        return grouped

    goods = of("goods_line", "t.line, t.description, t.hs", "t.line")
    parties = of("party", "t.role, t.name", "t.role")
    findings = of(
        "finding",
        't.part, t."check", t.code, t.kind, t.strength, t.meaning, t.harm_class, t.field, t."start", t."end",'
        " t.matched, t.reference, t.reference_version, t.citation, t.sentence",
        "t.strength DESC, t.code",
    )
    return [
        {
            "source": source, "record_id": record, "goods": goods.get(record, []), "parties": parties.get(record, []),
            "findings": sorted(
                (_placed(one, goods.get(record, []), parties.get(record, [])) for one in findings.get(record, [])),
                key=lambda one: one["harm_class"] in _OF_DATA,
            ),
        }
        for record in ids
    ]  # fmt: skip


def _placed(
    finding: dict[str, Any], goods: Sequence[Mapping[str, Any]], parties: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return a finding with the text that its span stands in, where that text is at hand."""
    text = ""
    if finding["field"] == "description":
        text = next((str(g["description"] or "") for g in goods if str(g["line"]) == finding["part"]), "")
    elif finding["field"] == "name":
        text = next((str(p["name"] or "") for p in parties if p["role"] == finding["part"]), "")
    begins, ends = finding["start"], finding["end"]
    if begins is None or ends is None or not 0 <= begins < ends <= len(text):
        begins, ends = 0, 0
    return finding | {"text": text, "start": begins, "end": ends}


def _codes(workspace: Workspace, source: str, batch: str) -> list[dict[str, Any]]:
    return workspace.store.rows(
        'SELECT f."check", f.code, f.harm_class, count(DISTINCT f.record_id) AS records,'
        " any_value(f.meaning) AS meaning"
        " FROM finding f JOIN consignment c ON c.source = f.source AND c.record_id = f.record_id"
        ' WHERE c.source = ? AND c.batch = ? GROUP BY f."check", f.code, f.harm_class ORDER BY records DESC, f.code',
        [source, batch],
    )


def _blind(workspace: Workspace, mapping: str) -> list[dict[str, str]]:
    """Return the checks that did not look at these rows: switched off, waiting for a list, or with nothing to read."""
    from counterflow.core.check import Resources
    from counterflow.intake.propose.proposal import CheckReads
    from counterflow.screen.checks import list_checks
    from counterflow.screen.resources import latest_lists

    path = workspace.path / "mappings" / f"{mapping.rpartition(' ')[2]}.toml"
    fed: set[str] | None = None
    if path.is_file():
        kept = parse_mapping(path.read_text("utf-8"), path.name)
        fed = {re_numbered(rule.target) for rule in kept.fields} | set(kept.constants)
    blind = []
    for item in list_checks(workspace.settings.screen, Resources()):
        if item.check is None or item.state == "off":
            blind.append({"check": item.id, "title": item.id, "why": item.reason or "switched off in the settings"})
            continue
        reads = CheckReads(item.id, item.check.subject, item.check.reads)
        wanted = [t for column in item.check.reads for t in reads.targets(column) if t not in {"kind", "missing"}]
        if item.id == "list-parties" and not latest_lists(workspace.store):
            why = "no list of parties is loaded: nobody was looked up"
            blind.append({"check": item.id, "title": item.check.title, "why": why})
        elif fed is not None and not fed.intersection(wanted):
            blind.append({"check": item.id, "title": item.check.title, "why": "the file has no column that it reads"})
    return blind


def re_numbered(target: str) -> str:
    """Return a field of repeated goods as the check knows it.

    >>> re_numbered("goods.2.hs"), re_numbered("sender")
    ('goods.hs', 'sender')
    """
    group, _, rest = target.partition(".")
    number, _, name = rest.partition(".")
    return f"{group}.{name}" if number.isdigit() else target


# -- orders and customers ---------------------------------------------------------------------------------------------


def _of_orders(workspace: Workspace, source: str, batch: str, day: dt.date | None) -> dict[str, Any]:
    """Answer the order lines of a load: clear, needs or hold, each with its reasons."""
    from counterflow.core.standing import standing
    from counterflow.flow.customer_file import read_customers
    from counterflow.flow.order_screening import history_of, screen_lines

    lines = standing(workspace.store.query("SELECT * FROM order_line WHERE source = ? AND batch = ?", [source, batch]))
    asked = lines.slice(0, MOST_LINES)
    today = workspace.clock().date()
    on = day or min(pc.max(lines["ordered_on"]).as_py() or today, today)
    known = read_customers(None, workspace).newest()
    answers = screen_lines(asked, known, on=on, workspace=workspace, history=history_of(workspace, on)).to_pylist()
    gravity = {"hold": 0, "needs": 1, "clear": 2}
    for line, answer in zip(asked.to_pylist(), answers, strict=True):
        answer |= {"customer_id": line["customer_id"], "item": line["item"], "quantity": line["quantity"],
                   "unit": line["unit"], "ordered_on": line["ordered_on"]}  # fmt: skip
    answers.sort(key=lambda one: (gravity.get(str(one["answer"]), 3), str(one["order_id"])))
    counts = {word: sum(one["answer"] == word for one in answers) for word in gravity}
    from counterflow.flow.customer_parties import lists_of

    said = [f"Answered as of {on}: a person decides; clear says only that nothing known here stands against it."]
    if not lists_of(workspace):
        said.append("No list of parties is loaded: no customer was looked up.")
    if lines.num_rows > MOST_LINES:
        said.append(
            f"The first {MOST_LINES:,} of {lines.num_rows:,} lines are answered here; `orders screen` does all."
        )
    return {"look": answers[:_MOST], "look_left": max(len(answers) - _MOST, 0),
            "counts": {"records": lines.num_rows, "look": counts["hold"] + counts["needs"], **counts},
            "quiet": counts["clear"], "said": said}  # fmt: skip


def _of_customers(workspace: Workspace, source: str, batch: str) -> dict[str, Any]:
    """Look the customers of a load up on the lists, and say what their files lack."""
    from counterflow.flow.customer_file import CUSTOMER_TABLES, Customers, reviewed
    from counterflow.orders.customers.points import ASK, STOPS

    tables = {
        name: workspace.store.query(f'SELECT * FROM "{name}" WHERE source = ? AND batch = ?', [source, batch])
        for name in CUSTOMER_TABLES
    }
    done = reviewed(Customers(tables), on=workspace.clock().date(), workspace=workspace)
    points = [row for row in done.points.to_pylist() if row["weight"] in {STOPS, ASK}]
    grouped: dict[str, dict[str, Any]] = {}
    for row in tables["customer"].to_pylist():
        grouped[row["record_id"]] = {"customer_id": row["record_id"], "name": row["name"], "points": [], "hits": []}
    for point in points:
        if point["customer_id"] in grouped:
            grouped[point["customer_id"]]["points"].append(point)
    for hit in done.hits.to_pylist() if done.hits is not None else []:
        if hit["customer_id"] in grouped:
            grouped[hit["customer_id"]]["hits"].append(hit)
    look = [one for one in grouped.values() if one["points"] or one["hits"]]
    look.sort(
        key=lambda one: (-len(one["hits"]), -sum(p["weight"] == STOPS for p in one["points"]), one["customer_id"])
    )
    return {"look": look[:_MOST], "look_left": max(len(look) - _MOST, 0),
            "counts": {"records": len(grouped), "look": len(look)}, "quiet": len(grouped) - len(look),
            "said": list(done.said)}  # fmt: skip
