"""Measures of the validation against worked examples and against scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from counterflow.strategy.validate import metrics


def test_errors_of_a_worked_example():
    assert metrics.mean_error([90, 120], [100, 100]) == pytest.approx(0.15)
    assert metrics.mape([90, 30, 1], [100, 20, 0]) == pytest.approx((0.1 + 0.5) / 2)


def test_a_missing_year_leaves_its_pair_out():
    assert metrics.mean_error([90, 5], [100, math.nan]) == pytest.approx(0.1)
    assert metrics.coverage([1, math.nan], [0, 5], [2, 6]) == 1


@pytest.mark.parametrize(
    ("measure", "pair"),
    [
        (metrics.mean_error, ([1.0], [math.nan])),
        (metrics.mape, ([1.0], [0.0])),
        (metrics.spearman, ([1.0, 1.0, 1.0], [1.0, 2.0, 3.0])),
        (metrics.spearman, ([1.0, 2.0], [1.0, 2.0])),
        (metrics.median_relative_error, ([1.0], [0.0])),
        (metrics.mean_error, ([1.0, 2.0], [1.0])),
    ],
)
def test_too_little_to_judge_is_refused_and_never_flattering(measure, pair):
    with pytest.raises(ValueError, match=r"."):
        measure(*pair)


@given(arrays(float, 12, elements=st.integers(-5, 5).map(float)), st.randoms(use_true_random=False))
def test_rank_correlation_is_that_of_scipy(values, random):
    from scipy.stats import spearmanr

    other = list(values)
    random.shuffle(other)
    if np.ptp(values) == 0:
        return
    assert metrics.spearman(values, other) == pytest.approx(float(spearmanr(values, other).statistic))


def test_a_zero_effect_has_the_wrong_sign():
    assert metrics.same_sign([0.0, -0.2, 0.3], [-0.1, -0.1, 0.0005], 0.001) == 0.5


def test_width_and_coverage():
    assert metrics.relative_width([100, 300], [90, 280], [110, 340]) == pytest.approx(40 / 200)
    assert metrics.coverage([100, 300], [100, 301], [110, 340]) == 0.5


def test_whole_clusters_are_drawn_again():
    values = np.r_[np.zeros(50), np.ones(50)]
    one_by_one = metrics.resampled(lambda at: float(values[at].mean()), np.arange(100), seed=1, times=300)
    together = metrics.resampled(lambda at: float(values[at].mean()), np.repeat([0, 1], 50), seed=1, times=300)
    assert one_by_one[1] - one_by_one[0] < 0.3
    assert together == (0.0, 1.0)
    assert together == metrics.resampled(lambda at: float(values[at].mean()), np.repeat([0, 1], 50), seed=1, times=300)


def test_differences_are_held_against_the_largest_of_a_row():
    assert metrics.largest_relative_difference([[0.0, 101.0], [2.0, 1.0]], [[1.0, 100.0], [2.0, 1.0]]) == 0.01
