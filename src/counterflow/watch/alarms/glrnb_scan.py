"""The compiled scan of the generalised likelihood ratio: over every possible begin of a rise, and its size."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["scan"]

Floats = npt.NDArray[np.float64]


@njit(cache=True, nogil=True)
def _ratio(y: Floats, mu: Floats, alpha: float, k: int, n: int, rise: float, safe: bool) -> tuple[float, float]:
    """Return the greatest log likelihood ratio of a rise from `k` to `n`, and the rise e^kappa.

    Newton's method from `rise`, with steps of at most 1; not `safe`: from kappa = 0.5 with steps of any length, which
    for a steep rise goes astray and then gives 0, as in R.
    """
    kappa = math.log(rise) if safe else 0.5
    for _ in range(50):
        if abs(kappa) > 300.0:
            return 0.0, 1.0
        by = math.exp(kappa)
        slope, bend = 0.0, 0.0
        for i in range(k, n + 1):
            much = alpha * mu[i] * by
            slope += (y[i] - mu[i] * by) / (1.0 + much)
            bend += mu[i] * by * (1.0 + alpha * y[i]) / ((1.0 + much) * (1.0 + much))
        if not bend > 0.0:
            return 0.0, 1.0
        step = slope / bend
        if safe:
            step = min(max(step, -1.0), 1.0)
        kappa += step
        if abs(step) < 1e-9:
            break
    if kappa <= 0.0:
        return 0.0, 1.0
    by, total = math.exp(kappa), 0.0
    for i in range(k, n + 1):
        total += y[i] * kappa - (y[i] + 1.0 / alpha) * math.log1p(alpha * mu[i] * (by - 1.0) / (1.0 + alpha * mu[i]))
    return total, by


@njit(cache=True, nogil=True)
def scan(y: Floats, mu: Floats, alpha: float, c: float, safe: bool) -> tuple[Floats, npt.NDArray[np.int8]]:
    """Return the statistic of each period and whether it is an alarm; it begins anew after each alarm.

    A begin whose counts lie, weighted, below what is normal has no rise: its ratio is 0 and needs no search.
    """
    value = np.zeros(len(y))
    alarm = np.zeros(len(y), np.int8)
    begin = 0
    for n in range(len(y)):
        above, best, rise = 0.0, 0.0, 1.0
        for k in range(n, begin - 1, -1):
            above += (y[k] - mu[k]) / (1.0 + alpha * mu[k])
            if above <= 0.0:
                continue
            found, rise = _ratio(y, mu, alpha, k, n, max(rise, 1.0), safe)
            best = max(best, found)
        value[n] = best
        if best >= c:
            alarm[n] = 1
            begin = n + 1
    return value, alarm
