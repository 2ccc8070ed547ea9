"""One customer's months of a product for the dossier, beside what was to be expected and beside its peers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from counterflow.orders.monitor.months import Months

__all__ = ["customer_series"]

#: the mean of so many last months is laid beside that of the peers
PEER_MONTHS = 3
_MOST_MONTHS = 36


def customer_series(
    months: Months,
    customer: str,
    product: str | None = None,
    *,
    watched: Sequence[Mapping[str, Any]] = (),
    alarms: Sequence[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """Return one entry per product and measure that a customer ordered: its months, and its peers without their names.

    Args:
        months: all orders by month.
        customer: the customer.
        product: only this product; all where None.
        watched: rows of the monitor of this customer (drug, month, baseline, alarm, open), where it was run.
        alarms: stored alarms of this customer; stand in for `watched` in their own months.
    """
    owners, products = months.customer.to_pylist(), months.product.to_pylist()
    measures, lines = months.measure.to_pylist(), months.line.to_pylist()
    told, first = _told(watched, alarms), _first_open(alarms)
    found = []
    for place, owner in enumerate(owners):
        if owner != customer or (product is not None and products[place] != product):
            continue
        like = [
            other
            for other, same in enumerate(products)
            if same == products[place] and measures[other] == measures[place] and owners[other] != customer
        ]
        same_line = [other for other in like if lines[other] == lines[place]] if lines[place] else []
        peers = same_line or like
        group = f"customers of type {lines[place]}" if same_line else "all who order it"
        late = months.quantity[:, -PEER_MONTHS:]
        found.append(
            {
                "product": products[place], "measure": measures[place],
                "months": _months(months, place, told, first), "peer_group": group,
                "peers": sorted(float(late[other].mean()) for other in peers),
                "own": float(late[place].mean()), "peer_months": int(late.shape[1]),
                "returned": float(months.returned[place].sum()),
            }
        )  # fmt: skip
    found.sort(key=lambda row: (-any(m["alarm"] for m in row["months"]), row["product"], row["measure"]))
    return found


def _told(
    watched: Sequence[Mapping[str, Any]], alarms: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return what is known of each (product, measure, month); the monitor's rows stand for the measure they show."""
    told: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in watched:
        key = (str(row["drug"]), str(row.get("measure") or ""), str(row["month"]))
        told[key] = {"baseline": row["baseline"], "alarm": bool(row["alarm"]), "open": bool(row["open"])}
    for row in alarms:
        key = (str(row["product"]), str(row["measure"] or ""), str(row["month"]))
        told[key] = told.get(key, {"baseline": row["baseline"], "open": bool(row.get("open"))}) | {"alarm": True}
    return told


def _first_open(alarms: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return, by product, the month of the first alarm that is open still: the months after it stand under it."""
    first: dict[str, str] = {}
    for row in alarms:
        if row.get("open"):
            product, month = str(row["product"]), str(row["month"])
            first[product] = min(first.get(product, month), month)
    return first


def _months(
    months: Months, place: int, told: Mapping[tuple[str, str, str], Mapping[str, Any]], first: Mapping[str, str]
) -> list[dict[str, Any]]:
    product, measure = months.product[place].as_py(), months.measure[place].as_py()
    start = max(int(months.started[place]), months.quantity.shape[1] - _MOST_MONTHS)
    rows = []
    for column in range(start, months.quantity.shape[1]):
        name = months.names[column]
        quiet = {"baseline": None, "alarm": False, "open": product in first and name >= first[product]}
        said = told.get((product, measure, name)) or told.get((product, "", name)) or quiet
        quantity = float(np.round(months.quantity[place, column], 3))
        rows.append({"month": name, "quantity": quantity, "orders": int(months.orders[place, column])} | dict(said))
    return rows
