"""The training world through the real loop: the same rooms, files and commands that a site uses, on made-up traffic.

OUT/world/        files of each week as they would reach a site, and truth/ apart
OUT/workspace/    the site's workspace: loads, findings, plans, outcomes, ledger
OUT/papers/       plan and sheets of the last week
OUT/board.json    the board
OUT/score.json    what the site cannot know: was the truth inside the intervals, and who got through
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from counterflow.core.errors import InputError
from counterflow.demo.acting import PAST, TO_COME, Acting
from counterflow.demo.options import WorldOptions
from counterflow.demo.rehearsal import Period, Rehearsal
from counterflow.demo.score import score
from counterflow.demo.world import World
from counterflow.flow.board import board_of, write_board
from counterflow.flow.papers import write_papers
from counterflow.store.workspace import Workspace

__all__ = ["Played", "play"]

_MARK = "SYNTHETIC.md"
_RANDOM_SHARE = 0.3
_MORNING = dt.time(6, 0, tzinfo=dt.UTC)
#: weeks at the end whose alarms are put on record
_LOOK_BACK = 4
#: weeks before the end in which the operation is sealed that is scored at the end
_ACTS_BEFORE_END = 6
_MARK_TEXT = (
    "Everything in this folder was made by `counterflow demo`. Nothing in it is real; the next demo replaces it.\n"
)


@dataclass(frozen=True)
class Played:
    """A demo that was played: its folder, the board, and the score sheet against the hidden truth."""

    folder: Path
    board: dict[str, Any]
    score: dict[str, Any]

    @property
    def workspace(self) -> Path:
        """The site's workspace."""
        return self.folder / "workspace"


class _Watch:
    """A clock that the rehearsal sets: the site lives in the training world's time."""

    def __init__(self) -> None:
        self.now = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now


def play(
    options: WorldOptions, out: Path, tell: Callable[[str], None] = lambda _: None, *, leave_open: bool = False
) -> Played:
    """Play a world week by week and account for it.

    Args:
        options: the world.
        out: a new or empty folder, or one that an earlier demo made (which is replaced).
        tell: takes a line of progress.
        leave_open: whether the last week is planned and not yet inspected, and the site's clock goes on from its first
            morning: what a person who trains sits down to.

    Raises:
        InputError: `out` holds something that no demo made.
    """
    _take_folder(out)
    watch = _Watch()
    rehearsal = Rehearsal(World(options), out / "world")
    watch.now = dt.datetime.combine(options.start, dt.time(0, 0, tzinfo=dt.UTC))
    folder = Workspace.create(out / "workspace", clock=watch)
    _set_for_training(folder, rehearsal.standing.planted)
    with Workspace.open(folder, clock=watch, doing="counterflow demo") as workspace:
        site = _Site(workspace, rehearsal, watch, tell)
        weeks = rehearsal.weeks(
            load=site.load, screen=site.screen, plan=site.plan, record=site.record, leave_open=leave_open
        )
        for done in weeks:
            tell(
                f"week {done.period.number}: {done.selected} inspected or tried, {done.outcomes.num_rows} outcomes,"
                f" {len(done.caught)} consignments lost by the schemes"
            )
        site.look()
        site.act()
        if leave_open:
            site.lay_on_desks()
        shown = board_of(workspace)
        write_board(shown, out)
        if site.last_plan:
            write_papers(workspace, site.last_plan, out / "papers")
        sheet = score(
            rehearsal.world.truth,
            workspace.store.query(
                "SELECT record_id, lane, arm FROM draw WHERE inclusion_probability > 0 AND (plan != ? OR ?)",
                [site.last_plan, not leave_open],
            ),
            workspace.store.query("SELECT record_id, confirmation, time FROM outcome"),
            shown["interdiction"],
        ).as_dict()
    if leave_open:
        _go_on_from(folder, dt.datetime.combine(options.monday(options.weeks - 1), _MORNING))
    (out / "score.json").write_text(json.dumps(sheet, indent=1, sort_keys=True, default=str) + "\n", "utf-8")
    return Played(out, shown, sheet)


def _go_on_from(folder: Path, morning: dt.datetime) -> None:
    """Have the site's clock go on from `morning`, so that the open week is this week."""
    shift = round((morning - dt.datetime.now(dt.UTC)).total_seconds())  # the one real instant that a demo needs
    toml = folder / "counterflow.toml"
    text = toml.read_text("utf-8")
    toml.write_text(text.replace("[workspace]\n", f"[workspace]\nclock_shift_seconds = {shift}\n", 1), "utf-8")


def _set_for_training(folder: Path, planted: Path) -> None:
    """Write the settings of the training site: a large random arm, and how well inspection detects.

    Three tenths of the minutes are drawn at random: twelve weeks are short, and what the random arm alone can tell is
    what the rehearsal is to show. Detection comes from the planted items (blind tests) that the world brings.
    """
    trials = pacsv.read_csv(planted)
    of, found = (pc.sum(trials.column(name)).as_py() for name in ("planted", "found"))
    settings = (
        f"\n[target]\nrandom_share = {_RANDOM_SHARE}\n"
        f"\n[account]  # planted items of the training world\nsensitivity_found = {found}\nsensitivity_of = {of}\n"
        "\n[access]\ntraining = true\n"
    )
    with (folder / "counterflow.toml").open("a", encoding="utf-8") as toml:
        toml.write(settings)


class _Site:
    """What a site does in a week, each by the room that does it in the field."""

    def __init__(self, workspace: Workspace, rehearsal: Rehearsal, watch: _Watch, tell: Callable[[str], None]) -> None:
        from counterflow.intake.mapping import find_mapping

        self.workspace, self.watch, self.tell = workspace, watch, tell
        self.standing = rehearsal.standing
        self.seed = rehearsal.world.options.seed
        self.mapping = find_mapping(str(self.standing.mapping))
        self.crossing_mapping = find_mapping(str(self.standing.crossing_mapping))
        self.options = rehearsal.world.options
        self.last_plan = ""
        self._load_list()
        self._load_harm(self.standing.harm_history)
        self._load_who_is_told()
        self.acting = Acting(workspace, self.standing.areas, self.standing.mapping.parent / "actions")

    def _load_list(self) -> None:
        from counterflow.intake.lists import load_ofac, store_list

        invented = load_ofac(self.standing.sdn, self.standing.alt, self.standing.add, list_name="training-list")
        store_list(self.workspace, invented)

    def load(self, period: Period) -> None:
        from counterflow.intake.announce import announce
        from counterflow.intake.load import load

        if period.files is None:
            return
        self.watch.now = period.opens
        announce(self.workspace, period.files.expected)
        receipt = load(self.workspace, period.files.consignments, self.mapping)
        self.tell(f"week {period.number}: {receipt.accepted} records accepted, {receipt.rejected} in quarantine")

    def _load_harm(self, file: Path) -> None:
        """Load what health offices report of overdoses: counts by area and week, with the week of the report."""
        from counterflow.watch.series.load import load_file
        from counterflow.watch.series.mapping import checked, mapping_of
        from counterflow.watch.series.reader import Options

        given = {"source": "training-health", "measure": "overdoses", "level": "county", "grain": "week", "adds": True}
        columns = {"place": "area", "reference": "week", "report": "reported_week", "count": "events"}
        mapping = checked("training world", mapping_of("triangle"), {**given, "columns": columns})
        load_file(self.workspace, file, Options(today=self.watch.now.date()), mapping=mapping)

    def _load_who_is_told(self) -> None:
        from counterflow.watch.response.contacts import CONTACTS
        from counterflow.watch.response.files import load_file
        from counterflow.watch.response.places import PLACES

        for file, kind in ((self.standing.areas, PLACES), (self.standing.contacts, CONTACTS)):
            load_file(self.workspace, file, kind)

    def look(self) -> None:
        """Judge the overdose counts as they are known at the end, and put alarms on record."""
        from counterflow.watch.look import keep, look

        seen = look(self.workspace.store, source="training-health", seed=self.seed)
        recorded = keep(self.workspace, seen, periods=_LOOK_BACK, made_by="counterflow demo")
        self.tell(f"overdoses: {len(recorded.new)} alarms in the last {_LOOK_BACK} weeks")

    def lay_on_desks(self) -> None:
        """Have something to do for whoever trains on orders and redress."""
        from counterflow.demo.desk import lay_on_desks

        laid = lay_on_desks(self.workspace, self.standing.mapping.parent, self.seed)
        self.tell(
            f"orders: {laid['orders']} accepted, {laid['alarms']} alarms; {laid['requests']} requests for redress"
        )

    def screen(self, period: Period) -> None:
        from counterflow.screen.run import screen

        reports = screen(self.workspace)
        self.tell(f"week {period.number}: {sum(report.findings for report in reports)} findings")

    def act(self) -> None:
        """Score the operation that is over, and seal one that is to come."""
        scored = self.acting.conclude()
        self.acting.announce(TO_COME, self.watch.now.date() + dt.timedelta(weeks=2))
        self.tell(f"actions: {scored} forecasts scored, one operation to come")

    def plan(self, period: Period) -> pa.Table:
        from counterflow.target.choice.plan import plan, selected_rows
        from counterflow.target.models.train import train

        if period.number == self.options.weeks - _ACTS_BEFORE_END:
            self.acting.announce(PAST, period.starts + dt.timedelta(weeks=1))
        learned = train(self.workspace, period.starts, seed=self.seed, judge=False)
        self.tell(f"week {period.number}: {learned.model or 'no model: ' + '; '.join(learned.said)}")
        made = plan(self.workspace, self.standing.capacity, period.starts, period.ends, None, self.seed)
        self.last_plan = made.plan
        return selected_rows(self.workspace.store, made.plan)

    def record(self, period: Period, outcomes: Path) -> None:
        from counterflow.target.outcomes.take import record

        self.watch.now = period.closes
        self._load_crossings(period)
        if period.files is not None:
            self._load_harm(period.files.harm)
        receipt = record(self.workspace, outcomes, person="training inspector")
        if receipt.rejected:
            self.tell(f"week {period.number}: {receipt.rejected} outcomes refused: {dict(receipt.reasons)}")

    def _load_crossings(self, period: Period) -> None:
        """Load who crossed, once the week is over; a small world has weeks in which nobody does."""
        from counterflow.intake.load import load

        if period.files is None or not self.options.crossings_in(period.number - 1):
            return
        receipt = load(self.workspace, period.files.crossings, self.crossing_mapping)
        self.tell(f"week {period.number}: {receipt.accepted} crossings accepted, {receipt.rejected} in quarantine")


def _take_folder(out: Path) -> None:
    """Make `out` an empty folder of ours; replace an earlier demo, refuse anything else."""
    if out.exists() and not out.is_dir():
        raise InputError("A demo is written to a folder.", hint="Name a new one with --out.", file=out)
    if out.is_dir() and any(out.iterdir()):
        if not (out / _MARK).is_file():
            raise InputError(
                "The folder holds something that no demo made.",
                hint="Name a new or empty one with --out.",
                file=out,
            )
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / _MARK).write_text(_MARK_TEXT, "utf-8")
