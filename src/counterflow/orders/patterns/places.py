"""Places: where goods go, who collects them, and whether site, payer and delivery are declared in one country.

A country is never more than a fact here: that the declared ones differ may be told, which ones they are
  changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from counterflow.orders.patterns.desk import Desk
from counterflow.orders.patterns.found import Found, day_of, peers

__all__ = ["VISITS", "find"]

#: words of an address that is no site of a firm (ours; post boxes and residences are named by the Task Force, recalled)
_PRIVATE = (
    r"(^| )(p ?o ?box|post office box|postfach|boite postale|apartado postal|mail ?box|pmb|self storage|storage unit"
    r"|storage facility|lagerbox|hotel|motel|hostel|apartment|apt|flat|appartement|wohnung|departamento)( |$)"
)
#: each day on which a customer had goods sent to an address
VISITS = """SELECT *, lag(day) OVER (PARTITION BY c, ship ORDER BY day) AS last_here,
    min(day) OVER (PARTITION BY c) AS began FROM (
  SELECT c, any_value(g) AS g, ship, day, any_value(t) AS t, bool_or(asked) AS asked, bool_or(listed) AS listed,
         min(order_id) AS order_id, min(CASE WHEN listed THEN p END) AS p FROM o
  WHERE kind = 'sale' AND ship IS NOT NULL GROUP BY c, ship, day)"""


def find(desk: Desk) -> Iterator[Found]:
    """Yield what stands out of places and carriers."""
    desk.once("visit", VISITS)
    for part in (_new, _many, _private, _countries, _forwarders):
        yield from part(desk)


def _new(desk: Desk) -> Iterator[Found]:
    """Listed goods to an address that is new, where all orders of the year before went to one other address."""
    s = desk.setting
    hits = desk.rows(
        f"""SELECT * FROM (SELECT *, min(ship) OVER before AS one, max(ship) OVER before AS other,
              count(*) OVER before AS visits FROM visit
            WHERE c IN (SELECT c FROM visit WHERE last_here IS NULL AND listed AND {desk.standing})
            WINDOW before AS (PARTITION BY c ORDER BY day RANGE BETWEEN 365 PRECEDING AND 1 PRECEDING))
        WHERE last_here IS NULL AND listed AND visits >= {s.earlier} AND one = other AND one <> ship
          AND day - began >= {s.settled} AND {desk.standing}"""
    )
    for row in hits:
        yield Found(
            "ship-to-new", "weak", row["c"], row["p"] or 0, row["day"],
            f"A listed product goes to an address new for this customer on {day_of(row['day'])}; all {row['visits']}"
            " deliveries of the year before went to one other address.",
            row["order_id"], {"orders": [row["order_id"]], "deliveries_before": row["visits"]},
        )  # fmt: skip


def _many(desk: Desk) -> Iterator[Found]:
    """More addresses within the window than with nearly all customers of the line of business."""
    s = desk.setting
    desk.store.execute(f"""CREATE TABLE addresses AS SELECT v.c, any_value(v.g) AS g, 0 AS k, any_value(v.t) AS
      t, v.day,
        bool_or(v.asked) AS asked, count(DISTINCT w.ship) AS v FROM visit v
      JOIN visit w ON w.c = v.c AND w.day BETWEEN v.day - {s.window} AND v.day
      WHERE v.last_here IS NULL OR v.day - v.last_here > {s.window} GROUP BY v.c, v.day""")
    desk.bars("addresses_bar", "SELECT c, g, k, t, v FROM addresses", of="ship-to-many")
    hits = desk.rows(
        "SELECT * FROM"
        f" {desk.against('addresses_bar', 'SELECT * FROM addresses WHERE asked AND v >= 3')} WHERE v > b_high"
        f" QUALIFY row_number() OVER (PARTITION BY c, t ORDER BY day) = 1 AND {desk.standing}"
    )
    desk.done("addresses", "addresses_bar")
    for row in hits:
        yield Found(
            "ship-to-many", "moderate" if row["v"] >= 2 * row["b_high"] else "weak", row["c"], 0, row["day"],
            f"Goods went to {row['v']} addresses in the {s.window} days up to {day_of(row['day'])}; with all but"
            f" {s.rare:.1%} of the deliveries of {peers(row)} it was {row['b_high']:.0f} or fewer.",
            "", {"addresses": row["v"], "usual_to": row["b_high"]},
        )  # fmt: skip


def _private(desk: Desk) -> Iterator[Found]:
    hits = desk.rows(
        "SELECT v.*, u.site_type, f.word FROM visit v JOIN cust u USING (c) LEFT JOIN (SELECT DISTINCT a,"
        " regexp_extract(folded, $1, 2) AS word FROM place WHERE regexp_matches(folded, $1)) f ON f.a = v.ship"
        " WHERE listed AND (f.a IS NOT NULL OR u.site_type IN ('residence', 'virtual office'))"
        f" QUALIFY row_number() OVER (PARTITION BY v.c, v.ship, t ORDER BY day) = 1 AND {desk.standing}".replace(
            "$1", "'" + _PRIVATE + "'"
        )
    )
    for row in hits:
        why = f"names “{row['word']}”" if row["word"] else f"is, by the customer file, a {row['site_type']}"
        yield Found(
            "ship-to-private", "moderate" if row["word"] and row["site_type"] == "residence" else "weak",
            row["c"], row["p"] or 0, row["day"],
            f"A listed product goes to an address that {why}, on {day_of(row['day'])}.",
            row["order_id"], {"orders": [row["order_id"]], "word": row["word"] or None, "site_type": row["site_type"]},
        )  # fmt: skip


def _countries(desk: Desk) -> Iterator[Found]:
    hits = desk.rows(
        f"""SELECT o.*, u.country AS site FROM o JOIN cust u USING (c)
        WHERE kind = 'sale' AND listed AND (o.ship_to_country <> u.country OR o.bill_to_country <> u.country
              OR o.ship_to_country <> o.bill_to_country)
        QUALIFY row_number() OVER (PARTITION BY o.c, ship_to_country, bill_to_country, t ORDER BY day, order_id) = 1
            AND {desk.standing}"""
    )
    for row in hits:
        yield Found(
            "places-differ", "weak", row["c"], row["p"], row["day"], _differ(row), row["order_id"],
            {"orders": [row["order_id"]], "which": f"{row['ship_to_country']} {row['bill_to_country']}"},
        )  # fmt: skip


def _differ(row: dict[str, Any]) -> str:
    named = (("site", row["site"]), ("delivery", row["ship_to_country"]), ("payer", row["bill_to_country"]))
    return f"Declared on {day_of(row['day'])}: " + ", ".join(f"{what} in {of}" for what, of in named if of) + "."


def _forwarders(desk: Desk) -> Iterator[Found]:
    hits = desk.rows(
        f"""SELECT o.*, u.forwarder AS filed FROM o JOIN cust u USING (c)
        WHERE kind = 'sale' AND listed AND o.forwarder IS NOT NULL AND u.forwarder IS NOT NULL
          AND lower(trim(o.forwarder)) <> lower(trim(u.forwarder))
        QUALIFY row_number() OVER (PARTITION BY o.c, lower(o.forwarder), t ORDER BY day, order_id) = 1
            AND {desk.standing}"""
    )
    for row in hits:
        yield Found(
            "forwarder-changed", "weak", row["c"], row["p"], row["day"],
            f"“{row['forwarder']}” collects on {day_of(row['day'])}; the customer file names “{row['filed']}”.",
            row["order_id"], {"orders": [row["order_id"]], "forwarder": row["forwarder"], "which": row["forwarder"]},
        )  # fmt: skip
