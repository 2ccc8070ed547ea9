"""Shares: of controlled items in what a customer buys, and of the customer in all sales of a product.

A share of the firm's sales is held against the customer's own share in the months before, so that a market that grows
for everybody moves nothing, and against how the peers' shares moved.
"""

from __future__ import annotations

from collections.abc import Iterator

from counterflow.orders.patterns.desk import Desk
from counterflow.orders.patterns.found import Found, day_of, month_of, peers

__all__ = ["find", "find_basket"]

_LEAST_LINES = 20
_BASKET = """CREATE TABLE basket AS SELECT *, 0 AS k, controlled / lines AS v FROM (
  SELECT c, g, t, day, asked, sum(listed_rows) OVER w AS controlled, sum(rows) OVER w AS lines FROM (
    SELECT c, any_value(g) AS g, any_value(t) AS t, day, bool_or(asked) AS asked, count(*) AS rows,
           sum(listed::INTEGER) AS listed_rows FROM o WHERE kind = 'sale' GROUP BY c, day)
  WINDOW w AS (PARTITION BY c ORDER BY day RANGE BETWEEN {window} PRECEDING AND CURRENT ROW)) WHERE lines >= {least}"""
#: Whole months with sales of the product; the share of three months against that of the nine before.
_SHARES = """CREATE TABLE shares AS SELECT *, ln(now / whole_now) - ln(past / whole_past) AS v FROM (
  SELECT s.c, s.g, s.p, s.measure, s.k, s.m, s.asked, m // 12 * 4 + m % 12 // 3 + 1 AS t,
    sum(q) OVER recently AS now, sum(q) OVER earlier AS past, sum(whole) OVER recently AS whole_now,
    sum(whole) OVER earlier AS whole_past, count(*) OVER earlier AS months
  FROM (SELECT c, any_value(g) AS g, p, measure, k, m, sum(q) AS q, bool_or(asked) AS asked FROM d
        GROUP BY c, p, measure, k, m) s
  JOIN (SELECT k, m, sum(q) AS whole FROM d GROUP BY k, m) USING (k, m)
  WINDOW recently AS (PARTITION BY s.c, s.k ORDER BY s.m RANGE BETWEEN 2 PRECEDING AND CURRENT ROW),
         earlier AS (PARTITION BY s.c, s.k ORDER BY s.m RANGE BETWEEN 11 PRECEDING AND 3 PRECEDING))
  WHERE months >= 6 AND whole_now > 0 AND past > 0"""
_MONTH_END = "(make_date((m + 1) // 12, (m + 1) % 12 + 1, 1) - DATE '1970-01-01')::INTEGER - 1"


def find(desk: Desk) -> Iterator[Found]:
    """Yield customers whose share in the sales of a product rose as it hardly does for peers; moderate beyond all."""
    s = desk.setting
    desk.store.execute(_SHARES)
    desk.bars("shares_bar", "SELECT c, g, k, t, v FROM shares", pooled=True, of="share-of-sales")
    above = f"SELECT * FROM shares WHERE asked AND v >= ln({s.material})"
    hits = desk.rows(
        f"SELECT *, {_MONTH_END} AS day FROM {desk.against('shares_bar', above)}"
        f" WHERE v > b_high AND {_MONTH_END} <= {desk.on}"
        f" QUALIFY row_number() OVER (PARTITION BY c, k, t ORDER BY m) = 1 AND {_MONTH_END} > {desk.lasts_from}"
    )
    desk.done("shares", "shares_bar")
    for row in hits:
        now, before = row["now"] / row["whole_now"], row["past"] / row["whole_past"]
        beyond = row["v"] > row["b_top"] and now >= 2 * s.material * before
        yield Found(
            "share-of-sales", "moderate" if beyond else "weak", row["c"], row["p"], row["day"],
            f"{now:.1%} of all sales of the product in three months up to {month_of(row['m'])},"
            f" {before:.1%} in the nine"
            f" before. Fewer than {s.rare:.1%} of the months of {peers(row)} show such a rise.",
            "",
            {"share": round(now, 5), "share_before": round(before, 5), "measure": row["measure"]},
        )  # fmt: skip


def find_basket(desk: Desk) -> Iterator[Found]:
    """Yield customers with more controlled or listed items in their basket than nearly all peers have."""
    s = desk.setting
    desk.store.execute(_BASKET.format(window=s.window, least=_LEAST_LINES))
    desk.bars("basket_bar", "SELECT c, g, k, t, v FROM basket", of="basket-share")
    hits = desk.rows(
        f"SELECT * FROM {desk.against('basket_bar', 'SELECT * FROM basket WHERE asked')} WHERE v > b_high"
        f" QUALIFY row_number() OVER (PARTITION BY c, t ORDER BY day) = 1 AND {desk.standing}"
    )
    desk.done("basket", "basket_bar")
    for row in hits:
        yield Found(
            "basket-share", "moderate" if row["v"] > row["b_top"] else "weak", row["c"], 0, row["day"],
            f"{row['controlled']:.0f} of {row['lines']:.0f} rows in {s.window} days up to"
            f" {day_of(row['day'])} are controlled"
            f" or listed, {row['v']:.0%}; with all but {s.rare:.1%} of {peers(row)} it was"
            f" {row['b_high']:.0%} or less.",
            "",
            {"controlled_rows": int(row["controlled"]), "rows": int(row["lines"]), "usual_to": round(row["b_high"], 4)},
        )  # fmt: skip
