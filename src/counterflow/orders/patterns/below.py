"""Splitting: orders that bunch just below a quantity from which the law, or the house, looks.

For each quantity T: of the day orders of the last 90 days (T for a transaction), or of the last six whole months (T for
a month), how many lie in [0.8 T, T)? Were the peers' habit the customer's too, a number of them would be binomial, with
the peers' share of the year before as its probability; the share is drawn a little towards 0.2 / 2, that of amounts
spread evenly from 0 to 2 T, so that few peers decide little. Told where the tail is below `bunching`. For a transaction
a second arm counts weeks in which orders, each below T, sum to T or more.

The customer's own past is no excuse: who always ordered just below a threshold is told once a quarter until somebody
has looked. Splitting over several customers is told by their shared address, over several firms by private matching.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from counterflow.core.errors import UnknownName
from counterflow.orders.patterns.desk import Desk
from counterflow.orders.patterns.found import Found, amount, day_of, month_of
from counterflow.orders.patterns.setting import Setting
from counterflow.reference.trade_law import TradeLaw

__all__ = ["find", "keep_limits"]

_PRIOR = (1.0, 10.0)
_MONTHS_SEEN = 6
_LIMIT = pa.schema(
    [("p", pa.int32()), ("measure", pa.string()), ("country", pa.string()), ("limit_of", pa.float64()),
     ("period", pa.string()), ("way", pa.string()), ("destinations", pa.string()),
     ("since", pa.int32()), ("until", pa.int32()), ("words", pa.string())]
)  # fmt: skip
_DAYS = """SELECT d.*, l.limit_of, l.words, (q >= {band} * limit_of AND q < limit_of)::INTEGER AS near,
    (q < limit_of AND sum(q) OVER week >= limit_of AND max(q) OVER week < limit_of)::INTEGER AS split
  FROM held d JOIN limits l ON l.p = d.p AND l.measure = d.measure AND l.period = 'transaction'
    AND d.day BETWEEN l.since AND l.until AND {applies}
  WINDOW week AS (PARTITION BY d.c, d.k, limit_of, words ORDER BY day RANGE BETWEEN 6 PRECEDING AND CURRENT ROW)"""
_MONTHLY = """SELECT s.*, l.limit_of, l.words, (q >= {band} * limit_of AND q < limit_of)::INTEGER AS near
  FROM (SELECT c, g, p, k, measure, country, seat, m, m // 12 * 4 + m % 12 // 3 + 1 AS t, sum(q) AS q,
               bool_or(asked) AS asked, max(day) AS last FROM held GROUP BY ALL) s
  JOIN limits l ON l.p = s.p AND l.measure = s.measure AND l.period = 'month'
    AND s.last BETWEEN l.since AND l.until AND {applies}"""
#: the law of the customer's place for what stays there or comes in, that of the firm's own place for what goes out
_APPLIES = """(l.country = ''
    OR (l.way IN ('any', 'intra-union') AND l.country IN ({of}.country, {of}.seat))
    OR (l.way = 'domestic' AND l.country = {of}.country AND coalesce({of}.seat, {of}.country) = {of}.country)
    OR (l.way = 'import' AND l.country = {of}.country AND {of}.seat <> {of}.country)
    OR (l.way = 'export' AND l.country = {of}.seat AND {of}.country <> {of}.seat
        AND (l.destinations = '' OR list_contains(string_split(l.destinations, ' '), {of}.country))))"""
_HABIT = """SELECT limit_of, words, k, t, sum({of}) AS near, count(*) AS n FROM (
  SELECT limit_of, words, k, {of}, {told} AS t FROM {table}) GROUP BY ALL"""


def keep_limits(desk: Desk, law: TradeLaw | None, on: dt.date) -> None:
    """Keep the quantities of law and house as `limits`; no proposals, no “any amount”, no yearly limits."""
    rows = desk.rows("SELECT DISTINCT p, product FROM prod")
    countries = [row["country"] for row in desk.rows(
        "SELECT DISTINCT country FROM cust WHERE country IS NOT NULL UNION SELECT DISTINCT ship_from FROM o"
        " WHERE ship_from IS NOT NULL")]  # fmt: skip
    found = [] if law is None else [
        limit for row in rows if row["product"] in law.registry.substances for country in countries
        for limit in _of_law(law, row, country, on)
    ]  # fmt: skip
    for limit in desk.setting.house:
        found += [
            {"p": row["p"], "measure": limit.measure, "country": "", "limit_of": limit.quantity,
             "period": limit.period, "since": -100_000, "until": 100_000, "words": limit.words}
            for row in rows if limit.product.casefold() in ("", row["product"].casefold())
        ]  # fmt: skip
    desk.store.execute(
        "CREATE TABLE limits AS SELECT DISTINCT * FROM made", made=pa.Table.from_pylist(found, schema=_LIMIT)
    )
    desk.store.execute(
        "CREATE TABLE held AS SELECT d.*, u.country, (SELECT mode(ship_from) FROM o) AS seat FROM d"
        " JOIN cust u USING (c)"
        " WHERE EXISTS (SELECT 1 FROM limits l WHERE l.p = d.p AND l.measure = d.measure)"
    )


def _of_law(law: TradeLaw, product: dict[str, Any], country: str, on: dt.date) -> list[dict[str, Any]]:
    try:
        thresholds = law.thresholds_on(on, country, product["product"])
    except UnknownName:
        return []
    rows = {}
    for one in thresholds:
        if (
            one.status == "in force"
            and one.quantity
            and not one.scope
            and one.period in ("transaction", "day", "month", "30 days")
        ):
            period = "month" if one.period in ("month", "30 days") else "transaction"
            rows[one.quantity, one.unit, period, one.direction, one.destinations] = {
                "p": product["p"], "measure": one.unit, "country": country, "limit_of": one.quantity,
                "period": period, "since": _number(one.date_from, -100_000), "until": _number(one.date_to, 100_000),
                "way": one.direction, "destinations": " ".join(one.destinations),
                "words": f"{amount(one.quantity, one.unit)} a {one.period} ({one.citation}"
                + (", unverified)" if one.unverified else ")"),
            }  # fmt: skip
    return list(rows.values())


def _number(day: str, otherwise: int) -> int:
    """Return a full ISO day as days since 1970; a date known only in part does not narrow."""
    whole = day.removeprefix("..")
    return (dt.date.fromisoformat(whole) - dt.date(1970, 1, 1)).days if len(whole) == 10 and whole == day else otherwise


def find(desk: Desk) -> Iterator[Found]:
    """Yield customers whose orders bunch below one: weak, moderate from 1 in 1,000, strong from 1 in 100,000."""
    if not desk.rows("SELECT 1 FROM limits LIMIT 1"):
        return
    s = desk.setting
    desk.store.execute(f"CREATE TABLE by_day AS {_DAYS.format(band=s.band, applies=_APPLIES.format(of='d'))}")
    desk.store.execute(f"CREATE TABLE by_month AS {_MONTHLY.format(band=s.band, applies=_APPLIES.format(of='s'))}")
    span = f"PARTITION BY c, k, limit_of, words ORDER BY day RANGE BETWEEN {s.recent - 1} PRECEDING AND CURRENT ROW"
    for arm in ("near", "split"):
        yield from _told(desk, arm, "by_day", "day", span, least=3)
    span = f"PARTITION BY c, k, limit_of, words ORDER BY m RANGE BETWEEN {_MONTHS_SEEN - 1} PRECEDING AND CURRENT ROW"
    yield from _told(desk, "near", "by_month", "m", span, least=2)


def _told(desk: Desk, arm: str, table: str, when: str, span: str, *, least: int) -> Iterator[Found]:
    """Yield what one arm tells of one table of day orders or months."""
    one, many = _PRIOR
    day = "day" if when == "day" else "(make_date((m + 1) // 12, (m + 1) % 12 + 1, 1) - DATE '1970-01-01')::INTEGER - 1"
    rows = desk.store.query(
        f"""SELECT * FROM (SELECT x.*, {day} AS told_on, h.near AS peers_near, h.n AS peers_n,
              (coalesce(h.near, 0) + {one}) / (coalesce(h.n, 0) + {many}) AS habit FROM (
            SELECT *, sum({arm}) OVER w AS hits, count(*) OVER w AS of_all, list(q) OVER w AS amounts
            FROM {table} WINDOW w AS ({span})) x
          LEFT JOIN ({_HABIT.format(of=arm, table=table, told=desk.told)}) h
            ON h.limit_of = x.limit_of AND h.words = x.words AND h.k = x.k AND h.t = x.t
          WHERE x.{arm} = 1 AND x.hits >= {least} AND x.asked) WHERE told_on <= {desk.on}"""
    )
    from scipy.special import betainc

    hits, of_all, habit = (rows.column(name).cast(pa.float64()).to_numpy() for name in ("hits", "of_all", "habit"))
    # P(X >= hits) of a binomial is a regularised incomplete beta function (Abramowitz and Stegun 1964, 26.5.24).
    tail = betainc(hits, of_all - hits + 1, habit)
    rows = rows.append_column("tail", pa.array(tail))
    for row in desk.rows(
        f"SELECT * FROM rows WHERE tail < {desk.setting.bunching}"
        f" QUALIFY row_number() OVER (PARTITION BY c, k, limit_of, words, t ORDER BY told_on, {when}) = 1"
        f" AND told_on > {desk.lasts_from}", rows=rows
    ):  # fmt: skip
        yield _bunched(row, arm, table, desk.setting)


def _bunched(row: dict[str, Any], arm: str, table: str, setting: Setting) -> Found:
    band = f"lie from {setting.band:.0%} to 100% of"
    grade = "strong" if row["tail"] < 1e-5 else "moderate" if row["tail"] < 1e-3 else "weak"
    if table == "by_month":
        what = f"{row['hits']:.0f} of {row['of_all']} months up to {month_of(row['m'])} {band}"
    elif arm == "near":
        what = (
            f"{row['hits']:.0f} of {row['of_all']} order days of the {setting.recent} up to {day_of(row['day'])} {band}"
        )
    else:
        days = f"{row['hits']:.0f} of {row['of_all']} order days up to {day_of(row['day'])}"
        what = f"On {days} a week of orders, each below, sums to"
    return Found(
        "split-below-threshold", grade, row["c"], row["p"], row["told_on"],
        f"{what} {row['words']}. Of {row['peers_n'] or 0:,.0f} such of all customers in the year before"
        f" {row['peers_near'] or 0:,.0f} did; by that habit it would happen to 1 in"
        f" {1 / max(row['tail'], 1e-12):,.0f}.",
        "",
        {"limit": row["limit_of"], "measure": row["measure"], "hits": int(row["hits"]), "of": row["of_all"],
         "probability": float(f"{row['tail']:.3g}"), "amounts": row["amounts"][-12:],
         "which": f"{table} {arm} {row['limit_of']:g}"},
    )  # fmt: skip
