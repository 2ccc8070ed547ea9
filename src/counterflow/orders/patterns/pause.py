"""Dormant, then active: a long pause, and then more than ever.

A pause is long where it is longer than any before, than half a year, and than five times the customer's own mean gap
(with orders at random times, a Poisson process, 1 pause of 148 is as long).
"""

from __future__ import annotations

from collections.abc import Iterator

from counterflow.orders.patterns.desk import Desk
from counterflow.orders.patterns.found import Found, amount, day_of

__all__ = ["find"]

_WOKEN = """WITH gaps AS (SELECT *, day - lag(day) OVER (PARTITION BY c, k ORDER BY day) AS gap,
      row_number() OVER (PARTITION BY c, k ORDER BY day) - 1 AS before, min(day) OVER (PARTITION BY c, k) AS began,
      sum(q) OVER (PARTITION BY c, k ORDER BY day RANGE BETWEEN {last} PRECEDING AND CURRENT ROW) AS total FROM d),
  woken AS (SELECT * FROM (SELECT *,
      max(gap) OVER earlier AS longest, max(total) OVER earlier AS most FROM gaps
      WINDOW earlier AS (PARTITION BY c, k ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
    WHERE gap >= {settled} AND gap > longest
      AND gap >= 5.0 * (day - gap - began) / greatest(before - 1, 1) AND before >= {least})
SELECT w.c, w.p, w.k, w.measure, w.day AS began, w.gap, w.most, d.day, d.asked, d.order_id, d.t,
    sum(d.q) OVER (PARTITION BY w.c, w.k, w.day ORDER BY d.day) AS since
  FROM woken w JOIN d ON d.c = w.c AND d.k = w.k AND d.day BETWEEN w.day AND w.day + {last}"""


def find(desk: Desk) -> Iterator[Found]:
    """Yield customers that wake with more in 90 days than in any 90 days before; moderate from twice as much."""
    s = desk.setting
    sql = _WOKEN.format(last=s.recent - 1, settled=s.settled, least=s.earlier)
    hits = desk.rows(
        f"SELECT * FROM ({sql}) WHERE since > most AND asked"
        f" QUALIFY row_number() OVER (PARTITION BY c, k, began, since >= 2 * most ORDER BY day) = 1 AND {desk.standing}"
    )
    for row in {(row["c"], row["k"], row["began"]): row for row in sorted(hits, key=lambda r: int(r["day"]))}.values():
        yield Found(
            "dormant-then-active", "moderate" if row["since"] >= 2 * row["most"] else "weak",
            row["c"], row["p"], row["day"],
            f"After {row['gap']} days without an order, {amount(row['since'], row['measure'])} from"
            f" {day_of(row['began'])} to {day_of(row['day'])}; the most in {s.recent} days before the pause was"
            f" {amount(row['most'], row['measure'])}.",
            row["order_id"],
            {"orders": [row["order_id"]], "pause_days": row["gap"], "quantity": row["since"],
             "most_before": row["most"],
             "measure": row["measure"]},
        )  # fmt: skip
