"""What must hold whatever the orders are."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.orders.ship.made import KNOWN, ON, licences, orders, table

from counterflow.core.tables import CUSTOMER
from counterflow.flow.order_items import recognise
from counterflow.orders.ship import answer
from counterflow.orders.ship.sums import running
from counterflow.reference.trade_law import load_trade_law

WORSE = {"clear": 0, "needs": 1, "hold": 2}
FEW = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
ITEMS = ("acetone", "acetic anhydride", "ephedrine", "oxycodone", "phenylacetic acid", "stuff")
PLACES = ("US", "DE", "FR", "MX", "CN", "GB", None)

line = st.fixed_dictionaries(
    {
        "item": st.sampled_from(ITEMS),
        "customer_id": st.sampled_from(["c", "d", "e"]),
        "ship_from": st.sampled_from(PLACES),
        "ship_to_country": st.sampled_from(PLACES),
        "ordered_on": st.dates(dt.date(2026, 4, 1), dt.date(2026, 5, 4)),
        "mass_g": st.sampled_from([None, 0.5, 900.0, 60e3, 2e6]),
        "declaration": st.sampled_from([None, "D-1"]),
    }
)
licence = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["licence", "registration", "permit", "research"]),
        "number": st.sampled_from([None, "N-1"]),
        "country": st.sampled_from(["US", "DE", "EU", "CN", None]),
        "covers": st.sampled_from([None, "Category 1", "2A", "Schedules II-V", "List I", "oxycodone", "all"]),
        "expires_on": st.sampled_from([None, dt.date(2026, 1, 1), dt.date(2027, 1, 1)]),
    }
)


@pytest.fixture(scope="module")
def items():
    """What every item is in every place, asked once."""
    every = [{"item": item, "ship_from": place} for item in ITEMS for place in PLACES]
    return recognise(orders(*every), on=ON)


def told(rows, held, items):
    customers = table(CUSTOMER, [{"record_id": "c", "country": "US"} | KNOWN, {"record_id": "d", "country": "DE"}])
    lines = orders(*rows)
    return answer(lines, customers, licences(*held), items, load_trade_law(), on=ON).to_pylist()


@FEW
@given(rows=st.lists(line, min_size=1, max_size=8), held=st.lists(licence, max_size=2), data=st.data())
def test_the_order_of_rows_changes_nothing(items, rows, held, data):
    numbered = [row | {"record_id": f"n{n}"} for n, row in enumerate(rows)]
    shuffled = data.draw(st.permutations(numbered))

    def by_id(given):
        return {row["order_id"]: row["answer"] for row in told(given, held, items)}

    assert by_id(numbered) == by_id(shuffled)


@FEW
@given(rows=st.lists(line, min_size=1, max_size=6))
def test_a_line_split_in_two_is_answered_alike(items, rows):
    split = [
        row | {"record_id": f"n{n}", "mass_g": row["mass_g"] and row["mass_g"] / 2, "line": half}
        for n, row in enumerate(rows)
        for half in (1, 2)
    ]
    whole = told([row | {"record_id": f"n{n}"} for n, row in enumerate(rows)], [], items)
    halves = told(split, [], items)
    assert [row["answer"] for row in whole] == [row["answer"] for row in halves[::2]]
    assert [row["answer"] for row in whole] == [row["answer"] for row in halves[1::2]]


@FEW
@given(rows=st.lists(line, min_size=1, max_size=4), held=st.lists(licence, max_size=3), one_more=licence)
def test_one_more_licence_never_makes_an_answer_worse(items, rows, held, one_more):
    before, after = told(rows, held, items), told(rows, [*held, one_more], items)
    assert all(WORSE[b["answer"]] <= WORSE[a["answer"]] for a, b in zip(before, after, strict=True))


@FEW
@given(rows=st.lists(line, min_size=1, max_size=4), held=st.lists(licence, max_size=2), times=st.sampled_from([2, 50]))
def test_more_never_makes_an_answer_better(items, rows, held, times):
    more = [row | {"mass_g": row["mass_g"] and row["mass_g"] * times} for row in rows]
    before, after = told(rows, held, items), told(more, held, items)
    assert all(WORSE[b["answer"]] >= WORSE[a["answer"]] for a, b in zip(before, after, strict=True))


@FEW
@given(rows=st.lists(line, min_size=1, max_size=6), held=st.lists(licence, max_size=2))
def test_what_is_not_clear_says_why(items, rows, held):
    for row in told(rows, held, items):
        assert (f"{row['answer']}: " in row["reasons"]) == (row["answer"] != "clear")


@given(
    lines=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 800), st.integers(0, 3), st.sampled_from([0.0, 0.1, 2.5, 1e6])),
        min_size=1, max_size=25,
    ),
    period=st.sampled_from(["transaction", "day", "30 days", "month", "year"]),
)  # fmt: skip
def test_sums_are_those_of_a_loop(lines, period):
    who, day, order, amount = (np.array(column) for column in zip(*lines, strict=True))
    days = day.astype("datetime64[D]")

    def together(a, b):
        if who[a] != who[b] or day[b] > day[a]:
            return False
        if period in {"month", "year"}:
            unit = period[0].upper()
            return days[a].astype(f"datetime64[{unit}]") == days[b].astype(f"datetime64[{unit}]")
        return {"transaction": order[a] == order[b], "day": day[a] == day[b], "30 days": day[a] - day[b] < 30}[period]

    expected = [sum(amount[b] for b in range(len(lines)) if together(a, b)) for a in range(len(lines))]
    assert running(who, period, day, order, amount).total == pytest.approx(expected, abs=1e-6)


def test_a_sum_that_just_reaches_its_threshold_does_so_however_it_is_split():
    amount = np.full(1_500_000, 0.1)
    zero = np.zeros(len(amount), np.int64)
    assert running(zero, "month", zero, zero, amount).total[0] == 150_000.0
