"""`target audit`: does the score stand in for a group, and whose clean records are opened more often?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, refuse_backwards, say
from counterflow.cli.session import workspace_of

__all__ = ["add_to"]

_DAY = ["%Y-%m-%d"]
_SHOWN = ("by", "group", "value", "low", "high", "alarm", "words")
_FIGURES = ("value", "low", "high")


def audit(
    ctx: typer.Context,
    groups: Annotated[
        Path | None, typer.Option(help="CSV record_id,group that an auditor brings; used for this answer and not kept.")
    ] = None,
    start: Annotated[dt.datetime | None, typer.Option("--from", formats=_DAY, help="First planned day.")] = None,
    end: Annotated[dt.datetime | None, typer.Option("--to", formats=_DAY, help="Last planned day, included.")] = None,
    fail_on_alarm: Annotated[bool, typer.Option("--fail-on-alarm", help="Leave with 1 on an alarm.")] = False,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Say how well features and score tell groups, and the burden of each group's clean records, with intervals."""
    from counterflow.flow.target_audit import audit as make_audit
    from counterflow.flow.target_audit import read_groups

    refuse_backwards(start, end)
    brought = read_groups(groups) if groups else None
    with workspace_of(ctx) as workspace:
        made = make_audit(workspace, groups=brought, since=start and start.date(), until=end and end.date())
    for words in made["said"]:
        say(words)
    for words in made["alarms"]:
        say(f"ALARM {words}")
    rows = [{name: row[name] for name in _SHOWN} for row in made["burden"]]
    rows += [
        {"by": row["of"], "group": row["group"], "value": row["auc"]} | {name: row[name] for name in _SHOWN[3:]}
        for row in made["proxies"]
    ]
    if form is Format.TABLE:
        rows = [_on_a_line(row) for row in rows]
        say("value: how often clean records of the group are opened beside all others; of a guess, its area")
    emit(made if form is Format.JSON else rows, form, out)
    if made["alarms"] and fail_on_alarm:
        raise typer.Exit(1)


def _on_a_line(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what fits on a line of a terminal; alarms are told in words beside it."""
    figures = {name: "" if row[name] is None else f"{row[name]:.3g}" for name in _FIGURES}
    return {"by": row["by"], "group": row["group"], **figures, "alarm": row["alarm"]}


def add_to(app: typer.Typer) -> None:
    """Hang the command under `target`."""
    app.command()(audit)
