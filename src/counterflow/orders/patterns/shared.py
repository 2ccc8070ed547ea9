"""Shared: several customers with one delivery address or one contact, so that their quantities may belong together.

Addresses used by more than `depot` customers are taken for depots and not told. A contact is compared, never shown.
Bank accounts are not in the customer file, only the bank's country, so that nothing is said of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from counterflow.orders.patterns.desk import Desk
from counterflow.orders.patterns.found import Found, day_of
from counterflow.orders.patterns.places import VISITS

__all__ = ["find"]

_SHARED = """SELECT v.c, v.ship, v.t, v.day, v.asked, v.p, v.order_id, count(DISTINCT w.c) AS others,
    list(DISTINCT u.customer_id ORDER BY u.customer_id) AS names,
    coalesce(bool_or(w.p = v.p), false) AS same FROM visit v
  JOIN visit w ON w.ship = v.ship AND w.c <> v.c AND w.day BETWEEN v.day - {window} AND v.day JOIN cust u ON u.c = w.c
  WHERE v.ship IN (SELECT ship FROM visit GROUP BY ship HAVING count(DISTINCT c) BETWEEN 2 AND {depot})
  GROUP BY ALL"""
_CONTACTS = """SELECT a.c, epoch(max(greatest(a.filed, b.filed)))::BIGINT // 86400 AS day, count(*) AS others,
    list(b.customer_id ORDER BY b.customer_id) AS names,
    bool_or(a.g = b.g) AS same, a.c IN (SELECT c FROM o WHERE asked) AS asked
  FROM cust a JOIN cust b ON lower(trim(a.contact)) = lower(trim(b.contact)) AND a.c <> b.c
  WHERE length(trim(a.contact)) > 3 GROUP BY a.c HAVING count(*) < {depot}"""


def find(desk: Desk) -> Iterator[Found]:
    """Yield shared addresses (moderate where the same listed product goes there) and shared contacts."""
    s = desk.setting
    desk.once("visit", VISITS)
    hits = desk.rows(
        f"SELECT * FROM ({_SHARED.format(window=s.window, depot=s.depot)}) WHERE asked"
        f" QUALIFY row_number() OVER (PARTITION BY c, ship, t ORDER BY same DESC, day) = 1 AND {desk.standing}"
    )
    for row in hits:
        also = " The same listed product goes there for both." if row["same"] else ""
        yield Found(
            "shared-address", "moderate" if row["same"] else "weak", row["c"], 0, row["day"],
            f"Goods of {day_of(row['day'])} go to an address to which {row['others']} other customer(s) had goods sent"
            f" within {s.window} days: {', '.join(row['names'][:5])}.{also}",
            row["order_id"],
            {"orders": [row["order_id"]], "customers": row["names"], "same_product": row["same"]},
        )  # fmt: skip
    for row in desk.rows(_CONTACTS.format(depot=s.depot)):
        if row["asked"] and row["day"] <= desk.on:
            yield Found(
                "shared-contact", "weak", row["c"], 0, row["day"],
                f"{row['others']} other customer(s) answer through the same contact: {', '.join(row['names'][:5])}.",
                "", {"customers": row["names"]},
            )  # fmt: skip
