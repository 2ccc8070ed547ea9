"""`target severity …`: how bad one record is, derived from counts of harm, edited by two people."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

if TYPE_CHECKING:
    from counterflow.target.severity.derive import Terms

__all__ = ["add_to"]

severity = typer.Typer(no_args_is_help=True)
_DAY = ["%Y-%m-%d"]
_MOST_LANES = 6

PerOption = Annotated[str, typer.Option(help="What harm is counted against: doses, kg or records.")]
HalfLifeOption = Annotated[float, typer.Option(min=1, max=36_500, help="After so many days a count says half as much.")]
WeightOption = Annotated[
    list[str] | None,
    typer.Option(help="OUTCOME=NUMBER: what one counts beside a death. Repeat it.", show_default="see the method"),
]
PlaceOption = Annotated[list[str] | None, typer.Option(help="Only counts of this place. Repeat it.")]
SeedOption = Annotated[int, typer.Option(min=0, help="Seed of the intervals.")]


def add_to(app: typer.Typer) -> None:
    """Add `severity` to the commands of `target`."""
    app.add_typer(severity, name="severity", help="How bad one record is: from counts of harm, changed by two people.")


@severity.command("show")
def show(
    ctx: typer.Context,
    on: Annotated[dt.datetime | None, typer.Option(formats=_DAY, help="On this day; today where not given.")] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """List the severities in force, with intervals and what each rests on."""
    from counterflow.target.severity.in_force import in_force

    with workspace_of(ctx) as workspace:
        day = on.date() if on else workspace.clock().date()
        held = in_force(workspace.store, workspace.settings.target, day)
    for line in held.said:
        say(line)
    emit([_shown(row) for row in (*held.classes.values(), *held.finer)], form, out)


@severity.command("load")
def load(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV of harm counts (column outcome) or of exposure (column unit).")],
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Take counts of harm, or what they are held against; show the receipt. Leaves with 3 when all are refused."""
    from counterflow.target.severity.counts import load_counts

    with workspace_of(ctx) as workspace:
        receipt = load_counts(workspace, file)
    say(f"{file}: {receipt.accepted} accepted ({receipt.suppressed} suppressed), {receipt.rejected} rejected")
    if receipt.repeated:
        say("This file was taken before; nothing changed.")
    for refused in receipt.refused[:10]:
        say(refused.in_words())
    emit(receipt.as_dict(), form, out)
    if receipt.rejected and not receipt.accepted:
        raise typer.Exit(3)


@severity.command("derive")
def derive(
    ctx: typer.Context,
    per: PerOption = "doses",
    half_life: HalfLifeOption = 365.0,
    weight: WeightOption = None,
    place: PlaceOption = None,
    seed: SeedOption = 1,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Show the severities that the stored counts support today; changes nothing."""
    from counterflow.target.severity.life import derive_from_store

    with workspace_of(ctx) as workspace:
        made = derive_from_store(workspace, _terms(per, half_life, weight, seed), place or [])
    for line in made.said:
        say(line)
    emit([_shown(row) for row in made.rows], form, out)


@severity.command("propose")
def propose(
    ctx: typer.Context,
    person: Annotated[str, typer.Option(help="Who proposes.")],
    ground: Annotated[str, typer.Option(help="Why.")],
    derived: Annotated[bool, typer.Option("--derived", help="Begin from what the counts support.")] = False,
    edits: Annotated[
        Path | None, typer.Option(help="CSV: harm_class,substance,form,route,market,points,low,high,said.")
    ] = None,
    per: PerOption = "doses",
    half_life: HalfLifeOption = 365.0,
    weight: WeightOption = None,
    place: PlaceOption = None,
    seed: SeedOption = 1,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Propose severities and show which lanes would gain and lose inspections; another person approves."""
    from counterflow.target.severity import life

    terms = _terms(per, half_life, weight, seed)
    with workspace_of(ctx) as workspace:
        rows = life.read_edits(edits, workspace.settings.target.severity) if edits else ()
        made = life.derive_from_store(workspace, terms, place or []) if derived else None
        told = life.propose(workspace, person=person, ground=ground, derived=made, edits=rows, terms=terms)
    for line in told["said"]:
        say(line)
    _say_consequences(told["consequences"])
    say(f"{told['version']} is proposed; it holds nothing until another person approves it.")
    emit(_plain(told) if form is Format.JSON else told["consequences"]["lanes"], form, out)


@severity.command("approve")
def approve(
    ctx: typer.Context,
    version: Annotated[str, typer.Argument(help="The proposed version.")],
    person: Annotated[str, typer.Option(help="Who approves; never the one who proposed it.")],
    ground: Annotated[str, typer.Option(help="Why.")],
    start: Annotated[
        dt.datetime | None, typer.Option("--from", formats=_DAY, help="First day it holds.", show_default="today")
    ] = None,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Put a proposed version into force from a day on."""
    from counterflow.target.severity import life

    with workspace_of(ctx) as workspace:
        row = life.approve(
            workspace, version, person=person, ground=ground, from_day=start.date() if start else None
        )  # fmt: skip
    say(f"{version} is in force from {row['in_force_from']}; the ledger says so.")
    emit(_plain(row), form, out)


@severity.command("history")
def history(
    ctx: typer.Context,
    version: Annotated[str | None, typer.Argument(help="Show this version with its consequences.")] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """List every version with who proposed and approved it; or one with its rows and consequences."""
    from counterflow.target.severity import life

    with workspace_of(ctx) as workspace:
        if version is None:
            emit([_plain(row) for row in life.history(workspace)], form, out)
            return
        told = life.one_version(workspace, version)
    _say_consequences(told["consequences"])
    emit(_plain(told) if form is Format.JSON else told["rows"], form, out)


def _terms(per: str, half_life: float, weight: list[str] | None, seed: int) -> Terms:
    from counterflow.core.errors import UnknownName, UsageError
    from counterflow.target.severity.cells import OUTCOME_WEIGHTS
    from counterflow.target.severity.counts import UNITS
    from counterflow.target.severity.derive import Terms

    if per not in UNITS:
        raise UnknownName("unit of exposure", per, UNITS)
    weights = dict(OUTCOME_WEIGHTS)
    for text in weight or []:
        name, _, number = text.partition("=")
        if name not in weights:
            raise UnknownName("outcome", name, weights)
        try:
            weights[name] = float(number)
        except ValueError:
            weights[name] = -1.0
        if not 0 <= weights[name] <= 1000:
            raise UsageError(f"--weight {text} is no weight.", hint="Write OUTCOME=NUMBER, as ed-visit=0.02.")
    return Terms(per, half_life, weights, seed=seed)


def _shown(row: Any) -> dict[str, Any]:
    return {
        "harm_class": row.harm_class, "substance": row.substance, "form": row.form, "route": row.route,
        "market": row.market, "points": row.value, "low": row.low, "high": row.high, "basis": row.basis,
        "said": row.said,
    }  # fmt: skip


def _say_consequences(moved: dict[str, Any]) -> None:
    for line in moved["said"]:
        say(line)
    if "records" not in moved:
        return
    total, days = moved["inspections_by_harm"], f"{moved['from']} to {moved['to']}"
    say(f"Of {total} inspections by harm from {days}, {moved['moved']} move.")
    for lane in moved["lanes"][:_MOST_LANES]:
        change = f"gains {lane['gained']}, loses {lane['lost']}"
        say(f"  {lane['name']}: {lane['before']} before, {lane['after']} after ({change})")
    top = moved["top_tier"]
    if top["before"] is not None and top["after"] is not None:
        say(f"  top tier of harm: {top['before']:.0%} of them before, {top['after']:.0%} after")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, dt.date) else value
