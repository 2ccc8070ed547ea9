"""The weekly loop: warm up, choose, inspect, learn; what a whole run of a strategy under one seed found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from counterflow.core.seeds import generator
from counterflow.target.simulate.source import Unfolding
from counterflow.target.simulate.strategy import ARMS, RANDOM, Chosen, Past, Strategy, WeekView
from counterflow.target.simulate.world import World

__all__ = ["Protocol", "Run", "run"]


@dataclass(frozen=True)
class Protocol:
    """How the loop is run.

    Args:
        rate: share of each week's records that can be inspected.
        warm_up_weeks: first weeks, in which only a random draw is inspected.
        warm_up_rate: share that it draws.
        delay_weeks: outcomes of week w are known from week w + delay on.
    """

    rate: float = 0.10
    warm_up_weeks: int = 4
    warm_up_rate: float = 0.20
    delay_weeks: int = 1

    def budget(self, records: int) -> int:
        """Return how many of a week's records can be inspected."""
        return round(self.rate * records)


@dataclass(frozen=True)
class Run:
    """All inspections of one run, warm-up included, in order of week.

    Args:
        strategy: its name.
        seed: its seed.
        made: the inspections with what they showed.
    """

    strategy: str
    seed: int
    made: Past


def run(source: Unfolding, strategy: Strategy, protocol: Protocol, seed: int, weeks: int | None = None) -> Run:
    """Run a strategy through all weeks, or the first `weeks` of them, under one seed.

    The draws of the warm-up depend on the seed alone, so all strategies begin from the same inspections; and a strategy
    gets the same stream of chance each week, whatever it did before.

    Args:
        source: a history, or a world that answers to what was inspected.
        strategy: chooses.
        protocol: how the loop is run.
        seed: seed of all draws.
        weeks: how many weeks; all where not given.

    Raises:
        ValueError: the strategy broke the rules (a record of another week, one twice, too many, no probability).
    """
    made = Past.empty()
    told = 0
    for week in range(source.weeks if weeks is None else weeks):
        world = source.until(week, made)
        view = world.view(week)
        known = int(np.searchsorted(made.week, week - protocol.delay_weeks, side="right"))
        if known > told:
            strategy.learn(view, _part(made, told, known))
            told = known
        if week < protocol.warm_up_weeks:
            chosen = _warm_up(view, protocol, seed)
        else:
            budget = protocol.budget(len(view.rows))
            chosen = strategy.choose(view, budget, generator(seed, "simulate", week))
            _refuse(chosen, view, budget, strategy.name)
        made = made.joined(_inspected(world, chosen, week))
    return Run(strategy.name, seed, made)


def _warm_up(view: WeekView, protocol: Protocol, seed: int) -> Chosen:
    count = round(protocol.warm_up_rate * len(view.rows))
    rows = np.sort(generator(seed, "simulate", "warm-up", view.week).choice(view.rows, count, replace=False))
    share = count / max(len(view.rows), 1)
    return Chosen(rows, np.full(count, RANDOM, np.int8), np.full(count, share))


def _refuse(chosen: Chosen, view: WeekView, budget: int, name: str) -> None:
    """Hold a strategy to what inspectors can do."""
    rows = chosen.rows
    if len(rows) > budget:
        raise ValueError(f"{name} chose {len(rows)} records in week {view.week} with room for {budget}")
    if len(np.unique(rows)) != len(rows) or (len(rows) and (rows.min() < view.rows[0] or rows.max() > view.rows[-1])):
        raise ValueError(f"{name} chose a record twice or of another week in week {view.week}")
    if not len(rows) == len(chosen.arm) == len(chosen.probability):
        raise ValueError(f"{name} gave no arm or probability for some of its records in week {view.week}")
    drawn = chosen.arm == RANDOM
    if (chosen.arm < 0).any() or (chosen.arm >= len(ARMS)).any():
        raise ValueError(f"{name} named an arm that does not exist in week {view.week}")
    if (chosen.probability[drawn] <= 0).any() or (chosen.probability > 1).any():
        raise ValueError(f"{name} drew a record with probability 0 or above 1 in week {view.week}")


def _inspected(world: World, chosen: Chosen, week: int) -> Past:
    return Past(
        chosen.rows,
        world.label[chosen.rows],
        chosen.arm.astype(np.int8),
        chosen.probability,
        np.full(len(chosen.rows), week, np.int16),
    )


def _part(made: Past, start: int, end: int) -> Past:
    return Past(*(getattr(made, name)[start:end] for name in ("rows", "labels", "arm", "probability", "week")))
