"""The synthetic order book: the same seed gives the same book, the truth is true, and every fault is written down."""

from __future__ import annotations

import csv
import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from counterflow.core.errors import InputError, UsageError
from counterflow.demo.order_book import HABITS, SIZES, OrderBookOptions, make_order_book
from counterflow.demo.order_files import write_order_book


@pytest.fixture(scope="module")
def book():
    return make_order_book(OrderBookOptions(customers=120, orders=4_000, diverted=0.1))


@pytest.fixture(scope="module")
def files(book, tmp_path_factory):
    return write_order_book(book, tmp_path_factory.mktemp("book") / "b")


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def monthly(orders, customer):
    own = orders.filter(pc.equal(orders["customer_id"], customer))
    return pc.strftime(own["ordered_on"], "%Y-%m").to_pylist(), own


def test_the_same_seed_gives_the_same_book_and_another_another():
    options = OrderBookOptions(customers=30, orders=500)
    one, two = make_order_book(options), make_order_book(options)
    other = make_order_book(dataclasses.replace(options, seed=4))
    assert one.orders.equals(two.orders)
    assert one.customers.equals(two.customers)
    assert not one.orders.equals(other.orders)


def test_the_sizes_are_what_was_asked_for(book):
    assert len(book.customers) == 120
    assert len(book.orders) == pytest.approx(4_000, rel=0.25)
    assert pc.count_distinct(book.orders["record_id"]).as_py() == len(book.orders)
    assert SIZES["large"].orders == 1_000_000
    assert SIZES["large"].customers == 20_000


def test_every_business_line_is_there_and_buys_from_its_menu(book):
    assert pc.count_distinct(book.customers["business_line"]).as_py() == 10
    kept = book.truth.filter(pc.equal(book.truth["kind"], "new articles"))["customer_id"]
    plain = book.orders.filter(pc.invert(pc.is_in(book.orders["customer_id"], kept.combine_chunks())))
    pharmacies = plain.filter(pc.equal(plain["customer_type"], "pharmacy"))
    assert set(pharmacies["unit"].to_pylist()) == {"tablets"}


def test_amounts_agree_with_each_other(book):
    orders = book.orders.to_pylist()
    for row in orders[:300]:
        amount = {"kg": row["mass_g"], "L": row["volume_l"], "tablets": row["units"]}[row["unit"]]
        assert amount == row["quantity"] * (1000 if row["unit"] == "kg" else 1)
        assert row["quantity"] % row["packs"] == pytest.approx(0)
    assert sum(book.orders.column(name).null_count for name in ("mass_g", "volume_l", "units")) == 2 * len(book.orders)


def test_diversion_of_both_sorts_is_planted_and_told(book):
    assert set(HABITS) <= set(book.truth["kind"].to_pylist())
    assert len(set(book.truth["kind"].to_pylist())) > len(HABITS) + 2
    first = pc.strftime(book.orders["ordered_on"], "%Y-%m").to_pylist()[0]
    assert all(first < row["onset"] <= row["until"] for row in book.truth.to_pylist())


def test_a_dormant_customer_is_silent_before_its_onset(book):
    dormant = book.truth.filter(pc.equal(book.truth["kind"], "dormant")).to_pylist()
    assert dormant
    for row in dormant:
        months, _ = monthly(book.orders, row["customer_id"])
        before = np.datetime64(row["onset"], "M") - 8
        assert not [m for m in months if str(before) <= m < row["onset"]]


def test_new_articles_are_new_and_redirected_goods_go_elsewhere(book):
    for row in book.truth.to_pylist():
        months, own = monthly(book.orders, row["customer_id"])
        if row["kind"] == "new articles":
            early = {i for i, m in zip(own["item"].to_pylist(), months, strict=True) if m < row["onset"]}
            late = {i for i, m in zip(own["item"].to_pylist(), months, strict=True) if m >= row["onset"]}
            assert late - early
        if row["kind"] == "redirected":
            places = list(zip(months, own["ship_to"].to_pylist(), own["payment"].to_pylist(), strict=True))
            assert all(("Free Storage" in to) == (m >= row["onset"]) for m, to, _ in places)
            assert all((paid == "third party") == (m >= row["onset"]) for m, _, paid in places)


def test_no_diversion_where_none_is_asked_for():
    clean = make_order_book(OrderBookOptions(customers=20, orders=400, diverted=0))
    assert not pc.any(clean.orders["planted"]).as_py()
    assert "redirected" not in clean.truth["kind"].to_pylist()


def test_every_fault_is_in_the_file_where_the_truth_says(files):
    rows = rows_of(files.orders)
    broken = rows_of(files.truth / "broken-rows.csv")
    assert len(rows) == files.rows
    assert len(broken) == files.broken > 100
    for fault in broken:
        row = rows[int(fault["row"]) - 2]
        assert row["order_id"] == fault["order_id"]
        seen = {
            "returned": row["kind"] == "return",
            "corrected": row["corrects"] == row["order_id"].removesuffix("-C") != row["order_id"],
            "repeated": sum(other == row for other in rows) == 2,
            "negative": row["quantity"].startswith("-"),
            "no unit": row["unit"] == "" and " x " not in row["quantity"],
            "in pounds": row["unit"] == "lb",
            "quantity and pack in one": " x " in row["quantity"] and row["unit"] == "",
            "unknown chemical": row["cas"] == "",
            "day in another style": row["order_date"][2] == ".",
        }
        assert seen[fault["what"]], fault
    assert {fault["what"] for fault in broken} == set(seen)


def test_rows_without_a_fault_are_clean(files):
    broken = {fault["row"] for fault in rows_of(files.truth / "broken-rows.csv")}
    clean = [row for number, row in enumerate(rows_of(files.orders), start=2) if str(number) not in broken]
    assert all(row["unit"] in {"kg", "L", "tablets"} and float(row["quantity"]) > 0 and row["cas"] for row in clean)


def test_customer_faults_are_in_the_customer_file(files):
    rows = {row["customer_id"]: row for row in rows_of(files.customers)}
    for fault in rows_of(files.truth / "customer-faults.csv"):
        row = rows.get(fault["customer_id"])
        assert (row is None) == (fault["fault"] == "no file")
        if row:
            seen = {
                "licence expired": row["licence_expiry"] < "2026-07",
                "no licence": row["licence_number"] == "",
                "no end use": row["end_use"] == row["declaration_date"] == "",
                "bank elsewhere": row["bank_country"] != row["country"],
                "a residence": row["site_type"] == "residence",
                "a virtual office": row["site_type"] == "virtual office",
            }
            assert seen[fault["fault"]], fault


def test_the_files_say_that_they_are_synthetic(files):
    assert "SYNTHETIC" in (files.folder / "README.md").read_text("utf-8")
    assert all(path.name.startswith("synthetic-") for path in (files.orders, files.customers))


def test_a_folder_with_something_else_in_it_is_refused(book, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="folder of its own"):
        write_order_book(book, tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_the_same_book_may_be_written_again(book, files):
    before = files.orders.read_bytes()
    assert write_order_book(book, files.folder).orders.read_bytes() == before


@pytest.mark.parametrize("wrong", [{"customers": 3}, {"orders": 5}, {"months": 6}, {"seed": -1}, {"diverted": 0.9}])
def test_a_book_that_cannot_be_is_refused(wrong):
    with pytest.raises(UsageError):
        OrderBookOptions(**wrong)


def test_declared_quantities_are_of_what_customers_buy(book):
    bought = set(zip(book.orders["customer_id"].to_pylist(), book.orders["item"].to_pylist(), strict=True))
    said = list(zip(book.expected["customer_id"].to_pylist(), book.expected["item"].to_pylist(), strict=True))
    assert np.mean([pair in bought for pair in said]) > 0.95
    assert pc.min(book.expected["quantity"]).as_py() > 0
    assert isinstance(book.expected, pa.Table)
