"""The synthetic order book as the files that a small firm has: an order list and a customer list, with their faults.

Some rows are broken, returned, corrected or written in another way on purpose, and some customer files lack what they
should have; what was done to which row lies in `truth/`, which nothing but scoring reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from counterflow.core.errors import InputError
from counterflow.core.seeds import generator
from counterflow.demo.order_book import HOME, OrderBook

__all__ = ["OrderBookFiles", "write_order_book"]

Ints = npt.NDArray[np.int64]

_README = """\
SYNTHETIC: an order book
========================

Every customer, address and order in this folder is invented by a program (seed {seed}, {customers:,} customers,
{orders:,} order rows, {months} months from {start}). Nothing here was observed; no figure reached with these files
says anything about real firms. The articles are ordinary goods of trade; country codes are real because records must
carry valid ones.

synthetic-orders.csv      one row an order; some broken, returned, corrected or written in another way on purpose
synthetic-customers.csv   the customer files: one row per customer and expected product, with faults
truth/                    what was planted and what was broken. Only scoring may read it.
"""

#: what is done to rows on purpose, with the share of rows it is done to
_DIRT = {
    "returned": 0.010, "corrected": 0.006, "repeated": 0.003, "negative": 0.002, "no unit": 0.002, "in pounds": 0.004,
    "quantity and pack in one": 0.030, "unknown chemical": 0.002, "day in another style": 0.001,
}  # fmt: skip
#: what customer files lack, with the share of customers
_FAULTS = {
    "no file": 0.015, "licence expired": 0.04, "no licence": 0.03, "no end use": 0.04, "bank elsewhere": 0.03,
    "a residence": 0.015, "a virtual office": 0.01,
}  # fmt: skip
#: articles that a customer's declaration goes with
_DECLARED = ("Acetic anhydride", "Potassium permanganate", "Piperonal")


@dataclass(frozen=True)
class OrderBookFiles:
    """Where the files of an order book are.

    Args:
        folder: all of it.
        orders: the order list, which may be loaded.
        customers: the customer list, which may be loaded.
        truth: folder of what was planted and broken.
        rows: rows of the order file.
        broken: rows of it with something done to them.
    """

    folder: Path
    orders: Path
    customers: Path
    truth: Path
    rows: int
    broken: int


def write_order_book(book: OrderBook, out: Path) -> OrderBookFiles:
    """Write a book into the folder `out`.

    Raises:
        InputError: `out` holds something else already.
    """
    orders, broken = _order_rows(book)
    customers, faults = _customer_rows(book)
    _own_folder(out)
    truth = out / "truth"
    truth.mkdir(exist_ok=True)
    files = OrderBookFiles(
        out, out / "synthetic-orders.csv", out / "synthetic-customers.csv", truth, len(orders), len(broken)
    )
    options = book.options
    told = _README.format(
        seed=options.seed, customers=options.customers, orders=len(orders), months=options.months, start=options.start
    )
    (out / "README.md").write_text(told, "utf-8")
    for path, table in (
        (files.orders, orders),
        (files.customers, customers),
        (truth / "planted.csv", book.truth),
        (truth / "planted-orders.csv", book.orders.filter(book.orders["planted"]).select(["record_id", "customer_id"])),
        (truth / "broken-rows.csv", broken),
        (truth / "customer-faults.csv", faults),
    ):
        pacsv.write_csv(table, path, pacsv.WriteOptions(quoting_style="needed"))
    return files


def _own_folder(out: Path) -> None:
    """Take a new or empty folder, or one that an order book was written to before."""
    again = (out / "README.md").is_file() and (out / "README.md").read_text("utf-8").startswith(_README[:26])
    if out.exists() and not again and (not out.is_dir() or any(out.iterdir())):
        raise InputError("The order book needs a folder of its own.", hint="Name a new or empty one.", file=out)
    out.mkdir(parents=True, exist_ok=True)


def _order_rows(book: OrderBook) -> tuple[pa.Table, pa.Table]:
    """Return the rows of the order file, and what was done to which."""
    clean = book.orders
    count = len(clean)
    rng = generator(book.options.seed, "order book", "dirt")
    touched = _dealt(rng, count, {name: share * book.options.dirt for name, share in _DIRT.items()})
    quantity, unit = clean["quantity"].to_numpy(), clean["unit"].to_numpy(zero_copy_only=False)
    said, written = _text(quantity), unit.astype(object)
    item, day = clean["item"], pc.strftime(clean["ordered_on"], "%Y-%m-%d")
    packs = clean["packs"].to_numpy()
    for name, rows in touched.items():
        if name == "negative":
            said[rows] = [f"-{text}" for text in said[rows]]
        elif name == "no unit":
            written[rows] = ""
        elif name == "in pounds":
            touched[name] = weighed = rows[unit[rows] == "kg"]
            said[weighed], written[weighed] = _text(np.round(quantity[weighed] / 0.45359237, 1)), "lb"
        elif name == "quantity and pack in one":
            each = _text(quantity[rows] / packs[rows])
            said[rows] = [f"{n} x {e} {u}" for n, e, u in zip(_text(packs[rows]), each, unit[rows], strict=True)]
            written[rows] = ""
    item = _replaced(item, touched.get("unknown chemical"), "Solvent blend X-17")
    cas = _replaced(clean["cas"], touched.get("unknown chemical"), "")
    day = _replaced_by(day, touched.get("day in another style"), pc.strftime(clean["ordered_on"], "%d.%m.%Y"))
    table = _order_columns(clean, said, written, item, cas, day)
    return _with_more_rows(table, clean, touched, rng)


def _text(values: npt.NDArray[np.float64]) -> npt.NDArray[np.object_]:
    """Return numbers as people write them: no trailing zeros."""
    return np.asarray(pa.array(values).cast(pa.string()).to_numpy(zero_copy_only=False), object)


def _order_columns(clean: pa.Table, said: object, written: object, item: object, cas: object, day: object) -> pa.Table:
    listed = pc.is_in(clean["item"], pa.array(_DECLARED))
    year = pc.strftime(clean["ordered_on"], "%Y")
    declared = pc.binary_join_element_wise("D", clean["customer_id"], year, "-")
    country = clean["ship_to_country"]
    return pa.table(
        {
            "order_id": clean["record_id"],
            "kind": clean["kind"],
            "customer_id": clean["customer_id"],
            "order_date": day,
            "item": item,
            "cas": cas,
            "purity": pc.round(clean["purity_pct"], 1),
            "quantity": pa.array(said, pa.string()),
            "unit": pa.array(written, pa.string()),
            "price": pc.round(clean["price"], 2),
            "currency": pa.repeat("EUR", len(clean)),
            "ship_from": pa.repeat(HOME, len(clean)),
            "ship_to": clean["ship_to"],
            "ship_to_country": country,
            "bill_to_country": country,
            "channel": clean["channel"],
            "payment": clean["payment"],
            "declaration": pc.if_else(listed, declared, ""),
            "corrects": pa.repeat("", len(clean)),
        }
    )


def _dealt(rng: np.random.Generator, count: int, shares: dict[str, float]) -> dict[str, Ints]:
    """Return for each name its rows: disjoint, at least one row of each where the share is not nothing."""
    order = rng.permutation(count)
    dealt: dict[str, Ints] = {}
    start = 0
    for name, share in shares.items():
        size = max(round(count * share), 1) if share else 0
        dealt[name] = np.sort(order[start : start + size])
        start += size
    return dealt


def _replaced(column: pa.ChunkedArray, rows: Ints | None, text: str) -> pa.ChunkedArray:
    return _replaced_by(column, rows, pa.scalar(text))


def _replaced_by(column: pa.ChunkedArray, rows: Ints | None, by: object) -> pa.ChunkedArray:
    if rows is None or not len(rows):
        return column
    there = np.zeros(len(column), bool)
    there[rows] = True
    return pc.if_else(pa.array(there), by, column)


def _with_more_rows(
    table: pa.Table, clean: pa.Table, touched: dict[str, Ints], rng: np.random.Generator
) -> tuple[pa.Table, pa.Table]:
    """Add returns, corrections and repeated rows behind the others; return the rows and what is wrong with which."""
    back, wrong, twice = (touched.get(name, np.zeros(0, np.int64)) for name in ("returned", "corrected", "repeated"))
    packs, quantity = clean["packs"].to_numpy(), clean["quantity"].to_numpy()
    some = np.ceil(packs[back] * rng.uniform(0.2, 1, len(back))) * (quantity[back] / packs[back])
    returns = _changed(
        table.take(pa.array(back)), kind=pa.repeat("return", len(back)), quantity=pa.array(_text(some), pa.string()),
        unit=clean["unit"].take(pa.array(back)), order_id=_suffixed(table["order_id"].take(pa.array(back)), "R"),
    )  # fmt: skip
    more = (packs[wrong] + 1) * (quantity[wrong] / packs[wrong])
    corrections = _changed(
        table.take(pa.array(wrong)), corrects=table["order_id"].take(pa.array(wrong)),
        quantity=pa.array(_text(more), pa.string()), order_id=_suffixed(table["order_id"].take(pa.array(wrong)), "C"),
        unit=clean["unit"].take(pa.array(wrong)),
    )  # fmt: skip
    every = pa.concat_tables([table, returns, corrections, table.take(pa.array(twice))])
    where = {**touched, "returned": np.arange(len(back)) + len(table)}
    where["corrected"] = np.arange(len(wrong)) + len(table) + len(back)
    where["repeated"] = np.arange(len(twice)) + len(table) + len(back) + len(wrong)
    rows = np.concatenate([where[name] for name in where] or [np.zeros(0, np.int64)]).astype(np.int64)
    names = [name for name in where for _ in range(len(where[name]))]
    broken = pa.table(
        {
            "row": pa.array(rows + 2),
            "order_id": every["order_id"].take(pa.array(rows)),
            "what": pa.array(names, pa.string()),
        }
    )
    return every, broken


def _changed(table: pa.Table, **columns: object) -> pa.Table:
    for name, values in columns.items():
        table = table.set_column(table.column_names.index(name), name, values)
    return table


def _suffixed(names: pa.ChunkedArray, suffix: str) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(names, suffix, "-")


def _customer_rows(book: OrderBook) -> tuple[pa.Table, pa.Table]:
    """Return the rows of the customer file, and what each faulty customer lacks."""
    rng = generator(book.options.seed, "order book", "faults")
    count = len(book.customers)
    faults = _dealt(rng, count, _FAULTS if book.options.dirt else {})
    last = np.datetime64(book.options.start, "M") + book.options.months
    expiry = last.astype("datetime64[D]") + rng.integers(90, 1400, count)
    late = faults.get("licence expired", np.zeros(0, np.int64))
    expiry[late] = last.astype("datetime64[D]") - rng.integers(20, 300, len(late))
    number = pc.binary_join_element_wise("REG", pc.utf8_slice_codeunits(book.customers["customer_id"], 2, 7), "-")
    medicines = pc.is_in(book.customers["site_type"], pa.array(["pharmacy", "hospital"]))
    none = faults.get("no licence")
    customers = _changed(
        book.customers,
        end_use=_replaced(book.customers["end_use"], faults.get("no end use"), ""),
        site_type=_replaced(
            _replaced(book.customers["site_type"], faults.get("a residence"), "residence"),
            faults.get("a virtual office"),
            "virtual office",
        ),
    )
    more = {
        "licence_type": _replaced(pc.if_else(medicines, "licence", "registration"), none, ""),
        "licence_number": _replaced(number, none, ""),
        "licence_authority": _replaced(
            pc.binary_join_element_wise("Competent authority of", customers["country"], " "), none, ""
        ),
        "licence_country": customers["country"],
        "licence_expiry": pa.array(expiry),
        "bank_country": _replaced(customers["country"], faults.get("bank elsewhere"), "AE"),
        "declaration_date": pc.if_else(
            pc.equal(customers["end_use"], ""), None, pa.scalar(book.options.start, pa.date32())
        ),
    }
    for name, values in more.items():
        customers = customers.append_column(name, values)
    absent = np.ones(count, bool)
    absent[faults.get("no file", np.zeros(0, np.int64))] = False
    told = pa.table(
        {
            "customer_id": customers["customer_id"].take(
                pa.array(np.concatenate([*faults.values(), np.zeros(0, np.int64)]).astype(np.int64))
            ),
            "fault": pa.array([name for name, rows in faults.items() for _ in range(len(rows))], pa.string()),
        }
    )
    return _with_expected(customers.filter(pa.array(absent)), book.expected), told


def _with_expected(customers: pa.Table, expected: pa.Table) -> pa.Table:
    """Join what each customer declared, a row for each product; a customer who declared nothing has one row."""
    renamed = expected.rename_columns(["customer_id", "expected_product", "expected_quantity", "expected_unit"])
    joined = customers.join(renamed, "customer_id", join_type="left outer")
    joined = joined.append_column("expected_period", pc.if_else(pc.is_valid(joined["expected_product"]), "month", None))
    return joined.sort_by([("customer_id", "ascending"), ("expected_product", "ascending")])
