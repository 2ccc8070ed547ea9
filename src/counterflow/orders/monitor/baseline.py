"""What is to be expected of a month: learned from clean months only, and never from an alarm.

* The level is the mean of the last `window` months that taught (those of strength under `teach`, without an open alarm
  then), the latest `lag` left out. From the end of the warm-up it may grow by `growth` a year and no faster: a slow
  ramp cannot lift it as it goes.
* The variance of a month is the sample variance v̂ of those n months, shrunk towards what is usual:
  v = (ν v₀ + (n − 1) v̂) / (ν + n − 1), v₀ = lumpiness × lot × level + (spread × level)², ν = `prior_months`. Lot is the
  quantity of one visit, Σq²/Σq over days: for visits at random times, compound Poisson, lot × level is the variance
  (Feller 1968, vol. 1, XII.2). Without shrinking, a dozen even months make the next ordinary one look impossible.
* Until the warm-up ends the level leans on that of peers: the mean of ln level, own and peers' median, each weighed by
  its precision (a normal prior; Gelman et al. 2013, Bayesian Data Analysis, eq. 2.12).
* A declared volume stands in for the level until the warm-up ends (`watch` then counts what was ordered beyond it in
  all, because a declaration tells a level and not a rhythm); then at most `declared_room` times what the
  customer has in truth been ordering is believed. A level that a person accepted counts as `given_months` months.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from counterflow.matching.machine_code import njit
from counterflow.orders.monitor.layout import (
    ANCHOR,
    ANCHORED,
    COUNT,
    DECLARED,
    EXPECTED,
    FACTOR,
    GIVEN,
    GIVEN_AT,
    HOW,
    HOW_CAPPED,
    HOW_DECLARED,
    HOW_GIVEN,
    HOW_OWN,
    HOW_PEERS,
    LOT,
    MEAN,
    MEDIAN,
    P_DECLARED_ROOM,
    P_FEW,
    P_GIVEN_MONTHS,
    P_GROWTH,
    P_LAG,
    P_LUMPINESS,
    P_NEW_VARIANCE,
    P_PEERS,
    P_PRIOR_MONTHS,
    P_SPREAD,
    P_WARM_UP,
    P_WINDOW,
    PEERS,
    SPREAD,
    UNKNOWN,
    VARIANCE,
)

__all__ = ["expect", "learn"]

Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.int8]


@njit
def learn(
    t: int, r: int, quantity: Floats, squares: Floats, learned: Bytes, started: int, state: Floats, p: Floats
) -> int:
    """Set level, variance and lot of row `r` from the months before column `t` that taught; return their number."""
    count, total, total_squares, visits = 0, 0.0, 0.0, 0.0
    first = max(started, int(state[r, GIVEN_AT]))
    skipped = int(p[P_LAG])
    for u in range(t - 1, first - 1, -1):
        if learned[r, u] == 0:
            continue
        if u >= t - skipped and u - first >= p[P_FEW]:
            continue  # too late to teach, where there is enough without it
        count += 1
        total += quantity[r, u]
        total_squares += quantity[r, u] * quantity[r, u]
        visits += squares[r, u]
        if count >= p[P_WINDOW]:
            break
    _set_level(t, r, count, total, state, p)
    level = state[r, MEAN]
    if total > 0.0:
        state[r, LOT] = visits / total
        mean = total / count
        sample = max(total_squares / count - mean * mean, 0.0) * count / max(count - 1.0, 1.0)
        usual = p[P_LUMPINESS] * state[r, LOT] * level + p[P_SPREAD] * p[P_SPREAD] * level * level
        weight = p[P_PRIOR_MONTHS] + count - 1.0
        state[r, VARIANCE] = (p[P_PRIOR_MONTHS] * usual + (count - 1.0) * sample) / max(weight, 1.0)
    return count


@njit
def _set_level(t: int, r: int, count: int, total: float, state: Floats, p: Floats) -> int:
    """Set the level from the sum of the months that taught; a level that is given or declared counts with them."""
    own, months = total, float(count)
    state[r, HOW] = HOW_OWN
    if state[r, GIVEN] > 0.0 and count < p[P_WINDOW]:
        own += p[P_GIVEN_MONTHS] * state[r, GIVEN]
        months += p[P_GIVEN_MONTHS]
        state[r, HOW] = HOW_GIVEN
    if own > 0.0:
        state[r, MEAN] = own / months  # without any order in the window, the level that was known stays
        state[r, COUNT] = months
    if months >= p[P_WARM_UP] and state[r, ANCHORED] < 0 and own > 0.0:
        state[r, ANCHORED], state[r, ANCHOR] = t, state[r, MEAN]
    if state[r, ANCHORED] >= 0:
        most = state[r, ANCHOR] * math.pow(1.0 + p[P_GROWTH], (t - state[r, ANCHORED]) / 12.0)
        if state[r, MEAN] > most:
            state[r, MEAN], state[r, HOW] = most, HOW_CAPPED
    if state[r, DECLARED] > 0.0 and state[r, GIVEN] <= 0.0:
        believed = state[r, DECLARED]
        if state[r, COUNT] >= p[P_WARM_UP] and own > 0.0:
            believed = min(believed, p[P_DECLARED_ROOM] * own / months)
        state[r, MEAN], state[r, HOW] = believed, HOW_DECLARED
        state[r, COUNT] = max(state[r, COUNT], p[P_GIVEN_MONTHS])
        state[r, VARIANCE] = max(state[r, VARIANCE], p[P_SPREAD] * p[P_SPREAD] * believed * believed)
    return 0


@njit
def expect(r: int, g: int, peers: Floats, state: Floats, p: Floats) -> bool:
    """Set what is expected of the month at hand and how unsure that is; return whether anything can be expected.

    Args:
        r: the row.
        g: its group.
        peers: what is known of the groups.
        state: states of the rows.
        p: the setting.
    """
    level, count = state[r, MEAN], state[r, COUNT]
    unknown = state[r, VARIANCE] / max(count, 1.0) / (level * level) if level > 0.0 else 0.0
    unknown += p[P_NEW_VARIANCE] * max(1.0 - count / p[P_WINDOW], 0.0)
    leans = peers[g, PEERS] >= p[P_PEERS] and count < p[P_WARM_UP] and state[r, HOW] == HOW_OWN
    if leans:
        theirs = 1.0 / (peers[g, SPREAD] * peers[g, SPREAD])
        ours = 1.0 / unknown if level > 0.0 else 0.0
        own_log = math.log(level) if level > 0.0 else 0.0
        level = math.exp((own_log * ours + peers[g, MEDIAN] * theirs) / (ours + theirs))
        unknown = 1.0 / (ours + theirs)
        state[r, HOW] = HOW_PEERS
    elif level <= 0.0 or (count < p[P_FEW] and state[r, HOW] == HOW_OWN):
        return False
    if state[r, HOW] != HOW_DECLARED:
        level *= peers[g, FACTOR]
    least = p[P_SPREAD] * level
    if state[r, MEAN] <= 0.0:
        least = level
    state[r, VARIANCE] = max(state[r, VARIANCE], least * least)
    state[r, EXPECTED], state[r, UNKNOWN] = level, unknown
    return True
