"""Stocks of naloxone and test kits, as the places that hold them count them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from counterflow.watch.response.files import Kind, a_day, a_number, a_word

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["NALOXONE", "STOCK", "stocks"]

#: the one item whose use per overdose a published range tells
NALOXONE = "naloxone-dose"


def _row(row: Mapping[str, str]) -> dict[str, Any]:
    return {
        "place": a_word(row, "place"), "item": a_word(row, "item").casefold(),
        "stock": a_number({"stock": row["stock"] or "-"}, "stock"), "as_of": a_day(row, "as_of"),
        "use_per_week": a_number(row, "use_per_week"), "delivered_per_week": a_number(row, "delivered_per_week"),
        "lead_days": a_number(row, "lead_days"),
    }  # fmt: skip


#: CSV: place,item,stock,as_of and more
STOCK = Kind("watch_stock", ("place", "item", "stock", "as_of"), ("use_per_week", "delivered_per_week", "lead_days"),
             _row)  # fmt: skip


def stocks(store: Store) -> list[dict[str, Any]]:
    """Return the latest count of each place and item: by its day, then by when it came."""
    latest: dict[tuple[str, str], dict[str, Any]] = {}
    for row in store.rows("SELECT * FROM watch_stock ORDER BY as_of, first_seen, batch"):
        latest[str(row["place"]), str(row["item"])] = dict(row)
    return [row for _, row in sorted(latest.items())]
