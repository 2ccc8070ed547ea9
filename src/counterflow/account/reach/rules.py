"""The rules that a probability of reaching has to beat.

* straight line: as official status reports do it. A line runs from the baseline to the target; who stands on it or on
  its good side is on track. ONDCP's Performance Reporting System sets yearly milestones between a baseline year and the
  target year and says met or not.
* softened: the same distance as a probability, with one width from development series.
* last value: reached is what stands beyond the target already.
* regression: least squares over time on the log scale, with the t law of a new value.
"""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import numpy.typing as npt

from counterflow.account.reach.model import scale_of
from counterflow.account.reach.series import Laid, Target, reached

__all__ = ["last_value", "margin", "needed_on", "regression", "softened", "straight_line", "window_of"]

Floats = npt.NDArray[np.float64]


def needed_on(target: Target, day: dt.date) -> float | None:
    """Return the height of the straight line on a day; None without a baseline."""
    if target.baseline is None or target.baseline_on is None:
        return None
    whole = (target.by - target.baseline_on).days
    share = min(max((day - target.baseline_on).days / whole, 0.0), 1.0)
    return target.baseline + share * (target.value - target.baseline)


def window_of(laid: Laid, target: Target) -> int:
    """Return how many steps a cumulative target sums; 1 for the other kinds."""
    if target.kind != "cumulative":
        return 1
    since = target.since or target.baseline_on
    ends = (*laid.ends, *laid.coming())
    return sum(1 for end in ends if (since is None or end > since) and end <= target.by)


def _current(laid: Laid, target: Target) -> float:
    """Return what the line is held against: the last value, or the sum over the last window as long as the target's."""
    return float(np.nansum(laid.values[-window_of(laid, target) :]))


def margin(laid: Laid, target: Target) -> float | None:
    """Return how far the series stands on the good side of the line, as a share of the baseline; None without one."""
    needed = needed_on(target, laid.ends[-1])
    if needed is None or target.baseline is None:
        return None
    since = target.since or target.baseline_on
    if target.kind == "cumulative" and since is not None and laid.ends[-1] > since:
        # the window has begun: what came in so far against its share of the time
        share = (laid.ends[-1] - since).days / (target.by - since).days
        stand: float = sum(
            v for end, v in zip(laid.ends, laid.values, strict=True) if end > since and not math.isnan(v)
        )
        gap: float = stand - share * target.value
    else:
        gap = _current(laid, target) - needed
    sign = -1.0 if target.direction == "down" else 1.0
    return sign * gap / max(abs(target.baseline), 1e-12)


def straight_line(laid: Laid, target: Target) -> float | None:
    """Return 1 where the series stands on the line or on its good side, else 0; None without a baseline."""
    found = margin(laid, target)
    # a hair of rounding is no miss
    return None if found is None else float(found >= -1e-9)


def softened(laid: Laid, target: Target, width: float) -> float | None:
    """Return the normal probability of the margin, `width` being its standard deviation."""
    found = margin(laid, target)
    return None if found is None else 0.5 * (1 + math.erf(found / width / math.sqrt(2)))


def last_value(laid: Laid, target: Target) -> float:
    """Return 1 where the last value, or the last whole window, would do."""
    return float(reached(np.array([_current(laid, target)]), target)[0])


def regression(laid: Laid, target: Target) -> float:
    """Return the probability that a straight trend through all points gives, on the log scale.

    A cumulative target is put as its mean per step, in the middle of its window.
    """
    from scipy.special import stdtr

    scale = scale_of(laid.values)
    known = np.flatnonzero(~np.isnan(laid.values))
    y, x = scale.into(laid.values[known]), known.astype(float)
    window = window_of(laid, target)
    at = len(laid.values) - 1 + laid.ahead - (window - 1) / 2
    centre, spread = x.mean(), ((x - x.mean()) ** 2).sum()
    slope = ((x - centre) * y).sum() / spread
    left = y - y.mean() - slope * (x - centre)
    free = len(y) - 2
    error = math.sqrt(max((left**2).sum() / free, 1e-12) * (1 / window + 1 / len(y) + (at - centre) ** 2 / spread))
    goal = float(scale.into(np.array([max(target.value / window, 1e-9 if scale.log else -math.inf)]))[0])
    below = float(stdtr(free, (goal - (y.mean() + slope * (at - centre))) / error))
    return below if target.direction == "down" else 1 - below
