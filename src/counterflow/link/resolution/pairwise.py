"""Bands of the fields that hold numbers: telephone, e-mail, identifiers, birth."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["born_bands", "set_bands"]

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
PHONE, EMAIL, PAPER = 0, 1, 2


@njit(cache=True, nogil=True)
def _one_digit_apart(a: int, b: int) -> bool:
    """Whether two numbers of eight digits differ in one digit, or in two neighbours that changed places."""
    apart, last_a, last_b, swapped = 0, -1, -1, False
    for _ in range(8):
        x, y = a % 10, b % 10
        if x != y:
            apart += 1
            if apart == 2:
                swapped = last_a == y and last_b == x
            last_a, last_b = x, y
        else:
            last_a, last_b = -1, -1
        a, b = a // 10, b // 10
    return apart == 1 or (apart == 2 and swapped)


@njit(cache=True, nogil=True)
def _band_of(what: int, x: int, y: int, kind_x: int, kind_y: int) -> int:
    """Band of two values that differ: 1 where they are near (telephone, domain) or contradict (papers of one kind)."""
    near = (_one_digit_apart(x, y)) if what == PHONE else kind_x >= 0 and kind_x == kind_y
    return 1 if near else 0


@njit(cache=True, nogil=True)
def set_bands(
    what: int, left: Small, right: Small, begins: Ints, values: Ints, kinds: Small, known: Ints, held: Small
) -> tuple[npt.NDArray[np.int8], Small]:
    """Return the band of each two sets (the best that any of their values reach) and how many forms hold the shared."""
    bands, counts = np.full(len(left), -1, np.int8), np.ones(len(left), np.int32)
    for pair in range(len(left)):
        a, b = left[pair], right[pair]
        if a < 0 or b < 0:
            continue
        best, count = 0, 1
        for i in range(begins[a], begins[a + 1]):
            for j in range(begins[b], begins[b + 1]):
                if values[i] == values[j] and (what != PAPER or kinds[i] == kinds[j] or kinds[i] < 0 or kinds[j] < 0):
                    held_by = held[np.searchsorted(known, values[i])]
                    count = held_by if best < 2 else min(count, held_by)
                    best = 2
                elif best < 2:
                    best = max(best, _band_of(what, values[i], values[j], kinds[i], kinds[j]))
        bands[pair], counts[pair] = best, count
    return bands, counts


def born_bands(a: Ints, b: Ints) -> npt.NDArray[np.int8]:
    """Return the band of two births, as year times 10,000 with month and day; -1 where one is not known.

    >>> born_bands(np.array([19700101, 19700000, 19700101, -1]), np.array([19700101, 19700505, 19710101, 5])).tolist()
    [3, 2, 1, -1]
    """
    years = np.abs(a // 10_000 - b // 10_000)
    exact = (a == b) & (a % 10_000 > 0)
    days_differ = (a % 10_000 > 0) & (b % 10_000 > 0) & (a != b)
    band = np.where(exact, 3, np.where(years == 0, np.where(days_differ, 1, 2), np.where(years == 1, 1, 0)))
    return np.where((a < 0) | (b < 0), -1, band).astype(np.int8)
