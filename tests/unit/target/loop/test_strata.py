"""Strata of the random arm: the probabilities that are stored are the ones that the draw has."""

import numpy as np
import pytest
from scipy.stats import chi2

from counterflow.target.loop.strata import Strata, draw_strata, expected_draws, strata


def made_of(seed: int, count: int = 90) -> tuple[Strata, np.ndarray]:
    rng = np.random.default_rng(seed)
    score = rng.random(count).round(1)
    return strata(score, rng.choice(["sea", "air", ""], count), score), score


def test_every_record_is_drawn_as_often_as_its_probability_says() -> None:
    made, _ = made_of(1)
    rng = np.random.default_rng(2)
    draws = 2000
    seen = np.zeros(90)
    for _ in range(draws):
        rows, probability = draw_strata(made, 6.3, rng)
        assert len(rows) in (6, 7)
        assert len(np.unique(rows)) == len(rows)
        seen[rows] += 1
    assert probability.min() > 0
    assert probability.sum() == pytest.approx(6.3)
    z2 = (seen - draws * probability) ** 2 / (draws * probability * (1 - probability))
    assert z2.sum() < chi2.ppf(1 - 1e-6, len(seen))


def test_what_the_score_takes_anyway_is_drawn_less_but_never_left_out() -> None:
    score = np.linspace(0, 1, 200)
    made = strata(score, [""] * 200, score / 2, taken=0.1)
    rate = dict(zip(made.names, made.rate, strict=True))
    assert rate["top no lane"] == pytest.approx(0.25)
    assert rate["low no lane"] > 0.9
    assert made.rate @ made.sizes == pytest.approx(200)


def test_leaning_on_the_spread_moves_draws_from_the_safe_mass_to_the_uncertain() -> None:
    score = np.linspace(0.01, 0.6, 300)
    low = [strata(score, [""] * 300, score, lean=lean).rate[0] for lean in (0.0, 0.5, 1.0)]
    assert low[0] > low[1] > low[2] >= 0.25


def test_equal_scores_are_one_stratum_and_a_plain_draw() -> None:
    made = strata(np.zeros(40), ["x"] * 40)
    assert made.names == ("low x",)
    assert made.rate == pytest.approx([1.0])


def test_records_fewer_than_draws_are_all_drawn() -> None:
    made, _ = made_of(3, 5)
    rows, probability = draw_strata(made, 9.0, np.random.default_rng(0))
    assert rows.tolist() == [0, 1, 2, 3, 4]
    assert probability == pytest.approx(np.ones(5))


def test_what_a_full_stratum_cannot_take_goes_to_the_others() -> None:
    assert expected_draws(np.array([2, 98]), np.array([9.0, 0.5]), 10.0) == pytest.approx([2.0, 8.0])


def test_no_record_makes_no_strata() -> None:
    made = strata(np.zeros(0), [])
    rows, probability = draw_strata(made, 3.0, np.random.default_rng(0))
    assert len(rows) == len(probability) == 0


@pytest.mark.parametrize(("floor", "lean", "taken"), [(0.0, 0.2, 0.1), (0.25, 1.5, 0.1), (0.25, 0.2, 1.0)])
def test_bounds_that_would_leave_records_without_a_chance_are_refused(floor: float, lean: float, taken: float) -> None:
    with pytest.raises(ValueError, match="must lie"):
        strata(np.zeros(3), ["a"] * 3, floor=floor, lean=lean, taken=taken)
