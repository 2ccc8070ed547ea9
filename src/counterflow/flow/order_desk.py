"""May I ship this one order, now? The customer file, the law and what was ordered before are read once.

In three lines:

>>> from datetime import date
>>> from counterflow.flow.order_desk import OrderDesk
>>> OrderDesk(on=date(2026, 5, 4)).ask("acetone", "5 L", ship_from="US", ship_to="US").answer
'needs'

It is `needs` since nobody said who buys.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.clock import Clock, system_clock
from counterflow.core.errors import InputError, UsageError
from counterflow.core.tables import ORDER_LINE
from counterflow.flow.order_items import product_of, recognise
from counterflow.flow.order_screening import history_of, hits_of, law_of, place_of, rows_of
from counterflow.orders.cases.matters import OPEN_ALARMS
from counterflow.orders.ship import answer

if TYPE_CHECKING:
    from counterflow.orders.customers import CustomerFile
    from counterflow.store.workspace import Workspace

__all__ = ["Answered", "OrderDesk"]


@dataclass(frozen=True)
class Answered:
    """The answer to one order; the columns of `orders.ship.ANSWER`."""

    order_id: str
    answer: str
    duties: str
    thresholds: str
    reasons: str
    citations: str

    def as_dict(self) -> dict[str, str]:
        """Return it as plain data."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


class OrderDesk:
    """Answers one order at a time; the customer file and the law are read once.

    Args:
        customers: the customer file as it holds (`flow.customer_file.read_customers(…).newest()`); None for none.
        on: the day asked; today where None.
        workspace: whose lists, decisions and earlier orders are used.
        ship_from: country that goods leave where an order does not say it.
        clock: tells now.
    """

    def __init__(
        self,
        customers: CustomerFile | None = None,
        *,
        on: dt.date | None = None,
        workspace: Workspace | None = None,
        ship_from: str = "",
        clock: Clock = system_clock,
    ) -> None:
        self._now = clock()
        self._on = on or self._now.date()
        self._from = place_of(ship_from)
        self._registry, self._law = law_of(workspace)
        self._customers, self._hits = customers, hits_of(customers, workspace)
        self._history = history_of(workspace, self._on)
        self._products = None if self._history is None else product_of(self._history, registry=self._registry)
        self._decisions = rows_of(workspace, "SELECT * FROM order_decision")
        self._alarms = rows_of(workspace, OPEN_ALARMS)
        self._items: dict[tuple[str, str, str, str], pa.Table] = {}

    def ask(
        self,
        item: str = "",
        quantity: str = "",
        *,
        customer: str | None = None,
        ship_from: str = "",
        ship_to: str = "",
        cas: str = "",
        order_id: str = "live",
        **order: Any,
    ) -> Answered:
        """Answer one order.

        Args:
            item: product or substance as written.
            quantity: quantity with its unit, as `25 kg` or `2 x 5 L`.
            customer: the customer's id.
            ship_from: country it leaves: a code or a name.
            ship_to: country it goes to; the customer's where empty.
            cas: CAS number.
            order_id: its number.
            **order: any other column of `order_line`, for example `purity_pct`, `permit`, `declaration`, `notice_on`.

        Raises:
            UsageError: nothing is ordered, a place is none, or a column is not one of an order.
            InputError: the quantity cannot be read.
        """
        if not item.strip() and not cas.strip():
            raise UsageError("Nothing is ordered.", hint="Give an item or a CAS number.")
        unknown = sorted(set(order) - set(ORDER_LINE.names))
        if unknown:
            raise UsageError(f"An order has no {', '.join(unknown)}.", hint=f"It has: {', '.join(ORDER_LINE.names)}.")
        leaves, arrives = place_of(ship_from) or self._from, place_of(ship_to)
        row = {
            "source": "live", "record_id": order_id, "batch": "live", "line": 1, "kind": "sale",
            "customer_id": customer,
            "ordered_on": self._on, "item": item or None, "cas": cas or None, "ship_from": leaves or None,
            "ship_to_country": arrives or None, "first_seen": self._now,
            **_amount(quantity), **order,
        }  # fmt: skip
        lines = pa.Table.from_pylist([row], schema=ORDER_LINE)
        own = self._country_of(customer)
        items = self._recognised(lines, item, cas, leaves, arrives or own)
        held = self._customers
        answers = answer(
            lines,
            _of(held.customers, "record_id", customer) if held else None,
            _of(held.licences, "record_id", customer) if held else None,
            items,
            self._law,
            on=self._on,
            history=self._earlier(lines, items, customer),
            hits=_of(self._hits, "customer_id", customer) if self._hits is not None else None,
            decisions=self._decisions,
            alarms=self._alarms,
        )
        return Answered(**answers.to_pylist()[0])

    def _recognised(self, lines: pa.Table, item: str, cas: str, leaves: str, arrives: str) -> pa.Table:
        """Return what the item is; kept, since the next order is often of the same."""
        key = item, cas, leaves, arrives
        if key not in self._items:
            self._items[key] = recognise(
                lines, on=self._on, registry=self._registry, places=[place for place in (leaves, arrives) if place]
            )
        return self._items[key]

    def _country_of(self, customer: str | None) -> str:
        if self._customers is None or customer is None:
            return ""
        rows = self._customers.customers
        at = pc.index(rows["record_id"], customer).as_py()
        return str(rows["country"][at].as_py() or "") if at >= 0 else ""

    def _earlier(self, lines: pa.Table, items: pa.Table, customer: str | None) -> pa.Table | None:
        """Return the customer's earlier orders of what is asked about, under the name asked."""
        if self._history is None or self._products is None or customer is None:
            return None
        named = pc.is_in(self._products, value_set=pc.unique(items["substance"].combine_chunks()))
        kept = self._history.filter(
            pc.and_(named, pc.fill_null(pc.equal(self._history["customer_id"], customer), False))
        )
        if not kept.num_rows:
            return None
        for name in ("item", "cas"):
            same = pa.repeat(lines[name][0], kept.num_rows)
            kept = kept.set_column(kept.column_names.index(name), name, same)
        return kept


def _of(table: pa.Table, column: str, value: str | None) -> pa.Table:
    return table.filter(pc.fill_null(pc.equal(table[column], value or ""), False))


def _amount(text: str) -> dict[str, object]:
    """Return the amount of one order as the columns of a line."""
    if not text.strip():
        return {}
    from counterflow.core.units import amount
    from counterflow.intake.convert.amount_text import read_amount
    from counterflow.intake.identifiers import Unreadable

    try:
        written = read_amount(text)
    except Unreadable as wrong:
        raise InputError("The quantity cannot be read.", hint=wrong.hint, value=text) from wrong
    if written.quantity < 0:
        raise InputError("A sale is not negative.", hint="Write the quantity without the sign.", value=text)
    total = written.quantity * (written.packs or 1.0)
    made = amount(pa.array([total]), pa.array([written.unit], pa.string()))
    return {
        "quantity": written.quantity, "unit": written.unit, "packs": written.packs, "quantity_text": text,
        "mass_g": made.mass_g[0].as_py(), "volume_l": made.volume_l[0].as_py(), "units": made.pieces[0].as_py(),
    }  # fmt: skip
