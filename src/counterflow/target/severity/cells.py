"""Counts and exposure as they enter a derivation: the latest count of each cell, aged, as ranges to draw from."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.store.repository import Store
from counterflow.target.severity.in_force import KEYS

__all__ = ["OUTCOME_WEIGHTS", "Cell", "cells_of", "drawn", "node_of"]

Floats = npt.NDArray[np.float64]
#: how much one of each counts beside a death; judgement, in the open
OUTCOME_WEIGHTS: Mapping[str, float] = {
    "death": 1.0, "nonfatal-overdose": 0.05, "hospital-stay": 0.05, "ed-visit": 0.02, "treatment-entry": 0.01,
}  # fmt: skip
_Z = 1.959963984540054


@dataclass(frozen=True)
class Cell:
    """One number that was counted or estimated.

    Args:
        harm_class: class.
        key: values of `KEYS`; "" where not known.
        kind: outcome, or unit of exposure.
        low: at least.
        middle: the count or amount.
        high: at most.
        exact: True where it was counted and not estimated.
        aged: what it counts for because of its age, from 0 to 1.
        ends: last day counted.
    """

    harm_class: str
    key: tuple[str, ...]
    kind: str
    low: float
    middle: float
    high: float
    exact: bool
    aged: float
    ends: dt.date


def cells_of(
    store: Store, table: str, kind: str, *, on: dt.date, half_life_days: float, places: Sequence[str] = ()
) -> tuple[list[Cell], list[str]]:
    """Return the cells of a table that were counted by a day, and what has to be said of them.

    Args:
        store: where the counts are.
        table: harm_count or exposure.
        kind: its column outcome or unit.
        on: the day; what was counted or ended later is not known yet.
        half_life_days: after so many days a count says half as much.
        places: only these places; all where none is named.
    """
    rows = store.rows(
        f"SELECT * FROM {table} WHERE as_of <= ? AND ends <= ? ORDER BY as_of, first_seen, batch", [on, on]
    )
    if places:
        rows = [row for row in rows if row["place"] in places]
    latest: dict[tuple[object, ...], Mapping[str, object]] = {}
    for row in rows:
        latest[_cell_key(row, kind)] = row
    kept, dropped = _without_sums(list(latest.values()), kind)
    said = [f"{dropped} {table} rows span periods that other rows of the same cell give in parts; the parts count"]
    cells = [_cell(row, kind, table, on, half_life_days) for row in kept]
    where = sorted({str(row["place"]) for row in kept})
    told = said if dropped else []
    if len(where) > 1:
        told = [*told, f"{table}: {len(where)} places added up; none may lie within another ({', '.join(where[:5])})"]
    return cells, told


def node_of(cell: Cell, keys: frozenset[str]) -> tuple[str, ...]:
    """Return a cell's key with only `keys` kept."""
    return tuple(value if key in keys else "" for key, value in zip(KEYS, cell.key, strict=True))


def drawn(cells: Sequence[Cell], draws: int, rng: np.random.Generator) -> Floats:
    """Return draws of each cell's number: (cells, draws). What was counted is itself; a range is log-normal within it.

    A suppressed count is any whole number of its range alike.
    """
    out = np.empty((len(cells), draws))
    for place, cell in enumerate(cells):
        if cell.exact or cell.high <= cell.low:
            out[place] = cell.middle
        elif math.isclose(cell.middle, (cell.low + cell.high) / 2) and cell.high < _FEW:
            out[place] = rng.integers(math.ceil(cell.low), math.floor(cell.high) + 1, draws)
        else:
            low, middle = max(cell.low, 1e-6), max(cell.middle, 1e-6)
            z = rng.standard_normal(draws)
            below, above = math.log(middle / low) / _Z, math.log(max(cell.high, middle) / middle) / _Z
            out[place] = middle * np.exp(z * np.where(z < 0, below, above))
    return out


#: a range below this is a suppressed count
_FEW = 25


def _cell_key(row: Mapping[str, object], kind: str) -> tuple[object, ...]:
    return (row["place"], row["harm_class"], *(row[key] for key in KEYS), row[kind], row["starts"], row["ends"])


def _without_sums(rows: list[Mapping[str, object]], kind: str) -> tuple[list[Mapping[str, object]], int]:
    """Leave out rows whose period holds that of another row of the same cell: a year beside its months."""
    groups: dict[tuple[object, ...], list[Mapping[str, object]]] = {}
    for row in rows:
        groups.setdefault(_cell_key(row, kind)[:-2], []).append(row)
    kept: list[Mapping[str, object]] = []
    for group in groups.values():
        kept += [row for row in group if not any(_holds(row, other) for other in group if other is not row)]
    return kept, len(rows) - len(kept)


def _holds(row: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(row["starts"] <= other["starts"] and row["ends"] >= other["ends"])


def _cell(row: Mapping[str, Any], kind: str, table: str, on: dt.date, half_life_days: float) -> Cell:
    middle = row["amount"] if table == "exposure" else row["count"]
    low, high = row["low"], row["high"]
    exact = table == "harm_count" and middle is not None
    if middle is None:
        middle = (low + high) / 2 if row["suppressed"] else math.sqrt(max(low, 0.5) * max(high, 0.5))
    return Cell(
        str(row["harm_class"]), tuple(str(row[key]) for key in KEYS), str(row[kind]),
        float(middle if exact or low is None else low), float(middle), float(middle if exact or high is None else high),
        exact, 0.5 ** ((on - row["ends"]).days / half_life_days), row["ends"],
    )  # fmt: skip
