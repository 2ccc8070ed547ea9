"""One million orders of twenty thousand customers: read, screened and monitored; and one live order at a desk.

    python benchmarks/bench_orders_scale.py [--orders 1000000] [--customers 20000] [--seed 3] [--quick]

The order book is SYNTHETIC (`counterflow.demo.order_book`), written as the CSV files that a firm has, so that reading is
part of it: the bar is 60 s for screening and monitoring on two cores; reading is told apart. The reference job is a plain
grouping of the same CSV file by customer, article and month in DuckDB, in the same run.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
from measure import measured

from counterflow.core.clock import fixed_clock
from counterflow.demo.order_book import SIZES, make_order_book
from counterflow.demo.order_files import write_order_book

ON = dt.date(2026, 6, 28)
NOW = fixed_clock("2026-06-30T08:00:00Z")


def book_in(folder, orders, customers, seed):
    """Write the book; return its files."""
    options = dataclasses.replace(SIZES["large"], orders=orders, customers=customers, seed=seed)
    return write_order_book(make_order_book(options), folder)


def reference(path):
    """Group the same file in DuckDB, plainly."""
    with duckdb.connect(config={"threads": 2}) as connection:
        found = connection.sql(
            "SELECT customer_id, item, strftime(TRY_CAST(order_date AS DATE), '%Y-%m') AS month, count(*) AS n, "
            "sum(TRY_CAST(quantity AS DOUBLE)) AS quantity FROM read_csv(?, all_varchar=true) GROUP BY ALL",
            params=[str(path)],
        ).fetchall()
    return len(found)


def read(files):
    from counterflow.intake.standalone import read_file

    orders = read_file(files.orders, None, table="order", now=NOW())
    customers = read_file(files.customers, None, table="customer", now=NOW())
    return orders, customers


def filed(customers):
    """The customer file as it stands."""
    from counterflow.orders.customers import CustomerFile

    tables = customers.tables
    return CustomerFile(
        *(tables[name] for name in ("customer", "customer_licence", "customer_expected", "customer_owner"))
    )


def screened(orders, customers):
    """May each of these orders be shipped?"""
    from counterflow.flow.order_screening import screen_lines

    return screen_lines(orders.tables["order_line"], filed(customers), on=ON)


def monitored(orders, customers):
    """Every customer's product, as of each month."""
    from counterflow.flow.order_items import product_of
    from counterflow.flow.order_monitoring import Book, look, with_customers

    lines = orders.tables["order_line"]
    return look(with_customers(Book(lines, product_of(lines)), customers.tables)).by_month()


def live(orders, customers):
    """Milliseconds of single orders at a desk, warm."""
    from counterflow.flow.order_desk import OrderDesk

    desk = OrderDesk(filed(customers), on=ON)
    spent = []
    for row in orders.tables["order_line"].slice(0, 230).to_pylist():
        started = time.perf_counter()
        desk.ask(
            row["item"], row["quantity_text"] or "", customer=row["customer_id"], ship_from=row["ship_from"] or "",
            ship_to=row["ship_to_country"] or "",
        )  # fmt: skip
        spent.append((time.perf_counter() - started) * 1000)
    return np.array(spent[30:])


def line(name, used, reference_s, rows, said=""):
    print(
        f"{name:34} {used.wall_s:7.1f} s wall {used.cpu_s:7.1f} CPU-s ({used.cpu_s / reference_s:5.1f} x reference) "
        f"{rows / max(used.wall_s, 1e-9):12,.0f} rows/s  peak {used.peak_mb:6,.0f} MB  {said}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    if given.quick:
        given.orders, given.customers = 20_000, 400
    with tempfile.TemporaryDirectory() as folder:
        with measured() as making:
            files = book_in(Path(folder) / "book", given.orders, given.customers, given.seed)
        print(f"SYNTHETIC: {files.rows:,} order rows of {given.customers:,} customers, made in {making.wall_s:.1f} s")
        with measured() as plain:
            groups = reference(files.orders)
        line("reference: grouped in DuckDB", plain, plain.cpu_s, files.rows, f"{groups:,} groups")
        with measured() as reading:
            orders, customers = read(files)
        line(
            "read",
            reading,
            plain.cpu_s,
            orders.read,
            f"{orders.accepted:,} accepted, {orders.read - orders.accepted:,} refused",
        )
        with measured() as screening:
            answers = screened(orders, customers)
        counted = dict(
            zip(*np.unique(answers["answer"].to_numpy(zero_copy_only=False), return_counts=True), strict=True)
        )
        line(
            "screened: may it be shipped?",
            screening,
            plain.cpu_s,
            orders.accepted,
            str({k: int(v) for k, v in counted.items()}),
        )
        with measured() as monitoring:
            months = monitored(orders, customers)
        rang = int(months["alarm"].to_numpy(zero_copy_only=False).sum())
        line(
            "monitored as of each month",
            monitoring,
            plain.cpu_s,
            orders.accepted,
            f"{len(months):,} rows, {rang:,} alarms",
        )
        spent = live(orders, customers)
    whole = screening.wall_s + monitoring.wall_s
    print(f"screened and monitored: {whole:.1f} s wall, {screening.cpu_s + monitoring.cpu_s:.1f} CPU-s (bar: 60 s); "
          f"with reading {whole + reading.wall_s:.1f} s")  # fmt: skip
    print(
        f"one live order, warm, {len(spent)} asked: median {np.median(spent):.1f} ms, 95 % {np.quantile(spent, 0.95):.1f} ms (bar: 50 ms)"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
