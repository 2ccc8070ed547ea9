"""Delay, misses and alert rate, against counting by hand."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.orders.plan.found import Found, delays, figures, raised_in


def monitored(*alarms):
    """Alarms as (customer, month) pairs."""
    return pa.table(
        {
            "buyer_id": pa.array([c for c, _ in alarms], pa.string()),
            "drug": pa.array(["m"] * len(alarms), pa.string()),
            "month": pa.array([m for _, m in alarms], pa.string()),
            "alarm": [1] * len(alarms),
        }
    )


TRUTH = pa.table({"customer_id": ["a", "b", "c"], "onset": ["2010-11", "2010-11", "2010-11"]})


def test_the_first_alarm_from_the_onset_on():
    raised = raised_in(
        monitored(("a", "2010-09"), ("a", "2010-12"), ("a", "2011-02"), ("b", "2011-01"), ("c", "2010-10"))
    )
    assert delays(raised, TRUTH)[""].tolist() == pytest.approx([1, 2, np.nan], nan_ok=True)


def test_an_alarm_beyond_the_horizon_is_a_miss():
    raised = raised_in(monitored(("a", "2011-10"), ("b", "2011-11")))
    assert delays(raised, TRUTH)[""].tolist() == pytest.approx([11, np.nan, np.nan], nan_ok=True)
    assert delays(raised, TRUTH, horizon=13)[""].tolist() == pytest.approx([11, 12, np.nan], nan_ok=True)


def test_settings_are_kept_apart_and_a_silent_one_found_nothing():
    raised = pa.concat_tables(
        [raised_in(monitored(("a", "2010-11")), "x"), raised_in(monitored(("a", "2011-01")), "y")]
    )
    found = delays(raised, TRUTH, ["x", "y", "z"])
    assert [found[name][0] for name in "xy"] == [0, 2]
    assert np.isnan(found["z"]).all()


def test_rows_without_alarm_raise_none():
    rows = monitored(("a", "2010-11"), ("b", "2010-11")).set_column(3, "alarm", pa.array([0, 1]))
    assert raised_in(rows)["customer_id"].to_pylist() == ["b"]


def a_found(delay=(0.0, 4.0, np.nan), alarms=(1.0, 0.0, 2.0)):
    return Found(["a", "b", "c"], np.array([10.0, 20.0, 30.0]), np.array(alarms), np.array([0, 1, 2]), np.array(delay))


def test_figures_are_what_counting_gives():
    told = figures({"x": a_found()}, seed=1)["x"]
    assert told.alert_rate[0] == pytest.approx(3 / 60)
    assert told.mean_delay[0] == pytest.approx((0 + 4 + 12) / 3)
    assert told.median_delay[0] == 4
    assert told.missed[0] == pytest.approx(1 / 3)
    assert told.late[0] == pytest.approx(2 / 3)


@given(st.lists(st.one_of(st.integers(0, 11).map(float), st.just(np.nan)), min_size=3, max_size=3))
def test_the_interval_holds_the_value_and_the_mean_lies_in_the_range(delay):
    told = figures({"x": a_found(tuple(delay))}, seed=2, draws=50)["x"]
    for name in ("alert_rate", "mean_delay", "median_delay", "missed", "late"):
        value, low, high = told.interval(name)
        assert low <= value <= high
    assert 0 <= told.interval("mean_delay")[1] <= told.interval("mean_delay")[2] <= 12


def test_settings_share_their_draws_so_that_differences_are_sharp():
    both = figures({"x": a_found(), "y": a_found((1.0, 5.0, np.nan))}, seed=3)
    difference = both["y"].mean_delay - both["x"].mean_delay
    drawn = difference[np.isfinite(difference)]
    assert (drawn >= 0).all()
    assert (drawn <= 1 + 1e-9).all()


def test_nobody_to_look_at_is_no_figure():
    nobody = Found([], np.zeros(0), np.zeros(0), np.zeros(0, np.int64), np.zeros(0))
    value, low, high = figures({"x": nobody}, seed=1, draws=5)["x"].interval("mean_delay")
    assert np.isnan([value, low, high]).all()
