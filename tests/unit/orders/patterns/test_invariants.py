"""What must hold whatever the orders are: past only, any split of customers, stable ids, corrections counted once."""

import datetime as dt

import pytest

from counterflow.core.tables import ORDER_FLAG
from counterflow.orders.patterns import KINDS, HouseLimit, flags

from .conftest import ON, SEEN, customer, line, table
from .test_goods import mixed
from .test_quantity import day

LIMITS = (HouseLimit("", 40_000.0, "g", "transaction"), HouseLimit("", 100_000.0, "g", "month"))


@pytest.fixture
def busy(quiet):
    """The quiet book with a bit of everything."""
    return [
        *quiet, *mixed(), line("C00", day(5), grams=90_000.0), line("C02", day(8), payment="cash"),
        line("C03", day(40), ship_to="P.O. Box 9"), line("C04", day(33), ship_to="Shed"), line("C05", day(30), ship_to="Shed"),
        *(line("C06", day(100 - 9 * n), grams=37_000.0 + n) for n in range(8)),
        *(line("C07", day(n), grams=9_000.0) for n in range(0, 90, 3)),
    ]  # fmt: skip


def test_nothing_that_comes_later_changes_a_flag(busy, ask):
    then = dt.date(2026, 4, 30)
    known = ask(busy, on=then, house=LIMITS, stands=10_000)
    assert known
    past = [row for row in busy if row["ordered_on"] <= then]
    assert ask(past, on=then, house=LIMITS, stands=10_000) == known
    later = ask(busy, on=ON, house=LIMITS, stands=10_000)
    assert {row["flag"] for row in known} <= {row["flag"] for row in later}
    assert {row["flag"] for row in later if row["day"] <= then} == {row["flag"] for row in known}


def test_asking_about_some_customers_with_the_others_as_background_changes_nothing(busy, ask):
    def half(even):
        return [row for row in busy if (int(row["customer_id"][1:]) % 2 == 0) == even]

    everybody = [customer(f"C{n:02d}") for n in range(14)]
    apart = [ask(half(even), everybody, history=half(not even), house=LIMITS) for even in (True, False)]
    together = ask(busy, everybody, house=LIMITS)
    assert sorted((row for part in apart for row in part), key=str) == sorted(together, key=str)


def test_the_order_of_rows_changes_nothing(busy, ask):
    assert ask(busy[::-1], house=LIMITS) == ask(busy, house=LIMITS)


def test_orders_that_stand_in_the_background_too_are_counted_once(busy, ask):
    everybody = [customer(f"C{n:02d}") for n in range(14)]
    assert ask(busy, everybody, history=busy) == ask(busy, everybody)


def test_a_corrected_order_is_not_told(quiet, ask):
    wrong = line("C00", day(5), grams=900_000.0, record_id="typo")
    right = line("C00", day(4), grams=9_000.0, record_id="right", corrects="typo")
    assert [row["kind"] for row in ask([*quiet, wrong]) if row["customer_id"] == "C00"]
    assert not [row for row in ask([*quiet, wrong, right]) if row["customer_id"] == "C00"]


def test_rows_have_the_schema_and_words_of_the_house(busy, ask):
    found = ask(busy, house=LIMITS)
    assert {row["group"] for row in found} <= {kind.group for kind in KINDS.values()}
    assert len({row["flag"] for row in found}) == len(found)
    assert all(row["words"].endswith((".", "does.")) and row["clears"] for row in found)
    assert {row["grade"] for row in found} <= {"weak", "moderate", "strong"}


def test_no_orders_no_flags():
    found = flags(table([]), None, None, None, None, None, on=ON)
    assert found.num_rows == 0
    assert found.schema == ORDER_FLAG


def test_orders_without_quantity_day_or_customer_do_not_break_anything(quiet, ask):
    odd = [
        line("C00", day(3), grams=None), line("C00", None, grams=5.0), line(None, day(3), grams=5.0),
        line("C00", day(3), None, 5.0, item=None), line("C00", day(3), grams=0.0), line("C01", dt.date(2027, 1, 1), grams=1e9),
    ]  # fmt: skip
    assert ask([*quiet, *odd], [customer("C00")]) == ask(quiet, [customer("C00")])
    assert SEEN
