"""Maps of outlines as Vega specifications: countries with lanes, or states and counties of the USA.

The shapes come from files that the console ships (`static/vendor`); a value is joined to its outline by id. Colours are
names of the page's tokens (`token:accent`), so that one specification stands on a light and on a dark page. Vega rather
than Vega-Lite: Puerto Rico is drawn in a frame of its own, with another projection than the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Line", "Shade", "Shown", "Spot", "us_map", "world_map"]

Spec = dict[str, Any]

_SCHEMA = "https://vega.github.io/schema/vega/v6.json"  # names the grammar; nothing is fetched
_VENDOR = "/static/vendor"
#: hint of an outline: its own words, else those of its shade
_WORDS = "datum.properties.name + ': ' + (datum.t ? datum.t : datum.words ? datum.words : 'nothing known')"
#: Puerto Rico and the Virgin Islands, drawn in a frame at the lower right
_APART = ("72", "78")


@dataclass(frozen=True, slots=True)
class Shade:
    """How a kind of outline is filled.

    Args:
        name: kind, as a value names it.
        token: colour of the page.
        opacity: 0 to 1.
        words: what it stands for.
    """

    name: str
    token: str
    opacity: float
    words: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One outline with its shade, what its hint says beside its name ("" for the shade's words), and its alarm."""

    outline: str
    shade: str
    words: str
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """A place with coordinates: `size` is 0 to 1."""

    name: str
    lat: float
    lon: float
    size: float
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """A lane from the middle of a country to a spot, `width` in pixels."""

    outline: str
    spot: str
    width: float
    words: str
    outward: bool = False


def us_map(part: str, values: Sequence[Shown], shades: Sequence[Shade], summary: str, *, state: str = "") -> Spec:
    """Return a map of US states or counties.

    Args:
        part: states or counties.
        values: what is known of outlines; the others stay empty.
        shades: how kinds are filled.
        summary: what can be read from it, in one sentence.
        state: FIPS number of a state to show alone; "" for all.
    """
    file = f"{_VENDOR}/us-{part}-10m.json"
    inside = f"slice(datum.id, 0, 2) === '{state}'" if state else f"indexof({list(_APART)}, slice(datum.id, 0, 2)) < 0"
    apart = f"indexof({list(_APART)}, slice(datum.id, 0, 2)) >= 0"
    main: Spec = {"name": "flat", "type": "albersUsa", "scale": {"signal": "width * 1300 / 975"},
                  "translate": [{"signal": "width / 2"}, {"signal": "width * 305 / 975"}]}  # fmt: skip
    if state:
        main = {"name": "flat", "type": "mercator", "fit": {"signal": "data('shapes')"},
                "size": [{"signal": "width"}, {"signal": "height"}]}  # fmt: skip
    data = [_values(values), _kinds(shades), _shapes("shapes", file, part, inside)]
    marks = [*_filled("shapes", "flat")]
    projections = [main]
    if part == "counties" and not state:
        data.append({"name": "borders", "url": file, "format": {"type": "topojson", "mesh": "states"}})
        marks.append(_borders())
    if not state:
        data.append(_shapes("apart", file, part, apart))
        projections.append(_frame_projection())
        marks = [*marks, *_frame(), *_filled("apart", "framed")]
    height = "min(width * 0.75, 620)" if state else "width * 610 / 975"
    return _spec(summary, height, data, projections, [_fills(shades)], [*marks, *_raised(not state)])


def world_map(
    values: Sequence[Shown], shades: Sequence[Shade], spots: Sequence[Spot], lines: Sequence[Line], summary: str
) -> Spec:
    """Return a map of countries, with lanes from them to the spots that have coordinates."""
    shapes = _shapes("shapes", f"{_VENDOR}/world-countries-50m.json", "countries", "datum.id !== '010'")
    shapes["transform"].append({"type": "formula", "as": "middle", "expr": "geoCentroid(null, datum)"})
    places = {
        "name": "spots",
        "values": [{"n": s.name, "lat": s.lat, "lon": s.lon, "s": s.size, "t": s.words} for s in spots],
        "transform": [{"type": "geopoint", "projection": "flat", "fields": ["lon", "lat"]}],
    }
    lanes = {
        "name": "lanes",
        "values": [{"k": one.outline, "n": one.spot, "w": one.width, "t": one.words, "out": one.outward}
                   for one in lines],
        "transform": [
            {"type": "lookup", "from": "shapes", "key": "key", "fields": ["k"], "values": ["middle"]},
            {"type": "lookup", "from": "spots", "key": "n", "fields": ["n"], "values": ["lon", "lat"]},
            {"type": "filter", "expr": "datum.middle && isValid(datum.lon)"},
            # a great circle, which the projection bends as it is
            {"type": "formula", "as": "type", "expr": "'LineString'"},
            {"type": "formula", "as": "coordinates", "expr": "[datum.middle, [datum.lon, datum.lat]]"},
        ],
    }  # fmt: skip
    flat = {"name": "flat", "type": "naturalEarth1", "scale": {"signal": "width / 5.55"},
            "translate": [{"signal": "width / 2"}, {"signal": "height * 0.58"}]}  # fmt: skip
    marks = [*_filled("shapes", "flat"), *_raised(False), _lanes(), *_spots()]
    return _spec(summary, "width * 0.44", [_values(values), _kinds(shades), shapes, places, lanes], [flat],
                 [_fills(shades)], marks)  # fmt: skip


def _spec(
    summary: str, height: str, data: Sequence[Spec], projections: Sequence[Spec], scales: Sequence[Spec],
    marks: Sequence[Spec],
) -> Spec:  # fmt: skip
    return {
        "$schema": _SCHEMA, "description": summary, "autosize": "none", "padding": 0, "background": None,
        "signals": [
            {"name": "height", "update": height}, {"name": "picked", "value": ""},
        ],
        "data": list(data), "projections": list(projections), "scales": list(scales), "marks": list(marks),
    }  # fmt: skip


def _values(values: Sequence[Shown]) -> Spec:
    rows: list[Spec] = []
    for one in values:
        row: Spec = {"k": one.outline, "f": one.shade}
        row |= {"t": one.words} if one.words else {}
        row |= {"a": 1} if one.alarm else {}
        rows.append(row)
    return {"name": "values", "values": rows}


def _kinds(shades: Sequence[Shade]) -> Spec:
    return {"name": "kinds", "values": [{"f": shade.name, "words": shade.words} for shade in shades]}


def _shapes(name: str, file: str, part: str, keep: str) -> Spec:
    return {
        "name": name, "url": file, "format": {"type": "topojson", "feature": part},
        "transform": [
            {"type": "filter", "expr": keep},
            # Kosovo has no ISO number
            {"type": "formula", "as": "key", "expr": "isValid(datum.id) ? datum.id : datum.properties.name"},
            {"type": "lookup", "from": "values", "key": "k", "fields": ["key"], "values": ["f", "t", "a"]},
            {"type": "lookup", "from": "kinds", "key": "f", "fields": ["f"], "values": ["words"]},
        ],
    }  # fmt: skip


def _fills(shades: Sequence[Shade]) -> Spec:
    return {
        "name": "fill", "type": "ordinal", "domain": [shade.name for shade in shades],
        "range": [f"token:{shade.token}@{shade.opacity:g}" for shade in shades],
    }  # fmt: skip


def _filled(data: str, projection: str) -> list[Spec]:
    return [
        {
            "type": "shape", "from": {"data": data},
            "encode": {
                "enter": {"tooltip": {"signal": _WORDS}, "stroke": {"value": "token:rule"},
                          "strokeWidth": {"value": 0.5}},
                "update": {
                    "fill": [
                        {"test": "datum.f", "scale": "fill", "field": "f"}, {"value": "token:sunk"},
                    ],
                },
            },
            "transform": [{"type": "geoshape", "projection": projection}],
        },
    ]  # fmt: skip


def _raised(framed: bool) -> list[Spec]:
    """Return the marks that outline alarms, and the place that a reader picked in the table."""
    marks = []
    for data, projection in (("shapes", "flat"), *((("apart", "framed"),) if framed else ())):
        marks.append({
            "type": "shape", "from": {"data": data}, "interactive": False,
            "encode": {"update": {
                "fill": {"value": "transparent"},
                "stroke": [
                    {"test": "picked !== '' && datum.key === picked", "value": "token:ink"}, {"value": "token:warn"},
                ],
                "strokeWidth": [
                    {"test": "picked !== '' && datum.key === picked", "value": 3.5}, {"test": "datum.a", "value": 2},
                    {"value": 0},
                ],
            }},
            "transform": [{"type": "geoshape", "projection": projection}],
        })  # fmt: skip
    return marks


def _borders() -> Spec:
    return {
        "type": "shape", "from": {"data": "borders"}, "interactive": False,
        "encode": {"enter": {"fill": {"value": "transparent"}, "stroke": {"value": "token:soft"},
                             "strokeWidth": {"value": 0.7}}},
        "transform": [{"type": "geoshape", "projection": "flat"}],
    }  # fmt: skip


def _frame_projection() -> Spec:
    """Return the projection of the islands in their frame; in degrees, they are 3.4 wide and 0.8 high."""
    return {
        "name": "framed", "type": "mercator", "center": [-66.25, 18.15], "scale": {"signal": "width * 1.75"},
        "translate": [{"signal": "width * 0.9375"}, {"signal": "height * 0.95"}],
    }  # fmt: skip


def _frame() -> list[Spec]:
    box = {"x": {"signal": "width * 0.875"}, "x2": {"signal": "width - 1"}, "y": {"signal": "height * 0.9"},
           "y2": {"signal": "height - 1"}}  # fmt: skip
    name = {"x": {"signal": "width - 1"}, "y": {"signal": "height * 0.9 - 4"}, "text": {"value": "Puerto Rico"},
            "align": {"value": "right"}, "fill": {"value": "token:soft"}, "fontSize": {"value": 11}}  # fmt: skip
    edge = {"fill": {"value": "transparent"}, "stroke": {"value": "token:rule"}}
    return [
        {"type": "rect", "interactive": False, "encode": {"update": box | edge}},
        {"type": "text", "interactive": False, "encode": {"update": name}},
    ]


def _lanes() -> Spec:
    return {
        "type": "shape", "from": {"data": "lanes"},
        "encode": {
            "enter": {"tooltip": {"field": "t"}, "strokeCap": {"value": "round"}, "strokeOpacity": {"value": 0.55}},
            "update": {"strokeWidth": {"field": "w"}, "fill": {"value": "transparent"},
                       "stroke": [{"test": "datum.out", "value": "token:doubt"}, {"value": "token:accent"}]},
        },
        "transform": [{"type": "geoshape", "projection": "flat"}],
    }  # fmt: skip


def _spots() -> list[Spec]:
    at = {"x": {"field": "x"}, "y": {"field": "y"}}
    return [
        {
            "type": "symbol", "from": {"data": "spots"},
            "encode": {
                "enter": {"tooltip": {"field": "t"}, "fill": {"value": "token:ink"},
                          "stroke": {"value": "token:surface"}, "strokeWidth": {"value": 1.2}},
                "update": at | {"size": {"signal": "40 + 160 * datum.s"}},
            },
        },
    ]  # fmt: skip
