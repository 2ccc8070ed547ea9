"""Which papers the law wants a customer to have for what it buys, and whether they are on file.

The duties come from `reference.trade_law`, asked for the country of the site on the day; a duty that begins only above
a threshold of a month or year stops a sale where what is bought or expected passes it, and is asked about else, since
only an order shows the quantity. A proposed duty asks nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

from counterflow.orders.customers.asked import select
from counterflow.orders.ship.covers import fold, read_covers

if TYPE_CHECKING:
    from counterflow.reference.trade_law import Duty, Threshold, TradeLaw

__all__ = ["KINDS", "PRODUCT", "demands"]

#: Kinds of duty that concern the customer's file.
KINDS = ("customer licence", "customer declaration", "identity proof")
_LISTED = ("controlled", "listed_precursor")

#: What a customer buys or said it would buy, as `flow` has recognised it; one row for each item and jurisdiction.
PRODUCT = pa.schema(
    [
        ("customer_id", pa.string()),
        ("item", pa.string()),
        ("substance", pa.string()),
        ("jurisdiction", pa.string()),
        ("verdict", pa.string()),
        ("list", pa.string()),
        ("schedule", pa.string()),
        ("kilos", pa.float64()),  # a month
    ]
)

_DUTY = pa.schema(
    [
        ("jurisdiction", pa.string()),
        ("substance", pa.string()),
        ("instrument", pa.string()),
        ("kind", pa.string()),
        ("sure", pa.bool_()),
        ("asked", pa.string()),
        ("cited", pa.string()),
    ]
)
_FLOOR = pa.schema(
    [
        ("jurisdiction", pa.string()),
        ("substance", pa.string()),
        ("instrument", pa.string()),
        ("kilos", pa.float64()),
        ("cited", pa.string()),
    ]
)
_COVER = pa.schema(
    [("covers", pa.string()), ("jurisdiction", pa.string()), ("substance", pa.string()), ("reach", pa.string())]
)

#: what is needed, once for each kind of paper; a threshold counts where what is bought or expected passes it
_NEEDED = """
    SELECT b.customer_id, d.kind, d.jurisdiction, b.substance, b.items,
        bool_or(d.sure) OR coalesce(b.kilos > min(f.kilos), false) AS sure,
        string_agg(DISTINCT d.asked, ' ' ORDER BY d.asked) AS asked,
        string_agg(DISTINCT d.cited, '; ' ORDER BY d.cited) || CASE WHEN NOT bool_or(d.sure) AND b.kilos > min(f.kilos)
            THEN '; ' || arg_min(f.cited, f.kilos) ELSE '' END AS cited,
        CASE WHEN NOT bool_or(d.sure) AND b.kilos > min(f.kilos)
            THEN printf(' %g kg a month are bought or expected; the law begins at %g kg.', round(b.kilos, 1),
                round(min(f.kilos), 2)) ELSE '' END AS passed
    FROM (SELECT customer_id, jurisdiction, substance, sum(kilos) AS kilos,
            string_agg(DISTINCT item, ', ' ORDER BY item) AS items
        FROM products GROUP BY ALL) b
    JOIN duties d USING (jurisdiction, substance)
    LEFT JOIN floors f USING (jurisdiction, substance, instrument)
    GROUP BY b.customer_id, d.kind, d.jurisdiction, b.substance, b.items, b.kilos"""

_LICENCES = f"""
    WITH needed AS ({_NEEDED} HAVING d.kind = 'customer licence'),
    met AS (
        SELECT n.*, l.number, l.line, l.expires_on,
            CASE WHEN c.reach = 'not covered' THEN 0
                WHEN l.expires_on < DATE '{{on}}' THEN 2
                WHEN l.valid_from > DATE '{{on}}' THEN 1
                WHEN coalesce(c.reach, 'not told') = 'not told' THEN 3
                WHEN l.expires_on <= DATE '{{on}}' + INTERVAL {{within}} DAY THEN 4
                WHEN l.line IS NULL THEN 0 ELSE 5 END AS good
        FROM needed n
        LEFT JOIN licences l ON l.record_id = n.customer_id
            AND (l.country IS NULL OR l.country = n.jurisdiction OR l.country = 'EU')
        LEFT JOIN covers c ON c.covers IS NOT DISTINCT FROM l.covers AND c.jurisdiction = n.jurisdiction
            AND c.substance = n.substance),
    best AS (
        SELECT *, CASE WHEN line IS NULL THEN 0 ELSE good END AS held,
            row_number() OVER (PARTITION BY customer_id, jurisdiction, substance
                ORDER BY CASE WHEN line IS NULL THEN 0 ELSE good END DESC, expires_on DESC NULLS LAST, line) AS place
        FROM met)
    SELECT customer_id, kind,
        CASE held WHEN 5 THEN 'ok' WHEN 4 THEN 'expiring' WHEN 2 THEN 'expired' ELSE 'missing' END AS standing,
        sure AND held <> 3 AS sure,
        CASE held WHEN 5 THEN items || ': licence ' || coalesce(number, 'without a number') || ' covers it'
            WHEN 4 THEN items || ': licence ' || coalesce(number, 'without a number') || ' runs out on ' || expires_on
            WHEN 3 THEN items || ': a licence is on file, which does not say that it covers this'
            WHEN 2 THEN items || ': licence ' || coalesce(number, 'without a number') || ' ran out on ' || expires_on
            WHEN 1 THEN items || ': the licence on file does not hold yet'
            ELSE items || ': no licence on file covers it' END
            || CASE WHEN held < 4 THEN '. ' || asked || passed ELSE '' END AS words,
        concat_ws('; ', 'items: ' || items, 'law of ' || jurisdiction,
            'licence ' || number, 'expires_on: ' || expires_on) AS evidence,
        cited
    FROM best WHERE place = 1"""

_OTHER = f"""
    WITH needed AS ({_NEEDED} HAVING d.kind <> 'customer licence'),
    seen AS (
        SELECT n.*, c.end_use, c.end_use_on, c.end_use_to, c.visited_on, c.registration, c.tax_id,
            (SELECT max(checked_on) FROM licences l WHERE l.record_id = n.customer_id) AS checked_on
        FROM needed n JOIN customers c ON c.record_id = n.customer_id),
    judged AS (
        SELECT *, CASE WHEN kind = 'identity proof' THEN
                CASE WHEN coalesce(visited_on, checked_on) IS NOT NULL THEN 'ok' ELSE 'missing' END
            WHEN end_use IS NULL OR coalesce(end_use_on, end_use_to) IS NULL THEN 'missing'
            WHEN end_use_to < DATE '{{on}}' THEN 'expired'
            WHEN end_use_to <= DATE '{{on}}' + INTERVAL {{within}} DAY THEN 'expiring'
            ELSE 'ok' END AS standing
        FROM seen)
    SELECT customer_id, kind, standing, sure AND kind <> 'identity proof' AS sure,
        items || ': ' || CASE
            WHEN kind = 'identity proof' AND standing = 'ok' THEN 'the customer was identified'
            WHEN kind = 'identity proof' THEN 'nothing on file shows how the customer was identified. ' || asked
            WHEN standing = 'ok' THEN 'the declaration of use is on file'
            WHEN standing = 'missing' AND end_use IS NOT NULL THEN 'a use is declared without a day. ' || asked
            WHEN standing = 'missing' THEN 'no declaration of use is on file. ' || asked
            WHEN standing = 'expired' THEN 'the declaration of use ran out on ' || end_use_to || '. ' || asked
            ELSE 'the declaration of use runs out on ' || end_use_to END AS words,
        concat_ws('; ', 'items: ' || items, 'law of ' || jurisdiction, 'end_use_on: ' || end_use_on,
            'end_use_to: ' || end_use_to, 'visited_on: ' || visited_on, 'checked_on: ' || checked_on) AS evidence,
        cited
    FROM judged"""


def demands(
    customers: pa.Table, licences: pa.Table, products: pa.Table, law: TradeLaw, *, on: dt.date, within_days: int
) -> pa.Table:
    """Return one row for each paper that the law asks of a customer: kind, standing, sure, words, evidence, cited.

    Args:
        customers: the newest rows of schema `CUSTOMER`.
        licences: their rows of schema `CUSTOMER_LICENCE`.
        products: what they buy, schema `PRODUCT`.
        law: the law of trade.
        on: the day asked about.
        within_days: a paper that ends within so many days is told as running out.
    """
    listed = products.filter(pa.compute.is_in(products.column("verdict"), pa.array(_LISTED)))
    pairs = select("SELECT DISTINCT jurisdiction, substance, list, schedule FROM p", p=listed).to_pylist()
    duties = pa.Table.from_pylist(list(_duty_rows(pairs, law, on)), schema=_DUTY)
    floors = pa.Table.from_pylist(list(_floor_rows(pairs, law, on)), schema=_FLOOR)
    texts = select("SELECT DISTINCT covers FROM l", l=licences).column("covers").to_pylist()
    covers = pa.Table.from_pylist(list(_cover_rows(texts, pairs, law)), schema=_COVER)
    tables = {"customers": customers, "licences": licences, "products": listed, "duties": duties, "floors": floors}
    days = {"{on}": on.isoformat(), "{within}": str(within_days)}
    papers = select(_with(_LICENCES, days), **tables, covers=covers)
    return pa.concat_tables([papers, select(_with(_OTHER, days), **tables)])


def _with(sql: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        sql = sql.replace(name, value)
    return sql


def _duty_rows(pairs: list[dict[str, str]], law: TradeLaw, on: dt.date) -> Iterator[dict[str, object]]:
    for jurisdiction, substance in sorted({(pair["jurisdiction"], pair["substance"]) for pair in pairs}):
        for duty in law.duties_on(on, jurisdiction, substance=substance, direction="domestic"):
            if duty.kind in KINDS and duty.status == "in force":
                yield {
                    "jurisdiction": jurisdiction, "substance": substance, "instrument": duty.instrument,
                    "kind": duty.kind, "sure": not duty.above_threshold, "asked": duty.words, "cited": _cited(duty),
                }  # fmt: skip


def _floor_rows(pairs: list[dict[str, str]], law: TradeLaw, on: dt.date) -> Iterator[dict[str, object]]:
    """Yield from how many kilograms a month the law of a place begins, where it says so by month or year."""
    for jurisdiction, substance in sorted({(pair["jurisdiction"], pair["substance"]) for pair in pairs}):
        for threshold in law.thresholds_on(on, jurisdiction, substance, direction="domestic"):
            kilos = _kilos_a_month(threshold, law)
            if kilos is not None and threshold.status == "in force" and not threshold.scope:
                yield {
                    "jurisdiction": jurisdiction, "substance": substance, "instrument": threshold.instrument,
                    "kilos": kilos, "cited": _cited(threshold),
                }  # fmt: skip


def _kilos_a_month(threshold: Threshold, law: TradeLaw) -> float | None:
    if threshold.any_amount:
        return 0.0
    density = law.density_of(threshold.substance)
    per_unit = {"g": 1e-3, "l": density.kg_l if density else None}.get(threshold.unit)
    months = {"month": 1.0, "year": 12.0}.get(threshold.period)
    if threshold.quantity is None or per_unit is None or months is None:
        return None
    return threshold.quantity * per_unit / months


def _cited(rule: Duty | Threshold) -> str:
    return f"{rule.citation} (recalled, not verified)" if rule.unverified else rule.citation


def _cover_rows(texts: list[str | None], pairs: list[dict[str, str]], law: TradeLaw) -> Iterator[dict[str, object]]:
    known = law.registry
    lists: dict[tuple[str, str], set[str]] = {}
    for pair in pairs:
        lists.setdefault((pair["jurisdiction"], pair["substance"]), set()).update(
            {pair["list"] or "", pair["schedule"] or ""}
        )
    called: dict[str, set[str]] = {}
    for _, substance in lists:
        called.setdefault(substance, {fold(substance), fold(known.substance(substance).name)})
    for name in known.names:
        if name.substance in called:
            called[name.substance].add(fold(name.text))
    for text in texts:
        for (jurisdiction, substance), named in lists.items():
            reach = _reach(text, named, called[substance])
            yield {"covers": text, "jurisdiction": jurisdiction, "substance": substance, "reach": reach}


def _reach(covers: str | None, lists: set[str], names: set[str]) -> str:
    """Return whether what a licence says it covers reaches a substance: covered | not covered | not told.

    A text that names no list and not this substance, such as "see annex", leaves it open.
    """
    said = read_covers(covers or "")
    if said.said and any(said.meets(one, names) for one in lists if one):
        return "covered"
    return "not covered" if said.groups else "not told"
