"""Simulated worlds that are kept: the years as things are once for each scenario, the latest mixes beside them.

Moving a slider then costs one ensemble. Everything here depends on the program alone (its parameters, posterior and
drivers), never on a workspace: one store of worlds serves the whole process.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeVar

import numpy as np

from counterflow.core.errors import EngineError
from counterflow.strategy.levers.effects import changes
from counterflow.strategy.levers.policy import Pull
from counterflow.strategy.model.draws import Draws, draw
from counterflow.strategy.model.drivers import drivers
from counterflow.strategy.model.engine import NONE, Runs, simulate

__all__ = ["Ensemble", "Worlds", "worlds"]

Key = TypeVar("Key")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Which ensemble: so many draws of a seed, under a scenario of the drivers."""

    scenario: str
    draws: int
    seed: int


class Worlds:
    """Gives simulated worlds; each is made once, by one asker at a time.

    Args:
        most: how many mixes are kept beside the years as things are.

    One of 500 draws takes about 7 MB.
    """

    def __init__(self, most: int = 8) -> None:
        self._most = most
        self._lock = threading.RLock()
        self._without: OrderedDict[Ensemble, Runs] = OrderedDict()
        self._turned: OrderedDict[tuple[Ensemble, tuple[Pull, ...]], Runs] = OrderedDict()
        self._draws: OrderedDict[tuple[int, int], Draws] = OrderedDict()

    def draws(self, count: int, seed: int) -> Draws:
        """Return the parameter vectors of an ensemble."""
        with self._lock:
            return self._kept(self._draws, (count, seed), lambda: draw(count, seed))

    def without(self, which: Ensemble) -> Runs:
        """Return the years as things are."""
        with self._lock:
            return self._kept(self._without, which, lambda: self._made(which, ()))

    def turned(self, which: Ensemble, pulls: Sequence[Pull]) -> Runs:
        """Return the same draws with measures; without any, the very same world."""
        if not pulls:
            return self.without(which)
        with self._lock:
            return self._kept(self._turned, (which, tuple(pulls)), lambda: self._made(which, tuple(pulls)))

    def _made(self, which: Ensemble, pulls: tuple[Pull, ...]) -> Runs:
        held = self.draws(which.draws, which.seed)
        runs = simulate(held.values, drivers(which.scenario), changes(pulls, held.values) if pulls else NONE)
        lost = int((~np.isfinite(runs.values).all(axis=(1, 2))).sum())
        if lost:
            raise EngineError(
                f"{lost} of {which.draws} draws give no finite result.",
                hint="The parameters were not fitted, or to another model: see `counterflow strategy calibrate`.",
            )
        # The years as things are come with each mix; once is enough to keep.
        return replace(runs, baseline=runs.values)

    def _kept(self, shelf: OrderedDict[Key, Made], key: Key, make: Callable[[], Made]) -> Made:
        if key not in shelf:
            shelf[key] = make()
        shelf.move_to_end(key)
        while len(shelf) > self._most:
            shelf.popitem(last=False)
        return shelf[key]


@cache
def worlds() -> Worlds:
    """Return the store of worlds of this process."""
    return Worlds()
