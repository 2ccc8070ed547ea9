"""The exact interval of a share: how high and how low can the true rate be, given what a sample showed?

Every room that shows a rate shows it with an interval; this is the one way to make it.
"""

from __future__ import annotations

__all__ = ["clopper_pearson"]


def clopper_pearson(found: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Return the exact two-sided interval for a binomial share of `found` in `n`.

    Clopper & Pearson, Biometrika 26 (1934) 404-413, through beta quantiles; `found` and `n` may be fractions
    (effective counts). Without a sample everything is possible: (0, 1).

    >>> [round(x, 4) for x in clopper_pearson(0, 300)]
    [0.0, 0.0122]

    Raises:
        ValueError: not 0 <= found <= n, or `level` outside (0, 1).
    """
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    if not 0 <= found <= n:
        raise ValueError(f"found must lie between 0 and n, not {found} of {n}")
    if n == 0:
        return 0.0, 1.0
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = 0.0 if found == 0 else float(betaincinv(found, n - found + 1, tail))
    high = 1.0 if found == n else float(betaincinv(found + 1, n - found, 1 - tail))
    # With fractional counts near 0 or n the quantile can pass the share itself by rounding; the share belongs inside.
    return min(low, found / n), max(high, found / n)
