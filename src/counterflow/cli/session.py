"""From the context of a command to an opened workspace.

Where a server owns the workspace, the whole command is sent to it and answered from there; where another command
does, this one waits its turn, saying so.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from counterflow.cli.output import say
from counterflow.core.errors import StoreBusy, WorkspaceError, refused_by_system

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["workspace_folder", "workspace_of"]

#: how long a command waits for another one to finish
PATIENCE_SECONDS = 600.0

#: the workspace that the serving process holds; commands sent to it use this one instead of opening it again
_served: dict[Path, Workspace] = {}


def workspace_folder(ctx: typer.Context) -> Path:
    """Return the folder named by -w or COUNTERFLOW_WORKSPACE.

    Raises:
        WorkspaceError: neither names one.
    """
    folder: Path | None = ctx.find_root().obj["workspace"]
    if folder is None:
        raise WorkspaceError(
            "No workspace is named.",
            hint="Give one with -w FOLDER or COUNTERFLOW_WORKSPACE; `counterflow init FOLDER` makes one.",
        )
    return folder


@contextmanager
def workspace_of(ctx: typer.Context, **flags: object) -> Iterator[Workspace]:
    """Open the workspace that this command works on; `flags` are settings as `section__key=value`."""
    from counterflow.store.owner import who_owns
    from counterflow.store.workspace import Workspace

    folder = workspace_folder(ctx).resolve()
    if folder in _served:
        _say_unheard([name.replace("__", ".", 1) for name, value in flags.items() if value is not None])
        _take_in_waiting(_served[folder])
        yield _served[folder]
        return
    settings = {name.replace("__", ".", 1): value for name, value in flags.items()}
    doing = ctx.command_path
    try:
        workspace = Workspace(folder, doing=doing, flags=settings)
    except StoreBusy as busy:
        owner = who_owns(folder)
        if owner and owner.url:
            raise typer.Exit(_send(owner.url, owner.token, folder, ctx.find_root().obj["arguments"])) from None
        say(f"{busy.message} Waiting.")
        workspace = Workspace(folder, doing=doing, flags=settings, wait_seconds=PATIENCE_SECONDS)
    with workspace:
        try:
            _take_in_waiting(workspace)
            yield workspace
        except OSError as error:
            ours = refused_by_system(error, folder)
            if isinstance(ours, WorkspaceError):
                raise ours from error
            raise


def _take_in_waiting(workspace: Workspace) -> None:
    """Take in loads that wait in the spool: a load that was killed once it was whole is part of every answer."""
    spool = workspace.path / "spool"
    if not spool.is_dir() or not any(spool.iterdir()):
        return
    from counterflow.store.spool import drain

    for load in drain(workspace):
        say(f"Taken in from the spool: {load.row['file']}, {load.row['accepted']} rows accepted.")


def serve_from_here(workspace: Workspace) -> None:
    """Let commands that are sent to this process use `workspace`."""
    _served[workspace.path.resolve()] = workspace


def _say_unheard(names: Sequence[str]) -> None:
    """Say which settings of this command do not count, because the serving process has its own."""
    if names:
        say(f"The server that owns this workspace keeps its own settings; these do not reach it: {', '.join(names)}.")


def _send(url: str, token: str, folder: Path, arguments: Sequence[str]) -> int:
    """Hand a command to the owner at `url`; print what it answers and return its exit code.

    The workspace goes along by its full name: the server's environment and folder are not ours.
    """
    import json
    import urllib.error
    import urllib.request

    from counterflow.core.settings import NOT_SETTINGS, PREFIX

    here = (name for name in os.environ if name.startswith(PREFIX))
    _say_unheard(sorted(name for name in here if name not in NOT_SETTINGS or name == "COUNTERFLOW_NOW"))
    body = json.dumps({"arguments": ["-w", str(folder), *arguments], "folder": str(Path.cwd())}).encode()
    request = urllib.request.Request(  # noqa: S310 - the address is our own note's, on loopback
        f"{url}/owner/command",
        data=body,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=3600) as answer:  # noqa: S310
            told = json.load(answer)
    except (urllib.error.URLError, TimeoutError, ValueError) as error:
        raise StoreBusy(
            f"The server that owns this workspace did not take the command: {error}.",
            hint="Is it still running?",
        ) from error
    sys.stdout.write(told["stdout"])
    sys.stderr.write(told["stderr"])
    return int(told["exit_code"])
