"""The default order: what it weighs, and that no two records are equal."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from counterflow.target.learn.rank import default_score, distinct, order, top_share_of_effort

SEVERITY = {"drug": 100.0, "equipment": 50.0, "revenue": 1.0}


def test_near_certain_finds_stand_above_a_chance_of_something_graver():
    chance = {"drug": np.array([0.3, 0.0, 0.0]), "revenue": np.array([0.2, 0.97, 0.6])}
    assert np.argsort(-default_score(chance, SEVERITY)).tolist() == [1, 0, 2]


def test_where_finds_are_rare_the_score_is_an_expected_value():
    chance = {"drug": np.array([1e-4, 0.0]), "revenue": np.array([0.0, 1e-4])}
    score = default_score(chance, SEVERITY, top_weight=20.0)
    assert np.allclose(score / 1e-4, [21.0, 1.0], rtol=1e-3)


def test_the_weight_is_shared_in_the_top_tier_by_severity_and_none_below_it():
    chance = {"drug": np.array([0.1, 0, 0]), "equipment": np.array([0, 0.1, 0]), "revenue": np.array([0, 0, 0.1])}
    score = default_score(chance, SEVERITY, top_weight=20.0)
    assert np.allclose(score - 1 / 9, [2.0, 1.0, 0.0])


def test_a_weight_of_nothing_ranks_by_any_find():
    rng = np.random.default_rng(1)
    chance = {"drug": rng.random(50) / 2, "revenue": rng.random(50) / 2}
    score = default_score(chance, SEVERITY, top_weight=0.0)
    assert np.array_equal(np.argsort(score), np.argsort(chance["drug"] + chance["revenue"]))


def test_a_sure_find_has_a_finite_score():
    assert np.isfinite(default_score({"revenue": np.array([1.0, 1.0])}, SEVERITY)).all()


def test_the_share_of_effort_is_what_the_weight_moved_in():
    chance = {"drug": np.array([0.0, 0.3, 0.0]), "revenue": np.array([0.5, 0.1, 0.45])}
    chosen = np.argsort(-default_score(chance, SEVERITY))[:2]
    assert top_share_of_effort(chance, SEVERITY, chosen, top_at=40.0) == 0.5


@given(arrays(float, st.integers(1, 60), elements=st.sampled_from([-3.0, -1e-300, -0.0, 0.0, 1.0, 1.0000000000000002, 7.5])),
       st.randoms(use_true_random=False))  # fmt: skip
def test_no_two_scores_are_equal_and_the_order_stays(score, random):
    tie = list(range(len(score)))
    random.shuffle(tie)
    tie = np.array(tie, np.uint64)
    made = distinct(score, tie)
    assert len(set(made.tolist())) == len(score)
    assert np.array_equal(np.argsort(-made), order(score + 0.0, tie))
    assert np.allclose(made, score)


def test_equal_scores_do_not_stand_in_the_order_of_their_rows():
    tie = np.random.default_rng(0).permutation(100).astype(np.uint64)
    falling = np.argsort(-distinct(np.ones(100), tie))
    assert np.array_equal(falling, np.argsort(tie))
    assert not np.array_equal(falling, np.arange(100))
