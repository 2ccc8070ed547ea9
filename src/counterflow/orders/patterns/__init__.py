"""Red flags: what stands out about the orders of a customer, each graded, with its evidence and what would clear it.

    >>> from counterflow.orders.patterns import KINDS
    >>> sorted({kind.group for kind in KINDS.values()})
    ['behaviour', 'end use', 'identity', 'logistics', 'payment', 'price', 'product mix', 'quantity']

`flags` tells what stands on a day; `weigh` what it says together. No single flag accuses anybody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from contextlib import closing

import pyarrow as pa

from counterflow.core.errors import UnknownName
from counterflow.core.tables import CUSTOMER, CUSTOMER_EXPECTED, CUSTOMER_LICENCE, empty
from counterflow.orders.patterns import (
    below,
    declared,
    frequency,
    mix,
    novelty,
    pause,
    payment,
    places,
    price,
    round_trip,
    share,
    shared,
    size,
)
from counterflow.orders.patterns.desk import Desk
from counterflow.orders.patterns.found import Found, as_flags
from counterflow.orders.patterns.kinds import KINDS, Kind
from counterflow.orders.patterns.setting import HouseLimit, Setting
from counterflow.orders.patterns.weigh import weigh
from counterflow.reference.trade_law import TradeLaw

__all__ = ["KINDS", "HouseLimit", "Kind", "Setting", "flags", "weigh"]

_Pattern = Callable[[Desk], Iterator[Found]]
#: each pattern with the kinds of flags it yields
_PATTERNS: tuple[tuple[_Pattern, tuple[str, ...]], ...] = (
    (size.find, ("order-size",)),
    (frequency.find, ("frequency",)),
    (declared.find, ("above-declared",)),
    (share.find, ("share-of-sales",)),
    (below.find, ("split-below-threshold",)),
    (novelty.find, ("new-product",)),
    (mix.find, ("precursor-mix",)),
    (mix.find_equipment, ("tablet-equipment",)),
    (share.find_basket, ("basket-share",)),
    (price.find, ("price",)),
    (price.find_purity, ("purity",)),
    (payment.find, ("payment",)),
    (places.find, ("ship-to-new", "ship-to-many", "ship-to-private", "places-differ", "forwarder-changed")),
    (shared.find, ("shared-address", "shared-contact")),
    (pause.find, ("dormant-then-active",)),
    (round_trip.find, ("return-and-reorder", "round-trip")),
)


def flags(  # noqa: PLR0913 - the tables that rooms meet as, one by one
    lines: pa.Table,
    product: pa.Array | pa.ChunkedArray | None,
    customers: pa.Table | None,
    licences: pa.Table | None,
    expected: pa.Table | None,
    law: TradeLaw | None,
    *,
    on: dt.date,
    history: pa.Table | None = None,
    setting: Setting | None = None,
    only: Collection[str] | None = None,
) -> pa.Table:
    """Return the red flags that stand on a day, as rows of ORDER_FLAG.

    Only what was ordered up to `on` is looked at, and a flag of a day depends on nothing later: asking on a later day
    gives the same flags again, and more. A flag stands for `setting.window` days. Leaving customers out changes the
    flags of the others only as far as they were their peers: given as `history` they still are.

    Args:
        lines: rows of ORDER_LINE that are asked about.
        product: beside them, what each is: substance id where recognised, else the item's text; None where `lines`
            carry a column `product`.
        customers: rows of CUSTOMER; the last row of a customer holds.
        licences: rows of CUSTOMER_LICENCE; research registrations are honoured.
        expected: rows of CUSTOMER_EXPECTED, with `product` where somebody recognised the item.
        law: thresholds of the law; None for those of the house alone.
        on: the day as of which is asked.
        history: further rows of ORDER_LINE (with `product`) that serve as background and are not told of.
        setting: what makes something stand out.
        only: kinds asked for; all where None.

    Raises:
        UnknownName: `only` names a kind that there is not.
    """
    for kind in only or ():
        if kind not in KINDS:
            raise UnknownName("kind of flag", kind, KINDS)
    known = lines if product is None else _with_product(lines, product)
    setting = setting or Setting()
    held, papers = _or_none(customers, CUSTOMER), _or_none(licences, CUSTOMER_LICENCE)
    desk = Desk.lay(known, held, papers, on=on, history=history, setting=setting)
    with closing(desk.store):
        declared.keep_expected(desk, _or_none(expected, CUSTOMER_EXPECTED))
        below.keep_limits(desk, law, on)
        return as_flags(_all(desk, only), desk)


def _with_product(lines: pa.Table, product: pa.Array | pa.ChunkedArray) -> pa.Table:
    kept = lines.drop_columns(["product"]) if "product" in lines.column_names else lines
    return kept.append_column("product", product)


def _all(desk: Desk, only: Collection[str] | None) -> Iterator[Found]:
    for find, kinds in _PATTERNS:
        if only is None or not set(only).isdisjoint(kinds):
            yield from (found for found in find(desk) if only is None or found.kind in only)


def _or_none(table: pa.Table | None, schema: pa.Schema) -> pa.Table:
    return empty(schema) if table is None else table
