"""The compiled fit behind both Farrington methods: a weighted quasi-Poisson regression on season and trend.

The model of one week's baseline is  log E(y) = a(group) + slope * t,  fitted by iteratively reweighted least squares
(McCullagh and Nelder 1989, section 2.5). Groups do not overlap, so the normal equations have an arrow's shape: inside
each group a weighted mean, and one slope from what deviates from those means. A step costs one pass over the baseline
and no matrix. Start, tolerance and the quantities of the last step are those that a statistician's `glm` reports, so
that numbers can be set beside it: means start at y + 0.1; steps end when the deviance changes by less than 1e-8 of
itself plus 0.1; dispersion and leverage use the weights of the last step.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["degrees", "dispersion", "fit", "leverage"]

Floats = npt.NDArray[np.float64]
Groups = npt.NDArray[np.int64]

_EPS = 2.220446049250313e-16
_TOLERANCE = 1e-8
_STEPS = 25
#: share of a column's own length below which what others leave of it counts as nothing, so that it is left out
_ALIASED = 1e-11


@njit(cache=True, nogil=True)
def _step(
    x: Floats, g: Groups, z: Floats, w: Floats, trend: bool, mass: Floats, centre: Floats, level: Floats
) -> tuple[float, float]:
    """Solve one weighted least-squares step; `mass`, `centre` and `level` (per group) are written."""
    mass[:] = 0.0
    centre[:] = 0.0
    level[:] = 0.0
    for i in range(len(x)):
        mass[g[i]] += w[i]
        centre[g[i]] += w[i] * x[i]
        level[g[i]] += w[i] * z[i]
    for j in range(len(mass)):
        if mass[j] > 0.0:
            centre[j] /= mass[j]
            level[j] /= mass[j]
    if not trend:
        return 0.0, 0.0
    spread, along, length = 0.0, 0.0, 0.0
    for i in range(len(x)):
        off = x[i] - centre[g[i]]
        spread += w[i] * off * off
        along += w[i] * off * (z[i] - level[g[i]])
        length += w[i] * x[i] * x[i]
    if not spread > _ALIASED * _ALIASED * length:
        return 0.0, 0.0
    return along / spread, spread


@njit(cache=True, nogil=True)
def fit(  # noqa: PLR0913, PLR0917, D417 - compiled: arrays and numbers only
    y: Floats, x: Floats, g: Groups, prior: Floats, trend: bool, mu: Floats, w: Floats, z: Floats, sums: Floats
) -> tuple[bool, float, float, float]:
    """Fit the model; return whether it converged, the slope, its precision at dispersion 1, and the dispersion.

    Args:
        y: counts of the baseline; x: their time; g: their group, from 0.
        prior: weight of each, above 0.
        trend: whether time is in the model.
        mu: written: fitted means. w: written: weights of the last step. z: room to work in.
        sums: (3, groups), written: weight of each group, mean time, mean of the working response at the last step.
    """
    n = len(y)
    before = 0.0
    for i in range(n):
        mu[i] = y[i] + 0.1
        before += _deviance(y[i], mu[i], prior[i])
        z[i] = math.log(mu[i])
    slope, spread = 0.0, 0.0
    converged = False
    for _ in range(_STEPS):
        for i in range(n):
            w[i] = prior[i] * mu[i]
            z[i] += (y[i] - mu[i]) / mu[i]
        slope, spread = _step(x, g, z, w, trend, sums[0], sums[1], sums[2])
        now = 0.0
        for i in range(n):
            eta = sums[2, g[i]] + slope * (x[i] - sums[1, g[i]])
            z[i] = eta
            mu[i] = max(math.exp(eta), _EPS)
            now += _deviance(y[i], mu[i], prior[i])
        if not math.isfinite(now):
            return False, slope, spread, np.nan
        if abs(now - before) / (abs(now) + 0.1) < _TOLERANCE:
            converged = True
            break
        before = now
    return converged, slope, spread, dispersion(y, mu, w, sums[0], spread > 0.0)


@njit(cache=True, nogil=True)
def _deviance(y: float, mu: float, prior: float) -> float:
    if y > 0.0:
        return float(2.0 * prior * (y * math.log(y / mu) - (y - mu)))
    return float(2.0 * prior * mu)


@njit(cache=True, nogil=True)
def dispersion(y: Floats, mu: Floats, w: Floats, mass: Floats, sloped: bool) -> float:
    """Return the weighted squares of the working residuals (y - mu) / mu over the degrees of freedom left.

    With the weights of the last step this is Pearson's chi-square over its degrees of freedom.
    """
    free = degrees(len(y), mass, sloped)
    if free <= 0:
        return np.nan
    chi = 0.0
    for i in range(len(y)):
        r = (y[i] - mu[i]) / mu[i]
        chi += w[i] * r * r
    return chi / free


@njit(cache=True, nogil=True)
def degrees(n: int, mass: Floats, sloped: bool) -> int:
    """Return the degrees of freedom left: a group without a count costs none."""
    free = n - (1 if sloped else 0)
    for j in range(len(mass)):
        free -= 1 if mass[j] > 0.0 else 0
    return free


@njit(cache=True, nogil=True)
def leverage(w: float, x: float, mass: float, centre: float, spread: float) -> float:
    """Return the diagonal of the hat matrix for an observation."""
    h = w / mass
    if spread > 0.0:
        h += w * (x - centre) * (x - centre) / spread
    return min(h, 1.0)
