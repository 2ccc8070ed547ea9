"""Small order books for tests: one line per customer and month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from counterflow.core.seeds import generator
from counterflow.orders.monitor.months import month_name, month_number

FIRST = month_number("2020-01")


def name(at: int) -> str:
    return month_name(FIRST + at)


def day(at: int, number: int = 5) -> dt.date:
    return dt.date((FIRST + at) // 12, (FIRST + at) % 12 + 1, number)


def book(quantities: Mapping[str, Sequence[float]], *, measure: str = "units", line: str = "PHARMACY") -> pa.Table:
    """Orders of each customer by month; three visits a month share its quantity."""
    rows = [
        {
            "customer_id": customer, "ordered_on": day(at, 4 + 8 * visit), measure: quantity / 3, "kind": "sale",
            "item": "drug", "customer_type": line, "strength_mg": 10.0 if measure == "units" else None,
        }
        for customer, months in quantities.items()
        for at, quantity in enumerate(months)
        for visit in range(3)
        if quantity
    ]  # fmt: skip
    types = {"strength_mg": pa.float64(), measure: pa.float64(), "ordered_on": pa.date32()}
    return pa.table({name: pa.array([row[name] for row in rows], types.get(name)) for name in rows[0]})


def steady(seed: int, months: int, level: float = 3000.0, spread: float = 0.15) -> np.ndarray:
    """Months about a level, log-normal."""
    return level * np.exp(generator(seed, "steady").normal(0, spread, months))


def by_month(told: pa.Table, customer: str = "C") -> dict[str, dict[str, object]]:
    return {row["month"]: row for row in told.to_pylist() if row["buyer_id"] == customer}
