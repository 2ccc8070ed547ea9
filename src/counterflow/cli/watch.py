"""`counterflow watch …`: counts of harm and supply, what is starting, and who must be told first."""

from __future__ import annotations

import typer

from counterflow.cli import (
    watch_alarms,
    watch_backtest,
    watch_brief,
    watch_disclose,
    watch_emerging,
    watch_family,
    watch_load,
    watch_nowcast,
    watch_respond,
    watch_scan,
    watch_sudden,
    watch_supply,
)

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


@app.callback()
def watch() -> None:
    """Counts of harm and supply: what is starting, where, how sure, and who must be told."""


watch_load.add_to(app)
watch_alarms.add_to(app)
watch_emerging.add_to(app)
watch_nowcast.add_to(app)
watch_supply.add_to(app)
watch_scan.add_to(app)
watch_backtest.add_to(app)
watch_family.add_to(app)
watch_sudden.add_to(app)
watch_respond.add_to(app)
watch_disclose.add_to(app)
watch_brief.add_to(app)
