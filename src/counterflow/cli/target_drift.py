"""`target drift`: has the flow moved away from what the model learned, since when, and what to do?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, refuse_backwards, say
from counterflow.cli.session import workspace_of

__all__ = ["add_to"]

_DAY = ["%Y-%m-%d"]
_SHOWN = ("kind", "where", "alarm", "since", "words")


def drift(
    ctx: typer.Context,
    records: Annotated[
        Path | None,
        typer.Argument(
            help="CSV or Parquet of scored records: day and any of chance, office, lane, arm, found; other columns are "
            "keys. The workspace's plans and outcomes where not given."
        ),
    ] = None,
    recent_days: Annotated[int, typer.Option(help="Days that are judged; all days before are the reference.")] = 28,
    level: Annotated[float, typer.Option(help="Chance of a false alarm of one kind in one look.")] = 0.01,
    start: Annotated[dt.datetime | None, typer.Option("--from", formats=_DAY, help="First planned day.")] = None,
    end: Annotated[dt.datetime | None, typer.Option("--to", formats=_DAY, help="Last planned day, included.")] = None,
    fail_on_alarm: Annotated[
        bool, typer.Option("--fail-on-alarm", help="Leave with 1 where there is an alarm.")
    ] = False,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Watch scores, random hits, new keys and where finds crowd; say what moved, since when and what to do."""
    from counterflow.core.errors import UsageError
    from counterflow.target.loop.drift import DriftOptions, watch
    from counterflow.target.loop.drift_input import watched_in_file, watched_in_store

    if recent_days < 1:
        raise UsageError(f"--recent-days is at least 1, not {recent_days}.")
    if not 0.001 <= level < 1:
        raise UsageError(f"--level lies from 0.001 to below 1, not {level:g}.")
    refuse_backwards(start, end)
    if records is not None:
        seen = watched_in_file(records)
    else:
        with workspace_of(ctx) as workspace:
            seen = watched_in_store(workspace.store, start and start.date(), end and end.date())
    signals = watch(seen, DriftOptions(recent_days=recent_days, level=level))
    if not signals:
        say("no plan was made yet: there is nothing to watch")
    alarms = [signal for signal in signals if signal.alarm]
    for signal in alarms:
        say(f"ALARM {signal.kind} {signal.where} since {signal.since}: {signal.words}. {signal.advice}")
    rows = [signal.as_dict() for signal in signals]
    if form is Format.TABLE:  # what fits a terminal; the figures are in the words
        rows = [{name: row[name] for name in _SHOWN} for row in rows]
    emit(rows, form, out)
    if alarms and fail_on_alarm:
        raise typer.Exit(1)


def add_to(app: typer.Typer) -> None:
    """Hang the command under `target`."""
    app.command()(drift)
