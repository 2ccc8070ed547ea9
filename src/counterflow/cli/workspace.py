"""`init` and `doctor`: make a workspace, and say what is wrong with one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Put the commands on the program's top level."""
    app.command()(init)
    app.command()(doctor)


def init(folder: Annotated[Path, typer.Argument(help="New folder for the workspace.")]) -> None:
    """Make an empty workspace."""
    from counterflow.store.workspace import Workspace

    Workspace.create(folder)
    say(f"Made the workspace {folder}. Give it with -w {folder} or COUNTERFLOW_WORKSPACE={folder}.")
    say(f"The ledger's public key is {folder}/ledger/ledger.pub; hand it to whoever will verify.")


def doctor(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """Check the installation, and the workspace where one is named; say how to mend what is wrong."""
    from counterflow.flow.doctor import examine

    folder: Path | None = ctx.find_root().obj["workspace"]
    report = examine(folder)
    emit([line.as_dict() for line in report], form, out)
    if any(not line.ok for line in report):
        raise typer.Exit(4)
