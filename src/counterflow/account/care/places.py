"""Where people live and where care is: two files read with every doubt about their coordinates said."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.account.given import Rows
from counterflow.core.errors import InputError, UnknownName

__all__ = ["Demand", "Sites", "demand_of", "sites_of"]

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_IDS = ("id", "geoid", "tract", "zip", "zcta", "place", "site", "name")
_LATITUDES = ("lat", "latitude", "y")
_LONGITUDES = ("lon", "lng", "long", "longitude", "x")
_PEOPLE = ("people", "population", "pop", "demand", "persons", "weight", "count")
_SUPPLY = ("supply", "capacity", "providers", "staff", "beds", "slots", "kits", "hours")
#: nobody lives south of this: such a latitude is a longitude
_SOUTHMOST = -60.0


@dataclass(frozen=True)
class Demand:
    """Places with the people who live there.

    Args:
        file: name of the file, for messages.
        ids: their names, each once.
        people: how many people, shape (D,).
        latitude: degrees, shape (D,); None where the file has no coordinates.
        longitude: degrees.
        groups: name of a group to the people of it at each place, shape (D,).
        said: what was decided, in words.
    """

    file: str
    ids: tuple[str, ...]
    people: Floats
    latitude: Floats | None
    longitude: Floats | None
    groups: dict[str, Floats]
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sites:
    """Places where care is, or could be.

    Args:
        file: name of the file, for messages.
        ids: their names, each once.
        supply: what each has to give, shape (S,); 1 where the file does not say.
        latitude: degrees, shape (S,); None where the file has no coordinates.
        longitude: degrees.
        open: sites that are there already, shape (S,).
        says_open: whether the file says which are; else all are taken to be there where access is measured.
        excluded: sites that may not be chosen, shape (S,).
        capacity: people each can serve, shape (S,); infinite where the file does not say.
        said: what was decided, in words.
    """

    file: str
    ids: tuple[str, ...]
    supply: Floats
    latitude: Floats | None
    longitude: Floats | None
    open: Mask
    excluded: Mask
    capacity: Floats
    says_open: bool = False
    said: tuple[str, ...] = ()


def demand_of(rows: Rows, people: str | None = None, groups: Sequence[str] = ()) -> Demand:
    """Return the places that people live in.

    Args:
        rows: the file.
        people: column of people; found by its usual names where None.
        groups: columns: of text, each place belongs to one group; of numbers, so many of the people belong to it.

    Raises:
        InputError: a coordinate or a number of people that cannot be; nobody lives anywhere; more of a group than of
            people.
        UnknownName: no such column.
    """
    name = _named(rows, people, _PEOPLE, "people")
    counts = _amounts(rows, name)
    if not counts.sum() > 0:
        hint = "Give the column of people with --people."
        raise InputError("Nobody lives at any of these places.", file=rows.path, column=name, hint=hint)
    latitude, longitude = _coordinates(rows)
    said = list(rows.said)
    empty = int((counts == 0).sum())
    if empty:
        said.append(f"{empty:,} place(s) with no people weigh nothing.")
    found: dict[str, Floats] = {}
    for column in groups:
        found |= _group(rows, column, counts)
    return Demand(rows.path.name, _ids(rows), counts, latitude, longitude, found, tuple(said))


def sites_of(rows: Rows, supply: str | None = None) -> Sites:
    """Return the sites of a file.

    Args:
        rows: the file; columns open, excluded and capacity may be there.
        supply: column of what each has to give; found by its usual names where None, else each counts as one.

    Raises:
        InputError: a coordinate or an amount that cannot be.
        UnknownName: no such column.
    """
    said = list(rows.said)
    name = supply or _first(rows, _SUPPLY)
    if supply is not None and supply not in rows.header:
        raise UnknownName("column", supply, rows.header, file=rows.path)
    if name is None:
        said.append(f"{rows.path.name} does not say how much each site has to give: each counts as one.")
    amounts = _amounts(rows, name) if name else np.ones(len(rows.cells))
    none = int((amounts == 0).sum())
    if none:
        said.append(f"{none:,} site(s) have nothing to give and serve nobody.")
    latitude, longitude = _coordinates(rows)
    capacity = np.full(len(rows.cells), np.inf)
    if "capacity" in rows.header:
        given = np.array(rows.numbers("capacity"))
        capacity = np.where(np.isnan(given), np.inf, given)
    return Sites(
        rows.path.name, _ids(rows), amounts, latitude, longitude, _marks(rows, "open"), _marks(rows, "excluded"),
        capacity, "open" in rows.header, tuple(said),
    )  # fmt: skip


def _ids(rows: Rows) -> tuple[str, ...]:
    name = _first(rows, _IDS) or rows.header[0]
    ids = rows.column(name)
    seen: dict[str, int] = {}
    for row, one in enumerate(ids):
        if not one:
            raise rows.fault(row, name, "A place has no name.", "Name each place once.")
        if one in seen:
            raise rows.fault(row, name, f"This place stands in line {rows.lines[seen[one]]} too.", "Keep one row each.")
        seen[one] = row
    return tuple(ids)


def _named(rows: Rows, asked: str | None, usual: Sequence[str], what: str) -> str:
    if asked is not None:
        if asked not in rows.header:
            raise UnknownName("column", asked, rows.header, file=rows.path)
        return asked
    found = _first(rows, usual)
    if found is None:
        hint = f"Name it: --{what} COLUMN. Usual names: {', '.join(usual[:4])}."
        raise InputError(f"There is no column of {what}.", file=rows.path, line=1, hint=hint)
    return found


def _first(rows: Rows, usual: Sequence[str]) -> str | None:
    folded = {name.casefold(): name for name in rows.header}
    return next((folded[name] for name in usual if name in folded), None)


def _amounts(rows: Rows, name: str) -> Floats:
    values = rows.numbers(name)
    for row, value in enumerate(values):
        if math.isnan(value):
            raise rows.fault(row, name, "There is no number.", "Write 0 where there is none of it.")
        if value < 0:
            raise rows.fault(row, name, "This cannot be negative.", "Write 0 where there is none of it.")
    return np.array(values, np.float64)


def _coordinates(rows: Rows) -> tuple[Floats | None, Floats | None]:
    names = _first(rows, _LATITUDES), _first(rows, _LONGITUDES)
    if names[0] is None or names[1] is None:
        if names != (None, None):
            hint = "Both are needed: lat and lon in degrees."
            raise InputError("There is one coordinate without the other.", file=rows.path, line=1, hint=hint)
        return None, None
    values = rows.numbers(names[0]), rows.numbers(names[1])
    for row, (latitude, longitude) in enumerate(zip(*values, strict=True)):
        _check_place(rows, row, names, latitude, longitude)
    return np.array(values[0]), np.array(values[1])


def _check_place(rows: Rows, row: int, names: tuple[str | None, str | None], latitude: float, longitude: float) -> None:
    north, east = str(names[0]), str(names[1])
    if math.isnan(latitude) or math.isnan(longitude):
        empty = north if math.isnan(latitude) else east
        raise rows.fault(row, empty, "A coordinate is missing.", "Give it, or take the place out; none is guessed.")
    if not _SOUTHMOST <= latitude <= 90:
        if abs(latitude) <= 180 and abs(longitude) <= 90:
            hint = f"Latitude ({north}) is north-south: exchange the two columns."
            raise rows.fault(row, north, f"Latitude and longitude look swapped (the other is {longitude:g}).", hint)
        raise rows.fault(row, north, "No place has this latitude.", "Degrees from -60 to 90.")
    if not -180 <= longitude <= 180:
        raise rows.fault(row, east, "No place has this longitude.", "Degrees from -180 to 180.")
    if latitude == 0 and longitude == 0:
        raise rows.fault(row, north, "0, 0 lies in the sea.", "It usually stands for a missing coordinate: give it.")


def _marks(rows: Rows, name: str) -> Mask:
    """Return a column of yes and no; no where there is no such column."""
    if name not in rows.header:
        return np.zeros(len(rows.cells), bool)
    words = {"1": True, "yes": True, "true": True, "x": True, "0": False, "no": False, "false": False, "": False}
    for row, text in enumerate(rows.column(name)):
        if text.casefold() not in words:
            raise rows.fault(row, name, "This is neither yes nor no.", "Write 1 or 0.")
    return np.array([words[text.casefold()] for text in rows.column(name)], bool)


def _group(rows: Rows, column: str, people: Floats) -> dict[str, Floats]:
    texts = rows.column(column)
    try:
        counts = rows.numbers(column)
    except InputError:
        return {f"{column}={label or '(none given)'}": np.where([t == label for t in texts], people, 0.0)
                for label in sorted(set(texts))}  # fmt: skip
    for row, (count, all_of_them) in enumerate(zip(counts, people, strict=True)):
        if math.isnan(count):
            raise rows.fault(row, column, "There is no number of this group.", "Write 0 where there is nobody of it.")
        if count < 0 or count > all_of_them * (1 + 1e-9):
            raise rows.fault(row, column, f"Of {all_of_them:g} people this many cannot be.", "Give people, not shares.")
    return {column: np.array(counts, np.float64)}
