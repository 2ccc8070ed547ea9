"""A share of inspected records with its exact interval: few inspections say little, and nothing found is not never.

Clopper & Pearson, Biometrika 26 (1934) 404-413, through beta quantiles. Where records were drawn with different
chances, the share is Hajek's (1971), weighted by one over the chance, and the interval is that of the sample of equal
chances that it is worth (Kish, Survey Sampling, 1965: (Σw)² / Σw²), in the manner of Korn & Graubard (1998).
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt

from counterflow.core.estimate import Estimate

__all__ = ["effective_size", "exact_interval", "found_share", "share_of_sums"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: an interval wider than this tells nobody how often a rule finds something
USEFUL_WIDTH = 0.5


def exact_interval(found: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Return the exact two-sided interval of `found` in `n`; without a sample everything is possible.

    >>> [round(x, 4) for x in exact_interval(0, 300)]
    [0.0, 0.0122]
    """
    if n <= 0:
        return 0.0, 1.0
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = 0.0 if found <= 0 else float(betaincinv(found, n - found + 1, tail))
    high = 1.0 if found >= n else float(betaincinv(found + 1, n - found, 1 - tail))
    return min(low, found / n), max(high, found / n)


def found_share(
    found: Bools, *, source: str, as_of: dt.date, weight: Floats | None = None, level: float = 0.95
) -> Estimate:
    """Return the share of inspected records in which something was found.

    Args:
        found: one place per inspected record.
        source: what the records are.
        as_of: last day whose outcomes are in it.
        weight: one over the chance of each to be drawn; equal where None.
        level: nominal coverage.

    >>> one = found_share(np.array([True, False, False, False]), source="s", as_of=dt.date(2026, 3, 1))
    >>> one.value, round(one.high, 2)
    (0.25, 0.81)
    """
    weights = np.ones(len(found)) if weight is None else weight
    return share_of_sums(
        len(found), float((weights * found).sum()), float(weights.sum()), float((weights**2).sum()),
        source=source, as_of=as_of, level=level,
    )  # fmt: skip


def share_of_sums(
    n: int, found: float, total: float, squares: float, *, source: str, as_of: dt.date, level: float = 0.95
) -> Estimate:
    """Return the share from sums over `n` inspected records: of the weights of finds, of weights, of their squares."""
    share = min(found / total, 1.0) if n else 0.0
    size = effective_size(n, total, squares)
    method = "exact binomial interval (Clopper & Pearson 1934)"
    if size < n * (1 - 1e-9):
        method += ", weighted by one over the chance of the draw, effective size of Kish (1965)"
    low, high = exact_interval(share * size, size, level)
    wide = high - low > USEFUL_WIDTH
    why = "none was inspected" if not n else f"{n} inspections are too few to tell" if wide else ""
    return Estimate(
        value=share if n else None, low=low, high=high, level=level, method=method, source=source, as_of=as_of,
        unit="share of inspected records", informative=not wide, why_not=why,
    )  # fmt: skip


def effective_size(n: int, total: float, squares: float) -> float:
    """Return the size of sample of equal chances that `n` weighted records are worth, at most `n` (Kish 1965)."""
    return min(total**2 / squares, float(n)) if n else 0.0
