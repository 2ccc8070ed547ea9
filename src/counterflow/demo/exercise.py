"""Exercises on the training world: choose what to inspect as an officer would, then see what was really inside.

The truth of the training world lies in files beside its workspace, which no room reads. An exercise reads it twice:
when it is made (so that it holds something to find) and when it ends (so that whoever chose sees what they met and
missed). Between the two it shows only what a site would know. An exercise is richer in hidden goods than any traffic,
and says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.csv as pacsv

from counterflow.core.errors import InputError, UnknownName, UsageError
from counterflow.core.seeds import generator
from counterflow.demo.options import SOURCE
from counterflow.store.workspace import Workspace

__all__ = ["Exercise", "Scored", "begin", "end", "exercises_of", "has_truth", "read", "scored", "shown"]

#: records on the table, how many may be opened, and how many of them hide something at least and at most
RECORDS, CHOICES, LEAST_HIDDEN, MOST_HIDDEN = 24, 6, 3, 6
_FOLDER = "training"
_NAME = re.compile(r"x-\d{4}")


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise.

    Args:
        exercise: its name.
        person: who does it.
        begun_at: when it was begun, ISO 8601.
        records: ids on the table, in an order that says nothing.
        choices: how many may be opened.
        chosen: what was chosen; empty until it ended.
        ended_at: when it ended; empty until then.
    """

    exercise: str
    person: str
    begun_at: str
    records: tuple[str, ...]
    choices: int = CHOICES
    chosen: tuple[str, ...] = ()
    ended_at: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """What an exercise came to: hidden goods met by the person, by the ranking of that world, and by chance.

    Args:
        hidden: records on the table that hid something.
        found: of them, chosen by the person.
        ranked: of them, among as many records at the top of the ranking that the site used.
        chance: of them, met on average by opening as many at random.
        truth: record id to what was in it (`scheme`, `harm_class`, `hidden_kg`).
        by_rank: records that the ranking would have opened.
    """

    hidden: int
    found: int
    ranked: int
    chance: float
    truth: Mapping[str, Mapping[str, Any]]
    by_rank: tuple[str, ...]


def has_truth(workspace: Workspace) -> bool:
    """Whether a training world lies beside this workspace, so that there is something to reveal."""
    return _truth_file(workspace).is_file()


def begin(workspace: Workspace, person: str) -> Exercise:
    """Lay records on the table: some that hide something, more that do not.

    Raises:
        InputError: there is no training world beside this workspace, or too little in it.
    """
    truth = _truth(workspace)
    framed = [str(row["record_id"]) for row in workspace.store.rows(
        "SELECT DISTINCT record_id FROM draw WHERE source = ? ORDER BY record_id", [SOURCE])]  # fmt: skip
    number = len(exercises_of(workspace)) + 1
    rng = generator(number, "training exercise", str(workspace.id))
    hiding = [name for name in framed if name in truth]
    clean = [name for name in framed if name not in truth]
    if len(hiding) < LEAST_HIDDEN or len(clean) < RECORDS:
        raise InputError("This training world is too small for an exercise.", hint="`counterflow demo` makes one.")
    wanted = min(int(rng.integers(LEAST_HIDDEN, MOST_HIDDEN + 1)), len(hiding))
    table = [*rng.choice(hiding, wanted, replace=False), *rng.choice(clean, RECORDS - wanted, replace=False)]
    made = Exercise(
        f"x-{number:04d}", person, workspace.clock().isoformat(timespec="seconds"),
        tuple(str(name) for name in rng.permutation(table)),
    )  # fmt: skip
    _write(workspace, made)
    return made


def end(workspace: Workspace, exercise: str, person: str, chosen: Sequence[str]) -> Exercise:
    """End an exercise with what was chosen; from then on its truth is shown, and it is not chosen again.

    Raises:
        UsageError: it has ended, it is somebody else's, or the choice does not fit it.
    """
    held = read(workspace, exercise)
    if held.ended_at:
        raise UsageError(f"Exercise {exercise} has ended.", hint="Begin another one.")
    if held.person != person:
        raise UsageError(f"Exercise {exercise} is {held.person}'s.", hint="Begin one of your own.")
    picked = tuple(dict.fromkeys(chosen))
    if not picked or len(picked) > held.choices or set(picked) - set(held.records):
        raise UsageError(f"Choose 1 to {held.choices} records of the table; {len(picked)} were chosen.")
    done = replace(held, chosen=picked, ended_at=workspace.clock().isoformat(timespec="seconds"))
    _write(workspace, done)
    return done


def scored(workspace: Workspace, held: Exercise) -> Scored:
    """Hold an ended exercise against the truth.

    Raises:
        UsageError: it has not ended; the truth is not shown before.
    """
    if not held.ended_at:
        raise UsageError("The truth is shown when the exercise has ended.", hint="Choose, then end it.")
    truth = {name: row for name, row in _truth(workspace).items() if name in held.records}
    opened = len(held.chosen)
    ranking = workspace.store.rows(
        "SELECT record_id, max(expected_harm) AS harm FROM draw WHERE source = ? AND list_contains(?, record_id)"
        " GROUP BY record_id ORDER BY harm DESC, record_id LIMIT ?",
        [SOURCE, list(held.records), opened],
    )
    top = tuple(str(row["record_id"]) for row in ranking)
    return Scored(
        hidden=len(truth), found=len(truth.keys() & set(held.chosen)), ranked=len(truth.keys() & set(top)),
        chance=opened * len(truth) / len(held.records), truth=truth, by_rank=top,
    )  # fmt: skip


def shown(workspace: Workspace, held: Exercise) -> list[dict[str, Any]]:
    """Return what a site knows of each record on the table: what was declared, and what screening found."""
    ids = list(held.records)
    rows = workspace.store.rows(
        "SELECT c.record_id, c.declared_on, c.lane, c.departure, c.mass_kg, c.value, c.currency, c.pieces,"
        " string_agg(g.description, '; ' ORDER BY g.line) AS goods, string_agg(g.hs, ', ' ORDER BY g.line) AS hs"
        " FROM consignment c LEFT JOIN goods_line g USING (source, record_id)"
        " WHERE c.source = ? AND list_contains(?, c.record_id) GROUP BY ALL",
        [SOURCE, ids],
    )
    said: dict[str, list[str]] = {}
    for row in workspace.store.rows(
        "SELECT DISTINCT record_id, sentence FROM finding WHERE source = ? AND list_contains(?, record_id)"
        " ORDER BY record_id, sentence",
        [SOURCE, ids],
    ):
        said.setdefault(str(row["record_id"]), []).append(str(row["sentence"]))
    by_id = {str(row["record_id"]): row | {"findings": said.get(str(row["record_id"]), [])} for row in rows}
    return [by_id[name] for name in ids if name in by_id]


def exercises_of(workspace: Workspace) -> list[Exercise]:
    """Return every exercise kept here, the newest first."""
    folder = workspace.path / _FOLDER
    return [_load(path) for path in sorted(folder.glob("x-*.json"), reverse=True)] if folder.is_dir() else []


def read(workspace: Workspace, exercise: str) -> Exercise:
    """Return one exercise.

    Raises:
        UnknownName: there is none of that name.
    """
    path = workspace.path / _FOLDER / f"{exercise}.json"
    if not _NAME.fullmatch(exercise) or not path.is_file():
        raise UnknownName("exercise", exercise, [held.exercise for held in exercises_of(workspace)])
    return _load(path)


def _load(path: Path) -> Exercise:
    told = json.loads(path.read_text("utf-8"))
    return Exercise(**told | {"records": tuple(told["records"]), "chosen": tuple(told["chosen"])})


def _write(workspace: Workspace, held: Exercise) -> None:
    folder = workspace.path / _FOLDER
    folder.mkdir(exist_ok=True)
    new = folder / f".{held.exercise}.json"
    new.write_text(json.dumps(asdict(held)), "utf-8")
    new.rename(folder / f"{held.exercise}.json")


def _truth_file(workspace: Workspace) -> Path:
    return workspace.path.parent / "world" / "truth" / "hidden-consignments.csv"


def _truth(workspace: Workspace) -> dict[str, dict[str, Any]]:
    if not has_truth(workspace):
        raise InputError(
            "There is no training world beside this workspace.", hint="`counterflow demo` makes one and serves it."
        )
    return {str(row["record_id"]): row for row in pacsv.read_csv(_truth_file(workspace)).to_pylist()}
