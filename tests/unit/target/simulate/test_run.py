"""The loop shows a strategy what it may know, holds it to the rules, and measures what it did."""

import math
from dataclasses import replace

import numpy as np
import pytest

from counterflow.core.errors import UnknownName
from counterflow.target.learn.options import LearnOptions
from counterflow.target.simulate.compare import Entry, compare, entry
from counterflow.target.simulate.measure import measures, periods, ratio, spread
from counterflow.target.simulate.ours import OurLearner
from counterflow.target.simulate.plain import Hybrid, PlainLearner, Random
from counterflow.target.simulate.result import answer, table
from counterflow.target.simulate.run import Protocol, Run, run
from counterflow.target.simulate.schemes import SHAPES, hide_scheme, lay_scheme
from counterflow.target.simulate.strategy import RANDOM, TARGETED, Chosen, Past


class Watching:
    """Takes the first records of a week and writes down what it was told when."""

    name = "watching"

    def __init__(self, spoil=None):
        self.told = []
        self._spoil = spoil

    def learn(self, week, known):
        self.told.append((week.week, sorted(set(known.week.tolist()))))

    def choose(self, week, budget, rng):
        rows = week.rows[:budget]
        chosen = Chosen(rows, np.full(len(rows), TARGETED, np.int8), np.ones(len(rows)))
        return self._spoil(chosen) if self._spoil else chosen


@pytest.mark.parametrize("delay", [1, 3], ids=["next-week", "three-weeks"])
def test_outcomes_are_told_when_they_are_known_and_each_once(tiny, delay):
    strategy = Watching()
    run(tiny, strategy, Protocol(delay_weeks=delay), 0)
    assert strategy.told == [(week, [week - delay]) for week in range(delay, 14)]


def test_a_tenth_is_inspected_after_a_random_warm_up_that_all_share(tiny):
    one = run(tiny, Watching(), Protocol(), 3).made
    other = run(tiny, Random(), Protocol(), 3).made
    assert np.bincount(one.week).tolist() == [14] * 4 + [7] * 10
    assert (one.rows[one.week < 4] == other.rows[other.week < 4]).all()
    assert (other.arm == RANDOM).all()
    assert np.allclose(other.probability[other.week >= 4], 0.1)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda c: replace(c, rows=c.rows - 70),
        lambda c: replace(c, rows=np.full(len(c.rows), c.rows[0])),
        lambda c: replace(c, arm=c.arm * 0, probability=c.probability * 0),
        lambda c: Chosen(np.arange(c.rows[0], c.rows[0] + 70), np.full(70, TARGETED, np.int8), np.ones(70)),
        lambda c: replace(c, arm=np.full(len(c.arm), 9, np.int8)),
    ],
    ids=["another-week", "twice", "never-drawn", "too-many", "no-such-arm"],
)
def test_a_strategy_that_breaks_the_rules_is_stopped(tiny, spoil):
    with pytest.raises(ValueError, match="in week 4"):
        run(tiny, Watching(spoil), Protocol(), 0)


def test_measures_count_what_was_inspected(tiny):
    rows = tiny.rows_of(6)[:4]
    label = tiny.label.copy()
    label[tiny.rows_of(6)] = 0
    revenue, drug = tiny.classes.index("revenue") + 1, tiny.classes.index("drug") + 1
    label[rows] = [revenue, 0, drug, revenue]
    scheme = np.zeros(len(label), bool)
    scheme[tiny.rows_of(6)[[0, 10]]] = True
    world = replace(tiny, label=label, scheme=scheme)
    arm = np.array([TARGETED, RANDOM, TARGETED, TARGETED], np.int8)
    made = Past(rows, label[rows], arm, np.ones(4), np.full(4, 6, np.int16))
    found = measures(world, Run("x", 0, made), (6, 6))
    assert found["precision"] == 0.75
    assert found["precision_elsewhere"] == pytest.approx(2 / 3)
    assert (found["critical_recall"], found["scheme_found"]) == (1.0, 0.5)
    assert found["normalised_precision"] == 1.0
    assert found["random_share"] == 0.25
    assert math.isnan(measures(world, Run("x", 0, made), (8, 8))["precision"])


def test_periods_of_a_short_history_and_spread_of_few_seeds():
    assert periods(14, Protocol()) == {"weeks 4-13": (4, 13), "all": (4, 13), "last13": (4, 13)}
    assert spread([0.5]) == {"mean": 0.5, "sd": None}
    assert spread([float("nan")]) == {"mean": None, "sd": None}
    assert ratio([0.2], [0.0])["value"] is None
    made = ratio([0.5, 0.7], [0.5, 0.5])
    assert made["low"] < made["value"] == 1.2 < made["high"]


def test_exploitation_learns_where_finds_are_and_repeats_itself(tiny):
    protocol = Protocol()
    first, again = (run(tiny, Hybrid(PlainLearner(trees=20), 0.0, 1, "exploit"), protocol, 1) for _ in range(2))
    assert (first.made.rows == again.made.rows).all()
    blind = run(tiny, Random(), protocol, 1)
    assert measures(tiny, first, (8, 13))["precision"] > 2 * measures(tiny, blind, (8, 13))["precision"]


def test_the_house_learner_sees_no_outcome_of_its_own_or_a_later_week(tiny):
    options = LearnOptions.fast(trees=10, enough_finds=5, top_trees=5)
    learner = OurLearner(options)
    made = run(tiny, Hybrid(learner, 0.1, 2), Protocol(), 2).made
    assert measures(tiny, Run("ours", 2, made), (8, 13))["precision"] > 0.4
    # The same past with other labels from week 9 on: features up to week 9 stay what they were.
    other = OurLearner(options)
    turned = made.labels.copy()
    turned[made.week >= 9] = 0
    for each, labels in ((learner, made.labels), (other, turned)):
        past = Past(made.rows, labels, made.arm, made.probability, made.week)
        for week in range(4, 11):
            early = past.week < week
            known = Past(*(getattr(past, n)[early] for n in ("rows", "labels", "arm", "probability", "week")))
            if each is other:
                each.refit(tiny.view(week), known, 2)
    for week in range(10):
        assert np.array_equal(learner._features[week].values, other._features[week].values, equal_nan=True)
    assert not np.array_equal(learner._features[10].values, other._features[10].values, equal_nan=True)


def test_a_hidden_scheme_lies_where_scores_are_low_and_begins_in_its_week(tiny):
    scores = np.where(tiny.week >= 8, np.where(np.arange(len(tiny.label)) % 2, 0.03, 0.5), np.nan)
    made = hide_scheme(tiny, "chapter", 0, first_week=8, sizes=(2, 30), scores=scores)
    assert (tiny.week[made.rows] >= 8).all()
    assert (tiny.label[made.rows] == 0).all()
    assert made.mean_score < 0.08
    assert made.trimmed
    laid = lay_scheme(tiny, made)
    assert laid.scheme.sum() == len(made.rows)
    assert (laid.label[made.rows] > 0).all()
    again = hide_scheme(tiny, "chapter", 0, first_week=8, sizes=(2, 30), scores=scores)
    assert (again.rows == made.rows).all()


def test_names_that_nobody_knows_are_answered_with_near_ones(tiny):
    with pytest.raises(UnknownName, match="exploit"):
        entry("exploitt", "plain", 0.1)
    with pytest.raises(UnknownName, match="counterflow"):
        entry("hybrid", "counterflows", 0.1)
    with pytest.raises(UnknownName, match="price-band"):
        hide_scheme(tiny, "price-bands", 0)
    assert len(SHAPES) >= 6


def test_a_result_names_each_strategy_with_mean_and_sd(tiny):
    asked = [Entry("random", "none", 1.0), Entry("exploit", "plain")]
    said = answer(tiny, compare(tiny, asked, Protocol(), [0, 1]), asked, Protocol())
    assert "synthetic declarations" in said["caveat"]
    assert set(said["strategies"]) == {"random", "exploit"}
    one = said["strategies"]["exploit"]
    assert set(one["last13"]) == {"mean", "sd"}
    assert one["last13"] == one["precision"]["last13"]
    assert one["scheme_found"]["mean"] is None
    assert one["random_share"]["all"]["mean"] == 0.0
    assert [(row["strategy"], row["learner"]) for row in table(said)] == [("random", "none"), ("exploit", "plain")]


def test_ratios_are_over_the_seeds_that_both_ran_under(tiny):
    runs = compare(tiny, [Entry("random", "none", 1.0)], Protocol(), range(3))
    first, bound = Entry("adaptive", "counterflow", 0.1), Entry("bound", "counterflow")
    finished = [replace(one, entry=first) for one in runs] + [replace(one, entry=bound) for one in runs[:2]]
    (made,) = answer(tiny, finished, [first], Protocol())["ratios"]
    assert (made["of"], made["to"]) == ("adaptive", "bound/counterflow")
    assert made["last13"] == {"value": 1.0, "low": 1.0, "high": 1.0, "level": 0.95, "seeds": 2}
