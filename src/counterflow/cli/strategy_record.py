"""How commands of `strategy` answer: the data as asked, and the run on record where a workspace is named."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from counterflow.cli.output import Format, emit, say
from counterflow.cli.session import workspace_of

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["answered", "recording"]


@contextmanager
def recording(ctx: typer.Context) -> Iterator[Workspace | None]:
    """Open the workspace that is named, to put the run on record; None where none is."""
    if ctx.find_root().obj["workspace"] is None:
        yield None
        return
    with workspace_of(ctx) as workspace:
        yield workspace


def answered(
    ctx: typer.Context,
    workspace: Workspace | None,
    data: list[dict[str, Any]] | dict[str, Any],
    form: Format,
    out: Path | None,
    *,
    seed: int,
    draws: int,
    files: Sequence[Path] = (),
    contents: Mapping[str, str] | None = None,
    arguments: Sequence[str] | None = None,
) -> None:
    """Write the data, and put the run on record where there is a workspace.

    Args:
        ctx: of the command.
        workspace: as `recording` gave it.
        data: rows, or one object.
        form: as asked for.
        out: file; stdout where None.
        seed: seed of the run.
        draws: parameter vectors.
        files: files of the arguments that were read.
        contents: argument -> text of what was read from the workspace and is a file when run again.
        arguments: what was asked, where it is not the command line itself.
    """
    from counterflow.flow.strategy_runs import record_run

    emit(data, form, out)
    if workspace is None:
        return
    command = ctx.command_path.removeprefix("counterflow ").strip()
    asked = ctx.find_root().obj["arguments"] if arguments is None else arguments
    run = record_run(
        workspace, command=command, arguments=list(asked), files=files, contents=contents, seed=seed, draws=draws,
        output=rendered(data, form),
    )  # fmt: skip
    say(f"On record as run {run.run}: strategy rerun {run.run} gives the same bytes.")


def rendered(data: list[dict[str, Any]] | dict[str, Any], form: Format) -> bytes:
    """Return the bytes of the data in a form, as a file would hold them."""
    from counterflow.report.export import write

    held = io.BytesIO()
    with io.TextIOWrapper(held, encoding="utf-8", write_through=True) as stream:
        write(data, form.value, stream)
        stream.flush()
        return held.getvalue()
