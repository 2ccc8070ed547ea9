"""`counterflow strategy …`: what a mix of measures would do, over years, with its doubt."""

from __future__ import annotations

import typer

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


@app.callback()
def strategy() -> None:
    """What a mix of supply and demand measures would do, over years, with its doubt: model estimates, never orders."""
