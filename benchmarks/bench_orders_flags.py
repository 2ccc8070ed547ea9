"""Red flags on orders: how often each kind stands on histories without planted diversion, and how soon it tells.

    python benchmarks/bench_orders_flags.py [--buyers 40] [--seed 7] [--large] [--quick]

1. Base rates on real orders (methadone into one county, 2006 to 2014, `../shared/data/account`): buyer-months with
   orders in which a flag of the kind begins, for the two halves of the buyers (by a hash of their id; nothing was
   chosen by the second). Only what such a file holds can speak: size, frequency, shares, splitting, pauses, returns.
2. Structuring planted into the same histories, one buyer at a time: from an onset on, monthly totals just below 8,000
   units (the published limit, given as a limit of the house), or orders just below 500 units. Months to the flag.
3. The synthetic order book of `counterflow.demo.order_book` (**synthetic**): base rates of all kinds for customers
   without planted diversion, and what flags together say of customers with and without.
4. Speed: the large book, 1,000,000 orders of 20,000 customers (`--large`).
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import sys
import tempfile
from collections import Counter
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from measure import measured, reference_seconds
from public_data import SHARED_DATA

from counterflow.core.seeds import generator
from counterflow.core.tables import ORDER_LINE, conform
from counterflow.orders.patterns import HouseLimit, Setting, flags, weigh

ORDERS = "account/orders_methadone_train.parquet"
HALVES = ("development", "untouched")
MONTHLY = HouseLimit("", 8_000.0, "units", "month")
SINGLE = HouseLimit("", 500.0, "units", "transaction")
FOREVER = 100_000


def half_of(customer):
    return HALVES[hashlib.sha256(f"half:{customer}".encode()).digest()[0] % 2]


def real_orders(path):
    kinds = (
        "CASE transaction_code WHEN 'S' THEN 'sale' WHEN 'R' THEN 'return' WHEN 'P' THEN 'purchase' ELSE 'other' END"
    )
    with duckdb.connect() as connection:
        rows = connection.sql(
            f"""SELECT 'arcos' AS source, 'row ' || row_number() OVER () AS record_id, 'b' AS batch, 1 AS line, {kinds} AS kind,
            supplier_id, buyer_id AS customer_id, buyer_type AS customer_type, CAST(date AS DATE) AS ordered_on,
            drug AS item, nullif(dosage_units, 0) AS units, grams AS active_g FROM read_parquet(?)""",
            params=[str(path)],
        ).to_arrow_table()
    seen = pa.repeat(pa.scalar(dt.datetime(2026, 1, 1, tzinfo=dt.UTC), pa.timestamp("us", tz="UTC")), len(rows))
    return conform(rows.append_column("first_seen", seen), ORDER_LINE)


def buyer_months(lines):
    sales = lines.filter(pc.equal(lines["kind"], "sale"))
    months = pc.strftime(sales["ordered_on"], "%Y-%m")
    return set(zip(sales["customer_id"].to_pylist(), months.to_pylist(), strict=True))


def begun(found):
    return {(r["kind"], r["customer_id"], r["day"].strftime("%Y-%m")) for r in found.to_pylist()}


def base_rates(lines):
    print("## Base rates on real orders: share of buyer-months with orders in which a flag begins, per cent")
    on = pc.max(lines["ordered_on"]).as_py()
    found = flags(
        lines, lines["item"], None, None, None, None, on=on, setting=Setting(stands=FOREVER, house=(MONTHLY,))
    )
    months, events = buyer_months(lines), begun(found)
    total = {half: sum(half_of(c) == half for c, _ in months) for half in HALVES}
    print(f"buyer-months with orders: {total}")
    counts = Counter((kind, half_of(c)) for kind, c, _ in events)
    either = Counter(half_of(c) for c, _ in {(c, m) for _, c, m in events})
    for kind in sorted({kind for kind, _ in counts}):
        print(f"  {kind:24}" + "".join(f"{half} {100 * counts[kind, half] / total[half]:6.2f}   " for half in HALVES))
    print(f"  {'any':24}" + "".join(f"{half} {100 * either[half] / total[half]:6.2f}   " for half in HALVES))
    ends = sorted({dt.date(y, m, 28) for y in range(2008, 2015) for m in (3, 6, 9, 12)})
    told = Counter()
    for end in ends[::4]:
        told.update(weigh(flags(lines, lines["item"], None, None, None, None, on=end))["concern"].to_pylist())
    print(f"  weighed on {len(ends[::4])} days, buyers by concern: {dict(told)}")


def planted(lines, buyer, onset, limit, rng):
    """The history of one buyer with what it orders from `onset` kept just below a limit."""
    kept = lines.filter(
        pc.invert(pc.and_(pc.equal(lines["customer_id"], buyer), pc.greater_equal(lines["ordered_on"], onset)))
    )
    own = lines.filter(pc.equal(lines["customer_id"], buyer)).slice(0, 1).to_pylist()[0]
    rows = []
    for month in range(6):
        first = (onset.replace(day=1) + dt.timedelta(days=31 * month)).replace(day=1)
        parts, goal = (5, limit.quantity * rng.uniform(0.85, 0.99)) if limit.period == "month" else (4, None)
        for part in range(parts):
            q = goal / parts if goal else limit.quantity * rng.uniform(0.82, 0.99)
            rows.append(own | {"record_id": f"planted {month} {part}", "kind": "sale", "units": round(q),
                               "ordered_on": first + dt.timedelta(days=2 + 5 * part)})  # fmt: skip
    return pa.concat_tables([kept, pa.Table.from_pylist(rows, schema=lines.schema)])


def structuring(lines, buyers, seed):
    print("## Structuring planted into real histories: months from onset to the flag (0 = month of the onset)")
    monthly = Counter(
        zip(lines["customer_id"].to_pylist(), pc.strftime(lines["ordered_on"], "%Y-%m").to_pylist(), strict=True)
    )
    active = Counter(c for c, _ in monthly)
    for limit in (MONTHLY, SINGLE):
        rng = generator(seed, "structuring", limit.period)
        eligible = sorted(c for c, n in active.items() if n >= 24)
        chosen = [eligible[i] for i in rng.permutation(len(eligible))[:buyers]]
        waits = {half: [] for half in HALVES}
        for buyer in chosen:
            onset = dt.date(int(rng.integers(2009, 2014)), int(rng.integers(1, 13)), 1)
            found = flags(planted(lines, buyer, onset, limit, rng), None, None, None, None, None,
                          on=onset + dt.timedelta(days=183), setting=Setting(house=(limit,)), only=["split-below-threshold"])  # fmt: skip
            days = [r["day"] for r in found.to_pylist() if r["customer_id"] == buyer and r["day"] >= onset]
            wait = (min(days).year - onset.year) * 12 + min(days).month - onset.month if days else np.inf
            waits[half_of(buyer)].append(wait)
        for half in HALVES:
            of = np.array(waits[half])
            print(
                f"  {limit.words}: {half}, {len(of)} buyers, found in 3 months {np.mean(of < 3):.2f}, median {np.median(of):g}"
            )


def habits(read, truth):
    """Print how many of each planted diversion had a flag of some kind begin in its first six months."""
    found = flags(read.lines, None, read.customers, read.licences, read.expected, None, on=read.on,
                  setting=Setting(stands=FOREVER))  # fmt: skip
    begun_on = {}
    for row in found.to_pylist():
        begun_on.setdefault(row["customer_id"], []).append((row["day"], row["kind"]))
    by_kind = {}
    for row in truth.to_pylist():
        first = dt.date.fromisoformat(row["onset"] + "-01")
        last = first + dt.timedelta(days=183)
        kinds = {kind for day, kind in begun_on.get(row["customer_id"], ()) if first <= day <= last}
        by_kind.setdefault(row["kind"], []).append(kinds)
    for kind, found_by in sorted(by_kind.items()):
        most = Counter(one for kinds in found_by for one in kinds).most_common(3)
        print(f"    planted {kind:14} {len(found_by):4}: any flag in six months {np.mean([bool(k) for k in found_by]):.0%}; "
              + ", ".join(f"{name} {n / len(found_by):.0%}" for name, n in most))  # fmt: skip


def synthetic(options):
    from counterflow.demo.order_book import make_order_book
    from counterflow.demo.order_files import write_order_book
    from counterflow.flow.order_flags import flags_of, read_book

    book = make_order_book(options)
    with tempfile.TemporaryDirectory() as folder:
        files = write_order_book(book, Path(folder) / "book")
        with measured() as reading:
            read = read_book(files.orders, customers=files.customers)
    with measured() as work:
        found = flags_of(read)
    with measured() as weighing:
        told = weigh(found)
    rows = len(read.lines)
    print(f"  {rows:,} orders of {options.customers:,} customers: read {reading.wall_s:.1f} s, flags {work.wall_s:.1f} s wall,"
          f" {work.cpu_s:.1f} CPU-s ({work.cpu_s / reference_seconds():.1f} x reference), peak {work.peak_mb:,.0f} MB,"
          f" weighed {weighing.wall_s:.2f} s")  # fmt: skip
    truth = set(book.truth["customer_id"].to_pylist())
    everybody = set(read.lines["customer_id"].to_pylist())
    concern = {r["customer_id"]: r["concern"] for r in told.to_pylist()}
    for name, group in (("with planted diversion", truth), ("without", everybody - truth)):
        counts = Counter(concern.get(c, "nothing") for c in group)
        print(
            f"  customers {name} ({len(group)}): "
            + ", ".join(f"{k} {v / len(group):.1%}" for k, v in sorted(counts.items()))
        )
    kinds = Counter((r["kind"], r["customer_id"] in truth) for r in found.select(["kind", "customer_id"]).to_pylist())
    habits(read, book.truth)
    for kind in sorted({k for k, _ in kinds}):
        with_, without = len(truth), len(everybody - truth)
        hit = len({r["customer_id"] for r in found.to_pylist() if r["kind"] == kind and r["customer_id"] in truth})
        false = len(
            {r["customer_id"] for r in found.to_pylist() if r["kind"] == kind and r["customer_id"] not in truth}
        )
        print(f"    {kind:24} planted {hit / with_:7.1%}   without {false / without:7.1%}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--buyers", type=int, default=40)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--large", action="store_true", help="the large book too")
    parser.add_argument("--quick", action="store_true", help="a rehearsal")
    chosen = parser.parse_args()
    path = SHARED_DATA / ORDERS
    if path.is_file():
        lines = real_orders(path)
        base_rates(lines)
        lines = lines.append_column("product", lines["item"])
        structuring(lines, 4 if chosen.quick else chosen.buyers, chosen.seed)
    else:
        print(f"{path} is not there: no real orders")
    from counterflow.demo.order_book import SIZES, OrderBookOptions

    print("## Synthetic order books (nothing in them was observed)")
    synthetic(OrderBookOptions(customers=600, orders=20_000, seed=chosen.seed))
    if chosen.large:
        synthetic(SIZES["large"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
