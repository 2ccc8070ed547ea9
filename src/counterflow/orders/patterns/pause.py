"""Dormant, then active: a customer orders nothing for long, and then more of something than ever.

A pause is of everything the customer buys; it is long where it is longer than any before, than half a year, and than
three times the customer's own mean gap (with orders at random times, a Poisson process, 1 gap of 20 is as long).
"""

from __future__ import annotations

from collections.abc import Iterator

from counterflow.orders.patterns.desk import Desk
from counterflow.orders.patterns.found import Found, amount, day_of

__all__ = ["find"]

_WOKEN = """WITH visits AS (SELECT c, day, day - lag(day) OVER w AS gap, row_number() OVER w - 1 AS before,
      min(day) OVER (PARTITION BY c) AS began FROM (SELECT DISTINCT c, day FROM o WHERE kind = 'sale')
    WINDOW w AS (PARTITION BY c ORDER BY day)),
  woken AS (SELECT * FROM (SELECT *, max(gap) OVER (PARTITION BY c ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING
      AND 1 PRECEDING) AS longest FROM visits)
    WHERE gap >= {settled} AND gap > longest AND before >= {least}
      AND gap >= 3.0 * (day - gap - began) / greatest(before - 1, 1)),
  sums AS (SELECT d.*, sum(q) OVER (PARTITION BY c, k ORDER BY day RANGE BETWEEN {last} PRECEDING AND CURRENT ROW)
      AS total FROM d WHERE c IN (SELECT c FROM woken)),
  most AS (SELECT w.c, w.day, s.k, max(s.total) AS most FROM woken w JOIN sums s ON s.c = w.c AND s.day < w.day
    GROUP BY ALL)
SELECT w.c, d.p, d.k, d.measure, w.day AS began, w.gap, m.most, d.day, d.asked, d.order_id, d.t,
    sum(d.q) OVER (PARTITION BY w.c, d.k, w.day ORDER BY d.day) AS since
  FROM woken w JOIN d ON d.c = w.c AND d.day BETWEEN w.day AND w.day + {last}
  JOIN most m ON m.c = w.c AND m.day = w.day AND m.k = d.k"""


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
