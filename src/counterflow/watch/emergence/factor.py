"""By which factor a volume grew over some years, or why that cannot be said."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Factor", "factor_over"]

Floats = npt.NDArray[np.float64]

#: share of a year's periods that must be known
_KNOWN = 0.75


@dataclass(frozen=True)
class Factor:
    """Growth of a volume over years.

    Args:
        value: last year over the year so many years before it; NaN where it cannot be said.
        low, high: interval, 95 %.
        why_not: why it cannot be said; empty where it can.
    """

    value: float
    low: float
    high: float
    why_not: str = ""


def factor_over(
    counts: Floats,
    years: int,
    frequency: int,
    *,
    changed: npt.NDArray[np.bool_] | None = None,
    tested: Floats | None = None,
) -> Factor:
    """Return by which factor the last year stands above the year that lies `years` before it.

    The variance of a log ratio of counts with the dispersion of the two years about their own trends (delta method).

    Args:
        counts: counts, shape (T,); NaN where not known.
        years: how many years.
        frequency: periods in a year.
        changed: where a definition, panel or coverage changed: what lies on two sides of it is not comparable.
        tested: what the counts are a share of; the volume itself is compared where None.
    """
    last, first = len(counts) - frequency, len(counts) - frequency * (years + 1)
    if first < 0:
        return _not(f"fewer than {years + 1} years are known")
    if changed is not None and changed[first + 1 :].any():
        return _not("not comparable: the definition, panel or coverage changed in between")
    parts = [slice(last, len(counts)), slice(first, first + frequency)]
    known = [~np.isnan(counts[part]) for part in parts]
    if min(one.mean() for one in known) < _KNOWN:
        return _not("not comparable: a quarter of one of the two years or more is missing")
    sums = [float(counts[part][one].sum()) for part, one in zip(parts, known, strict=True)]
    weights = [
        float(one.sum()) if tested is None else float(tested[part][one].sum())
        for part, one in zip(parts, known, strict=True)
    ]
    if min(sums) <= 0 or min(weights) <= 0:
        return _not("nothing was counted in one of the two years")
    wide = max(1.0, *(_dispersion(counts[part][one]) for part, one in zip(parts, known, strict=True)))
    error = math.sqrt(wide * sum(1.0 / one for one in sums))
    value = math.log(sums[0] / weights[0]) - math.log(sums[1] / weights[1])
    return Factor(math.exp(value), math.exp(value - 1.96 * error), math.exp(value + 1.96 * error))


def _not(why: str) -> Factor:
    return Factor(math.nan, math.nan, math.nan, why)


def _dispersion(counts: Floats) -> float:
    """Return variance over mean beside a straight line; 1 where too few periods tell it."""
    if len(counts) < 4:
        return 1.0
    at = np.arange(len(counts)) - (len(counts) - 1) / 2
    slope = (at * counts).sum() / (at**2).sum()
    rest = counts - counts.mean() - slope * at
    return float((rest**2).sum() / (len(counts) - 2) / max(counts.mean(), 1e-12))
