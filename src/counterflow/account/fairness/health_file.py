"""The file that a question on health disparity brings: counts by group, and by age where they are to be comparable."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from counterflow.account.fairness.table_file import GivenTable, read_table
from counterflow.core.errors import InputError

__all__ = ["HealthAsked", "HealthCounts", "read_health"]

Texts = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]

_USUAL = {
    "group": ("group", "race_ethnicity", "race", "ethnicity", "population_group", "community", "area", "sex"),
    "events": ("events", "count", "cases", "overdoses", "arrests", "imprisoned", "admissions"),
    "population": ("population", "pop", "person_years", "people", "residents"),
    "age": ("age", "age_group", "agegroup", "age_band"),
    "need": ("need", "in_need", "with_need", "needing_treatment", "oud"),
    "received": ("received", "treated", "receiving", "in_treatment", "received_treatment"),
    "deaths": ("deaths", "overdose_deaths", "died"),
    "untreated": ("untreated", "no_treatment", "without_treatment", "no_evidence_of_treatment"),
    "duration": ("duration", "days", "duration_days", "months", "weeks", "duration_months"),
    "ended": ("ended", "ends", "discontinued", "stopped", "event"),
    "ongoing": ("ongoing", "censored", "still_on", "still_in_treatment"),
}
#: what belongs together: one without the other answers nothing
_PAIRS = (("need", "received"), ("deaths", "untreated"), ("duration", "ended"))
_COUNTS = ("events", "population", "need", "received", "deaths", "untreated", "ended", "ongoing")


@dataclass(frozen=True)
class HealthAsked:
    """Columns that were named; None is looked for under its usual names."""

    group: str | None = None
    events: str | None = None
    population: str | None = None
    age: str | None = None
    need: str | None = None
    received: str | None = None
    deaths: str | None = None
    untreated: str | None = None
    duration: str | None = None
    ended: str | None = None
    ongoing: str | None = None


@dataclass(frozen=True)
class HealthCounts:
    """Counts by row; a column that the file lacks is not among `counts`."""

    file: Path
    group: Texts
    age: Texts | None
    counts: dict[str, Floats]
    lines: tuple[int, ...]
    said: tuple[str, ...] = field(default=())


def read_health(path: Path, asked: HealthAsked) -> HealthCounts:
    """Read the file and check its counts against one another.

    Raises:
        InputError: no such file, no group, nothing to compare, a count that is none, or a part larger than its whole.
    """
    table = read_table(path, "counts by group: group,age,events,population")
    names: dict[str, str] = {}
    for what, usual in _USUAL.items():
        option = f"--{what}"
        found = table.find(getattr(asked, what), option, usual, taken=tuple(names.values()))
        if found is not None:
            names[what] = found
    _refuse_halves(table, asked, names)
    counts = {what: table.numbers(names[what]) for what in (*_COUNTS, "duration") if what in names}
    said = [f"{what}: column {name!r}" for what, name in names.items()]
    if "ended" in counts and "ongoing" not in counts:
        _single(table, names, counts, said)
    for part, whole in (("events", "population"), ("received", "need"), ("untreated", "deaths")):
        if part in counts and whole in counts:
            _refuse_more(table, names, counts, part, whole)
    if "population" in counts:
        empty = np.flatnonzero((counts["population"] == 0) & (counts.get("events", counts["population"]) > 0))
        if len(empty):
            raise table.fault(int(empty[0]), names["population"], "Events among nobody.", "Mend the population.")
    group = table.texts(names["group"])
    if (group == "").any():
        raise table.fault(int(np.flatnonzero(group == "")[0]), names["group"], "No group.", "Name it or leave it out.")
    age = table.texts(names["age"]) if "age" in names else None
    lines = tuple(table.rows.lines)
    _refuse_twice(table, names, group, age, counts)
    return HealthCounts(path, group, age, counts, lines, (*table.rows.said, *said))


def _refuse_halves(table: GivenTable, asked: HealthAsked, names: dict[str, str]) -> None:
    """Refuse where the group or a half of a pair is missing; forget a guessed half whose other is not there."""
    if "group" not in names:
        hint = f"Name it with --group; columns: {', '.join(table.header[:20])}."
        raise InputError("No column looks like the group.", file=table.file, line=1, hint=hint)
    for one, other in (("events", "population"), *_PAIRS):
        for have, lack in ((one, other), (other, one)):
            if have in names and lack not in names:
                if getattr(asked, have) is not None:
                    told = f"{have} needs {lack} beside it."
                    raise InputError(told, file=table.file, line=1, hint=f"Name the column with --{lack}.")
                if have != "population":
                    del names[have]
    if not any(all(part in names for part in pair) for pair in (("events", "population"), *_PAIRS)):
        hint = "Give events and population, need and received, deaths and untreated, or duration and ended; columns: "
        hint += ", ".join(table.header[:20])
        raise InputError("There is nothing to compare in this file.", file=table.file, line=1, hint=hint)


def _single(table: GivenTable, names: dict[str, str], counts: dict[str, Floats], said: list[str]) -> None:
    """Take a file of one treatment per row; it is used for the answer and not kept."""
    ended = counts["ended"]
    over = np.flatnonzero(ended > 1)
    if len(over):
        told = "Counts of ended treatments need those still going on beside them."
        raise table.fault(int(over[0]), names["ended"], told, "Name the column with --ongoing.")
    counts["ongoing"] = 1.0 - ended
    said.append("one treatment per row: used for this answer and not kept; counts by duration would do")


def _refuse_more(table: GivenTable, names: dict[str, str], counts: dict[str, Floats], part: str, whole: str) -> None:
    over = np.flatnonzero(counts[part] > counts[whole])
    if len(over):
        told = f"More {part} than {whole}."
        raise table.fault(int(over[0]), names[part], told, "Mend the row, or name the columns by their options.")


def _refuse_twice(
    table: GivenTable, names: dict[str, str], group: Texts, age: Texts | None, counts: dict[str, Floats]
) -> None:
    """Refuse a group (and age) that stands twice where populations would be counted twice."""
    if "duration" in counts or "population" not in counts:
        return
    seen: dict[tuple[str, str], int] = {}
    for row in range(len(table)):
        key = (str(group[row]), str(age[row]) if age is not None else "")
        if key in seen:
            told = f"It stands on line {table.rows.lines[seen[key]]} as well: its population would count twice."
            column = names["age"] if age is not None else names["group"]
            hint = "Sum the rows, or name the column of ages with --age."
            raise table.fault(
                row, column, f"This group {'and age ' if age is not None else ''}stands twice. {told}", hint
            )
        seen[key] = row
