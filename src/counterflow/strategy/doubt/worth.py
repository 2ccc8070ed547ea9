"""What knowing would be worth for a choice among given policies: all of it (EVPI), or some parameters (EVPPI).

With a loss (deaths, or dollars at a declared price of a death) in every draw under every policy,

    EVPI  = min_d E[loss_d] - E[ min_d loss_d ]
    EVPPI = min_d E[loss_d] - E[ min_d E[loss_d | φ] ]            for the parameters φ that a study would tell

E[loss_d | φ] is a smooth regression of the loss on φ over the draws that exist already (Strong, Oakley & Brennan 2014):
here natural cubic splines, with products of pairs, by penalised least squares; the penalty by generalised
cross-validation (Craven & Wahba 1979). A regression can only be optimistic about what it was fitted to, so that what
is reported comes from folds it was not fitted to. Interval: bootstrap over draws of the reported mean.
A study never tells a parameter exactly: EVPPI is the most that it can be worth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from counterflow.core.seeds import generator
from counterflow.strategy.doubt.drivers import explained
from counterflow.strategy.doubt.space import Floats

__all__ = ["Worth", "evpi", "evppi"]

_RESAMPLES = 500
_KNOTS = 4
_FOLDS = 5
#: parameters of a study that a regression holds at most: those that explain most, picked inside each fold
_MOST = 6
_PENALTIES = np.logspace(-4, 4, 17)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What knowing something is worth.

    Args:
        value: in the unit of the loss; 0 where the choice would not change.
        low: lower end of the 95 % interval (Monte Carlo error only).
        high: upper end.
        changes: share of draws in which another policy would be chosen.
        best: place of the policy that is chosen now.
        draws: draws that it rests on.
    """

    value: float
    low: float
    high: float
    changes: float
    best: int
    draws: int


def evpi(losses: Floats, seed: int) -> Worth:
    """Return what it would be worth to know everything.

    Args:
        losses: (n, policies), paired: row i of all columns is one state of the world.
        seed: seed of the bootstrap.

    >>> evpi(np.array([[0.0, 1.0], [1.0, 0.0]]), 1).value
    0.5
    """
    best = int(np.argmin(losses.mean(axis=0)))
    gains = losses[:, best] - losses.min(axis=1)
    return _worth(gains, losses.argmin(axis=1) != best, best, seed)


def evppi(losses: Floats, known: Floats, seed: int) -> Worth:
    """Return the most that a study of some parameters could be worth.

    Args:
        losses: (n, policies), paired.
        known: (n, parameters) that the study would tell.
        seed: seed of folds and bootstrap.

    Raises:
        ValueError: fewer than 50 draws.
    """
    n = len(losses)
    if n < 50:
        raise ValueError(f"the worth of a study needs 50 draws or more, not {n}")
    best = int(np.argmin(losses.mean(axis=0)))
    # Differences vary less than losses: what all policies share drops out.
    apart = losses - losses[:, [best]]
    folds = generator(seed, "strategy doubt", "folds").permutation(n) % _FOLDS
    foreseen = np.zeros_like(apart)
    for fold in range(_FOLDS):
        out = folds == fold
        basis = _basis(known[:, _picked(known[~out], apart[~out])])
        foreseen[out] = _foreseen(basis[~out], apart[~out], basis[out])
    chosen = foreseen.argmin(axis=1)
    # What the choice would really have gained in draws that the regression has not seen.
    gains = -apart[np.arange(n), chosen]
    found = _worth(gains, chosen != best, best, seed)
    return found if found.value > 0 else Worth(
        value=0.0, low=0.0, high=max(found.high, 0.0), changes=found.changes, best=best, draws=n
    )  # fmt: skip


def _worth(gains: Floats, changed: NDArray[np.bool_], best: int, seed: int) -> Worth:
    n = len(gains)
    weights = generator(seed, "strategy doubt", "worth").multinomial(n, np.full(n, 1 / n), size=_RESAMPLES) / n
    low, high = np.quantile(weights @ gains, (0.025, 0.975))
    value = float(gains.mean())
    return Worth(
        value=value, low=min(max(float(low), 0.0), max(value, 0.0)), high=max(float(high), value),
        changes=float(changed.mean()), best=best, draws=n,
    )  # fmt: skip


def _picked(known: Floats, apart: Floats) -> NDArray[np.intp]:
    """Return the parameters that explain most of the differences between policies; a few even where none does."""
    shares = np.max([explained(known, each) for each in apart.T if each.any()], axis=0, initial=0.0)
    return np.argsort(-np.broadcast_to(shares, known.shape[1]), kind="stable")[
        : max(2, min(_MOST, int((shares > 0).sum())))
    ]


def _basis(known: Floats) -> Floats:
    """Return columns: a natural cubic spline of each parameter's ranks, and products of pairs of parameters."""
    places = np.column_stack(
        [rankdata(x) / (len(x) + 1) for x in known.T if x.min() < x.max()] or [np.zeros(len(known))]
    )
    curves = [column for x in places.T for column in _natural(x).T]
    pairs = [
        (places[:, i] - 0.5) * (places[:, j] - 0.5) for i in range(places.shape[1]) for j in range(i)
    ]  # fmt: skip
    basis = np.column_stack([*curves, *pairs])
    spread = basis.std(axis=0)
    return np.asarray((basis - basis.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def _natural(x: Floats) -> Floats:
    """Return the natural cubic spline basis without its constant (Hastie, Tibshirani & Friedman 2009, eq. 5.4, 5.5)."""
    knots = np.linspace(0.05, 0.95, _KNOTS + 1)

    def d(k: int) -> Floats:
        cubes = np.maximum(x - knots[k], 0) ** 3 - np.maximum(x - knots[-1], 0) ** 3
        return np.asarray(cubes / (knots[-1] - knots[k]))

    return np.column_stack([x, *(d(k) - d(_KNOTS - 1) for k in range(_KNOTS - 1))])


def _foreseen(basis: Floats, results: Floats, at: Floats) -> Floats:
    """Return a ridge regression's answers `at` new rows, its penalty by generalised cross-validation."""
    centre, middle = basis.mean(axis=0), results.mean(axis=0)
    u, s, vt = np.linalg.svd(basis - centre, full_matrices=False)
    turned = u.T @ (results - middle)
    n = len(basis)
    answers = np.empty((len(at), results.shape[1]))
    moved = (at - centre) @ vt.T
    shrinkage = s**2 / (s**2 + n * _PENALTIES[:, None] * 1e-2)
    freedom = 1 + shrinkage.sum(axis=1)
    rest = ((results - middle) ** 2).sum(axis=0) - (turned**2).sum(axis=0)
    for k in range(results.shape[1]):
        errors = rest[k] + (((1 - shrinkage) * turned[:, k]) ** 2).sum(axis=1)
        best = shrinkage[int(np.argmin(errors / (n - np.minimum(freedom, n - 1)) ** 2))]
        solid = s > 1e-12 * max(float(s.max()), 1e-300)
        coefficients = np.where(solid, best * turned[:, k] / np.where(solid, s, 1.0), 0.0)
        answers[:, k] = middle[k] + moved @ coefficients
    return answers
