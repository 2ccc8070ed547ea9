"""How far a quantity lies above what was expected: the signed root of a gamma deviance.

With r = observed / expected and D the variance of r where nothing has changed, d = sign(r - 1) √(2 (r - 1 - ln r) / D)
(McCullagh and Nelder 1989, Generalized Linear Models, 2nd ed., sections 2.3 and 2.4.3) is about standard normal for
small D: the scale on which a small lumpy buyer and a large even one can share a limit. For large r it grows only as
√r, so that one heavy month of a lumpy buyer counts for less than the same excess held for two.
"""

from __future__ import annotations

import math

from counterflow.matching.machine_code import njit

__all__ = ["signed_root"]


@njit
def signed_root(ratio: float, variance: float) -> float:
    """Return the signed root of the deviance of `ratio` from 1; `variance` is that of the ratio.

    >>> round(signed_root(2.0, 0.1), 2), signed_root(1.0, 0.1), signed_root(0.5, 0.1) < 0
    (2.48, 0.0, True)
    """
    r = max(ratio, 1e-3)
    size = math.sqrt(2.0 * max(r - 1.0 - math.log(r), 0.0) / variance)
    return size if r >= 1.0 else -size
