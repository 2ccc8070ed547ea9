"""Months of a buyer over two suppliers are those of one supplier that had all its orders."""

import datetime as dt

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.orders.across import combined
from counterflow.orders.monitor.months import monthly

_LINE = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(["C1", "C2"]),
        "item": st.sampled_from(["x", "y"]),
        "ordered_on": st.dates(dt.date(2025, 10, 1), dt.date(2026, 5, 30)),
        "units": st.sampled_from([10.0, 20.0, 35.0]),
        "kind": st.sampled_from(["sale", "sale", "return"]),
        "supplier_id": st.sampled_from(["s1", "s2"]),
    }
)


def lines(rows, name):
    return pa.Table.from_pylist(
        [row | {"record_id": f"{name}{n}", "source": name} for n, row in enumerate(rows)],
        schema=pa.schema(
            [("customer_id", pa.string()), ("item", pa.string()), ("ordered_on", pa.date32()), ("units", pa.float64()),
             ("kind", pa.string()), ("supplier_id", pa.string()), ("record_id", pa.string()), ("source", pa.string())]
        ),
    )  # fmt: skip


def renamed(rows):
    return [
        row | {"customer_id": f"other-{row['customer_id']}", "supplier_id": f"b-{row['supplier_id']}"} for row in rows
    ]


@given(a=st.lists(_LINE, max_size=8), b=st.lists(_LINE, max_size=8))
@settings(max_examples=40)
def test_as_if_one_supplier_had_sold_it_all(a, b):
    a = [row | {"supplier_id": f"a-{row['supplier_id']}"} for row in a]
    theirs = renamed(b)
    as_one = monthly(
        lines([*a, *(row | {"customer_id": row["customer_id"].removeprefix("other-")} for row in theirs)], "s")
    )
    found = combined(monthly(lines(a, "a")), monthly(lines(theirs, "b")), [("C1", "other-C1"), ("C2", "other-C2")])
    assert found.customer.to_pylist() == as_one.customer.to_pylist()
    assert found.product.to_pylist() == as_one.product.to_pylist()
    if len(found.customer):
        assert found.names == as_one.names
        for name in ("quantity", "orders", "days", "suppliers"):
            assert np.allclose(getattr(found, name), getattr(as_one, name)), name
        assert found.started.tolist() == as_one.started.tolist()
        assert (found.largest_day <= as_one.largest_day + 1e-9).all()
        assert (found.squares <= as_one.squares + 1e-9).all()
        # A supplier that only took back has no series of this buyer.
        assert (found.returned <= as_one.returned).all()


def test_only_matched_buyers_and_one_buyer_of_several_ids():
    row = {"item": "x", "ordered_on": dt.date(2026, 1, 5), "units": 10.0, "kind": "sale", "supplier_id": "s"}
    a = monthly(lines([row | {"customer_id": name} for name in ("C1", "C2", "C3")], "a"))
    b = monthly(lines([row | {"customer_id": name, "ordered_on": dt.date(2026, 3, 5)} for name in ("X", "Y")], "b"))
    found = combined(a, b, [("C2", "X"), ("C1", "X"), ("C1", "Y")])
    assert found.customer.to_pylist() == ["C1"]
    assert found.quantity.tolist() == [[20.0, 0.0, 20.0]]
    assert combined(a, b, []).quantity.size == 0
