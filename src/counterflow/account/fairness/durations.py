"""How long treatment lasts, by group, where some are still in it: medians, and means up to a common limit.

The share still in treatment is the product-limit estimate (Kaplan & Meier, JASA 53 (1958) 457-481) with Greenwood's
variance. The median has the interval of Brookmeyer & Crowley (Biometrics 38 (1982) 29-41) on the log-log scale. Medians
may never be reached; the mean up to a limit always is (Royston & Parmar, Stat. Med. 30 (2011) 2409-2421), and its
difference between groups is in the same unit as the durations.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.account.fairness.rates import Span

__all__ = ["Lasting", "lasting", "mean_until"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Lasting:
    """The share still in treatment after each duration at which somebody left.

    Args:
        people: at the start.
        ended: of them, seen to end.
        times: durations, rising.
        share: still in treatment just after each.
        greenwood: sum of d / (n (n - d)) up to each.
        median, low, high: duration that half reach; None where it is not reached.
        longest: longest duration that anybody was followed.
    """

    people: float
    ended: float
    times: Floats
    share: Floats
    greenwood: Floats
    median: float | None
    low: float | None
    high: float | None
    longest: float


def lasting(duration: Floats, ended: Floats, ongoing: Floats, level: float = 0.95) -> Lasting:
    """Return the product-limit estimate of counts.

    Args:
        duration: durations, in any order; shape (n,).
        ended: how many ended at each.
        ongoing: how many were last seen still in treatment at each.
        level: nominal coverage.
    """
    times, place = np.unique(duration, return_inverse=True)
    ends, left = np.bincount(place, ended), np.bincount(place, ended + ongoing)
    at_risk = left[::-1].cumsum()[::-1]
    some = ends > 0
    times, ends, at_risk = times[some], ends[some], at_risk[some]
    share = np.cumprod(1 - ends / at_risk)
    with np.errstate(divide="ignore"):
        greenwood = np.cumsum(ends / (at_risk * (at_risk - ends)))
    median = _first(times, share <= 0.5)
    from scipy.special import ndtri

    reach = float(ndtri(0.5 + level / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.sqrt(greenwood) / np.abs(np.log(share))
        lower = np.where(share > 0, share ** np.exp(reach * scale), 0.0)
        upper = np.where(share > 0, share ** np.exp(-reach * scale), 0.0)
    longest = float(duration[(ended + ongoing) > 0].max())
    low, high = _first(times, lower <= 0.5), _first(times, upper <= 0.5)
    return Lasting(
        float((ended + ongoing).sum()), float(ended.sum()), times, share, greenwood, median, low, high, longest
    )


def _first(times: Floats, reached: npt.NDArray[np.bool_]) -> float | None:
    place = np.flatnonzero(reached)
    return float(times[place[0]]) if len(place) else None


def mean_until(curve: Lasting, limit: float, level: float = 0.95) -> tuple[Span, float]:
    """Return the mean duration up to `limit` with its interval, and its variance.

    The variance is the sum over ends of (area to the right)^2 d / (n (n - d)).
    """
    from scipy.special import ndtri

    within = curve.times < limit
    times = np.concatenate([[0.0], curve.times[within], [limit]])
    share = np.concatenate([[1.0], curve.share[within]])
    areas = share * np.diff(times)
    mean = float(areas.sum())
    right = areas[::-1].cumsum()[::-1][1:]
    steps = np.diff(np.concatenate([[0.0], curve.greenwood[within]]))
    variance = float((right**2 * np.where(np.isfinite(steps), steps, 0.0)).sum())
    reach = float(ndtri(0.5 + level / 2)) * math.sqrt(variance)
    return Span(mean, max(mean - reach, 0.0), min(mean + reach, limit)), variance
