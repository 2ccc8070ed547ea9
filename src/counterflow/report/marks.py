"""A drawing as a list of marks in its own coordinates, so that a page and a PDF show the same one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from counterflow.report.markup import Safe, join, tag

__all__ = ["Area", "Drawing", "Mark", "Path", "Triangle", "Words", "svg"]


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle; `kind` names its look."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True)
class Path:
    """A line through points; `kind` names its look."""

    points: tuple[tuple[float, float], ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Triangle:
    """A triangle that points down to (x, y)."""

    x: float
    y: float
    kind: str


@dataclass(frozen=True, slots=True)
class Words:
    """Text whose baseline begins, lies in the middle or ends at (x, y)."""

    x: float
    y: float
    text: str
    anchor: str = "start"


Mark: TypeAlias = Area | Path | Triangle | Words


@dataclass(frozen=True, slots=True)
class Drawing:
    """Marks on a sheet of `width` by `height`, with what can be read from it in a sentence."""

    width: float
    height: float
    marks: tuple[Mark, ...]
    summary: str


def svg(drawing: Drawing) -> Safe:
    """Return a drawing as SVG that is as wide as the page gives; kinds become classes."""
    box = f"0 0 {drawing.width:g} {drawing.height:g}"
    return tag("svg", join(*_svg(drawing.marks)), viewBox=box, role="img", aria_label=drawing.summary)


def _svg(marks: Sequence[Mark]) -> list[Safe]:
    shown = []
    for mark in marks:
        match mark:
            case Area():
                size = {"width": f"{mark.width:.2f}", "height": f"{mark.height:.2f}"}
                shown.append(tag("rect", x=f"{mark.x:.2f}", y=f"{mark.y:.2f}", class_=mark.kind, **size))
            case Path():
                route = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in mark.points)
                shown.append(tag("path", d=route, class_=mark.kind))
            case Triangle():
                points = (
                    f"{mark.x:.1f},{mark.y:.1f} {mark.x - 5:.1f},{mark.y - 9:.1f} {mark.x + 5:.1f},{mark.y - 9:.1f}"
                )
                shown.append(tag("polygon", points=points, class_=mark.kind))
            case Words():
                shown.append(tag("text", mark.text, x=f"{mark.x:.1f}", y=f"{mark.y:.1f}", text_anchor=mark.anchor))
    return shown
