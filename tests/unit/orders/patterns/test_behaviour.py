"""Payment, places, sharing, pauses, round trips."""

import datetime as dt

import pytest

from .conftest import customer, line
from .test_quantity import day, kinds


@pytest.mark.parametrize("way", ["cash", "crypto", "third party"])
def test_an_uncommon_way_to_pay_is_told_with_what_was_usual(quiet, ask, way):
    told = list(ask([*quiet, line("C01", day(5), payment=way)], only=["payment"]))
    assert [row["grade"] for row in told] == ["moderate"]
    assert "mostly paid by account" in told[0]["words"]


def test_what_the_trade_pays_in_is_not_told(quiet, ask):
    counter = [line(f"C{n:02d}", day(300), payment="cash") for n in range(5)]
    assert not ask([*quiet, *counter, line("C09", day(5), payment="cash")], only=["payment"])
    assert not ask([*quiet, line("C09", day(5), payment="card")], only=["payment"])


def test_a_new_address_and_a_post_box(quiet, ask):
    new = list(ask([*quiet, line("C01", day(5), ship_to="Far Lane 9")], only=["ship-to-new"]))
    assert [(row["customer_id"], row["grade"]) for row in new] == [("C01", "weak")]
    same = ask([*quiet, line("C01", day(5), ship_to="ROAD, 1")])
    assert "ship-to-new" not in kinds(same)
    assert "ship-to-private" in kinds(
        ask([*quiet, line("C01", day(5), ship_to="P.O. Box 77, Town")], only=["ship-to-private"]), "C01"
    )
    assert not ask([*quiet, line("C01", day(5), ship_to="Flatbush Road, Boxworks")], only=["ship-to-private"])


def test_a_residence_by_the_customer_file(quiet, ask):
    customers = [customer(f"C{n:02d}", site_type="residence" if n == 4 else "plant") for n in range(14)]
    assert {row["customer_id"] for row in ask(quiet, customers, only=["ship-to-private"])} == {"C04"}


def test_many_addresses(quiet, ask):
    rows = [*quiet, *(line("C01", day(n * 9), ship_to=f"Yard {n}") for n in range(6))]
    spread = [line(f"C{n:02d}", dt.date(2025, 1, 5) + dt.timedelta(days=d), ship_to=f"Road {n} b{d}")
              for n in range(14) for d in range(0, 480, 30)]  # fmt: skip
    assert "ship-to-many" in kinds(ask([*rows, *spread], only=["ship-to-many"]), "C01")
    assert not ask([*quiet, *spread], only=["ship-to-many"])


def test_declared_places_that_differ_are_a_fact(quiet, ask):
    customers = [customer(f"C{n:02d}", country="DE") for n in range(14)]
    told = list(ask([*quiet, line("C01", day(5), ship_to_country="NL", bill_to_country="DE")], customers, only=["places-differ"]))  # fmt: skip
    assert [row["grade"] for row in told] == ["weak"]
    assert "site in DE, delivery in NL, payer in DE" in told[0]["words"]


def test_which_country_it_is_changes_no_flag(quiet, ask):
    def asked(home, other):
        customers = [customer(f"C{n:02d}", country=home) for n in range(14)]
        rows = [*quiet, line("C01", day(5), grams=95_000.0, ship_to_country=other, record_id="x", payment="cash")]
        return [(row["kind"], row["grade"], row["customer_id"], row["day"]) for row in ask(rows, customers)]

    assert asked("DE", "NL") == asked("MX", "CN") == asked("IR", "US")


def test_a_forwarder_other_than_the_one_on_file(quiet, ask):
    customers = [customer(f"C{n:02d}", forwarder="Swift") for n in range(14)]
    rows = [*quiet, line("C01", day(5), forwarder="Nightly"), line("C02", day(5), forwarder=" SWIFT ")]
    assert {row["customer_id"] for row in ask(rows, customers, only=["forwarder-changed"])} == {"C01"}


def test_two_customers_at_one_address_and_one_contact(quiet, ask):
    rows = [*quiet, line("C01", day(5), ship_to="Shed 1"), line("C02", day(3), ship_to="shed 1.")]
    told = list(ask(rows, only=["shared-address"]))
    assert [(row["customer_id"], row["grade"]) for row in told] == [("C02", "moderate")]
    customers = [customer(f"C{n:02d}", contact="Jo Doe" if n in (1, 2) else f"contact {n}") for n in range(14)]
    contacts = list(ask(quiet, customers, only=["shared-contact"]))
    assert {row["customer_id"] for row in contacts} == {"C01", "C02"}
    assert not [row for row in contacts if "Doe" in row["words"] + row["evidence"]]


def test_a_depot_of_many_customers_is_not_told(quiet, ask):
    rows = [*quiet, *(line(f"C{n:02d}", day(5), ship_to="Depot") for n in range(14))]
    assert not ask(rows, only=["shared-address"])


def test_dormant_then_more_than_ever(quiet, ask):
    cut = [row for row in quiet if row["customer_id"] != "C01" or row["ordered_on"] < day(300)]
    woken = [line("C01", day(n), grams=80_000.0) for n in (40, 30, 20)]
    told = list(ask([*cut, *woken], only=["dormant-then-active"]))
    assert [(row["customer_id"], row["grade"]) for row in told] == [("C01", "moderate")]
    small = [line("C01", day(n), grams=900.0) for n in (40, 30, 20)]
    assert not ask([*cut, *small], only=["dormant-then-active"])


def test_goods_that_come_back_and_are_ordered_again(quiet, ask):
    some = [line(f"C{n:02d}", dt.date(2025, 1, 1) + dt.timedelta(days=d), grams=100.0, kind="return")
            for n in range(12) for d in range(0, 480, 16)]  # fmt: skip
    rows = [*quiet, *some, *(line("C12", day(n), grams=9_000.0, kind="return") for n in (60, 40, 20))]
    told = {row["customer_id"]: row["grade"] for row in ask(rows, only=["return-and-reorder"])}
    assert told["C12"] == "moderate"
    assert len(told) <= 2
    assert not ask(quiet, only=["return-and-reorder"])


def test_sales_both_ways_between_two_firms(quiet, ask):
    rows = [*quiet, line("C01", day(30), supplier_id="C02", record_id="there"),
            line("C02", day(10), supplier_id="C01", record_id="back")]  # fmt: skip
    told = list(ask(rows, only=["round-trip"]))
    assert [(row["customer_id"], row["day"]) for row in told] == [("C02", day(10))]
