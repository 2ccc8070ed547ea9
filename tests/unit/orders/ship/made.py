"""Orders, customers and licences of our own invention, answered."""

import datetime as dt

import pyarrow as pa

from counterflow.core.tables import CUSTOMER, CUSTOMER_LICENCE, ORDER_DECISION, ORDER_LINE
from counterflow.flow.order_items import recognise
from counterflow.orders.ship import answer
from counterflow.reference.trade_law import load_trade_law

ON = dt.date(2026, 5, 4)
SEEN = dt.datetime(2026, 5, 4, tzinfo=dt.UTC)
#: a customer that is known, identified, and declared what it uses goods for
KNOWN = {"registration": "X:1", "end_use": "making paint", "end_use_on": dt.date(2026, 1, 2)}


def table(schema, rows, **common):
    held = {"source": "s", "batch": "b", "line": 1, "first_seen": SEEN, "kind": "sale"} | common
    held = {name: value for name, value in held.items() if name in schema.names}
    return pa.Table.from_pylist([held | row for row in rows], schema=schema)


def orders(*rows, on=ON):
    numbered = [{"record_id": f"o{n}", "customer_id": "c", "ordered_on": on} | row for n, row in enumerate(rows)]
    return table(ORDER_LINE, numbered)


def licences(*rows):
    return table(
        CUSTOMER_LICENCE, [{"record_id": "c", "kind": "licence", "number": "L1"} | row for row in rows], kind="licence"
    )


def decisions(*rows):
    made = {"ground": "seen to", "person": "A. Officer", "decided_at": SEEN}
    return table(ORDER_DECISION, [{"decision": f"d{n}"} | made | row for n, row in enumerate(rows)])


def answered(lines, customer=None, held=(), *, on=ON, **more):
    """Answer `lines`; one customer `c` in the country that they go to, unless told otherwise."""
    country = next((c for c in lines["ship_to_country"].to_pylist() if c), None)
    file = (
        None
        if customer is False
        else table(CUSTOMER, [{"record_id": "c", "country": country} | KNOWN | (customer or {})])
    )
    items = recognise(lines, on=on, places=[country] if country else [])
    return answer(lines, file, licences(*held), items, load_trade_law(), on=on, **more).to_pylist()
