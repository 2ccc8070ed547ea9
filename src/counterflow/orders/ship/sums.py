"""How much a customer has had of a substance in the period that the law counts, up to and including each order.

Sums run over whole days: what was ordered on one day counts together, so that the order of rows, and a line split in
two, change nothing. Amounts are summed as whole micrograms (or microlitres, or millionths of a unit), so that a sum is
the same however it was put together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Running", "bucket_of", "running"]

Ints = npt.NDArray[np.int64]
_PER_UNIT = 1e6
_MOST = 4e12  # a single line above this many units is cut: no order has four million tonnes
_ROLLING_DAYS = {"30 days": 30}


@dataclass(frozen=True)
class Running:
    """For each line: the sum of its period so far, how many lines are in it, and the latest line of an earlier day.

    Args:
        total: sum up to and including the line's day, in the unit of the amounts.
        count: lines in that sum.
        before: position of the latest line of an earlier day of the same period; -1 where there is none.
    """

    total: npt.NDArray[np.float64]
    count: Ints
    before: Ints


def bucket_of(period: str, day: Ints, order: Ints) -> Ints:
    """Return the period of each line as a number: its order, its day, its calendar month or year; 0 where it rolls.

    Args:
        period: transaction | day | 30 days | month | year.
        day: days since 1970-01-01.
        order: number of the order of each line.
    """
    if period == "transaction":
        return order
    if period == "day":
        return day
    if period in _ROLLING_DAYS:
        return np.zeros_like(day)
    unit = "M" if period == "month" else "Y"
    return day.astype("datetime64[D]").astype(f"datetime64[{unit}]").astype(np.int64)


def running(who: Ints, period: str, day: Ints, order: Ints, amount: npt.NDArray[np.float64]) -> Running:
    """Sum amounts per customer and period, through each line's day.

    Args:
        who: number of the customer (and site) of each line.
        period: transaction | day | 30 days | month | year.
        day: days since 1970-01-01.
        order: number of the order of each line.
        amount: never negative; NaN counts as nothing.

    >>> day = np.array([0, 0, 9, 40]); one = np.zeros(4, np.int64)
    >>> running(one, "month", day, np.arange(4), np.array([1.0, 2.0, 3.0, 4.0])).total.tolist()
    [3.0, 3.0, 6.0, 4.0]
    """
    group = _group(who, bucket_of(period, day, order))
    by = np.lexsort((np.arange(len(group)), day, group))
    g, d = group[by], day[by] - (int(day.min()) if len(day) else 0)
    small = np.rint(np.clip(np.nan_to_num(amount[by]), 0, _MOST) * _PER_UNIT).astype(np.int64)
    through = np.concatenate([[0], np.cumsum(small)])  # wraps around harmlessly: only differences are used
    place = g * (int(d.max(initial=0)) + 64) + d  # days of one group stand together, groups never meet
    last = np.searchsorted(place, place, side="right")
    first_of_day = np.searchsorted(place, place, side="left")
    back = _ROLLING_DAYS.get(period)
    begins = (
        np.searchsorted(g, g, side="left")
        if back is None
        else np.maximum(np.searchsorted(place, place - back + 1, side="left"), np.searchsorted(g, g, side="left"))
    )
    total, count, before = np.empty(len(g)), np.empty(len(g), np.int64), np.full(len(g), -1, np.int64)
    total[by] = (through[last] - through[begins]) / _PER_UNIT
    count[by] = last - begins
    before[by] = np.where(first_of_day > begins, by[np.maximum(first_of_day - 1, 0)], -1)
    return Running(total, count, before)


def _group(who: Ints, bucket: Ints) -> Ints:
    """Return one number for each (who, bucket), from 0."""
    if not len(who):
        return who
    span = int(bucket.max() - bucket.min()) + 1
    return np.unique(who * span + (bucket - bucket.min()), return_inverse=True)[1].astype(np.int64)
