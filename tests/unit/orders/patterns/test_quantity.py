"""Size, frequency, declared expectation, share of sales, splitting: what is told, and what is not."""

import datetime as dt

import pytest

from counterflow.orders.patterns import HouseLimit

from .conftest import ON, customer, line


def kinds(found, of=None):
    return {row["kind"] for row in found if of in (None, row["customer_id"])}


def day(number):
    return ON - dt.timedelta(days=number)


def test_a_quiet_book_says_little(quiet, ask):
    found = ask(quiet, stands=10_000)
    months = 14 * 30
    assert len(found) <= 0.03 * months
    assert not [row for row in found if row["grade"] == "strong"]


def test_an_order_far_above_all_before_is_told_and_graded(quiet, ask):
    found = ask([*quiet, line("C00", day(5), grams=90_000.0)])
    told = [row for row in found if row["kind"] == "order-size"]
    assert [(row["customer_id"], row["grade"]) for row in told] == [("C00", "strong")]
    assert "90 kg ordered on 2026-06-25" in told[0]["words"]
    assert told[0]["clears"]
    assert told[0]["citation"]


def test_splitting_an_order_into_rows_changes_nothing(quiet, ask):
    whole = [*quiet, line("C00", day(5), grams=90_000.0, record_id="x")]
    parts = [*quiet, line("C00", day(5), grams=50_000.0, record_id="x"),
             line("C00", day(5), grams=40_000.0, record_id="x", line=2)]  # fmt: skip
    assert ask(whole) == ask(parts)


def test_orders_that_come_much_closer_together_are_told(quiet, ask):
    more = [line("C03", day(number), grams=9_000.0) for number in range(0, 80, 3)]
    assert "frequency" in kinds(ask([*quiet, *more], only=["frequency"]), "C03")


def said(quantity, unit="kg", period="month", who="C02"):
    return [{"source": "file", "record_id": who, "batch": "b", "line": 1, "item": "acetone", "product": "acetone",
             "quantity": quantity, "unit": unit, "period": period}]  # fmt: skip


def test_more_than_was_declared_is_told_from_the_day_it_is_passed(quiet, ask):
    extra = [line("C02", dt.date(2026, 6, 20), grams=600_000.0)]
    told = ask([*quiet, *extra], expected=said(30.0), only=["above-declared"])
    assert (told[-1]["day"], told[-1]["grade"]) == (dt.date(2026, 6, 20), "strong")
    assert "30 kg a month was declared" in told[-1]["words"]
    assert not ask([*quiet, *extra], expected=said(6.0, "t", "year"), only=["above-declared"])


def test_who_orders_once_a_quarter_has_not_passed_a_monthly_figure(quiet, ask):
    others = [row for row in quiet if row["customer_id"] != "C02"]
    rare = [line("C02", dt.date(2025, 2, 1) + dt.timedelta(days=91 * n), grams=90_000.0) for n in range(6)]
    assert not ask([*others, *rare], expected=said(30.0), only=["above-declared"])


def test_where_everybody_declares_roughly_only_who_is_far_above_is_told(quiet, ask):
    expected = [row for n in range(14) for row in said(15.0, who=f"C{n:02d}")]
    more = [line("C02", day(n), grams=60_000.0) for n in (9, 6, 3)]
    assert {row["customer_id"] for row in ask([*quiet, *more], expected=expected, only=["above-declared"])} >= {"C02"}
    rough = {row["customer_id"] for row in ask(quiet, expected=expected, only=["above-declared"])}
    assert len(rough) <= 4


def test_a_declared_quantity_without_a_measure_says_nothing(quiet, ask):
    expected = [{"source": "file", "record_id": "C02", "batch": "b", "line": 1, "product": "acetone", "quantity": 1.0,
                 "unit": "drums", "period": "month"}]  # fmt: skip
    assert not ask(quiet, expected=expected, only=["above-declared"])


def test_a_customer_that_grows_with_the_market_has_no_larger_share(quiet, ask):
    later = dt.date(2026, 1, 1)
    grown = [row | {"mass_g": row["mass_g"] * 4} if row["ordered_on"] >= later else row for row in quiet]
    one = [row | {"mass_g": row["mass_g"] * 8} if row["ordered_on"] >= later and row["customer_id"] == "C01" else row
           for row in quiet]  # fmt: skip
    assert not ask(grown, only=["share-of-sales"])
    assert kinds(ask(one), "C01") >= {"share-of-sales", "order-size"}


@pytest.mark.parametrize("months", [2, 3])
def test_monthly_structuring_is_found_within_three_months(quiet, ask, months):
    limit = HouseLimit("acetone", 100_000.0, "g", "month")
    start = dt.date(2026, 7 - months, 1)
    before = [row for row in quiet if row["customer_id"] != "C05" or row["ordered_on"] < start]
    split = [line("C05", start.replace(month=start.month + month, day=2 + 5 * part), grams=18_800.0 + month)
             for month in range(months) for part in range(5)]  # fmt: skip
    told = list(ask([*before, *split], house=(limit,), only=["split-below-threshold"]))
    assert {row["customer_id"] for row in told} == {"C05"}
    assert "house limit of 100,000 g a month" in told[0]["words"]
    assert not ask([*before, *split], only=["split-below-threshold"])


def test_orders_kept_just_below_a_quantity_are_found_within_three_months(quiet, ask):
    limit = HouseLimit("", 40_000.0, "g", "transaction")
    start = dt.date(2026, 4, 1)
    split = [line("C06", start + dt.timedelta(days=9 * part), grams=37_000.0 + part) for part in range(6)]
    told = list(ask([*quiet, *split], house=(limit,), only=["split-below-threshold"]))
    assert {row["customer_id"] for row in told} == {"C06"}
    assert min(row["day"] for row in told) <= start + dt.timedelta(days=92)


def test_a_legal_monthly_threshold_is_taken_from_the_law(quiet, ask):
    american = [customer(f"C{number:02d}", country="US") for number in range(14)]
    limit = 1_500_000.0
    rows = [line("C07", dt.date(2026, month, 3 + 9 * part), grams=limit * 0.3 + part, ship_from="DE",
                 ship_to_country="US") for month in (4, 5) for part in range(3)]  # fmt: skip
    from counterflow.reference.trade_law import load_trade_law

    thresholds = {one.quantity for one in load_trade_law().thresholds_on(ON, "US", "acetone") if one.period == "month"}
    assert thresholds, "the law of acetone is what this test rests on"
    scale = max(thresholds) / limit
    near = [row | {"mass_g": row["mass_g"] * scale} for row in rows]
    told = list(ask([*quiet, *near], american, law=True, only=["split-below-threshold"]))
    assert {row["customer_id"] for row in told} == {"C07"}
    assert "1310.04" in told[0]["words"]


def test_a_threshold_of_imports_says_nothing_of_sales_at_home(quiet, ask):
    american = [customer(f"C{number:02d}", country="US") for number in range(14)]
    near = [line("C07", dt.date(2026, month, 3 + 9 * part), grams=480_000.0 + part, ship_from="US", ship_to_country="US")
            for month in (4, 5) for part in range(3)]  # fmt: skip
    told = ask([*quiet, *near], american, law=True, only=["split-below-threshold"])
    assert not [row for row in told if "a month" in row["words"]]
