"""Reviewing the customer file: one row for each point of each customer, for any number of customers at once.

Each point is one statement over the same few tables (`identity.py`, `papers.py`, `use.py`, `listed.py`); what is
prepared for them stands here. Twenty thousand customers are a few seconds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.tables import conform
from counterflow.core.tables.orders import CUSTOMER, CUSTOMER_EXPECTED, CUSTOMER_LICENCE, CUSTOMER_OWNER
from counterflow.orders.customers import identity, listed, papers, use
from counterflow.orders.customers.asked import select
from counterflow.orders.customers.demands import PRODUCT, demands
from counterflow.orders.customers.lines import CARE, is_vague, line_kind, says_none, sells_on
from counterflow.orders.customers.listed import HIT
from counterflow.orders.customers.numbers import check_numbers
from counterflow.orders.customers.points import POINT, STANDINGS, WEIGHTS, Point
from counterflow.orders.customers.volumes import expected_kilos

if TYPE_CHECKING:
    from counterflow.reference.trade_law import TradeLaw

__all__ = ["review"]

#: a customer at a residence or virtual office that expects more than this in a month is asked about (own judgement:
#: a small drum)
_INDUSTRIAL_KILOS = 25.0
_POINTS: tuple[Point, ...] = (*papers.POINTS, *identity.POINTS, *use.POINTS, *listed.POINTS)
_TEXTS = (
    "name", "trade_name", "registration", "tax_id", "address", "country", "region", "site_type", "business_line",
    "end_use", "bank_country", "forwarder", "refusals",
)  # fmt: skip

_CUSTOMER = f"""
    SELECT c.record_id AS customer_id, c.* EXCLUDE (record_id), c.line_kind = '{CARE}' AS health,
        w.kilos AS month_kilos,
        coalesce(w.kilos >= {_INDUSTRIAL_KILOS}, false) AS industrial,
        printf('%g kg a month in all', round(w.kilos, 1)) AS industrial_words,
        coalesce(lower(c.site_type) IN ('residence', 'residential', 'home', 'private residence', 'apartment',
            'virtual office', 'mail drop', 'mailbox'), false) AS thin_site,
        CASE WHEN p.items IS NULL THEN NULL ELSE p.listed > 0 END AS buys_listed
    FROM customers c
    LEFT JOIN (SELECT customer_id, sum(kilos_a_month) AS kilos FROM weights GROUP BY 1) w ON w.customer_id = c.record_id
    LEFT JOIN (SELECT customer_id, count(*) AS items,
            count(*) FILTER (verdict IN ('controlled', 'listed_precursor')) AS listed
        FROM products GROUP BY 1) p ON p.customer_id = c.record_id"""

_LICENCE = """
    SELECT l.record_id AS customer_id, l.* EXCLUDE (record_id), c.country AS site_country, c.health,
        c.country IN (SELECT code FROM eu) AS site_in_eu,
        regexp_replace(upper(l.number), '[^0-9A-Z]', '', 'g') AS number_folded,
        EXISTS (SELECT 1 FROM licences o WHERE o.record_id = l.record_id AND o.line <> l.line
            AND o.kind IS NOT DISTINCT FROM l.kind AND o.expires_on >= DATE '{on}') AS replaced
    FROM licences l JOIN customer c ON c.customer_id = l.record_id"""

#: licence numbers that stand in the files of customers with other names; chains share theirs under one name
_SHARED = """
    SELECT number_folded, count(DISTINCT lower(trim(c.name))) - 1 AS others
    FROM licence l JOIN customer c USING (customer_id)
    WHERE length(number_folded) >= 5 GROUP BY number_folded HAVING count(DISTINCT lower(trim(c.name))) > 1"""


def review(  # noqa: PLR0913 - each is a table of its own
    customers: pa.Table,
    licences: pa.Table,
    expected: pa.Table,
    owners: pa.Table,
    hits: pa.Table | None = None,
    *,
    on: dt.date,
    products: pa.Table | None = None,
    law: TradeLaw | None = None,
    within_days: int = 60,
    lists: str = "",
) -> pa.Table:
    """Return the points of every customer's file as they stand on a day.

    Args:
        customers: one row for each customer, schema `CUSTOMER`; see `versions.newest`.
        licences: their licences, schema `CUSTOMER_LICENCE`.
        expected: what they said they would buy, schema `CUSTOMER_EXPECTED`.
        owners: their owners, schema `CUSTOMER_OWNER`.
        hits: what the look-up on lists met, schema `listed.HIT`; None where nobody looked.
        on: the day asked about.
        products: what they buy, recognised, schema `demands.PRODUCT`; None where nobody looked.
        law: the law of trade; with `products` it says which papers are needed. The shipped one where None.
        within_days: what ends within so many days is told as running out.
        lists: the lists looked up, in words; empty where none was.

    Returns:
        Table of schema `POINT`: in order of customer, then the gravest first.
    """
    tables = _prepared(customers, licences, expected, owners, products, on)
    tables["hit"] = HIT.empty_table() if hits is None else hits
    tables["looked"] = pa.table({"lists": pa.array([lists or None], pa.string())})
    if law is None:
        from counterflow.reference.trade_law import load_trade_law

        law = load_trade_law()
    known = PRODUCT.empty_table() if products is None else products.select(PRODUCT.names)
    known = known.filter(pc.is_in(known.column("jurisdiction"), pa.array(list(law.registry.jurisdictions))))
    newest = conform(customers, CUSTOMER)
    tables["demand"] = demands(newest, conform(licences, CUSTOMER_LICENCE), known, law, on=on, within_days=within_days)
    values = {"{on}": on.isoformat(), "{within}": str(within_days)}
    return select(_in_order(_POINTS, values), **tables).cast(POINT)


def _in_order(points: Sequence[Point], values: Mapping[str, str]) -> str:
    """Return the statement that finds all points, gravest first within each customer."""
    parts = []
    for place, point in enumerate(points):
        sql = point.sql
        for name, value in values.items():
            sql = sql.replace(name, value)
        cited = "cited" if point.cites else f"'{point.citation}'"
        done = f"CASE WHEN standing = 'ok' THEN '' ELSE '{point.to_do.replace(chr(39), chr(39) * 2)}' END"
        parts.append(
            f"SELECT customer_id, '{point.group}' AS \"group\", '{point.name}' AS point, standing, weight, words,"
            f" evidence, {done} AS to_do, {cited} AS citation, {place} AS place FROM ({sql})"
        )
    return f"""
        SELECT * EXCLUDE (place) FROM ({" UNION ALL ".join(parts)})
        ORDER BY customer_id, list_position({list(WEIGHTS)!r}, weight), list_position({list(STANDINGS)!r}, standing),
            place, words"""


def _prepared(
    customers: pa.Table,
    licences: pa.Table,
    expected: pa.Table,
    owners: pa.Table,
    products: pa.Table | None,
    on: dt.date,
) -> dict[str, pa.Table]:
    """Return the tables that the statements of the points name."""
    rows = _with_words(_blank_to_null(conform(customers, CUSTOMER)))
    papers_ = conform(licences, CUSTOMER_LICENCE)
    product = PRODUCT.empty_table() if products is None else products.select(PRODUCT.names)
    customer = select(_CUSTOMER, customers=rows, products=product, weights=_weights(expected))
    eu = pa.table({"code": pa.array(_members("EU"), pa.string())})
    licence = select(_LICENCE.replace("{on}", on.isoformat()), licences=papers_, customer=customer, eu=eu)
    licence = licence.append_column("number_fault", _licence_faults(licence))
    return {
        "customer": customer,
        "licence": licence,
        "shared": select(_SHARED, licence=licence, customer=customer),
        "expected": _named(conform(expected, CUSTOMER_EXPECTED)),
        "owner": _named(conform(owners, CUSTOMER_OWNER)),
        "product": product,
    }


def _named(table: pa.Table) -> pa.Table:
    return table.rename_columns(["customer_id" if name == "record_id" else name for name in table.column_names])


def _blank_to_null(customers: pa.Table) -> pa.Table:
    for name in _TEXTS:
        column = pc.utf8_trim_whitespace(customers.column(name))
        kept = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
        customers = customers.set_column(customers.column_names.index(name), name, kept)
    return customers


def _with_words(customers: pa.Table) -> pa.Table:
    """Add what the customer's own words say: line_kind, line_told, sells_on, vague_use, no_refusals, tax_fault."""
    lines, sites, uses, refusals, numbers, countries, resells = (
        customers.column(name).to_pylist()
        for name in ("business_line", "site_type", "end_use", "refusals", "tax_id", "country", "resells")
    )
    kinds = [line_kind(line, site) for line, site in zip(lines, sites, strict=True)]
    columns = {
        "line_kind": pa.array([kind for kind, _ in kinds], pa.string()),
        "line_told": pa.array([told for _, told in kinds], pa.string()),
        "sells_on": pa.array([sells_on(*said) for said in zip(resells, uses, strict=True)], pa.bool_()),
        "vague_use": pa.array([is_vague(text) for text in uses], pa.bool_()),
        "no_refusals": pa.array([says_none(text) for text in refusals], pa.bool_()),
        "tax_fault": check_numbers(numbers, countries, kind="tax"),
    }
    for name, column in columns.items():
        customers = customers.append_column(name, column)
    return customers


def _licence_faults(licence: pa.Table) -> pa.Array:
    """Return for each licence what is wrong with its number; null where its form is not known here."""
    columns = (licence.column(name).to_pylist() for name in ("authority", "kind"))
    beside = [f"{authority or ''} {kind or ''}" for authority, kind in zip(*columns, strict=True)]
    return check_numbers(licence.column("number").to_pylist(), beside, kind="licence")


def _weights(expected: pa.Table) -> pa.Table:
    """Return kilograms a month by line; a litre counts as one: this only asks whether it is a drum or a bottle."""
    rows = conform(expected, CUSTOMER_EXPECTED)
    return pa.table({"customer_id": rows.column("record_id"), "kilos_a_month": expected_kilos(rows, litre=1.0)})


def _members(union: str) -> list[str]:
    from counterflow.reference.registry import load_registry

    return [code for code, place in load_registry().jurisdictions.items() if union in place.member_of]
