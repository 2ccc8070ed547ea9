"""What peers do: customers of the same business line, with the same product in the same measure.

Their median growth over their own baselines in the last three months lifts what is expected of each of them, so that
a market that grows alarms nobody; it never lowers it, and at most by `peers_most`. The median is that of a histogram
of logarithms (slots of 2 %), shrunk towards no growth by n / (n + `peers`).

Their baselines' median and spread (a quartile range over 1.349) say what a new customer may be like.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from counterflow.matching.machine_code import njit
from counterflow.orders.monitor.layout import (
    COUNT,
    FACTOR,
    MEAN,
    MEDIAN,
    P_PEERS,
    P_PEERS_MOST,
    PEERS,
    SLOTS,
    SPREAD,
)

__all__ = ["ask_peers"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: range of ln growth and of ln level that the histograms cover
_GROWTH_FROM, _GROWTH_RANGE = -4.0, 8.0
_LEVEL_FROM, _LEVEL_RANGE = -12.0, 36.0
#: months that a baseline must rest on to count among peers; and the least spread of levels taken for true
_SETTLED = 6
_LEAST_SPREAD = 0.5


@njit
def _slot(value: float, start: float, reach: float) -> int:
    return min(max(int((value - start) / reach * SLOTS), 0), SLOTS - 1)


@njit
def _quantile(slots: Floats, g: int, first: int, share: float) -> float:
    """Return the place (0 to 1) at which `share` of the weight of a histogram is reached."""
    total = 0.0
    for b in range(SLOTS):
        total += slots[g, first + b]
    reached = 0.0
    for b in range(SLOTS):
        reached += slots[g, first + b]
        if reached >= share * total:
            return (b + 0.5) / SLOTS
    return 1.0


@njit
def _note(t: int, quantity: Floats, started: Ints, group: Ints, state: Floats, slots: Floats) -> int:
    """Enter each settled row's growth and level into the histograms of its group."""
    for r in range(len(group)):
        if t < started[r] or state[r, COUNT] < _SETTLED or state[r, MEAN] <= 0.0:
            continue
        months, total = 0, 0.0
        for u in range(max(t - 2, started[r]), t + 1):
            total += quantity[r, u]
            months += 1
        growth = math.log(max(total / (months * state[r, MEAN]), 0.02))
        slots[group[r], _slot(growth, _GROWTH_FROM, _GROWTH_RANGE)] += 1.0
        slots[group[r], SLOTS + _slot(math.log(state[r, MEAN]), _LEVEL_FROM, _LEVEL_RANGE)] += 1.0
    return 0


@njit
def ask_peers(
    t: int, quantity: Floats, started: Ints, group: Ints, state: Floats, slots: Floats, peers: Floats, p: Floats
) -> int:
    """Set what is known of every group of peers at column `t`."""
    for g in range(len(peers)):
        for b in range(2 * SLOTS):
            slots[g, b] = 0.0
    _note(t, quantity, started, group, state, slots)
    for g in range(len(peers)):
        count = 0.0
        for b in range(SLOTS):
            count += slots[g, b]
        peers[g, PEERS], peers[g, FACTOR] = count, 1.0
        if count < p[P_PEERS]:
            continue
        median = _GROWTH_FROM + _GROWTH_RANGE * _quantile(slots, g, 0, 0.5)
        shrunk = median * count / (count + p[P_PEERS])
        peers[g, FACTOR] = math.exp(min(max(shrunk, 0.0), math.log(p[P_PEERS_MOST])))
        peers[g, MEDIAN] = _LEVEL_FROM + _LEVEL_RANGE * _quantile(slots, g, SLOTS, 0.5)
        width = _quantile(slots, g, SLOTS, 0.75) - _quantile(slots, g, SLOTS, 0.25)
        peers[g, SPREAD] = max(_LEVEL_RANGE * width / 1.349, _LEAST_SPREAD)
    return 0
