"""An ensemble of walkers that draws from a density known only point by point, many points at one call.

The walkers stand in two halves; each half moves by what the other half shows, so that every step is one call of the
density with half of the walkers, and detailed balance holds (Foreman-Mackey et al. 2013, section 3). Three moves:

* difference: along the difference of two walkers of the other half (ter Braak 2006, DE-MC), now and then the whole
  difference, which jumps between separate hills;
* snooker: along the line through a walker of the other half (ter Braak & Vrugt 2008, eq. 3);
* reference: a step that leaves a given normal distribution as it is (preconditioned Crank-Nicolson; Cotter et al.
  2013, section 4.2), accepted by the ratio of density to that normal: as good as the normal is near to the density.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from counterflow.core.seeds import generator

__all__ = ["Density", "Reference", "Walk", "walk"]

Floats = npt.NDArray[np.float64]
Density = Callable[[Floats], Floats]
_BLOCK = 50
_SNOOKER, _JUMP = 0.1, 0.1
_LEANING = (0.15, 0.3, 0.5, 0.9)


@dataclass(frozen=True)
class Reference:
    """A normal distribution near the density.

    Args:
        mean: shape (d,).
        root: lower triangular root of its covariance, shape (d, d).
        share: share of the moves that use it.
    """

    mean: Floats
    root: Floats
    share: float = 0.7

    def log_density(self, points: Floats) -> Floats:
        """Return the log density of points (n, d) up to a constant."""
        return np.asarray(-0.5 * (self.standard(points) ** 2).sum(axis=1))

    def standard(self, points: Floats) -> Floats:
        """Return points as standard normal ones."""
        return np.asarray((points - self.mean) @ self.inverse.T)

    @cached_property
    def inverse(self) -> Floats:
        """Inverse of the root."""
        return np.asarray(np.linalg.inv(self.root), dtype=np.float64)


@dataclass
class Walk:
    """Where an ensemble stands, and where it was.

    Args:
        points: walkers, shape (W, d); W even.
        values: their log density, shape (W,).
        steps: steps made so far.
        kept: where the walkers were at each kept step, each (W, d).
        kept_values: their log density, each (W,).
        accepted: moves taken so far.
    """

    points: Floats
    values: Floats
    steps: int
    kept: list[Floats]
    kept_values: list[Floats]
    accepted: int = 0

    @property
    def chains(self) -> Floats:
        """Kept steps as one array, shape (kept, W, d)."""
        return np.stack(self.kept)

    @property
    def acceptance(self) -> float:
        """Share of the moves taken."""
        return self.accepted / max(1, self.steps * len(self.points))


def walk(
    density: Density,
    walk_so_far: Walk,
    steps: int,
    seed: int,
    *,
    thin: int = 1,
    reference: Reference | None = None,
    after_block: Callable[[Walk], None] = lambda _walk: None,
) -> Walk:
    """Go on to `steps` steps in all; the same whether walked at once or resumed at any block.

    Args:
        density: log density of points (n, d), shape (n,); -inf where impossible.
        walk_so_far: walkers with their log density; changed in place.
        steps: steps wanted in all, a multiple of 50 where the walk may be resumed.
        seed: whole number from 0.
        thin: keep each `thin`-th step.
        reference: a normal near the density, for the third move.
        after_block: called after each 50 steps, for checkpoints and progress.
    """
    now = walk_so_far
    half = len(now.points) // 2
    while now.steps < steps:
        random = generator(seed, "strategy", "calibrate", "walk", now.steps)
        for _ in range(min(_BLOCK, steps - now.steps)):
            for mine in (slice(0, half), slice(half, 2 * half)):
                other = now.points[half:] if mine.start == 0 else now.points[:half]
                _move(density, now, mine, other, random, reference)
            now.steps += 1
            if now.steps % thin == 0:
                now.kept.append(now.points.copy())
                now.kept_values.append(now.values.copy())
        after_block(now)
    return now


def _move(
    density: Density, now: Walk, mine: slice, other: Floats, random: np.random.Generator, reference: Reference | None
) -> None:
    here, values = now.points[mine], now.values[mine]
    which = random.random(len(here))
    proposal, gain = _difference(here, other, random)
    snooker, snooker_gain = _snooker(here, other, random)
    chosen = which < _SNOOKER
    proposal[chosen], gain[chosen] = snooker[chosen], snooker_gain[chosen]
    if reference is not None:
        by_normal, normal_gain = _by_reference(here, reference, random)
        chosen = which > 1.0 - reference.share
        proposal[chosen], gain[chosen] = by_normal[chosen], normal_gain[chosen]
    found = density(proposal)
    taken = np.log(random.random(len(here))) < found - values + gain
    now.points[mine] = np.where(taken[:, None], proposal, here)
    now.values[mine] = np.where(taken, found, values)
    now.accepted += int(taken.sum())


def _pairs(here: Floats, other: Floats, random: np.random.Generator, count: int) -> list[Floats]:
    order = np.argsort(random.random((len(here), len(other))), axis=1)[:, :count]
    return [other[order[:, place]] for place in range(count)]


def _difference(here: Floats, other: Floats, random: np.random.Generator) -> tuple[Floats, Floats]:
    first, second = _pairs(here, other, random, 2)
    usual = 2.38 / np.sqrt(2.0 * here.shape[1]) * random.uniform(0.3, 1.2, size=len(here))
    scale = np.where(random.random(len(here)) < _JUMP, 1.0, usual)
    noise = 1e-5 * random.standard_normal(here.shape)
    return here + scale[:, None] * (first - second) + noise, np.zeros(len(here))


def _snooker(here: Floats, other: Floats, random: np.random.Generator) -> tuple[Floats, Floats]:
    centre, first, second = _pairs(here, other, random, 3)
    line = here - centre
    length = np.maximum(np.linalg.norm(line, axis=1), 1e-12)
    along = line / length[:, None]
    step = random.uniform(1.2, 2.2, size=len(here)) * ((first - second) * along).sum(axis=1)
    there = here + step[:, None] * along
    reached = np.maximum(np.linalg.norm(there - centre, axis=1), 1e-300)
    return there, (here.shape[1] - 1) * (np.log(reached) - np.log(length))


def _by_reference(here: Floats, reference: Reference, random: np.random.Generator) -> tuple[Floats, Floats]:
    beta = random.choice(_LEANING, size=(len(here), 1))
    noise = random.standard_normal(here.shape) @ reference.root.T
    there = reference.mean + np.sqrt(1.0 - beta**2) * (here - reference.mean) + beta * noise
    return there, reference.log_density(here) - reference.log_density(there)
