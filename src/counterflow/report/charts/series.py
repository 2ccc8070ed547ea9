"""Small multiples of series: counts with what was expected, the threshold, alarms, and what is not known yet."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.chart import Chart, specification

__all__ = ["Period", "series_chart", "series_summary"]

_HEIGHT = 150


@dataclass(frozen=True, slots=True)
class Period:
    """One period of a series, as it may be shown.

    Args:
        t: its name: first day or number.
        count: as reported; None where not known or withheld.
        expected: by the method; None where it gives none.
        upper: threshold of an alarm; None where there is none.
        alarm: whether it was an alarm.
        withheld: whether the count is known and not shown.
        low: lower end of the nowcast's interval; None where the count is final.
        high: its upper end.
        nowcast: its median.
        change: what changed in the panel, the definition or the source on that day, in words.
    """

    t: str
    count: float | None
    expected: float | None = None
    upper: float | None = None
    alarm: bool = False
    withheld: bool = False
    low: float | None = None
    high: float | None = None
    nowcast: float | None = None
    change: str = ""


def series_chart(name: str, periods: Sequence[Period], *, what: str = "counts", number: int = 0) -> Chart:
    """Return one series as a chart; several of the same `what` stand beside each other.

    Args:
        name: of the series.
        periods: oldest first.
        what: what is counted.
        number: place on the page, so that each chart has an id of its own.
    """
    values = [
        {
            "t": p.t, "count": p.count, "expected": _known(p.expected), "upper": _known(p.upper), "state": _state(p),
            "low": p.low, "high": p.high, "change": p.change or None,
        }
        for p in periods
    ]  # fmt: skip
    summary = series_summary(name, periods, what=what)
    x = {"field": "t", "type": "ordinal", "title": None, "axis": {"labelOverlap": True, "labelAngle": 0}}
    y = {"type": "quantitative", "title": None, "axis": {"tickCount": 3}}
    colour = {
        "field": "state", "type": "nominal", "scale": {"domain": ["quiet", "not final", "alarm"]},
        "legend": {"title": None, "orient": "top"},
    }  # fmt: skip
    tooltip = [{"field": f, "type": "nominal"} for f in ("t", "count", "expected", "upper", "low", "high", "state")]
    layers: list[dict[str, Any]] = [
        {"mark": "bar", "encoding": {"x": x, "y": y | {"field": "count"}, "color": colour, "tooltip": tooltip}},
        {"mark": {"type": "line", "interpolate": "step", "strokeWidth": 2}, "encoding": {
            "x": x, "y": y | {"field": "expected"}}},
        {"mark": {"type": "line", "interpolate": "step", "strokeDash": [4, 3]}, "encoding": {
            "x": x, "y": y | {"field": "upper"}}},
    ]  # fmt: skip
    if any(p.high is not None for p in periods):
        layers.append({"mark": "rule", "encoding": {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}}})
    if any(p.change for p in periods):
        layers.append({
            "transform": [{"filter": "datum.change != null"}],
            "mark": {"type": "rule", "strokeDash": [2, 2]}, "encoding": {"x": x, "tooltip": {"field": "change"}},
        })  # fmt: skip
    rows = tuple(
        (
            p.t,
            "withheld" if p.withheld else numbers.amount(p.count),
            numbers.amount(p.expected),
            numbers.amount(p.upper),
            _nowcast_words(p),
            "alarm" if p.alarm else "",
            p.change,
        )
        for p in periods
    )
    heads = ("Period", "Reported", "Expected", "Alarm above", "Nowcast", "Alarm", "Change")
    spec = specification(values, summary, height=_HEIGHT, layer=layers) if values else None
    return Chart(f"series-{number}", name, summary, spec, heads, rows)


def series_summary(name: str, periods: Sequence[Period], *, what: str = "counts") -> str:
    """Return what can be read from a series, in one or two sentences."""
    if not periods:
        return f"{name}: no {what}."
    last = periods[-1]
    reported = "withheld" if last.withheld else "not known" if last.count is None else numbers.amount(last.count)
    told = f"{name}: {reported} {what} reported in {last.t}"
    if _known(last.expected) is not None:
        told += f", {numbers.amount(last.expected)} expected"
    if last.nowcast is not None:
        told += f"; {_nowcast_words(last)} when all reports are in"
    alarms = [p.t for p in periods if p.alarm]
    told += f". Alarms: {', '.join(alarms[-3:])}" if alarms else ". No alarm"
    hidden = sum(p.withheld for p in periods)
    told += f"; {numbers.counted(hidden, 'small count')} withheld." if hidden else "."
    return told


def _state(period: Period) -> str:
    return "alarm" if period.alarm else "not final" if period.high is not None else "quiet"


def _known(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def _nowcast_words(period: Period) -> str:
    if period.nowcast is None and period.high is None:
        return ""
    around: Mapping[str, object] = {"low": period.low, "high": period.high}
    middle = numbers.amount(period.nowcast) if period.nowcast is not None else ""
    return f"{middle} ({numbers.interval(around, 'amount')})".strip()
