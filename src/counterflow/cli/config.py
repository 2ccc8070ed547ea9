"""`config show`: every setting, its value, where it comes from and what it means."""

from __future__ import annotations

from pathlib import Path

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Settings, and where each value comes from."""


@app.command()
def show(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List every setting with its value and origin."""
    from counterflow.core.settings import describe, load_settings
    from counterflow.store.workspace import workspace_id

    folder: Path | None = ctx.find_root().obj["workspace"]
    if folder is not None:
        workspace_id(folder)  # raises where there is no workspace: its settings would be nobody's
    emit(describe(load_settings(folder)), form, out)
