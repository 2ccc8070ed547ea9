"""Sums over the last twelve months, passed as counts by week or month: how they are told from counts.

A count by period that people make scatters at least as a Poisson count does. A sum over the last L periods shares all
but two of its parts with the one before, so it moves far less. Two things are looked at, over all series of a file:

1. Roughness. (y[t] - 2 y[t-1] + y[t-2]) / sqrt(y[t] + 4 y[t-1] + y[t-2]) has variance 1 for independent Poisson
   counts, more for any that scatter more, and about phi / (1.5 L) for sums over L of counts with phi times the
   Poisson variance. A slope falls out.
2. Whether they can be such sums at all. With d[t] = y[t] - y[t-1], the count L periods later is x[t] = x[t-L] + d[t],
   and none may be negative; the first L counts, which must add up to y[0], then have a least possible sum. Counts with
   noise of their own break this within a few years; sums never do.

The mean square z of n points, each cut at 3, is held against a chi-square over its degrees of freedom; as neighbouring
z share counts (correlations -2/3 and 1/6), those are 2 n / 3.89. What has a smaller chance than 1 in 10,000 to be so
smooth is too smooth.

Only series that are too smooth, not smoother than sums of counts can be, and possible as sums are taken for them.
Derived here, from the Poisson variance alone; of many series every so-manieth is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["WINDOWS", "Smoothness", "looks_rolling", "smoothness"]

Floats = npt.NDArray[np.float64]
#: periods that a sum over a year can span, by grain
WINDOWS = {"day": (365,), "week": (52, 12), "month": (12,), "quarter": (4,)}
#: chance, if these were Poisson counts, below which they are too smooth
_TOO_RARE = 1e-4
#: share of the least scatter of sums below which they follow a rule, and are no sums of counts either
_SMOOTHEST = 0.6
_CUT = 3.0
#: variance of the mean of n squares of z, times n
_SPREAD = 2 * (1 + 2 * ((2 / 3) ** 2 + (1 / 6) ** 2))
_FEWEST = 10
_SMALLEST_MEAN = 20.0
#: share of series that must be able to be sums
_MOST = 0.8
#: about how many series of a large file are looked at
_LOOKED_AT = 500


@dataclass(frozen=True)
class Smoothness:
    """How smooth counts are.

    Args:
        ratio: scatter over that of Poisson counts; 1 or more for counts, far below for running sums.
        points: second differences that it rests on.
        series: series with enough of them.
        possible: share of those that can be sums over the last `window` periods.
        window: periods that a year has.
        chance: chance of Poisson counts to be so smooth.
    """

    ratio: float
    points: int
    series: int
    possible: float
    window: int
    chance: float

    @property
    def rolling(self) -> bool:
        """Whether these are sums over the last year rather than counts."""
        smoothest = _SMOOTHEST / np.sqrt(1.5 * self.window)
        return self.chance < _TOO_RARE and self.ratio > smoothest and self.possible >= _MOST

    def in_words(self) -> str:
        """Say what was seen, and how sure it is."""
        return (
            f"from one period to the next they scatter {self.ratio:.2f} times as much as counts must at least (Poisson;"
            f" {self.points} points of {self.series} series; chance {max(self.chance, 1e-99):.0e}), and"
            f" {self.possible:.0%} of the series can be"
            f" sums over {self.window} periods"
        )


def looks_rolling(counts: Floats, windows: Sequence[int]) -> Smoothness | None:
    """Return what says that series are sums over one of these windows, or None where nothing does.

    Args:
        counts: series by period, shape (S, T); NaN where unknown.
        windows: periods that a sum could span, as 12, or 52 and 12.
    """
    some = counts[:: max(1, len(counts) // _LOOKED_AT)]
    found = (smoothness(some, window) for window in windows)
    return next((seen for seen in found if seen.rolling), None)


def smoothness(counts: Floats, window: int) -> Smoothness:
    """Return how smooth series are, and how many of them can be sums over `window` periods."""
    values: list[Floats] = []
    possible = 0
    for row in counts:
        rough = _roughness(row)
        if len(rough) < _FEWEST:
            continue
        values.append(rough)
        possible += _can_be_sums(row, window)
    if not values:
        return Smoothness(np.inf, 0, 0, 0.0, window, 1.0)
    from scipy.special import gammainc

    together = np.concatenate(values)
    square = float(np.minimum(together**2, _CUT**2).mean())
    half = len(together) / _SPREAD
    chance = float(gammainc(half, half * square))
    return Smoothness(float(np.sqrt(square)), len(together), len(values), possible / len(values), window, chance)


def _roughness(row: Floats) -> Floats:
    """Return the scaled second differences of a series that is large enough to tell, and not constant."""
    known = row[~np.isnan(row)]
    if len(known) < _FEWEST + 2 or known.mean() < _SMALLEST_MEAN or len(np.unique(known)) < _FEWEST // 2:
        return np.zeros(0)
    second = row[2:] - 2 * row[1:-1] + row[:-2]
    scale = np.sqrt(row[2:] + 4 * row[1:-1] + row[:-2])
    with np.errstate(invalid="ignore", divide="ignore"):
        rough = second / scale
    return rough[np.isfinite(rough)]


def _can_be_sums(row: Floats, window: int) -> bool:
    """Return whether non-negative counts exist of which the longest unbroken stretch is the running sum."""
    stretch = _longest(row)
    if len(stretch) <= window + 1:
        return True
    steps = np.diff(stretch)
    padded = np.concatenate([steps, np.zeros(-len(steps) % window)]).reshape(-1, window)
    least = np.maximum(-np.minimum(np.cumsum(padded, axis=0).min(axis=0), 0.0), 0.0)
    return bool(least.sum() <= stretch[0] + 1e-9)


def _longest(row: Floats) -> Floats:
    known = np.concatenate([[False], ~np.isnan(row), [False]])
    edges = np.flatnonzero(known[1:] != known[:-1]).reshape(-1, 2)
    if not len(edges):
        return np.zeros(0)
    first, last = edges[(edges[:, 1] - edges[:, 0]).argmax()]
    return np.asarray(row[first:last])
