"""What the training site sets out to do: an operation from its sealed forecast to its score, and one yet to come.

Both are as INVENTED as the rest of the world: nothing is done to its traffic, so nothing is there to be found but what
chance brings. Whoever trains sees what an action's record looks like before, during and after.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow.csv as pacsv

from counterflow.account.actions.closing import close_action, read_closing
from counterflow.flow.account_actions import Proposal, alert, propose, score
from counterflow.store.workspace import Workspace

__all__ = ["PAST", "TO_COME", "Acting"]

PAST, TO_COME = "training-op-1", "training-op-2"
_PERSON = "training inspector"
_WEEK = dt.timedelta(weeks=1)
_PLAN = """
action = "{action}"
kind = "operation"
title = "Invented: two weeks of more random draws on one lane"
starts = {starts}
ends = {ends}
area = "{area}"
substance_class = "opioids"
resources = "2 invented officers, 1,200 minutes"
evaluation_design = "Overdoses of the area against what its own counts and the other areas' foretell."
possible_targets = {targets}

[counts.overdoses]
measure = "overdoses"
source = "training-health"

[[forecast]]
measure = "overdoses"
basis = "relative change"
value = 0.0
low = -0.2
high = 0.3
level = 0.9
method = "invented judgement"
source = "training world"
as_of = {known}
unit = "relative change"

[[forecast]]
measure = "inspections"
value = 40
low = 20
high = 60
level = 0.8
method = "invented roster"
source = "training world"
as_of = {known}
unit = "inspections"

[[forecast]]
measure = "availability"
why_not = "nobody measures price or purity in this world"
"""
_DONE = """
starts = {starts}
ends = {ends}
done = "Invented: as planned."

[[observed]]
measure = "inspections"
value = 38
unit = "inspections"
source = "invented duty log"
"""


class Acting:
    """The training site's actions, one step at a time as its weeks go by.

    Args:
        workspace: the site's.
        areas: file of the world's areas; the first is where the site acts.
        folder: where what it writes is put.
    """

    def __init__(self, workspace: Workspace, areas: Path, folder: Path) -> None:
        self.workspace, self.folder = workspace, folder
        self.area = str(pacsv.read_csv(areas).column(0)[0].as_py())
        self.starts: dt.date | None = None

    def announce(self, action: str, starts: dt.date) -> None:
        """Seal an operation of two weeks from `starts` on, and tell the health side of the area."""
        ends = starts + 2 * _WEEK - dt.timedelta(days=1)
        known = self.workspace.clock().date()
        file = self._written(action, _PLAN, starts=starts, ends=ends, known=known, area=self.area, targets=40)
        propose(self.workspace, Proposal(file))
        alert(self.workspace, action, to=["training health office"], person=_PERSON)
        if action == PAST:
            self.starts = starts

    def conclude(self) -> int:
        """Close the operation that is over and score what can be scored; return how many forecasts were."""
        if self.starts is None:
            return 0
        ends = self.starts + 2 * _WEEK - dt.timedelta(days=1)
        file = self._written(f"{PAST}-done", _DONE, starts=self.starts, ends=ends)
        close_action(self.workspace, PAST, read_closing(file), person=_PERSON)
        scored, _ = score(self.workspace, PAST, person=_PERSON)
        return len(scored)

    def _written(self, name: str, text: str, **values: Any) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{name}.toml"
        file.write_text(text.format(action=name, **values).lstrip(), "utf-8")
        return file
