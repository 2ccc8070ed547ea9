"""Equivalence: how a committee may say "no effect larger than x", which a result that is not significant never says.

A margin is named before the outcomes are read: the smallest effect that would have mattered. Two one-sided tests
(Schuirmann 1987, J. Pharmacokinet. Biopharm. 15:657) then ask whether both a gain and a harm of that size are
excluded. Equal to asking whether the interval of level 1 - 2 alpha lies inside the margin.
"""

from __future__ import annotations

import math
from typing import Any

from counterflow.core.errors import InputError

__all__ = ["bound_excluded", "two_one_sided"]


def two_one_sided(
    effect: float, critical: float, error: float, margin: float, *, alpha: float = 0.05
) -> dict[str, Any]:
    """Return whether an effect as large as `margin` is excluded in both directions.

    Args:
        effect: the estimate, in the outcome's unit.
        critical: standard errors that the two-sided interval of level 1 - alpha reaches (1.96, or wider where
            placebos set it); the narrower interval of level 1 - 2 alpha shrinks in the normal proportion.
        error: standard error of `effect`.
        margin: smallest effect that would have mattered, above 0.
        alpha: size of each one-sided test.

    Raises:
        InputError: the margin is not a positive number.

    >>> told = two_one_sided(-0.2, 1.96, 0.5, 1.5)
    >>> told["equivalent"], round(told["p"], 4)
    (True, 0.0047)
    """
    from scipy.stats import norm

    if not (math.isfinite(margin) and margin > 0):
        hint = "Name the smallest effect that would have mattered, above 0, in the outcome's unit."
        raise InputError("A margin is a positive number.", column="margin", value=margin, hint=hint)
    stretch = critical / float(norm.ppf(1 - alpha / 2))
    spread = error * max(stretch, 1.0)
    reach = float(norm.ppf(1 - alpha)) * spread
    low, high = effect - reach, effect + reach
    p = float(max(norm.sf((effect + margin) / spread), norm.cdf((effect - margin) / spread)))
    return {
        "margin": margin,
        "equivalent": bool(-margin < low and high < margin),
        "p": p,
        "low": low,
        "high": high,
        "level": 1 - 2 * alpha,
        "excluded": max(abs(low), abs(high)),
        "method": "two one-sided tests (Schuirmann 1987)",
    }


def bound_excluded(low: float, high: float) -> float:
    """Return the smallest size of effect, in either direction, that an interval excludes.

    >>> bound_excluded(-1.2, 0.4)
    1.2
    """
    return max(abs(low), abs(high))
