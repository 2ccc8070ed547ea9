"""Frequency: the days with orders in the last 90, against the nine months before, on a scale where counts spread alike.

v = 2 (sqrt(n + 3/8) - sqrt(e + 3/8)), with n the days with an order in the last 90 and e those to be expected from days
91 to 360 before; for Poisson counts v has a spread near 1 whatever e is (Anscombe 1948, Biometrika 35, eq. 2.2). Orders
are not Poisson: so the bar is the peers' own place `1 - rare`, and at least 2.
"""

from __future__ import annotations

from collections.abc import Iterator

from counterflow.orders.patterns.desk import Desk
from counterflow.orders.patterns.found import Found, day_of, peers

__all__ = ["find"]

_RATES = """CREATE TABLE rate AS SELECT *, 2 * (sqrt(n + 0.375) - sqrt(e + 0.375)) AS v FROM (
  SELECT *, before * {recent} / (least(day - began, 360) - {recent})::DOUBLE AS e FROM (
    SELECT *, count(*) OVER lately AS n, count(*) OVER earlier AS before, sum(q) OVER lately AS total,
           sum(q) OVER earlier AS total_before, min(day) OVER (PARTITION BY c, k) AS began FROM d
    WINDOW lately AS (PARTITION BY c, k ORDER BY day RANGE BETWEEN {last} PRECEDING AND CURRENT ROW),
           earlier AS (PARTITION BY c, k ORDER BY day RANGE BETWEEN 359 PRECEDING AND {recent} PRECEDING))
  WHERE day - began >= {settled} AND before >= {least})"""


def find(desk: Desk) -> Iterator[Found]:
    """Yield products ordered far more often; moderate beyond every peer."""
    s = desk.setting
    desk.store.execute(
        _RATES.format(recent=s.recent, last=s.recent - 1, settled=s.settled + s.recent // 2, least=s.earlier)
    )
    desk.bars("rate_bar", "SELECT c, g, k, t, v FROM rate", pooled=True, of="frequency")
    hits = desk.rows(
        f"SELECT * FROM {desk.against('rate_bar', 'SELECT * FROM rate WHERE asked AND v >= 2')} WHERE v > b_high"
        f" QUALIFY row_number() OVER (PARTITION BY c, k, t ORDER BY day) = 1 AND {desk.standing}"
    )
    desk.done("rate", "rate_bar")
    for row in hits:
        yield Found(
            "frequency", "moderate" if row["v"] > row["b_top"] else "weak", row["c"], row["p"], row["day"],
            f"Orders on {row['n']} days of the {s.recent} up to {day_of(row['day'])}; {row['e']:.1f}"
            " were to be expected"
            f" from the months before. Fewer than {s.rare:.1%} of the orders of {peers(row)} came with such a rise.",
            "",
            {"days_with_orders": row["n"], "expected": round(row["e"], 2), "last_order": row["order_id"],
             "statistic": round(row["v"], 3), "quantity": row["total"], "measure": row["measure"]},
        )  # fmt: skip
