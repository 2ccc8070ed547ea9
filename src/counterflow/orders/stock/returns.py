"""Returns against sales: what came back without having been sold, and how much of what was sold came back."""

from __future__ import annotations

import pyarrow as pa

from counterflow.orders.stock.desk import Desk

__all__ = ["RETURNED", "returned"]

#: what `returned` returns
RETURNED = pa.schema(
    [
        pa.field("customer_id", pa.string()),
        pa.field("product", pa.string(), nullable=False),
        pa.field("measure", pa.string()),
        pa.field("sold", pa.float64()),
        pa.field("returned", pa.float64()),
        pa.field("share", pa.float64(), metadata={"doc": "of what was sold to that customer; empty where nothing was"}),
        pa.field("last_on", pa.date32()),
        pa.field("standing", pa.string(), metadata={"doc": "ok | more than sold | never sold | not in stock"}),
        pa.field("words", pa.string()),
    ]
)
_BY_CUSTOMER = """SELECT customer_id, product, measure, coalesce(sum(q) FILTER (kind = 'sale'), 0) AS sold,
    sum(q) FILTER (kind = 'return') AS returned, max(day) FILTER (kind = 'return') AS last_on
  FROM line WHERE measure IS NOT NULL GROUP BY ALL HAVING count(*) FILTER (kind = 'return') > 0"""
_INTO_STOCK = """SELECT l.product, l.measure, l.returned, coalesce(s.q, 0) AS booked FROM (
    SELECT product, measure, sum(q) AS returned FROM line WHERE kind = 'return' AND measure IS NOT NULL GROUP BY ALL) l
  LEFT JOIN (SELECT product, measure, sum(q) AS q FROM event WHERE kind = 'return' GROUP BY ALL) s
    ON s.product = l.product AND s.measure = l.measure
  WHERE EXISTS (SELECT 1 FROM event e WHERE e.kind = 'return' AND e.product = l.product)
    AND coalesce(s.q, 0) < l.returned"""


def returned(desk: Desk) -> pa.Table:
    """Return what each customer gave back, and what was given back by orders but never booked into stock."""
    rows = []
    for row in desk.rows(_BY_CUSTOMER):
        share = row["returned"] / row["sold"] if row["sold"] else None
        standing = "never sold" if share is None else "more than sold" if share > 1 else "ok"
        told = f"{row['returned']:,.6g} of {row['sold']:,.6g} {row['measure']} came back, the last on {row['last_on']}."
        rows.append(row | {"share": share, "standing": standing, "words": told})
    for row in desk.rows(_INTO_STOCK):
        lacking = row["returned"] - row.pop("booked")
        words = f"{lacking:,.6g} {row['measure']} came back by orders and were not booked into stock."
        rows.append(row | {"standing": "not in stock", "words": words})
    rank = {"never sold": 0, "more than sold": 1, "not in stock": 2}
    rows.sort(key=lambda row: (rank.get(row["standing"], 3), -(row.get("share") or 0), row["product"]))
    return pa.Table.from_pylist(rows, schema=RETURNED)
