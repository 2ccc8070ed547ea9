"""A SYNTHETIC order book: one distributor, its customers, what they order, and the diversion hidden in it.

Nothing in it was observed. Customers of ten business lines buy ordinary articles of trade, each by its own habit: how
often, how much, growing or shrinking, busy in spring or not, some from the first day and some later. A known share of
them starts to divert at a known month: in quantity (`counterflow.orders.plan` plants it), by articles that their
business does not need, after a long pause, or by sending goods elsewhere and paying in another way.

The same options give the same rows. One million orders of twenty thousand customers take a few seconds.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import UsageError
from counterflow.core.seeds import generator
from counterflow.demo.places import data_text
from counterflow.orders.plan.diversion import STANDARD, Planting, plant

__all__ = ["SIZES", "OrderBook", "OrderBookOptions", "make_order_book"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SOURCE = "synthetic-distributor"
HOME = "DE"
#: planted here and not by `orders.plan`: they change what is ordered, when and where to, not how much
HABITS = ("new articles", "dormant", "redirected")
_PAUSE, _AFTER = 8, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBookOptions:
    """How large a book, and how much of it is diverted.

    Args:
        customers: customers, 10 to 200,000.
        orders: orders that are expected over all months; the number drawn differs by chance.
        months: months, 24 at least, so that there is a history to compare with.
        seed: seed of everything.
        start: first month.
        diverted: share of the customers with a diversion of each of the two sorts, in quantity and in habit.
        dirt: how many times the usual share of rows is broken, returned or corrected; 0 = none.

    Raises:
        UsageError: a number lies outside what a book can be made with.
    """

    customers: int = 60
    orders: int = 2_400
    months: int = 30
    seed: int = 3
    start: dt.date = dt.date(2024, 1, 1)
    diverted: float = 0.1
    dirt: float = 1.0

    def __post_init__(self) -> None:
        if not 10 <= self.customers <= 200_000 or not self.customers <= self.orders <= 10_000_000:
            raise UsageError("An order book has 10 to 200,000 customers and at least one order for each.")
        if not 24 <= self.months <= 120 or self.seed < 0 or self.dirt < 0 or not 0 <= self.diverted <= 0.5:
            raise UsageError("An order book has 24 to 120 months, a seed from 0, and diverts half at most.")


#: the small book is for the how-to, the large one for the benchmark
SIZES = {
    "small": OrderBookOptions(),
    "large": OrderBookOptions(customers=20_000, orders=1_000_000, months=36, start=dt.date(2023, 7, 1), diverted=0.01),
}


@dataclass(frozen=True)
class OrderBook:
    """A book with what is true of it.

    Args:
        options: what it was made from.
        customers: one row per customer, in order of `number`; columns as `demo.order_files` writes them.
        orders: ORDER_LINE columns that a distributor has, in order of day, before anything is broken.
        expected: what each customer says it will buy in a month: customer_id, item, quantity, unit.
        truth: customer_id, product, diversion, kind, onset, until, planted.
    """

    options: OrderBookOptions
    customers: pa.Table
    orders: pa.Table
    expected: pa.Table
    truth: pa.Table


@cache
def catalogue() -> dict[str, Any]:
    """Return products, business lines and names."""
    return tomllib.loads(data_text("order_book.toml"))


@dataclass(frozen=True)
class _Series:
    """One customer's buying of one product; all arrays have an entry per series, `rate` is series by months."""

    customer: Ints
    product: Ints
    size: Floats
    rate: Floats


def make_order_book(options: OrderBookOptions | None = None) -> OrderBook:
    """Return the book that belongs to `options`."""
    options = options or OrderBookOptions()
    lines = _business_lines(options)
    series = _series(options, lines)
    customers = _customers(options, lines)
    series, habits = _with_habits(options, lines, series)
    orders = _orders(options, series, customers)
    orders, truth = _with_quantities(options, orders, habits)
    orders = _in_whole_packs(_redirected(orders, habits))
    orders = orders.sort_by([(name, "ascending") for name in ("ordered_on", "customer_id", "item", "quantity")])
    numbers = pc.binary_join_element_wise("SO", _padded(np.arange(1, len(orders) + 1), 7), "-")
    planted = pc.starts_with(orders["record_id"], "planted-")
    orders = orders.append_column("planted", planted).set_column(
        orders.column_names.index("record_id"), "record_id", numbers
    )
    truth = pa.concat_tables([truth, habits])
    return OrderBook(options, customers, orders, _expected(options, series, customers), truth)


def _with_quantities(options: OrderBookOptions, orders: pa.Table, habits: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Plant diversion in quantity, in histories of customers whose habits do not change."""
    if not options.diverted:
        return orders, habits.slice(0, 0)
    busy = pc.is_in(orders["customer_id"], habits["customer_id"].combine_chunks())
    free = orders.filter(pc.invert(busy))
    made = plant(
        free,
        free["item"],
        seed=options.seed,
        diversions=[d for d in STANDARD if d.kind not in {"split", "articles"}],
        where=Planting(smallest=1.0, after=_AFTER, share=options.diverted),
    )
    return pa.concat_tables([orders.filter(busy), made.lines]), made.truth.select(habits.column_names)


def _padded(numbers: Ints, width: int) -> pa.Array:
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")


def _business_lines(options: OrderBookOptions) -> Ints:
    """Return each customer's business line; in a small book too each line has its share."""
    share = np.array([line["share"] for line in catalogue()["line"]])
    even = (np.arange(options.customers) + 0.5) / options.customers
    lines = np.searchsorted(np.cumsum(share / share.sum()), even)
    return np.asarray(generator(options.seed, "order book", "lines").permutation(lines), np.int64)


def _menus() -> npt.NDArray[np.bool_]:
    """Return which business line buys which product."""
    names = [product["item"] for product in catalogue()["product"]]
    return np.array([[name in line["menu"] for name in names] for line in catalogue()["line"]])


def _series(options: OrderBookOptions, lines: Ints) -> _Series:
    """Draw who buys what, how often and how much."""
    rng = generator(options.seed, "order book", "habits")
    menu = _menus()[lines]
    keys = np.where(menu, rng.random(menu.shape), -1.0)
    rank = np.argsort(np.argsort(-keys, axis=1), axis=1)
    wanted = 1 + rng.integers(0, 3, options.customers)
    customer, product = np.nonzero(menu & (rank < wanted[:, None]))
    monthly, size = (np.array([line[name] for line in catalogue()["line"]])[lines[customer]]
                     for name in ("monthly", "size"))  # fmt: skip
    count = len(customer)
    month = np.arange(options.months)[None, :]
    growth = np.exp(np.log1p(np.clip(rng.normal(0.02, 0.08, count), -0.3, 0.4))[:, None] * month / 12)
    phase = rng.uniform(0, 12, len(catalogue()["line"]))[lines[customer]][:, None]
    season = 1 + rng.uniform(0, 0.3, count)[:, None] * np.sin(2 * np.pi * (month + phase) / 12)
    begins = np.where(rng.random(count) < 0.75, 0, rng.integers(0, options.months // 2, count))
    rate = (monthly * np.exp(rng.normal(0, 0.5, count)))[:, None] * growth * season * (month >= begins[:, None])
    rate *= options.orders / rate.sum()
    return _Series(customer, product, size * np.exp(rng.normal(0, 0.5, count)), rate)


def _with_habits(options: OrderBookOptions, lines: Ints, series: _Series) -> tuple[_Series, pa.Table]:
    """Plant diversion that changes habits; return the series with it, and the truth."""
    rng = generator(options.seed, "order book", "planted habits")
    count = max(round(options.customers * options.diverted), len(HABITS) if options.diverted else 0)
    who = rng.permutation(options.customers)[:count]
    kind = np.arange(count) % len(HABITS)
    onset = rng.integers(12, options.months - _AFTER + 1, count)
    listed = np.array([p["listed"] for p in catalogue()["product"]])
    rate, size = series.rate.copy(), series.size
    customer, product = series.customer, series.product
    added: list[tuple[int, int, int]] = []
    for c, k, o in zip(who, kind, onset, strict=True):  # a few per hundred customers, never per order
        own = np.flatnonzero(customer == c)
        if HABITS[k] == "dormant":
            rate[own, o - _PAUSE : o] = 0
            rate[own, o:] *= 4
        elif HABITS[k] == "new articles":
            others = np.flatnonzero(listed & ~_menus()[lines[c]] & (_units() != "tablets"))
            added += [(int(c), int(p), int(o)) for p in rng.permutation(others)[:3]]
    month = np.arange(options.months)
    more = np.array(added, np.int64).reshape(-1, 3)
    new = np.where(month[None, :] >= more[:, 2:], 1.0, 0.0)
    grown = _Series(
        np.concatenate([customer, more[:, 0]]),
        np.concatenate([product, more[:, 1]]),
        np.concatenate([size, np.full(len(more), 4.0)]),
        np.concatenate([rate, new]),
    )
    return grown, _habit_truth(options, who, kind, onset)


def _units() -> npt.NDArray[np.str_]:
    return np.array([p["unit"] for p in catalogue()["product"]])


def _habit_truth(options: OrderBookOptions, who: Ints, kind: Ints, onset: Ints) -> pa.Table:
    names = pa.array([HABITS[k] for k in kind], pa.string())
    return pa.table(
        {
            "customer_id": _customer_ids(who),
            "product": pa.nulls(len(who), pa.string()),
            "diversion": names,
            "kind": names,
            "onset": _month_names(options, onset),
            "until": _month_names(options, np.full(len(who), options.months - 1)),
            "planted": pa.nulls(len(who), pa.float64()),
        }
    )


def _customer_ids(numbers: Ints) -> pa.Array:
    return pc.binary_join_element_wise("K", _padded(np.asarray(numbers) + 1, 5), "-")


def _month_names(options: OrderBookOptions, months: Ints) -> pa.Array:
    first = np.datetime64(options.start, "M")
    return pa.array([str(first + int(month)) for month in months], pa.string())


def _customers(options: OrderBookOptions, lines: Ints) -> pa.Table:
    """Return the customer file as it should be."""
    rng = generator(options.seed, "order book", "customers")
    names, count = catalogue()["names"], options.customers
    place = rng.choice(len(names["places"]), count, p=list(names["places"].values()))
    country = pa.array(list(names["places"])).take(pa.array(place))
    line = catalogue()["line"]
    words = [
        pa.array(names[key]).take(pa.array(rng.integers(0, len(names[key]), count))) for key in ("first", "second")
    ]
    business = pa.array([each["name"] for each in line]).take(pa.array(lines))
    number = _padded(np.arange(1, count + 1), 5)
    street = pa.array(names["streets"]).take(pa.array(rng.integers(0, len(names["streets"]), count)))
    house = pa.array(rng.integers(1, 200, count)).cast(pa.string())
    since = np.datetime64(options.start, "D") - rng.integers(30, 3000, count)
    town = pc.binary_join_element_wise(words[0], words[1], "")
    return pa.table(
        {
            "customer_id": _customer_ids(np.arange(count)),
            "name": pc.binary_join_element_wise(town, pc.utf8_title(business), number, " "),
            "registration": pc.binary_join_element_wise(country, pc.binary_join_element_wise("HR", number, ""), ":"),
            "address": pc.binary_join_element_wise(street, house, town, " "),
            "country": country,
            "site_type": pa.array([each["site_type"] for each in line]).take(pa.array(lines)),
            "business_line": business,
            "customer_since": pa.array(since),
            "end_use": pa.array([each["use"] for each in line]).take(pa.array(lines)),
            "research": pa.array(lines == [each["name"] for each in line].index("laboratory")),
            "resells": pa.array(lines == [each["name"] for each in line].index("chemical trade")),
        }
    )


def _orders(options: OrderBookOptions, series: _Series, customers: pa.Table) -> pa.Table:
    """Draw the orders of every series and month."""
    rng = generator(options.seed, "order book", "orders")
    # Firms order by habit: a month has what its rate says, give or take a quarter, rounded up or down by chance.
    swing = np.exp(rng.normal(-0.03, 0.25, series.rate.shape))
    counts = np.floor(series.rate * swing + rng.random(series.rate.shape)).astype(np.int64)
    which, month = np.nonzero(counts)
    times = counts[which, month]
    which, month = np.repeat(which, times), np.repeat(month, times)
    count = len(which)
    product = series.product[which]
    packs = np.maximum(np.round(series.size[which] * np.exp(rng.normal(0, 0.3, count))), 1)
    goods = catalogue()["product"]
    quantity = packs * np.array([p["pack"] for p in goods], float)[product]
    unit = _units()[product]
    price = quantity * np.array([p["price"] for p in goods])[product] * np.exp(rng.normal(0, 0.04, count))
    first = np.datetime64(options.start, "M") + month
    who = pa.array(series.customer[which])
    of = pa.array(product)
    table = {
        "source": pa.repeat(SOURCE, count),
        "record_id": pa.repeat("", count),
        "line": pa.repeat(pa.scalar(1, pa.int32()), count),
        "kind": pa.repeat("sale", count),
        "supplier_id": pa.repeat(SOURCE, count),
        "customer_id": customers["customer_id"].combine_chunks().take(who),
        "customer_type": customers["business_line"].combine_chunks().take(who),
        "ordered_on": pa.array(first.astype("datetime64[D]") + rng.integers(0, 28, count)),
        "item": pa.array([p["item"] for p in goods]).take(of),
        "cas": pa.array([p["cas"] for p in goods]).take(of),
        "purity_pct": pa.array([p.get("purity") for p in goods], pa.float64()).take(of),
        "quantity": pa.array(quantity),
        "unit": pa.array([p["unit"] for p in goods]).take(of),
        "packs": pa.array(packs),
        "mass_g": pa.array(quantity * 1000, mask=unit != "kg"),
        "volume_l": pa.array(quantity, mask=unit != "L"),
        "units": pa.array(quantity, mask=unit != "tablets"),
        "price": pa.array(price),
        "ship_to": customers["address"].combine_chunks().take(who),
        "ship_to_country": customers["country"].combine_chunks().take(who),
        "payment": pa.array(["account", "transfer", "card"]).take(pa.array(rng.choice(3, count, p=[0.85, 0.13, 0.02]))),
        "channel": pa.array(["account", "web", "phone"]).take(pa.array(rng.choice(3, count, p=[0.6, 0.3, 0.1]))),
    }
    return pa.table(table)


def _redirected(orders: pa.Table, habits: pa.Table) -> pa.Table:
    """Send the goods of redirected customers elsewhere from their onset, paid by somebody else."""
    turned = habits.filter(pc.equal(habits["kind"], "redirected"))
    place = pc.index_in(orders["customer_id"], turned["customer_id"].combine_chunks())
    onset = pc.strptime(pc.binary_join_element_wise(turned["onset"], "01", "-"), "%Y-%m-%d", "s").cast(pa.date32())
    since = pc.fill_null(pc.greater_equal(orders["ordered_on"], onset.combine_chunks().take(place)), fill_value=False)
    new = pa.array([f"Unit {number + 1}, Free Storage Park" for number in range(len(turned))], pa.string())
    for name, values in (("ship_to", new.take(place)), ("payment", pa.scalar("third party"))):
        at = orders.column_names.index(name)
        orders = orders.set_column(at, name, pc.if_else(since, values, orders[name]))
    return orders


def _in_whole_packs(orders: pa.Table) -> pa.Table:
    """Round what was planted to whole packs, as everything else is sold."""
    goods = catalogue()["product"]
    packs = np.maximum(np.round(orders["packs"].to_numpy()), 1)
    place = pc.index_in(orders["item"], pa.array([p["item"] for p in goods])).to_numpy()
    quantity = packs * np.array([p["pack"] for p in goods], float)[place]
    unit = _units()[place]
    said = {
        "packs": pa.array(packs),
        "quantity": pa.array(quantity),
        "mass_g": pa.array(quantity * 1000, mask=unit != "kg"),
        "volume_l": pa.array(quantity, mask=unit != "L"),
        "units": pa.array(quantity, mask=unit != "tablets"),
    }
    for name, values in said.items():
        orders = orders.set_column(orders.column_names.index(name), name, values)
    return orders


def _expected(options: OrderBookOptions, series: _Series, customers: pa.Table) -> pa.Table:
    """Return what customers declare: a third more than they mean to buy; what is diverted they do not declare."""
    rng = generator(options.seed, "order book", "declared")
    pack = np.array([p["pack"] for p in catalogue()["product"]], float)[series.product]
    early = np.where(series.rate[:, :12].sum(axis=1) > 0, series.rate[:, :12].mean(axis=1), 0)
    packs = np.ceil(early * series.size * 1.35)
    declared = (packs > 0) & (rng.random(len(packs)) < 0.85)
    which = np.flatnonzero(declared)
    return pa.table(
        {
            "customer_id": customers["customer_id"].combine_chunks().take(pa.array(series.customer[which])),
            "item": pa.array([p["item"] for p in catalogue()["product"]]).take(pa.array(series.product[which])),
            "quantity": pa.array((packs * pack)[which]),
            "unit": pa.array(_units()[series.product[which]]),
        }
    )
