"""Lift curves: what they must be whatever the numbers, and what a measured one says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.core.seeds import generator
from counterflow.target.whatif.doubt import counted, ranged
from counterflow.target.whatif.lifts import GRID, at, binormal, concave, from_points, measured, with_random

areas, shares = st.floats(0.5, 0.99), st.floats(0, 1)


def slopes(curve):
    return np.diff(curve) / np.diff(GRID)


@given(areas, st.floats(1e-5, 0.4), shares)
def test_curves_rise_from_nothing_to_all_and_bring_less_and_less(area, prevalence, random):
    curve = with_random(binormal(np.array([area]), np.array([prevalence])), random)[0]
    assert curve[0] == pytest.approx(0, abs=1e-9)
    assert curve[-1] == pytest.approx(1, abs=1e-6)
    assert (curve >= GRID - 2e-3).all()
    steps = slopes(curve)
    assert (steps[1:] <= steps[:-1] * (1 + 5e-2) + 5e-2).all()


def test_a_score_that_knows_nothing_finds_what_chance_finds():
    curve = binormal(np.array([0.5]), np.array([0.01]))
    assert float(at(curve, 0.3)[0]) == pytest.approx(0.3, abs=1e-3)


def test_the_area_under_the_curve_is_the_area_asked_for():
    # of a rare class the lift curve is the ROC curve
    curve = binormal(np.array([0.8]), np.array([1e-6]))[0]
    area = float(np.sum((curve[1:] + curve[:-1]) / 2 * np.diff(GRID)))
    assert area == pytest.approx(0.8, abs=2e-3)


def test_no_score_is_trusted_within_its_very_top():
    curve = binormal(np.array([0.85]), np.array([1e-4]))
    whole = float(at(curve, 0.001)[0])
    assert float(at(curve, 1e-6)[0]) == pytest.approx(whole / 1000, rel=0.1)


def test_random_inspections_find_their_share():
    curve = from_points([[0.1, 0.6]])[None, :]
    assert float(at(with_random(curve, 1.0), 0.2)[0]) == pytest.approx(0.2, abs=1e-6)
    # 10 % inspected, a tenth of it at random: 1 % of all at random, 9 of the remaining 99 by score
    expected = 0.01 + 0.99 * (0.6 * (0.09 / 0.99) / 0.1)
    assert float(at(with_random(curve, 0.1), 0.1)[0]) == pytest.approx(expected, rel=2e-3)


def test_a_measured_curve_counts_ties_as_one_place():
    score = np.array([3.0, 2, 2, 1, 1, 1, 0, 0, 0, 0])
    harm = np.array([1.0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
    curve = measured(score, harm, 3, generator(1, "t"))
    assert curve.shape[0] == 4
    assert float(at(curve, 0.1)[0]) == pytest.approx(0.5, abs=0.01)
    assert float(at(curve, 0.3)[0]) == pytest.approx(1.0, abs=0.01)
    assert len({round(float(v), 6) for v in at(curve, 0.1)[1:]}) > 1


def test_a_dent_is_bridged():
    curve = concave(np.where(GRID < 0.5, GRID * 0.5, GRID * 1.5 - 0.5))
    assert curve == pytest.approx(GRID)


def test_doubt_is_drawn_where_it_was_stated():
    drawn = ranged(0.01, 0.002, 0.03, "stated", "x").drawn(20_000, generator(1, "d"))
    low, middle, high = np.quantile(drawn, [0.025, 0.5, 0.975])
    assert (low, middle, high) == pytest.approx((0.002, 0.01, 0.03), rel=0.06)
    none = counted(0, 300, "measured", "x")
    assert none.high == pytest.approx(0.0083, rel=0.02)
    assert none.drawn(20_000, generator(1, "n")).mean() == pytest.approx(0.5 / 301, rel=0.05)
