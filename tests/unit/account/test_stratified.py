"""The interval for a stratified draw: exact where it can be, never short where violations hide, unbiased in the point."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from counterflow.account.interdiction.intervals import clopper_pearson
from counterflow.account.interdiction.stratified import Groups, cells_of, estimate_share, sampled
from counterflow.account.interdiction.stratified_ends import exact_ends, hidden_alone, most_hidden, weighted_ends
from counterflow.account.interdiction.stratified_halve import best_split, halving_factor, halving_factors
from counterflow.core.seeds import generator


def groups(*rows, stratum=None):
    """Groups from (records, chance, drawn, answered, found)."""
    records, chance, drawn, answered, found = (np.array(c, np.float64) for c in zip(*rows, strict=True))
    code = np.arange(len(rows)) if stratum is None else np.array(stratum)
    return Groups(code, chance, records, drawn, answered, found, found)


@settings(max_examples=25)
@given(st.integers(1, 25), st.data())
def test_one_cell_is_the_inversion_of_the_hypergeometric_tails(answered, data):
    found = data.draw(st.integers(0, answered))
    records = data.draw(st.integers(answered, answered * 12))
    low, high = exact_ends(np.array([found]), np.array([answered]), np.array([float(records)]), 0.95)
    there = np.arange(found, records - (answered - found) + 1)
    kept = [
        k
        for k in there
        if hypergeom.sf(found - 1, records, k, answered) > 0.025 and hypergeom.cdf(found, records, k, answered) > 0.025
    ]
    assert (low[0], high[0]) == (kept[0], kept[-1])


@given(st.integers(1, 400), st.data())
def test_the_weighted_interval_of_one_cell_is_clopper_pearson(n, data):
    found = data.draw(st.integers(0, n))
    p = found / n
    low, high = weighted_ends(p, p * (1 - p) / n, 1 / n, 0.95)
    assert (float(low), float(high)) == pytest.approx(clopper_pearson(found, n), rel=1e-6, abs=1e-9)


def test_all_inspected_leaves_no_doubt():
    share = estimate_share(groups((50, 1.0, 50, 50, 4), (70, 1.0, 70, 70, 0)), 0.95)
    assert (share.value, share.low, share.high) == pytest.approx((4 / 120, 4 / 120, 4 / 120))


def test_nothing_found_bounds_what_could_hide_where_the_fewest_are_drawn():
    """The upper end is the worst case over every way to lay the violative records."""
    made = groups((10_000, 0.01, 100, 100, 0), (1_000, 0.2, 200, 200, 0))
    high = estimate_share(made, 0.95).high * 11_000
    worst = 0
    for first in range(600):
        unseen = hypergeom.pmf(0, 10_000, first, 100)
        for second in range(30):
            if unseen * hypergeom.pmf(0, 1_000, second, 200) > 0.025:
                worst = max(worst, first + second)
    assert worst <= high + 1e-6
    assert high < worst + 2


def test_hidden_alone_is_the_hypergeometric_bound():
    hidden = hidden_alone(np.array([500.0]), np.array([100.0]), 0.95)[0]
    assert hypergeom.pmf(0, 500, int(hidden), 100) >= 0.025 > hypergeom.pmf(0, 500, int(hidden) + 1, 100)


def test_a_tiny_stratum_drawn_thinly_cannot_hide_more_than_it_holds():
    made = groups((100_000, 0.02, 2_000, 2_000, 0), (20, 0.001, 0, 0, 0))
    alone = estimate_share(groups((100_000, 0.02, 2_000, 2_000, 0)), 0.95).high
    assert estimate_share(made, 0.95).high * 100_020 <= alone * 100_000 + 21


def test_which_strata_join_does_not_depend_on_what_was_found():
    rows = [(400, 0.01, 4, 4, 0)] * 6 + [(100, 0.01, 1, 1, 0), (50_000, 0.01, 500, 500, 0)]
    few = groups(*rows)
    many = groups(*[(*row[:4], row[3]) for row in rows])
    assert np.array_equal(cells_of(few).of, cells_of(many).of)
    cells = cells_of(few)
    expected = np.bincount(cells.of, few.records * few.chance)
    assert expected.min() >= 10
    assert cells.plain.sum() == 1
    assert sorted(code for cell in cells.joined for code in cell) == list(range(7))


def test_a_lone_small_stratum_joins_the_cell_next_in_chance():
    made = groups((10_000, 0.01, 100, 100, 1), (10_000, 0.1, 1_000, 1_000, 5), (30, 0.09, 2, 2, 1))
    assert cells_of(made).joined == ((1, 2),)


def test_different_response_between_strata_does_not_bend_the_point():
    """Half of the violative stratum does not answer: adjusted within the stratum, the point stays."""
    full = groups((1_000, 0.1, 100, 100, 40), (1_000, 0.1, 100, 100, 0))
    silent = groups((1_000, 0.1, 100, 50, 20), (1_000, 0.1, 100, 100, 0))
    assert estimate_share(silent, 0.95).value == pytest.approx(estimate_share(full, 0.95).value)


def test_chances_that_vary_within_a_stratum_are_weighed():
    made = groups((5_000, 0.02, 100, 100, 5), (5_000, 0.04, 200, 200, 4), stratum=[0, 0])
    assert estimate_share(made, 0.95).value == pytest.approx((5 / 100 * 5_000 + 4 / 200 * 5_000) / 10_000)
    mixed = groups(*[(10, 0.02, 1, 1, int(i < 2)) for i in range(20)], stratum=[0] * 20)
    assert estimate_share(mixed, 0.95).value == pytest.approx(0.1)


def test_without_an_inspection_anything_is_possible():
    share = estimate_share(groups((100, 0.1, 10, 0, 0)), 0.95)
    assert (share.value, share.low, share.high) == (None, 0.0, 1.0)


CROWDED = (np.array([25_000, 10_000, 5_000, 300]), np.array([0.01, 0.02, 0.06, 0.01]))


@pytest.mark.parametrize("violative", [(4_000, 2_000, 1_000, 60), (300, 20, 5, 3), (60, 0, 0, 0), (5, 1, 0, 0)])
def test_the_interval_holds_and_the_point_is_unbiased(violative):
    sizes, chance = CROWDED
    rng = generator(3, "stratified", str(violative))
    truth, draws = sum(violative) / sizes.sum(), 150
    held, points = 0, []
    for _ in range(draws):
        n = rng.binomial(sizes, chance)
        answered = rng.binomial(n, [0.9, 0.7, 0.95, 0.8])
        found = rng.hypergeometric(violative, sizes - np.array(violative), answered).astype(float)
        share = estimate_share(
            Groups(np.arange(4), chance, sizes.astype(float), n.astype(float), answered.astype(float), found, found),
            0.95,
        )
        held += share.low <= truth <= share.high
        points.append(share.value)
    assert held >= 0.93 * draws
    assert abs(np.mean(points) - truth) < 3 * np.std(points) / np.sqrt(draws)


def test_more_inspections_halve_the_interval_as_promised():
    made = groups((50_000, 0.01, 500, 500, 5), (20_000, 0.03, 600, 600, 12))
    draw = sampled(made)
    factor = halving_factor(draw, 0.95)
    wide = weighted_ends(draw.share, draw.variance(), draw.step(0.95), 0.95)
    f = factor
    larger = sampled(groups((50_000, 0.01, 500 * f, 500 * f, 5 * f), (20_000, 0.03, 600 * f, 600 * f, 12 * f)))
    narrow = weighted_ends(larger.share, larger.variance(), larger.step(0.95), 0.95)
    assert (narrow[1] - narrow[0]) / (wide[1] - wide[0]) == pytest.approx(0.5, abs=0.01)
    assert 2 < factor < 5


def test_halving_one_cell_at_a_time_agrees_with_the_general_way():
    made = groups((50_000, 0.01, 500, 500, 5))
    many = halving_factors(np.array([5.0, 0.0]), np.array([500.0, 0.0]), np.array([50_000.0, 10.0]), 0.95)
    assert many[0] == pytest.approx(halving_factor(sampled(made), 0.95), rel=0.01)
    assert np.isnan(many[1])


def test_the_best_split_gives_most_where_most_is_in_doubt_and_never_more_than_there_is():
    made = groups((100_000, 0.001, 100, 100, 10), (100_000, 0.001, 100, 100, 0), (50, 0.5, 25, 25, 12))
    strata, split = best_split(made, 5_000)
    assert strata.tolist() == [0, 1, 2]
    assert split[0] > split[1] > 0
    assert split[2] <= 50
    assert split.sum() == pytest.approx(5_000)


def test_what_could_hide_grows_as_fewer_are_inspected():
    many, few = sampled(groups((10_000, 0.1, 1_000, 1_000, 3))), sampled(groups((10_000, 0.01, 100, 100, 3)))
    assert most_hidden(few.hiding, 0.95) > most_hidden(many.hiding, 0.95)
