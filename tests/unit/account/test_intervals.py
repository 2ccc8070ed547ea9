"""Intervals hold what they promise: known values, order, and the plain case inside the weighted one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from counterflow.account.interdiction.intervals import (
    beta_interval,
    clopper_pearson,
    effective_size,
    korn_graubard,
    percent,
    zero_found_words,
)

counts = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
levels = st.sampled_from([0.8, 0.95, 0.99])


@pytest.mark.parametrize(
    ("found", "n", "low", "high"),
    [
        # R 4.3 binom.test, printed to four digits
        (0, 10, 0.0, 0.3085),
        (1, 10, 0.0025, 0.4450),
        (5, 10, 0.1871, 0.8129),
        (10, 10, 0.6915, 1.0),
        (0, 300, 0.0, 0.0122),
    ],
)
def test_clopper_pearson_gives_the_printed_values(found, n, low, high):
    assert clopper_pearson(found, n) == pytest.approx((low, high), abs=6e-5)


def test_zero_found_matches_the_closed_form():
    assert clopper_pearson(0, 42)[1] == pytest.approx(1 - 0.025 ** (1 / 42), rel=1e-12)


def test_clopper_pearson_ends_are_the_binomial_tails():
    low, high = clopper_pearson(7, 60, 0.9)
    assert binom.sf(6, 60, low) == pytest.approx(0.05)
    assert binom.cdf(7, 60, high) == pytest.approx(0.05)


@given(counts, levels)
def test_interval_contains_the_share(count, level):
    found, n = count
    low, high = clopper_pearson(found, n, level)
    assert 0 <= low <= found / n <= high <= 1


@given(counts)
def test_more_finds_move_both_ends_up_and_more_level_widens(count):
    found, n = count
    low, high = clopper_pearson(found, n)
    if found < n:
        more = clopper_pearson(found + 1, n)
        assert more[0] > low
        assert more[1] >= high
    wide = clopper_pearson(found, n, 0.99)
    assert wide[0] <= low
    assert wide[1] >= high


@given(st.floats(0, 40), st.floats(0, 400))
def test_fractional_counts_still_contain_the_share(found, rest):
    n = found + rest
    if n == 0:
        return
    low, high = clopper_pearson(found, n)
    assert low <= found / n <= high


@pytest.mark.parametrize(("found", "n", "level"), [(-1, 5, 0.95), (6, 5, 0.95), (1, 5, 1.0), (1, 5, 0.0)])
def test_impossible_counts_are_refused(found, n, level):
    with pytest.raises(ValueError, match=r"found must lie|a level lies"):
        clopper_pearson(found, n, level)


def test_nothing_inspected_says_nothing():
    assert clopper_pearson(0, 0) == (0.0, 1.0)
    assert korn_graubard(np.array([]), np.array([])).value is None


@given(counts, st.floats(1, 1e6))
def test_equal_weights_give_plain_clopper_pearson(count, weight):
    found, n = count
    marks = (np.arange(n) < found).astype(float)
    share = korn_graubard(marks, np.full(n, weight))
    assert (share.low, share.high) == pytest.approx(clopper_pearson(found, n), rel=1e-9, abs=1e-12)
    assert share.effective_n == n


@given(
    st.lists(st.tuples(st.booleans(), st.floats(1, 1e5)), min_size=1, max_size=80),
)
def test_weighted_interval_contains_its_point_and_never_claims_more_than_n(rows):
    found = np.array([float(f) for f, _ in rows])
    weights = np.array([w for _, w in rows])
    share = korn_graubard(found, weights)
    assert share.low <= share.value <= share.high
    assert 0 < share.effective_n <= len(rows) + 1e-9
    assert share.low >= 0
    assert share.high <= 1


@given(st.lists(st.floats(1, 1e4), min_size=2, max_size=50), st.floats(0.01, 100))
def test_only_relative_weights_matter(weights, scale):
    found = (np.arange(len(weights)) % 3 == 0).astype(float)
    base = np.array(weights)
    assert effective_size(found, base * scale) == pytest.approx(effective_size(found, base))


def test_finds_with_small_weights_do_not_buy_precision():
    """One find among the many light draws leaves what the few heavy ones did not show as open as before."""
    weights = np.concatenate([np.full(990, 1.0), np.full(10, 1_000.0)])
    found = np.zeros(1_000)
    found[0] = 1
    assert effective_size(found, weights) < 15
    assert korn_graubard(found, weights).high > 0.2


def test_weights_must_be_positive_and_match():
    with pytest.raises(ValueError, match="positive weight"):
        korn_graubard(np.array([1.0]), np.array([0.0]))
    with pytest.raises(ValueError, match="positive weight"):
        korn_graubard(np.array([1.0, 0.0]), np.array([2.0]))


def test_beta_interval_is_central():
    assert beta_interval(1, 1, 0.9) == pytest.approx((0.05, 0.95))


def test_words_carry_the_number_of_the_interval():
    assert zero_found_words(1_200, clopper_pearson(0, 1_200)[1], 0.95) == "0 of 1,200: at most 0.307 % (95 % interval)"
    assert percent(0) == "0 %"
    assert percent(2e-5) == "20 per million"
