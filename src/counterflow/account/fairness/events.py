"""Events to count burden by: consignments, which were opened, why, and what came of it.

From a file one row is a consignment, or a count of them where a column says how many. From a workspace the flow makes
the same columns. Nothing here is an estimate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.account.fairness.table_file import GivenTable, read_table
from counterflow.account.given import MISSING
from counterflow.core.errors import InputError, UsageError

__all__ = ["NOT_GIVEN", "Asked", "Events", "cut", "read_events"]

Texts = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]

#: the group of a row that names none
NOT_GIVEN = "(not given)"
_MOST_BANDS = 5
_MOST_VALUES = 10
_MOST_GROUPS = 200

_GROUP = ("group", "groups", "community", "origin", "departure", "country_of_origin", "country", "sender_size",
          "sender_group", "ethnicity", "race", "race_ethnicity", "population_group", "subject_race",
          "driver_race")  # fmt: skip
_INSPECTED = ("inspected", "searched", "search_conducted", "examined", "opened", "inspection", "inspections",
              "searches", "checked", "selected")  # fmt: skip
_FOUND = ("found", "hit", "hits", "confirmed", "contraband_found", "contraband", "seized", "violative", "positive",
          "finds")  # fmt: skip
_RANDOM = ("random", "random_arm", "arm", "randomised", "randomized", "assignment", "drawn_at_random")
_RISK = ("risk", "risk_band", "risk_score", "declared_risk", "risk_level", "score", "chance", "band")
_DELAY = ("delay_hours", "delay_h", "delay", "hours_delayed", "hold_hours", "hours_held", "dwell_hours")
_UNIT = ("unit", "port", "office", "department", "district", "precinct", "location", "lane", "station")
_COUNT = ("consignments", "records", "declarations", "shipments", "stops", "n", "count", "total")
_PERIOD = ("period", "month", "date", "day", "declared_on")
_COLUMNS = ("consignments", "inspected", "found", "awaiting", "random", "band", "delay", "unit", "period")
_ARMS = {"random": 1.0, "targeted": 0.0, "chosen": 0.0, "selected": 0.0, "mandatory": 0.0, "followup": 0.0,
         "risk": 0.0, "none": 0.0, "": 0.0}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """Columns that were named; None is looked for under its usual names."""

    groups: tuple[str, ...] = ()
    inspected: str | None = None
    found: str | None = None
    random: str | None = None
    risk: str | None = None
    delay: str | None = None
    unit: str | None = None
    count: str | None = None
    period: str | None = None


@dataclass(frozen=True)
class Events:
    """Consignments in columns, one place per row.

    Args:
        groups: name of a grouping to the group of each row.
        consignments: how many the row stands for.
        inspected: of them opened.
        found: of those, with something found.
        awaiting: of those opened, with no result yet.
        random: 1 where the opening was drawn at random, else 0; None where nobody says.
        band: band of declared risk; None where none is declared.
        delay: hours of delay per consignment of the row, nan where not known; None where nobody says.
        unit: port, office or the like; None where none is named.
        period: month, YYYY-MM; None where none is named.
        results: whether anything says what was found; without, found and fruitless mean nothing.
        columns: what was taken for what.
        said: what must be said of them.
    """

    groups: Mapping[str, Texts]
    consignments: Floats
    inspected: Floats
    found: Floats
    awaiting: Floats
    random: Floats | None = None
    band: Texts | None = None
    delay: Floats | None = None
    unit: Texts | None = None
    period: Texts | None = None
    results: bool = True
    columns: Mapping[str, str] = field(default_factory=dict)
    said: tuple[str, ...] = ()

    def where(self, here: npt.NDArray[np.bool_]) -> Events:
        """Return the rows where `here`."""

        def part(values: npt.NDArray[Any] | None) -> Any:
            return None if values is None else values[here]

        return replace(
            self, groups={name: values[here] for name, values in self.groups.items()},
            **{name: part(getattr(self, name)) for name in _COLUMNS},
        )  # fmt: skip

    @property
    def fruitless(self) -> Floats:
        """Opened, nothing found, nothing awaited."""
        return self.inspected - self.found - self.awaiting


def read_events(path: Path, asked: Asked) -> Events:
    """Read a file of events.

    Raises:
        InputError: no such file, a column that cannot be told, a cell that cannot be, or a row that contradicts itself.
    """
    table = read_table(path, "the events: one row per consignment, with its group and whether it was inspected")
    names = _names(table, asked)
    said = [*table.rows.said, *(f"{what}: column {name!r}" for what, name in names.items())]
    groups = {name: _groups(table, name, said) for name in _group_columns(table, asked, tuple(names.values()))}
    if not groups:
        hint = f"Name it with --group; columns: {', '.join(table.header[:20])}."
        raise InputError("No column looks like the group.", file=table.file, line=1, hint=hint)
    consignments, inspected, found, awaiting = _counts(table, names, said)
    period = None
    if "period" in names:
        period = _periods(table, names["period"])
    return Events(
        groups, consignments, inspected, found, awaiting,
        random=_random(table, names["random"]) if "random" in names else None,
        band=_bands(table, names["risk"], consignments, said) if "risk" in names else None,
        delay=_delay(table, names["delay"], said) if "delay" in names else None,
        unit=table.texts(names["unit"]) if "unit" in names else None,
        period=period, results="found" in names,
        columns={"group": ", ".join(groups)} | names, said=tuple(said),
    )  # fmt: skip


def _names(table: GivenTable, asked: Asked) -> dict[str, str]:
    """Return what is taken for what."""
    taken = tuple(table.named(name, "--group") for name in asked.groups)
    found = {"inspected": table.needed(asked.inspected, "--inspected", _INSPECTED, "whether it was inspected")}
    for what, given, usual in (
        ("found", asked.found, _FOUND), ("random", asked.random, _RANDOM), ("risk", asked.risk, _RISK),
        ("delay", asked.delay, _DELAY), ("unit", asked.unit, _UNIT), ("consignments", asked.count, _COUNT),
        ("period", asked.period, _PERIOD),
    ):  # fmt: skip
        option = {"delay": "--delay-hours", "consignments": "--count"}.get(what, f"--{what}")
        name = table.find(given, option, usual, taken=(*taken, *found.values()))
        if name is not None:
            found[what] = name
    return found


def _group_columns(table: GivenTable, asked: Asked, taken: Sequence[str]) -> list[str]:
    if asked.groups:
        return list(dict.fromkeys(table.named(name, "--group") for name in asked.groups))
    guessed = table.find(None, "--group", _GROUP, taken=taken)
    return [guessed] if guessed else []


def _groups(table: GivenTable, name: str, said: list[str]) -> Texts:
    values = table.texts(name)
    without = int((values == "").sum())
    if without:
        said.append(f"{without:,} rows have no {name!r}: they stand as {NOT_GIVEN}")
        values = np.where(values == "", NOT_GIVEN, values).astype(object)
    count = len(set(values.tolist()))
    if count > _MOST_GROUPS:
        raise UsageError(
            f"{name!r} has {count:,} values: that is no grouping.",
            hint=f"Group by a column of at most {_MOST_GROUPS} values; a value of its own per row names somebody.",
        )
    return values


def _counts(table: GivenTable, names: Mapping[str, str], said: list[str]) -> tuple[Floats, Floats, Floats, Floats]:
    """Return consignments, inspected, found and awaiting of each row, checked against one another."""
    of_inspected, of_found = names["inspected"], names.get("found")
    if "consignments" in names:
        consignments = _whole(table, names["consignments"])
        inspected = _whole(table, of_inspected)
        found = _whole(table, of_found) if of_found else np.zeros(len(table))
        awaiting = np.zeros(len(table))
        _refuse_more(table, inspected, consignments, of_inspected, "inspected than there were consignments")
    else:
        consignments = np.ones(len(table))
        inspected = table.marks(of_inspected, empty=_empty_mark(table, of_inspected))
        found, awaiting = np.zeros(len(table)), np.zeros(len(table))
        if of_found:
            result = table.marks(of_found, empty=np.nan)
            awaiting = inspected * np.isnan(result)
            found = np.nan_to_num(result)
    if of_found:
        _refuse_more(table, found, inspected, of_found, "found than were inspected")
    else:
        said.append("no column says what was found: neither fruitless inspections nor hit rates can be told")
    if of_found and awaiting.any():
        said.append(f"{int(awaiting.sum()):,} inspected rows have no result yet: they are not counted as fruitless")
    return consignments, inspected, found, awaiting


def _empty_mark(table: GivenTable, name: str) -> float | None:
    """Return what an empty cell means: no, where only yes is ever marked; else nobody can tell."""
    given = {value.casefold() for value in table.rows.column(name)} - MISSING
    return 0.0 if given <= {"1", "x", "yes", "y", "true", "t"} else None


def _whole(table: GivenTable, name: str) -> Floats:
    values = table.numbers(name)
    broken = np.flatnonzero(values != np.floor(values))
    if len(broken):
        raise table.fault(int(broken[0]), name, "A count is a whole number.", "Give counts, not shares.")
    return values


def _refuse_more(table: GivenTable, part: Floats, whole: Floats, name: str, words: str) -> None:
    over = np.flatnonzero(part > whole)
    if len(over):
        raise table.fault(int(over[0]), name, f"More {words}.", "Mend the row, or name the columns by their options.")


def _random(table: GivenTable, name: str) -> Floats:
    """Return 1 where the arm is the random one: marks of yes and no, or names of arms."""
    values = [value.casefold() for value in table.rows.column(name)]
    if set(values) <= set(_ARMS):
        return np.array([_ARMS[value] for value in values])
    return table.marks(name, empty=0.0)


def _delay(table: GivenTable, name: str, said: list[str]) -> Floats:
    hours = table.numbers(name, empty=np.nan)
    unknown = int(np.isnan(hours).sum())
    if unknown:
        said.append(f"{unknown:,} rows do not say their delay: they are left out of hours, not counted as none")
    return hours


def _periods(table: GivenTable, name: str) -> Texts:
    """Return months of dates or months."""
    values = table.texts(name)
    for row, value in enumerate(values):
        text = str(value)
        if len(text) < 7 or not text[:4].isdigit() or text[4] != "-" or text[5:7] not in _MONTHS:
            raise table.fault(row, name, "This is neither a day nor a month.", "Write 2026-03-14 or 2026-03.")
        values[row] = text[:7]
    return values


_MONTHS = frozenset(f"{month:02d}" for month in range(1, 13))


def _bands(table: GivenTable, name: str, weight: Floats, said: list[str]) -> Texts:
    """Return the band of declared risk of each row: few values as they are, many numbers cut into fifths."""
    texts = table.texts(name)
    without = int((texts == "").sum())
    if without:
        said.append(f"{without:,} rows declare no risk: they are a band of their own")
    if len(set(texts.tolist())) <= _MOST_VALUES:
        return np.where(texts == "", NOT_GIVEN, texts).astype(object)
    values = table.numbers(name, least=None, empty=np.nan)
    said.append(f"{name!r} holds many values: cut into {_MOST_BANDS} bands of as many consignments each")
    return cut(values, weight)


def cut(values: Floats, weight: Floats) -> Texts:
    """Return the band of each value, by fifths of the weight below it; not known is a band of its own.

    >>> cut(np.array([0.1, 0.2, 0.3, 0.4, 0.5, np.nan]), np.ones(6)).tolist()
    ['band 1', 'band 2', 'band 3', 'band 4', 'band 5', '(not given)']
    """
    made = np.full(len(values), NOT_GIVEN, dtype=object)
    known = np.flatnonzero(~np.isnan(values))
    if not len(known):
        return made
    distinct, place = np.unique(values[known], return_inverse=True)
    mass = np.bincount(place, weight[known], minlength=len(distinct))
    below = (np.cumsum(mass) - mass / 2) / mass.sum()
    band = np.minimum((below * _MOST_BANDS).astype(int), _MOST_BANDS - 1) + 1
    made[known] = np.array([f"band {b}" for b in band], dtype=object)[place]
    return made
