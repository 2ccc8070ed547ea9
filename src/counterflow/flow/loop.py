"""The loop for one period: load → screen → cover → train → plan → sheets → record → account.

Every arrow is a table. Nothing here decides anything: it calls the rooms in order and writes down what they counted.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from counterflow.flow.steps import Step, StepDone, run_steps
from counterflow.store.workspace import Workspace

__all__ = ["Load", "Period", "run_period"]


@dataclass(frozen=True)
class Load:
    """A file to load, the mapping that reads it (a shipped name or a TOML file), and the source's name."""

    file: Path
    mapping: str
    source: str | None = None


@dataclass(frozen=True)
class Period:
    """What a run is asked for.

    Args:
        start: first day of the plan.
        end: last day, included.
        loads: files to load first.
        capacity: capacity file; without one the run ends after coverage.
        random_share: share of minutes for the random arm; None takes the setting.
        seed: seed of the draws.
        outcomes: outcome files to record after the plan.
        out: folder for the plan, the sheets and the board.
    """

    start: dt.date
    end: dt.date
    loads: Sequence[Load] = ()
    capacity: Path | None = None
    random_share: float | None = None
    seed: int = 0
    outcomes: Sequence[Path] = ()
    out: Path | None = None

    @property
    def run(self) -> str:
        """The id of the run: the same request gives the same id, whose steps are not done twice."""
        asked = [
            self.start.isoformat(), self.end.isoformat(), self.random_share, self.seed,
            [[_digest(load.file), load.mapping, load.source] for load in self.loads],
            _digest(self.capacity) if self.capacity else None,
            [_digest(path) for path in self.outcomes],
        ]  # fmt: skip
        return "run-" + hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]


def run_period(workspace: Workspace, period: Period, tell: Callable[[str], None] = lambda _: None) -> list[StepDone]:
    """Do everything that `period` asks for; see `flow.steps` for what happens when it is cut off."""
    _require_usable(workspace, period)
    return run_steps(workspace, period.run, period_steps(period, tell), tell)


def _require_usable(workspace: Workspace, period: Period) -> None:
    """Refuse, before the first step, what a later step would stumble over: a file that is not there, a bad request."""
    from counterflow.intake.mapping import find_mapping
    from counterflow.intake.readers.rows import check_file
    from counterflow.target.choice.plan import check_request

    share = workspace.settings.target.random_share if period.random_share is None else period.random_share
    check_request(period.start, period.end, share, period.seed)
    for load in period.loads:
        check_file(load.file)
        find_mapping(load.mapping)
    for path in (*([period.capacity] if period.capacity else []), *period.outcomes):
        check_file(path)


def period_steps(period: Period, tell: Callable[[str], None] = lambda _: None) -> list[Step]:
    """Return the steps of a period, in order."""
    steps = [Step(f"load {load.file.name}", _loading(load)) for load in period.loads]
    steps.append(Step("screen", _screening(tell)))
    steps.append(Step("cover", _covering))
    if period.capacity is not None:
        steps.append(Step("train", _training(period, tell)))
        steps.append(Step("plan", _planning(period, period.capacity, tell)))
        if period.out is not None:
            steps.append(Step("sheets", _sheets(period, period.out)))
    steps += [Step(f"record {path.name}", _recording(path, tell)) for path in period.outcomes]
    steps.append(Step("account", _accounting(period)))
    return steps


def _loading(load: Load) -> Callable[[Workspace], Mapping[str, Any]]:
    def act(workspace: Workspace) -> Mapping[str, Any]:
        from counterflow.intake.load import load as load_file
        from counterflow.intake.mapping import find_mapping

        receipt = load_file(workspace, load.file, find_mapping(load.mapping), source=load.source)
        return {"accepted": receipt.accepted, "rejected": receipt.rejected, "reasons": dict(receipt.reasons)}

    return act


def _screening(tell: Callable[[str], None]) -> Callable[[Workspace], Mapping[str, Any]]:
    def act(workspace: Workspace) -> Mapping[str, Any]:
        from counterflow.screen.run import screen

        reports = screen(workspace, tell=tell)
        # What stands in the store, not what this call added: a run that was cut off ends in the same words.
        found = workspace.store.rows("SELECT count(*) AS n FROM finding")[0]["n"]
        return {"checks": len(reports), "findings": found}

    return act


def _covering(workspace: Workspace) -> Mapping[str, Any]:
    from counterflow.intake.coverage import coverage

    whole = coverage(workspace.store, by=()).to_pylist()[0]
    return {name: whole[name] for name in ("received", "unscreenable", "complete_share", "on_time_share")}


def _training(period: Period, tell: Callable[[str], None]) -> Callable[[Workspace], Mapping[str, Any]]:
    """Learn from what was known before the period; where there is too little, plans go without, and it is said."""

    def act(workspace: Workspace) -> Mapping[str, Any]:
        from counterflow.target.models.train import train

        before = min(period.start, workspace.clock().date())
        if not workspace.settings.target.learned:
            return {"model": None, "said": ["learned models are turned off (target.learned)"]}
        made = train(workspace, before, seed=period.seed, judge=False)
        if not made.model:
            tell(f"no model: {'; '.join(made.said)}")
        return {"model": made.model or None, "said": list(made.said)}

    return act


def _planning(period: Period, capacity: Path, tell: Callable[[str], None]) -> Callable[[Workspace], Mapping[str, Any]]:
    def act(workspace: Workspace) -> Mapping[str, Any]:
        from counterflow.target.choice.plan import plan

        made = plan(workspace, capacity, period.start, period.end, period.random_share, period.seed)
        for line in made.said:
            tell(line)
        return {**made.counts(), "said": list(made.said)}

    return act


def _sheets(period: Period, out: Path) -> Callable[[Workspace], Mapping[str, Any]]:
    def act(workspace: Workspace) -> Mapping[str, Any]:
        from counterflow.flow.papers import write_papers

        plan = workspace.store.rows(
            "SELECT detail FROM run_step WHERE run = ? AND step = 'plan'", [period.run]
        )  # the step before this one, of this very run
        return write_papers(workspace, json.loads(str(plan[0]["detail"]))["plan"], out)

    return act


def _recording(path: Path, tell: Callable[[str], None]) -> Callable[[Workspace], Mapping[str, Any]]:
    def act(workspace: Workspace) -> Mapping[str, Any]:
        from counterflow.target.outcomes.take import record

        receipt = record(workspace, path)
        for refused in receipt.refused[:10]:
            tell(f"line {refused.line}, {refused.column} {refused.value!r}: {refused.reason}. {refused.hint}")
        return {"accepted": receipt.accepted, "rejected": receipt.rejected, "reasons": dict(receipt.reasons)}

    return act


def _accounting(period: Period) -> Callable[[Workspace], Mapping[str, Any]]:
    def act(workspace: Workspace) -> Mapping[str, Any]:
        from counterflow.flow.board import board_of, write_board

        shown = board_of(workspace)
        if period.out is not None:
            write_board(shown, period.out)
        return {"rates": len(shown["interdiction"]), "ledger_entries": shown["ledger"]["size"]}

    return act


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
