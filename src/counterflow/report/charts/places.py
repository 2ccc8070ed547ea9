"""Places on a map, drawn without anything from elsewhere: circles by count, rings around clusters, areas if given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.chart import Chart, specification

__all__ = ["TILES", "Band", "Point", "Ring", "bands_of", "places_chart", "tile_chart"]

_HEIGHT = 380
_MOST_ROWS = 60
#: points of a ring as a polygon
_CORNERS = 48
_KM_PER_DEGREE = 111.195

#: Column and row of each US state (and DC, Puerto Rico) in a grid of tiles that keeps neighbours near each other.
#: The arrangement is our own, after the common tile-grid maps; postal codes: USPS Publication 28, appendix B.
TILES: Mapping[str, tuple[int, int]] = {
    "AK": (0, 0), "ME": (11, 0), "VT": (10, 1), "NH": (11, 1), "WA": (1, 2), "ID": (2, 2), "MT": (3, 2), "ND": (4, 2),
    "MN": (5, 2), "IL": (6, 2), "WI": (7, 2), "MI": (8, 2), "NY": (9, 2), "RI": (10, 2), "MA": (11, 2), "OR": (1, 3),
    "NV": (2, 3), "WY": (3, 3), "SD": (4, 3), "IA": (5, 3), "IN": (6, 3), "OH": (7, 3), "PA": (8, 3), "NJ": (9, 3),
    "CT": (10, 3), "CA": (1, 4), "UT": (2, 4), "CO": (3, 4), "NE": (4, 4), "MO": (5, 4), "KY": (6, 4), "WV": (7, 4),
    "VA": (8, 4), "MD": (9, 4), "DE": (10, 4), "AZ": (2, 5), "NM": (3, 5), "KS": (4, 5), "AR": (5, 5), "TN": (6, 5),
    "NC": (7, 5), "SC": (8, 5), "DC": (9, 5), "OK": (4, 6), "LA": (5, 6), "MS": (6, 6), "AL": (7, 6), "GA": (8, 6),
    "HI": (0, 7), "TX": (4, 7), "FL": (9, 7), "PR": (11, 7),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Band:
    """A range of counts shown by one size: exact numbers of small places stay away.

    Args:
        least: smallest count in it.
        words: what it is called.
        size: area of its circle beside the largest, 0 to 1.
    """

    least: float
    words: str
    size: float


@dataclass(frozen=True, slots=True)
class Point:
    """One place.

    Args:
        place: its name.
        lat: degrees north.
        lon: degrees east.
        count: how many; None where not known or withheld.
        cluster: number of the cluster that it is in, from 1; 0: none.
        alarm: whether that cluster is an alarm.
    """

    place: str
    lat: float
    lon: float
    count: float | None
    cluster: int = 0
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class Ring:
    """One cluster's circle.

    Args:
        number: from 1.
        lat: of its centre.
        lon: of its centre.
        radius_km: its radius; 0 for one place.
        words: what is told of it, in one sentence.
        alarm: whether it is an alarm.
    """

    number: int
    lat: float
    lon: float
    radius_km: float
    words: str
    alarm: bool


def bands_of(small: int) -> tuple[Band, ...]:
    """Return the ranges of counts on a map, the first one for small cells.

    >>> [band.words for band in bands_of(10)]
    ['0', '1 to 9', '10 to 19', '20 to 49', '50 to 99', '100 and more']
    """
    least = [0, 1, *sorted({small, 2 * small, 5 * small, 10 * small})]
    words = ["0", f"1 to {small - 1}"]
    words += [f"{low} to {high - 1}" for low, high in pairwise(least[2:])]
    words.append(f"{least[-1]} and more")
    return tuple(Band(low, name, size) for low, name, size in zip(
        least, words, (0.02, 0.08, 0.2, 0.4, 0.7, 1.0), strict=True))  # fmt: skip


def places_chart(
    points: Sequence[Point], rings: Sequence[Ring], *, small: int = 10, what: str = "cases", areas: Any = None
) -> Chart:
    """Return the map.

    Args:
        points: places.
        rings: clusters.
        small: counts from 1 to one less are shown as one range.
        what: what is counted.
        areas: GeoJSON features to draw below, as `report.boundaries` reads them; None: none.
    """
    bands = bands_of(small)
    values = [
        {
            "place": p.place, "lat": p.lat, "lon": p.lon, what: band_of(p.count, bands)[0],
            "size": band_of(p.count, bands)[1], "state": _state(p),
        }
        for p in points
    ]  # fmt: skip
    summary = _summary(points, rings, what)
    place = {
        "longitude": {"field": "lon", "type": "quantitative"},
        "latitude": {"field": "lat", "type": "quantitative"},
    }
    colour = {
        "field": "state", "type": "nominal", "scale": {"domain": ["elsewhere", "in a cluster", "alarm"]},
        "legend": {"title": None, "orient": "top"},
    }  # fmt: skip
    size = {"field": "size", "type": "quantitative", "scale": {"domain": [0, 1], "range": [12, 420]}, "legend": None}
    tooltip = [{"field": name, "type": "nominal"} for name in ("place", what, "state")]
    layers: list[dict[str, Any]] = []
    if areas:
        layers.append({"data": {"values": list(areas)}, "mark": {"type": "geoshape", "filled": False}})
    layers.append({"mark": {"type": "circle"}, "encoding": place | {"size": size, "color": colour, "tooltip": tooltip}})
    if rings:
        drawn = [_polygon(ring) for ring in rings if ring.radius_km > 0]
        layers.append({"data": {"values": drawn}, "mark": {"type": "geoshape", "filled": False, "strokeWidth": 2}})
    spec = specification(values, summary, height=_HEIGHT, projection={"type": "mercator"}, layer=layers)
    return Chart(
        "places", f"{what.capitalize()} by place", summary, spec if values else None,
        ("Place", what.capitalize(), "Where"), _rows(points, bands), max(len(points) - _MOST_ROWS, 0),
    )  # fmt: skip


def tile_chart(values: Mapping[str, float | None], *, title: str, what: str) -> Chart:
    """Return US states as a grid of tiles, one a state, shaded by value.

    Args:
        values: postal code to value; None where not known or withheld, which is not a zero.
        title: what it shows.
        what: unit of the values.
    """
    rows = [
        {"state": state, "column": TILES[state][0], "row": TILES[state][1], what: value}
        for state, value in sorted(values.items())
        if state in TILES
    ]
    known = {row["state"]: row[what] for row in rows if row[what] is not None}
    summary = f"No state has a known number of {what}."
    if known:
        top = max(known, key=lambda state: (float(known[state] or 0), state))
        lacking = len(rows) - len(known)
        summary = f"Highest: {top}, {numbers.amount(known[top])} {what}; {numbers.counted(len(known), 'state')} known"
        summary += f", {lacking} not known." if lacking else "."
    axis = {"axis": None, "type": "ordinal"}
    at = {"x": axis | {"field": "column"}, "y": axis | {"field": "row"}}
    shade = {"field": what, "type": "quantitative", "legend": {"title": what, "orient": "top"}}
    layers = [
        {"mark": {"type": "rect", "stroke": None}, "encoding": at | {"color": shade}},
        {"mark": {"type": "text"}, "encoding": at | {"text": {"field": "state", "type": "nominal"}}},
    ]
    shown = tuple((str(row["state"]), numbers.amount(row[what])) for row in rows)
    spec = specification(rows, summary, height=_HEIGHT, layer=layers) if rows else None
    return Chart("tiles", title, summary, spec, ("State", what.capitalize()), shown)


def band_of(count: float | None, bands: Sequence[Band]) -> tuple[str, float]:
    """Return what a count is called on the map, and its size; what is not known has no size."""
    if count is None:
        return "not known", 0.0
    band = next(band for band in reversed(bands) if count >= band.least)
    return band.words, band.size


def _state(point: Point) -> str:
    return "alarm" if point.alarm else "in a cluster" if point.cluster else "elsewhere"


def _rows(points: Sequence[Point], bands: Sequence[Band]) -> tuple[tuple[str, ...], ...]:
    # Those in clusters first, then by count: what is cut off is what matters least.
    order = sorted(points, key=lambda p: (p.cluster or len(points) + 1, -(p.count or 0), p.place))
    return tuple((p.place, band_of(p.count, bands)[0], _words(p)) for p in order[:_MOST_ROWS])


def _words(point: Point) -> str:
    return f"cluster {point.cluster}{', alarm' if point.alarm else ''}" if point.cluster else "elsewhere"


def _summary(points: Sequence[Point], rings: Sequence[Ring], what: str) -> str:
    if not points:
        return f"There is no place with {what}."
    told = f"{numbers.counted(len(points), 'place')}"
    unknown = sum(p.count is None for p in points)
    if unknown:
        told += f", {numbers.count(unknown)} of them with a count that is not known"
    if not rings:
        return f"{told}; no cluster."
    alarms = sum(ring.alarm for ring in rings)
    return f"{told}; {numbers.counted(len(rings), 'cluster')}, {numbers.counted(alarms, 'alarm')}. {rings[0].words}"


def _polygon(ring: Ring) -> dict[str, Any]:
    """Return a ring as a GeoJSON polygon; clockwise, as the drawing library wants the inside to be small."""
    import math

    up = ring.radius_km / _KM_PER_DEGREE
    across = up / max(math.cos(math.radians(ring.lat)), 0.05)
    turns = [-2 * math.pi * n / _CORNERS for n in range(_CORNERS)]
    line = [[round(ring.lon + across * math.cos(a), 5), round(ring.lat + up * math.sin(a), 5)] for a in turns]
    geometry = {"type": "Polygon", "coordinates": [[*line, line[0]]]}
    return {"type": "Feature", "geometry": geometry, "properties": {"cluster": ring.number}}
