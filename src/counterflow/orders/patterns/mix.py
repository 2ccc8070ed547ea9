"""Mix: how many classes of one family of listed precursors a customer's orders of 180 days cover; and tablet equipment.

Classes only, as the registry and its lists name them (`products.CLASS_WORDS`); nothing here says what is made of what.
A mix is told from three classes up, where fewer than `rare_share` of the peers cover as many. Customers with a research
registration are left out, and so is what was declared as expected.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from counterflow.orders.patterns.desk import Desk
from counterflow.orders.patterns.found import Found, day_of
from counterflow.orders.patterns.products import CLASS_WORDS

__all__ = ["find", "find_equipment"]

_LEAST = 3
_OTHERS = tuple(CLASS_WORDS)
_SEEN = """SELECT o.c, o.g, o.p, o.class, o.day, o.t, bool_or(o.asked) AS asked
  FROM o JOIN cust USING (c) LEFT JOIN said s ON s.c = o.c AND s.p = o.p
  WHERE o.kind = 'sale' AND o.class IS NOT NULL AND NOT cust.research AND s.c IS NULL
  GROUP BY o.c, o.g, o.p, o.class, o.day, o.t"""
_FAMILIES = """CREATE TABLE family_seen AS SELECT f.family, s.* FROM seen s JOIN (
  SELECT DISTINCT c, class AS family FROM seen WHERE class LIKE 'family:%') f ON f.c = s.c
  WHERE s.class = f.family OR s.class NOT LIKE 'family:%'"""
_LAST = "max(CASE WHEN class = '{name}' THEN day END) OVER kept IS NOT NULL"


def find(desk: Desk) -> Iterator[Found]:
    """Yield mixes of three classes and more that are uncommon among peers; weak 3, moderate 4, strong from 5."""
    s = desk.setting
    desk.once("seen", _SEEN)
    desk.store.execute(_FAMILIES)
    flags = ", ".join(f'({_LAST.format(name=name)}) AS "{name}"' for name in _OTHERS)
    total = " + ".join(f'"{name}"::INTEGER' for name in _OTHERS)
    desk.store.execute(f"""CREATE TABLE cover AS SELECT *, own + {total} AS classes FROM (
      SELECT *, (max(CASE WHEN class = family THEN day END) OVER kept IS NOT NULL)::INTEGER AS own, {flags},
             list(p) OVER kept AS products FROM family_seen
      WINDOW kept AS (PARTITION BY c, family ORDER BY day RANGE BETWEEN {s.window} PRECEDING AND CURRENT ROW))
      WHERE own = 1""")
    desk.store.execute(f"""CREATE TABLE coverers AS SELECT g, family, classes, t, count(DISTINCT c) AS n FROM (
      SELECT DISTINCT c, g, family, unnest(range({_LEAST}, classes + 1)) AS classes, t FROM (
        SELECT c, g, family, classes, {desk.told} AS t FROM cover WHERE classes >= {_LEAST}))
      GROUP BY GROUPING SETS ((g, family, classes, t), (family, classes, t))""")
    for row in desk.rows(_uncommon(desk)):
        yield _mixed(row)


def _uncommon(desk: Desk) -> str:
    s = desk.setting
    return f"""SELECT v.*, coalesce(a.customers, w.customers) AS peers, a.customers IS NOT NULL AS of_peers,
        coalesce(CASE WHEN a.customers IS NULL THEN nw.n ELSE na.n END, 0) AS n FROM (
      SELECT * FROM cover WHERE asked AND classes >= {_LEAST}
      QUALIFY row_number() OVER (PARTITION BY c, family, classes, t ORDER BY day, p) = 1 AND {desk.standing}) v
    LEFT JOIN active a ON a.g = v.g AND v.g <> '' AND a.t = v.t AND a.customers >= {s.least_peers}
    LEFT JOIN active w ON w.g IS NULL AND w.t = v.t AND w.customers >= {s.least_peers}
    LEFT JOIN coverers na ON na.g = v.g AND na.family = v.family AND na.classes = v.classes AND na.t = v.t
    LEFT JOIN coverers nw ON nw.g IS NULL AND nw.family = v.family AND nw.classes = v.classes AND nw.t = v.t
    WHERE coalesce(a.customers, w.customers) IS NOT NULL
      AND coalesce(CASE WHEN a.customers IS NULL THEN nw.n ELSE na.n END, 0)
          < {s.rare_share} * coalesce(a.customers, w.customers)
    QUALIFY row_number() OVER (PARTITION BY v.c, v.family, v.t ORDER BY v.classes DESC, v.day) = 1"""


def _mixed(row: dict[str, Any]) -> Found:
    family = row["family"].removeprefix("family:")
    covered = [f"listed precursors of the family “{family}”", *(CLASS_WORDS[name] for name in _OTHERS if row[name])]
    who = f"“{row['g']}”" if row["of_peers"] else "all lines of business"
    return Found(
        "precursor-mix", {3: "weak", 4: "moderate"}.get(row["classes"], "strong"), row["c"], 0, row["day"],
        f"Orders of 180 days up to {day_of(row['day'])} cover {row['classes']} of {len(_OTHERS) + 1} classes:"
        f" {', '.join(covered)}. {row['n']} of {row['peers']:,} customers of {who} cover as many.",
        "",
        {"classes": covered, "products": len(set(row["products"])), "peers": row["peers"], "as_many": row["n"],
         "which": family},
    )  # fmt: skip


def find_equipment(desk: Desk) -> Iterator[Found]:
    """Yield orders of machines (weak) and tooling (moderate); strong beside listed or controlled substances."""
    desk.once("seen", _SEEN)
    hits = desk.rows(
        f"""SELECT o.c, o.p, o.day, o.order_id, o.equipment, any_value(r.item) AS item,
            count(x.c) > 0 AS beside FROM o JOIN raw r USING (n)
        LEFT JOIN said s ON s.c = o.c AND s.p = o.p
        LEFT JOIN seen x ON x.c = o.c AND x.day BETWEEN o.day - {desk.setting.window} AND o.day
            AND (x.class LIKE 'family:%' OR x.class = 'controlled')
        WHERE o.kind = 'sale' AND o.equipment IN ('machine', 'tooling') AND s.c IS NULL
            AND o.asked AND o.day > {desk.lasts_from}
        GROUP BY o.c, o.p, o.day, o.order_id, o.equipment"""
    )
    for row in hits:
        beside = (
            " Within 180 days before it there are listed precursors or controlled substances." if row["beside"] else ""
        )
        grade = "strong" if row["beside"] else "moderate" if row["equipment"] == "tooling" else "weak"
        yield Found(
            "tablet-equipment", grade, row["c"], row["p"], row["day"],
            f"“{row['item'][:80]}”, ordered on {day_of(row['day'])}, is {row['equipment']} for"
            f" tablets or capsules.{beside}",
            row["order_id"],
            {"orders": [row["order_id"]], "equipment": row["equipment"], "beside_listed": row["beside"]},
        )  # fmt: skip
