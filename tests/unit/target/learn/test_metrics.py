"""Measures with intervals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from counterflow.core.proportions import clopper_pearson
from counterflow.target.learn.metrics import (
    area_under_curve,
    average_precision,
    chosen_at,
    evaluate,
    slices,
)


@pytest.mark.parametrize(("hits", "of"), [(0, 7), (3, 7), (7, 7), (45, 78), (1, 2000)])
def test_exact_intervals_are_those_of_clopper_and_pearson(hits, of):
    other = binomtest(hits, of).proportion_ci(0.95, method="exact")
    assert clopper_pearson(hits, of) == pytest.approx((other.low, other.high))


def test_of_nothing_nothing_is_known():
    assert clopper_pearson(0, 0) == (0.0, 1.0)


def test_area_counts_pairs_and_ties_as_half():
    score, found = np.array([3.0, 2.0, 2.0, 1.0]), np.array([True, True, False, False])
    assert area_under_curve(score, found) == 3.5 / 4
    assert average_precision(np.array([4.0, 3.0, 2.0]), np.array([True, False, True])) == pytest.approx((1 + 2 / 3) / 2)


def test_inspections_at_a_rate():
    assert [chosen_at(r, 8134) for r in (0.01, 0.05, 0.10, 1.0)] == [81, 407, 813, 8134]
    assert chosen_at(0.001, 20) == 1


@pytest.fixture(scope="module")
def judged():
    rng = np.random.default_rng(2)
    score = rng.normal(size=1000)
    found = rng.random(1000) < 1 / (1 + np.exp(2 - 2 * score))
    return score, found, found & (rng.random(1000) < 0.1)


def test_rates_are_counted_as_by_hand(judged):
    score, found, critical = judged
    made = evaluate(score, found, critical, [0.1], value=np.ones(1000))
    top = np.argsort(-score)[:100]
    row = made["rates"][0]
    assert row["precision"]["value"] == found[top].mean()
    assert row["recall"]["value"] == found[top].sum() / found.sum()
    assert row["critical_recall"]["value"] == critical[top].sum() / critical.sum()
    assert row["value_recall"] == pytest.approx(row["recall"]["value"])
    assert row["lift"] == pytest.approx(found[top].mean() / found.mean())
    assert made["auc"]["low"] < made["auc"]["value"] < made["auc"]["high"]


def test_one_giant_line_does_not_decide_the_value_found(judged):
    score, found, critical = judged
    value = np.ones(1000)
    value[np.argsort(-score)[found[np.argsort(-score)]][-1]] = 1e9
    row = evaluate(score, found, critical, [0.1], value=value)["rates"][0]
    assert row["value_recall"] == pytest.approx(row["recall"]["value"], abs=0.01)


def test_rows_that_could_not_be_scored_count_in_the_rate(judged):
    assert evaluate(*judged, [0.1], records=1200)["rates"][0]["inspected"] == 120


@pytest.mark.parametrize("label", [True, False])
def test_one_kind_of_label_has_no_area(judged, label):
    made = evaluate(judged[0], np.full(1000, label), np.zeros(1000, bool), [0.1])
    assert made["auc"]["value"] is None
    assert made["rates"][0]["critical_recall"]["value"] is None


def test_groups_add_up_to_the_whole(judged):
    score, found, critical = judged
    left = np.arange(1000) % 3 == 0
    rows = slices(score, found, critical, 0.1, {"a": left, "b": ~left})
    assert sum(r["chosen"] for r in rows) == 100
    assert sum(r["precision"]["hits"] for r in rows) == evaluate(*judged, [0.1])["rates"][0]["precision"]["hits"]
    assert sum(r["share_of_inspections"] for r in rows) == pytest.approx(1.0)
