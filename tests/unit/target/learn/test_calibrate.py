"""Probabilities: fitted on records drawn at random where there are enough, rising strictly, saying what they rest on."""

from __future__ import annotations

import numpy as np
import pytest

from counterflow.target.learn.calibrate import Calibration, calibrate, reliability
from counterflow.target.learn.model import sigmoid


@pytest.fixture(scope="module")
def held_out():
    rng = np.random.default_rng(4)
    margin = rng.normal(-1, 2, 4000)
    return margin, rng.random(4000) < sigmoid(0.6 * margin - 0.5)


def fitted(margin, found, method="platt", weight=None, random=None, enough=20):
    count = len(found)
    weight = np.ones(count) if weight is None else weight
    return calibrate(margin, found, weight, np.ones(count, bool) if random is None else random, method=method,
                     enough=enough)  # fmt: skip


def test_platt_finds_slope_and_shift(held_out):
    curve = fitted(*held_out)
    assert curve.slope == pytest.approx(0.6, abs=0.05)
    assert curve.shift == pytest.approx(-0.5, abs=0.1)
    assert curve.basis == f"4000 held-out inspections drawn at random, {held_out[1].sum()} with a find"


@pytest.mark.parametrize("method", ["platt", "isotonic"])
def test_probabilities_rise_strictly_and_say_what_comes_true(held_out, method):
    curve = fitted(*held_out, method=method)
    at = np.linspace(-8, 8, 500)
    assert (np.diff(curve.probability(at)) > 0).all()
    assert ((curve.probability(at) > 0) & (curve.probability(at) < 1)).all()
    for row in reliability(curve.probability(held_out[0]), held_out[1], np.ones(4000)):
        assert row["low"] - 0.02 <= row["said"] <= row["high"] + 0.02
    assert sum(row["records"] for row in curve.table) == 4000


def test_the_random_arm_speaks_where_it_has_enough(held_out):
    margin, found = held_out
    chosen = found | (margin > 0)  # what was targeted is full of finds
    random = np.arange(4000) % 4 == 0
    use = random | chosen
    curve = fitted(margin[use], found[use], random=random[use])
    assert "drawn at random" in curve.basis
    assert curve.probability(margin).mean() == pytest.approx(found.mean(), abs=0.02)


def test_else_all_inspections_speak_with_their_weights(held_out):
    margin, found = held_out
    keep = np.where(found, True, np.arange(4000) % 4 == 0)  # clean ones were inspected one in four
    weight = np.where(found, 1.0, 4.0)
    curve = fitted(margin[keep], found[keep], weight=weight[keep], random=np.zeros(keep.sum(), bool))
    assert "chosen in any way" in curve.basis
    assert curve.probability(margin).mean() == pytest.approx(found.mean(), abs=0.02)


def test_with_too_few_finds_nothing_is_called_a_probability():
    found = np.zeros(100, bool)
    found[:5] = True
    curve = fitted(np.linspace(-3, 3, 100), found)
    assert (curve.method, curve.slope, curve.shift) == ("none", 1.0, 0.0)
    assert "no probabilities" in curve.basis


def test_a_falling_relation_never_turns_the_order_round():
    margin = np.linspace(-3, 3, 400)
    curve = fitted(margin, margin < 0)
    assert (np.diff(curve.probability(margin)) > 0).all()


@pytest.mark.parametrize("method", ["platt", "isotonic"])
def test_plain_data_brings_the_curve_back(held_out, method):
    curve = fitted(*held_out, method=method)
    again = Calibration.from_dict(curve.as_dict())
    assert np.array_equal(again.probability(held_out[0]), curve.probability(held_out[0]))
