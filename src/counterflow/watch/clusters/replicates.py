"""The compiled part of chance: the same cases with nothing standing out, again and again, each time scanned in full.

A replicate draws from a stream of its own, seeded by its own number, so that threads do not change what is drawn.
"""

# ruff: noqa: NPY002 - compiled code has this one stream a thread; every replicate seeds it with its own number

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from counterflow.watch.clusters.kernels import Around, Sums, highest

__all__ = ["Draw", "Noise", "drawn", "permuted"]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Seeds = npt.NDArray[np.uint32]


class Draw(NamedTuple):
    """How cases are spread anew.

    Args:
        base: expected of each period, latest first, by place, shape (P, places); 0 where nothing is known.
        totals: cases of each period, latest first.
        windows: periods in the longest window.
        refit: expect anew from each replicate's own totals by place; then P is the whole study.
        older: cases before the periods that are drawn, over `weight`.
        reach: sum of `base` over periods, by place.
    """

    base: Floats
    totals: Whole
    windows: int
    refit: bool
    older: float
    reach: Floats


class Noise(NamedTuple):
    """How much counts vary beyond Poisson: variance of what lasts for a window, and of each cell; weight of places."""

    lasting: float
    cell: float
    weight: Floats


class _Tables(NamedTuple):
    """Room of one thread: tables of chances by period, and what a replicate holds."""

    chance: Floats
    other: Whole
    stack: Whole
    weights: Floats
    lasting: Floats
    whole: Floats


@njit(cache=True, nogil=True)
def _gamma(variance: float) -> float:
    """Return gamma noise of mean 1."""
    return float(np.random.gamma(1.0 / variance, variance))


@njit(cache=True, nogil=True)
def _sum(values: Floats) -> float:
    total = 0.0
    for value in values:
        total += value
    return total


@njit(cache=True, nogil=True)
def _cumulate(y: Floats, windows: int) -> None:
    for n in range(y.shape[0]):
        for w in range(1, windows):
            y[n, w] += y[n, w - 1]


@njit(cache=True, nogil=True)
def permuted(seeds: Seeds, places: npt.NDArray[np.int32], recent: Whole, around: Around, of: Sums, out: Floats) -> None:
    """Write the highest ratio of each replicate in which the cases' periods were shuffled among their places.

    Kulldorff et al., PLoS Med 2 (2005) e59: both margins stay. Only the cases that fall in the last periods are
    drawn, by a partial shuffle that is undone afterwards.

    Args:
        seeds: of each replicate.
        places: place of every case of the study.
        recent: cases of each of the last periods, latest first.
        around: circles.
        of: what was counted, for the shape; its expectations hold for every replicate.
        out: filled.
    """
    places = places.copy()
    size, moved = len(places), 0
    for cases in recent:
        moved += cases
    swaps = np.empty(moved, np.int64)
    y = np.empty(of.m.shape)
    for r in range(len(seeds)):
        np.random.seed(seeds[r])
        y[:] = 0.0
        i = 0
        for w in range(len(recent)):
            for _ in range(recent[w]):
                j = i + int(np.random.random() * (size - i))
                swaps[i] = j
                places[i], places[j] = places[j], places[i]
                y[places[i], w] += 1.0
                i += 1
        _cumulate(y, len(recent))
        out[r] = highest(around, Sums(y, of.m, of.total, of.least))
        for back in range(moved - 1, -1, -1):
            j = swaps[back]
            places[back], places[j] = places[j], places[back]


@njit(cache=True, nogil=True)
def _alias(weights: Floats, chance: Floats, other: Whole, stack: Whole) -> None:
    """Make the table from which a place is drawn in one step (Walker 1977; Vose 1991)."""
    size = len(weights)
    mean = _sum(weights) / size
    low, high = 0, size
    for n in range(size):
        chance[n] = weights[n] / mean
        other[n] = n
        if chance[n] < 1.0:
            stack[low] = n
            low += 1
        else:
            high -= 1
            stack[high] = n
    while low > 0 and high < size:
        low -= 1
        small, large = stack[low], stack[high]
        other[small] = large
        chance[large] -= 1.0 - chance[small]
        if chance[large] < 1.0:
            high += 1
            stack[low] = large
            low += 1
    # What rounding left over takes itself.
    for n in range(low):
        chance[stack[n]] = 1.0
    for n in range(high, size):
        chance[stack[n]] = 1.0


@njit(cache=True, nogil=True)
def _chances(base: Floats, noise: Noise, tables: _Tables, p: int) -> None:
    """Make the table of one period, its chances times gamma noise."""
    for n in range(len(tables.weights)):
        tables.weights[n] = base[p, n] * tables.lasting[n]
        if noise.cell > 0.0:
            tables.weights[n] *= _gamma(noise.cell)
    _alias(tables.weights, tables.chance[p], tables.other[p], tables.stack)


@njit(cache=True, nogil=True)
def _spread(draw: Draw, noise: Noise, tables: _Tables, y: Floats) -> None:
    """Spread each period's cases over the places; write their weighted sums."""
    places = len(tables.weights)
    noisy = noise.lasting > 0.0 or noise.cell > 0.0
    y[:] = 0.0
    tables.whole[:] = 0.0
    for p in range(len(draw.totals)):
        if noise.lasting > 0.0 and p % draw.windows == 0:
            for n in range(places):
                tables.lasting[n] = _gamma(noise.lasting)
        if noisy and draw.totals[p] > 0:
            _chances(draw.base, noise, tables, p)
        for _ in range(draw.totals[p]):
            u = np.random.random() * places
            n = int(u)
            if u - n >= tables.chance[p, n]:
                n = tables.other[p, n]
            tables.whole[n] += 1.0 / noise.weight[n]
            if p < draw.windows:
                y[n, p] += 1.0 / noise.weight[n]
    _cumulate(y, draw.windows)


@njit(cache=True, nogil=True)
def _expect(draw: Draw, tables: _Tables, fixed: Floats, m: Floats) -> None:
    """Write what is expected of a replicate, from its own totals."""
    if draw.refit:
        for n in range(len(draw.reach)):
            share = tables.whole[n] / draw.reach[n] if draw.reach[n] > 0.0 else 0.0
            for w in range(draw.windows):
                m[n, w] = share * draw.base[w, n]
        _cumulate(m, draw.windows)
        return
    # Weighted sums differ from replicate to replicate; what is expected of all places is all that they hold.
    expected = 0.0
    for n in range(len(draw.reach)):
        expected += fixed[n, draw.windows - 1]
    times = _sum(tables.whole) / expected
    for n in range(len(draw.reach)):
        for w in range(draw.windows):
            m[n, w] = fixed[n, w] * times


@njit(cache=True, nogil=True)
def drawn(seeds: Seeds, draw: Draw, noise: Noise, around: Around, of: Sums, out: Floats) -> None:
    """Write the highest ratio of each replicate in which each period's cases were spread anew over the places.

    Each period keeps its total. A place's chance is its share of what is expected, times gamma noise where counts
    vary more than Poisson: once for a block of periods (what lasts) and once for each cell. These are negative
    binomial counts given their sum.

    Args:
        seeds: of each replicate.
        draw: how.
        noise: beyond Poisson.
        around: circles.
        of: what was counted; its expectations hold where they are not refitted.
        out: filled.
    """
    periods, places = draw.base.shape
    tables = _Tables(
        np.empty((periods, places)), np.empty((periods, places), np.int64), np.empty(places, np.int64),
        np.empty(places), np.ones(places), np.empty(places),
    )  # fmt: skip
    if noise.lasting == 0.0 and noise.cell == 0.0:
        for p in range(periods):
            if draw.totals[p] > 0:
                _alias(draw.base[p], tables.chance[p], tables.other[p], tables.stack)
    y, m = np.empty(of.m.shape), np.zeros(of.m.shape)
    for r in range(len(seeds)):
        np.random.seed(seeds[r])
        _spread(draw, noise, tables, y)
        _expect(draw, tables, of.m, m)
        out[r] = highest(around, Sums(y, m, _sum(tables.whole) + draw.older, of.least))
