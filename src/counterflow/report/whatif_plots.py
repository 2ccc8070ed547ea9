"""Plots of a capacity plan for its page: diminishing returns of a lane, and plans side by side, as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.markup import Safe, join, tag

__all__ = ["plans_svg", "returns_svg"]

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 460, 230, 44, 12, 12, 34
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
#: where the scale of a curve may end
_SCALES = (0.04, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
_ROW, _NAMES, _SIDE = 46, 14, 16


def returns_svg(rows: Sequence[Mapping[str, Any]], now: float | None, *, summary: str) -> Safe:
    """Draw a lane's curve with its interval, the dashed line of chance, and a dot where the lane stands now.

    Args:
        rows: `share_inspected`, `by_score`, `low`, `high`, `at_random`, in order of share.
        now: share inspected now.
        summary: what can be read from it.
    """
    if not rows:
        return Safe("")
    highest = max(float(row["high"]) for row in rows)
    most = next((step for step in _SCALES if highest <= step), 1.0)

    def across(share: float) -> float:
        # A square root scale: what matters happens where little is inspected.
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * math.sqrt(share)

    def up(found: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * float(found) / most

    def path(column: str) -> str:
        return " ".join(f"{across(r['share_inspected']):.1f},{up(r[column]):.1f}" for r in rows)

    back = " ".join(f"{across(r['share_inspected']):.1f},{up(r['low']):.1f}" for r in reversed(rows))
    marks = [_level(up(most * part), numbers.share(most * part)) for part in _TICKS]
    for share in (0.0, 0.02, 0.1, 0.4, 1.0):
        x = across(share)
        anchor = "end" if share == 1 else "middle"
        marks.append(tag("text", numbers.share(share), x=f"{x:.1f}", y=f"{_HEIGHT - 18}", text_anchor=anchor))
    marks.append(tag("text", "share inspected", x=f"{_WIDTH / 2}", y=f"{_HEIGHT - 3}", text_anchor="middle"))
    marks.append(tag("polygon", points=f"{path('high')} {back}", class_="band-area"))
    marks.append(tag("polyline", points=path("at_random"), class_="chance"))
    marks.append(tag("polyline", points=path("by_score"), class_="base"))
    if now is not None:
        marks.append(_now(rows, now, across, up))
    return tag("svg", join(*marks), viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=summary)


def plans_svg(plans: Sequence[Mapping[str, Any]], *, summary: str) -> Safe:
    """Draw each plan's harm found as a dot on its interval, the name above it, the present as an upright line."""
    if not plans:
        return Safe("")
    most = max(1e-9, *(float(p["harm_found"]["high"]) for p in plans))
    height = _ROW * len(plans) + 24

    def across(value: float) -> float:
        return _SIDE + (_WIDTH - 2 * _SIDE) * float(value) / most

    here = across(plans[0]["harm_found"]["value"])
    marks = [tag("line", x1=f"{here:.1f}", x2=f"{here:.1f}", y1="18", y2=f"{height - 22}", class_="rule")]
    for place, plan in enumerate(plans):
        found, y = plan["harm_found"], place * _ROW + 34
        marks.append(tag("text", plan["name"], x=str(_SIDE), y=f"{y - _NAMES}", class_="name"))
        ends = {"x1": f"{across(found['low']):.1f}", "x2": f"{across(found['high']):.1f}"}
        marks.append(tag("line", y1=str(y), y2=str(y), class_="span", **ends))
        marks.append(tag("circle", cx=f"{across(found['value']):.1f}", cy=str(y), r="5", class_="own"))
    for part in (0.0, 0.5, 1.0):
        anchor = {0.0: "start", 1.0: "end"}.get(part, "middle")
        x = f"{across(most * part):.1f}"
        marks.append(tag("text", numbers.amount(most * part), x=x, y=f"{height - 4}", text_anchor=anchor))
    return tag("svg", join(*marks), viewBox=f"0 0 {_WIDTH} {height}", role="img", aria_label=summary)


def _level(y: float, words: str) -> Safe:
    line = tag("line", x1=str(_LEFT), x2=str(_WIDTH - _RIGHT), y1=f"{y:.1f}", y2=f"{y:.1f}", class_="rule")
    return join(line, tag("text", words, x=str(_LEFT - 5), y=f"{y + 4:.1f}", text_anchor="end"))


def _now(rows: Sequence[Mapping[str, Any]], now: float, across: Any, up: Any) -> Safe:
    """Return the dot where a lane stands, on the straight piece of its curve between the shares beside it."""
    left = max((r for r in rows if r["share_inspected"] <= now), key=lambda r: r["share_inspected"])
    right = min((r for r in rows if r["share_inspected"] >= now), key=lambda r: r["share_inspected"], default=left)
    width = right["share_inspected"] - left["share_inspected"]
    part = (now - left["share_inspected"]) / width if width > 0 else 0.0
    found = left["by_score"] + part * (right["by_score"] - left["by_score"])
    return tag("circle", cx=f"{across(now):.1f}", cy=f"{up(found):.1f}", r="5", class_="own")
