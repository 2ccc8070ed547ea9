"""A new product: listed, never bought by this customer before, and hardly bought by anybody in its line of business.

What was declared as expected is not new; what a customer with a research registration orders is not told for novelty.
"""

from __future__ import annotations

from collections.abc import Iterator

from counterflow.orders.patterns.desk import Desk
from counterflow.orders.patterns.found import Found, day_of

__all__ = ["find"]

_BUYERS = """CREATE TABLE buyers AS SELECT g, p, t, count(DISTINCT c) AS buyers FROM (
  SELECT DISTINCT c, g, p, {told} AS t FROM d WHERE listed)
  GROUP BY GROUPING SETS ((g, p, t), (p, t))"""
_FIRSTS = """SELECT f.*, coalesce(a.customers, w.customers) AS peers, a.customers IS NOT NULL AND f.g <> '' AS of_peers,
  coalesce(CASE WHEN a.customers IS NULL THEN bw.buyers ELSE ba.buyers END, 0) AS buyers FROM (
    SELECT d.*, u.began FROM d JOIN (SELECT c, min(day) AS began FROM d GROUP BY c) u ON u.c = d.c
    JOIN (SELECT c, p, min(day) AS first FROM d WHERE listed GROUP BY c, p) n ON n.c = d.c AND n.p = d.p
      AND n.first = d.day
    WHERE listed AND asked AND day - began >= {settled} AND day > {lasts_from}
    QUALIFY row_number() OVER (PARTITION BY d.c, d.p ORDER BY measure) = 1) f
  JOIN cust USING (c) LEFT JOIN said s ON s.c = f.c AND s.p = f.p
  LEFT JOIN active a ON a.g = f.g AND f.g <> '' AND a.t = f.t AND a.customers >= {least}
  LEFT JOIN active w ON w.g IS NULL AND w.t = f.t AND w.customers >= {least}
  LEFT JOIN buyers ba ON ba.g = f.g AND ba.p = f.p AND ba.t = f.t
  LEFT JOIN buyers bw ON bw.g IS NULL AND bw.p = f.p AND bw.t = f.t
  WHERE NOT cust.research AND s.c IS NULL"""


def find(desk: Desk) -> Iterator[Found]:
    """Yield first orders of a listed product; weak where few peers buy it, moderate where none does."""
    s = desk.setting
    desk.store.execute(_BUYERS.format(told=desk.told))
    sql = _FIRSTS.format(settled=s.settled, least=s.least_peers, lasts_from=desk.lasts_from)
    for row in desk.rows(f"SELECT * FROM ({sql}) WHERE peers IS NOT NULL AND buyers < {s.rare_share} * peers"):
        who = f"“{row['g']}”" if row["of_peers"] else "all lines of business"
        yield Found(
            "new-product", "weak" if row["buyers"] else "moderate", row["c"], row["p"], row["day"],
            f"First order of this listed product on {day_of(row['day'])}, {row['day'] - row['began']} days after the"
            f" customer's first order; {row['buyers']} of {row['peers']:,} customers of {who} bought it in the year"
            " before, and it is not among what was declared.",
            row["order_id"],
            {"orders": [row["order_id"]], "buyers": row["buyers"], "peers": row["peers"], "quantity": row["q"],
             "measure": row["measure"]},
        )  # fmt: skip
