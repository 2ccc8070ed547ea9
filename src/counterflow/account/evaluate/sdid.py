"""Synthetic difference in differences: donors and earlier periods weighted so that the comparison runs parallel."""

from __future__ import annotations

import numpy as np

from counterflow.account.evaluate.fit import Fit, noise_level
from counterflow.account.evaluate.panel import Block, Floats
from counterflow.account.evaluate.simplex import nearest_mixture, ridge_mixture

__all__ = ["WORDS", "jackknife_error", "sdid"]

WORDS = "synthetic difference in differences (Arkhangelsky, Athey, Hirshberg, Imbens & Wager 2021, algorithm 1)"
#: regularisation of the time weights as a share of the noise level (the paper's code, zeta.lambda)
_TIME_SHARE = 1e-6


def sdid(block: Block) -> Fit:
    """Return the estimate of algorithm 1, its two weight problems solved exactly.

    The published code ends its Frank-Wolfe steps early; the exact optimum differs from it by a few thousandths of the
    effect (on the panel of the paper -15.6054 against -15.6038).
    """
    before, treated = block.before, block.mean_treated
    noise = noise_level(block)
    past = block.donors[:, :before]
    weights = _unit_weights(past, treated[:before], (len(block.treated) * block.after) ** 0.25 * noise)
    later = block.donors[:, before:].mean(axis=1)
    ridge = len(past) * (_TIME_SHARE * noise) ** 2
    time_weights = nearest_mixture(past - past.mean(axis=0), later - later.mean(), ridge)
    gaps = treated - weights @ block.donors
    gaps = gaps - time_weights @ gaps[:before]
    return Fit(float(gaps[before:].mean()), gaps, weights, time_weights)


def _unit_weights(past: Floats, target: Floats, zeta: float) -> Floats:
    """Return the donor weights of equation (4): a level shift is free, the ridge is zeta^2 times the periods."""
    columns = (past - past.mean(axis=1, keepdims=True)).T
    goal = target - target.mean()
    ridge = len(goal) * zeta**2
    size = float(np.einsum("ij,ij->", columns, columns)) / columns.shape[1]
    if ridge <= 1e-9 * size or size == 0:
        return nearest_mixture(columns, goal, ridge) if size else np.full(columns.shape[1], 1 / columns.shape[1])
    return ridge_mixture(columns, goal, ridge)


def jackknife_error(block: Block, fit: Fit) -> float | None:
    """Return the standard error of algorithm 3: each unit left out once, the weights kept and rescaled.

    Needs two treated units, and two donors with weight; None otherwise. On the safe side of the truth.
    """
    if len(block.treated) < 2 or fit.time_weights is None or int((fit.weights > 0).sum()) < 2:
        return None
    before, time_weights = block.before, fit.time_weights

    def contrast(rows: Floats) -> Floats:
        return np.asarray(rows[:, before:].mean(axis=1) - rows[:, :before] @ time_weights)

    treated, donors = contrast(block.treated), contrast(block.donors)
    mixed = float(fit.weights @ donors)
    without_treated = (treated.sum() - treated) / (len(treated) - 1) - mixed
    rest = np.maximum(1 - fit.weights, 1e-12)
    without_donor = treated.mean() - (mixed - fit.weights * donors) / rest
    estimates = np.concatenate([without_treated, without_donor])
    count = len(estimates)
    return float(np.sqrt((count - 1) / count * np.sum((estimates - fit.effect) ** 2)))
