"""`config show`: every setting, its value, where it comes from and what it means."""

from __future__ import annotations

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

    emit(describe(load_settings(ctx.find_root().obj["workspace"])), form, out)
