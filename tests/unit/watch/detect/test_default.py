"""The default alarm: no look-ahead, no matter of order, the budget kept, what it says of short and empty pasts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.watch.detect.made import grid_of, quiet

from counterflow.core.errors import UsageError
from counterflow.watch.detect import default as module
from counterflow.watch.detect.baseline import BY_GRAIN, Rule, foresee
from counterflow.watch.detect.budget import Budget, read_budget
from counterflow.watch.detect.default import judge
from counterflow.watch.detect.hold import hold
from counterflow.watch.detect.realised import realised

RULE = BY_GRAIN["week"]


@pytest.fixture(scope="module")
def calm():
    counts = quiet(40, 220)
    return counts, judge(grid_of(counts), 0.02, rule=RULE)


def test_the_rate_of_alarms_is_near_the_budget_where_nothing_happens(calm) -> None:
    _, found = calm
    achieved = found.threshold.realised
    assert 0.01 < achieved.rate < 0.025
    assert achieved.low < 0.02


def test_an_outbreak_is_an_alarm_and_the_count_is_above_upper() -> None:
    counts = quiet(10, 200)
    counts[3, 190:193] += [6, 8, 4]
    found = judge(grid_of(counts), 0.01, rule=RULE).judged
    assert found.alarm[3, 191] == 1
    assert counts[3, 191] > found.upper[3, 191]
    assert found.expected[3, 191] == pytest.approx(2.0, abs=0.6)


def test_an_alarm_is_a_count_above_upper_and_a_score_of_the_budget(calm) -> None:
    counts, found = calm
    judged = found.judged.alarm >= 0
    np.testing.assert_array_equal((counts > found.judged.upper)[judged], (found.judged.alarm == 1)[judged])
    near = np.abs(found.judged.score + np.log10(0.02)) < 1e-6
    assert ((found.judged.score >= -np.log10(0.02)) == (found.judged.alarm == 1))[judged & ~near].all()


def test_later_counts_change_no_verdict() -> None:
    counts = quiet(6, 230)
    later = counts.copy()
    later[:, 215:] += 50
    one, other = (judge(grid_of(each), 0.02).judged for each in (counts, later))
    np.testing.assert_array_equal(one.alarm[:, :215], other.alarm[:, :215])
    np.testing.assert_allclose(one.score[:, :215], other.score[:, :215])


@settings(max_examples=8, deadline=None)
@given(st.permutations(range(8)), st.integers(1, 8))
def test_neither_order_nor_blocks_of_series_matter(order: list[int], block: int) -> None:
    counts = quiet(8, 150)
    counts[2, 40:60] = np.nan
    whole = judge(grid_of(counts), 0.05, rule=RULE).judged
    before = module._BLOCK
    module._BLOCK = block
    try:
        moved = judge(grid_of(counts[order]), 0.05, rule=RULE).judged
    finally:
        module._BLOCK = before
    np.testing.assert_array_equal(moved.alarm, whole.alarm[order])
    np.testing.assert_allclose(moved.upper, whole.upper[order])


def test_unknown_counts_are_not_judged_and_are_no_zeros() -> None:
    counts = quiet(3, 160, mean=6.0)
    counts[0, 100:130] = np.nan
    found = judge(grid_of(counts), 0.01, rule=RULE).judged
    assert (found.alarm[0, 100:130] == -1).all()
    assert np.isnan(found.upper[0, 100:130]).all()
    assert found.expected[0, 131] > 4.0


def test_a_short_past_is_told_and_a_shorter_one_not_judged() -> None:
    counts = quiet(2, 60)
    counts[1, :50] = np.nan
    found = judge(grid_of(counts), 0.01)
    assert (found.judged.alarm[1] == -1).all()
    said = " ".join(found.threshold.said)
    assert "1 series were not judged" in said
    assert "leans on the model's tail" in said


def test_all_zeros_never_alarm_and_the_first_count_may() -> None:
    counts = np.zeros((2, 150))
    counts[1, 149] = 3
    found = judge(grid_of(counts), 0.01)
    assert not (found.judged.alarm[0] == 1).any()
    assert found.judged.alarm[1, 149] == 1
    assert "1 series are all zeros" in " ".join(found.threshold.said)


def test_a_seasonal_series_is_not_an_alarm_every_winter() -> None:
    t = np.arange(312)
    mean = 10 * np.exp(0.6 * np.cos(2 * np.pi * t / 52))
    counts = np.random.default_rng(3).poisson(mean, (8, 312)).astype(np.float64)
    found = judge(grid_of(counts), 0.01, rule=RULE).judged
    assert (found.alarm[:, 208:] == 1).mean() < 0.02
    winter, summer = found.expected[:, 260].mean(), found.expected[:, 286].mean()
    assert winter > 2 * summer


def test_an_old_outbreak_does_not_deafen() -> None:
    rule = Rule(season=0.0)
    counts = np.full((2, 120), 4.0)
    counts[1, 80:83] = 100.0
    seen = foresee(counts, np.arange(120) % 52, 52, rule)
    assert seen.mean[1, 100] < 2 * seen.mean[0, 100]


def test_days_of_the_week_are_learned() -> None:
    mean = np.where(np.arange(400) % 7 < 5, 12.0, 4.0)
    counts = np.random.default_rng(4).poisson(mean, (3, 400)).astype(np.float64)
    seen = foresee(counts, np.arange(400) % 365, 365, BY_GRAIN["day"])
    weekday, weekend = seen.mean[:, 385:390].mean(), seen.mean[:, 390:392].mean()
    assert weekday == pytest.approx(12, rel=0.15)
    assert weekend == pytest.approx(4, rel=0.3)


@pytest.mark.parametrize(
    ("text", "budget"),
    [("0.01", Budget(0.01)), ("1%", Budget(0.01)), (" 2 / week", Budget(2.0, "week")), ("1/year", Budget(1.0, "year"))],
    ids=["share", "percent", "week", "year"],
)
def test_budgets_are_read(text: str, budget: Budget) -> None:
    assert read_budget(text) == budget


@pytest.mark.parametrize("text", ["", "0", "0.9", "2/fortnight", "many", "-1", "5%/week"], ids=repr)
def test_other_budgets_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_budget(text)


def test_a_budget_over_all_series_is_shared() -> None:
    assert Budget(2.0, "week").rate(1000, "week") == pytest.approx(0.002)
    assert Budget(1.0, "month").rate(10, "day") == pytest.approx(0.1 / (365.25 / 12))


def test_any_score_is_held_to_a_budget_by_its_past(calm) -> None:
    counts, found = calm
    held = hold(found.judged, grid_of(counts), 0.05)
    assert 0.03 < held.realised.rate < 0.07
    later = counts.copy()
    later[:, 210:] += 9
    again = hold(judge(grid_of(later), 0.02, rule=RULE).judged, grid_of(later), 0.05)
    np.testing.assert_array_equal(held.bar[:210], again.bar[:210])


def test_a_rate_has_an_interval_that_holds_it() -> None:
    alarm = np.zeros((6, 100), np.int8)
    alarm[0, :12] = 1
    alarm[:, 0] = -1
    found = realised(alarm)
    assert (found.alarms, found.periods) == (11, 594)
    assert found.low < found.rate < found.high
    assert found.low == 0.0


def test_a_level_that_moved_for_good_stops_alarming_after_some_weeks() -> None:
    counts = quiet(4, 200)
    counts[0, 150:] = quiet(1, 50, mean=9.0, seed=2)[0]
    found = judge(grid_of(counts), 0.01, rule=RULE).judged
    assert found.alarm[0, 151:154].max() == 1
    assert (found.alarm[0, 163:] == 1).mean() < 0.1
    assert found.expected[0, 163] > 7.0


def test_a_column_that_begins_is_an_alarm_for_weeks_and_not_for_months() -> None:
    counts = quiet(4, 200)
    counts[0] = 0.0
    counts[0, 150:] = quiet(1, 50, mean=4.0, seed=5)[0] + 1
    found = judge(grid_of(counts), 0.01, rule=RULE).judged
    assert 1 <= (found.alarm[0, 150:] == 1).sum() <= 6
