"""Round trips: goods that come back and are ordered again, and products sold back and forth between two firms."""

from __future__ import annotations

from collections.abc import Iterator

from counterflow.orders.patterns.desk import Desk
from counterflow.orders.patterns.found import Found, amount, day_of, peers

__all__ = ["find"]

_BACK = """CREATE TABLE back AS SELECT *, came / sold AS v FROM (
  SELECT *, sum(q_back) OVER w AS came, sum(q_sold) OVER w AS sold, sum((q_back > 0)::INTEGER) OVER w AS times,
         max(CASE WHEN q_back > 0 THEN day END) OVER (PARTITION BY c, k ORDER BY day RANGE BETWEEN 30 PRECEDING
           AND 1 PRECEDING)
           AS came_on
  FROM (SELECT c, any_value(g) AS g, p, measure, hash(p, measure)::UBIGINT AS k, day, any_value(t) AS t,
          sum(CASE WHEN kind = 'sale' THEN q ELSE 0 END) AS q_sold, sum(CASE WHEN kind <> 'sale' THEN q ELSE 0
            END) AS q_back,
          bool_or(asked) AS asked, min(order_id) AS order_id FROM o
        WHERE q > 0 AND p > 0 AND c IN (SELECT c FROM o WHERE kind <> 'sale') GROUP BY c, p, measure, day)
  WINDOW w AS (PARTITION BY c, k ORDER BY day RANGE BETWEEN {window} PRECEDING AND CURRENT ROW))
  WHERE came > 0 AND sold > 0"""
_BETWEEN = """WITH pair AS (SELECT a.supplier_id AS s, u.customer_id AS b, a.c, a.p, a.measure, a.day, a.t,
  a.q, a.asked,
      a.order_id FROM o a JOIN cust u USING (c) WHERE a.kind = 'sale' AND a.p > 0 AND a.q > 0
      AND a.supplier_id IN (SELECT customer_id FROM cust) AND u.customer_id IN (SELECT supplier_id FROM o))
SELECT x.*, y.q AS q_other, y.day AS day_other, y.order_id AS other_id, x.s AS partner FROM pair x
  JOIN pair y ON y.s = x.b AND y.b = x.s AND y.p = x.p AND y.measure = x.measure AND x.s <> x.b
    AND y.day BETWEEN x.day - {recent} AND x.day"""


def find(desk: Desk) -> Iterator[Found]:
    """Yield goods returned or bought back and re-ordered, twice at least; and sales between two firms both ways."""
    s = desk.setting
    desk.store.execute(_BACK.format(window=s.window))
    desk.bars("back_bar", "SELECT c, g, k, t, v FROM back", of="return-and-reorder")
    hits = desk.rows(
        f"SELECT * FROM {desk.against('back_bar', 'SELECT * FROM back WHERE asked AND times >= 2 AND q_sold > 0')}"
        " WHERE v > b_high AND came_on IS NOT NULL"
        f" QUALIFY row_number() OVER (PARTITION BY c, k, t ORDER BY day) = 1 AND {desk.standing}"
    )
    desk.done("back", "back_bar")
    for row in hits:
        yield Found(
            "return-and-reorder", "moderate" if row["v"] > row["b_top"] else "weak", row["c"], row["p"], row["day"],
            f"In the {s.window} days up to {day_of(row['day'])} {amount(row['came'], row['measure'])} of"
            f" {amount(row['sold'], row['measure'])} came back, on {row['times']:.0f} days, the last on"
            f" {day_of(row['came_on'])}; then it was ordered again. All but {s.rare:.1%} of"
            f" {peers(row)} gave back less.",
            row["order_id"],
            {"orders": [row["order_id"]], "came_back": row["came"], "sold": row["sold"], "measure": row["measure"]},
        )  # fmt: skip
    both = desk.rows(
        f"SELECT * FROM ({_BETWEEN.format(recent=s.recent)}) WHERE asked"
        f" QUALIFY row_number() OVER (PARTITION BY c, p, partner, t ORDER BY day) = 1 AND {desk.standing}"
    )
    for row in both:
        yield Found(
            "round-trip", "moderate", row["c"], row["p"], row["day"],
            f"{amount(row['q'], row['measure'])} bought from {row['partner']} on {day_of(row['day'])}, to which"
            f" {amount(row['q_other'], row['measure'])} of the same were sold on {day_of(row['day_other'])}.",
            row["order_id"],
            {"orders": [row["order_id"], row["other_id"]], "partner": row["partner"], "which": row["partner"]},
        )  # fmt: skip
