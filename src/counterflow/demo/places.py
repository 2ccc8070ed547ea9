"""Where the training world happens: lanes, offices, countries, senders of data (`data/places.toml`).

What a country does here is drawn by the seed, so that no world says anything about a real place.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import pyarrow as pa

from counterflow.core.errors import UsageError
from counterflow.core.seeds import generator
from counterflow.demo.options import WorldOptions

__all__ = ["Lane", "Places", "area_table", "data_text", "make_places"]


@dataclass(frozen=True, slots=True)
class Lane:
    """One way of travelling; see `data/places.toml` for each field's unit."""

    name: str
    kind: str
    direction: str
    share: float
    prevalence: float
    mass_kg: tuple[float, float]
    broker: float
    transit: tuple[int, int]
    firms: float
    offices: Mapping[str, float]

    @property
    def base(self) -> str:
        """The mode of travel, the same outbound as inbound."""
        return self.name.removesuffix("-out")

    @property
    def is_cargo(self) -> bool:
        """True where goods travel in bulk."""
        return self.base in {"air", "sea", "rail", "road"}


@dataclass(frozen=True)
class Places:
    """Places with the parts that this seed gave them; arrays are indexed as the tuples beside them.

    Args:
        home: country code of this side.
        lanes: lanes.
        countries: departure (or, outbound, destination) countries.
        currencies: currency of each country, home last.
        per_usd: units of that currency for one US dollar, home last.
        scripts: script of a small share of names, per country; empty for Latin.
        volume: probability of each country, lanes × countries; rows sum to one.
        offices: all offices, sorted.
        senders: all senders of data.
        sender_of: sender index by lane × country × slot; a record takes a random slot.
        vehicles, areas: as in the file.
    """

    home: str
    lanes: tuple[Lane, ...]
    countries: tuple[str, ...]
    currencies: tuple[str, ...]
    per_usd: np.ndarray
    scripts: tuple[str, ...]
    volume: np.ndarray
    offices: tuple[str, ...]
    senders: tuple[str, ...]
    sender_of: np.ndarray
    vehicles: tuple[Mapping[str, Any], ...]
    areas: Mapping[str, float]

    @property
    def all_countries(self) -> tuple[str, ...]:
        """Countries with home last, the order that `currencies` and `per_usd` have."""
        return (*self.countries, self.home)


def data_text(name: str) -> str:
    """Return a data file of this package as text."""
    return resources.files("counterflow.demo").joinpath("data", name).read_text("utf-8")


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(data_text("places.toml"))


def make_places(options: WorldOptions) -> Places:
    """Return the places with the roles that the seed deals out.

    Raises:
        UsageError: `options.prevalence` names a lane that is not there.
    """
    tree = _file()
    lanes = tuple(_lane(entry, options) for entry in tree["lanes"])
    unknown = set(options.prevalence) - {lane.name for lane in lanes}
    if unknown:
        raise UsageError(
            f"No lane is called {', '.join(sorted(unknown))}.",
            hint=f"Lanes: {', '.join(lane.name for lane in lanes)}.",
        )
    countries = tuple(tree["countries"])
    rows = [*tree["countries"].values(), {"currency": "USD", "per_usd": 1.0}]
    senders, sender_of = _senders(tree, lanes, countries)
    return Places(
        home=tree["home"],
        lanes=lanes,
        countries=countries,
        currencies=tuple(row["currency"] for row in rows),
        per_usd=np.array([row["per_usd"] for row in rows]),
        scripts=tuple(row.get("script", "") for row in rows[:-1]),
        volume=_volumes(tree, lanes, countries, options.seed),
        offices=tuple(sorted({office for lane in lanes for office in lane.offices})),
        senders=senders,
        sender_of=sender_of,
        vehicles=tuple(tree["vehicles"]),
        areas={name: area["weekly"] for name, area in tree["areas"].items()},
    )


def _lane(entry: dict[str, Any], options: WorldOptions) -> Lane:
    pairs = {"mass_kg": tuple(entry["mass_kg"]), "transit": tuple(entry["transit"])}
    prevalence = options.prevalence.get(entry["name"], entry["prevalence"])
    return Lane(**(entry | pairs | {"prevalence": prevalence}))


def _volumes(tree: dict[str, Any], lanes: tuple[Lane, ...], countries: tuple[str, ...], seed: int) -> np.ndarray:
    """Zipf shares over the countries, the ranks dealt by the seed, a little different in each lane."""
    rng = generator(seed, "world", "volumes")
    ranks = rng.permutation(len(countries)) + 1
    volume = np.zeros((len(lanes), len(countries)))
    for i, lane in enumerate(lanes):
        weights = ranks**-1.1 * rng.lognormal(0.0, 0.35, len(countries))
        allowed = tree["neighbours"].get(lane.name, countries)
        weights[[c not in allowed for c in countries]] = 0.0
        volume[i] = weights / weights.sum()
    return volume


def _senders(
    tree: dict[str, Any], lanes: tuple[Lane, ...], countries: tuple[str, ...]
) -> tuple[tuple[str, ...], np.ndarray]:
    """Posts for mail (each its own country's), carriers for the rest; slots repeat where a lane has few."""
    posts = tuple(f"POST-{code}" for code in (*countries, tree["home"]))
    carriers = tuple(name for names in tree["carriers"].values() for name in names)
    senders = posts + carriers
    slots = max(len(names) for names in tree["carriers"].values())
    sender_of = np.zeros((len(lanes), len(countries), slots), np.int16)
    for i, lane in enumerate(lanes):
        if lane.base == "mail":
            own = np.arange(len(countries)) if lane.direction == "inbound" else np.full(len(countries), len(countries))
            sender_of[i] = own[:, None]
        else:
            known = [senders.index(name) for name in tree["carriers"][lane.base]]
            sender_of[i] = np.resize(known, slots)[None, :]
    return senders, sender_of


def area_table() -> pa.Table:
    """Return areas and offices: `place`, `level`, `parent`, `lat` and `lon` (invented, in the open sea)."""
    tree = tomllib.loads(data_text("places.toml"))
    rows = [(name, "county", area["at"]) for name, area in tree["areas"].items()]
    rows += [(name, "site", at) for name, at in tree["office_places"].items()]
    names, levels, where = zip(*rows, strict=True)
    lat, lon = zip(*where, strict=True)
    columns = {"place": names, "level": levels, "parent": [""] * len(rows), "lat": lat, "lon": lon}
    return pa.table({name: list(values) for name, values in columns.items()})
