"""A series as SVG for pages without a script: what `charts.series` specifies."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from counterflow.report import numbers
from counterflow.report.charts.series import Period
from counterflow.report.markup import Safe, join, tag

__all__ = ["SERIES_STYLE", "series_svg"]

SERIES_STYLE = Safe(
    "svg .bar.late{fill:var(--bar);fill-opacity:.45}svg .bar.hot{fill:var(--warn)}svg .upper{fill:none;"
    "stroke:var(--soft);stroke-width:1.2;stroke-dasharray:4 3}svg .whisker{stroke:var(--doubt);stroke-width:1.6}"
    "svg .change{stroke:var(--doubt);stroke-width:1.2;stroke-dasharray:2 2}svg .hidden{fill:var(--soft);"
    "fill-opacity:.16}figure svg.series{max-width:34rem}"
)
_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 360, 150, 34, 20, 16
_LEAST = 1.0
#: so many times the highest count a threshold may lie to be drawn
_FAR = 1.6


def series_svg(periods: Sequence[Period], *, summary: str, small: int = 10, last: int = 60) -> Safe:
    """Draw counts as bars, what was expected as a stepped line, the threshold dashed, alarms as marks above.

    A count that is not final has a lighter bar with its nowcast's interval; one that is withheld is a pale box up to
    the smallest count that is shown; a dashed upright is a change of what is counted.

    Args:
        periods: oldest first.
        summary: what can be read from it.
        small: smallest count that is shown.
        last: so many of the latest periods are drawn.
    """
    shown = periods[-last:]
    if not shown:
        return Safe("")
    most = _most(shown, small)
    step, bottom = (_WIDTH - _LEFT) / len(shown), _HEIGHT - _BOTTOM

    def up(value: float) -> float:
        return bottom - (bottom - _TOP) * value / most

    marks = [_level(up(value), value) for value in (0.0, most / 2, most)]
    for place, period in enumerate(shown):
        marks += _period(period, _LEFT + place * step, step, up, small)
    for field, name in (("expected", "base"), ("upper", "upper")):
        values = [getattr(p, field) for p in shown]
        marks.append(_steps([v if v is not None and v <= most else None for v in values], step, up, name))
    marks.append(tag("text", shown[0].t, x=str(_LEFT), y=str(_HEIGHT - 5)))
    if len(shown) > 1:
        marks.append(tag("text", shown[-1].t, x=str(_WIDTH), y=str(_HEIGHT - 5), text_anchor="end"))
    box = f"0 0 {_WIDTH} {_HEIGHT}"
    return tag("svg", join(*marks), viewBox=box, role="img", aria_label=summary, class_="series")


def _most(periods: Sequence[Period], small: int) -> float:
    """Return the top of the scale: a threshold far above all counts does not press them flat, and is left out."""
    tall = [v for p in periods for v in (p.count, p.expected, p.high) if v is not None and math.isfinite(v)]
    tall += [float(small - 1)] if any(p.withheld for p in periods) or not any(tall) else []
    top = max(_LEAST, *tall)
    uppers = [p.upper for p in periods if p.upper is not None and p.upper <= _FAR * top]
    return max(top, *uppers) if uppers else top


def _period(period: Period, left: float, step: float, up: Callable[[float], float], small: int) -> list[Safe]:
    marks, zero, middle = [], up(0.0), left + step / 2
    top = zero
    if period.withheld:
        top = up(small - 1)
        marks.append(_box(left - step * 0.1, top, step * 1.25, zero, "hidden"))
    elif period.count is not None:
        top = up(period.count)
        late = " late" if period.high is not None else ""
        marks.append(_box(left, top, step, zero, "bar hot" if period.alarm else f"bar{late}"))
    if period.low is not None and period.high is not None:
        top = min(top, up(period.high))
        x = f"{middle:.1f}"
        marks.append(tag("line", x1=x, x2=x, y1=f"{up(period.low):.1f}", y2=f"{up(period.high):.1f}", class_="whisker"))
    if period.change:
        x = f"{left:.1f}"
        told = tag("title", f"{period.t}: {period.change}")
        marks.append(tag("line", told, x1=x, x2=x, y1=f"{_TOP}", y2=f"{zero:.1f}", class_="change"))
    if period.alarm:
        points = f"{middle:.1f},{top - 3:.1f} {middle - 4:.1f},{top - 11:.1f} {middle + 4:.1f},{top - 11:.1f}"
        marks.append(tag("polygon", tag("title", f"{period.t}: alarm"), points=points, class_="alarm"))
    return marks


def _box(left: float, top: float, step: float, zero: float, shown: str) -> Safe:
    size = {"width": f"{step * 0.8:.2f}", "height": f"{max(zero - top, 0):.2f}"}
    return tag("rect", x=f"{left + step * 0.1:.2f}", y=f"{top:.2f}", class_=shown, **size)


def _level(y: float, value: float) -> Safe:
    line = tag("line", x1=str(_LEFT), x2=str(_WIDTH), y1=f"{y:.1f}", y2=f"{y:.1f}", class_="rule")
    return join(line, tag("text", numbers.amount(value), x=str(_LEFT - 4), y=f"{y + 4:.1f}", text_anchor="end"))


def _steps(values: Sequence[float | None], step: float, up: Callable[[float], float], name: str) -> Safe:
    """Return a stepped line, broken where it is not known."""
    path, pen = [], False
    for place, value in enumerate(values):
        if value is None or not math.isfinite(value):
            pen = False
            continue
        left = _LEFT + place * step
        path.append(f"{'L' if pen else 'M'}{left:.1f} {up(value):.1f}H{left + step:.1f}")
        pen = True
    return tag("path", d="".join(path), class_=name) if path else Safe("")
