"""Outbreaks put in, what is seen of them, and the choice among rules."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.watch.detect.made import grid_of, quiet

from counterflow.watch.detect.backtest import copies, score_all, trial
from counterflow.watch.detect.choose import FAVOURITE, choose, rules
from counterflow.watch.detect.default import scorer
from counterflow.watch.detect.inject import LONGEST, SHAPES, detected, outbreaks


def test_the_same_seed_gives_the_same_outbreaks_within_the_window() -> None:
    counts = quiet(5, 120)
    one, other = (outbreaks(counts, (100, 120), seed=7, replicates=3) for _ in range(2))
    np.testing.assert_array_equal(one.added, other.added)
    assert (outbreaks(counts, (100, 120), seed=8, replicates=3).added.shape != one.added.shape) or (
        outbreaks(counts, (100, 120), seed=8, replicates=3).added != one.added
    ).any()
    assert one.added[:, :100].sum() == 0
    first = (one.added > 0).argmax(axis=1)
    last = 119 - (one.added[:, ::-1] > 0).argmax(axis=1)
    assert (last - first < LONGEST).all()


def test_sizes_are_in_standard_deviations() -> None:
    counts = quiet(30, 120, mean=9.0)
    put = outbreaks(counts, (100, 120), sizes=(8.0,), replicates=20)
    assert put.added.sum(axis=1).mean() == pytest.approx(8 * 3.0, rel=0.1)


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_differ_in_when_cases_fall(shape) -> None:
    put = outbreaks(quiet(20, 60, mean=50.0), (40, 60), sizes=(8.0,), replicates=20, shape=shape, seed=3)
    lag = (put.added * np.arange(60)).sum(axis=1) / put.added.sum(axis=1) - (put.added > 0).argmax(axis=1)
    low, high = {"lognormal": (0.8, 1.9), "step": (2.5, 4.0), "ramp": (3.0, 5.5)}[shape]
    assert low < lag.mean() < high


def test_places_of_one_group_begin_together() -> None:
    put = outbreaks(quiet(6, 90, mean=40.0), (60, 90), sizes=(8.0,), replicates=1, shape="step",
                    together=np.array([0, 0, 0, 1, 1, 1]))  # fmt: skip
    first = (put.added > 0).argmax(axis=1)
    assert np.ptp(first[:3]) <= 1
    assert np.ptp(first[3:]) <= 1


def test_seen_is_an_alarm_between_first_and_last_case() -> None:
    added = np.array([[0, 2, 0, 1, 0], [0, 2, 0, 1, 0], [0, 0, 0, 0, 3]], float)
    alarm = np.array([[1, 0, 1, 0, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 1]], bool)
    found = detected(alarm, added)
    assert found.seen.tolist() == [True, False, True]
    assert found.delay[0] == 1
    assert np.isnan(found.delay[1])


def test_the_favourite_stays_where_the_past_is_short() -> None:
    counts = quiet(4, 60)
    found = choose(counts, np.arange(60) % 52, 52, "week", 0.01, 60)
    assert found.name == FAVOURITE
    assert not found.seen


def test_another_rule_is_chosen_where_it_clearly_sees_more() -> None:
    # A season of a shape that one harmonic misses: errors of neighbouring weeks go together, and a sum adds them up.
    t = np.arange(330)
    mean = 200 * np.exp(1.5 * np.cos(2 * np.pi * t / 52))
    counts = np.random.default_rng(5).poisson(mean, (20, 330)).astype(np.float64)
    found = choose(counts, t % 52, 52, "week", 0.01, 330)
    assert set(found.seen) == set(rules("week"))
    assert found.name == "single-period"


def test_the_favourite_stays_where_another_sees_hardly_more() -> None:
    found = choose(quiet(12, 260), np.arange(260) % 52, 52, "week", 0.01, 260)
    assert found.name == FAVOURITE
    assert found.seen


def test_the_choice_looks_only_at_what_lies_before() -> None:
    counts = quiet(6, 260)
    changed = counts.copy()
    changed[:, 208:] += 40
    one, other = (choose(each, np.arange(260) % 52, 52, "week", 0.02, 208) for each in (counts, changed))
    assert one == other


def test_a_method_that_knows_sees_more_than_one_that_guesses() -> None:
    counts = quiet(12, 200)
    grid = grid_of(counts)
    put = outbreaks(counts, (150, 200), sizes=(8.0,), replicates=3)
    noise = np.random.default_rng(2)
    scored = score_all(
        grid, put, 150,
        {"default": scorer(grid, 150), "guess": lambda other: noise.normal(size=other.counts.shape)},
    )  # fmt: skip
    found = trial(scored, put, 150, first="default", rates=(0.02,), draws=60)
    row = next(r for r in found.rows if r["method"] == "guess" and r["threshold"] == "other series")
    assert row["more_low"] > 0.3
    own = next(r for r in found.rows if r["method"] == "default" and r["threshold"] == "other series")
    assert own["seen_low"] <= own["seen"] <= own["seen_high"]
    assert own["came_low"] <= own["came"] <= own["came_high"]
    assert {r["threshold"] for r in found.rows} == {"earlier part", "other series"}


def test_copies_have_names_of_their_own() -> None:
    counts = quiet(2, 60)
    put = outbreaks(counts, (40, 60), sizes=(8.0,), replicates=2)
    made = copies(grid_of(counts), put)
    assert len(set(made.names)) == len(put)
    np.testing.assert_array_equal(made.counts, counts[put.row] + put.added)
