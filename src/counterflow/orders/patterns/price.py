"""Price and purity: what is paid, and at which strength, against what this firm's other customers pay and take.

Prices are compared per unit, within one currency and one class of size (a factor of the square root of ten), on a log
scale; told from three interquartile ranges beyond the quartile, "far out" in Tukey's words (Exploratory Data Analysis
1977, section 2D). A price list with hardly any spread is given one of 5 per cent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from counterflow.orders.patterns.desk import Desk
from counterflow.orders.patterns.found import Found, amount, day_of, peers

__all__ = ["find", "find_purity"]

_PAID = """CREATE TABLE paid AS SELECT c, g, p, measure, t, day, asked, order_id, currency, price, q,
    hash(p, measure, currency, round(2 * log10(q)))::UBIGINT AS k, ln(price / q) AS v
  FROM o WHERE kind = 'sale' AND price > 0 AND q > 0 AND p > 0"""
_PURE = """CREATE TABLE pure AS SELECT c, g, p AS k, p, t, day, asked, order_id, purity AS v,
    max(purity) OVER (PARTITION BY c, p ORDER BY day RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS own
  FROM o WHERE kind = 'sale' AND purity > 0 AND p > 0"""
#: points of per cent above the middle that make a purity another one
_POINTS = 5.0


def find(desk: Desk) -> Iterator[Found]:
    """Yield prices far above or below the usual; weak, moderate where twice or half the middle price as well."""
    s = desk.setting
    desk.store.execute(_PAID)
    desk.bars("paid_bar", "SELECT c, '' AS g, k, t, v FROM paid", of="price")
    spread = f"greatest(b_q3 - b_q1, ln({s.least_spread}))"
    hits = desk.rows(
        f"SELECT * FROM {desk.against('paid_bar', 'SELECT * FROM paid WHERE asked')}"
        f" WHERE v > b_q3 + {s.far_out} * {spread} OR v < b_q1 - {s.far_out} * {spread}"
        f" QUALIFY row_number() OVER (PARTITION BY c, p, v > b_mid, t ORDER BY day, order_id) = 1 AND {desk.standing}"
    )
    desk.done("paid", "paid_bar")
    for row in hits:
        ratio = math.exp(row["v"] - row["b_mid"])
        side = "above" if ratio > 1 else "below"
        each = f"{row['price'] / row['q']:,.4g} {row['currency'] or ''}".strip()
        yield Found(
            "price", "moderate" if ratio >= 2 or ratio <= 0.5 else "weak", row["c"], row["p"], row["day"],
            f"{each} for each {row['measure']} on {day_of(row['day'])}, {amount(row['q'], row['measure'])} in all:"
            f" {ratio:.2f} times the middle price of {row['b_n']:,} orders of that size by"
            f" {peers(row)}, far {side} them.",
            row["order_id"],
            {"orders": [row["order_id"]], "unit_price": row["price"] / row["q"], "currency": row["currency"],
             "ratio_to_middle": round(ratio, 3), "which": side},
        )  # fmt: skip


def find_purity(desk: Desk) -> Iterator[Found]:
    """Yield purities above those of 95 of 100 peers' orders, five points above the middle, and new for the customer."""
    desk.store.execute(_PURE)
    desk.bars("pure_bar", "SELECT c, g, k, t, v FROM pure", of="purity")
    hits = desk.rows(
        f"SELECT * FROM {desk.against('pure_bar', 'SELECT * FROM pure WHERE asked AND (own IS NULL OR v > own)')}"
        f" WHERE v > b_high95 AND v >= b_mid + {_POINTS}"
        f" QUALIFY row_number() OVER (PARTITION BY c, p, t ORDER BY day, order_id) = 1 AND {desk.standing}"
    )
    desk.done("pure", "pure_bar")
    for row in hits:
        yield Found(
            "purity", "weak", row["c"], row["p"], row["day"],
            f"{row['v']:g} % ordered on {day_of(row['day'])}, for the first time; of {row['b_n']:,}"
            f" orders of {peers(row)}"
            f" 95 of 100 were at {row['b_high95']:g} % or less, the middle at {row['b_mid']:g} %.",
            row["order_id"],
            {"orders": [row["order_id"]], "purity_pct": row["v"], "usual_to_pct": row["b_high95"]},
        )  # fmt: skip
