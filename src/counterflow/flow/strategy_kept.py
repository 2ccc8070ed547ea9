"""Simulated worlds that are kept: the years as things are once for each scenario, the latest mixes beside them.

Moving a slider then costs one ensemble. Everything here depends on the program alone (its parameters, posterior and
drivers), never on a workspace: one store of worlds serves the whole process.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from counterflow.strategy.compare.runs import usable
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

    One of 500 draws takes about 7 MB; the years as things are twice that.
    """

    def __init__(self, most: int = 8) -> None:
        self._most = most
        self._lock = threading.RLock()
        self._without: OrderedDict[Ensemble, Runs] = OrderedDict()
        self._turned: OrderedDict[tuple[Ensemble, tuple[Pull, ...]], Runs] = OrderedDict()
        self._draws: OrderedDict[Ensemble, Draws] = OrderedDict()

    def draws(self, which: Ensemble) -> Draws:
        """Return the parameter vectors of an ensemble; those that give no finite result are left out."""
        with self._lock:
            return self._kept(self._draws, which, lambda: usable(draw(which.draws, which.seed), which.scenario)[0])

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
        values, path = self.draws(which).values, drivers(which.scenario)
        if not pulls:
            return simulate(values, path, NONE, keep=True)
        return simulate(values, path, changes(pulls, values), reference=self.without(which))

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
