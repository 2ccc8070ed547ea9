"""The trend model: the filter against another program's, and what must hold whatever the series."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.account.reach import Point, Series, Target, probability
from counterflow.account.reach.model import fit, grid_of, prior_of, scale_of, season_row, shocks, transition
from counterflow.core.errors import InputError


def yearly(values, first=2000, **more):
    return Series(tuple(Point(dt.date(first + k, 12, 31), v) for k, v in enumerate(values)), **more)


def test_filter_agrees_with_statsmodels() -> None:
    from statsmodels.tsa.statespace.kalman_filter import KalmanFilter

    rng = np.random.default_rng(3)
    seen = np.cumsum(rng.normal(0, 0.2, 30)) + rng.normal(0, 0.1, 30)
    seen[[4, 5, 17]] = np.nan
    errors = np.where(np.arange(30) > 26, 0.15, 0.0)
    prior = prior_of()
    found = fit(seen, errors, 4, prior)
    enters, left = transition(found.grid.theta, 0.25)
    level, both, slope = shocks(found.grid, 0.25)
    for k in np.argsort(found.posterior)[-3:]:
        other = KalmanFilter(k_endog=1, k_states=6, k_posdef=6, loglikelihood_burn=1)
        other.bind(np.asfortranarray(seen[None, :]))
        other["transition"] = np.eye(6)
        other["transition", 0, 1], other["transition", 1, 1] = enters[k], left[k]
        other["selection"] = np.eye(6)
        other["state_cov", 0, 0], other["state_cov", 0, 1] = level[k], both[k]
        other["state_cov", 1, 0], other["state_cov", 1, 1] = both[k], slope[k]
        rows = [np.concatenate([[1.0, 0.0], season_row(step, 4, 1)]) for step in range(30)]
        design = np.zeros((1, 6, 30))
        design[0, :4] = np.array(rows).T
        other["design"] = design
        other["obs_cov"] = (found.grid.noise[k] ** 2 + errors**2)[None, None, :]
        start = np.diag([10.0, found.grid.slope[k] ** 2, prior.season**2, prior.season**2, 0.0, 0.0])
        other.initialize_known(np.array([seen[0], 0, 0, 0, 0, 0.0]), start)
        made = other.filter()
        ours = np.log(found.posterior[k]) + found.log_likelihood - found.grid.weight[k]
        assert ours == pytest.approx(made.llf, abs=1e-8)
        assert found.mean[k] == pytest.approx(made.filtered_state[:4, -1], abs=1e-8)


@given(st.floats(0.01, 1.0))
def test_two_half_steps_make_one(dt_whole: float) -> None:
    grid = grid_of(prior_of())
    enters, left = transition(grid.theta, dt_whole / 2)
    level, both, slope = shocks(grid, dt_whole / 2)
    whole_level, whole_both, whole_slope = shocks(grid, dt_whole)
    assert np.allclose(level + level + 2 * enters * both + enters**2 * slope, whole_level, rtol=1e-6)
    assert np.allclose(both + left * both + enters * left * slope, whole_both, rtol=1e-9)
    assert np.allclose(slope + left**2 * slope, whole_slope, rtol=1e-9)
    assert np.allclose(enters + left * enters, transition(grid.theta, dt_whole)[0])


def test_prior_is_a_law() -> None:
    assert np.exp(grid_of(prior_of()).weight).sum() == pytest.approx(1)


@pytest.mark.parametrize("values", [[3.0, 0.0, 7.0], [0.0, 0.0], [2.0, 5.0], [-1.0, 4.0]])
def test_scale_comes_back(values) -> None:
    seen = np.array(values)
    scale = scale_of(seen)
    assert scale.back(scale.into(seen)) == pytest.approx(seen, abs=1e-9)


POSITIVE = st.lists(st.floats(1, 1000), min_size=5, max_size=9)


@given(POSITIVE, st.floats(0.3, 3), st.integers(1, 4), st.floats(0.01, 50))
def test_unit_does_not_matter_and_down_and_up_share_all(values, part, ahead, unit) -> None:
    by, goal = dt.date(2000 + len(values) - 1 + ahead, 12, 31), values[-1] * part
    down = probability(yearly(values), Target(goal, by, "down"))
    up = probability(yearly(values), Target(goal, by, "up"))
    other = probability(yearly([v * unit for v in values]), Target(goal * unit, by, "down"))
    assert down.probability + up.probability == pytest.approx(1, abs=1e-3)
    assert other.probability == pytest.approx(down.probability, abs=2e-3)
    assert 0 < down.low <= down.probability <= down.high < 1 or down.low in (0, 1) or down.high in (0, 1)
    assert down.expected["low80"] <= down.expected["value"] <= down.expected["high80"]


def test_harder_is_never_likelier_and_any_time_never_less_likely() -> None:
    series, by = yearly([100, 104, 99, 95, 97, 93, 90]), dt.date(2010, 12, 31)
    made = [probability(series, Target(goal, by, "down")).probability for goal in (100, 90, 80, 60, 40)]
    assert made == sorted(made, reverse=True)
    ever = probability(series, Target(80, by, "down", "any-time")).probability
    assert ever >= made[2]


def test_same_seed_same_answer_and_other_seed_another() -> None:
    series, target = yearly([100, 104, 99, 95, 97, 93, 90]), Target(80, dt.date(2010, 12, 31), "down")
    assert probability(series, target, seed=5) == probability(series, target, seed=5)
    assert probability(series, target, seed=5) != probability(series, target, seed=6)


def test_doubt_about_the_last_value_widens_the_answer() -> None:
    series, target = yearly([100, 101, 99, 100, 101, 100, 100]), Target(90, dt.date(2007, 12, 31), "down")
    last = series.points[-1]
    doubted = replace(series, points=(*series.points[:-1], replace(last, low=60.0, high=140.0)))
    sure, unsure = (probability(each, target).expected for each in (series, doubted))
    assert unsure["high80"] - unsure["low80"] > sure["high80"] - sure["low80"]


def test_a_season_is_seen() -> None:
    days = [dt.date(2015 + k // 12, k % 12 + 1, 28) for k in range(60)]
    season = [100 * (1 + 0.4 * np.cos(2 * np.pi * k / 12)) for k in range(60)]
    series = Series(tuple(Point(day, float(v)) for day, v in zip(days, season, strict=True)))
    summer = probability(series, Target(80, dt.date(2020, 7, 28), "down")).probability
    winter = probability(series, Target(80, dt.date(2021, 1, 28), "down")).probability
    assert summer > 0.8
    assert winter < 0.2


def test_sums_that_overlap_are_not_taken_for_values_of_their_own() -> None:
    rng = np.random.default_rng(5)
    months = np.exp(4 + np.cumsum(rng.normal(0, 0.05, 60)) + rng.normal(0, 0.1, 60))
    sums = np.convolve(months, np.ones(12), "valid")
    points = [Point(dt.date(2015 + (k + 11) // 12, (k + 11) % 12 + 1, 28), float(v)) for k, v in enumerate(sums)]
    target = Target(float(sums[-1]), dt.date(2020, 12, 28), "down")
    apart, window = (probability(Series(tuple(points), rolling=r), target) for r in (1, 12))
    assert "sums 12" in window.why
    assert window.expected["high80"] / window.expected["low80"] > apart.expected["high80"] / apart.expected["low80"]
    with pytest.raises(InputError, match="overlap"):
        probability(Series(tuple(points), rolling=12), replace(target, kind="cumulative", since=dt.date(2019, 12, 28)))


def test_window_of_one_is_the_plain_model() -> None:
    from counterflow.account.reach.rolling import fit_rolling

    seen = np.cumsum(np.random.default_rng(1).normal(0, 0.2, 12))
    plain, rolled = fit(seen, np.zeros(12), 1, prior_of()), fit_rolling(seen, np.zeros(12), 1, 1, prior_of())
    assert rolled.log_likelihood == pytest.approx(plain.log_likelihood, abs=0.05)
    assert rolled.posterior @ rolled.mean[:, 0] == pytest.approx(plain.posterior @ plain.mean[:, 0], abs=0.01)
