"""`--live` and `--evidence` of `strategy`: what the rooms measured, on the drawn parameters of supply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterflow.cli.output import say

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from counterflow.store.workspace import Workspace
    from counterflow.strategy.forecast.indicators import Indicators
    from counterflow.strategy.model.draws import Draws

    Floats = npt.NDArray[np.float64]

__all__ = ["EvidenceOption", "LiveOption", "Taken", "taken_from"]

LiveOption = Annotated[bool, typer.Option("--live", help="Take what the workspace's rooms measured as evidence.")]
EvidenceOption = Annotated[
    Path | None, typer.Option(help="Evidence that `strategy live --format json` wrote.", show_default=False)
]
_FILE = "live-evidence.json"


@dataclass(frozen=True)
class Taken:
    """Evidence that a run takes.

    Args:
        turn: what makes of drawn parameter vectors those that the evidence leaves; None without any.
        indicators: where supply stands, as watch has it.
        contents: what has to be kept so that the run can be repeated: argument to text.
        arguments: what was asked, with the kept file in place of --live; None where it is the command line itself.
        files: files that were read.
    """

    turn: Callable[[Floats], Floats] | None = None
    indicators: Indicators | None = None
    contents: dict[str, str] = field(default_factory=dict)
    arguments: list[str] | None = None
    files: tuple[Path, ...] = ()

    def draws(self, drawn: Draws) -> Draws:
        """Return the draws as the evidence leaves them."""
        return drawn if self.turn is None else replace(drawn, values=self.turn(drawn.values))


def taken_from(ctx: typer.Context, workspace: Workspace | None, live: bool, file: Path | None) -> Taken:
    """Return the evidence that was asked for, saying what it lacks.

    Raises:
        UsageError: both ways at once.
        WorkspaceError: --live without a workspace.
        InputError: the file is none of evidence.
    """
    from counterflow.core.errors import UsageError, WorkspaceError

    if live and file is not None:
        raise UsageError("--live and --evidence both say where evidence comes from.", hint="Give one of them.")
    if not live and file is None:
        return Taken()
    from counterflow.flow.strategy_live import live_of, live_read, live_text
    from counterflow.strategy.live.evidence import applied, updates

    contents: dict[str, str] = {}
    arguments: list[str] | None = None
    if file is not None:
        found = live_read(file)
    elif workspace is None:
        raise WorkspaceError("--live reads a workspace, and none is named.", hint="Give one with -w FOLDER.")
    else:
        found = live_of(workspace)
        contents = {_FILE: live_text(found)}
        asked = [word for word in ctx.find_root().obj["arguments"] if word != "--live"]
        arguments = [*asked, "--evidence", _FILE]
    for words in found.said:
        say(words)
    turn = applied(updates(found.evidence)) if found.evidence else None
    return Taken(turn, found.indicators, contents, arguments, () if file is None else (file,))
