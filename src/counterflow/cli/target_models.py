"""`target train` and `target models`: learn from outcomes on record, and see what was learned."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

__all__ = ["add_to"]

_DAY = ["%Y-%m-%d"]


def add_to(app: typer.Typer) -> None:
    """Add the commands to `counterflow target`."""
    app.command()(train)
    app.command()(models)


def train(
    ctx: typer.Context,
    before: Annotated[
        dt.datetime | None,
        typer.Option(formats=_DAY, help="Only outcomes known before this day enter.", show_default="today"),
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="A column to leave out, as origin or departure; may be repeated.")
    ] = None,
    person: Annotated[str | None, typer.Option(help="Who has it trained.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the learning.")] = 0,
    judge: Annotated[bool, typer.Option(help="Measure how it ranks on the last part of time (two more fits).")] = True,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Learn from outcomes; plans from that day on rank by it. Too little to learn from is said, and changes nothing."""
    from counterflow.target.models.train import train as train_model

    with workspace_of(ctx) as workspace:
        day = before.date() if before else workspace.clock().date()
        made = train_model(workspace, day, person=person, without=frozenset(without or ()), seed=seed, judge=judge)
    say(f"{made.model or 'no model'}{' (trained before)' if made.repeated else ''}")
    for line in made.said:
        say(line)
    if not made.model:
        say("Plans go by rules, findings and exploration until there is enough to learn from.")
    emit({"model": made.model or None, "said": list(made.said), **(_plain(made.row) if made.row else {})}, form, out)


def models(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List the models of the workspace, newest first, with what they learned from and how they ranked."""
    from counterflow.target.models.kept import models as list_models

    with workspace_of(ctx) as workspace:
        rows = list_models(workspace.store).to_pylist()
    if not rows:
        say("no model yet: plans go by rules, findings and exploration; counterflow target train makes one")
    emit([_plain(row) if form is Format.JSON else _short(row) for row in rows], form, out)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "finds": json.loads(row["finds"]), "metrics": json.loads(row["metrics"] or "{}")}


def _short(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what fits on a line of a terminal."""
    measured = json.loads(row["metrics"] or "{}")
    told = {
        name: _in_words(measured[part]["precision"]) if part in measured else ""
        for name, part in (("precision_at_10", "with_route"), ("without_route", "without_route"))
    }
    finds = ", ".join(f"{count} {name}" for name, count in sorted(json.loads(row["finds"]).items()))
    return {
        "model": row["model"], "known_before": row["known_before"], "records": row["records"], "finds": finds, **told,
        "without": ", ".join(row["without"] or ()),
    }  # fmt: skip


def _in_words(measure: Mapping[str, float | None]) -> str:
    if measure["value"] is None:
        return ""
    return f"{measure['value']:.3f} [{measure['low']:.3f}, {measure['high']:.3f}]"
