"""`account …` for oversight: officer integrity, reconciliation with outside logs, acts of two, co-signed heads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.core.errors import UsageError

if TYPE_CHECKING:
    from counterflow.account.oversight.integrity import Report

__all__ = ["add_to"]

_PATTERN = "A pattern is not proof. Each signal has innocent explanations; whoever is flagged is asked, and heard."


def integrity(
    ctx: typer.Context,
    events: Annotated[
        Path | None,
        typer.Argument(help="CSV or Parquet of decisions; without one, the workspace's own.", show_default=False),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(help="Which column is what, as officer=BADGE_NO; may be repeated.", show_default=False),
    ] = None,
    level: Annotated[float, typer.Option(help="Mean false-discovery share of those flagged, at most.")] = 0.05,
    person: Annotated[
        str, typer.Option(help="Inspector who looks; needed for the workspace's own.", show_default=False)
    ] = "",
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
    fail: Annotated[bool, typer.Option("--fail-on-flag", help="Leave with 1 if anybody is flagged.")] = False,
) -> None:
    """Show patterns in officers' decisions, beside honest spread: whom an inspector asks first, and why."""
    if not 0 < level < 1:
        raise UsageError(f"A share lies between 0 and 1, not {level}.", hint="Give --level 0.05.")
    report = _report(ctx, events, _named(column), level, person)
    for line in (*report.said, *(f"left out, {name}: {why}" for name, why in report.left_out.items())):
        say(line)
    flagged = sum(row["flagged"] for row in report.rows)
    named = sum(row["named"] for row in report.rows)
    say(f"{len(report.rows)} officers; {flagged} flagged, {named} of them by two independent signals. {_PATTERN}")
    short = ("rank", "officer", "decisions", "posterior", "local_fdr", "signals", "flagged", "named", "reasons")
    if form is Format.JSON:
        emit(report.as_dict(), form, out)
    elif form is Format.TABLE:
        emit([{name: row[name] for name in short} for row in report.rows], form, out)
    else:
        emit(report.rows, form, out)
    if fail and flagged:
        raise typer.Exit(1)


def _named(column: list[str] | None) -> dict[str, str]:
    named: dict[str, str] = {}
    for text in column or ():
        field, mark, name = text.partition("=")
        if not mark or not field.strip() or not name.strip():
            raise UsageError(f"{text!r} names no column.", hint="Write --column officer=BADGE_NO.")
        named[field.strip()] = name.strip()
    return named


def _report(ctx: typer.Context, events: Path | None, columns: dict[str, str], level: float, person: str) -> Report:
    from counterflow.account.oversight.events import read_events
    from counterflow.account.oversight.integrity import integrity as integrity_of

    if events is not None:
        return integrity_of(read_events(events, columns), level=level)
    raise UsageError("Name a file of decisions.", hint="counterflow account integrity EVENTS.csv")


def add_to(app: typer.Typer) -> None:
    """Add oversight to the commands of `account`."""
    app.command()(integrity)
