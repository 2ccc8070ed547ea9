"""How many random inspections would halve an interval? Worked out by asking the same interval of a larger draw.

The larger draw is taken to find the same share in every cell, to be spread as the draw at hand, and to be answered as
often. The answer is the smallest multiple of the inspections made for which the interval is half as wide; it never
passes what the frame holds, where nothing is left to doubt.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterflow.account.interdiction.intervals import Floats
from counterflow.account.interdiction.stratified import Groups, Sampled
from counterflow.account.interdiction.stratified_ends import hidden_alone, one_more_each, weighted_ends

__all__ = ["best_split", "halving_factor", "halving_factors"]

_STEPS = 22


def halving_factor(draw: Sampled, level: float) -> float:
    """Return how many times as many inspections make the interval of `draw` half as wide."""

    def width(factor: float) -> float:
        low, high = weighted_ends(draw.share, draw.variance(factor), draw.step(level, factor), level)
        return float(high - low)

    goal = width(1.0) / 2
    most = float(np.max(draw.weight)) if draw.hiding.finite else 1e6
    if goal == 0 or width(most) > goal:
        return most
    low, high = 1.0, min(8.0, most)
    while width(high) > goal and high < most:
        low, high = high, min(high * 4, most)
    for _ in range(_STEPS):
        middle = float(np.sqrt(low * high))
        low, high = (low, middle) if width(middle) <= goal else (middle, high)
        if high / low < 1.002:
            break
    return high


def halving_factors(found: Floats, answered: Floats, records: Floats, level: float, *, finite: bool = True) -> Floats:
    """Return `halving_factor` of many single cells at once; NaN where nothing was inspected.

    >>> halving_factors(np.array([0.0]), np.array([300.0]), np.array([1e9]), 0.95).round(1)
    array([2.])
    """
    seen = answered > 0
    size, m = np.where(seen, records, 1.0), np.where(seen, answered, 1.0)
    share = np.where(seen, found, 0.0) / m

    def width(factor: Floats) -> Floats:
        more = np.minimum(m * factor, size)
        left = np.maximum(1 - more / size, 0) if finite else np.ones(len(m))
        variance = share * (1 - share) / more * left
        step = one_more_each(hidden_alone(size, more, level, finite=finite) / size, level)
        low, high = weighted_ends(share, variance, step, level)
        return high - low

    most = size / m if finite else np.full(len(m), 1e6)
    low, high, goal = np.ones(len(m)), most.copy(), width(np.ones(len(m))) / 2
    for _ in range(_STEPS):
        middle = np.sqrt(low * high)
        enough = width(middle) <= goal
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.where(seen, high, np.nan)


def best_split(groups: Groups, inspections: float) -> tuple[npt.NDArray[np.int64], Floats]:
    """Return strata and how many of `inspections` each should have for the narrowest interval of the whole.

    Neyman, Journal of the Royal Statistical Society 97 (1934) 558-625: in proportion to N sqrt(p(1-p)), never more than
    the stratum holds. The share p of a stratum is leant on that of all by the worth of one find, so that a stratum in
    which nothing was found keeps its part.
    """
    strata, at = np.unique(groups.stratum, return_inverse=True)
    size, m, x = (np.bincount(at.reshape(-1), v) for v in (groups.records, groups.answered, groups.total))
    whole = (x.sum() + 0.5) / (m.sum() + 1)
    p = np.clip((x + 1) / (m + 1 / whole), 1e-12, 1 - 1e-12)
    need = size * np.sqrt(p * (1 - p))
    given = np.zeros(len(size))
    for _ in range(len(size)):
        free = given < size
        share = np.where(free, need, 0.0)
        left = min(inspections, size.sum()) - given[~free].sum()
        wanted = np.where(free, left * share / max(share.sum(), 1e-300), given)
        given = np.minimum(wanted, size)
        if np.all(wanted <= size):
            break
    return strata, given
