"""What others published that we hold ourselves against: shipped facts, or a fuller folder that the user has.

Shipped are results at three significant digits with their source (`reference/strategy/published*.csv`). A folder in the
shape of the public strategy data (`--reference FOLDER`) gives full digits and single points.
"""

from __future__ import annotations

import csv
import gzip
import math
from dataclasses import dataclass
from pathlib import Path

from counterflow.core.errors import InputError
from counterflow.reference.csv_files import read_rows

__all__ = ["Effect", "Interval", "Other", "Reference", "others", "published"]

_SCENARIOS = {"Base": "base", "Cnst": "constant", "FentH": "high", "FentL": "low"}
EFFECTS, POINTS, SERIES = "source_policy_effects.csv", "source_out_of_sample_2013_2020.csv", "source_fit_1999_2020.csv"
TRAJECTORIES, INPUTS = "source_base_trajectories.csv.gz", "source_timeseries.csv.gz"
BEST = "source_estimated_parameters.csv"


@dataclass(frozen=True, slots=True)
class Effect:
    """A published effect of a policy on the years 2022 to 2032, relative to the same scenario without policy."""

    scenario: str
    lever: str
    strength: int
    deaths: float
    person_years: float


@dataclass(frozen=True, slots=True)
class Interval:
    """A published 95 % interval of one held-out year."""

    series: str
    year: int
    observed: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Other:
    """The headline of another model."""

    question: str
    source: str
    measure: str
    value: float
    low: float | None
    high: float | None
    unit: str
    read: str
    note: str


@dataclass(frozen=True)
class Reference:
    """What the model is held against.

    Args:
        source: "shipped facts", or the folder.
        effects: published policy effects.
        fit: group -> name -> measure -> value: errors by series, widths of intervals, baselines, loops switched off.
        points: held-out intervals point by point; empty where only the summary is at hand.
        observed: series -> year -> observed value of 1999 to 2020; empty where only our own table is at hand.
        folder: the fuller folder, or None.
    """

    source: str
    effects: tuple[Effect, ...]
    fit: dict[str, dict[str, dict[str, float]]]
    points: tuple[Interval, ...] = ()
    observed: dict[str, dict[int, float]] | None = None
    folder: Path | None = None


def others() -> tuple[Other, ...]:
    """Return headlines of other models."""
    return tuple(
        Other(
            r["question"], r["source"], r["measure"], float(r["value"]), float(r["low"]) if r["low"] else None,
            float(r["high"]) if r["high"] else None, r["unit"], r["read"], r["note"],
        )
        for r in read_rows("strategy", "published_others.csv")
    )  # fmt: skip


def published(folder: Path | None = None) -> Reference:
    """Return the published facts: those shipped, or with a folder its full digits in their place.

    Raises:
        InputError: the folder lacks a file, or a file a column or a number.
    """
    fit: dict[str, dict[str, dict[str, float]]] = {}
    for line in read_rows("strategy", "published.csv"):
        fit.setdefault(line["group"], {}).setdefault(line["name"], {})[line["measure"]] = float(line["value"])
    if folder is None:
        effects = tuple(
            Effect(r["scenario"], r["lever"], int(r["strength"]), float(r["deaths"]), float(r["person_years"]))
            for r in read_rows("strategy", "published_policies.csv")
        )
        return Reference("shipped facts (3 significant digits)", effects, fit)
    return Reference(
        f"folder {folder.name}", _effects(folder), fit, _points(folder), _observed(folder), folder
    )  # fmt: skip


def lines_of(folder: Path, name: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Return the lines of a CSV of the folder, gzip or plain.

    Raises:
        InputError: there is no such file, or it lacks a column.
    """
    path = folder / name
    if not path.is_file():
        hint = f"Give a folder that holds {name}, or leave --reference out: the shipped facts are then used."
        raise InputError(f"There is no {name} in {folder}.", hint=hint)
    try:
        text = gzip.decompress(path.read_bytes()) if name.endswith(".gz") else path.read_bytes()
        read = csv.DictReader(text.decode("utf-8").splitlines())
        lines = list(read)
    except (OSError, UnicodeDecodeError, csv.Error, EOFError) as error:
        raise InputError(f"{name} cannot be read: {error}.", file=path, hint="Fetch the file again.") from error
    missing = [column for column in columns if column not in (read.fieldnames or ())]
    if missing:
        raise InputError(f"{name} has no column {missing[0]}.", file=path, hint=f"It needs {', '.join(columns)}.")
    return lines


def number(line: dict[str, str], column: str, file: str, at: int) -> float:
    """Return a number of a line; an empty cell is a missing value (NaN).

    Raises:
        InputError: the cell holds something else.
    """
    text = (line[column] or "").strip()
    try:
        value = float(text) if text else math.nan
    except ValueError:
        value = math.inf
    if math.isinf(value):
        raise InputError("This is no number.", file=file, line=at, column=column, value=text, hint="Put it right.")
    return value


def _effects(folder: Path) -> tuple[Effect, ...]:
    wanted = ("scenario", "lever", "strength", "rel_change_od_deaths", "rel_change_ud_person_years")
    found = []
    for at, line in enumerate(lines_of(folder, EFFECTS, wanted), 2):
        strength = number(line | {"strength": line["strength"].rstrip("%")}, "strength", EFFECTS, at)
        deaths, person_years = (number(line, name, EFFECTS, at) for name in wanted[3:])
        scenario = _SCENARIOS.get(line["scenario"], line["scenario"])
        found.append(Effect(scenario, line["lever"], round(strength), deaths, person_years))
    return tuple(found)


def _points(folder: Path) -> tuple[Interval, ...]:
    wanted = ("code", "year", "observed", "lo95", "hi95")
    found = []
    for at, line in enumerate(lines_of(folder, POINTS, wanted), 2):
        year, observed, low, high = (number(line, name, POINTS, at) for name in wanted[1:])
        found.append(Interval(line["code"], int(year), observed, low, high))
    return tuple(found)


def _observed(folder: Path) -> dict[str, dict[int, float]]:
    found: dict[str, dict[int, float]] = {}
    for at, line in enumerate(lines_of(folder, SERIES, ("code", "year", "observed")), 2):
        found.setdefault(line["code"], {})[int(number(line, "year", SERIES, at))] = number(line, "observed", SERIES, at)
    return found
