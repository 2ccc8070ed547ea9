"""The training world under `target simulate`: smugglers lose what a strategy finds, and move before the next week.

Nothing is replayed: each run begins a world of its own and asks it week by week, with what that very strategy found.
All strategies under one seed begin from the same world; from the first find on it answers each of them differently. A
run's seed is also its world's (`seed` + run), so that the spread over seeds holds the chance of worlds, too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.demo.files import week_files
from counterflow.demo.options import REHEARSAL_PREVALENCE, WorldOptions
from counterflow.demo.places import data_text
from counterflow.demo.schemes import load_kinds
from counterflow.demo.world import World
from counterflow.flow.labelled_file import read_labelled
from counterflow.intake.mapping import find_mapping
from counterflow.target.features.lines import Lines
from counterflow.target.simulate.grown import grown
from counterflow.target.simulate.source import Truth
from counterflow.target.simulate.strategy import Past
from counterflow.target.simulate.world import World as Records
from counterflow.target.simulate.world import make_world

__all__ = ["ABOUT", "TrainingSource"]

ABOUT = "SYNTHETIC training world; its smugglers follow a rule of our own making; says nothing about the field"
_MAPPING = "training_world.toml"
_SAID = (
    "smugglers lose what a strategy finds and move lane, origin, consignor, goods or value before the next week",
    "run k of every strategy plays in world seed + k: sd holds the chance of worlds, too",
    "few records hold anything: precision can be no higher than finds / rate",
    "normalised_precision = precision / the best possible",
    "recall = share of all smuggled consignments that were inspected",
    "scheme = those of them sent a way that is likelier than before their scheme lost anything: after it moved",
)


@dataclass(frozen=True)
class TrainingSource:
    """Training worlds, one for each run (a `target.simulate.source.Source`).

    Args:
        seed: seed of the world of run 0.
        weeks: how many weeks.
        records_per_week: consignments in each.
        critical: harm classes of the top tier.
    """

    seed: int
    weeks: int
    records_per_week: int
    critical: frozenset[str]
    synthetic: bool = True
    about: str = ABOUT
    said: tuple[str, ...] = _SAID

    @property
    def options(self) -> WorldOptions:
        """How the world of run 0 is made; as `counterflow demo`, but no row is broken and no vehicle crosses.

        Raises:
            UsageError: a number lies outside what the world can be made with.
        """
        return WorldOptions(
            records=self.weeks * self.records_per_week, weeks=self.weeks, seed=self.seed, dirt_share=0.0,
            crossings_per_record=0.0, prevalence=REHEARSAL_PREVALENCE,
        )  # fmt: skip

    @property
    def first_day(self) -> dt.date:
        """First day of week 0."""
        return self.options.monday(0)

    def begin(self, seed: int) -> TrainingWeeks:
        """Begin the world of one run."""
        return TrainingWeeks(replace(self.options, seed=self.seed + seed), self.critical)


class TrainingWeeks:
    """One run's weeks: asks the world, reads what it sends as intake does, and keeps the truth beside it."""

    def __init__(self, options: WorldOptions, critical: Collection[str]) -> None:
        self.weeks = options.weeks
        self._world = World(options)
        self._critical = critical
        self._classes = sorted({kind.harm_class for kind in load_kinds()})
        self._records: Records | None = None

    def until(self, week: int, made: Past) -> Records:
        """Return the records up to `week`, sent after the smugglers learned which of theirs were found."""
        before = self._records
        found = made.rows[made.labels > 0]
        caught = before.record_id.take(pa.array(found)).to_pylist() if before else []
        lines, classes, moved = self._week(week, caught)
        if before is None:
            self._records = make_world(lines, classes, critical=self._critical, classes=self._classes, synthetic=True)
        else:
            self._records = grown(before, lines, classes, moved)
        return self._records

    @property
    def truth(self) -> Truth:
        """What was in the records so far.

        Raises:
            ValueError: no week was asked for yet.
        """
        if self._records is None:
            raise ValueError("The world has not begun: ask for week 0 first.")
        return self._records.truth

    def _week(self, week: int, caught: list[str]) -> tuple[Lines, pa.Array, np.ndarray]:
        """Return a week's lines, what is in each record, and whether it was sent after a move."""
        tables = self._world.week(week, caught)
        with TemporaryDirectory() as folder:
            mapping = Path(folder) / _MAPPING
            mapping.write_text(data_text(_MAPPING), "utf-8")
            files = week_files(Path(folder), tables)
            now = dt.datetime.combine(tables.monday + dt.timedelta(days=7), dt.time(), tzinfo=dt.UTC)
            read = read_labelled(files.consignments, find_mapping(str(mapping)), now=now)
        truth = self._world.truth
        place = pc.index_in(read.record_id, value_set=truth["record_id"].combine_chunks())
        classes = pc.fill_null(truth["harm_class"].combine_chunks().take(place), "")
        moved = pc.is_in(read.record_id, value_set=pa.array(self._world.moved, pa.string()))
        return read.lines, classes, np.asarray(moved.to_numpy(zero_copy_only=False), bool)
