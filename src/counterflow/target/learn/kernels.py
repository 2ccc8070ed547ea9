"""Walks through flattened trees, compiled; loaded only where something is scored.

A step has no branch to mispredict: the right child stands next to the left one, a leaf leads to itself, and
not-a-number is written as an infinity beforehand, upwards or downwards as the split would send it, so that one
comparison decides everything. Eight rows walk a tree together, which hides the wait for memory of each.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["contributions", "margins"]

_BLOCK = 64  # rows at a time: their features and one tree stay in the nearest caches
_TOGETHER = 8

Floats = npt.NDArray[np.float64]
Matrix32 = npt.NDArray[np.float32]
Places = npt.NDArray[np.int32]


@njit(cache=True, nogil=True, inline="always")
def _step(block: Matrix32, row: int, nodes: Any, at: int) -> Any:
    node = nodes[at]
    return node.left + np.int32(block[row, node.column] > node.threshold)


@njit(cache=True, nogil=True)
def _fill(block: Matrix32, values: Matrix32, source: Places, upward: Places, start: int, stop: int) -> None:
    """Write the columns that splits read: not-a-number as an infinity, upward or downward as each one says."""
    for i in range(block.shape[0]):
        row = min(start + i, stop - 1)
        for j in range(source.shape[0]):
            x = values[row, source[j]]
            if np.isnan(x):
                x = np.float32(np.inf) if upward[j] else np.float32(-np.inf)
            block[i, j] = x


@njit(cache=True, nogil=True)
def margins(values: Matrix32, nodes: Any, mean: Floats, root: Places, source: Places, upward: Places) -> Floats:
    """Return the sum of leaf values of each row, added in the order of trees."""
    rows = values.shape[0]
    total = np.zeros(rows + _TOGETHER, np.float64)
    block = np.empty((_BLOCK, max(source.shape[0], 1)), np.float32)
    for start in range(0, rows, _BLOCK):
        stop = min(start + _BLOCK, rows)
        _fill(block, values, source, upward, start, stop)
        for tree in range(root.shape[0]):
            for row in range(0, stop - start, _TOGETHER):
                a = b = c = d = e = f = g = h = root[tree]
                while True:
                    a1 = _step(block, row, nodes, a)
                    b1 = _step(block, row + 1, nodes, b)
                    c1 = _step(block, row + 2, nodes, c)
                    d1 = _step(block, row + 3, nodes, d)
                    e1 = _step(block, row + 4, nodes, e)
                    f1 = _step(block, row + 5, nodes, f)
                    g1 = _step(block, row + 6, nodes, g)
                    h1 = _step(block, row + 7, nodes, h)
                    if ((a1 ^ a) | (b1 ^ b) | (c1 ^ c) | (d1 ^ d) | (e1 ^ e) | (f1 ^ f) | (g1 ^ g) | (h1 ^ h)) == 0:
                        break
                    a, b, c, d, e, f, g, h = a1, b1, c1, d1, e1, f1, g1, h1
                at = start + row
                total[at] += mean[a]
                total[at + 1] += mean[b]
                total[at + 2] += mean[c]
                total[at + 3] += mean[d]
                total[at + 4] += mean[e]
                total[at + 5] += mean[f]
                total[at + 6] += mean[g]
                total[at + 7] += mean[h]
    return total[:rows]


@njit(cache=True, nogil=True)
def contributions(values: Matrix32, nodes: Any, mean: Floats, root: Places, source: Places, upward: Places) -> Floats:
    """Return, per row and feature, the changes of the expected margin along the row's paths."""
    rows, columns = values.shape
    moved = np.zeros((rows, columns), np.float64)
    block = np.empty((1, max(source.shape[0], 1)), np.float32)
    for row in range(rows):
        _fill(block, values, source, upward, row, row + 1)
        for tree in range(root.shape[0]):
            at = root[tree]
            after = _step(block, 0, nodes, at)
            while after != at:
                moved[row, source[nodes[at].column]] += mean[after] - mean[at]
                at = after
                after = _step(block, 0, nodes, at)
    return moved
