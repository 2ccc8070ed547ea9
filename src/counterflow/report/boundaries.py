"""Boundaries of areas that a user has, as GeoJSON: read with bounds, coarsened to what a map of this size can show."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from counterflow.core.errors import InputError

__all__ = ["read_boundaries"]

_MOST_BYTES = 64 << 20
_MOST_POINTS = 60_000
#: points along the longer side of a map
_STEPS = 900
_FEWEST_CORNERS = 4

Box = tuple[float, float, float, float]
Line = list[list[float]]


def read_boundaries(path: Path, box: Box) -> list[dict[str, Any]]:
    """Return the polygons of a GeoJSON file that touch `box`, coarsened, as GeoJSON features without properties.

    Args:
        path: a FeatureCollection, Feature, Polygon or MultiPolygon in degrees (RFC 7946: longitude first).
        box: west, south, east, north.

    Raises:
        InputError: no such file, too large, no GeoJSON, no polygon near the places, or degrees out of range.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            hint = "Simplify it first; a map shows a few thousand points."
            raise InputError(f"It is larger than {_MOST_BYTES >> 20} MiB.", file=path.name, hint=hint)
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise InputError("There is no such file.", file=path.name, hint="Give a GeoJSON of areas.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"It is no GeoJSON: {error}.", file=path.name, hint="Give a GeoJSON of areas.") from error
    grain = max(box[2] - box[0], box[3] - box[1], 1e-6) / _STEPS
    features, points = [], 0
    for rings in _polygons(data, path.name):
        kept = [_coarse(ring, grain, path.name) for ring in rings]
        kept = [ring for ring in kept if len(ring) >= _FEWEST_CORNERS and _touches(ring, box)]
        points += sum(map(len, kept))
        if points > _MOST_POINTS:
            hint = "Leave out areas that the counts do not speak of, or simplify it first."
            raise InputError(f"It has more than {_MOST_POINTS} points at this scale.", file=path.name, hint=hint)
        if kept:
            geometry = {"type": "Polygon", "coordinates": kept}
            features.append({"type": "Feature", "geometry": geometry, "properties": {}})
    if not features:
        hint = "Are longitude and latitude in degrees, longitude first (RFC 7946)?"
        raise InputError("No area of it lies near the places.", file=path.name, hint=hint)
    return features


def _polygons(data: Any, file: str) -> Iterator[list[Any]]:
    """Yield the rings of each polygon."""
    kind = data.get("type") if isinstance(data, dict) else None
    if kind == "FeatureCollection":
        for feature in data.get("features") or []:
            yield from _polygons(feature, file)
    elif kind == "Feature":
        if data.get("geometry"):
            yield from _polygons(data["geometry"], file)
    elif kind == "GeometryCollection":
        for geometry in data.get("geometries") or []:
            yield from _polygons(geometry, file)
    elif kind == "Polygon":
        yield list(data.get("coordinates") or [])
    elif kind == "MultiPolygon":
        yield from (list(rings) for rings in data.get("coordinates") or [])
    elif kind not in ("Point", "MultiPoint", "LineString", "MultiLineString"):
        raise InputError(f"It is no GeoJSON: type {kind!r}.", file=file, hint="Give a FeatureCollection of polygons.")


def _coarse(ring: Any, grain: float, file: str) -> Line:
    """Return a ring with its points on a grid of `grain` degrees, each step once."""
    made: Line = []
    try:
        for point in ring:
            lon, lat = float(point[0]), float(point[1])
            if not (abs(lon) <= 180 and abs(lat) <= 90):  # also where not a number
                hint = "Project it to degrees (EPSG:4326), longitude first."
                raise InputError("A point lies nowhere on Earth.", file=file, value=f"{lon}, {lat}", hint=hint)
            at = [round(round(lon / grain) * grain, 5), round(round(lat / grain) * grain, 5)]
            if not made or at != made[-1]:
                made.append(at)
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise InputError("A ring is no list of points.", file=file, hint="Give polygons of GeoJSON.") from error
    return made


def _touches(ring: Line, box: Box) -> bool:
    west, south, east, north = box
    lon, lat = [p[0] for p in ring], [p[1] for p in ring]
    inside = min(lon) <= east and max(lon) >= west and min(lat) <= north and max(lat) >= south
    return inside and all(map(math.isfinite, (*lon, *lat)))
