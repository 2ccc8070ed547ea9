"""A map as SVG for pages without a script: what `charts.places` specifies, with a scale and a legend."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.places import TILES, Band, Point, Ring, band_of, bands_of
from counterflow.report.markup import Safe, join, tag

__all__ = ["MAP_STYLE", "box_of", "places_svg", "tiles_svg"]

MAP_STYLE = Safe(
    "svg .land{fill:var(--sunk);stroke:var(--rule);stroke-width:.8}svg .dot{fill:var(--bar);fill-opacity:.6}"
    "svg .dot.near{fill:var(--doubt);fill-opacity:.85}svg .dot.hot{fill:var(--warn);fill-opacity:.85}"
    "svg .dot.unknown{fill:none;stroke:var(--soft);stroke-dasharray:2 2}"
    "svg .ring{fill:none;stroke:var(--doubt);stroke-width:2;stroke-dasharray:6 4}"
    "svg .ring.hot{stroke:var(--warn);stroke-dasharray:none}svg .number{font-weight:700;fill:var(--ink);font-size:13px}"
    "svg .tile{fill:var(--accent);stroke:var(--page)}svg .tile.none{fill:none;stroke:var(--rule);stroke-dasharray:3 3}"
    "svg .key{fill:var(--ink)}figure svg.map{max-width:44rem;max-height:none}"
)
_WIDTH, _MARGIN, _LINE = 480, 18, 30
_SHORTEST, _TALLEST = 160, 420
_LARGEST = 13.0
_KM_PER_DEGREE = 111.195
_ROUND = (1, 2, 5)
#: about the width of a letter
_LETTER = 6.4


@dataclass(frozen=True, slots=True)
class _Sheet:
    """From degrees to the drawing: equal distances along the middle latitude and every meridian."""

    west: float
    north: float
    flat: float
    scale: float
    height: float

    def xy(self, lat: float, lon: float) -> tuple[float, float]:
        return _MARGIN + (lon - self.west) * self.flat * self.scale, _MARGIN + (self.north - lat) * self.scale


def box_of(points: Sequence[Point], rings: Sequence[Ring] = ()) -> tuple[float, float, float, float]:
    """Return west, south, east, north of all that is drawn, with a little room."""
    lat, lon = [p.lat for p in points], [p.lon for p in points]
    for ring in rings:
        up = ring.radius_km / _KM_PER_DEGREE
        across = up / max(math.cos(math.radians(ring.lat)), 0.05)
        lat += [ring.lat - up, ring.lat + up]
        lon += [ring.lon - across, ring.lon + across]
    room = max(0.01, 0.03 * max(max(lat) - min(lat), max(lon) - min(lon)))
    return min(lon) - room, min(lat) - room, max(lon) + room, max(lat) + room


def places_svg(
    points: Sequence[Point], rings: Sequence[Ring], *, summary: str, small: int = 10, what: str = "cases",
    areas: Sequence[Mapping[str, Any]] = (),
) -> Safe:  # fmt: skip
    """Draw places as circles whose area stands for a range of counts, and clusters as rings with their number."""
    if not points:
        return Safe("")
    bands, sheet = bands_of(small), _sheet(box_of(points, rings))
    marks = [_area(area, sheet) for area in areas]
    for point in sorted(points, key=lambda p: (p.cluster > 0, p.alarm, -(p.count or 0))):
        words, size = band_of(point.count, bands)
        x, y = sheet.xy(point.lat, point.lon)
        shown = "unknown" if point.count is None else "hot" if point.alarm else "near" if point.cluster else ""
        radius = _LARGEST * math.sqrt(size) if point.count is not None else 4.0
        title = tag("title", f"{point.place}: {words}")
        marks.append(tag("circle", title, cx=f"{x:.1f}", cy=f"{y:.1f}", r=f"{radius:.1f}", class_=f"dot {shown}"))
    marks += [_ring(ring, sheet) for ring in rings]
    key, end = _key(bands, sheet, what, unknown=any(p.count is None for p in points))
    marks += key
    box = f"0 0 {_WIDTH} {end:.0f}"
    return tag("svg", join(*marks), viewBox=box, role="img", aria_label=summary, class_="map")


def tiles_svg(values: Mapping[str, float | None], *, summary: str) -> Safe:
    """Draw US states as tiles, darker for more; a dashed tile is not known."""
    known = [float(v) for state, v in values.items() if v is not None and state in TILES]
    most, side = max(known, default=0.0) or 1.0, 48
    marks = []
    for state, (column, row) in TILES.items():
        value, x, y = values.get(state), 2 + column * side, 2 + row * side
        depth = None if value is None else f"{0.12 + 0.78 * max(float(value), 0) / most:.2f}"
        told = tag("title", f"{state}: {numbers.amount(value)}")
        size = {"width": side - 4, "height": side - 4, "fill_opacity": depth}
        marks.append(tag("rect", told, x=x, y=y, class_="tile none" if value is None else "tile", **size))
        middle = x + side / 2 - 2
        marks.append(tag("text", state, x=f"{middle}", y=f"{y + 18}", text_anchor="middle", class_="key"))
        marks.append(tag("text", numbers.amount(value), x=f"{middle}", y=f"{y + 34}", text_anchor="middle"))
    return tag("svg", join(*marks), viewBox="0 0 580 388", role="img", aria_label=summary, class_="map")


def _sheet(box: tuple[float, float, float, float]) -> _Sheet:
    west, south, east, north = box
    flat = max(math.cos(math.radians((south + north) / 2)), 0.05)
    scale = (_WIDTH - 2 * _MARGIN) / ((east - west) * flat)
    tall = (north - south) * scale
    if tall > _TALLEST:
        scale *= _TALLEST / tall
        west -= ((_WIDTH - 2 * _MARGIN) / scale / flat - (east - west)) / 2
        tall = _TALLEST
    height = max(tall, _SHORTEST) + 2 * _MARGIN
    return _Sheet(west, north + (height - 2 * _MARGIN - tall) / 2 / scale, flat, scale, height)


def _area(area: Mapping[str, Any], sheet: _Sheet) -> Safe:
    path = ""
    for ring in area["geometry"]["coordinates"]:
        steps = (sheet.xy(lat, lon) for lon, lat in ring)
        path += "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in steps) + "Z"
    return tag("path", d=path, class_="land", fill_rule="evenodd")


def _ring(ring: Ring, sheet: _Sheet) -> Safe:
    x, y = sheet.xy(ring.lat, ring.lon)
    radius = ring.radius_km / _KM_PER_DEGREE * sheet.scale
    across = radius * sheet.flat / max(math.cos(math.radians(ring.lat)), 0.05)
    least = _LARGEST + 4
    size = {"rx": f"{max(across, least):.1f}", "ry": f"{max(radius, least):.1f}"}
    drawn = tag("ellipse", tag("title", ring.words), cx=f"{x:.1f}", cy=f"{y:.1f}",
                class_="ring hot" if ring.alarm else "ring", **size)  # fmt: skip
    up = y - max(radius, least) - 4
    name = tag("text", str(ring.number), x=f"{x:.1f}", y=f"{max(up, 12):.1f}", text_anchor="middle", class_="number")
    return join(drawn, name)


def _key(bands: Sequence[Band], sheet: _Sheet, what: str, *, unknown: bool) -> tuple[list[Safe], float]:
    """Return the scale and what the circles stand for, in as many lines as it takes, and where these end."""
    km = (_WIDTH / 5) / sheet.scale * _KM_PER_DEGREE
    power = 10.0 ** math.floor(math.log10(km))
    size = max(part * power for part in _ROUND if part * power <= km)
    y, long = sheet.height + 12, size / _KM_PER_DEGREE * sheet.scale
    marks = [
        tag("path", d=f"M{_MARGIN} {y - 5:.1f}V{y:.1f}H{_MARGIN + long:.1f}V{y - 5:.1f}", class_="base"),
        tag("text", f"{numbers.amount(size)} km", x=f"{_MARGIN + long + 6:.1f}", y=f"{y + 1:.1f}", class_="key"),
    ]
    items = [(band.words, _LARGEST * math.sqrt(band.size), "dot") for band in bands]
    if unknown:
        items.append(("not known", 4.0, "dot unknown"))
    x, y = float(_MARGIN), y + _LINE
    marks.append(tag("text", f"{what}:", x=f"{x:.0f}", y=f"{y + 4:.1f}", class_="key"))
    x += 12 + _LETTER * len(what)
    for words, radius, shown in items:
        wide = 2 * radius + 16 + _LETTER * len(words)
        if x + wide > _WIDTH:
            x, y = float(_MARGIN), y + _LINE
        marks.append(tag("circle", cx=f"{x + radius:.1f}", cy=f"{y:.1f}", r=f"{radius:.1f}", class_=shown))
        marks.append(tag("text", words, x=f"{x + 2 * radius + 4:.1f}", y=f"{y + 4:.1f}", class_="key"))
        x += wide
    return marks, y + _LINE / 2
