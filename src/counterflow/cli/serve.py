"""`serve`: the board on this machine, and the owner that other commands talk to while it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from counterflow.cli import answer
from counterflow.cli.output import say
from counterflow.cli.session import serve_from_here, workspace_folder

__all__ = ["add_to", "serve_folder"]


def add_to(app: typer.Typer) -> None:
    """Put the command on the program's top level."""
    app.command()(serve)


def serve(
    ctx: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 8321,
) -> None:
    """Serve the read-only board on 127.0.0.1 and take commands for this workspace until stopped."""
    serve_folder(workspace_folder(ctx), port)


def serve_folder(folder: Path, port: int) -> None:
    """Own the workspace in `folder` and serve it."""
    from counterflow.server.run import serve_workspace
    from counterflow.store.workspace import Workspace

    with Workspace(folder.absolute(), doing="counterflow serve") as workspace:
        serve_from_here(workspace)
        serve_workspace(workspace, port, answer, say)
