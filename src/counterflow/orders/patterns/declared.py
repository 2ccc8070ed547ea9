"""More than was declared: what a customer ordered in 90 days against the quantity it said it would buy in such a time.

Ninety days, not a month: who orders once a quarter passes a monthly figure each time, and bought no more than it said.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from counterflow.core.units import unit_of
from counterflow.orders.patterns.desk import Desk
from counterflow.orders.patterns.found import Found, amount, day_of

__all__ = ["find", "keep_expected"]

#: measure of the orders for each kind of unit that a declaration may be in; packs of no size give none
_MEASURES = {"mass": "g", "volume": "l", "pieces": "units"}
_TOTALS = """CREATE TABLE over AS SELECT *, a_month * {share} AS said, ln(total / (a_month * {share})) AS v FROM (
  SELECT d.*, s.a_month, sum(q) OVER w AS total, list(order_id) OVER w AS orders
  FROM d JOIN said s ON s.c = d.c AND s.p = d.p AND s.measure = d.measure WHERE s.a_month > 0
  WINDOW w AS (PARTITION BY d.c, d.k ORDER BY day RANGE BETWEEN {last} PRECEDING AND CURRENT ROW))"""
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
    """Yield totals above what was declared: weak beyond the tolerance, moderate from twice, strong from four times.

    Where enough peers declared something, the total has to stand as far above as theirs hardly do: 95 of 100 for weak,
    `1 - rare` for moderate, all of them for strong.
    """
    s = desk.setting
    desk.store.execute(_TOTALS.format(last=s.recent - 1, share=s.recent * 12 / 365.25))
    desk.bars("over_bar", "SELECT c, g, k, t, v FROM over", of="above-declared", pooled=True)
    hits = desk.rows(
        f"""SELECT x.*, coalesce(b.high95, w.high95, 0) AS usual, coalesce(b.high, w.high, 0) AS rare,
          coalesce(b.top, w.top, 0) AS top FROM over x
        LEFT JOIN over_bar b ON b.g IS NULL AND b.k = x.k AND b.t = x.t
        LEFT JOIN over_bar w ON w.g IS NULL AND w.k IS NULL AND w.t = x.t
        WHERE x.asked AND x.v > ln({1 + s.tolerance}) AND x.v > coalesce(b.high95, w.high95, 0)
        QUALIFY row_number() OVER (PARTITION BY x.c, x.k, x.t, x.v >= ln(2), x.v >= ln(4) ORDER BY x.day) = 1
            AND {desk.standing}"""
    )
    desk.done("over", "over_bar")
    gravest = {(row["c"], row["k"], row["t"]): row for row in sorted(hits, key=lambda row: float(row["v"]))}
    for row in gravest.values():
        yield Found(
            "above-declared", _grade(row), row["c"], row["p"], row["day"],
            f"{amount(row['total'], row['measure'])} ordered in the {s.recent} days up to {day_of(row['day'])};"
            f" {amount(row['a_month'], row['measure'])} a month was declared, {amount(row['said'], row['measure'])} for"
            " such a time.",
            "",
            {"quantity": row["total"], "declared_a_month": row["a_month"], "measure": row["measure"],
             "ratio": round(row["total"] / row["said"], 3), "orders": row["orders"][-12:]},
        )  # fmt: skip


def _grade(row: dict[str, Any]) -> str:
    ratio = row["total"] / row["said"]
    if ratio >= 4 and row["v"] > row["top"]:
        return "strong"
    return "moderate" if ratio >= 2 and row["v"] > row["rare"] else "weak"
