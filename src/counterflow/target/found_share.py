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
from counterflow.core.proportions import clopper_pearson

__all__ = ["effective_size", "found_share", "share_of_sums"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: an interval wider than this tells nobody how often a rule finds something
USEFUL_WIDTH = 0.5


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
    low, high = clopper_pearson(share * size, size, level)
    wide = high - low > USEFUL_WIDTH
    why = "none was inspected" if not n else f"{n} inspections are too few to tell" if wide else ""
    return Estimate(
        value=share if n else None, low=low, high=high, level=level, method=method, source=source, as_of=as_of,
        unit="share of inspected records", informative=not wide, why_not=why,
    )  # fmt: skip


def effective_size(n: int, total: float, squares: float) -> float:
    """Return the size of sample of equal chances that `n` weighted records are worth, at most `n` (Kish 1965)."""
    return min(total**2 / squares, float(n)) if n else 0.0
