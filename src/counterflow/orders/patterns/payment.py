"""Payment: cash, crypto or somebody else's money, where that is uncommon in the customer's line of business."""

from __future__ import annotations

from collections.abc import Iterator

from counterflow.orders.patterns.desk import Desk
from counterflow.orders.patterns.found import Found, day_of

__all__ = ["find"]

_WORDS = {"cash": "in cash", "crypto": "in a crypto currency", "third party": "by a third party"}
_WAYS = ", ".join(f"'{way}'" for way in _WORDS)
_USUAL = """CREATE TABLE paying AS SELECT g, payment, t, count(DISTINCT c) AS n FROM (
  SELECT DISTINCT c, g, payment, {told} AS t FROM o
  WHERE kind = 'sale' AND payment IN ({ways})) GROUP BY GROUPING SETS ((g, payment, t), (payment, t))"""
_ODD = f"""SELECT x.*, coalesce(a.customers, w.customers) AS peers, a.customers IS NOT NULL AND x.g <> '' AS of_peers,
    coalesce(CASE WHEN a.customers IS NULL THEN pw.n ELSE pa.n END, 0) AS n FROM (
  SELECT c, g, p, t, day, asked, order_id, listed, payment, usual, others FROM (
    SELECT *, mode(payment) OVER before AS usual, count(payment) OVER before AS others FROM o
    WHERE kind = 'sale' AND c IN (SELECT c FROM o WHERE payment IN ({_WAYS}))
    WINDOW before AS (PARTITION BY c ORDER BY day RANGE BETWEEN 365 PRECEDING AND 1 PRECEDING))
  WHERE payment IN ({_WAYS}) AND asked) x
LEFT JOIN active a ON a.g = x.g AND x.g <> '' AND a.t = x.t AND a.customers >= {{least}}
LEFT JOIN active w ON w.g IS NULL AND w.t = x.t AND w.customers >= {{least}}
LEFT JOIN paying pa ON pa.g = x.g AND pa.payment = x.payment AND pa.t = x.t
LEFT JOIN paying pw ON pw.g IS NULL AND pw.payment = x.payment AND pw.t = x.t"""


def find(desk: Desk) -> Iterator[Found]:
    """Yield uncommon payments, once a quarter each; moderate for a listed product or a change from another way."""
    s = desk.setting
    desk.store.execute(_USUAL.format(told=desk.told, ways=_WAYS))
    hits = desk.rows(
        f"SELECT * FROM ({_ODD.format(least=s.least_peers)}) WHERE peers IS NULL OR n < {s.rare_share} * peers"
        " QUALIFY row_number() OVER (PARTITION BY c, payment, t ORDER BY listed DESC, day, order_id) = 1"
        f" AND {desk.standing}"
    )
    for row in hits:
        changed = row["others"] >= s.earlier and row["usual"] != row["payment"]
        before = (
            f" The {row['others']} orders of the year before were mostly paid by {row['usual']}." if changed else ""
        )
        who = f"“{row['g']}”" if row["of_peers"] else "all lines of business"
        usual = (
            f" {row['n']} of {row['peers']:,} customers of {who} paid so in the year before." if row["peers"] else ""
        )
        yield Found(
            "payment", "moderate" if row["listed"] or changed else "weak", row["c"], row["p"], row["day"],
            f"Paid {_WORDS[row['payment']]} on {day_of(row['day'])}.{before}{usual}",
            row["order_id"],
            {"orders": [row["order_id"]], "payment": row["payment"], "usual": row["usual"], "listed": row["listed"],
             "peers": row["peers"], "peers_paying_so": row["n"]},
        )  # fmt: skip
