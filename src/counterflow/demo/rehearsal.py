"""The whole loop on the training world, week by week.

Files come, the site loads, screens and plans, people inspect, outcomes go back, the schemes learn what they lost.

The site's own work is handed in as functions, so that this module knows no workspace and the flow knows no
truth:

    rehearsal = Rehearsal(World(options), out)
    for done in rehearsal.weeks(load=…, screen=…, plan=…, record=…):
        print(done.period.number, len(done.caught))
    sheet = score(rehearsal.world.truth, draws, outcomes, estimates)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv

from counterflow.demo.capacity import detection_rates
from counterflow.demo.files import WeekFiles, WorldFiles, standing_files, week_files, write_truth
from counterflow.demo.inspector import OUTCOMES, InspectorHabits, inspect, released, seized
from counterflow.demo.options import SOURCE
from counterflow.demo.world import World

__all__ = ["Period", "Rehearsal", "WeekDone"]

#: planning happens before the first inspection of the week, recording after its last
_OPENS, _CLOSES = dt.time(0, 5, tzinfo=dt.UTC), dt.time(0, 0, tzinfo=dt.UTC)
#: weeks after the last one by which every laboratory has answered
_LATE_WEEKS = 4
_OUTCOMES = "synthetic-outcomes.csv"


@dataclass(frozen=True)
class Period:
    """One week as the site sees it.

    Args:
        number: from 1; the late results after the last week have number weeks + 1.
        starts, ends: first and last day.
        opens: instant at which the site loads and plans.
        closes: instant at which it records what was found.
        folder: folder of the week's files.
        files: the week's files; None for the late results.
        outcomes: file that the outcomes are written to.
    """

    number: int
    starts: dt.date
    ends: dt.date
    opens: dt.datetime
    closes: dt.datetime
    folder: Path
    files: WeekFiles | None
    outcomes: Path


@dataclass(frozen=True)
class WeekDone:
    """A week that is over: what was selected, what was reported by its end, and what the schemes lost."""

    period: Period
    selected: int
    outcomes: pa.Table
    caught: tuple[str, ...]


class Rehearsal:
    """A run over all weeks; making it writes the standing files (list, capacity, mapping) into `out`.

    Args:
        world: a fresh world.
        out: its folder; see `files.standing_files`.
        habits: how the simulated service works.
    """

    def __init__(self, world: World, out: Path, habits: InspectorHabits | None = None) -> None:
        self.world = world
        self.out = out
        self.habits = habits or InspectorHabits()
        self.standing: WorldFiles = standing_files(world, out)

    def weeks(
        self,
        *,
        load: Callable[[Period], object],
        screen: Callable[[Period], object],
        plan: Callable[[Period], pa.Table],
        record: Callable[[Period, Path], object],
        leave_open: bool = False,
    ) -> Iterator[WeekDone]:
        """Do week after week, then hand in the results that laboratories still owed.

        Args:
            load: loads `period.files`.
            screen: screens what is new.
            plan: plans the period and returns the selected records: record_id, day, and resource where known.
            record: records the outcome file it is given.
            leave_open: whether the last week is only loaded, screened and planned: nobody has inspected yet, and
                laboratories still owe what they owe. That is what a person who trains finds in the morning.
        """
        coming = OUTCOMES.empty_table()
        caught: list[str] = []
        for week in range(self.world.options.weeks):
            period = self._period(week)
            week_files(period.folder, self.world.week(week, caught))
            load(period)
            screen(period)
            selected = plan(period)
            if leave_open and week == self.world.options.weeks - 1:
                write_truth(self.world, self.standing.truth)
                yield WeekDone(period, selected.num_rows, OUTCOMES.empty_table(), ())
                return
            reports = inspect(self.world.truth, selected, detection_rates(), self.world.options.seed, self.habits)
            caught = seized(reports, self.world.truth)
            known, coming = released(pa.concat_tables([coming, reports]), period.closes)
            record(period, _written(known, period.outcomes))
            write_truth(self.world, self.standing.truth)
            yield WeekDone(period, selected.num_rows, known, tuple(caught))
        if coming.num_rows:
            period = self._period(self.world.options.weeks)
            record(period, _written(coming, period.outcomes))
            yield WeekDone(period, 0, coming, ())

    def _period(self, week: int) -> Period:
        """Return week `week` (from 0); the one after the last is for late results."""
        late = week == self.world.options.weeks
        starts = self.world.options.monday(week)
        closes = self.world.options.monday(week + (_LATE_WEEKS if late else 1))
        folder = self.out / ("late-results" if late else f"week-{week + 1:03}")
        return Period(
            number=week + 1,
            starts=starts,
            ends=starts + dt.timedelta(days=6),
            opens=dt.datetime.combine(starts, _OPENS),
            closes=dt.datetime.combine(closes, _CLOSES),
            folder=folder,
            files=None if late else week_files(folder),
            outcomes=folder / _OUTCOMES,
        )


def _written(outcomes: pa.Table, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = outcomes.sort_by([("time", "ascending"), ("record_id", "ascending")])
    text = rows.set_column(4, "time", rows["time"].cast(pa.timestamp("s", "UTC")).cast(pa.string()))
    text = text.append_column("source", pa.array([SOURCE] * text.num_rows, pa.string()))
    pacsv.write_csv(text, path, pacsv.WriteOptions(quoting_style="needed"))
    return path
