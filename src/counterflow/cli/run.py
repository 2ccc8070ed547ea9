"""`run`: the loop for a period, as named, recorded, resumable steps."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from counterflow.cli.output import Format, FormatOption, emit, say
from counterflow.cli.session import workspace_of
from counterflow.core.errors import UsageError

__all__ = ["add_to", "day_of", "days_of"]


def add_to(app: typer.Typer) -> None:
    """Put the command on the program's top level."""
    app.command()(run)


def day_of(text: str) -> dt.date:
    """Read a day written YYYY-MM-DD.

    Raises:
        UsageError: it is not one.
    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is not a day.", hint="Write days as 2021-03-31.") from None


def days_of(since: str | None, until: str | None) -> tuple[dt.date | None, dt.date | None]:
    """Read the first and the last day of a period, either of which may be left open.

    Raises:
        UsageError: one is not a day, or the period ends before it starts.
    """
    first, last = (day_of(text) if text else None for text in (since, until))
    if first is not None and last is not None and last < first:
        raise UsageError(f"The period ends ({last}) before it starts ({first}).", hint="Swap the days.")
    return first, last


def run(
    ctx: typer.Context,
    start: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")],
    end: Annotated[str, typer.Option("--to", help="Last day, included.")],
    load: Annotated[list[Path] | None, typer.Option(help="File to load first; may be given several times.")] = None,
    mapping: Annotated[
        list[str] | None, typer.Option("--map", help="Mapping of each --load, in the same order.")
    ] = None,
    capacity: Annotated[
        Path | None, typer.Option(help="Capacity file; without one the run ends after coverage.")
    ] = None,
    random_share: Annotated[
        float | None, typer.Option(min=0, max=1, help="Share of minutes for the random arm.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of the draw; needed with --capacity.", show_default=False)
    ] = None,
    outcomes: Annotated[list[Path] | None, typer.Option(help="Outcome files to record after the plan.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for plan, sheets and board.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Run the loop for a period: load, screen, cover, plan, sheets, record, account.

    Killed at any moment, the same command goes on where it stopped and ends in the same tables.
    """
    from counterflow.flow.loop import Load, Period, run_period

    files, maps = load or [], mapping or []
    if len(files) != len(maps):
        raise UsageError(
            f"{len(files)} files to load but {len(maps)} mappings.", hint="Give one --map after each --load."
        )
    if capacity is not None and seed is None:
        raise UsageError(
            "A plan needs a seed.", hint="Give --seed with a number that nobody could know before, and write it down."
        )
    period = Period(
        start=day_of(start),
        end=day_of(end),
        loads=tuple(Load(file, name) for file, name in zip(files, maps, strict=True)),
        capacity=capacity,
        random_share=random_share,
        seed=seed or 0,
        outcomes=tuple(outcomes or ()),
        out=out,
    )
    with workspace_of(ctx) as workspace:
        done = run_period(workspace, period, tell=say)
    emit([step.as_dict() for step in done], form)
