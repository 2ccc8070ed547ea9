"""The work on orders over a whole workspace: what rooms know of items comes in here, and goes to `orders.cases`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import UnknownName, UsageError
from counterflow.core.tables import ORDER_ALARM
from counterflow.orders.cases.collect import CURRENT_FLAGS, open_matters
from counterflow.orders.cases.dossier import Brought
from counterflow.orders.cases.matters import open_alarms
from counterflow.orders.cases.questions import Template, ask, templates, templates_for
from counterflow.orders.cases.queue import queue_rows, within_minutes
from counterflow.orders.cases.usual import typical_months

if TYPE_CHECKING:
    from counterflow.orders.monitor.months import Months
    from counterflow.store.workspace import Workspace

__all__ = ["ask_customer", "dossier_of", "lines_of", "months_of", "queue_of"]


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


def _queue(workspace: Workspace, months: Months, product_of: dict[str, str]) -> list[dict[str, Any]]:
    today = workspace.clock().date()
    found = open_matters(workspace.store, today, product_of=product_of)
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


def dossier_of(workspace: Workspace, customer: str, product: str | None = None) -> dict[str, Any]:
    """Return the dossier of a customer, with what the other rooms say of it.

    Raises:
        UnknownName: nothing is on record of the customer.
    """
    from counterflow.orders.cases.dossier import dossier
    from counterflow.store.loads import is_synthetic

    months, product_of = months_of(workspace)
    return dossier(
        workspace, customer, product, months=months, queue=_queue(workspace, months, product_of),
        brought=_brought(workspace, customer), synthetic=is_synthetic(workspace.store),
    )  # fmt: skip


def _brought(workspace: Workspace, customer: str) -> Brought:
    """Ask the other rooms about one customer: its file, names on lists, how flags and alarms weigh together."""
    from counterflow.orders.patterns.weigh import weigh

    store = workspace.store
    flags = store.query(CURRENT_FLAGS + " AND f.customer_id = ?", [customer])
    alarms = pa.Table.from_pylist(open_alarms(store, customer), schema=ORDER_ALARM)
    weighed = weigh(flags, alarms).to_pylist()
    return Brought(concern=weighed[0] if weighed else None)
