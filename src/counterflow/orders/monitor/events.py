"""What people decided and what customers declared, as events that the watch takes in on their month.

A decision counts where it disposes of an alarm (`act` dispose, or an outcome) of a customer, with its product or for
all of them. Found ``explained`` with a monthly quantity accepted (`new_expected`), it sets the baseline anew; without
one, and found anything else (unexplained, diverted, error), it closes the alarm and teaches nothing: the same surge
raises it again.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.errors import UnknownName
from counterflow.core.units import unit_of
from counterflow.orders.monitor.layout import DECLARATION, DISPOSED, GIVEN_LEVEL, VISITS
from counterflow.orders.monitor.series import Rows

__all__ = ["declared_events", "disposed_events", "in_order"]

Floats = npt.NDArray[np.float64]

_PERIODS = {"month": 1.0, "quarter": 3.0, "year": 12.0}
_MEASURES = {"pieces": "units", "mass": "grams", "volume": "litres"}

_Event = tuple[float, float, float, float]


def in_order(*several: list[_Event]) -> Floats:
    """Return events ordered by month, declarations before disposals of the same month."""
    events = sorted((event for some in several for event in some), key=lambda e: (e[0], -e[1], e[2]))
    return np.array(events, dtype=np.float64).reshape(-1, 4)


def disposed_events(rows: Rows, decisions: pa.Table) -> list[_Event]:
    """Return disposals of alarms as events.

    Args:
        rows: what is watched.
        decisions: `ORDER_DECISION` rows.
    """
    found: list[_Event] = []
    places = _places(rows)
    for said in decisions.to_pylist():
        if said["act"] != "dispose" or said["subject"] not in {"alarm", "customer"}:
            continue
        column = _column(rows, said["decided_at"])
        accepted = said.get("new_expected") if said.get("finding") == "explained" else None
        for subject in _meant(places, said.get("customer_id"), said.get("product")):
            row = _shown_row(rows, subject, column)
            kind = GIVEN_LEVEL if accepted else DISPOSED
            found.append((column, kind, row, float(accepted or 0.0)))
    return found


def _column(rows: Rows, at: dt.datetime | dt.date) -> int:
    return max(at.year * 12 + at.month - 1 - rows.months.first, 0)


def _places(rows: Rows) -> dict[str, dict[str, int]]:
    customers, products = rows.subjects()
    places: dict[str, dict[str, int]] = {}
    for subject, (customer, product) in enumerate(zip(customers.to_pylist(), products.to_pylist(), strict=True)):
        places.setdefault(customer, {})[product] = subject
    return places


def _meant(places: dict[str, dict[str, int]], customer: str | None, product: str | None) -> list[int]:
    """Return the subjects that a customer's name and a product (any, where empty) mean."""
    known = places.get(customer or "", {})
    if not product:
        return list(known.values())
    return [known[product]] if product in known else []


def _shown_row(rows: Rows, subject: int, column: int) -> int:
    """Return the row of a subject that is shown in a month: the first of its measures that it ever had by then."""
    first, end = int(rows.begins[subject]), int(rows.begins[subject + 1])
    had = [row for row in range(first, end) if rows.kind[row] != VISITS and rows.started[row] <= column]
    return had[0] if had else first


def declared_events(rows: Rows, expected: pa.Table) -> tuple[list[_Event], int]:
    """Return what customers declared as events, and how many declarations met no series of the same measure.

    Args:
        rows: what is watched.
        expected: `CUSTOMER_EXPECTED` rows; a column `product` names the substance where it is known.

    Raises:
        UnknownName: a period that is none of month, quarter, year.
    """
    found: list[_Event] = []
    unmet, places = 0, _places(rows)
    measures = rows.months.measure.take(pa.array(rows.series)).to_pylist()
    for said in expected.to_pylist():
        amount, measure = _monthly(said)
        row = None
        for subject in _meant(places, said["record_id"], _product_of(said)) if amount else []:
            mine = range(int(rows.begins[subject]), int(rows.begins[subject + 1]))
            row = next((r for r in mine if rows.kind[r] != VISITS and measures[r] == measure), None)
        if row is None:
            unmet += 1
            continue
        column = _column(rows, said["declared_on"]) if said.get("declared_on") else 0
        found.append((column, DECLARATION, row, amount))
    return found, unmet


def _product_of(said: dict[str, Any]) -> str:
    return said.get("product") or (said.get("item") or "").strip().lower()


def _monthly(said: dict[str, Any]) -> tuple[float, str]:
    """Return a declared quantity per month and its measure."""
    period = said.get("period") or "month"
    if period not in _PERIODS:
        raise UnknownName("period of a declared volume", period, _PERIODS)
    amount = float(said.get("quantity") or 0.0) / _PERIODS[period]
    written = (said.get("unit") or "units").strip().lower()
    unit = unit_of(written)
    if unit is None or unit.kind not in _MEASURES:
        return amount, "units" if written == "units" else written
    return amount * unit.factor, _MEASURES[unit.kind]
