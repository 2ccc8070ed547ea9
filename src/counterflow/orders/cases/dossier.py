"""The dossier of a customer: why it is open, what would clear it, what must be decided by when; then the evidence.

It says what was seen and where it stands. A similar name on a list is shown as not judged. Persons are not rated, and
neither country, owner nor name has a part in the order of anything.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import UnknownName
from counterflow.core.standing import standing as rows_that_stand
from counterflow.orders.cases.collect import CURRENT_FLAGS, standing_licences
from counterflow.orders.cases.decisions import standing
from counterflow.orders.cases.matters import open_alarms
from counterflow.orders.cases.questions import questions
from counterflow.orders.cases.reports import due_of, reports
from counterflow.orders.cases.series import customer_series
from counterflow.orders.cases.standing import Standing

if TYPE_CHECKING:
    from counterflow.orders.monitor.months import Months
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["Brought", "dossier"]

#: columns of the customer file that the dossier shows, with what each is called
_FILE = {
    "name": "Legal name", "trade_name": "Trades as", "registration": "Register number",
    "business_line": "Business line", "site_type": "Site", "address": "Address",
    "country": "Country (says which law holds)", "customer_since": "Customer since",
    "end_use": "Declared end use", "end_use_on": "Declared on", "end_use_to": "Declaration holds to",
    "resells": "Sells on", "research": "Registered for research", "forwarder": "Forwarder",
    "refusals": "Earlier refusals", "visited_on": "Site confirmed on",
}  # fmt: skip
_OF_AN_ORDER = ["record_id", "line", "kind", "ordered_on", "item", "quantity_text", "ship_to", "channel", "payment"]
_SHOWN_ORDERS = 24


@dataclass(frozen=True)
class Brought:
    """What other rooms say of the customer, as rows; empty where nobody asked them.

    Args:
        watched: rows of the monitor.
        points: points of the customer file (`orders.customers.review`).
        hits: what the look-up on lists met.
        rules: what the published rules say beside ours: rule, month, says.
        concern: how flags and alarms weigh together (`orders.patterns.weigh`).
        answers: answers to "may I ship this?" for its open orders.
        standing: each product to how it stands in law.
    """

    watched: Sequence[Mapping[str, Any]] = ()
    points: Sequence[Mapping[str, Any]] = ()
    hits: Sequence[Mapping[str, Any]] = ()
    rules: Sequence[Mapping[str, Any]] = ()
    concern: Mapping[str, Any] | None = None
    answers: Sequence[Mapping[str, Any]] = ()
    standing: Mapping[str, Standing] = field(default_factory=dict)


def dossier(
    workspace: Workspace,
    customer: str,
    product: str | None = None,
    *,
    months: Months,
    queue: Sequence[Mapping[str, Any]] = (),
    brought: Brought | None = None,
    synthetic: bool = False,
) -> dict[str, Any]:
    """Return the dossier as plain data.

    Args:
        workspace: tables and ledger.
        customer: the customer.
        product: only this product; all where None.
        months: all orders by month.
        queue: the queue, for the customer's rank and terms.
        brought: what other rooms say.
        synthetic: whether the orders are made up; it is then said on the page.

    Raises:
        UnknownName: nothing is on record of the customer.
    """
    store, today = workspace.store, workspace.clock().date()
    more = brought or Brought()
    file = _file(store, customer)
    if file is None and customer not in set(months.customer.to_pylist()):
        raise UnknownName("customer", customer, set(months.customer.to_pylist()))
    alarms = [row for row in open_alarms(store, customer) if product in (None, row["product"])]
    flags = [row for row in _flags(store, customer) if product in (None, row["product"]) or row["product"] is None]
    rows = {
        "alarms": alarms, "flags": flags, "licences": _licences(store, customer, today),
        "questions": questions(store, today, customer), "decisions": _decisions(store, customer),
        "reports": [row for row in reports(store) if row["customer_id"] == customer],
        "orders": _orders(store, customer), "points": [dict(row) for row in more.points],
        "hits": [dict(row) for row in more.hits], "rules": [dict(row) for row in more.rules],
        "answers": [dict(row) for row in more.answers],
        "stopped": [
            row for row in standing(store, today) if row["customer_id"] == customer and row["act"] in {"hold", "refuse"}
        ],
    }  # fmt: skip
    mine = [
        row for row in queue if row["customer_id"] == customer and (product is None or row["product"] in {product, ""})
    ]
    return {
        "customer_id": customer, "product": product, "synthetic": synthetic, "as_of": today,
        "in_law": _in_law(more.standing, [row["product"] for row in (*alarms, *flags)] + [product]),
        "why_open": _why_open(rows), "clears": _clears(rows), "due": _due(rows, today),
        "concern": dict(more.concern) if more.concern else None, "queue": [dict(row) for row in mine],
        "file": file or {}, "series": customer_series(
            months, customer, product, watched=more.watched, alarms=_all_alarms(store, customer, alarms)
        ),
        **rows, "ledger": _ledger(workspace, customer, rows),
    }  # fmt: skip


def _in_law(standing: Mapping[str, Standing], products: Sequence[str | None]) -> list[str]:
    """Say of each product that this is about how it stands in law; what is on no list comes first."""
    about = sorted({of for of in products if of is not None and of in standing})
    unlisted = [of for of in about if standing[of].listed is False]
    said = "is on no list held here: no law held asks for watching it, its pattern alone brought it up"
    told = [f"{of} {said}" for of in unlisted]
    return told + [f"{of}: {standing[of].words}" for of in about if of not in unlisted]


def _why_open(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    words = [
        f"Alarm of {row['month']} on {row['product']} ({row['alarm']}): {row['reasons'] or row['meaning']}"
        for row in rows["alarms"]
    ]
    words += [f"{str(row['grade']).capitalize()} flag ({row['kind']}): {row['words']}" for row in rows["flags"]]
    words += [
        f"Question {row['question']} is {row['state']}, due {row['due_on']}"
        for row in rows["questions"]
        if row["state"] != "answered"
    ]
    words += [f"Report {row['report']} is drafted and not filed" for row in rows["reports"] if row["state"] == "draft"]
    words += [
        f"{row['subject'].capitalize()} {row['subject_id']}: {row['act']}, decided by {row['person']}: {row['ground']}"
        for row in rows["stopped"]
    ]
    stops = [row for row in rows["points"] if row.get("weight") == "stops a sale"]
    words += [f"Customer file: {row['words']}" for row in stops]
    return words + [
        f"Order {row['order_id']}: hold. {row['reasons']}" for row in rows["answers"] if row["answer"] == "hold"
    ]


def _clears(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """Return what would clear it: of flags and points what they say themselves, of an alarm what a disposal needs."""
    words = []
    if rows["alarms"]:
        words.append(
            "Of the alarm: a reason for the rise that can be checked, and the monthly quantity to be expected from now"
            " on; then a named person disposes of it with a finding."
        )
    words += [str(row["clears"]) for row in rows["flags"] if row["clears"]]
    words += [
        str(row["to_do"]) for row in rows["points"] if row.get("weight") in {"stops a sale", "ask"} and row.get("to_do")
    ]
    return list(dict.fromkeys(words))


def _due(rows: Mapping[str, Sequence[dict[str, Any]]], today: dt.date) -> list[dict[str, Any]]:
    """Return what must be decided or done by when, the nearest day first."""
    due: list[dict[str, Any]] = [
        {"on": due_of(row), "what": f"file report {row['report']} ({row['citation']})"}
        for row in rows["reports"]
        if due_of(row) is not None
    ]
    due += [
        {"on": row["due_on"], "what": f"the customer's answer to {row['question']}"}
        for row in rows["questions"]
        if row["state"] != "answered" and row["due_on"]
    ]
    soon = today + dt.timedelta(days=60)
    due += [
        {"on": row["expires_on"], "what": f"{row['kind']} {row['number'] or ''} ends: no sale under it after that day"}
        for row in rows["licences"]
        if isinstance(row["expires_on"], dt.date) and row["expires_on"] <= soon
    ]
    due += [
        {"on": row["holds_to"], "what": f"{row['act']} of {row['subject']} {row['subject_id']} ends"}
        for row in rows["decisions"]
        if isinstance(row["holds_to"], dt.date) and row["holds_to"] >= today
    ]
    due.sort(key=lambda row: (row["on"], row["what"]))
    return [row | {"past": row["on"] < today} for row in due]


def _file(store: Store, customer: str) -> dict[str, Any] | None:
    rows = store.rows("SELECT * FROM customer WHERE record_id = ? ORDER BY first_seen DESC LIMIT 1", [customer])
    return {words: rows[0][name] for name, words in _FILE.items() if rows[0][name] is not None} if rows else None


def _flags(store: Store, customer: str) -> list[dict[str, Any]]:
    rows = store.rows(CURRENT_FLAGS + " AND f.customer_id = ?", [customer])
    order = {"strong": 0, "moderate": 1, "weak": 2}
    rows.sort(key=lambda row: (order[str(row["grade"])], str(row["kind"]), str(row["flag"])))
    return [row | {"evidence": _opened(str(row["evidence"]))} for row in rows]


def _opened(text: str) -> object:
    """Return the evidence as data; erased evidence is the word that says so."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _licences(store: Store, customer: str, today: dt.date) -> list[dict[str, Any]]:
    rows = store.rows(
        "SELECT kind, number, authority, country, covers, valid_from, expires_on, checked_on FROM held"
        " WHERE record_id = ? ORDER BY expires_on DESC NULLS LAST, line",
        [customer],
        held=standing_licences(store),
    )
    return [row | {"standing": _standing(row["expires_on"], today)} for row in rows]


def _standing(ends: Any, today: dt.date) -> str:
    if ends is None:
        return "no last day given"
    return "expired" if ends < today else "expiring" if (ends - today).days <= 30 else "ok"


def _decisions(store: Store, customer: str) -> list[dict[str, Any]]:
    return store.rows(
        "SELECT decision, subject, subject_id, product, act, finding, ground, person, second_person, holds_to,"
        " new_expected, decided_at, ledger_seq FROM order_decision WHERE customer_id = ?"
        " ORDER BY decided_at DESC, ledger_seq DESC",
        [customer],
    )


def _all_alarms(store: Store, customer: str, still_open: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return every alarm of the customer, each with whether it is open still."""
    rows = store.rows("SELECT * FROM order_alarm WHERE customer_id = ? ORDER BY month, alarm", [customer])
    names = {row["alarm"] for row in still_open}
    return [row | {"open": row["alarm"] in names} for row in rows]


def _orders(store: Store, customer: str) -> list[dict[str, Any]]:
    """Return the latest order lines that stand, returns among them: they are shown beside, and reduce nothing."""
    stood = rows_that_stand(store.query("SELECT * FROM order_line WHERE customer_id = ?", [customer]))
    latest = stood.sort_by([("ordered_on", "descending"), ("record_id", "ascending"), ("line", "ascending")])
    shown: list[dict[str, Any]] = latest.select(_OF_AN_ORDER).slice(0, _SHOWN_ORDERS).to_pylist()
    return shown


def _ledger(
    workspace: Workspace, customer: str, rows: Mapping[str, Sequence[Mapping[str, Any]]]
) -> list[dict[str, Any]]:
    """Return the ledger entries that hold what was asked, decided and reported here."""
    told = [(row["ledger_seq"], f"decision {row['decision']}: {row['act']}") for row in rows["decisions"]]
    told += [(row["ledger_seq"], f"report {row['report']}: {row['state']}") for row in rows["reports"]]
    told += [
        (row["ledger_seq"], f"{'answer to' if row['answer'] else 'question'} {row['question']}")
        for row in workspace.store.rows("SELECT * FROM order_question WHERE customer_id = ?", [customer])
    ]
    found = []
    for seq, what in sorted((seq, what) for seq, what in told if seq is not None):
        entry = workspace.ledger.entry(seq)
        found.append({"seq": seq, "time": entry.time, "kind": entry.kind, "what": what, "hash": entry.hash})
    return found
