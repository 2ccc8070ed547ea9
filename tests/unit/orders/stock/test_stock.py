"""Stock against the books: arithmetic, tolerances, losses that recur, what has to be reported, returns."""

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.core.tables import ORDER_LINE, STOCK_EVENT
from counterflow.orders.stock import lay, missing, reconcile, recurring, returned
from counterflow.reference.trade_law import load_trade_law

SEEN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
ON = dt.date(2026, 6, 30)
FIRST = dt.date(2026, 1, 1)


def event(kind, day, grams, item="acetone", site="Main", **fields):
    named = f"{kind}-{site}-{item}-{day}-{grams}"
    return {"source": "file", "record_id": named, "batch": "b", "kind": kind, "site": site, "item": item,
            "happened_on": day, "mass_g": grams, "first_seen": SEEN} | fields  # fmt: skip


def order(day, grams, item="acetone", site="Main", kind="sale", who="C1", **fields):
    return {"source": "file", "record_id": f"{kind}-{day}-{grams}-{who}", "batch": "b", "line": 1, "kind": kind,
            "supplier_id": site, "customer_id": who, "ordered_on": day, "item": item, "mass_g": grams,
            "first_seen": SEEN} | fields  # fmt: skip


def desk(events, orders=(), on=ON):
    lines = pa.Table.from_pylist(list(orders), schema=ORDER_LINE) if orders else None
    return lay(pa.Table.from_pylist(list(events), schema=STOCK_EVENT), lines, on=on)


def days(number):
    return FIRST + dt.timedelta(days=number)


def test_expected_is_what_came_in_less_what_went_out():
    events = [
        event("count", FIRST, 100_000.0), event("receipt", days(3), 50_000.0), event("return", days(5), 1_000.0),
        event("loss", days(6), 500.0), event("theft", days(7), 200.0), event("spillage", days(8), 50.0),
        event("destruction", days(9), 300.0), event("sample", days(9), 5.0), event("count", days(30), 110_000.0),
    ]  # fmt: skip
    told = reconcile(desk(events, [order(days(10), 40_000.0), order(days(31), 9.0), order(FIRST, 7.0)])).to_pylist()
    assert len(told) == 1
    row = told[0]
    assert (row["opening"], row["receipts"], row["returns"], row["sales"]) == (100_000, 50_000, 1_000, 40_000)
    assert (row["losses"], row["destroyed"]) == (750, 305)
    assert row["expected"] == 109_945
    assert row["difference"] == 55
    assert (row["standing"], round(row["difference_pct"], 4)) == ("ok", round(5_500 / 151_000, 4))


@pytest.mark.parametrize(("counted", "standing"), [(100.0, "ok"), (99.5, "ok"), (99.4, "short"), (100.6, "over")])
def test_the_tolerance_is_a_share_of_what_went_through(counted, standing):
    told = reconcile(desk([event("count", FIRST, 100.0), event("count", days(9), counted)])).to_pylist()
    assert told[0]["standing"] == standing
    named = reconcile(
        desk([event("count", FIRST, 100.0), event("count", days(9), counted)]), {"acetone": 0.01}
    ).to_pylist()
    assert named[0]["standing"] == "ok"


def test_several_counts_of_a_day_are_bins_of_one_count():
    events = [event("count", FIRST, 60.0, record_id="a"), event("count", FIRST, 40.0, record_id="b"),
              event("count", days(9), 100.0)]  # fmt: skip
    assert reconcile(desk(events)).to_pylist()[0]["standing"] == "ok"


def test_what_cannot_be_compared_says_why():
    events = [event("count", FIRST, 5.0), event("count", FIRST, None, item="ether"), event("receipt", days(2), 1.0)]
    told = {(row["product"], row["standing"]): row["words"] for row in reconcile(desk(events)).to_pylist()}
    assert "a second count" in told["acetone", "no two counts"]
    assert "neither grams nor pieces" in told["ether", "cannot be measured"]


def test_sites_that_no_seller_is_named_as_are_taken_together_and_that_is_said():
    events = [event("count", FIRST, 60.0, site="A"), event("count", FIRST, 40.0, site="B"),
              event("count", days(9), 30.0, site="A"), event("count", days(9), 40.0, site="B")]  # fmt: skip
    laid = desk(events, [order(days(3), 30.0, site="headquarters")])
    assert "all sites are taken together" in laid.said[0]
    assert [(row["site"], row["standing"]) for row in reconcile(laid).to_pylist()] == [("all sites", "ok")]
    apart = desk(events, [order(days(3), 30.0, site="A")])
    assert {(row["site"], row["standing"]) for row in reconcile(apart).to_pylist()} == {("A", "ok"), ("B", "ok")}


def test_without_orders_what_was_sold_shows_as_missing_and_that_is_said():
    laid = desk([event("count", FIRST, 100.0), event("count", days(9), 50.0)])
    assert "No orders are given" in laid.said[0]
    assert reconcile(laid).to_pylist()[0]["standing"] == "short"


def test_what_comes_after_the_day_asked_is_not_known():
    events = [event("count", FIRST, 100.0), event("count", days(30), 10.0), event("theft", days(20), 90.0)]
    early = desk(events, on=days(10))
    assert [row["standing"] for row in reconcile(early).to_pylist()] == ["no two counts"]
    assert missing(early, reconcile(early), None, None, on=days(10)).num_rows == 0


MOVES = st.lists(
    st.tuples(st.sampled_from(["receipt", "return", "loss", "destruction"]), st.integers(1, 29), st.integers(1, 900)),
    max_size=8,
)


@settings(max_examples=25, deadline=None)
@given(MOVES, st.randoms(use_true_random=False))
def test_books_that_are_kept_balance_in_any_order_of_rows(moves, random):
    sign = {"receipt": 1, "return": 1, "loss": -1, "destruction": -1}
    end = 50_000 + sum(sign[kind] * grams for kind, _, grams in moves)
    events = [event("count", FIRST, 50_000.0), event("count", days(30), float(end))]
    events += [event(kind, days(day), float(grams), record_id=str(n)) for n, (kind, day, grams) in enumerate(moves)]
    random.shuffle(events)
    row = reconcile(desk(events)).to_pylist()[0]
    assert row["difference"] == 0
    assert row["standing"] == "ok"


def counted(*shortages):
    """Monthly counts of a drum that is filled up to 100 kg; each month so many grams are missing."""
    events, opening = [event("count", FIRST, 100_000.0)], 100_000.0
    for month, shortage in enumerate(shortages, 1):
        events.append(event("receipt", days(30 * month - 5), 10_000.0 + month))
        opening += 10_000.0 + month - shortage
        events.append(event("count", days(30 * month), opening))
    return desk(events, on=days(400))


def told_by(laid):
    return {row["test"]: row for row in recurring(laid, reconcile(laid)).to_pylist()}


def test_small_shortages_that_always_go_one_way_are_told():
    told = told_by(counted(*[50.0] * 8))
    assert set(told) == {"sign"}
    assert "8 of 8" in told["sign"]["words"]
    assert told["sign"]["quantity"] == pytest.approx(400)
    assert told["sign"]["strength"] == pytest.approx(0.5**8)


def test_shortages_within_tolerance_that_add_up_are_told_before_the_sign_test_can():
    told = told_by(counted(480.0, 490.0, 470.0, 480.0))
    assert "drift" in told
    assert "within its tolerance" in told["drift"]["words"]
    assert "sign" not in told


@pytest.mark.parametrize("shortages", [(50.0, -60.0, 40.0, -50.0, 55.0, -45.0), (0.0, 0.0, 0.0), (100.0, 90.0)])
def test_honest_differences_are_not_told(shortages):
    assert told_by(counted(*shortages)) == {}


def test_more_losses_than_in_the_year_before():
    year = [event("loss", dt.date(2025, month, 3), 1.0) for month in (2, 8)]
    lately = [event("loss", dt.date(2026, 4, day), 1.0) for day in (2, 8, 14, 20, 25)]
    start = [event("count", dt.date(2025, 1, 1), 10.0)]
    laid = desk([*start, *year, *lately])
    assert "5 losses" in told_by(laid)["rate"]["words"]
    assert told_by(desk([*start, *year])) == {}


def owed(events, on=ON, country="US"):
    laid = desk(events, on=on)
    return missing(laid, reconcile(laid), load_trade_law(), country, on=on).to_pylist()


def test_a_theft_carries_the_duty_of_the_law_and_its_day():
    friday = dt.date(2026, 5, 1)
    told = owed([event("theft", friday, None, item="methadone", units=500.0)], on=dt.date(2026, 5, 4))
    days_due = {row["due_on"]: row for row in told}
    assert dt.date(2026, 5, 4) in days_due, "one business day after a Friday is a Monday"
    assert "1301.76" in days_due[dt.date(2026, 5, 4)]["citation"]
    assert {row["standing"] for row in told} == {"due"}
    assert "overdue" in {row["standing"] for row in owed([event("theft", friday, None, item="methadone", units=5.0)])}


def test_what_was_reported_is_not_due_and_the_unknown_is_looked_at():
    reported = [event("theft", FIRST, 5.0, item="acetone", reported="DEA, 2026-01-02")]
    assert {row["standing"] for row in owed(reported)} == {"reported"}
    for events, country in (([event("loss", FIRST, 5.0, item="salt")], "US"), ([event("loss", FIRST, 5.0)], None)):
        told = owed(events, country=country)
        assert [(row["standing"], row["duty"], row["due_on"]) for row in told] == [("look", "", None)]
    assert owed([event("loss", FIRST, 5.0)], country="XX")[0]["standing"] == "look"


def test_a_shortage_between_counts_is_listed_with_thefts():
    told = owed([event("count", FIRST, 100.0, item="ephedrine"), event("count", days(9), 50.0, item="ephedrine")])
    assert {(row["kind"], row["quantity"]) for row in told} == {("short", 50)}


def test_returns_against_sales():
    orders = [order(days(1), 10.0, who="A"), order(days(9), 4.0, who="A", kind="return"), order(days(9), 4.0, who="B", kind="return"),
              order(days(1), 3.0, who="C"), order(days(9), 4.0, who="C", kind="return")]  # fmt: skip
    told = {
        row["customer_id"]: row["standing"] for row in returned(desk([event("count", FIRST, 1.0)], orders)).to_pylist()
    }
    assert told == {"A": "ok", "B": "never sold", "C": "more than sold"}
    booked = returned(desk([event("return", days(9), 5.0)], orders)).to_pylist()
    assert (
        "7 g came back by orders and were not booked"
        in next(r for r in booked if r["standing"] == "not in stock")["words"]
    )


def test_no_events_no_rows():
    laid = desk([])
    assert reconcile(laid).num_rows == recurring(laid, reconcile(laid)).num_rows == returned(laid).num_rows == 0
