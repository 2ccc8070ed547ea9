"""How far it is from people to care: straight over the ground, or as a file of journeys says."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.account.care.places import Demand, Sites
from counterflow.account.given import Rows
from counterflow.core.errors import InputError, UsageError

__all__ = ["Reach", "Travel", "great_circle", "great_circle_travel", "reach_of", "travel_of"]

Floats = npt.NDArray[np.float64]

#: mean radius of the earth in km (IUGG, Moritz 1980: 2a + b over 3)
EARTH_KM = 6371.0088
_MILE_KM = 1.609344
_LENGTH = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(km|mi|min|m)?\s*", re.IGNORECASE)
#: files of journeys name their columns so
_ORIGINS = ("origin", "from", "demand", "o")
_GOALS = ("dest", "destination", "to", "site", "supply", "d")
_COSTS = ("cost", "minutes", "min", "time", "km", "distance", "miles")
#: pairs that fit into memory with room to work
MOST_PAIRS = 40_000_000


@dataclass(frozen=True)
class Reach:
    """How far is near: `value` in `unit` (km, or min, or the unit of a file of journeys)."""

    value: float
    unit: str


@dataclass(frozen=True)
class Travel:
    """What it takes from each place to each site.

    Args:
        cost: shape (D, S), infinite where there is no journey.
        unit: km or min, or "" where only the file knows.
        said: what was decided, in words.
    """

    cost: Floats
    unit: str
    said: tuple[str, ...] = ()


def reach_of(text: str) -> Reach:
    """Return a distance or time as people write it.

    Raises:
        UsageError: it is none.

    >>> reach_of("30min"), reach_of("10 mi")
    (Reach(value=30.0, unit='min'), Reach(value=16.09344, unit='km'))
    """
    found = _LENGTH.fullmatch(text)
    if found is None or float(found[1]) <= 0:
        raise UsageError(f"{text!r} is no distance or time.", hint="Write 10km, 10mi or 30min.")
    value, unit = float(found[1]), (found[2] or "").casefold()
    factor, name = {"mi": (_MILE_KM, "km"), "m": (0.001, "km"), "km": (1.0, "km"), "min": (1.0, "min")}.get(
        unit, (1.0, "")
    )
    return Reach(value * factor, name)


def great_circle(latitude: Floats, longitude: Floats, to_latitude: Floats, to_longitude: Floats) -> Floats:
    """Return distances in km over a sphere, shape (D, S); the ground differs by up to 0.6 %.

    Haversine: R. W. Sinnott, Sky & Telescope 68 (1984) 159.

    >>> one = np.array([0.0])
    >>> round(float(great_circle(one, one, one, one + 1.0)[0, 0]), 3)
    111.195
    """
    north, east = np.radians(latitude)[:, None], np.radians(longitude)[:, None]
    to_north, to_east = np.radians(to_latitude)[None, :], np.radians(to_longitude)[None, :]
    half = np.sin((to_north - north) / 2) ** 2
    half = half + np.cos(north) * np.cos(to_north) * np.sin((to_east - east) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0))), np.float64)


def great_circle_travel(demand: Demand, sites: Sites, speed: float | None = None) -> Travel:
    """Return how far it is over the ground, or how long at `speed` km/h where that is given.

    Raises:
        InputError: a file has no coordinates.
        UsageError: too many pairs.
    """
    _check_size(len(demand.ids), len(sites.ids))
    cost = great_circle(*_placed(demand), *_placed(sites))
    if speed is None:
        return Travel(cost, "km", ("Distances are straight over the ground, not by road.",))
    said = f"Minutes are straight distance at {speed:g} km/h: journeys by road differ."
    return Travel(cost / speed * 60, "min", (said,))


def _placed(held: Demand | Sites) -> tuple[Floats, Floats]:
    if held.latitude is None or held.longitude is None:
        hint = "Give lat and lon in degrees, or journeys with --costs."
        raise InputError("There are no coordinates.", file=held.file, line=1, hint=hint)
    return held.latitude, held.longitude


def travel_of(rows: Rows, demand: Demand, sites: Sites, unit: str) -> Travel:
    """Return what a file of journeys says: one row for each pair, origin, dest, cost.

    Raises:
        InputError: a column is missing, a pair stands twice, a cost is negative or none, no pair is of these places.
    """
    names = [_column(rows, usual) for usual in (_ORIGINS, _GOALS, _COSTS)]
    _check_size(len(demand.ids), len(sites.ids))
    at, to = ({name: place for place, name in enumerate(held.ids)} for held in (demand, sites))
    cost = np.full((len(demand.ids), len(sites.ids)), np.inf)
    values, strange = rows.numbers(names[2]), 0
    pairs = zip(rows.column(names[0]), rows.column(names[1]), values, strict=True)
    for row, (origin, goal, value) in enumerate(pairs):
        if math.isnan(value):
            continue
        if value < 0:
            raise rows.fault(
                row, names[2], "A journey takes no less than nothing.", "Leave it out where there is none."
            )
        if origin not in at or goal not in to:
            strange += 1
            continue
        if np.isfinite(cost[at[origin], to[goal]]):
            raise rows.fault(row, names[0], f"The journey to {goal} stands twice.", "Keep one row for each pair.")
        cost[at[origin], to[goal]] = value
    if not np.isfinite(cost).any():
        hint = f"{names[0]} and {names[1]} name places as {demand.file} and {sites.file} do."
        raise InputError("No journey is between these places.", file=rows.path, hint=hint)
    said = [f"{strange:,} journey(s) of places that are in neither file are left out."] if strange else []
    return Travel(cost, unit, tuple(said))


def _column(rows: Rows, usual: tuple[str, ...]) -> str:
    folded = {name.casefold(): name for name in rows.header}
    found = next((folded[name] for name in usual if name in folded), None)
    if found is None:
        hint = "The header is origin,dest,cost."
        raise InputError(f"There is no column {usual[0]!r}.", file=rows.path, line=1, hint=hint)
    return found


def _check_size(places: int, sites: int) -> None:
    if places * sites > MOST_PAIRS:
        message = f"{places:,} places and {sites:,} sites are more than {MOST_PAIRS:,} pairs."
        raise UsageError(message, hint="Go region by region, or join small places.")
