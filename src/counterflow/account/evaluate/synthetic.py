"""Synthetic control: a mixture of donors that moved like the treated unit before the start; and its augmented form."""

from __future__ import annotations

import numpy as np

from counterflow.account.evaluate.fit import Fit
from counterflow.account.evaluate.panel import Block, Floats
from counterflow.account.evaluate.simplex import nearest_mixture

__all__ = ["AUGMENTED_WORDS", "WORDS", "augmented", "hull_words", "mixed", "synthetic"]

WORDS = "synthetic control on the outcome before the start (Abadie, Diamond & Hainmueller 2010)"
AUGMENTED_WORDS = "synthetic control augmented by ridge regression (Ben-Michael, Feller & Rothstein 2021)"
_PENALTIES = 20
#: a gap before the start below this share of the donors' spread is an exact fit
_EXACT = 1e-3


def mixed(block: Block, weights: Floats) -> Fit:
    """Return the estimate that given donor weights make."""
    gaps = block.mean_treated - weights @ block.donors
    return Fit(float(gaps[block.before :].mean()), gaps, weights)


def synthetic(block: Block) -> Fit:
    """Return the synthetic control that fits the outcome of every period before the start best."""
    past = block.donors[:, : block.before].T
    return mixed(block, nearest_mixture(past, block.mean_treated[: block.before]))


def augmented(block: Block) -> Fit:
    """Return the ridge-augmented synthetic control; its weights may be negative: it reaches outside the donors' hull.

    The penalty is chosen by leaving out one period before the start at a time: the largest whose error is within one
    standard error of the smallest (the authors' rule).
    """
    before = block.before
    past, target = block.donors[:, :before], block.mean_treated[:before]
    if before < 3:
        plain = synthetic(block)
        return Fit(plain.effect, plain.gaps, plain.weights, None, {"penalty": None})
    penalty = _penalty(past, target)
    weights = _ridged(past, target, nearest_mixture(past.T, target), np.array([penalty]))[0]
    found = mixed(block, weights)
    return Fit(found.effect, found.gaps, found.weights, None, {"penalty": penalty})


def _ridged(past: Floats, target: Floats, weights: Floats, penalties: Floats) -> Floats:
    """Return the augmented weights for each penalty, shape (penalties, n); equation (13) of the paper."""
    centre = past.mean(axis=0)
    donors, treated = past - centre, target - centre
    miss = treated - weights @ donors
    _, values, turned = np.linalg.svd(donors, full_matrices=False)
    along = turned @ miss
    shares = along / (values**2 + penalties[:, None])
    return np.asarray(weights + shares @ turned @ donors.T)


def _penalty(past: Floats, target: Floats) -> float:
    centred = past - past.mean(axis=0)
    largest = float(np.linalg.svd(centred, compute_uv=False)[0]) ** 2 or 1.0
    penalties = largest * np.logspace(0, -8, _PENALTIES)
    errors = np.empty((len(target), _PENALTIES))
    weights: Floats | None = None
    for period in range(len(target)):
        kept = np.arange(len(target)) != period
        weights = nearest_mixture(past[:, kept].T, target[kept], start=weights)
        errors[period] = (
            target[period] - _ridged(past[:, kept], target[kept], weights, penalties) @ past[:, period]
        ) ** 2
    mean, error = errors.mean(axis=0), errors.std(axis=0, ddof=1) / np.sqrt(len(target))
    best = int(np.argmin(mean))
    return float(penalties[int(np.nonzero(mean <= mean[best] + error[best])[0][0])])


def hull_words(block: Block, fit: Fit) -> list[str]:
    """Return in words where the treated lie outside what any mixture of donors can reach, and a poor fit."""
    before, words = block.before, list[str]()
    past, treated = block.donors[:, :before], block.mean_treated[:before]
    outside = (treated < past.min(axis=0)) | (treated > past.max(axis=0))
    if outside.any():
        words.append(
            f"In {int(outside.sum())} of {before} periods before the start the treated lie outside all donors: "
            "no mixture can follow them there."
        )
    if before < len(past) and fit.rmspe(0, before) < _EXACT * float(past.std()):
        words.append(
            f"Exact fit: {len(past)} donors, {before} periods before the start. Other mixtures fit as well, with other"
            " effects: this one is not unique, nor would another program's be. sdid's is."
        )
    spread = float(treated.std())
    if before > 2 and spread > 0 and fit.rmspe(0, before) > spread / 2:
        words.append("Poor fit: the gap before the start is more than half of how much the treated varied.")
    return words
