"""Nowcasts of made-up triangles: exact where the answer is known, blind to what came later, honest about thin data."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.core.errors import InputError, UsageError
from counterflow.core.seeds import generator
from counterflow.watch.nowcast import LEVELS, Settings, Triangle, nowcast
from counterflow.watch.nowcast.days import kinds_of_days
from counterflow.watch.nowcast.places import nowcast_each, shared_delays
from counterflow.watch.nowcast.plain import chart_rows, plain, quantile_rows
from counterflow.watch.nowcast.scores import retrospective, weighted_interval_score

START = np.datetime64("2024-01-01")
QUICK = Settings(origins=12)


def regular(periods: int = 40, share: tuple[float, ...] = (0.5, 0.25, 0.25), total: float = 80.0) -> Triangle:
    """A triangle whose every day brings the same, reported by the same law."""
    return Triangle(START + np.arange(periods), np.tile(np.array(share) * total, (periods, 1)))


def noisy(seed: int = 1, periods: int = 60, mean: float = 60.0) -> Triangle:
    """A triangle of Poisson counts."""
    rng = generator(seed, "triangle")
    share = np.array([0.3, 0.3, 0.2, 0.1, 0.05, 0.05])
    return Triangle(START + np.arange(periods), rng.poisson(mean * share, (periods, 6)).astype(float))


def day(index: int) -> dt.date:
    return dt.date(2024, 1, 1) + dt.timedelta(index)


def test_a_regular_triangle_is_told_exactly() -> None:
    made = nowcast(regular(), day(39), settings=QUICK)
    assert made.reported.tolist() == [60.0, 40.0]
    np.testing.assert_allclose(made.complete, [0.75, 0.5], atol=1e-6)
    np.testing.assert_allclose(made.chain_ladder, [80.0, 80.0], rtol=1e-6)
    np.testing.assert_allclose(made.expected, [80.0, 80.0], rtol=0.01)
    assert made.as_of == day(39)
    assert made.method == "chain-ladder"


def test_nothing_reported_later_is_used() -> None:
    triangle = noisy()
    later = np.arange(60)[:, None] + np.arange(6)[None, :] > 45
    changed = replace(triangle, counts=np.where(later, 999.0, triangle.counts))
    one, two = (nowcast(each, day(45), settings=QUICK) for each in (triangle, changed))
    np.testing.assert_array_equal(one.values, two.values)
    cut = replace(triangle, reference=triangle.reference[:46], counts=np.where(later, np.nan, triangle.counts)[:46])
    np.testing.assert_array_equal(one.values, nowcast(cut, day(45), settings=QUICK).values)


def test_quantiles_rise_and_never_fall_below_the_reported_count() -> None:
    made = nowcast(noisy(), day(59), settings=QUICK)
    assert made.values.shape == (5, 21)
    assert (np.diff(made.values, axis=1) >= 0).all()
    assert (made.values[:, 0] >= made.reported).all()
    assert (made.values[:, 10] == made.median).all()


def test_draws_repeat_and_have_the_law_that_the_quantiles_tell() -> None:
    made = nowcast(noisy(), day(59), settings=QUICK)
    drawn = made.draws(4000, generator(3, "draws"))
    np.testing.assert_array_equal(drawn, made.draws(4000, generator(3, "draws")))
    for level in (0.1, 0.5, 0.9):
        held = (drawn <= made.at(np.array([level]))[:, 0]).mean(axis=0)
        assert (held >= level - 0.03).all()
        below = (drawn < made.at(np.array([level]))[:, 0]).mean(axis=0)
        assert (below <= level + 0.03).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.3, 4.0, 300.0]))
def test_any_counts_give_finite_nowcasts(seed: int, mean: float) -> None:
    rng = generator(seed, "any")
    counts = rng.poisson(mean, (25, 4)) * rng.integers(0, 2, (25, 4))
    made = nowcast(Triangle(START + np.arange(25), counts.astype(float)), day(24), settings=Settings(origins=5))
    assert np.isfinite(made.values).all()
    assert (made.values >= made.reported[:, None]).all()
    assert ((made.complete > 0) & (made.complete <= 1)).all()


def test_all_zero_stays_zero_and_says_so() -> None:
    made = nowcast(Triangle(START + np.arange(30), np.zeros((30, 5))), settings=QUICK)
    assert not made.values[:, :11].any()
    assert any("Nothing at all" in words for words in made.said)


def test_too_little_and_too_early_are_refused() -> None:
    with pytest.raises(InputError, match="too little history"):
        nowcast(regular(3))
    with pytest.raises(InputError, match="Nothing was reported by 2023-12-30"):
        nowcast(regular(), dt.date(2023, 12, 30))
    with pytest.raises(InputError, match="counts are whole"):
        nowcast(replace(regular(), counts=regular().counts + 0.5))


def test_a_silent_feed_is_not_taken_for_a_fall() -> None:
    made = nowcast(regular(), day(60), settings=QUICK)
    assert made.as_of == day(41)
    assert any("The last report is of" in words for words in made.said)
    assert nowcast(regular(), day(42), settings=QUICK).as_of == day(42)


def test_corrections_downward_keep_the_total() -> None:
    counts = np.array([[5.0, 4.0, -6.0], [3.0, -1.0, 2.0], [1.0, -4.0, 0.0], [2.0, np.nan, np.nan]])
    settled, cells = Triangle(START + np.arange(4), counts).settled()
    assert cells == 3
    np.testing.assert_array_equal(settled.counts[:3], [[3, 0, 0], [2, 0, 2], [0, 0, 0]])
    assert settled.counts[3, 0] == 2.0
    assert np.isnan(settled.counts[3, 1:]).all()


def test_totals_become_new_reports() -> None:
    totals = np.array([[3.0, np.nan, 7.0], [2.0, 4.0, np.nan]])
    made = Triangle.from_cumulative(START + np.arange(2), totals)
    np.testing.assert_array_equal(made.counts[0], [3, 0, 4])
    np.testing.assert_array_equal(made.counts[1, :2], [2, 2])
    assert np.isnan(made.counts[1, 2])


def test_weekday_delays_are_learned_by_weekday() -> None:
    # On Sundays nothing is reported; it all comes a day later.
    periods, counts = 70, np.zeros((70, 3))
    for t in range(periods):
        for delay, share in enumerate((0.6, 0.4)):
            late = delay + ((t + delay) % 7 == 6)
            counts[t, late] += 100 * share
    made = nowcast(Triangle(START + np.arange(periods), counts), day(62), settings=QUICK)  # a Sunday
    assert made.reported[-1] == 0
    assert made.complete[-1] < 0.1
    assert made.expected[-1] == pytest.approx(100, rel=0.15)
    assert made.expected[-2] == pytest.approx(100, rel=0.1)


def test_holidays_count_as_sundays_where_they_are_known() -> None:
    kinds, count = kinds_of_days(np.datetime64("2021-12-24"), 3, 1, "US")  # Christmas observed on Friday
    assert (kinds.tolist(), count) == ([6, 6, 6], 7)
    assert kinds_of_days(np.datetime64("2021-12-24"), 3, 1)[0].tolist() == [4, 5, 6]
    weeks, one = kinds_of_days(START, 3, 7)
    assert (weeks.tolist(), one) == ([0, 0, 0], 1)
    with pytest.raises(UsageError, match="No public holidays"):
        kinds_of_days(START, 3, 1, "ZZ")


def test_small_places_borrow_delays_and_a_total_is_not_lent() -> None:
    rng = generator(5, "places")
    share = np.array([0.2, 0.5, 0.3])
    makes = [
        Triangle(START + np.arange(50), rng.poisson(mean * share, (50, 3)).astype(float), group={"place": name})
        for name, mean in (("a", 200.0), ("b", 300.0), ("c", 0.4))
    ]
    small = makes[2]
    alone = nowcast(small, day(49), settings=QUICK)
    together = nowcast_each(makes, day(49), settings=QUICK)[2]
    assert abs(together.complete[-1] - 0.2) < 0.03
    assert abs(together.complete[-1] - 0.2) < abs(alone.complete[-1] - 0.2)
    doubled = replace(makes[0], counts=makes[0].counts[:, ::-1] * 50, group={"place": "total"})
    lent = shared_delays([*makes, doubled], day(49))[2]
    np.testing.assert_array_equal(lent.hazards, shared_delays(makes, day(49))[2].hazards)


def test_large_counts_use_the_law_of_the_same_moments() -> None:
    big = regular(total=4_000_000.0)
    made = nowcast(big, day(39), settings=QUICK)
    assert np.isfinite(made.values).all()
    assert made.median[-1] == pytest.approx(4_000_000, rel=0.02)


def test_weighted_interval_score_is_that_of_bracher_et_al() -> None:
    # One central 80 % interval, [2, 6], median 4: (1/1.5) x (0.5 |y - m| + 0.1 (width + 10 x outside)).
    levels, values = np.array([0.1, 0.5, 0.9]), np.array([[2.0, 4.0, 6.0]])
    for truth, expected in ((4.0, 0.4 / 1.5), (5.0, 0.9 / 1.5), (8.0, (2.0 + 0.4 + 2.0) / 1.5)):
        assert weighted_interval_score(levels, values, np.array([truth])).wis[0] == pytest.approx(expected)
    over = weighted_interval_score(levels, values, np.array([0.0]))
    assert (over.under[0], over.over[0]) == (0.0, pytest.approx((2.0 + 2.0) / 1.5))
    with pytest.raises(ValueError, match="symmetric"):
        weighted_interval_score(np.array([0.1, 0.5]), values[:, :2], np.array([1.0]))


def test_past_days_are_tried_from_what_was_known_then() -> None:
    triangle = noisy(periods=70)
    trials = retrospective(triangle, day(60), dates=4, horizons=4, settings=QUICK)
    assert len(np.unique(trials.as_of)) == 4
    assert (trials.horizon <= 4).all()
    place = 3
    then = nowcast(triangle, trials.as_of[place].astype(dt.date), settings=QUICK)
    at = int(np.flatnonzero(then.reference == trials.reference[place])[0])
    np.testing.assert_array_equal(trials.values[place], then.values[at])
    row = int((trials.reference[place] - START).astype(int))
    assert trials.truth[place] == triangle.counts[row].sum()
    told = trials.by_horizon()[-1]
    assert told["horizon"] == "all"
    assert told["wis"] == pytest.approx(told["wis_dispersion"] + told["wis_too_low"] + told["wis_too_high"])
    assert told["mae"] < told["mae_reported"]
    with pytest.raises(InputError, match="too little history"):
        retrospective(noisy(periods=9), settings=QUICK)


def test_coverage_of_its_own_law_is_near_nominal() -> None:
    trials = retrospective(noisy(seed=9, periods=120), dates=12, every=5, horizons=4, settings=QUICK)
    assert 0.8 <= trials.figures()["coverage_90"] <= 1.0


def test_plain_data_stands_beside_what_was_reported_and_withholds_small_counts() -> None:
    made = nowcast(noisy(mean=6.0), day(59), settings=QUICK)
    told = plain(made, small_cell=10)
    assert told["periods"][-1]["reported"] is None or told["periods"][-1]["reported"] == 0
    assert len(quantile_rows([made])) == made.values.size
    assert [row["quantile"] for row in quantile_rows([made])[:21]] == list(LEVELS)
    shown = [row["value"] for row in quantile_rows([made], 10)]
    assert all(value is None or value == 0 or value >= 10 for value in shown)
    assert chart_rows(made)[0].keys() >= {"low_90", "median", "high_90", "reported"}


def test_weeks_count_from_their_last_day() -> None:
    weekly = Triangle(START + 7 * np.arange(30), np.tile([40.0, 40.0], (30, 1)), step=7, ends_after=6)
    sunday, monday = dt.date(2024, 7, 21), dt.date(2024, 7, 22)
    assert nowcast(weekly, sunday).reference.tolist() == nowcast(weekly, monday).reference.tolist()
    assert nowcast(weekly, sunday).reference[-1] == np.datetime64("2024-07-15")
