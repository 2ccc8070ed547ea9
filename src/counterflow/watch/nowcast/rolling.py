"""Nowcasts of sums over twelve months that are published again and again, as CDC's provisional overdose counts.

Twelve-month sums of neighbouring months share eleven of their months: a hundred state-months are far fewer than a
hundred observations, and the vintage, not the state-month, is the unit that counts. So the correction is one number:
how much a sum grew since, on the log scale, per percent of deaths that were pending investigation, the weighted median
over the newest months of each earlier vintage, shrunk hard towards "as reported". Rossen et al. 2018 (VSRR report 006)
regress completeness on the same percentage; their prediction overshot on the vintages that we hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from counterflow.watch.nowcast.triangle import Floats

__all__ = ["NEWEST", "RollingNowcast", "Vintage", "nowcast_vintages"]

#: months of each vintage that are corrected, and learned from
NEWEST = 6
#: "no correction" weighs as much as so many earlier vintages
_DOUBTED = 3.0
#: fewer earlier vintages than these teach nothing: the sum stays as reported
_LEAST_VINTAGES = 2
#: fewer sums with something pending than these say nothing of a vintage
_LEAST_SUMS = 5
_MONTHS = 12


@dataclass(frozen=True)
class Vintage:
    """Sums as published once, of one measure.

    Args:
        through: last month in it, in months since year 0.
        place: place of each sum.
        month: last month of each sum.
        reported: the sums; NaN where withheld.
        pending: percent of deaths pending investigation; NaN where not given.
    """

    through: int
    place: npt.NDArray[np.str_]
    month: npt.NDArray[np.int64]
    reported: Floats
    pending: Floats


@dataclass(frozen=True)
class RollingNowcast:
    """What the newest sums of a vintage will come to.

    Args:
        place: place of each sum.
        month: last month of each sum, in months since year 0.
        reported: as published.
        expected: median of what it will come to.
        low: lower end of the 90 % interval.
        high: upper end.
        slope: growth on the log scale per percent pending.
        vintages: earlier vintages behind the slope.
        effective: sums behind it that do not overlap, at most.
        said: what a person must know.
    """

    place: npt.NDArray[np.str_]
    month: npt.NDArray[np.int64]
    reported: Floats
    expected: Floats
    low: Floats
    high: Floats
    slope: float
    vintages: int
    effective: int
    said: tuple[str, ...]


def nowcast_vintages(vintages: Sequence[Vintage], newest: int = NEWEST) -> RollingNowcast:
    """Return what the newest `newest` months of the last vintage will come to, place by place.

    Args:
        vintages: all known so far, of one measure, oldest first.
        newest: months to correct.

    Raises:
        ValueError: vintages are not in order.
    """
    if any(a.through >= b.through for a, b in pairwise(vintages)):
        raise ValueError("vintages come oldest first, each month once")
    now = vintages[-1]
    grown = [_growth(then, now, newest) for then in vintages[:-1]]
    slopes = [slope for pending, growth in grown if (slope := _median_slope(pending, growth)) is not None]
    slope = 0.0
    if len(slopes) >= _LEAST_VINTAGES:
        slope = max(0.0, float(np.mean(slopes)) * len(slopes) / (len(slopes) + _DOUBTED))
    rows = np.flatnonzero((now.through - now.month < newest) & (now.month <= now.through) & ~np.isnan(now.reported))
    reported, pending = now.reported[rows], np.nan_to_num(now.pending[rows])
    expected = reported * np.exp(slope * pending)
    low, high = _interval(grown, slope, expected, reported)
    places = len(np.unique(now.place[rows]))
    return RollingNowcast(
        now.place[rows], now.month[rows], reported, expected, low, high, slope, len(slopes),
        places * len(slopes), _words(len(slopes), slope, places),
    )  # fmt: skip


def _growth(then: Vintage, now: Vintage, newest: int) -> tuple[Floats, Floats]:
    """Return percent pending then, and the log growth since, of the newest sums of an earlier vintage."""
    known = {
        (place, month): value
        for place, month, value in zip(now.place.tolist(), now.month.tolist(), now.reported.tolist(), strict=True)
    }
    rows = np.flatnonzero((then.through - then.month < newest) & (then.reported > 0))
    keys = zip(then.place[rows].tolist(), then.month[rows].tolist(), strict=True)
    since = np.array([known.get(key, np.nan) for key in keys], np.float64)
    good = since > 0
    return np.nan_to_num(then.pending[rows][good]), np.log(since[good] / then.reported[rows][good])


def _median_slope(pending: Floats, growth: Floats) -> float | None:
    """Return the slope through 0 with the least absolute error: the median of the ratios, weighted by pending."""
    used = pending > 0
    if int(used.sum()) < _LEAST_SUMS:
        return None
    ratio, weight = growth[used] / pending[used], pending[used]
    order = np.argsort(ratio, kind="stable")
    reached = np.cumsum(weight[order])
    return float(ratio[order][np.searchsorted(reached, reached[-1] / 2)])


def _interval(
    grown: Sequence[tuple[Floats, Floats]], slope: float, expected: Floats, reported: Floats
) -> tuple[Floats, Floats]:
    """Return 90 % intervals by the errors that the same correction would have made on earlier vintages."""
    errors = [growth - slope * pending for pending, growth in grown]
    pool = np.concatenate(errors) if errors else np.zeros(0)
    counted = 1.645 / np.sqrt(np.maximum(expected, 1.0))
    if len(pool) < 2 * _LEAST_SUMS:
        return expected * np.exp(-counted), expected * np.exp(counted)
    below, above = np.quantile(pool, [0.05, 0.95])
    return np.minimum(expected * np.exp(min(below, 0.0)), reported), expected * np.exp(max(above, 0.0))


def _words(vintages: int, slope: float, places: int) -> tuple[str, ...]:
    if vintages < _LEAST_VINTAGES:
        return (f"{vintages} earlier vintages say how sums grow; below {_LEAST_VINTAGES} they stay as reported.",)
    grow = (
        f"Sums grow by {100 * (np.exp(slope) - 1):.2f} % per percent pending, shrunk, by {vintages} earlier vintages;"
    )
    return (f"{grow} sums of twelve months overlap, so these are at most {vintages * places} observations.",)
