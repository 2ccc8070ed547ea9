"""The ladder: met, on track, behind, missed or not assessable, each with its reason.

On track means: at the latest actual, at or better than a straight line from the baseline through the milestones to
what is to be reached (the rule of the Office of National Drug Control Policy's performance reports). It says nothing
of how likely the target is; that stands beside it as a probability.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from counterflow.account.indicators.amounts import as_text, same_unit
from counterflow.account.indicators.records import Actual, Break, Indicator, Reading, Target

__all__ = ["STATUSES", "Standing", "broken_by", "expected_at", "latest_of", "others_of", "series_of", "standing"]

STATUSES = ("met", "on track", "behind", "missed", "not assessable")


@dataclass(frozen=True, slots=True)
class Standing:
    """How one reading of a target stands.

    Args:
        status: one of `STATUSES`.
        reason: in words.
        expected: value of the path on the last day of the latest actual; None where there is no path there.
        way: share of the way from the baseline that has been gone; None where not known.
    """

    status: str
    reason: str
    expected: float | None = None
    way: float | None = None


def series_of(indicator: Indicator, actuals: Sequence[Actual]) -> tuple[list[Actual], int]:
    """Return the actuals of an indicator, one a period, oldest first, and how many follow another definition.

    Of several for one period the one known last holds; one that follows another definition is left out, unless a
    linked break carries the series over.
    """
    linked = any(one.linked for one in indicator.breaks)
    mine = [one for one in actuals if one.indicator == indicator.id]
    kept = [one for one in mine if linked or not one.definition or not indicator.definition
            or one.definition == indicator.definition]  # fmt: skip
    last: dict[tuple[dt.date, dt.date], Actual] = {}
    for one in sorted(kept, key=lambda each: (each.period.last, each.as_of or each.period.last)):
        last[(one.period.first, one.period.last)] = one
    return sorted(last.values(), key=lambda one: (one.period.last, one.period.first)), len(mine) - len(kept)


def others_of(indicator: Indicator, actuals: Sequence[Actual]) -> list[Actual]:
    """Return the latest actual of each definition that is not the indicator's own: shown beside, never judged by."""
    kept = {id(one) for one in series_of(indicator, actuals)[0]}
    last: dict[str, Actual] = {}
    for one in sorted(actuals, key=lambda each: (each.period.last, each.as_of or each.period.last)):
        if one.indicator == indicator.id and id(one) not in kept and one.definition != indicator.definition:
            last[one.definition] = one
    return list(last.values())


def latest_of(series: Sequence[Actual]) -> Actual | None:
    """Return the actual of the latest period."""
    return series[-1] if series else None


def broken_by(indicator: Indicator, since: dt.date, until: dt.date) -> Break | None:
    """Return the first break between two days that nothing links over."""
    return next((one for one in indicator.breaks if since < one.on <= until and not one.linked), None)


def expected_at(target: Target, reading: Reading, day: dt.date) -> float | None:
    """Return the value of the path on `day`: straight lines from baseline through milestones to the deadline."""
    base = target.baseline
    if base is None or base.period is None or reading.amount is None:
        return None
    points = [(base.period.last, base.amount.value)]
    points += [(one.period.last, one.amount.value) for one in sorted(target.milestones, key=lambda m: m.period.last)
               if base.period.last < one.period.last < reading.deadline.last]  # fmt: skip
    points.append((reading.deadline.last, reading.amount.value))
    if day <= points[0][0]:
        return None
    for (first, low), (last, high) in pairwise(points):
        if day <= last:
            return low + (high - low) * (day - first).days / max(1, (last - first).days)
    return points[-1][1]


def standing(  # noqa: PLR0911 - one way out for each rung
    target: Target, reading: Reading, indicator: Indicator, series: Sequence[Actual], today: dt.date
) -> Standing:
    """Return how one reading stands on `today`, from the actuals of its indicator (one a period, oldest first)."""
    why_not = _why_not(target, reading, indicator, series)
    if why_not:
        return Standing("not assessable", why_not)
    base = target.baseline
    assert base is not None and base.period is not None and reading.amount is not None  # noqa: S101, PT018 - asked above
    after = [one for one in series if one.period.last > base.period.last]
    passed = today > reading.deadline.last
    if passed:
        return _at_deadline(target, reading, indicator, after)
    latest = after[-1]
    expected = expected_at(target, reading, latest.period.last)
    value = _counted(target, after)
    gone = reading.amount.value - base.amount.value
    told = _told(value, latest, indicator.unit)
    way = (value - base.amount.value) / gone if gone and target.form == "level" else None
    once = target.form == "any-time" and any(_reached(one.amount.value, reading.amount.value, indicator.direction)
                                             for one in after)  # fmt: skip
    if once:
        return Standing("met", f"{told}; it was reached on the way.", expected, way)
    if _reached(value, reading.amount.value, indicator.direction):
        if target.form != "level":
            return Standing("met", f"{told}: reached.", expected, way)
        words = f"{told}: at what is to be reached already; it counts as met if that holds at the deadline."
        return Standing("on track", words, expected, way)
    if target.form != "level" or expected is None:
        words = f"{told}; {as_text(reading.amount.value)} is to be reached by {reading.deadline.text}."
        return Standing("behind" if target.form == "cumulative" else "on track", words, expected, way)
    better = _reached(value, expected, indicator.direction)
    words = f"{told}; the path asks for {as_text(expected)} by then."
    if latest.low is not None and latest.high is not None and latest.low < expected < latest.high:
        words += f" Its interval, {as_text(latest.low)} to {as_text(latest.high)}, covers the path: it may be either."
    return Standing("on track" if better else "behind", words, expected, way)


def _why_not(  # noqa: PLR0911 - one way out for each reason
    target: Target, reading: Reading, indicator: Indicator, series: Sequence[Actual]
) -> str:
    """Return why nothing can be said; "" where it can."""
    if target.baseline is None or target.baseline.period is None:
        return "The source states no baseline."
    if reading.amount is None:
        return "It does not say what is to be reached."
    if indicator.direction not in ("up", "down"):
        return "It does not say which way is better."
    after = [one for one in series if one.period.last > target.baseline.period.last]
    if not after:
        said = f"the last is of {series[-1].period.text}" if series else "none is on record"
        return f"No actual after the baseline: {said}."
    wrong = next((one for one in after if not same_unit(one.amount.unit, reading.amount.unit)), None)
    if wrong is not None:
        return f"The actual of {wrong.period.text} is in {wrong.amount.unit}, the target in {reading.amount.unit}."
    broken = broken_by(indicator, target.baseline.period.last, after[-1].period.last)
    if broken is not None:
        return f"The definition changed on {broken.on} ({broken.words or 'not said how'}), and nothing links the two."
    return ""


def _at_deadline(target: Target, reading: Reading, indicator: Indicator, after: Sequence[Actual]) -> Standing:
    assert reading.amount is not None  # noqa: S101 - asked before
    day, goal = reading.deadline.last, reading.amount.value
    until = [one for one in after if one.period.last <= day]
    if target.form == "any-time" and any(_reached(one.amount.value, goal, indicator.direction) for one in until):
        return Standing("met", "It was reached before the deadline.", goal)
    due = next((one for one in after if one.period.first <= day <= one.period.last), None)
    if due is None:
        said = f"the last is of {after[-1].period.text}" if after else "none is on record"
        return Standing("not assessable", f"The deadline has passed, and no actual covers it: {said}.", goal)
    value = sum(one.amount.value for one in until) if target.form == "cumulative" else due.amount.value
    met = _reached(value, goal, indicator.direction)
    words = f"{_told(value, due, indicator.unit)}; {as_text(goal)} was to be reached."
    if due.low is not None and due.high is not None and due.low < goal < due.high:
        words += f" Its interval, {as_text(due.low)} to {as_text(due.high)}, covers that value."
    return Standing("met" if met else "missed", words, goal, None)


def _counted(target: Target, after: Sequence[Actual]) -> float:
    if target.form == "cumulative":
        return sum(one.amount.value for one in after)
    return after[-1].amount.value


def _reached(value: float, goal: float, direction: str) -> bool:
    return value >= goal if direction == "up" else value <= goal


def _told(value: float, actual: Actual, unit: str) -> str:
    return f"{as_text(value)}{' ' + unit if unit else ''} in {actual.period.text}"
