"""How much of the harm stands among the first records of a score's order: the curve behind diminishing returns.

L(x) is the share of harmful records among the share x of records that the score puts first (a lift or gains curve).
It comes from a file of scores with findings, from points that a planner states, or from one number, the area under
the ROC curve, by the binormal model (Swets and Pickett 1982; Hanley 1988, Medical Decision Making 8:197).

A share r of all inspections is drawn at random, whatever the score says, so that the rest can be judged. With x of all
records inspected, r·x are drawn from all of them and the rest by score from what is left:

    G(x) = r·x + (1 − r·x) · L((1 − r)·x / (1 − r·x))

As L is concave and this is its perspective, G is concave too (Boyd and Vandenberghe 2004, *Convex Optimization*,
section 3.2.6): each further inspection brings at most what the one before brought.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = ["GRID", "TRUSTED", "at", "binormal", "concave", "from_points", "measured", "with_random"]

Floats = npt.NDArray[np.float64]
#: shares of records that curves are kept at: dense where little is inspected
GRID: Floats = np.linspace(0.0, 1.0, 601) ** 3
_THRESHOLDS = 1001
#: share of records within which the order of a score that only its area is known of is not trusted
TRUSTED = 0.001


def binormal(auc: Floats, prevalence: Floats) -> Floats:
    """Return curves on `GRID`, one row per draw, of a score with this area under its ROC curve.

    Args:
        auc: area under the curve, from 0.5 (chance) to below 1, per draw.
        prevalence: share of harmful records, per draw.
    """
    from scipy.special import ndtr, ndtri

    apart = math.sqrt(2.0) * ndtri(np.clip(auc, 0.5, 0.9999))[:, None]
    thresholds = np.linspace(9.0, -5.0, _THRESHOLDS)[None, :]
    hit, other = ndtr(apart - thresholds), ndtr(-thresholds)
    share = prevalence[:, None] * hit + (1.0 - prevalence[:, None]) * other
    curves = np.stack([_on_grid(x, y) for x, y in zip(share, hit, strict=True)])
    edge = int(np.searchsorted(GRID, TRUSTED))
    # The model's slope has no bound at the very top; no score is trusted to sort within its best thousandth.
    curves[:, :edge] = curves[:, [edge]] * (GRID[:edge] / GRID[edge])
    return curves


def from_points(points: npt.ArrayLike) -> Floats:
    """Return the curve on `GRID` through stated points (share of records, share of harm), as a concave hull.

    >>> float(at(from_points([[0.1, 0.6]])[None, :], 0.05)[0].round(2))
    0.3
    """
    pairs = np.asarray(points, float)
    return concave(_on_grid(pairs[:, 0], pairs[:, 1]))


def measured(score: Floats, harm: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Return curves on `GRID` from scored records and what was found in them; row 0 as measured, the others redrawn.

    Doubt is that of the Bayesian bootstrap (Rubin 1981) over the harmful records: with few of them, it is wide.
    Records of equal score share their place.

    Args:
        score: score per record; higher is looked at first.
        harm: weight of harm found in each, 0 for none.
        draws: how many redrawn curves.
        rng: where the draws come from.
    """
    order = np.argsort(-score, kind="stable")
    ordered, weight = score[order], harm[order]
    last = np.r_[np.flatnonzero(np.diff(ordered)), ordered.size - 1]  # a tie ends where the score changes
    seen = (last + 1) / ordered.size
    ends = np.searchsorted(last, np.flatnonzero(weight > 0))
    amount = weight[weight > 0]
    rows = [np.bincount(ends, amount, last.size)]
    rows += [np.bincount(ends, amount * rng.standard_exponential(amount.size), last.size) for _ in range(draws)]
    return np.stack([concave(_on_grid(seen, np.cumsum(row) / row.sum())) for row in rows])


def concave(curve: Floats) -> Floats:
    """Return the least concave curve over one on `GRID`: what its best re-ordering by score band gives."""
    kept: list[int] = []
    for i in range(GRID.size):
        while len(kept) > 1 and _slope(curve, kept[-2], kept[-1]) <= _slope(curve, kept[-1], i):
            kept.pop()
        kept.append(i)
    return np.interp(GRID, GRID[kept], curve[kept])


def with_random(curves: Floats, share: float) -> Floats:
    """Return the curves when a share of inspections is drawn at random (see the module)."""
    left = 1.0 - share * GRID
    by_score = np.divide((1.0 - share) * GRID, left, out=np.ones_like(GRID), where=left > 0)
    result: Floats = share * GRID + left * at(curves, by_score)
    return result


def at(curves: Floats, share: float | Floats) -> Floats:
    """Return the curves' values at one or several shares: (draws,) or (draws, shares)."""
    x = np.clip(np.asarray(share, float), 0.0, 1.0)
    right = np.clip(np.searchsorted(GRID, x, side="left"), 1, GRID.size - 1)
    part = (x - GRID[right - 1]) / (GRID[right] - GRID[right - 1])
    values: Floats = curves[:, right - 1] * (1.0 - part) + curves[:, right] * part
    return values


def _on_grid(share: Floats, found: Floats) -> Floats:
    return np.interp(GRID, np.r_[0.0, share, 1.0], np.r_[0.0, found, 1.0])


def _slope(curve: Floats, left: int, right: int) -> float:
    return float((curve[right] - curve[left]) / (GRID[right] - GRID[left]))
