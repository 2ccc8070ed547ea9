"""A series as it was known, and a target set for it: what goes into a probability of reaching.

Points stand at the end of their period (day, week, month, quarter or year); periods are equal, gaps are allowed. A
target names a number, a day and a direction, and one of three kinds:

* ``level``: the value of the period that the deadline lies in;
* ``cumulative``: the sum of all periods after `since`, to the deadline;
* ``any-time``: at least one period from the baseline on, to the deadline, stands at or beyond the target.
"""

from __future__ import annotations

import datetime as dt
import math
from calendar import monthrange
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import InputError, UnknownName

__all__ = ["GRAINS", "Break", "Direction", "Kind", "Laid", "Point", "Series", "Target", "as_known", "lay", "reached"]

Floats = npt.NDArray[np.float64]
Direction = Literal["down", "up"]
Kind = Literal["level", "cumulative", "any-time"]
_DIRECTIONS = ("down", "up")
_KINDS = ("level", "cumulative", "any-time")
#: periods in a year, by the name of the period
GRAINS: dict[str, int] = {"year": 1, "quarter": 4, "month": 12, "week": 52}
_MONTHS = {"year": 12, "quarter": 3, "month": 1}
#: days between two points from which on their period has this name
_SPACING = ((5, 9, "week"), (27, 32, "month"), (88, 94, "quarter"), (360, 372, "year"))


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a series.

    Args:
        period_end: last day of its period.
        value: what was counted or measured.
        known_on: day it was known; None where nobody says, then on the last day of its period.
        low: lower end of the 95 % interval of a value that is itself an estimate, such as a nowcast.
        high: upper end.
    """

    period_end: dt.date
    value: float
    known_on: dt.date | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """A change of definition or method: what ends on or before `on` is of another kind, unless it was `linked`."""

    on: dt.date
    linked: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Points in order of time.

    Args:
        points: the values, each period once.
        unit: what they are in.
        breaks: changes of definition.
        name: for messages.
        rolling: periods that each value sums, where neighbours overlap: 12 for twelve months by month; 1 where not.
    """

    points: tuple[Point, ...]
    unit: str = ""
    breaks: tuple[Break, ...] = ()
    name: str = ""
    rolling: int = 1


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be reached.

    Args:
        value: at or below it (``down``), at or above it (``up``).
        by: the deadline.
        direction: ``down`` or ``up``.
        kind: ``level``, ``cumulative`` or ``any-time``, as above.
        baseline: where the series stood when the target was set; the straight line starts there.
        baseline_on: end of the period of the baseline.
        since: a cumulative target counts periods that end after it; the baseline's day where not given.
        unit: must be the unit of the series, where both are given.
    """

    value: float
    by: dt.date
    direction: Direction
    kind: Kind = "level"
    baseline: float | None = None
    baseline_on: dt.date | None = None
    since: dt.date | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Laid:
    """A series on equal steps.

    Args:
        grain: year, quarter, month or week.
        ends: last day of each step, without gaps.
        values: value of each step, NaN where there is no point.
        errors: standard error of each value in the unit of the series, 0 where it has no interval.
        ahead: steps from the last point to the one that holds the deadline; 0 or less where it has passed.
        rolling: steps that each value sums, 1 where they do not overlap.
    """

    grain: str
    ends: tuple[dt.date, ...]
    values: Floats
    errors: Floats
    ahead: int
    rolling: int = 1

    @property
    def per_year(self) -> int:
        """Steps in a year."""
        return GRAINS[self.grain]

    def coming(self) -> tuple[dt.date, ...]:
        """Return the ends of the steps from the last point to the deadline."""
        return tuple(_end(k, self.grain, self.ends[-1]) for k in range(1, self.ahead + 1))


def reached(values: Floats, target: Target) -> npt.NDArray[np.bool_]:
    """Return where values stand at or beyond the target."""
    return np.asarray(values <= target.value if target.direction == "down" else values >= target.value)


def as_known(series: Series, target: Target, as_of: dt.date | None) -> Series:
    """Return what of a series may be used: known by the day, after the last break that was not linked.

    Raises:
        InputError: the series or the target does not hold together: order, doubles, values, intervals, units.
    """
    _check_target(series, target)
    _check_points(series)
    cut = max((b.on for b in series.breaks if not b.linked and _in_force(b, as_of)), default=dt.date.min)
    day = as_of or dt.date.max
    kept = (p for p in series.points if p.period_end > cut and (p.known_on or p.period_end) <= day)
    return replace(series, points=tuple(kept))


def _in_force(one: Break, as_of: dt.date | None) -> bool:
    return as_of is None or one.on <= as_of


def _check_target(series: Series, target: Target) -> None:
    for what, name, known in (("direction", target.direction, _DIRECTIONS), ("kind of target", target.kind, _KINDS)):
        if name not in known:
            raise UnknownName(what, name, known)
    for column, value in (("value", target.value), ("baseline", target.baseline)):
        if value is not None and not math.isfinite(value):
            raise InputError("A target is a number.", column=column, value=value)
    if target.unit and series.unit and target.unit != series.unit:
        raise InputError(
            f"The target is in {target.unit!r}, the series in {series.unit!r}.", column="unit", value=target.unit,
            hint="Bring both to one unit; a change of unit is not guessed.",
        )  # fmt: skip
    if series.rolling > 1 and target.kind == "cumulative":
        hint = "Set the target for the level of the sum at the deadline, or give values that do not overlap."
        raise InputError("Sums that overlap are not summed.", column="kind", value=target.kind, hint=hint)
    if not 1 <= series.rolling <= 60:
        raise InputError("A value sums 1 to 60 periods.", column="rolling", value=series.rolling)
    started = target.baseline_on or target.since
    if started is not None and target.by <= started:
        raise InputError(
            f"The deadline {target.by} does not lie after the baseline {started}.", column="by", value=target.by,
            hint="A target is reached after it was set.",
        )  # fmt: skip


def _check_points(series: Series) -> None:
    where = series.name or None
    for before, after in pairwise(series.points):
        if after.period_end <= before.period_end:
            raise InputError(
                f"The point of {after.period_end} does not come after that of {before.period_end}.", file=where,
                column="period_end", value=after.period_end, hint="Sort the points; give each period once.",
            )  # fmt: skip
    for point in series.points:
        ends = (point.low, point.value, point.high)
        if not all(math.isfinite(end) for end in ends if end is not None):
            raise InputError("A point has a finite value.", file=where, column="value", value=point.value)
        if (point.low is None) != (point.high is None):
            raise InputError("An interval has two ends.", file=where, column="low", value=point.low)
        if point.low is not None and point.high is not None and not point.low <= point.value <= point.high:
            raise InputError(
                f"The value {point.value:g} of {point.period_end} lies outside its interval"
                f" {point.low:g} to {point.high:g}.", file=where, column="low", value=point.low,
            )  # fmt: skip


def lay(series: Series, by: dt.date) -> Laid:
    """Lay points on equal steps.

    Args:
        series: two points or more, in order.
        by: the deadline.

    Raises:
        InputError: points are not a week, month, quarter or year apart, or two lie in one period.
    """
    days = [point.period_end for point in series.points]
    grain = _grain(days, series.name)
    at = np.array([_number(day, grain, days[-1]) for day in days])
    if (np.diff(at) < 1).any():
        twice = days[int(np.flatnonzero(np.diff(at) < 1)[0]) + 1]
        raise InputError(
            f"Two points lie in one {grain}; the second is that of {twice}.", file=series.name or None,
            column="period_end", value=twice, hint="Sum or choose before asking.",
        )  # fmt: skip
    steps = int(at[-1] - at[0]) + 1
    values, errors = np.full(steps, np.nan), np.zeros(steps)
    values[at - at[0]] = [point.value for point in series.points]
    errors[at - at[0]] = [
        0.0 if p.low is None or p.high is None else (p.high - p.low) / (2 * 1.959963984540054) for p in series.points
    ]
    ends = tuple(_end(k + 1 - steps, grain, days[-1]) for k in range(steps))
    return Laid(grain, ends, values, errors, _number(by, grain, days[-1]), series.rolling)


def _grain(days: list[dt.date], name: str) -> str:
    gap = min((after - before).days for before, after in pairwise(days))
    for low, high, grain in _SPACING:
        if low <= gap <= high:
            return grain
    if gap > 372 and abs(gap - 365.25 * round(gap / 365.25)) <= 3:
        return "year"
    raise InputError(
        f"The closest points are {gap} days apart: not a week, month, quarter or year.", file=name or None,
        column="period_end", hint="Give equal periods; sum days to weeks first.",
    )  # fmt: skip


def _number(day: dt.date, grain: str, last: dt.date) -> int:
    """Return how many steps the period that a day lies in is away from that which ends on `last`."""
    if grain == "week":
        return -((last - day).days // 7)
    months = (day.year - last.year) * 12 + day.month - last.month
    return -(-months // _MONTHS[grain])


def _end(step: int, grain: str, last: dt.date) -> dt.date:
    """Return the end of the period that lies `step` steps from that which ends on `last`."""
    if grain == "week":
        return last + dt.timedelta(days=7 * step)
    year, month = divmod(last.year * 12 + last.month - 1 + step * _MONTHS[grain], 12)
    length = monthrange(year, month + 1)[1]
    whole = last.day == monthrange(last.year, last.month)[1]
    return dt.date(year, month + 1, length if whole else min(last.day, length))
