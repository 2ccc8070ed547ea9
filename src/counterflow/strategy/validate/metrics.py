"""Measures of agreement, written here once more so that no part of the model grades itself.

All take plain arrays; a missing value (NaN) leaves its pair out; too few pairs is an error, never a flattering number.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from counterflow.core.seeds import generator

__all__ = [
    "coverage", "largest_relative_difference", "mape", "mean_error", "median_relative_error", "r_squared", "ranks",
    "relative_width", "resampled", "same_sign", "share_interval", "spearman", "wilson",
]  # fmt: skip

Floats = npt.NDArray[np.float64]


def _pairs(ours: npt.ArrayLike, theirs: npt.ArrayLike, least: int = 1) -> tuple[Floats, Floats]:
    a, b = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    if a.shape != b.shape:
        raise ValueError(f"{a.shape} values stand beside {b.shape}")
    kept = np.isfinite(b)
    if int(kept.sum()) < least:
        raise ValueError(f"{int(kept.sum())} pairs are too few")
    return a[kept], b[kept]


def mean_error(modelled: npt.ArrayLike, observed: npt.ArrayLike) -> float:
    """Return the mean absolute error over the mean of what was observed ("MAE/mean", "MAEN").

    >>> mean_error([90.0, 110.0, 5.0], [100.0, 100.0, float("nan")])
    0.1
    """
    a, b = _pairs(modelled, observed)
    return float(np.abs(a - b).mean() / b.mean())


def mape(modelled: npt.ArrayLike, observed: npt.ArrayLike) -> float:
    """Return the mean absolute error as a share of each observation; observations of zero have none and are left out.

    >>> mape([50.0, 110.0, 3.0], [100.0, 100.0, 0.0])
    0.3
    """
    a, b = _pairs(modelled, observed)
    kept = b != 0
    if not kept.any():
        raise ValueError("every observation is zero")
    return float(np.mean(np.abs(a[kept] - b[kept]) / np.abs(b[kept])))


def r_squared(modelled: npt.ArrayLike, observed: npt.ArrayLike) -> float:
    """Return the squared correlation of the two, as system dynamics reports it (a biased fit can still have 1)."""
    a, b = _pairs(modelled, observed, 3)
    return float(np.corrcoef(a, b)[0, 1] ** 2)


def ranks(values: npt.ArrayLike) -> Floats:
    """Return ranks from 1, ties sharing their mean rank.

    >>> ranks([3.0, 1.0, 3.0]).tolist()
    [2.5, 1.0, 2.5]
    """
    x = np.asarray(values, dtype=float)
    ordered = np.sort(x)
    return np.asarray((np.searchsorted(ordered, x, "left") + np.searchsorted(ordered, x, "right") + 1) / 2)


def spearman(ours: npt.ArrayLike, theirs: npt.ArrayLike) -> float:
    """Return Spearman's rank correlation (1904): Pearson's correlation of ranks.

    >>> round(spearman([1.0, 2.0, 3.0], [10.0, 30.0, 20.0]), 3)
    0.5
    """
    a, b = (ranks(x) for x in _pairs(ours, theirs, 3))
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        raise ValueError("all values are the same: there is no order to compare")
    return float(np.corrcoef(a, b)[0, 1])


def same_sign(ours: npt.ArrayLike, theirs: npt.ArrayLike, over: float) -> float:
    """Return the share of effects larger than `over` (absolute, by theirs) whose sign is the same; 0 is wrong."""
    a, b = _pairs(ours, theirs)
    kept = np.abs(b) > over
    if not kept.any():
        raise ValueError(f"no effect is larger than {over}")
    return float(np.mean(np.sign(a[kept]) == np.sign(b[kept])))


def median_relative_error(ours: npt.ArrayLike, theirs: npt.ArrayLike) -> float:
    """Return the median of |ours − theirs| / |theirs|; where theirs is zero there is none."""
    a, b = _pairs(ours, theirs)
    kept = b != 0
    if not kept.any():
        raise ValueError("every effect is zero")
    return float(np.median(np.abs(a[kept] - b[kept]) / np.abs(b[kept])))


def largest_relative_difference(ours: npt.ArrayLike, theirs: npt.ArrayLike) -> float:
    """Return the largest |ours − theirs| over the largest |theirs| of the same row (the last axis)."""
    a, b = np.atleast_2d(np.asarray(ours, dtype=float)), np.atleast_2d(np.asarray(theirs, dtype=float))
    return float(np.max(np.abs(a - b).max(axis=-1) / np.abs(b).max(axis=-1)))


def coverage(observed: npt.ArrayLike, low: npt.ArrayLike, high: npt.ArrayLike) -> float:
    """Return the share of observations inside their interval, ends counted in.

    >>> coverage([1.0, 5.0], [0.0, 6.0], [2.0, 7.0])
    0.5
    """
    x = np.asarray(observed, dtype=float)
    kept = np.isfinite(x)
    if not kept.any():
        raise ValueError("nothing was observed")
    inside = (np.asarray(low, dtype=float) <= x) & (x <= np.asarray(high, dtype=float))
    return float(inside[kept].mean())


def relative_width(observed: npt.ArrayLike, low: npt.ArrayLike, high: npt.ArrayLike) -> float:
    """Return the mean width of the intervals over the mean of what was observed."""
    x = np.asarray(observed, dtype=float)
    kept = np.isfinite(x)
    width = np.asarray(high, dtype=float) - np.asarray(low, dtype=float)
    return float(width[kept].mean() / x[kept].mean())


def resampled(
    statistic: Callable[[npt.NDArray[np.intp]], float], clusters: npt.ArrayLike, *, seed: int, times: int = 1000
) -> tuple[float, float]:
    """Return a 95 % interval of a statistic by drawing whole clusters again (Davison & Hinkley 1997, section 3.8).

    Years of one series, or strengths of one policy, go together: drawn singly they would make the interval too narrow.

    Args:
        statistic: takes places of the rows drawn, shape (m,).
        clusters: cluster of each row.
        seed: seed of the draws.
        times: how often.
    """
    names = np.asarray(clusters)
    kinds = np.unique(names)
    rows = [np.flatnonzero(names == kind) for kind in kinds]
    random = generator(seed, "strategy-validate", "resample")
    found = []
    for picks in random.integers(0, len(kinds), (times, len(kinds))):
        try:
            found.append(statistic(np.concatenate([rows[pick] for pick in picks])))
        except ValueError:  # a draw without any usable pair says nothing
            continue
    if not found:
        return float("nan"), float("nan")
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)


def share_interval(
    statistic: Callable[[npt.NDArray[np.intp]], float], clusters: npt.ArrayLike, *, seed: int
) -> tuple[float, float]:
    """Return `resampled`; where no cluster differs, so that drawing again says nothing, Wilson's with clusters as n."""
    low, high = resampled(statistic, clusters, seed=seed)
    many = len(np.unique(np.asarray(clusters)))
    return wilson(round(low * many), many) if low == high and low in (0.0, 1.0) else (low, high)


def wilson(count: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927).

    >>> [round(x, 3) for x in wilson(50, 100)]
    [0.404, 0.596]
    """
    z, p = 1.959963984540054, count / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return middle - half, middle + half
