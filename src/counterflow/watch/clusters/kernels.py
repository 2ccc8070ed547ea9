"""The compiled part of the scan: every cylinder of one set of counts, its circles and its windows.

Arrays of counts and expectations are (places, W), cumulative over windows: column w sums the last w + 1 periods. Rows
are filled up with columns of 0 to a whole number of `LANES`, which the processor works on at once.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["LANES", "Around", "Sums", "best_of_each", "highest", "likelihood_ratio"]

Floats = npt.NDArray[np.float64]
Thin = npt.NDArray[np.float32]
Whole = npt.NDArray[np.int64]

LANES = 8
#: from so many cases on single precision is too coarse for the bound
_THICK = 1e7
#: what its rounding may take from the bound
_ROOM = 0.98


class Around(NamedTuple):
    """Circles: places by distance from each centre, how many of them, and where a circle may end."""

    near: npt.NDArray[np.uint32]
    many: npt.NDArray[np.int32]
    ends: npt.NDArray[np.bool_]


class Sums(NamedTuple):
    """What is scanned: counts and expectations, cumulative; cases of the study; fewest cases of a cluster."""

    y: Floats
    m: Floats
    total: float
    least: float


@njit(cache=True, nogil=True)
def likelihood_ratio(count: float, expected: float, total: float) -> float:
    """Return the log likelihood ratio of a cylinder; 0 where it holds no more than expected.

    Kulldorff, J. R. Statist. Soc. A 164 (2001) 61-72, section 3: c log(c / m) + (C - c) log((C - c) / (C - m)).
    """
    if count <= expected or expected <= 0.0 or expected >= total:
        return 0.0
    ratio = count * math.log(count / expected)
    outside = total - count
    if outside > 0.0:
        ratio += outside * math.log(outside / (total - expected))
    return ratio


@njit(cache=True, nogil=True)
def _of_centre(around: Around, i: int, of: Sums, floor: float, room: Floats) -> tuple[float, int, int]:
    """Return the highest ratio above `floor` around one centre, with the place of its circle and of its window.

    Logarithms are worked out only where a bound passes: with d = c - m the ratio is at most
    d^2 / 2m + d^2 / (C - m), because (1 + x) log(1 + x) - x <= x^2 / 2 from 0 and <= x^2 from -1 to 0.
    """
    best, circle, window = floor, -1, -1
    total = of.total
    room[:] = 0.0
    for k in range(around.many[i]):
        j = around.near[i, k]
        for w in range(of.y.shape[1]):
            room[0, w] += of.y[j, w]
            room[1, w] += of.m[j, w]
            c, e = room[0, w], room[1, w]
            d = c - e
            if d > 0.0 and c >= of.least and around.ends[i, k] and d * d * (total + e) > 2.0 * best * e * (total - e):
                ratio = likelihood_ratio(c, e, total)
                if ratio > best:
                    best, circle, window = ratio, k, w
    return best, circle, window


@njit(cache=True, nogil=True)
def best_of_each(around: Around, of: Sums, ratio: Floats, circle: Whole, window: Whole) -> None:
    """Write the best cylinder around every centre: its ratio, its circle (-1: none) and its window."""
    room = np.empty((2, of.y.shape[1]))
    for i in range(len(around.many)):
        ratio[i], circle[i], window[i] = _of_centre(around, i, of, 0.0, room)


@njit(cache=True, nogil=True, fastmath=True)
def _sums(near: npt.NDArray[np.uint32], many: int, of: Thin, first: int, out: Thin) -> None:
    """Write sums of `LANES` columns over the nearest one, two … places, one after the other."""
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = np.float32(0)
    a = np.uint64(first)
    for k in range(np.uint64(many)):
        j, x = np.uint64(near[k]), k * np.uint64(LANES)
        s0 += of[j, a]
        s1 += of[j, a + np.uint64(1)]
        s2 += of[j, a + np.uint64(2)]
        s3 += of[j, a + np.uint64(3)]
        s4 += of[j, a + np.uint64(4)]
        s5 += of[j, a + np.uint64(5)]
        s6 += of[j, a + np.uint64(6)]
        s7 += of[j, a + np.uint64(7)]
        out[x] = s0
        out[x + np.uint64(1)] = s1
        out[x + np.uint64(2)] = s2
        out[x + np.uint64(3)] = s3
        out[x + np.uint64(4)] = s4
        out[x + np.uint64(5)] = s5
        out[x + np.uint64(6)] = s6
        out[x + np.uint64(7)] = s7


@njit(cache=True, nogil=True, fastmath=True)
def _passes(y: Thin, m: Thin, size: int, bar: float, scale: float) -> int:
    """Return how many cylinders pass the bound; one flat loop, so that the processor takes eight at a time."""
    b, inverse, passed = np.float32(bar), np.float32(scale), np.int32(0)
    for x in range(np.uint64(size)):
        d, part = max(y[x] - m[x], np.float32(0)), m[x] * inverse
        if d * d * (np.float32(1) + part) > b * m[x] * (np.float32(1) - part):
            passed += np.int32(1)
    return int(passed)


@njit(cache=True, nogil=True)
def highest(around: Around, of: Sums) -> float:
    """Return the highest ratio of all cylinders.

    Around most centres none can be higher than what was met elsewhere: the bound, in single precision with room for
    its rounding, says so in a tenth of the time; the others are worked out in full.
    """
    room = np.empty((2, of.y.shape[1]))
    thin_y, thin_m = of.y.astype(np.float32), of.m.astype(np.float32)
    row_y = np.empty(around.near.shape[1] * LANES, np.float32)
    row_m = np.empty(around.near.shape[1] * LANES, np.float32)
    best = 0.0
    for i in range(len(around.many)):
        many = around.many[i]
        hope = best == 0.0 or of.total > _THICK
        for first in range(0, of.y.shape[1], LANES):
            if not hope:
                _sums(around.near[i], many, thin_y, first, row_y)
                _sums(around.near[i], many, thin_m, first, row_m)
                hope = _passes(row_y, row_m, many * LANES, 2.0 * best * _ROOM, 1.0 / of.total) > 0
        if hope:
            best = _of_centre(around, i, of, best, room)[0]
    return best
