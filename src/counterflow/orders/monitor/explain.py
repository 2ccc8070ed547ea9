"""One customer's product laid open: each month with what was expected of it, on what, and the evidence against it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from counterflow.core.errors import UnknownName
from counterflow.orders.monitor.layout import VISITS
from counterflow.orders.monitor.monitor import Monitored, rows_by_month
from counterflow.orders.monitor.reasons import basis

__all__ = ["explain"]


def explain(watched: Monitored, customer: str, product: str) -> pa.Table:
    """Return the months of one customer's product, one row for each measure and for days with orders.

    Args:
        watched: what the monitor saw.
        customer: the customer's id.
        product: the product, in any case of letters.

    Returns:
        month, measure, quantity, two_months (mean of the last two), expected, peers (their growth in it), level_part
        and sum_part (evidence in units of each limit; 1 raises an alarm), teaches (whether the month may teach the
        baseline), alarm, open, basis (what the expectation rests on), reasons.

    Raises:
        UnknownName: there is no such customer, or it never ordered that product.
    """
    seen, rows = watched.seen, watched.seen.rows
    customers, products = rows.subjects()
    named = list(zip(customers.to_pylist(), products.to_pylist(), strict=True))
    if customer not in {name for name, _ in named}:
        raise UnknownName("customer with orders", customer, {name for name, _ in named})
    mine = [at for at, (name, of) in enumerate(named) if name == customer and of.casefold() == product.casefold()]
    if not mine:
        raise UnknownName(f"product of {customer}", product, {of for name, of in named if name == customer})
    subject = mine[0]
    told = rows_by_month(watched)
    words = dict(
        zip(*(told.filter(_is(told, *named[subject]))[name].to_pylist() for name in ("month", "reasons")), strict=True)
    )
    parts = [
        _row(watched, t, r, words)
        for r in range(int(rows.begins[subject]), int(rows.begins[subject + 1]))
        for t in range(int(rows.started[r]), len(seen.opened))
    ]
    return pa.Table.from_pylist(parts)


def _is(told: pa.Table, customer: str, product: str) -> pa.Array:
    import pyarrow.compute as pc

    return pc.and_(pc.equal(told["buyer_id"], customer), pc.equal(told["drug"], product))


def _row(watched: Monitored, t: int, r: int, words: dict[str, str]) -> dict[str, object]:
    seen, rows = watched.seen, watched.seen.rows
    month, expected = rows.months.names[t], float(seen.baseline[t, r])
    before = rows.quantity[r, t - 1] if t > rows.started[r] else rows.quantity[r, t]
    visits = rows.kind[r] == VISITS
    known = not np.isnan(expected)
    return {
        "month": month,
        "measure": "days with orders" if visits else rows.months.measures[rows.series[r]],
        "quantity": round(float(rows.quantity[r, t]), 4),
        "two_months": round(float(rows.quantity[r, t] + before) / 2, 4),
        "expected": round(expected, 2) if known else None,
        "peers": round(float(seen.factor[t, rows.group[r]]), 3),
        "level_part": round(float(seen.level_part[t, r]), 3),
        "sum_part": round(float(seen.sum_part[t, r]), 3),
        "teaches": bool(seen.learned[r, t]),
        "alarm": int(seen.alarm[t, r] > 0),
        "open": int(seen.opened[t, rows.subject[r]]),
        "basis": basis(seen, watched.setting, t, r) if known else "too few months, and too few peers",
        "reasons": words.get(month, "") if seen.alarm[t, r] else "",
    }
