"""A small book of orders: steady buyers of two products."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from counterflow.core.seeds import generator


def book_of(buyers=12, months=36, start=2020, mean=400.0, seed=1):
    """Return order lines of buyers who order twice a month, some of one product and some of two."""
    rng = generator(seed, "test book")
    rows = [
        {
            "source": "test", "record_id": f"O{buyer}-{month}-{visit}", "line": 1, "kind": "sale",
            "supplier_id": "S1", "customer_id": f"C{buyer:02}", "customer_type": "pharmacy",
            "ordered_on": dt.date(start + month // 12, month % 12 + 1, int(rng.integers(1, 29))),
            "item": "alpha" if visit or buyer % 2 else "beta",
            "units": float(round(mean / 2 * (0.8 + 0.4 * rng.random()))),
        }
        for buyer in range(buyers) for month in range(months) for visit in range(2)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows)


@pytest.fixture
def book():
    return book_of()
