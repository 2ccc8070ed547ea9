"""Order size: an order above all that the customer ordered in the year before, and farther than it happens to peers.

The statistic is the logarithm of a day order over the largest day order of the same product in the 365 days before.
It is told from the place `1 - rare` of the peers' distribution on, where it is `material` as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from counterflow.orders.patterns.desk import Desk
from counterflow.orders.patterns.found import Found, amount, day_of, peers

__all__ = ["find"]

_STEPS = """CREATE TABLE step AS SELECT *, ln(q / best) AS v FROM (
  SELECT *, count(*) OVER year AS earlier, max(q) OVER year AS best FROM d
  WINDOW year AS (PARTITION BY c, k ORDER BY day RANGE BETWEEN 365 PRECEDING AND 1 PRECEDING)) WHERE earlier >=
    {least}"""


def find(desk: Desk) -> Iterator[Found]:
    """Yield orders of unusual size; weak beyond `rare`, moderate beyond every peer, strong if larger than any order."""
    desk.store.execute(_STEPS.format(least=desk.setting.earlier))
    desk.bars("size_bar", "SELECT c, g, k, t, v FROM step", pooled=True, of="order-size")
    desk.bars("quantity_bar", "SELECT c, g, k, t, q AS v FROM d", of="order-size")
    above = f"SELECT * FROM step WHERE asked AND q >= {desk.setting.material} * best"
    hits = desk.rows(
        f"SELECT s.*, m.top AS largest FROM {desk.against('size_bar', above)} s"
        " LEFT JOIN quantity_bar m ON m.g IS NULL AND m.k = s.k AND m.t = s.t WHERE v > b_high"
        f" QUALIFY row_number() OVER (PARTITION BY c, s.k, s.t ORDER BY day) = 1 AND {desk.standing}"
    )
    desk.done("step", "size_bar", "quantity_bar")
    for row in hits:
        beyond_all = row["v"] > row["b_top"] and row["q"] >= 2 * desk.setting.material * row["best"]
        largest = row["largest"] is not None and row["q"] > row["largest"]
        grade = "strong" if beyond_all and largest else "moderate" if beyond_all else "weak"
        ordered, before = amount(row["q"], row["measure"]), amount(row["best"], row["measure"])
        yield Found(
            "order-size", grade, row["c"], row["p"], row["day"],
            f"{ordered} ordered on {day_of(row['day'])}; the most on a day of the year before was {before}, in"
            f" {row['earlier']} orders. Fewer than {desk.setting.rare:.1%} of {row['b_n']:,} orders of"
            f" {peers(row)} stood so far above their own.",
            row["order_id"],
            {"quantity": row["q"], "highest_before": row["best"], "measure": row["measure"],
             "orders": [row["order_id"]],
             "ratio": round(row["q"] / row["best"], 3), "peers": row["b_customers"]},
        )  # fmt: skip
