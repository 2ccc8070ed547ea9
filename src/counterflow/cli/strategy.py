"""`counterflow strategy …`: what a mix of measures would do, over years, with its doubt."""

from __future__ import annotations

import typer

from counterflow.cli import (
    strategy_calibrate,
    strategy_compare,
    strategy_discover,
    strategy_doubt,
    strategy_forecast,
    strategy_run,
    strategy_validate,
)

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


@app.callback()
def strategy() -> None:
    """What a mix of supply and demand measures would do, over years, with its doubt: model estimates, never orders."""


strategy_run.add_to(app)
strategy_compare.add_to(app)
strategy_calibrate.add_to(app)
strategy_validate.add_to(app)
strategy_discover.add_to(app)
strategy_doubt.add_to(app)
strategy_forecast.add_to(app)
