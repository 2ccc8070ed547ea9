"""Upper quantiles of Poisson and negative binomial counts, compiled: one form for both, by mean and dispersion.

With mean m and variance phi * m the negative binomial has size m / (phi - 1) and success probability 1 / phi, so that

    p(0) = phi ** (-m / (phi - 1)),        p(k + 1) / p(k) = (m + k (phi - 1)) / (phi (k + 1)),

which at phi = 1 is the Poisson distribution without a special case (Johnson, Kemp and Kotz 2005, section 5.1).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["upper_quantile", "upper_quantiles"]

#: below exp of this the first probability would be too small to start from; then the sum runs from the mode
_SMALL = -600.0
#: relative size below which further terms cannot change a sum
_NOTHING = 1e-20
#: standard deviations beyond which summing is too slow; there the distribution is as good as continuous
_WIDE = 3e5


@njit(cache=True, nogil=True)
def _ratio(m: float, phi: float, k: float) -> float:
    return float((m + k * (phi - 1.0)) / (phi * (k + 1.0)))


@njit(cache=True, nogil=True)
def upper_quantile(m: float, phi: float, alpha: float) -> float:
    """Return the least count whose upper tail beyond it holds at most `alpha`; NaN where m or phi is not known.

    Args:
        m: mean, above 0.
        phi: variance over mean, at least 1.
        alpha: probability left above.
    """
    if not (m >= 0.0 and phi >= 1.0) or np.isinf(m * phi):
        return np.nan
    sd = math.sqrt(m * phi)
    if sd > _WIDE:
        return np.nan
    start = -m if phi - 1.0 < 1e-12 else -m * math.log1p(phi - 1.0) / (phi - 1.0)
    if start > _SMALL:
        term = math.exp(start)
        below, k = term, 0.0
        # the fuzz keeps a quantile that is hit exactly from depending on the last bit of a sum
        while below < (1.0 - alpha) * (1.0 - 1e-14) and term > 0.0:
            term *= _ratio(m, phi, k)
            k += 1.0
            below += term
        return k
    return _from_the_mode(m, phi, alpha)


@njit(cache=True, nogil=True)
def _from_the_mode(m: float, phi: float, alpha: float) -> float:
    """Return the quantile by sums relative to the largest term."""
    mode = float(math.floor(max(0.0, m - (phi - 1.0))))
    total, term, k = 1.0, 1.0, mode
    while k > 0.0 and term > _NOTHING * total:
        k -= 1.0
        term /= _ratio(m, phi, k)
        total += term
    term, k = 1.0, mode
    while term > _NOTHING * total:
        term *= _ratio(m, phi, k)
        k += 1.0
        total += term
    above, goal = 0.0, alpha * total * (1.0 + 1e-12)
    # down again from where the terms ended: small ones first, so that the tail keeps its digits
    while k > 0.0:
        if above + term > goal:
            return k
        above += term
        k -= 1.0
        term /= _ratio(m, phi, k)
    return 0.0


def upper_quantiles(m: npt.NDArray[np.float64], phi: npt.NDArray[np.float64], alpha: float) -> npt.NDArray[np.float64]:
    """Return `upper_quantile` of many, as one array."""
    return np.array([upper_quantile(a, b, alpha) for a, b in zip(m, phi, strict=True)], np.float64)
