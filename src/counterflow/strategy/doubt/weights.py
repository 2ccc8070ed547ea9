"""Weights of structural alternatives: declared prior × how well each predicted years it had not seen.

Two ways from the literature, both from the log predictive densities of held-out points (Yao, Vehtari, Simpson & Gelman
2018, "Using stacking to average Bayesian predictive distributions"):

* pseudo-BMA+: w_k ∝ prior_k exp(elpd_k), averaged over Bayesian-bootstrap weights of the points (section 3.4);
* stacking: the mixture that would have predicted the points best, max Σ_i log Σ_k w_k p_ik (section 3.2).

A part of the weight, declared, is spread evenly over all alternatives: the held-out years are few and correlated, and
a structure that lost on them may be right about the years to come.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from counterflow.core.seeds import generator
from counterflow.strategy.doubt.space import Floats

__all__ = ["FLOOR", "Averaged", "averaged", "pseudo_bma", "stacking"]

#: part of the weight that is spread evenly
FLOOR = 0.2
_RESAMPLES = 1000


def pseudo_bma(points: Floats, prior: Floats, seed: int, floor: float = FLOOR) -> Floats:
    """Return weights (alternatives,) that add up to 1.

    Args:
        points: log predictive density of each held-out point under each alternative, shape (points, alternatives);
            points that go together (one year's series) are best summed into one. No rows: the data do not speak.
        prior: declared weights, positive.
        seed: seed of the bootstrap.
        floor: part of the weight that is spread evenly.

    >>> pseudo_bma(np.zeros((0, 2)), np.array([1.0, 3.0]), 1, floor=0.0).round(2).tolist()
    [0.25, 0.75]
    """
    prior = _checked(points, prior, floor)
    n = len(points)
    if n == 0:
        return _with_floor(prior, floor)
    # Bayesian bootstrap (Rubin 1981): Dirichlet(1, ..., 1) weights of the points.
    doubt = generator(seed, "strategy doubt", "bayesian bootstrap").dirichlet(np.ones(n), size=_RESAMPLES)
    line = np.log(prior) + n * doubt @ points
    each = np.exp(line - line.max(axis=1, keepdims=True))
    return _with_floor(np.asarray((each / each.sum(axis=1, keepdims=True)).mean(axis=0)), floor)


def stacking(points: Floats, prior: Floats, floor: float = FLOOR) -> Floats:
    """Return the weights of the mixture that predicts the points best; with no points, the prior.

    The maximum is found by the mixture's own EM steps, from the prior: each raises the score, and weights stay weights.
    """
    prior = _checked(points, prior, floor)
    weights = prior
    if len(points):
        density = np.exp(points - points.max(axis=1, keepdims=True))
        for _ in range(2000):
            parts = density * weights
            moved = (parts / parts.sum(axis=1, keepdims=True)).mean(axis=0)
            done = float(np.abs(moved - weights).max()) < 1e-9
            weights = moved
            if done:
                break
    return _with_floor(weights, floor)


def _checked(points: Floats, prior: Floats, floor: float) -> Floats:
    if points.ndim != 2 or points.shape[1] != len(prior) or (prior <= 0).any():
        raise ValueError("weights need points (points, alternatives) and a positive prior for each alternative")
    if not 0 <= floor <= 1:
        raise ValueError(f"the part that is spread evenly lies from 0 to 1, not {floor}")
    return np.asarray(prior / prior.sum())


def _with_floor(weights: Floats, floor: float) -> Floats:
    return np.asarray((1 - floor) * weights + floor / len(weights))


@dataclass(frozen=True, slots=True, kw_only=True)
class Averaged:
    """A result over all alternatives.

    Args:
        mean: mean of the mixture.
        quantiles: of the mixture, at `at`.
        between: share of the mixture's variance that lies between alternatives (their means), not inside them;
            None where nothing varies.
        means: mean under each alternative.
    """

    mean: float
    quantiles: Floats
    at: tuple[float, ...]
    between: float | None
    means: Floats


def averaged(results: Floats, weights: Floats, at: tuple[float, ...] = (0.025, 0.5, 0.975)) -> Averaged:
    """Return the mixture of results (alternatives, n) under `weights`.

    Law of total variance: Var = Σ w_k Var_k + Σ w_k (mean_k - mean)².
    """
    means = results.mean(axis=1)
    mean = float(weights @ means)
    between, inside = float(weights @ (means - mean) ** 2), float(weights @ results.var(axis=1))
    order = np.argsort(results, axis=None, kind="stable")
    each = np.repeat(weights / results.shape[1], results.shape[1])[order]
    middles = np.cumsum(each) - each / 2
    quantiles = np.interp(at, middles, results.ravel()[order])
    whole = between + inside
    still = whole <= 1e-20 * max(mean * mean, 1e-300)
    return Averaged(mean=mean, quantiles=quantiles, at=at, between=None if still else between / whole, means=means)
