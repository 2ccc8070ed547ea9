"""Series whose values overlap, such as counts of the last twelve months: the same trend, seen through a moving window.

Two neighbours share eleven months of twelve. Taken as values of their own they look smooth and promise more than they
hold. So the window is part of the state:

    x_t = m_t + e_t                      level and noise of one step, as in `model`
    y_t = (x_t + ... + x_{t-w+1}) / w    what is published, on the log scale (a mean of logs for the log of a mean)

What is still unknown of the last steps, and what leaves the window next, then comes into paths by itself. A window of
less than a year keeps its season, which is not modelled here.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from counterflow.account.reach.model import Fitted, Prior, Scale, grid_of, shocks, transition
from counterflow.account.reach.paths import PATHS, VECTORS, roots, starts, systematic

__all__ = ["draw_rolling", "fit_rolling"]

Floats = npt.NDArray[np.float64]
_DIFFUSE = 10.0
#: what rounding leaves of a published value, on the log scale
_ROUNDING = 1e-3


def fit_rolling(seen: Floats, errors: Floats, per_year: int, window: int, prior: Prior) -> Fitted:
    """Filter a series of moving sums for every parameter vector at once.

    Args:
        seen: values on the scale of the model, one per step, NaN where there is none; shape (n,).
        errors: known standard errors; shape (n,).
        per_year: steps in a year.
        window: steps that a value sums.
        prior: weights of the grid before the series is seen.

    Returns:
        The state holds level, slope and the last `window` steps, newest first.
    """
    grid, dt = grid_of(prior), 1.0 / per_year
    enters, left = transition(grid.theta, dt)
    added = shocks(grid, dt)
    mean = np.zeros((len(grid.weight), 2 + window))
    mean[:, 0] = seen[~np.isnan(seen)][0]
    mean[:, 2:] = mean[:, :1]
    cov = _start(grid.level, grid.slope, grid.noise, window, dt)
    row = np.concatenate([np.zeros(2), np.full(window, 1.0 / window)])
    likelihood, begun = np.zeros(len(grid.weight)), False
    move = _moves(enters, left, window)
    fresh = _fresh(added, grid.noise, window)
    for step, value in enumerate(seen):
        if step:
            mean = (move @ mean[:, :, None])[:, :, 0]
            cov = move @ cov @ move.transpose(0, 2, 1) + fresh
        if not np.isnan(value):
            gain = cov @ row
            total = gain @ row + _ROUNDING**2 + errors[step] ** 2
            miss = value - mean @ row
            likelihood -= begun * 0.5 * (np.log(2 * math.pi * total) + miss**2 / total)
            begun = True
            mean = mean + gain * (miss / total)[:, None]
            cov = cov - gain[:, :, None] * gain[:, None, :] / total[:, None, None]
    joint = grid.weight + likelihood
    whole = float(np.logaddexp.reduce(joint))
    return Fitted(grid, np.exp(joint - whole), mean, cov, len(seen), per_year, 0, whole)


def _moves(enters: Floats, left: Floats, window: int) -> Floats:
    """Return transitions: level and slope as ever, the new step at the level, the others one place on."""
    made = np.zeros((len(enters), 2 + window, 2 + window))
    made[:, 0, 0] = made[:, 2, 0] = 1.0
    made[:, 0, 1] = made[:, 2, 1] = enters
    made[:, 1, 1] = left
    made[:, range(3, 2 + window), range(2, 1 + window)] = 1.0
    return made


def _fresh(added: tuple[Floats, Floats, Floats], noise: Floats, window: int) -> Floats:
    """Return covariances that a step adds."""
    level, both, slope = added
    made = np.zeros((len(level), 2 + window, 2 + window))
    made[:, 0, 0] = made[:, 0, 2] = made[:, 2, 0] = level
    made[:, 0, 1] = made[:, 1, 0] = made[:, 1, 2] = made[:, 2, 1] = both
    made[:, 1, 1], made[:, 2, 2] = slope, level + noise**2
    return made


def _start(level: Floats, slope: Floats, noise: Floats, window: int, dt: float) -> Floats:
    """Return covariances before the first value: a level that is not known, and steps that drifted to it."""
    back = np.arange(window) * dt
    made = np.full((len(level), 2 + window, 2 + window), _DIFFUSE)
    made[:, 1, :] = made[:, :, 1] = 0.0
    made[:, 1, 1] = slope**2
    made[:, 1, 2:] = made[:, 2:, 1] = -(slope**2)[:, None] * back
    made[:, 2:, 2:] += (level**2)[:, None, None] * np.minimum.outer(back, back)
    made[:, 2:, 2:] += (slope**2)[:, None, None] * np.outer(back, back)
    made[:, range(2, 2 + window), range(2, 2 + window)] += (noise**2)[:, None]
    return made


def draw_rolling(fitted: Fitted, scale: Scale, prior: Prior, ahead: int, rng: np.random.Generator) -> Floats:
    """Return paths of moving sums in the unit of the series, shape (VECTORS, PATHS, ahead)."""
    chosen = systematic(fitted.posterior, rng)
    grid, dt = fitted.grid, 1.0 / fitted.per_year
    enters, left = (part[chosen, None] for part in transition(grid.theta, dt))
    root, noise = roots(shocks(grid, dt), chosen), grid.noise[chosen, None]
    factor = prior.widen * np.sqrt(prior.tails / rng.chisquare(prior.tails, (VECTORS, PATHS)))
    state = fitted.mean[chosen, None, :] + factor[:, :, None] * starts(fitted, chosen, rng)
    level, slope, held = state[:, :, 0], state[:, :, 1], state[:, :, 2:]
    made = np.empty((VECTORS, PATHS, ahead))
    for step in range(ahead):
        shock = factor * rng.standard_normal((2, VECTORS, PATHS))
        level = level + enters * slope + root[0] * shock[0]
        slope = left * slope + root[1] * shock[0] + root[2] * shock[1]
        newest = level + noise * rng.standard_normal((VECTORS, PATHS))
        held = np.concatenate([newest[:, :, None], held[:, :, :-1]], axis=2)
        made[:, :, step] = held.mean(axis=2)
    return scale.back(made)
