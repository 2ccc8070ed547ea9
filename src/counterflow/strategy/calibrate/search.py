"""Many descents: least squares in log space from every start, the slope of all parameters in one call of the engine.

Each descent is a Gauss-Newton trust region (scipy `least_squares`) of the whitened log residuals and of the prior.
After a first round the error and the year-to-year correlation of each series are taken from the best point, and the
descents go on with these. At the end the curvature gives a normal distribution near the posterior (Laplace), which
the walkers start from and lean on; it is never reported as the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.strategy.calibrate.likelihood import Likelihood, Simulator
from counterflow.strategy.calibrate.space import Space

__all__ = ["Found", "correlations", "descend", "errors_at"]

Floats = npt.NDArray[np.float64]
Progress = Callable[[str], None]
_STEP = 0.02
_REACH = 3.5


@dataclass(frozen=True)
class Found:
    """Where the descents ended.

    Args:
        points: shape (m, d), best first.
        values: log density there, shape (m,).
        root: lower triangular root of the covariance near the best, shape (d, d).
        errors: error of each series at the best point, shape (S,).
        runs: engine runs spent.
    """

    points: Floats
    values: Floats
    root: Floats
    errors: Floats
    runs: int


class _Problem:
    """Residuals and slopes at a point; remembers how many runs were spent."""

    def __init__(self, space: Space, simulate: Simulator, likelihood: Likelihood, errors: Floats) -> None:
        self.space, self.simulate, self.likelihood, self.errors = space, simulate, likelihood, errors
        self.runs = 0

    def whitened(self, points: Floats) -> Floats:
        """Return residuals of points (n, d) with the prior behind them, shape (n, T x S + d)."""
        like = self.likelihood
        self.runs += len(points)
        runs = np.nan_to_num(self.simulate(self.space.vectors(points), like.targets.years[-1]), nan=1e-6, posinf=1e12)
        residuals, level = like.whitened(like.residuals(like.expected(runs, points[:, -1])))
        bias = np.array([s.bias**2 for s in like.targets.series])
        squares = (level**2).sum(axis=0)
        share = 1.0 - 1.0 / np.sqrt(1.0 + bias * squares)
        lasting = (residuals * level).sum(axis=1) / np.maximum(squares, 1e-12)
        white = residuals - (share * lasting)[:, None, :] * level
        scaled = white * np.sqrt(like.weights) / self.errors
        return np.concatenate([scaled.reshape(len(points), -1), points], axis=1)

    def at(self, point: Floats) -> Floats:
        return np.asarray(self.whitened(point[None])[0])

    def slope(self, point: Floats) -> Floats:
        """Return the Jacobian by differences, one call of the engine, shape (T x S + d, d)."""
        all_of_it = self.whitened(np.concatenate([point[None], point + _STEP * np.eye(len(point))]))
        return np.asarray((all_of_it[1:] - all_of_it[0]).T / _STEP)


def descend(
    space: Space, simulate: Simulator, likelihood: Likelihood, starts: Floats, tell: Progress, most: int = 25
) -> tuple[Found, Likelihood]:
    """Descend from every start, learn the errors of the series at the best, and descend again from the best few.

    Args:
        space: the parameters.
        simulate: runs the model.
        likelihood: over the fitted years.
        starts: shape (m, d).
        tell: takes a line of progress.
        most: steps of a descent.

    Returns:
        What was found, and the likelihood with the correlations seen there.
    """
    usual = np.array([s.error for s in likelihood.targets.series])
    problem = _Problem(space, simulate, likelihood, usual)
    first = _all(problem, starts, most, tell)
    like = likelihood.with_correlation(correlations(space, simulate, likelihood, first[0]))
    errors = errors_at(space, simulate, like, first[0])
    again = _Problem(space, simulate, like, errors)
    second = _all(again, first[: max(3, len(first) // 3)], most, tell)
    values = log_density(space, simulate, like)(second)
    order = np.argsort(-values)
    slope = again.slope(second[order[0]])
    covariance = np.linalg.inv(slope.T @ slope)
    root = np.asarray(np.linalg.cholesky(0.5 * (covariance + covariance.T)), dtype=np.float64)
    tell(f"descents: {len(starts)}, best log density {values[order[0]]:.1f}, next {values[order[1:3]].round(1)}")
    return Found(second[order], values[order], root, errors, problem.runs + again.runs), like


def _all(problem: _Problem, starts: Floats, most: int, tell: Progress) -> Floats:
    from scipy.optimize import least_squares

    ends, costs = [], []
    for number, start in enumerate(starts):
        inside = np.clip(start, -0.98 * _REACH, 0.98 * _REACH)
        found = least_squares(
            problem.at, inside, jac=problem.slope, bounds=(-_REACH, _REACH), max_nfev=most, ftol=1e-5, xtol=1e-5
        )
        ends.append(found.x)
        costs.append(float(found.cost))
        if number % 6 == 5:
            tell(f"descent {number + 1} of {len(starts)}: least cost so far {min(costs):.1f}")
    return np.array(ends)[np.argsort(costs)]


def log_density(space: Space, simulate: Simulator, likelihood: Likelihood) -> Callable[[Floats], Floats]:
    """Return the log posterior density of points (n, d)."""
    last = likelihood.targets.years[-1]

    def density(points: Floats) -> Floats:
        prior = space.log_prior(points)
        runs = simulate(space.vectors(points), last)
        return np.where(np.isfinite(prior), prior + likelihood.log_likelihood(runs, points[:, -1]), -np.inf)

    return density


def correlations(space: Space, simulate: Simulator, likelihood: Likelihood, point: Floats) -> Floats:
    """Return the lag-one correlation of each series' residuals at a point, drawn to 0.3 by three years' worth."""
    residuals = _residuals(space, simulate, likelihood, point)
    fitted = likelihood.targets.fitted
    both = fitted[1:] & fitted[:-1]
    product = np.where(both, residuals[1:] * residuals[:-1], 0.0).sum(axis=0)
    square = np.where(both, 0.5 * (residuals[1:] ** 2 + residuals[:-1] ** 2), 0.0).sum(axis=0)
    count = both.sum(axis=0)
    seen = product / np.maximum(square, 1e-12)
    return np.asarray(np.clip((count * seen + 3 * 0.3) / (count + 3), 0.0, 0.8))


def errors_at(space: Space, simulate: Simulator, likelihood: Likelihood, point: Floats) -> Floats:
    """Return the relative error of each series at a point, drawn to its usual error by six years' worth."""
    residuals = _residuals(space, simulate, likelihood, point)
    usual = np.array([s.error for s in likelihood.targets.series])
    count = likelihood.targets.fitted.sum(axis=0)
    return np.asarray(np.sqrt((6 * usual**2 + (residuals**2).sum(axis=0)) / (6 + count)))


def _residuals(space: Space, simulate: Simulator, likelihood: Likelihood, point: Floats) -> Floats:
    runs = simulate(space.vectors(point[None]), likelihood.targets.years[-1])
    return np.asarray(likelihood.residuals(likelihood.expected(runs, point[None, -1]))[0])
