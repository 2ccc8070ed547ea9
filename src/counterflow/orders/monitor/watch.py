"""The watch itself: month after month over all rows, with only what was known by the end of each.

For each row and month, with y the quantity, b what was expected and v its variance (`baseline`, `deviance`):

* level: d₂, the signed root for the mean of the last two months, D = v/2b² + unknown + wander². One month alone counts
  half; two together are told most surely (measured: docs/methods/order-monitoring.md).
* sum: C = max(0, C + min(d₁, most) − allowance), d₁ that of the month alone: the CUSUM of Page 1954 (Biometrika 41,
  eq. 1), which finds a small lasting rise with the shortest delay for its false alarms (Lorden 1971, Ann. Math.
  Statist. 42(6), theorem 2); each month's part is bounded so that one heavy month cannot fill it (Lucas and Crosier
  1982, Communications in Statistics 11(23)).
* strength = max(d₂ / limit, C / sum_limit). It is no probability: 1 is where an alarm is raised, and it has no upper
  end.

An alarm is raised in a month whose own orders exceed what was expected, where strength reaches 1 and the excess is not
small in itself. From then on the customer's product is open until a decision disposes of it; while it is open nothing
is learned, and it is raised again when the two-month mean has grown `again`-fold over that of the last alarm.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterflow.matching.machine_code import Kernel, njit
from counterflow.orders.monitor.baseline import expect, learn
from counterflow.orders.monitor.deviance import signed_root
from counterflow.orders.monitor.layout import (
    ANCHOR,
    ANCHORED,
    COUNT,
    CUSUM,
    DECLARATION,
    DECLARED,
    DOSAGE,
    EVENT_COLUMN,
    EVENT_KIND,
    EVENT_TARGET,
    EVENT_VALUE,
    EXCESS,
    EXPECTED,
    FACTOR,
    GIVEN,
    GIVEN_AT,
    GIVEN_LEVEL,
    HOW,
    HOW_DECLARED,
    LEVEL,
    LOT,
    MEAN,
    P_AGAIN,
    P_ALLOWANCE,
    P_ANSWERED,
    P_LEAST_UNITS,
    P_LEAST_VISITS,
    P_LIMIT,
    P_LUMPINESS,
    P_MONTH_LIMIT,
    P_MOST_A_MONTH,
    P_SPREAD,
    P_STOCK_LOTS,
    P_STOCK_MONTHS,
    P_STOCK_MOST,
    P_SUM_LIMIT,
    P_TEACH,
    P_VISITS_FACTOR,
    P_WANDER,
    P_WARM_UP,
    SINCE,
    STOCK,
    STOCK_SQUARES,
    STOCK_TOTAL,
    TAKEN,
    UNKNOWN,
    VARIANCE,
    VISITS,
    WHY_AGAIN,
    WHY_LEVEL,
    WHY_SUM,
)
from counterflow.orders.monitor.peers import ask_peers

__all__ = ["WATCH"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.int8]


@njit
def _recent(t: int, r: int, quantity: Floats, first: int) -> float:
    """Return the mean of the last two months, or of the one since `first`."""
    if t - 1 >= first:
        return float((quantity[r, t] + quantity[r, t - 1]) / 2.0)
    return float(quantity[r, t])


@njit
def _weigh_declared(
    t: int, r: int, quantity: Floats, squares: Floats, kind: int, state: Floats, sum_part: Floats, p: Floats
) -> int:
    """Weigh the month of a new customer against what it declared: a level, not a rhythm.

    What counts is what was ordered beyond the declared volume so far, S = max(0, S + y - declared). A first stock and
    orders that last for months are no surplus: up to `stock_months` and `stock_lots` orders of its size lie ahead.
    """
    b, y = state[r, EXPECTED], quantity[r, t]
    state[r, STOCK] = max(0.0, state[r, STOCK] + y - b)
    state[r, STOCK_TOTAL] += y
    state[r, STOCK_SQUARES] += squares[r, t]
    lot = state[r, STOCK_SQUARES] / state[r, STOCK_TOTAL] if state[r, STOCK_TOTAL] > 0.0 else 0.0
    ahead = min(p[P_STOCK_MONTHS] + p[P_STOCK_LOTS] * lot / b, p[P_STOCK_MOST])
    sum_part[t, r] = state[r, STOCK] / (b * ahead)
    least = p[P_LEAST_UNITS] if kind == DOSAGE else 0.0
    return WHY_SUM if y > b and state[r, STOCK] >= least and sum_part[t, r] >= 1.0 else 0


@njit
def _weigh_usual(
    t: int, r: int, quantity: Floats, kind: int, state: Floats, level_part: Floats, sum_part: Floats, p: Floats
) -> int:
    """Weigh the month of one row; return why it would be told (`WHY_*`), 0 where it would not."""
    b = state[r, EXPECTED]
    y, first = quantity[r, t], int(state[r, SINCE])
    mean, months = _recent(t, r, quantity, first), (2.0 if t - 1 >= first else 1.0)
    relative = state[r, VARIANCE] / (b * b)
    alone = signed_root(y / b, relative + state[r, UNKNOWN])
    wander = p[P_WANDER] * p[P_WANDER]
    level = signed_root(mean / b, relative / months + state[r, UNKNOWN] + wander)
    step = min(max(alone, -p[P_MOST_A_MONTH]), p[P_MOST_A_MONTH])
    state[r, CUSUM] = max(0.0, state[r, CUSUM] + step - p[P_ALLOWANCE])
    state[r, EXCESS] = state[r, EXCESS] + y - b if state[r, CUSUM] > 0.0 else 0.0
    by_level, by_sum = max(level / p[P_LIMIT], alone / p[P_MONTH_LIMIT]), state[r, CUSUM] / p[P_SUM_LIMIT]
    least = state[r, LOT]
    if kind == DOSAGE:
        least = max(least, p[P_LEAST_UNITS])
    if kind == VISITS:
        by_level, by_sum = by_level / p[P_VISITS_FACTOR], by_sum / p[P_VISITS_FACTOR]
        least = p[P_LEAST_VISITS]
    level_part[t, r], sum_part[t, r] = by_level, by_sum
    excess = max(months * (mean - b), y - b, 0.0 if kind == VISITS else state[r, EXCESS])
    if y <= b or excess < least:
        return 0
    return (WHY_LEVEL if by_level >= 1.0 else 0) + (WHY_SUM if by_sum >= 1.0 else 0)


@njit
def _weigh(  # noqa: PLR0913, PLR0917
    t: int, r: int, quantity: Floats, squares: Floats, kind: int, state: Floats, level_part: Floats, sum_part: Floats,
    p: Floats,
) -> int:  # fmt: skip
    """Weigh the month of one row by what its baseline rests on."""
    if state[r, HOW] == HOW_DECLARED and state[r, COUNT] < p[P_WARM_UP]:
        return _weigh_declared(t, r, quantity, squares, kind, state, sum_part, p)
    return _weigh_usual(t, r, quantity, kind, state, level_part, sum_part, p)


@njit
def _tell(  # noqa: PLR0913, PLR0917
    t: int, r: int, e: int, why: int, kind: int, quantity: Floats, rows: Ints, state: Floats, is_open: Bytes,
    alarm: Bytes, p: Floats,
) -> int:  # fmt: skip
    """Raise an alarm where it is the first, or where an open one has grown."""
    mean = _recent(t, r, quantity, int(state[r, SINCE]))
    if is_open[e] == 0:
        is_open[e] = 1
        alarm[t, r] = why
        for q in range(rows[e], rows[e + 1]):
            state[q, CUSUM], state[q, EXCESS] = 0.0, 0.0
            state[q, LEVEL] = max(_recent(t, q, quantity, int(state[q, SINCE])), state[q, MEAN])
    elif kind != VISITS and (why & WHY_LEVEL) and _has_grown(mean, r, state, p):
        alarm[t, r] = why | WHY_AGAIN
        state[r, LEVEL] = mean
    return 0


@njit
def _has_grown(mean: float, r: int, state: Floats, p: Floats) -> bool:
    """Whether the two-month mean lies `again`-fold over the level last told, and beyond what chance does there."""
    told = state[r, LEVEL]
    if told <= 0.0:
        return True
    lot = state[r, LOT] if state[r, LOT] > 0.0 else mean
    chance = (p[P_LUMPINESS] * lot / told + p[P_SPREAD] * p[P_SPREAD]) / 2.0
    return bool(mean >= p[P_AGAIN] * told and signed_root(mean / told, chance) >= p[P_LIMIT])


@njit
def _dispose(
    t: int, e: int, target: int, level: float, quantity: Floats, rows: Ints, state: Floats, is_open: Bytes
) -> int:
    """Close what is open of customer and product `e`; with a level, begin anew from it (row `target`)."""
    is_open[e] = 0
    for q in range(rows[e], rows[e + 1]):
        state[q, CUSUM], state[q, EXCESS], state[q, STOCK], state[q, SINCE] = 0.0, 0.0, 0.0, t
        if level <= 0.0:
            continue
        given = level
        if q != target:  # days with orders, or another measure: what they are by now is accepted with it
            given = 0.0
            for u in range(max(t - 3, 0), t):
                given += quantity[q, u] / 3.0
        state[q, GIVEN], state[q, GIVEN_AT] = given, t
        state[q, ANCHORED], state[q, ANCHOR] = (t if given > 0.0 else -1), given
    return 0


@njit
def _happen(  # noqa: PLR0913, PLR0917
    t: int, at: int, late: int, events: Floats, entity: Ints, quantity: Floats, rows: Ints, state: Floats,
    is_open: Bytes,
) -> int:  # fmt: skip
    """Take in the events of column `t` from number `at` on; return the number of the first of a later column.

    Before the month is weighed (`late` = 0) a disposal closes what is open; one that finds nothing open was of an alarm
    of that very month, and is taken in afterwards (`late` = 1).
    """
    while at < len(events) and events[at, EVENT_COLUMN] <= t:
        kind, r, value = int(events[at, EVENT_KIND]), int(events[at, EVENT_TARGET]), events[at, EVENT_VALUE]
        if kind == DECLARATION:
            state[r, DECLARED] = value
        elif kind != TAKEN and is_open[entity[r]] == 1:
            given = value if kind == GIVEN_LEVEL else 0.0
            _dispose(t + late, entity[r], r, given, quantity, rows, state, is_open)
            events[at, EVENT_KIND] = TAKEN
        at += 1
    return at


@njit
def _answer(
    t: int, quantity: Floats, started: Ints, rows: Ints, state: Floats, is_open: Bytes, waited: Ints, p: Floats
) -> int:
    """Dispose of what has waited `P_ANSWERED` months, its level accepted: a queue that is worked, for planning."""
    if p[P_ANSWERED] <= 0.0:
        return 0
    for e in range(len(is_open)):
        waited[e] = waited[e] + 1 if is_open[e] == 1 else 0
        if waited[e] < p[P_ANSWERED]:
            continue
        row = rows[e]
        first = max(started[row], t - 3)
        level = 0.0
        for u in range(first, t):
            level += quantity[row, u] / (t - first)
        _dispose(t, e, row, max(level, state[row, MEAN]), quantity, rows, state, is_open)
        waited[e] = 0
    return 0


@njit
def _watch(  # noqa: PLR0913, PLR0917
    quantity: Floats, squares: Floats, group: Ints, entity: Ints, kind: Ints, started: Ints, rows: Ints, events: Floats,
    p: Floats, state: Floats, slots: Floats, peers: Floats, is_open: Bytes, waited: Ints, baseline: Floats,
    level_part: Floats, sum_part: Floats, alarm: Bytes, how: Bytes, learned: Bytes, opened: Bytes, factor: Floats,
) -> int:  # fmt: skip
    """Watch every row through every column; months before a row's first order stay as they were handed in."""
    at = 0
    for t in range(len(opened)):
        after = _happen(t, at, 0, events, entity, quantity, rows, state, is_open)
        _answer(t, quantity, started, rows, state, is_open, waited, p)
        for r in range(len(entity)):
            if t >= started[r]:
                learn(t, r, quantity, squares, learned, started[r], state, p)
        ask_peers(t, quantity, started, group, state, slots, peers, p)
        for g in range(len(peers)):
            factor[t, g] = peers[g, FACTOR]
        for r in range(len(entity)):
            if t < started[r]:
                continue
            learned[r, t] = 1
            if not expect(r, group[r], peers, state, p):
                continue
            baseline[t, r], how[t, r] = state[r, EXPECTED], int(state[r, HOW])
            why = _weigh(t, r, quantity, squares, kind[r], state, level_part, sum_part, p)
            if why:
                _tell(t, r, entity[r], why, kind[r], quantity, rows, state, is_open, alarm, p)
            learned[r, t] = 1 if max(level_part[t, r], sum_part[t, r]) < p[P_TEACH] else 0
        for r in range(len(entity)):
            if is_open[entity[r]] == 1 and t >= started[r]:
                learned[r, t] = 0
                state[r, CUSUM], state[r, EXCESS] = 0.0, 0.0
        at = _happen(t, at, 1, events, entity, quantity, rows, state, is_open)
        for e in range(len(is_open)):
            opened[t, e] = is_open[e]
        at = max(at, after)
    return 0


_PARTS = ("watch", "baseline", "deviance", "peers", "layout")
#: all rows through all months; makes no arrays of its own
WATCH = Kernel(
    name="order-watch",
    function=_watch,
    takes=(
        ("f8", 2), ("f8", 2), ("i8", 1), ("i8", 1), ("i8", 1), ("i8", 1), ("i8", 1), ("f8", 2),
        ("f8", 1), ("f8", 2), ("f8", 2), ("f8", 2), ("i1", 1), ("i8", 1), ("f8", 2), ("f8", 2),
        ("f8", 2), ("i1", 2), ("i1", 2), ("i1", 2), ("i1", 2), ("f8", 2),
    ),
    sources=tuple(f"counterflow.orders.monitor.{part}" for part in _PARTS),
)  # fmt: skip
