"""Charts drawn as SVG for pages that stand alone, where no chart library may be fetched.

They show what `charts.timeline` and `charts.peers` specify; the sentence and the numbers stand beside them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.markup import Safe, join, tag

__all__ = ["peers_svg", "timeline_svg"]

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 760, 240, 56, 26, 18
_MOST_LABELS = 9
#: a scale never ends below this
_LEAST = 0.01
#: width of a month's name
_LABEL = 42


def timeline_svg(rows: Sequence[Mapping[str, Any]], *, summary: str) -> Safe:
    """Draw months as bars, the expectation as a stepped line, and alarms as marks above their month."""
    if not rows:
        return Safe("")
    most = max(_LEAST, *(max(float(r["quantity"]), float(r.get("baseline") or 0)) for r in rows))
    step = (_WIDTH - _LEFT) / len(rows)
    bottom, tall = _HEIGHT - _BOTTOM, _HEIGHT - _BOTTOM - _TOP

    def up(value: float) -> float:
        return bottom - tall * value / most

    marks = [_gridline(up(value), numbers.amount(value)) for value in _ticks(most)]
    every = max(1, math.ceil(len(rows) / _MOST_LABELS))
    for place, row in enumerate(rows):
        left = _LEFT + place * step
        height = bottom - up(float(row["quantity"]))
        shown = "bar open" if row.get("open") or row.get("alarm") else "bar"
        marks.append(_rect(left + step * 0.1, bottom - height, step * 0.8, height, shown))
        if row.get("alarm"):
            marks.append(_triangle(left + step / 2, up(float(row["quantity"])) - 4))
        if place % every == 0:
            x = min(left, _WIDTH - _LABEL)
            marks.append(tag("text", row["month"], x=f"{x:.1f}", y=f"{_HEIGHT - 8}"))
    marks.append(_steps(rows, step, up))
    box = f"0 0 {_WIDTH} {_HEIGHT}"
    return tag("svg", join(*marks), viewBox=box, role="img", aria_label=summary)


def peers_svg(peers: Sequence[float], own: float, *, summary: str) -> Safe:
    """Draw each peer as a dot on a scale of powers, and this customer as a larger one above them."""
    if not peers:
        return Safe("")
    height = 96
    top = max(*peers, own, 1.0)

    def across(value: float) -> float:
        return 16 + (_WIDTH - 40) * math.log1p(max(value, 0.0)) / math.log1p(top)

    marks = [tag("line", x1="16", x2=f"{_WIDTH - 24}", y1="66", y2="66", class_="rule")]
    for power in range(int(math.log10(top)) + 1):
        x = across(10.0**power)
        marks.append(tag("line", x1=f"{x:.1f}", x2=f"{x:.1f}", y1="62", y2="70", class_="rule"))
        marks.append(tag("text", numbers.count(10**power), x=f"{x:.1f}", y="86", text_anchor="middle"))
    marks += [
        tag("circle", cx=f"{across(value):.1f}", cy=f"{54 - 5 * (place % 4)}", r="4", class_="peer")
        for place, value in enumerate(sorted(peers))
    ]
    x = across(own)
    marks.append(tag("circle", cx=f"{x:.1f}", cy="24", r="7", class_="own"))
    near_end = x > _WIDTH * 0.7
    anchor, beside = ("end", x - 12) if near_end else ("start", x + 12)
    marks.append(tag("text", "this customer", x=f"{beside:.1f}", y="28", text_anchor=anchor))
    return tag("svg", join(*marks), viewBox=f"0 0 {_WIDTH} {height}", role="img", aria_label=summary)


def _ticks(most: float) -> list[float]:
    """Return two to five round values up to `most`."""
    unit = 10.0 ** math.floor(math.log10(most))
    size = next((unit * part for part in (5, 2, 1, 0.5) if most / (unit * part) >= 2), unit * 0.2)
    return [size * count for count in range(int(most / size) + 1)]


def _gridline(y: float, words: str) -> Safe:
    line = tag("line", x1=str(_LEFT), x2=str(_WIDTH), y1=f"{y:.1f}", y2=f"{y:.1f}", class_="rule")
    return join(line, tag("text", words, x=str(_LEFT - 6), y=f"{y + 4:.1f}", text_anchor="end"))


def _rect(x: float, y: float, width: float, height: float, shown: str) -> Safe:
    size = {"width": f"{width:.2f}", "height": f"{height:.2f}"}
    return tag("rect", x=f"{x:.2f}", y=f"{y:.2f}", class_=shown, **size)


def _triangle(x: float, y: float) -> Safe:
    points = f"{x:.1f},{y:.1f} {x - 6:.1f},{y - 11:.1f} {x + 6:.1f},{y - 11:.1f}"
    return tag("polygon", points=points, class_="alarm")


def _steps(rows: Sequence[Mapping[str, Any]], step: float, up: Any) -> Safe:
    """Return the expectation as a stepped line, broken where it is not known."""
    path, pen = [], False
    for place, row in enumerate(rows):
        if row.get("baseline") is None:
            pen = False
            continue
        y, left = up(float(row["baseline"])), _LEFT + place * step
        path.append(f"{'L' if pen else 'M'}{left:.1f} {y:.1f}H{left + step:.1f}")
        pen = True
    return tag("path", d="".join(path), class_="base") if path else Safe("")
