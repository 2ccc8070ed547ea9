"""Sampling of the Bayesian nowcast in compiled loops."""

from __future__ import annotations

import math

import numba as nb
import numpy as np
import numpy.typing as npt

__all__ = ["sample"]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@nb.njit(cache=True)
def _shares(hazard: Floats, classes: Whole, periods: int) -> Floats:
    """Return the share of each period's final count that is in at the last period."""
    most = len(hazard) - 1
    out = np.ones(periods)
    for t in range(periods):
        for d in range(periods - t, most + 1):
            out[t] *= 1.0 - hazard[d, classes[t + d]]
    return out


@nb.njit(cache=True)
def _draw_hazards(rng: np.random.Generator, new: Floats, held: Floats, borrowed: float, out: Floats) -> None:
    for d in range(1, len(new)):
        whole = held[d].sum()
        pool = new[d].sum() / whole if whole > 0 else 0.0
        for c in range(new.shape[1]):
            # A little more than nothing on either side keeps the law proper where a delay was never seen.
            come = new[d, c] + borrowed * pool + 0.01
            not_come = held[d, c] - new[d, c] + borrowed * (1.0 - pool) + 0.5
            out[d, c] = rng.beta(come, not_come)


@nb.njit(cache=True)
def _move_levels(rng: np.random.Generator, level: Floats, seen: Floats, usual: Floats, variance: float) -> None:
    """Move each log level by a Metropolis step; `usual` is the share that is in times the effect of the day."""
    for t in range(len(level)):
        moved = level[t] + rng.normal(0.0, 1.2 * min(math.sqrt(variance), 1.0 / math.sqrt(seen[t] + 1.0)))
        change = seen[t] * (moved - level[t]) - usual[t] * (math.exp(moved) - math.exp(level[t]))
        for side in (t - 1, t + 1):
            if 0 <= side < len(level):
                change -= ((moved - level[side]) ** 2 - (level[t] - level[side]) ** 2) / (2.0 * variance)
        if math.log(rng.random()) < change:
            level[t] = moved


@nb.njit(cache=True)
def _draw_effects(
    rng: np.random.Generator, seen: Floats, share: Floats, level: Floats, classes: Whole, out: Floats
) -> None:
    for c in range(len(out)):
        counted, could = 20.0, 20.0
        for t in range(len(seen)):
            if classes[t] == c:
                counted += seen[t]
                could += share[t] * math.exp(level[t])
        out[c] = rng.gamma(counted, 1.0 / could)


@nb.njit(cache=True)
def sample(
    rng: np.random.Generator, seen: Floats, new: Floats, held: Floats, classes: Whole, prior: Floats, draws: int
) -> tuple[Floats, Floats]:
    """Return draws of the final counts and of the share that is in, shape (draws, periods) each.

    Hazards are drawn from their beta laws given `new` and `held` counts by delay and kind of day; log levels follow a
    random walk of first order, moved one at a time by a random-walk Metropolis step; the variance of the walk has an
    inverse gamma law, drawn exactly; kinds of days have effects with a gamma law, drawn exactly; the missing part is
    Poisson. `prior`: shape and rate of the walk's variance, weight of all kinds of days together in a hazard.
    """
    periods, kinds = len(seen), new.shape[1]
    finals, ins = np.empty((draws, periods)), np.empty((draws, periods))
    hazard, effect, usual = np.zeros(new.shape), np.ones(kinds), np.ones(periods)
    level = np.log(seen + 0.5)
    for t in range(1, periods):
        level[t] = 0.7 * level[t - 1] + 0.3 * level[t]
    variance, warm = 0.05, draws // 2 + 200
    for turn in range(warm + draws):
        _draw_hazards(rng, new, held, prior[2], hazard)
        share = _shares(hazard, classes, periods)
        for t in range(periods):
            usual[t] = share[t] * effect[classes[t]]
        for _ in range(3):
            _move_levels(rng, level, seen, usual, variance)
        moves = 0.0
        for t in range(1, periods):
            moves += (level[t] - level[t - 1]) ** 2
        variance = 1.0 / rng.gamma(prior[0] + (periods - 1) / 2.0, 1.0 / (prior[1] + moves / 2.0))
        if kinds > 1:
            _draw_effects(rng, seen, share, level, classes, effect)
        if turn >= warm:
            for t in range(periods):
                still = (1.0 - share[t]) * effect[classes[t]] * math.exp(level[t])
                finals[turn - warm, t] = seen[t] + rng.poisson(min(still, 1.0e9))
                ins[turn - warm, t] = share[t]
    return finals, ins
