"""Strategies side by side: the same history, the same warm-up, the same seeds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np

from counterflow.core.errors import UnknownName
from counterflow.target.simulate.plain import Hybrid, PlainLearner, Random
from counterflow.target.simulate.run import Protocol, Run, run
from counterflow.target.simulate.source import Source, Truth, Unfolding
from counterflow.target.simulate.strategy import TARGETED, Chosen, Learner, Past, Strategy, WeekView
from counterflow.target.simulate.world import World

__all__ = ["LEARNERS", "STRATEGIES", "TOP_WEIGHT", "Entry", "Finished", "compare", "entry"]

STRATEGIES = ("random", "exploit", "hybrid", "adaptive")
LEARNERS = ("plain", "counterflow")
BOUND_SEEDS = 2
#: in the loop chances are far from certain, so a find of the top tier at the weight of a full model's order would leave
#: little room for any other
TOP_WEIGHT = 5.0


@dataclass(frozen=True, order=True)
class Entry:
    """One thing to run.

    Args:
        strategy: random, exploit, hybrid, adaptive or bound (every past label known).
        learner: plain or counterflow.
        random_share: share of the budget drawn at random, where the strategy has one.
        top_weight: what a find of the top tier counts in the order of the house's learner, see `learn.rank`.
    """

    strategy: str
    learner: str
    random_share: float = 0.0
    top_weight: float = TOP_WEIGHT

    @property
    def name(self) -> str:
        """Return a name that is unique in one comparison of one share."""
        return self.strategy if self.strategy in ("random", "adaptive") else f"{self.strategy}/{self.learner}"


@dataclass(frozen=True)
class Finished:
    """A run with what it cost.

    Args:
        entry: what was run.
        run: its inspections.
        truth: what was in the records that came.
        cpu_seconds: time of the processor for the whole run.
    """

    entry: Entry
    run: Run
    truth: Truth
    cpu_seconds: float


def entry(strategy: str, learner: str, random_share: float, top_weight: float = TOP_WEIGHT) -> Entry:
    """Return what a strategy's name stands for.

    Raises:
        UnknownName: there is no such strategy or learner.
    """
    if strategy not in (*STRATEGIES, "bound"):
        raise UnknownName("strategy", strategy, STRATEGIES)
    if learner not in LEARNERS:
        raise UnknownName("learner", learner, LEARNERS)
    if strategy == "random":
        return Entry("random", "none", 1.0)
    if strategy == "adaptive":
        return Entry("adaptive", "counterflow", random_share, top_weight)
    return Entry(strategy, learner, random_share if strategy == "hybrid" else 0.0, top_weight)


def compare(
    source: Source,
    entries: Sequence[Entry],
    protocol: Protocol,
    seeds: Sequence[int],
    *,
    jobs: int = 1,
    told: Callable[[Finished], None] = lambda _: None,
) -> list[Finished]:
    """Run each entry under each seed; results in order of entry, then seed, whatever the number of jobs.

    The bound hangs on its seed by the learner's subsampling only, so the first seeds are enough for it.
    """
    tasks = [
        (each, seed) for each in entries for seed in list(seeds)[: BOUND_SEEDS if each.strategy == "bound" else None]
    ]
    done: list[Finished] = []
    if jobs <= 1:
        for each, seed in tasks:
            done.append(one(source, each, protocol, seed))
            told(done[-1])
        return done
    # Forking would copy the threads' locks of libraries that are loaded already.
    with ProcessPoolExecutor(jobs, get_context("spawn"), initializer=_begin, initargs=(source, protocol)) as pool:
        for finished in pool.map(_one, tasks):
            done.append(finished)
            told(finished)
    return done


_here: list[tuple[Source, Protocol]] = []


def _begin(source: Source, protocol: Protocol) -> None:
    _here[:] = [(source, protocol)]


def _one(task: tuple[Entry, int]) -> Finished:
    source, protocol = _here[0]
    return one(source, task[0], protocol, task[1])


def one(source: Source, what: Entry, protocol: Protocol, seed: int) -> Finished:
    """Run one entry under one seed."""
    began = time.process_time()
    weeks = source.begin(seed)
    if what.strategy == "bound":
        bound = _AllLabels(weeks, learner_of(what), protocol, seed)
        made = run(bound, bound, protocol, seed)
    else:
        made = run(weeks, strategy_of(what, seed), protocol, seed)
    return Finished(what, made, weeks.truth, time.process_time() - began)


def learner_of(what: Entry) -> Learner:
    """Return a new learner."""
    if what.learner == "plain":
        return PlainLearner()
    from counterflow.target.simulate.ours import OurLearner

    return OurLearner(top_weight=what.top_weight)


def strategy_of(what: Entry, seed: int) -> Strategy:
    """Return a new strategy."""
    if what.strategy == "random":
        return Random()
    learner = learner_of(what)
    if what.strategy == "adaptive":
        from counterflow.target.loop.strategy import Adaptive

        return Adaptive(learner, random_share=what.random_share, seed=seed)
    return Hybrid(learner, what.random_share, seed, what.strategy)


class _AllLabels:
    """Takes the best by a learner that knows every label of the past, inspected or not: what no loop can have.

    It stands between the loop and the weeks, so it sees the labels that come with them.
    """

    name = "bound"

    def __init__(self, weeks: Unfolding, learner: Learner, protocol: Protocol, seed: int) -> None:
        self._inner = weeks
        self._learner = learner
        self._delay = protocol.delay_weeks
        self._seed = seed

    @property
    def weeks(self) -> int:
        """Number of weeks."""
        return self._inner.weeks

    @property
    def truth(self) -> Truth:
        """What was in the records so far."""
        return self._inner.truth

    def until(self, week: int, made: Past) -> World:
        """Return the records up to `week`, and keep their labels."""
        world = self._inner.until(week, made)
        self._label = world.label
        return world

    def learn(self, week: WeekView, known: Past) -> None:
        """Learn nothing from inspections: everything is known."""

    def choose(self, week: WeekView, budget: int, rng: np.random.Generator) -> Chosen:
        """Take the best."""
        rows = np.arange(np.searchsorted(week.week_of, week.week - self._delay, side="right"))
        past = Past(
            rows, self._label[rows], np.full(len(rows), TARGETED, np.int8), np.ones(len(rows)), week.week_of[rows]
        )
        self._learner.refit(week, past, self._seed)
        best = np.lexsort((rng.random(len(week.rows)), -self._learner.score(week, past).rank))[:budget]
        return Chosen(week.rows[best], np.full(len(best), TARGETED, np.int8), np.ones(len(best)))
