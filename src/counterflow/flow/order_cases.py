"""The work on orders over a whole workspace: what rooms know of items comes in here, and goes to `orders.cases`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import UnknownName, UsageError
from counterflow.core.tables import ORDER_ALARM
from counterflow.orders.cases.collect import CURRENT_FLAGS, open_matters
from counterflow.orders.cases.dossier import Brought
from counterflow.orders.cases.matters import open_alarms
from counterflow.orders.cases.questions import Template, ask, templates, templates_for
from counterflow.orders.cases.queue import queue_rows, within_minutes
from counterflow.orders.cases.standing import Standing, standing_of
from counterflow.orders.cases.usual import recent_months, typical_months

if TYPE_CHECKING:
    from counterflow.orders.monitor.months import Months
    from counterflow.store.workspace import Workspace

__all__ = ["Known", "ask_customer", "dossier_of", "lines_of", "months_of", "queue_of", "queue_rows_of", "standings_of",
           "stands_against", "year_of"]  # fmt: skip


@dataclass(frozen=True)
class Known:
    """What is worked out once for a whole workspace, so that one dossier need not do it again.

    Args:
        months: all orders by month.
        queue: the queue.
        answers: answers to "may I ship this?" for the open orders, those that are not clear.
        standing: each product to how it stands in law.
        points: points of all customer files, schema `orders.customers.POINT`.
        hits: what customers' names meet on lists; None where nobody looked.
    """

    months: Months
    queue: list[dict[str, Any]]
    answers: list[dict[str, Any]]
    standing: dict[str, Standing]
    points: pa.Table
    hits: pa.Table | None


def lines_of(workspace: Workspace) -> tuple[pa.Table, pa.Array]:
    """Return the order lines of a workspace and, beside them, what product each is of."""
    from counterflow.flow.order_items import product_of

    lines = workspace.store.query("SELECT * FROM order_line")
    return lines, product_of(lines)


def months_of(workspace: Workspace) -> tuple[Months, dict[str, str]]:
    """Return the orders by month, and item as written to product."""
    from counterflow.orders.monitor.months import monthly

    lines, product = lines_of(workspace)
    named = dict(zip(lines["item"].to_pylist(), product.to_pylist(), strict=True))
    return monthly(lines, product), {str(item): str(of) for item, of in named.items() if item and of}


def queue_of(workspace: Workspace, *, minutes: float | None = None) -> list[dict[str, Any]]:
    """Return the queue of a workspace, each row with whether it fits in the `minutes` there are."""
    return within_minutes(_queue(workspace, *months_of(workspace)), minutes)


def standings_of(workspace: Workspace) -> tuple[dict[str, Standing], dict[str, list[str]]]:
    """Return how each product stands in law, by the strictest list of all places traded between, and who orders what.

    Args:
        workspace: whose orders, and whose accepted updates of the lists of substances.
    """
    from counterflow.flow.order_items import product_of, recognise
    from counterflow.flow.order_screening import law_of

    lines = workspace.store.query(
        "SELECT DISTINCT customer_id, item, cas, ship_from, ship_to_country FROM order_line WHERE kind = 'sale'"
    )
    places = workspace.store.query("SELECT DISTINCT country FROM customer WHERE country IS NOT NULL")["country"]
    registry, _ = law_of(workspace)
    items = recognise(lines, on=workspace.clock().date(), registry=registry, places=places.to_pylist())
    of_item: dict[str, list[dict[str, Any]]] = {}
    # Products are named as alarms and flags name them: without asking any place.
    for product, row in zip(product_of(items).to_pylist(), items.to_pylist(), strict=True):
        of_item.setdefault(product or "", []).append(row)
    ordered: dict[str, set[str]] = {}
    for customer, product in zip(lines["customer_id"].to_pylist(), product_of(lines).to_pylist(), strict=True):
        ordered.setdefault(customer or "", set()).add(product or "")
    return {of: standing_of(rows) for of, rows in of_item.items()}, {who: sorted(of) for who, of in ordered.items()}


def _queue(workspace: Workspace, months: Months, product_of: dict[str, str]) -> list[dict[str, Any]]:
    return queue_rows_of(workspace, months, product_of, answers=_answers(workspace), standings=standings_of(workspace))


def queue_rows_of(
    workspace: Workspace,
    months: Months,
    product_of: dict[str, str],
    *,
    answers: Iterable[dict[str, Any]],
    standings: tuple[dict[str, Standing], dict[str, list[str]]],
) -> list[dict[str, Any]]:
    """Return the queue from what is worked out already: `months_of`, answers that are not clear, `standings_of`."""
    today = workspace.clock().date()
    stops = {row["order_id"]: row["reasons"] for row in answers if row["answer"] == "hold"}
    found = open_matters(workspace.store, today, answered_hold=stops, product_of=product_of)
    standing, products = standings
    found = replace(found, recent=recent_months(months), standing=standing, products=products)
    return queue_rows(found, typical=typical_months(months), minutes=workspace.settings.orders.minutes, today=today)


def ask_customer(
    workspace: Workspace,
    customer: str,
    *,
    about: str | None,
    kinds: Iterable[str],
    text: str | None,
    person: str,
    due: dt.date | None,
) -> list[dict[str, Any]]:
    """Ask a customer in your own words, from the library, or what its open alarms and flags call for.

    Raises:
        UnknownName: there is no such question in the library, or no such customer.
        UsageError: nothing is open that a question could be about, and none was given.
    """
    if text is not None:
        return [ask(workspace, customer, text=text, person=person, subject=about, due=due)]
    alarms = [row for row in open_alarms(workspace.store, customer) if about in (None, row["alarm"])]
    chosen = _chosen(workspace, customer, list(kinds), alarms)
    if not chosen:
        raise UsageError("Nothing is open here to ask about.", hint="Give a question with --kind or --text.")
    latest = alarms[-1] if alarms else {}
    facts = {name: str(latest[name]) for name in ("product", "month") if latest.get(name)}
    for name in ("quantity", "baseline"):
        if latest.get(name) is not None:
            facts[name] = f"{float(str(latest[name])):,.0f} {latest.get('measure') or ''}".strip()
    subject = about or (str(latest["alarm"]) if latest else None)
    return [
        ask(workspace, customer, text=template.filled(facts), person=person, subject=subject, due=due)
        | {"good_answer": template.good, "citation": template.citation}
        for template in chosen
    ]


def _chosen(workspace: Workspace, customer: str, kinds: list[str], alarms: list[dict[str, Any]]) -> list[Template]:
    for kind in kinds:
        if not templates_for([kind]):
            known = {name for template in templates() for name in (template.id, *template.for_)}
            raise UnknownName("question in the library", kind, known)
    if kinds:
        return templates_for(kinds)
    flags = workspace.store.rows(CURRENT_FLAGS + " AND f.customer_id = ? ORDER BY f.kind", [customer])
    names = {str(flag["kind"]) for flag in flags} | ({"alarm"} if alarms else set())
    # A kind that the library does not know is asked about by its group.
    return templates_for(names | {str(flag["group"]) for flag in flags if not templates_for([str(flag["kind"])])})


def dossier_of(
    workspace: Workspace, customer: str, product: str | None = None, *, known: Known | None = None
) -> dict[str, Any]:
    """Return the dossier of a customer, with what the other rooms say of it.

    Args:
        workspace: tables and ledger.
        customer: the customer.
        product: only this product; all where None.
        known: what is worked out already; it is worked out here where None.

    Raises:
        UnknownName: nothing is on record of the customer.
    """
    from counterflow.orders.cases.dossier import dossier
    from counterflow.store.loads import is_synthetic

    if known is None:
        months, product_of = months_of(workspace)
        queue = _queue(workspace, months, product_of)
    else:
        months, queue = known.months, known.queue
    return dossier(
        workspace, customer, product, months=months, queue=queue,
        brought=_brought(workspace, customer, product, months, known), synthetic=is_synthetic(workspace.store),
    )  # fmt: skip


def _brought(workspace: Workspace, customer: str, product: str | None, months: Months, known: Known | None) -> Brought:
    """Ask the other rooms about one customer: its file, names on lists, the monitor, others' rules, its orders."""
    from counterflow.orders.patterns.weigh import weigh

    store = workspace.store
    flags = store.query(CURRENT_FLAGS + " AND f.customer_id = ?", [customer])
    alarms = pa.Table.from_pylist(open_alarms(store, customer), schema=ORDER_ALARM)
    weighed = weigh(flags, alarms).to_pylist()
    points, hits = _reviewed(workspace, customer) if known is None else _of_known(known, customer)
    orders = {
        row["id"] for row in store.rows("SELECT record_id AS id FROM order_line WHERE customer_id = ?", [customer])
    }
    return Brought(
        watched=_watched(workspace, customer, product), points=points, hits=hits,
        rules=_rules(months, customer, product), concern=weighed[0] if weighed else None,
        answers=[row for row in (known.answers if known else _answers(workspace)) if row["order_id"] in orders],
        standing=known.standing if known else standings_of(workspace)[0],
    )  # fmt: skip


def _of_known(known: Known, customer: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the points of one customer's file and what its names meet on lists, from those of all."""
    points, hits = (
        [] if table is None else table.filter(pc.equal(table["customer_id"], customer)).to_pylist()
        for table in (known.points, known.hits)
    )
    return points, hits


def _answers(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the answers to "may I ship this?" for the open orders, those that are not clear."""
    from counterflow.flow.order_screening import screen_open

    answers = screen_open(workspace, on=workspace.clock().date()).answers
    rows: list[dict[str, Any]] = answers.filter(pc.not_equal(answers["answer"], "clear")).to_pylist()
    return rows


def _reviewed(workspace: Workspace, customer: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the points of one customer's file and what its names meet on lists."""
    from counterflow.flow.customer_file import Customers, read_customers, reviewed

    everybody = read_customers(workspace=workspace)
    own = Customers(
        {name: table.filter(pc.equal(table["record_id"], customer)) for name, table in everybody.tables.items()}
    )
    if not own.tables["customer"].num_rows:
        return [], []
    lines = workspace.store.query("SELECT * FROM order_line WHERE customer_id = ?", [customer])
    done = reviewed(own, on=workspace.clock().date(), workspace=workspace, lines=lines)
    return done.points.to_pylist(), [] if done.hits is None else done.hits.to_pylist()


def _watched(workspace: Workspace, customer: str, product: str | None) -> list[dict[str, Any]]:
    """Return the months of a customer as the monitor sees them now, each measure by itself."""
    from counterflow.flow.order_monitoring import look, orders_of_workspace
    from counterflow.orders.monitor import explain
    from counterflow.orders.plan.adopt import in_force

    book = orders_of_workspace(workspace)
    mine = pc.equal(book.lines["customer_id"], customer)
    products = sorted({of for of in pc.unique(book.product.filter(mine.combine_chunks())).to_pylist() if of})
    wanted = [of for of in products if product in (None, of)]
    if not wanted:
        return []
    # Peers of another product say nothing: only what this customer orders is watched.
    kept = pc.is_in(book.product, value_set=pa.array(wanted, pa.string()))
    own = replace(book, lines=book.lines.filter(kept), product=book.product.filter(kept))
    watched = look(own, setting=in_force(workspace.settings.orders.monitor)).watched
    return [
        {
            "drug": of, "measure": row["measure"], "month": row["month"], "baseline": row["expected"],
            "alarm": row["alarm"], "open": row["open"],
        }
        for of in wanted
        for row in explain(watched, customer, of).to_pylist()
    ]  # fmt: skip


def _rules(months: Months, customer: str, product: str | None) -> list[dict[str, Any]]:
    """Return, for each published rule, the last month in which it spoke about the customer, and whether it does now."""
    from counterflow.orders.monitor.published import RULES, beside

    mine = np.array([name == customer for name in months.customer.to_pylist()], dtype=bool)
    if product is not None:
        mine &= np.array([name == product for name in months.product.to_pylist()], dtype=bool)
    spoke: dict[str, str] = {}
    for row in beside(months.pick(mine)).to_pylist() if mine.any() else ():
        spoke[row["rule"]] = max(spoke.get(row["rule"], ""), row["month"])
    now = months.names[-1] if months.names else ""
    return [
        {
            "rule": f"{rule.words} ({rule.id})", "month": spoke.get(rule.id),
            "says": "alarm" if spoke.get(rule.id) == now and now else "silent",
        }
        for rule in RULES
    ]  # fmt: skip


def stands_against(workspace: Workspace, order: str) -> list[str]:
    """Return why an order may not be shipped now, in words; empty where its answer is not hold."""
    from counterflow.flow.customer_file import read_customers
    from counterflow.flow.order_screening import history_of, screen_lines

    today = workspace.clock().date()
    lines = workspace.store.query("SELECT * FROM order_line WHERE record_id = ? AND kind = 'sale'", [order])
    if not lines.num_rows:
        return []
    history = history_of(workspace, today)
    if history is not None:
        history = history.filter(pc.is_in(history["customer_id"], value_set=pc.unique(lines["customer_id"])))
    customers = read_customers(workspace=workspace).newest()
    answers = screen_lines(lines, customers, on=today, workspace=workspace, history=history).to_pylist()
    held = [row for row in answers if row["answer"] == "hold"]
    return [f"the answer for order {order} is hold: {row['reasons']}" for row in held]


def year_of(workspace: Workspace, year: int) -> dict[str, Any]:
    """Return the firm's year, with how complete its customer files are now."""
    from counterflow.flow.customer_file import read_customers, reviewed
    from counterflow.orders.cases.year import firm_year
    from counterflow.orders.customers import per_customer

    customers = read_customers(workspace=workspace)
    done = reviewed(customers, on=workspace.clock().date(), lines=workspace.store.query("SELECT * FROM order_line"))
    rows = per_customer(done.file.customers, done.points)
    whole = sum(
        not (stops or asks) for stops, asks in zip(*(rows[n].to_pylist() for n in ("stops", "asks")), strict=True)
    )
    rests = {"table": "customer and its licences, reviewed on the day of this report; no list was asked"}
    more = (
        {"what": "Customer files on record now", "value": rows.num_rows, "rests_on": rests},
        {"what": "Of them with nothing to ask", "value": whole, "rests_on": rests},
    )
    return firm_year(workspace, year, more=more)
