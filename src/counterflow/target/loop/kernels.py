"""The compiled part of the local search: which segments contain which records, and what that adds up to.

numba is loaded with this module, so only a process that searches pays for it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["evidence", "shared", "volumes", "weight_of"]

Bits = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]


@njit(cache=True, nogil=True)
def shared(
    codes: npt.NDArray[np.int32],
    ranks: Floats,
    record: int,
    rows: npt.NDArray[np.int64],
    width: float,
    bits: Bits,
) -> None:
    """Set in `bits` one bit per trait that each of `rows` shares with `record`; NaN is near to nothing."""
    columns = codes.shape[1]
    for n in range(len(rows)):
        word = np.uint64(0)
        for c in range(columns):
            if codes[record, c] >= 0 and codes[rows[n], c] == codes[record, c]:
                word |= np.uint64(1) << np.uint64(c)
        for c in range(ranks.shape[1]):
            if abs(ranks[rows[n], c] - ranks[record, c]) <= width:
                word |= np.uint64(1) << np.uint64(columns + c)
        bits[n] = word


@njit(cache=True, nogil=True)
def volumes(masks: Bits, bits: Bits, counts: Floats) -> Floats:
    """Return for each mask the sum of `counts` over the distinct `bits` that contain it."""
    total = np.zeros(len(masks))
    for h in range(len(masks)):
        mask = masks[h]
        for n in range(len(bits)):
            if bits[n] & mask == mask:
                total[h] += counts[n]
    return total


@njit(cache=True, nogil=True)
def evidence(masks: Bits, bits: Bits, bucket: npt.NDArray[np.int64], gain: Floats, starts: int) -> Floats:
    """Return (masks, starts, rates) the log likelihood ratio of "a scheme since start s at rate t" against none.

    Args:
        masks: conjunctions.
        bits: traits that each inspected record shares.
        bucket: the latest start that each record lies after; it counts for that one and all earlier starts.
        gain: (records, rates) log likelihood ratio of each record's outcome inside against outside a scheme.
        starts: number of starts, from the latest to the earliest.
    """
    rates = gain.shape[1]
    total = np.zeros((len(masks), starts, rates))
    for h in range(len(masks)):
        mask = masks[h]
        for n in range(len(bits)):
            if bits[n] & mask == mask:
                for t in range(rates):
                    total[h, bucket[n], t] += gain[n, t]
        for s in range(1, starts):
            for t in range(rates):
                total[h, s, t] += total[h, s - 1, t]
    return total


@njit(cache=True, nogil=True)
def weight_of(masks: Bits, weight: Floats, bits: Bits) -> Floats:
    """Return for each of `bits` the summed weight of the masks it contains."""
    total = np.zeros(len(bits))
    for n in range(len(bits)):
        for h in range(len(masks)):
            if bits[n] & masks[h] == masks[h]:
                total[n] += weight[h]
    return total
