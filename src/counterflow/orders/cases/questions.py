"""Due diligence: what to ask a customer when a flag stands, what was answered, and what is overdue.

Questions come from a library (`questions.toml`, by kind or group of flag) or in the asker's own words. Nothing is sent
from here: a person sends them and writes the answers down. The answer is a later row of the same id.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import InputError, UnknownName
from counterflow.core.tables import ORDER_QUESTION
from counterflow.orders.cases.sealing import required, seal, short_id

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["SEALED", "Template", "answer", "ask", "questions", "templates", "templates_for"]

#: columns that the ledger's digest of a question or an answer is over
SEALED = ("customer_id", "subject_id", "text", "asked_by", "due_on", "answer", "answered_by")
_SHORTEST_QUESTION = 12


@dataclass(frozen=True, slots=True)
class Template:
    """One question of the library: which flags it is for, its text, what a good answer has, and who asks the same."""

    id: str
    for_: tuple[str, ...]
    text: str
    good: str
    citation: str

    def filled(self, facts: Mapping[str, str]) -> str:
        """Return the text with `facts` in it; what is not known is told as such.

        >>> Template("x", (), "Why {quantity} of {product}?", "", "").filled({"product": "acetone"})
        'Why more than usual of acetone?'
        """
        unknown = {
            "product": "this product",
            "month": "the last months",
            "quantity": "more than usual",
            "baseline": "less",
        }
        return self.text.format_map(unknown | {name: said for name, said in facts.items() if said})


@cache
def templates() -> tuple[Template, ...]:
    """Return the library."""
    text = (resources.files("counterflow.orders.cases") / "questions.toml").read_text("utf-8")
    rows = tomllib.loads(text)["question"]
    return tuple(Template(r["id"], tuple(r["for"]), r["text"], r["good"], r["citation"]) for r in rows)


def templates_for(names: Iterable[str]) -> list[Template]:
    """Return the questions that fit these kinds and groups of flags, each once, in the order of the library."""
    wanted = set(names)
    return [template for template in templates() if wanted & {template.id, *template.for_}]


def ask(
    workspace: Workspace,
    customer: str,
    *,
    text: str,
    person: str,
    subject: str | None = None,
    due: dt.date | None = None,
) -> dict[str, Any]:
    """Write a question down and return its row; the same question still waiting is returned as it stands.

    Args:
        workspace: where.
        customer: who is asked.
        text: the question.
        person: who asks.
        subject: alarm or order that it is about.
        due: day by which an answer is wanted; `orders.question_days` from today where None.

    Raises:
        InputError: the question says nothing, nobody asks, or the day is past.
        UnknownName: there is no such customer.
    """
    store, today = workspace.store, workspace.clock().date()
    _known_customer(store, customer)
    text = required("text", text, shortest=_SHORTEST_QUESTION, why="Write the question as the customer will read it.")
    until = due or today + dt.timedelta(days=workspace.settings.orders.question_days)
    if until < today:
        raise InputError("The day is past.", hint=f"Give a day from {today}.", column="due_on", value=until)
    earlier = [row for row in questions(store, today) if row["customer_id"] == customer]
    for row in earlier:
        if row["state"] != "answered" and (row["text"], row["subject_id"]) == (text, subject):
            return row
    row = {
        "question": short_id("Q", customer, subject, len(earlier)), "customer_id": customer, "subject_id": subject,
        "text": text, "asked_by": required("person", person), "due_on": until, "answer": None, "answered_by": None,
    }  # fmt: skip
    body = {"question": row["question"], "subject_id": subject, "due_on": until.isoformat()}
    entry = seal(
        workspace, "order-question", str(row["question"]), row, columns=SEALED, body=body, persons=[row["asked_by"]]
    )
    return _kept(store, row | {"at": entry.time, "ledger_seq": entry.seq})


def answer(workspace: Workspace, question: str, *, text: str, person: str) -> dict[str, Any]:
    """Write an answer down and return its row; the same answer again changes nothing.

    Raises:
        UnknownName: there is no such question.
        InputError: the answer is empty, or another one is on record.
    """
    store = workspace.store
    found = [row for row in questions(store, workspace.clock().date()) if row["question"] == question]
    if not found:
        known = store.query("SELECT DISTINCT question FROM order_question").column("question").to_pylist()
        raise UnknownName("question", question, known)
    text = required("answer", text, why="Write what was answered, or that nothing was.")
    held = found[0]
    if held["state"] == "answered":
        if held["answer"] == text:
            return held
        hint = "An answer is not changed; ask again for what is missing."
        raise InputError("It was answered already.", hint=hint, column="question", value=question)
    row = {name: held[name] for name in ("question", *SEALED)} | {
        "answer": text, "answered_by": required("person", person),
    }  # fmt: skip
    entry = seal(
        workspace, "order-answer", f"{question}/answer", row, columns=SEALED, body={"question": question},
        persons=[row["answered_by"]],
    )  # fmt: skip
    return _kept(store, row | {"at": entry.time, "ledger_seq": entry.seq})


def questions(store: Store, today: dt.date, customer: str | None = None) -> list[dict[str, Any]]:
    """Return each question once with its `state` on `today` (waiting, overdue, answered), those that wait first."""
    where, values = (" WHERE customer_id = ?", [customer]) if customer else ("", [])
    rows = store.rows(
        "SELECT question, min(customer_id) AS customer_id, min(subject_id) AS subject_id, min(text) AS text,"
        " min(asked_by) AS asked_by, min(due_on) AS due_on, max(answer) AS answer, max(answered_by) AS answered_by,"
        f' min("at") AS asked_at, CASE WHEN count(*) > 1 THEN max("at") END AS answered_at FROM order_question{where}'
        " GROUP BY question ORDER BY max(answer) IS NOT NULL, min(due_on), question",
        values,
    )
    return [row | {"state": _state(row, today)} for row in rows]


def _state(row: Mapping[str, Any], today: dt.date) -> str:
    if row["answer"] is not None:
        return "answered"
    return "overdue" if row["due_on"] is not None and row["due_on"] < today else "waiting"


def _kept(store: Store, row: dict[str, Any]) -> dict[str, Any]:
    store.append("order_question", pa.Table.from_pylist([row], schema=ORDER_QUESTION))
    return row | {"state": "answered" if row["answer"] else "waiting"}


def _known_customer(store: Store, customer: str) -> None:
    sql = "SELECT record_id AS id FROM customer UNION SELECT customer_id AS id FROM order_line"
    if not store.rows(f"SELECT 1 AS one FROM ({sql}) WHERE id = ? LIMIT 1", [customer]):
        known = store.query(f"SELECT id FROM ({sql}) WHERE id IS NOT NULL LIMIT 50000").column("id").to_pylist()
        raise UnknownName("customer", customer, known)
