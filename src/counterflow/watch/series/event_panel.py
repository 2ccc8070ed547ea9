"""From tallies of events to counts with their zeros: a zero only where it was looked for.

A flag that starts is not a drug that starts. Where the mapping gives no first day for a flag (`since`), the time before
its first yes counts as "not looked for" if the flag was empty throughout and so long a silence is not believable at the
rate of the half year after (Poisson, under 1 in 1,000); else as zero.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.watch.series.mapping import CountMapping
from counterflow.watch.series.reader import PANELS, Options, table_for

__all__ = ["Flags", "began"]

Days = npt.NDArray[np.datetime64]
_HALF_YEAR, _BELIEVED = 182, 1e-3
#: share of a period's events that a date basis must date, for the count by it to be one
_WHOLE = 0.95
_Row = dict[str, object]


@dataclass
class Flags:
    """Per flag: the days of its yes, and the first day on which it said anything at all."""

    yes: dict[str, list[Days]] = field(default_factory=dict)
    answered: dict[str, np.datetime64] = field(default_factory=dict)

    def saw(self, name: str, days: Days, yes: npt.NDArray[np.bool_], answered: npt.NDArray[np.bool_]) -> None:
        """Take in the rows of a block."""
        self.yes.setdefault(name, []).append(days[yes])
        if answered.any():
            first = days[answered].min()
            self.answered[name] = min(self.answered.get(name, first), first)

    def starts(self, first: np.datetime64) -> dict[str, tuple[np.datetime64, float]]:
        """Return the flags that began later than the file: first day, and how believable the silence before is."""
        found = {}
        for name, parts in self.yes.items():
            days = np.sort(np.concatenate(parts))
            if not len(days) or self.answered[name] < days[0] or days[0] <= first:
                continue
            silence = int((days[0] - first).astype(np.int64))
            after = int((days < days[0] + np.timedelta64(_HALF_YEAR, "D")).sum())
            believable = float(np.exp(-after / _HALF_YEAR * silence))
            if believable < _BELIEVED:
                found[name] = (days[0], believable)
        return found


def began(
    table: pa.Table, calendar: Days, mapping: CountMapping, options: Options, flags: Flags, grain: str
) -> tuple[pa.Table, pa.Table, list[str]]:
    """Return counts with zeros, changes of panel, and what is said.

    Args:
        table: tallies: place, wholes, basis, subject, way, starts, n.
        calendar: first days of the periods covered.
        mapping: of the file.
        options: of the load.
        flags: what was seen of them.
        grain: of the calendar.
    """
    since: dict[str, np.datetime64] = {name: np.datetime64(day, "D") for name, day in mapping.since.items()}
    guessed = {name: both for name, both in flags.starts(calendar[0]).items() if name not in since}
    since |= {name: day for name, (day, _) in guessed.items()}
    cells = _cells(table, mapping)
    names, codes = _series(cells)
    numbers = np.zeros((len(names), len(calendar)))
    at = np.searchsorted(calendar, np.asarray(cells.column("starts").to_numpy(), "datetime64[D]"))
    np.add.at(numbers, (codes, at), np.asarray(cells.column("n").to_numpy(), np.float64))
    looked = np.ones(numbers.shape, bool)
    for row, (_, _, subject, definition) in enumerate(names):
        day = since.get(subject)
        if day is not None and "; text" not in definition:
            looked[row] = calendar >= day
    mixed = _dated_otherwise(table, calendar)
    for basis, other in mixed.items():
        ending = f"; by {basis}" if basis else ""
        rows = [
            row for row, name in enumerate(names) if ("; by " in name[3]) == bool(basis) and name[3].endswith(ending)
        ]
        looked[np.array(rows, np.int64)[:, None], np.flatnonzero(other)] = False
    made = _long(names, numbers, looked, calendar)
    panel = _panel(since, guessed, mapping, options, table, grain)
    said = [
        f"{name} is first flagged on {day}; before, it counts as not looked for (so long a silence has, at the rate"
        f" after, chance {_chance(chance)}). Say since.{name} in the mapping if you know."
        for name, (day, chance) in guessed.items()
    ]
    if mixed:
        said.append(_lost(table, calendar, mixed))
    for basis, other in sorted(mixed.items()):
        few = f"In {int(other.sum())} of {len(calendar)} periods fewer than {_WHOLE:.0%} of the events are dated"
        said.append(f"{few} by {basis or 'nothing'}: not counted so there.")
    return made, panel, said


def _lost(table: pa.Table, calendar: Days, mixed: Mapping[str, npt.NDArray[np.bool_]]) -> str:
    """Say how many events stand in no count, because of the way that they are dated."""
    at = np.searchsorted(calendar, np.asarray(table.column("starts").to_numpy(), "datetime64[D]"))
    columns = [table.column(name).to_pylist() for name in ("way", "basis", "n")]
    lost = sum(number for way, basis, number, place in zip(*columns, at.tolist(), strict=True)
               if way == "all" and mixed[basis][place])  # fmt: skip
    return f"{lost} events are dated in another way than nearly all of their period; they stand in no count."


def _chance(chance: float) -> str:
    return f"{chance:.0e}" if chance > 1e-12 else "under 1e-12"


def _dated_otherwise(table: pa.Table, calendar: Days) -> dict[str, npt.NDArray[np.bool_]]:
    """Return for each date basis the periods of which it dates too few events for a count; {} where there is one."""
    every = np.asarray(table.column("way").to_numpy(zero_copy_only=False) == "all", bool)
    own = table.filter(pa.array(every))
    basis = own.column("basis").to_pylist()
    named = sorted(set(basis))
    if len(named) < 2:
        return {}
    at = np.searchsorted(calendar, np.asarray(own.column("starts").to_numpy(), "datetime64[D]"))
    numbers = np.zeros((len(named), len(calendar)))
    np.add.at(numbers, (np.searchsorted(named, basis), at), np.asarray(own.column("n").to_numpy(), np.float64))
    whole = numbers.sum(axis=0)
    return {name: numbers[row] < _WHOLE * whole for row, name in enumerate(named)}


def _cells(table: pa.Table, mapping: CountMapping) -> pa.Table:
    """Return tallies with their definition, and those of the wholes that places lie in beside those of the places."""
    way = table.column("way").to_pylist()
    basis = table.column("basis").to_pylist()
    definitions = [mapping.definition + (f"; {w}" if w in ("flags", "text") else "") + (f"; by {b}" if b else "")
                   for w, b in zip(way, basis, strict=True)]  # fmt: skip
    own = pa.table({
        "place": table.column("place"), "whole": pa.repeat(False, table.num_rows), "subject": table.column("subject"),
        "definition": pa.array(definitions, pa.string()), "starts": table.column("starts"), "n": table.column("n"),
    })  # fmt: skip
    wholes = table.column("wholes")
    if not any(wholes.unique().to_pylist()):
        return own
    above = own.set_column(0, "place", wholes).set_column(1, "whole", pa.repeat(True, table.num_rows))
    named = np.array([bool(name) for name in wholes.to_pylist()])
    return pa.concat_tables([own, above.filter(pa.array(named))])


def _series(cells: pa.Table) -> tuple[list[tuple[str, bool, str, str]], npt.NDArray[np.int64]]:
    """Return the series, with every subject of a definition for every place that it counts, and each cell's series."""
    columns = [cells.column(name).to_pylist() for name in ("place", "whole", "subject", "definition")]
    rows = list(zip(*columns, strict=True))
    places = sorted({(place, whole) for place, whole, _, _ in rows})
    kinds = sorted({(subject, definition) for _, _, subject, definition in rows})
    names = [(place, whole, subject, definition) for place, whole in places for subject, definition in kinds]
    place_of = {name: number for number, name in enumerate(names)}
    return names, np.array([place_of[row] for row in rows], np.int64)


def _long(names: list[tuple[str, bool, str, str]], numbers: npt.NDArray[np.float64], looked: npt.NDArray[np.bool_],
          calendar: Days) -> pa.Table:  # fmt: skip
    width = len(calendar)
    columns: dict[str, pa.Array] = {}
    for number, name in enumerate(("place", "whole", "subject", "definition")):
        each = pa.array([row[number] for row in names])
        columns[name] = each.take(pa.array(np.repeat(np.arange(len(names)), width)))
    columns["starts"] = pa.array(np.tile(calendar, len(names)))
    return pa.table(columns | {"n": pa.array(numbers.ravel()), "looked_for": pa.array(looked.ravel())})


def _panel(since: Mapping[str, np.datetime64], guessed: Mapping[str, tuple[np.datetime64, float]],
           mapping: CountMapping, options: Options, table: pa.Table, grain: str) -> pa.Table:  # fmt: skip
    source = options.source or mapping.source or "events"
    rows: list[_Row] = []
    for name, day in sorted(since.items()):
        how = f"first flagged; taken as the day from which {name} was recorded" if name in guessed else "by the mapping"
        rows.append({"subject": name, "from_day": day.astype(dt.date), "change": "added", "said": how})
    rows += _basis_changes(table, grain)
    n = len(rows)
    fixed = {"source": source, "place": "*", "measure": mapping.measure}
    own = {name: [row[name] for row in rows] for name in ("subject", "from_day", "change", "said")}
    return table_for(PANELS, n, {**fixed, **own}) if n else PANELS.empty_table()


def _basis_changes(table: pa.Table, grain: str) -> list[_Row]:
    """Return a change wherever most events of a period are dated in another way than those of the one before."""
    basis = table.column("basis").to_pylist()
    if len(set(basis)) < 2:
        return []
    whole: dict[object, dict[str, int]] = {}
    for way, name, day, number in zip(table.column("way").to_pylist(), basis, table.column("starts").to_pylist(),
                                      table.column("n").to_pylist(), strict=True):  # fmt: skip
        if way == "all":
            of_day = whole.setdefault(day, {})
            of_day[name] = of_day.get(name, 0) + number
    rows: list[_Row] = []
    before = ""
    for day in sorted(whole, key=str):
        most = max(sorted(whole[day]), key=lambda name: whole[day][name])
        if before and most != before:
            said = f"most events of the {grain} are dated by {most or 'nothing named'}, before by {before}"
            rows.append({"subject": "*", "from_day": day, "change": "date-basis", "said": said})
        before = most
    return rows
