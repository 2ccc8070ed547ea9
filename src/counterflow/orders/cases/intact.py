"""Are the rows of decisions, questions and reports still what was sealed?

Each row is held against the digest that the ledger has of it, with the salt that stands beside it. A row whose salt was
erased cannot be tested any more, by anybody; that is what erasing means. An entry without a row was cut off on its way
to the table, or its row was taken away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from counterflow.orders.cases import decisions, questions, reports
from counterflow.orders.cases.sealing import SOURCE, digest_of

if TYPE_CHECKING:
    from counterflow.store.ledger import Entry
    from counterflow.store.workspace import Workspace

__all__ = ["KINDS", "intact_rows", "intact_sums"]

#: kinds of ledger entries of this work
KINDS = ("order-decision", "order-question", "order-answer", "order-report", "order-firm-year")


def intact_rows(workspace: Workspace) -> list[dict[str, Any]]:
    """Return what became of each row: kind, record, ledger_seq and state (intact, altered, erased, missing)."""
    entries = {entry.seq: entry for kind in KINDS for entry in workspace.ledger.entries(kind)}
    salts = {
        str(row["record_id"]): row["salt"]
        for row in workspace.store.rows("SELECT record_id, salt FROM payload WHERE source = ?", [SOURCE])
    }
    found = []
    for kind, record, row, columns in _rows(workspace):
        seq = row["ledger_seq"]
        state = _state(entries.pop(seq, None), kind, row, columns, salts.get(record))
        found.append({"kind": kind, "record": record, "ledger_seq": seq, "state": state})
    found += [
        {"kind": entry.kind, "record": _named(entry), "ledger_seq": seq, "state": "missing"}
        for seq, entry in entries.items()
    ]
    found.sort(key=lambda row: (row["ledger_seq"] is None, row["ledger_seq"] or 0, row["record"]))
    return found


def intact_sums(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many rows are in each state."""
    return {state: sum(row["state"] == state for row in rows) for state in ("intact", "altered", "erased", "missing")}


def _rows(workspace: Workspace) -> Iterator[tuple[str, str, dict[str, Any], Sequence[str]]]:
    """Yield kind, name of the salt, row, and sealed columns of every row."""
    store = workspace.store
    for row in store.rows("SELECT * FROM order_decision ORDER BY ledger_seq"):
        yield "order-decision", str(row["decision"]), row, decisions.SEALED
    for row in store.rows("SELECT * FROM order_question ORDER BY ledger_seq"):
        answered = row["answer"] is not None
        record = f"{row['question']}/answer" if answered else str(row["question"])
        yield "order-answer" if answered else "order-question", record, row, questions.SEALED
    count: dict[str, int] = {}
    for row in store.rows("SELECT * FROM order_report ORDER BY ledger_seq"):
        name = str(row["report"])
        if row["kind"] == "firm-year":
            yield "order-firm-year", name, row, ("body",)
            continue
        yield "order-report", f"{name}/{count.get(name, 0)}", row, reports.SEALED
        count[name] = count.get(name, 0) + 1


def _state(entry: Entry | None, kind: str, row: Mapping[str, Any], columns: Sequence[str], salt: object) -> str:
    if entry is None or entry.kind != kind:
        return "altered"
    if kind == "order-firm-year":  # holds nobody's words: its digest has no salt
        same = hashlib.sha256(str(row["body"]).encode()).hexdigest() == entry.body.get("sha256")
        return "intact" if same else "altered"
    if salt is None:
        return "erased"
    same = digest_of(bytes.fromhex(str(salt)), row, columns) == entry.body.get("digest")
    written = row.get("decided_at", row.get("at"))
    return "intact" if same and written == entry.time else "altered"


def _named(entry: Entry) -> str:
    return str(entry.body.get("decision") or entry.body.get("question") or entry.body.get("report"))
