"""Hours of delay by group: the median and what all of it sums to, with intervals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.account.fairness.events import Events

__all__ = ["delay_figures"]

Floats = npt.NDArray[np.float64]

_NAMES = ("delay_known", "delay_median", "delay_median_low", "delay_median_high", "delay_hours", "delay_per_1000",
          "delay_per_1000_low", "delay_per_1000_high")  # fmt: skip


def delay_figures(events: Events, here: npt.NDArray[np.bool_], level: float) -> dict[str, Any]:
    """Return the delay of a group's consignments: those whose delay is known, in hours; None where none is.

    The median has the distribution-free interval of order statistics (Thompson 1936); hours per 1,000 consignments the
    normal one of a mean, which a few very long delays make too short.
    """
    if events.delay is None:
        return dict.fromkeys(_NAMES)
    known = here & ~np.isnan(events.delay) & (events.consignments > 0)
    hours, weight = events.delay[known], events.consignments[known]
    n = float(weight.sum())
    if n == 0:
        return dict.fromkeys(_NAMES) | {"delay_known": 0}
    from scipy.special import bdtrik, ndtri

    order = np.argsort(hours, kind="stable")
    hours, weight = hours[order], weight[order]
    reached = np.cumsum(weight)
    tail = (1 - level) / 2
    below = math.floor(float(bdtrik(tail, n, 0.5))) + 1 if 0.5**n <= tail else 0
    low, high = max(below, 1), n - max(below - 1, 0)
    mean = float((weight * hours).sum()) / n
    error = math.sqrt(float((weight * (hours - mean) ** 2).sum()) / max(n - 1, 1) / n)
    reach = 1000 * float(ndtri(0.5 + level / 2)) * error
    figures = (
        int(n), (_at(hours, reached, n / 2) + _at(hours, reached, n / 2 + 1e-6)) / 2,
        _at(hours, reached, low), _at(hours, reached, high),
        mean * n, 1000 * mean, max(1000 * mean - reach, 0.0), 1000 * mean + reach,
    )  # fmt: skip
    return {name: round(value, 3) for name, value in zip(_NAMES, figures, strict=True)}


def _at(hours: Floats, reached: Floats, place: float) -> float:
    """Return the smallest value that at least `place` of the consignments do not pass."""
    return float(hours[min(int(np.searchsorted(reached, place - 1e-9)), len(hours) - 1)])
