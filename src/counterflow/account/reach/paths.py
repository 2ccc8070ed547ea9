"""Paths that a series may take to a deadline, drawn over everything that its past leaves open.

Parameter vectors are drawn from their posterior, and for each the state today and the shocks to come. The shocks of a
path share one factor, so that they follow a multivariate t law: years like 2020 come more often than a normal law
allows.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterflow.account.reach.model import Fitted, Prior, Scale, season_row, shocks, transition

__all__ = ["PATHS", "VECTORS", "draw_paths", "roots", "starts", "systematic"]

Floats = npt.NDArray[np.float64]
#: parameter vectors drawn, and paths for each
VECTORS, PATHS = 128, 128


def draw_paths(fitted: Fitted, scale: Scale, prior: Prior, ahead: int, rng: np.random.Generator) -> Floats:
    """Return paths in the unit of the series, shape (VECTORS, PATHS, ahead); value of each coming step.

    Args:
        fitted: where the series stands.
        scale: how to go back to its unit.
        prior: tails and width of the shocks.
        ahead: steps to draw, 1 or more.
        rng: where the draws come from.
    """
    chosen = systematic(fitted.posterior, rng)
    grid, dt = fitted.grid, 1.0 / fitted.per_year
    enters, left = (part[chosen, None] for part in transition(grid.theta, dt))
    root = roots(shocks(grid, dt), chosen)
    noise = grid.noise[chosen, None]
    factor = prior.widen * np.sqrt(prior.tails / rng.chisquare(prior.tails, (VECTORS, PATHS)))
    state = fitted.mean[chosen, None, :] + factor[:, :, None] * starts(fitted, chosen, rng)
    level, slope, season = state[:, :, 0], state[:, :, 1], state[:, :, 2:]
    made = np.empty((VECTORS, PATHS, ahead))
    for step in range(ahead):
        shock = factor * rng.standard_normal((2, VECTORS, PATHS))
        level = level + enters * slope + root[0] * shock[0]
        slope = left * slope + root[1] * shock[0] + root[2] * shock[1]
        row = season_row(fitted.steps + step, fitted.per_year, fitted.harmonics)
        made[:, :, step] = level + season @ row + noise * rng.standard_normal((VECTORS, PATHS))
    return scale.back(made)


def systematic(weights: Floats, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return `VECTORS` places in proportion to weights, by one systematic draw (Kitagawa, JCGS 5 (1996) 1-25)."""
    at = (np.arange(VECTORS) + rng.random()) / VECTORS
    return np.asarray(np.minimum(np.searchsorted(np.cumsum(weights), at), len(weights) - 1))


def roots(added: tuple[Floats, Floats, Floats], chosen: npt.NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Return the Cholesky factor of what a step adds: level, slope on the same shock, slope on its own."""
    level, both, slope = (part[chosen, None] for part in added)
    first = np.sqrt(level)
    second = both / first
    return first, second, np.sqrt(np.maximum(slope - second**2, 0.0))


def starts(fitted: Fitted, chosen: npt.NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """Return departures from the mean of today's state, shape (VECTORS, PATHS, d)."""
    size = fitted.mean.shape[1]
    values, vectors = np.linalg.eigh(fitted.cov[chosen])
    root = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
    return np.asarray(rng.standard_normal((VECTORS, PATHS, size)) @ root.transpose(0, 2, 1))
