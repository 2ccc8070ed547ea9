"""Stock events and orders laid beside each other: one row per site, item, measure and movement.

A site of the stock is the seller's site of an order (`supplier_id`). Where no seller is named as any site is,
  the orders
cannot be told apart by site, and all sites are taken together; that is said.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.standing import standing
from counterflow.core.tables import ORDER_LINE, STOCK_EVENT, conform, empty
from counterflow.store.duckdb_store import DuckDBStore

__all__ = ["ALL_SITES", "Desk", "lay"]

ALL_SITES = "all sites"
_LAY_OUT = (
    """CREATE TABLE event AS SELECT record_id, kind, {site} AS site, product, happened_on AS day, explanation,
      reported, CASE WHEN units IS NOT NULL THEN 'units' WHEN mass_g IS NOT NULL THEN 'g' END AS measure,
      coalesce(units, mass_g) AS q FROM events WHERE happened_on IS NOT NULL AND happened_on <= DATE '{on}'""",
    """CREATE TABLE line AS SELECT record_id, kind, customer_id, {seller} AS site, product, ordered_on AS day,
      CASE WHEN units IS NOT NULL THEN 'units' WHEN mass_g IS NOT NULL THEN 'g' WHEN volume_l IS NOT NULL THEN 'l' END
        AS measure, coalesce(units, mass_g, volume_l) AS q
    FROM orders WHERE ordered_on IS NOT NULL AND ordered_on <= DATE '{on}' AND kind IN ('sale', 'return')""",
)


@dataclass(frozen=True)
class Desk:
    """The movements, and what a person should know about how they were laid out."""

    store: DuckDBStore
    said: tuple[str, ...]

    def rows(self, sql: str, parameters: Sequence[object] = (), **tables: pa.Table) -> list[dict[str, Any]]:
        """Return what `sql` finds."""
        found: list[dict[str, Any]] = self.store.query(sql, parameters, **tables).to_pylist()
        return found


def lay(events: pa.Table, lines: pa.Table | None, *, on: dt.date) -> Desk:
    """Lay out stock events and orders up to a day; both may carry `product`, else the item's text stands in for it."""
    store = DuckDBStore(None, memory_limit="1GB", bare=True)
    orders = empty(ORDER_LINE) if lines is None else lines
    held, sold = (_with_product(standing(rows), of) for rows, of in ((events, STOCK_EVENT), (orders, ORDER_LINE)))
    sites = {site for site in pc.unique(held.column("site")).to_pylist() if site}
    sellers = {seller for seller in pc.unique(sold.column("supplier_id")).to_pylist() if seller}
    apart = bool(sites & sellers)
    site = f"coalesce(nullif(trim(site), ''), '{ALL_SITES}')"
    seller = f"coalesce(nullif(trim(supplier_id), ''), '{ALL_SITES}')"
    if not apart:
        site = seller = f"'{ALL_SITES}'"
    for statement in _LAY_OUT:
        store.execute(statement.format(on=on.isoformat(), site=site, seller=seller), events=held, orders=sold)
    return Desk(store, tuple(_said(sites, sellers, sold.num_rows, apart=apart)))


def _said(sites: set[str], sellers: set[str], sold: int, *, apart: bool) -> list[str]:
    if not apart and len(sites) > 1:
        return ["No seller of an order is named as a site of the stock is: all sites are taken together."]
    if apart and sellers - sites:
        return [f"Orders of {len(sellers - sites)} sellers that are no site of the stock are left out."]
    return [] if sold else ["No orders are given: sales count as none, and what was sold shows as missing."]


def _with_product(table: pa.Table, schema: pa.Schema) -> pa.Table:
    product = table.column("product") if "product" in table.column_names else pc.utf8_lower(table.column("item"))
    ours = conform(table.select([name for name in table.column_names if name in schema.names]), schema)
    return ours.append_column("product", pc.fill_null(product.cast(pa.string()), ""))
