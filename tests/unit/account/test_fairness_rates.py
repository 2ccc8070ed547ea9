"""Rates, ratios, standards and durations against published or independently known answers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from counterflow.account.fairness.adjust import adjusted, holm, scatter, strata_of
from counterflow.account.fairness.durations import lasting, mean_until
from counterflow.account.fairness.rates import difference_of_rates, poisson_span, rate_ratio, risk_ratio
from counterflow.account.fairness.standard import AgeSpan, age_span, shipped_standard, standardised, weights_for
from counterflow.core.errors import InputError

COUNTS = st.integers(0, 400)
PEOPLE = st.integers(500, 100_000)


def test_a_rate_has_garwoods_interval():
    span = poisson_span(10, 1)
    assert (span.low, span.high) == pytest.approx(
        (stats.chi2.ppf(0.025, 20) / 2, stats.chi2.ppf(0.975, 22) / 2), rel=1e-9
    )
    assert poisson_span(0, 1).low == 0
    assert poisson_span(0, 1).high == pytest.approx(3.6889, abs=1e-4)


def test_nearly_six_times_is_told_with_its_interval():
    ratio = rate_ratio(600, 100_000, 505, 500_000)
    assert ratio.value == pytest.approx(5.94, abs=0.005)
    assert 5.2 < ratio.low < 5.4
    assert 6.6 < ratio.high < 6.8
    assert ratio.p < 1e-12


@given(COUNTS, PEOPLE, COUNTS, PEOPLE)
def test_a_ratio_turned_round_is_its_inverse(a, n, b, m):
    one, other = rate_ratio(a, n, b, m), rate_ratio(b, m, a, n)
    assert one.p == pytest.approx(other.p, abs=1e-9)
    if a and b:
        assert one.low * other.high == pytest.approx(1, rel=1e-6)
        assert one.low < one.value < one.high


@given(st.integers(1, 200), PEOPLE, st.integers(1, 200), PEOPLE)
def test_mid_p_lies_within_exact(a, n, b, m):
    exact, mid = rate_ratio(a, n, b, m), rate_ratio(a, n, b, m, mid=True)
    assert exact.low <= mid.low * (1 + 1e-6)
    assert mid.high <= exact.high * (1 + 1e-6)


def test_the_exact_test_is_the_binomial_one():
    ratio = rate_ratio(15, 1000, 5, 1000)
    assert ratio.p == pytest.approx(stats.binomtest(15, 20, 0.5).pvalue, rel=1e-9)
    low, high = stats.binomtest(15, 20, 0.5).proportion_ci(method="exact")
    assert (ratio.low, ratio.high) == pytest.approx((low / (1 - low), high / (1 - high)), rel=1e-6)


def test_koopmans_own_example_and_nothing_found():
    ratio = risk_ratio(36, 40, 16, 80)
    assert (ratio.low, ratio.high) == pytest.approx((2.94, 7.15), abs=0.005)
    assert risk_ratio(0, 50, 10, 50).low == 0
    assert math.isinf(risk_ratio(10, 50, 0, 50).high)


@given(COUNTS, PEOPLE, COUNTS, PEOPLE)
def test_a_difference_lies_in_its_interval(a, n, b, m):
    span = difference_of_rates(a, n, b, m, 0.95)
    assert span.low <= span.value <= span.high


def test_the_standard_reproduces_a_published_age_adjusted_rate():
    """SEER's worked example of age adjustment: 400.3 per 100,000."""
    standard = shipped_standard("us2000")
    assert sum(standard.people.values()) == 274_633_642
    counts = [29, 87, 67, 71, 87, 177, 290, 657, 1072, 1691, 2428, 2931, 2881, 2817, 2817, 2744, 2634, 1884, 1705]
    people = [139879, 553189, 736212, 770999, 651390, 639159, 676354, 736557, 724826, 700200, 617437, 516541, 361170,
              259440, 206204, 172087, 142958, 99654, 92692]  # fmt: skip
    labels = ["<1", "1-4", *(f"{a}-{a + 4}" for a in range(5, 85, 5)), "85+"]
    weights = weights_for(standard, labels)
    span = standardised(np.array(counts, float), np.array(people, float), weights)
    assert span.value * 1e5 == pytest.approx(400.3, abs=0.05)
    assert span.low < span.value < span.high


def test_published_ten_year_weights_are_met():
    labels = ["<1", "1-4", "5-14", "15-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75-84", "85 and over"]
    weights = weights_for(shipped_standard("us2000"), labels)
    published = [0.013818, 0.055317, 0.145565, 0.138646, 0.135573, 0.162613, 0.134834, 0.087247, 0.066037, 0.044842,
                 0.015508]  # fmt: skip
    assert weights == pytest.approx(published, abs=3e-6)


@pytest.mark.parametrize(
    ("labels", "words"), [(["10-17"], "cuts"), (["all"], "no ages"), (["15-24", "20-24"], "overlap")]
)
def test_ages_that_do_not_fit_the_standard_are_refused(labels, words):
    with pytest.raises(InputError, match=words):
        weights_for(shipped_standard("us2000"), labels)


@pytest.mark.parametrize(
    ("text", "ages"),
    [("25-34", (25, 34)), ("Ages 25 to 34", (25, 34)), ("65+", (65, 200)), ("<15", (0, 14)), ("85 and over", (85, 200)),
     ("34-25", None), ("unknown", None)],
)  # fmt: skip
def test_age_labels_are_read_as_people_write_them(text, ages):
    assert age_span(text) == (AgeSpan(*ages) if ages else None)


def test_one_age_gives_fay_and_feuer_as_garwood():
    span, plain = standardised(np.array([12.0]), np.array([5000.0]), np.array([1.0])), poisson_span(12, 5000)
    assert (span.low, span.high) == pytest.approx((plain.low, plain.high), rel=1e-9)


def test_durations_of_a_known_sample():
    """Remission times of 6-MP (Freireich 1963): median 23, 21 people, 9 ends."""
    ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    ongoing = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    times = np.array(ended + ongoing, float)
    marks = np.array([1.0] * len(ended) + [0.0] * len(ongoing))
    curve = lasting(times, marks, 1 - marks)
    assert (curve.people, curve.ended, curve.median) == (21, 9, 23)
    assert curve.share[0] == pytest.approx(0.857, abs=5e-4)
    assert curve.share[-1] == pytest.approx(0.448, abs=5e-4)
    assert math.sqrt(curve.greenwood[-1]) * curve.share[-1] == pytest.approx(0.1346, abs=5e-4)


def test_without_anybody_left_the_mean_is_the_plain_mean():
    times = np.array([1.0, 2, 3, 4])
    span, _ = mean_until(lasting(times, np.ones(4), np.zeros(4)), 4.0)
    assert span.value == pytest.approx(2.5)


def test_adjusting_takes_out_what_risk_explains():
    """Simpson: within each band both groups are opened alike; crude rates differ threefold."""
    group, band = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    n, seen = np.array([9000.0, 1000, 1000, 9000]), np.array([90.0, 100, 10, 900])
    strata = strata_of(group, band, n, seen)
    for place in (0, 1):
        one = adjusted(strata, place, 0.95)
        assert one.to_whole.value == pytest.approx(1.0)
        assert one.to_others.value == pytest.approx(1.0)
        assert one.to_others.p > 0.99


def test_few_events_are_compared_exactly_and_none_is_no_error():
    strata = strata_of(np.array([0, 1]), np.array([0, 0]), np.array([100.0, 1000]), np.array([0.0, 20]))
    one = adjusted(strata, 0, 0.95)
    assert "exact" in one.method
    assert one.to_others.low == 0
    assert 1 < one.to_others.high < 10
    wider = adjusted(strata, 0, 0.95, spread=2.0)
    assert wider.to_others.high > one.to_others.high


def test_scatter_beyond_chance_is_seen_and_chance_is_not():
    rng = np.random.default_rng(5)
    cell = np.arange(60)
    group, band, n = np.zeros(60, int), np.zeros(60, int), np.full(60, 500.0)
    plain = scatter(group, band, cell, n, rng.binomial(500, 0.1, 60).astype(float))
    wild = scatter(group, band, cell, n, rng.binomial(500, rng.choice([0.05, 0.15], 60)).astype(float))
    assert 1 <= plain < 1.5
    assert wild > 3
    assert scatter(group[:1], band[:1], cell[:1], n[:1], np.array([50.0])) is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_never_makes_a_chance_smaller_and_keeps_the_order(chances):
    made = holm(chances)
    assert all(a >= b for a, b in zip(made, chances, strict=True))
    assert max(made) <= 1
    order = np.argsort(chances, kind="stable")
    assert list(np.array(made)[order]) == sorted(made)
