"""An invented watch list in OFAC's three-file layout, and how its names get written on declarations.

The layout (no header, ``-0-`` for empty, twelve, five and six columns) is that of SDN.CSV, ALT.CSV and
ADD.CSV as described in OFAC's "Specifications for the SDN data files". Every name is invented, every number
lies above 900,000.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from counterflow.core.seeds import generator
from counterflow.demo import words
from counterflow.demo.options import WorldOptions
from counterflow.demo.places import Places

__all__ = ["FIRST_ENTRY", "WatchList", "make_watch_list", "writings"]

FIRST_ENTRY = 900_001
_PERSONS, _FIRMS, _PER_ENTRY = 60, 60, 3
_EMPTY = "-0- "
_REMARK = "SYNTHETIC: training world, nobody is meant."
_PROGRAMS = ("SDNTK", "ILLICIT-DRUGS-EO14059", "SDGT")


@dataclass(frozen=True)
class WatchList:
    """Entries of the invented list.

    Args:
        given, family: parts of people's names; empty for firms.
        name: full name in natural order.
        alias: one other name of each entry.
        program: programme of each entry.
        address: an address of each entry.
    """

    given: tuple[str, ...]
    family: tuple[str, ...]
    name: tuple[str, ...]
    alias: tuple[str, ...]
    program: tuple[str, ...]
    address: tuple[str, ...]

    def sdn(self) -> str:
        """Return the main file: number, name, type, programme, seven unused columns, remark."""
        return _csv(
            [number, printed, kind, program, *[_EMPTY] * 7, _REMARK]
            for number, printed, kind, program in zip(
                self.numbers, self._printed(), self._kinds(), self.program, strict=True
            )
        )

    def alt(self) -> str:
        """Return the file of other names: entry, number, kind, name, remark."""
        return _csv(
            [number, number + 50_000, "aka", alias, _EMPTY]
            for number, alias in zip(self.numbers, self.alias, strict=True)
        )

    def add(self) -> str:
        """Return the file of addresses: entry, number, street, town, country, remark."""
        rows = []
        for number, address in zip(self.numbers, self.address, strict=True):
            street, town, postcode = address.split(", ")
            rows.append([number, number + 70_000, street, f"{town} {postcode}", _EMPTY, _EMPTY])
        return _csv(rows)

    @property
    def numbers(self) -> range:
        """The entries' numbers."""
        return range(FIRST_ENTRY, FIRST_ENTRY + len(self.name))

    def _printed(self) -> list[str]:
        people = [f"{family.upper()}, {given}" for given, family in zip(self.given, self.family, strict=True) if family]
        return people + [name.upper() for name in self.name[len(people) :]]

    def _kinds(self) -> list[str]:
        return ["individual" if family else _EMPTY for family in self.family]


def make_watch_list(options: WorldOptions) -> WatchList:
    """Return the list of this world: people first, then firms."""
    rng = generator(options.seed, "world", "watch-list")
    people = [name.split(" ", 1) for name in words.persons(rng, _PERSONS).to_pylist()]
    others = words.persons(rng, _PERSONS).to_pylist()
    firms = words.firms(rng, _FIRMS).to_pylist()
    count = _PERSONS + _FIRMS
    return WatchList(
        given=(*(given for given, _ in people), *[""] * _FIRMS),
        family=(*(family for _, family in people), *[""] * _FIRMS),
        name=(*(" ".join(parts) for parts in people), *firms),
        alias=(*others, *words.firms(rng, _FIRMS).to_pylist()),
        program=tuple(words.pick(list(_PROGRAMS), rng, count).to_pylist()),
        address=tuple(words.addresses(rng, count).to_pylist()),
    )


def writings(watch_list: WatchList, places: Places, rng: np.random.Generator) -> tuple[pa.Array, np.ndarray]:
    """Return names as listed parties write them on declarations, and a country for each.

    Each entry is written straight, reordered, and under its alias or with a letter gone, as lists meet them in life.
    """
    rows: list[str] = []
    for name, alias in zip(watch_list.name, watch_list.alias, strict=True):
        parts = name.split(" ")
        cut = int(rng.integers(1, max(len(name) - 1, 2)))
        slip = alias if rng.random() < 0.5 else name[:cut] + name[cut + 1 :]
        rows += [name, " ".join([*parts[1:], parts[0]]), slip]
    countries = np.repeat(rng.integers(0, len(places.countries), len(watch_list.name)), _PER_ENTRY)
    return pa.array(rows), countries


def _csv(rows: object) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)  # type: ignore[arg-type]
    return text.getvalue()
