"""More than was declared: what a customer ordered in a month against the quantity it said it would buy."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from counterflow.core.units import unit_of
from counterflow.orders.patterns.desk import Desk
from counterflow.orders.patterns.found import Found, amount, day_of, month_of

__all__ = ["find", "keep_expected"]

#: measure of the orders for each kind of unit that a declaration may be in; packs of no size give none
_MEASURES = {"mass": "g", "volume": "l", "pieces": "units"}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def keep_expected(desk: Desk, expected: pa.Table) -> None:
    """Keep what was declared as a table `said`: c, p, measure, a_month; `measure` is empty where no quantity was said.

    Args:
        desk: where to keep it.
        expected: rows of CUSTOMER_EXPECTED, with `product` where somebody recognised the item.
    """
    rows = []
    for row in expected.to_pylist():
        unit = unit_of(row.get("unit") or "")
        whole = row.get("quantity") is not None and unit is not None and unit.kind in _MEASURES
        months = _MONTHS.get(row.get("period") or "month", 1)
        rows.append(
            {
                "customer_id": row["record_id"],
                "product": row.get("product") or (row.get("item") or "").casefold(),
                "measure": _MEASURES[unit.kind] if whole and unit else None,
                "a_month": row["quantity"] * unit.factor / months if whole and unit else None,
            }
        )
    schema = pa.schema(
        [("customer_id", pa.string()), ("product", pa.string()), ("measure", pa.string()), ("a_month", pa.float64())]
    )
    desk.store.execute(
        "CREATE TABLE said AS SELECT c, p, measure, sum(a_month) AS a_month FROM held JOIN cust USING (customer_id)"
        " JOIN (SELECT DISTINCT p, product FROM prod) USING (product) GROUP BY c, p, measure",
        held=pa.Table.from_pylist(rows, schema=schema),
    )


def find(desk: Desk) -> Iterator[Found]:
    """Yield months above what was declared: weak beyond the tolerance, moderate from twice, strong from four times."""
    over = 1 + desk.setting.tolerance
    hits = desk.rows(
        f"""SELECT * FROM (SELECT d.*, s.a_month, sum(q) OVER month AS total, list(order_id) OVER month AS orders
            FROM d JOIN said s ON s.c = d.c AND s.p = d.p AND s.measure = d.measure WHERE s.a_month > 0
            WINDOW month AS (PARTITION BY d.c, d.k, d.m ORDER BY day))
        WHERE asked AND total > {over} * a_month
        QUALIFY row_number() OVER (PARTITION BY c, k, m, least(floor(total / a_month / 2), 2) ORDER BY day) = 1
            AND {desk.standing}"""
    )
    strongest = {(row["c"], row["k"], row["m"]): row for row in sorted(hits, key=lambda row: float(row["total"]))}
    for row in strongest.values():
        ratio = row["total"] / row["a_month"]
        yield Found(
            "above-declared", "strong" if ratio >= 4 else "moderate" if ratio >= 2 else "weak",
            row["c"], row["p"], row["day"],
            f"{amount(row['total'], row['measure'])} ordered in {month_of(row['m'])} up to {day_of(row['day'])};"
            f" {amount(row['a_month'], row['measure'])} a month was declared.",
            "",
            {"quantity": row["total"], "declared_a_month": row["a_month"], "measure": row["measure"],
             "ratio": round(ratio, 3), "orders": row["orders"][:12]},
        )  # fmt: skip
