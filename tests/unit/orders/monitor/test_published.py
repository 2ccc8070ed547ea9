"""The published rules, on series worked out by hand."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.orders.monitor.months import monthly
from counterflow.orders.monitor.published import RULES, beside, rule_named


def months_of(*quantities, units=True):
    """One buyer, one order on the fifth of each month that has one."""
    days = [dt.date(2010 + i // 12, i % 12 + 1, 5) for i, q in enumerate(quantities) if q]
    amounts = [float(q) for q in quantities if q]
    return monthly(
        pa.table(
            {
                "kind": ["sale"] * len(days),
                "customer_id": ["B1"] * len(days),
                "item": ["M"] * len(days),
                "ordered_on": days,
                "units" if units else "active_g": amounts,
            }
        )
    )


def alarms(rule, *quantities, **more):
    return np.flatnonzero(rule_named(rule).alarms(months_of(*quantities, **more))[0]).tolist()


def test_the_largest_of_six_months_is_reached_and_not_passed():
    assert alarms("max-6", 10, 20, 30, 10, 10, 10, 30, 31, 31, 10, 10, 10, 10, 10, 32) == [7, 14]


def test_no_rule_speaks_before_it_has_its_months():
    assert alarms("max-6", 1, 1, 1, 1, 1, 900, 1, 901) == [7]
    assert alarms("mean-12 x2", *[10] * 11, 500, 10, 500) == [13]
    assert alarms("8,000 a month", 9000) == [0]


def test_a_multiple_of_the_mean_counts_months_without_orders():
    # twelve months with six orders of 100: the mean is 50
    history = [100, 0] * 6
    assert alarms("mean-12 x2", *history, 100) == []
    assert alarms("mean-12 x2", *history, 101) == [12]
    assert alarms("mean-12 x3", *history, 149) == []
    assert alarms("mean-12 x3", *history, 151) == [12]


def test_a_step_becomes_the_baseline_and_the_rule_falls_silent():
    said = alarms("mean-12 x2", *[100] * 12, *[400] * 12)
    assert said == [12, 13, 14, 15]  # the mean passes 200 when four of twelve months are 400
    assert alarms("max-6", *[100] * 12, *[400] * 12) == [12]


def test_units_alone_are_counted_by_rules_in_units():
    assert alarms("8,000 a month", 8000, 8001, 100) == [1]
    assert alarms("8,000 a month", 8000, 8001, 100, units=False) == []
    assert alarms("2,000 a day", 2000, 2001) == [1]


def test_a_day_counts_its_orders_together():
    two = pa.table(
        {
            "customer_id": ["B1", "B1"], "item": ["M", "M"], "units": [1500.0, 501.0],
            "ordered_on": [dt.date(2011, 5, 3)] * 2,
        }
    )  # fmt: skip
    assert rule_named("2,000 a day").alarms(monthly(two)).tolist() == [[True]]


def test_median_and_deviations_have_a_floor_of_fifteen_percent():
    assert alarms("median-12 + 4 MAD", *[100] * 12, 160) == []
    assert alarms("median-12 + 4 MAD", *[100] * 12, 161) == [12]


def test_a_rule_that_would_compare_with_nothing_is_silent():
    assert alarms("max-6", 5, *[0] * 12, 500) == []
    assert alarms("mean-12 x3", 5, *[0] * 13, 500) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
@settings(max_examples=20)
@given(st.lists(st.integers(0, 50), min_size=14, max_size=30), st.integers(1, 12))
def test_only_the_past_counts(rule, quantities, cut):
    quantities[0] = 7
    whole = rule.alarms(months_of(*quantities, 1))[0]
    part = rule.alarms(months_of(*quantities[:-cut], 1))[0][:-1]
    assert whole[: len(part)].tolist() == part.tolist()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
@settings(max_examples=20)
@given(st.lists(st.integers(0, 50), min_size=14, max_size=30), st.floats(1, 5))
def test_a_higher_limit_alarms_less(rule, quantities, times):
    months = months_of(3, *quantities)
    low, high = rule.alarms(months), rule.alarms(months, rule.limit * times)
    assert not (high & ~low).any()


def test_what_the_rules_say_is_a_table_of_their_alarms():
    months = months_of(*[100] * 12, 400)
    said = beside(months)
    assert said.select(["month", "rule"]).to_pylist() == [
        {"month": "2011-01", "rule": name} for name in ("max-6", "mean-12 x2", "mean-12 x3", "median-12 + 4 MAD")
    ]
    assert said["times"].to_pylist()[:3] == pytest.approx([4, 4, 4])


def test_each_rule_says_where_it_is_from():
    assert len({rule.id for rule in RULES}) == len(RULES) == 6
    assert all(rule.citation and rule.read in {"text", "recalled"} and rule.limit in rule.sweep for rule in RULES)
