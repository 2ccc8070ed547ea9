"""The figures that matchers are judged by, against the plainest way to work them out."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from benchmarks.party_metrics import (
    auc,
    b_cubed,
    best_f1,
    f1_at,
    leave_one_group_out,
    paired_bootstrap,
    pairwise,
    threshold_at,
)
from hypothesis import given
from hypothesis import strategies as st

scored = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=30).filter(
    lambda rows: 0 < sum(match for match, _ in rows) < len(rows)
)
groups = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=25)


def arrays(rows):
    return np.array([m for m, _ in rows]), np.array([s for _, s in rows], float)


@given(scored)
def test_auc_is_the_chance_of_the_right_order(rows):
    yes, no = ([s for m, s in rows if m is label] for label in (True, False))
    plain = np.mean([(a > b) + (a == b) / 2 for a in yes for b in no])
    assert auc(*arrays(rows)) == pytest.approx(plain)


@given(scored)
def test_best_f1_is_the_best_of_all_thresholds(rows):
    match, score = arrays(rows)
    best, at = best_f1(match, score)
    assert best == pytest.approx(max(f1_at(match, score, t) for t in set(score)))
    assert f1_at(match, score, at) == pytest.approx(best)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50), st.floats(0.001, 0.5))
def test_no_more_clean_parties_alert_than_the_rate_says(clean, rate):
    clean = np.array(clean)
    assert (clean > threshold_at(clean, rate)).sum() <= rate * len(clean)


@given(groups)
def test_pairs_and_b_cubed_are_what_counting_gives(rows):
    gold, found = (np.array(side) for side in zip(*rows, strict=True))
    pairs = [(gold[i] == gold[j], found[i] == found[j]) for i, j in combinations(range(len(rows)), 2)]
    both, true, said = (
        sum(test(g, f) for g, f in pairs) for test in (lambda g, f: g and f, lambda g, _: g, lambda _, f: f)
    )
    counted = pairwise(gold, found)
    assert counted.precision == pytest.approx(both / said if said else 1.0)
    assert counted.recall == pytest.approx(both / true if true else 1.0)
    each = b_cubed(gold, found)
    assert each.precision == pytest.approx(
        np.mean([np.mean(gold[found == found[i]] == gold[i]) for i in range(len(rows))])
    )
    assert each.recall == pytest.approx(
        np.mean([np.mean(found[gold == gold[i]] == found[i]) for i in range(len(rows))])
    )


def test_the_bootstrap_tells_a_real_difference_from_none():
    rng = np.random.default_rng(5)
    match = rng.random(300) < 0.5
    good, bad = match + rng.normal(0, 0.7, 300), match + rng.normal(0, 3.0, 300)
    real = paired_bootstrap(auc, match, good, bad, resamples=200)
    assert 0 < real.low < real.ours - real.theirs < real.high
    none = paired_bootstrap(auc, match, good, good, resamples=50)
    assert none.low == none.high == 0
    assert paired_bootstrap(auc, match, good, bad, resamples=200) == real
    by_group = paired_bootstrap(auc, match, good, bad, groups=np.arange(300) // 30, resamples=200)
    assert by_group.low < by_group.high


def test_leaving_a_group_out_shows_what_is_owed_to_it():
    match = np.array([True, False] * 20)
    groups = np.repeat(["learnt", "new"], 20)
    score = np.where(groups == "learnt", match, ~match).astype(float)
    f1, without = leave_one_group_out(match, score, groups)
    assert without["learnt"] == 0.0
    assert without["new"] == 1.0
    assert f1 < 0.7
