"""The likelihood of every stretch of a series as one regime, compiled: log-linear trend, negative-binomial counts.

numba is loaded with this module, so only a process that looks for changes of regime pays for it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["chain", "fit", "stretches"]

Array = npt.NDArray[Any]

#: standard deviation of a regime's log level around the series' own, before it is seen
_LEVEL = 2.0
_STEPS = 12


@njit(cache=True)
def fit(
    y: Array, offset: Array, begin: int, end: int, theta: float, centre: float, slope_sd: float
) -> tuple[float, float, float, float, float]:  # fmt: skip
    """Fit one stretch; return log evidence, level at its middle, slope a period, and the variances of both.

    The evidence is Laplace's: log posterior at the mode plus the logarithm of its width (Tierney & Kadane 1986), with
    normal priors on level and slope. Unknown periods (NaN) say nothing.
    """
    middle = 0.5 * (begin + end - 1)
    level, slope = centre, 0.0
    total, weight = 0.0, 0.0
    for t in range(begin, end):
        if not math.isnan(y[t]):
            total += y[t]
            weight += math.exp(offset[t])
    if weight > 0.0:
        level = math.log((total + 0.5) / weight)
    h11 = h12 = h22 = 0.0
    for _ in range(_STEPS):
        g1, g2 = (centre - level) / _LEVEL**2, -slope / slope_sd**2
        h11, h12, h22 = 1.0 / _LEVEL**2, 0.0, 1.0 / slope_sd**2
        for t in range(begin, end):
            if math.isnan(y[t]):
                continue
            x = t - middle
            mean = math.exp(min(offset[t] + level + slope * x, 60.0))
            wide = 1.0 + mean / theta
            g1 += (y[t] - mean) / wide
            g2 += (y[t] - mean) / wide * x
            h11 += mean / wide
            h12 += mean / wide * x
            h22 += mean / wide * x * x
        inverse = 1.0 / (h11 * h22 - h12 * h12)
        first, second = (h22 * g1 - h12 * g2) * inverse, (h11 * g2 - h12 * g1) * inverse
        longest = max(abs(first), abs(second) * (end - begin))
        scale = 1.0 if longest < 2.0 else 2.0 / longest
        level += scale * first
        slope += scale * second
        if longest < 1e-4:
            break
    value = -0.5 * ((level - centre) / _LEVEL) ** 2 - 0.5 * (slope / slope_sd) ** 2
    value -= math.log(_LEVEL * slope_sd)
    for t in range(begin, end):
        if not math.isnan(y[t]):
            mean = math.exp(min(offset[t] + level + slope * (t - middle), 60.0))
            value += y[t] * math.log(mean / (mean + theta)) - theta * math.log1p(mean / theta)
    determinant = h11 * h22 - h12 * h12
    value -= 0.5 * math.log(determinant)
    return value, level, slope, h22 / determinant, h11 / determinant


@njit(cache=True)
def stretches(
    y: Array, offset: Array, theta: float, centre: float, slope_sd: float, shortest: int, forced: Array
) -> Array:  # fmt: skip
    """Return the log evidence of each stretch [i, j) as one regime, shape (T + 1, T + 1); -inf where it may not be one.

    `forced[t]` is set where a definition changed: no stretch goes over it, and one that ends at it may be short.
    """
    periods = len(y)
    out = np.full((periods + 1, periods + 1), -np.inf)
    for i in range(periods):
        for j in range(i + 1, periods + 1):
            if j - 1 > i and forced[j - 1]:
                break
            short = j - i < shortest
            allowed = forced[i] or (j < periods and forced[j]) or (i == 0 and j == periods)
            if not short or allowed:
                out[i, j] = fit(y, offset, i, j, theta, centre, slope_sd)[0]
    return out


@njit(cache=True)
def chain(evidence: Array, most: int) -> tuple[Array, Array]:
    """Return the best evidence of the first j periods as k + 1 regimes, and where the last began: (most + 1, T + 1)."""
    periods = evidence.shape[0] - 1
    best = np.full((most + 1, periods + 1), -np.inf)
    came = np.zeros((most + 1, periods + 1), np.int64)
    for j in range(1, periods + 1):
        best[0, j] = evidence[0, j]
    for k in range(1, most + 1):
        for j in range(1, periods + 1):
            for i in range(1, j):
                value = best[k - 1, i] + evidence[i, j]
                if value > best[k, j]:
                    best[k, j] = value
                    came[k, j] = i
    return best, came
