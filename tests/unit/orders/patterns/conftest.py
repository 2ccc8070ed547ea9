"""A quiet order book of fourteen paint makers, to which a test adds what should stand out."""

import datetime as dt

import pyarrow as pa
import pytest

from counterflow.core.seeds import generator
from counterflow.core.tables import CUSTOMER, CUSTOMER_EXPECTED, CUSTOMER_LICENCE, ORDER_LINE
from counterflow.orders.patterns import Setting, flags
from counterflow.reference.trade_law import load_trade_law

SEEN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
START = dt.date(2024, 1, 1)
ON = dt.date(2026, 6, 30)


def line(customer, day, product="acetone", grams=10_000.0, **fields):
    """One order line; its id is what it says unless named."""
    named = f"{customer}-{day}-{product}-{grams}" + "".join(f"-{v}" for v in fields.values())
    return {
        "source": "file", "record_id": named, "batch": "b", "line": 1, "kind": "sale", "customer_id": customer,
        "ordered_on": day, "item": product, "mass_g": grams, "supplier_id": "main", "first_seen": SEEN,
        "product": product,
    } | fields  # fmt: skip


def table(rows):
    schema = pa.schema([*(field.with_nullable(True) for field in ORDER_LINE), pa.field("product", pa.string())])
    return pa.Table.from_pylist(rows, schema=schema)


def customer(id_, **fields):
    return {"source": "file", "record_id": id_, "batch": "b", "first_seen": SEEN, "business_line": "paint"} | fields


@pytest.fixture
def quiet():
    """Orders of fourteen customers, about every ten days for two and a half years, of much the same size each."""
    draw, rows = generator(5, "quiet"), []
    for number in range(14):
        day, size = START + dt.timedelta(days=number), 8_000.0 * (1 + number / 10)
        while day <= ON:
            grams = round(size * float(draw.uniform(0.7, 1.3)))
            rows.append(line(f"C{number:02d}", day, grams=float(grams), price=grams * 0.002, currency="EUR",
                             purity_pct=90.0, payment="account", ship_to=f"Road {number}"))  # fmt: skip
            day += dt.timedelta(days=int(draw.integers(8, 13)))
    return rows


@pytest.fixture
def ask():
    """Ask for flags of rows; customers, licences, expected as lists of dictionaries."""

    def asked(rows, customers=None, licences=(), expected=(), *, on=ON, history=None, law=None, only=None, **setting):
        ids = {row["customer_id"] for row in [*rows, *(history or ())]}
        kept = [customer(one) for one in sorted(ids)] if customers is None else customers
        said = pa.schema([*CUSTOMER_EXPECTED, pa.field("product", pa.string())])
        found = flags(
            table(rows), None, pa.Table.from_pylist(kept, schema=CUSTOMER),
            pa.Table.from_pylist(list(licences), schema=CUSTOMER_LICENCE), pa.Table.from_pylist(list(expected), schema=said),
            load_trade_law() if law else None, on=on, history=None if history is None else table(history),
            setting=Setting(**setting), only=only,
        )  # fmt: skip
        return found.to_pylist()

    return asked
