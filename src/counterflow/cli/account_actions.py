"""`account action …`: propose, alert, close, score, record, list, show, page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of
from counterflow.core.errors import UsageError

__all__ = ["add_to"]

IdArgument = Annotated[str, typer.Argument(help="Id of the action.")]
PersonOption = Annotated[str, typer.Option(help="Who does it; stands with the act.")]
_SUPPLY = ("campaign", "operation", "takedown")


def propose(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="TOML of the action.")],
    forecast: Annotated[
        Path | None,
        typer.Option(help="Forecast of the model: `strategy action … --format json`.", show_default="the author's own"),
    ] = None,
    history: Annotated[
        Path | None,
        typer.Option(help="Counts by period: measure,starts,ends,value,source.", show_default="what watch holds"),
    ] = None,
    emergency: Annotated[bool, typer.Option("--emergency", help="Begun within 24 hours: marked unforecast.")] = False,
    late: Annotated[bool, typer.Option("--late", help="Begun longer ago: on record, and listed apart.")] = False,
    reason: Annotated[str, typer.Option(help="Why it could not be sealed before.")] = "",
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Seal an action with its forecasts and evaluation design; refused on or after its first day."""
    from counterflow.flow.account_actions import Proposal, propose

    if emergency and late:
        raise UsageError("--emergency and --late are two things.", hint="Give the one that it is.")
    standing = "unforecast" if emergency else "late" if late else "sealed"
    if reason and standing == "sealed":
        raise UsageError("--reason says why it was not sealed before.", hint="Give --emergency or --late, or neither.")
    with workspace_of(ctx) as workspace:
        row, said = propose(workspace, Proposal(file, forecast, history, standing, reason))
        rows = _forecasts(workspace, row["action"])
    for words in said:
        say(words)
    marked = "" if row["standing"] == "sealed" else f" It is marked {row['standing']}: it counts as without a forecast."
    say(f"{row['action']} is sealed: ledger entry {row['sealed_seq']}, {row['sealed_at']:%Y-%m-%d %H:%M} UTC.{marked}")
    if row["kind"] in _SUPPLY and row["area"]:
        say(f"Overdoses can rise after a change of supply: account action alert {row['action']} --to OFFICE")
    emit(rows, form, out)


def _forecasts(workspace: Any, action: str) -> list[dict[str, Any]]:
    from counterflow.account.actions.sealing import action_named

    return [
        {
            "by": one.by, "measure": one.measure, "window": one.window, "median": one.at(0.5),
            "low": one.quantiles[0] if one.levels else None, "high": one.quantiles[-1] if one.levels else None,
            "level": round(2 * one.levels[-1] - 1, 9) if one.levels else None, "unit": one.unit, "of": one.basis,
            "why_not": one.why_not,
        }
        for one in action_named(workspace, action)["forecasts"]
    ]  # fmt: skip


def alert(
    ctx: typer.Context,
    action: IdArgument,
    to: Annotated[list[str], typer.Option(help="Health office that receives it; may be repeated.")],
    person: PersonOption = "",
    tell_class: Annotated[
        bool,
        typer.Option("--tell-class", help="Tell the class of substance too: it can point at where the target is."),
    ] = False,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Tell the health side area, months and, where asked, class of substance; open a health watch. Never targets."""
    from counterflow.flow.account_actions import alert

    with workspace_of(ctx) as workspace:
        kept, told = alert(workspace, action, to=to, person=person, tell_class=tell_class)
    late = " It is LATE: the action had begun." if kept["late"] else ""
    say(f"On record: ledger entry {kept['ledger_seq']}, received by {kept['received_by']}.{late}")
    say(f"Health watch {kept['watch']} is open; what follows is all that may be handed over.")
    emit(told, form, out)


def close(
    ctx: typer.Context,
    action: IdArgument,
    file: Annotated[Path, typer.Argument(help="TOML: starts, ends, done, [[seized]], [[observed]]; or cancelled.")],
    person: PersonOption = "",
) -> None:
    """Put on record when it really took place and what was done; once."""
    from counterflow.account.actions.closing import close_action, read_closing

    closing = read_closing(file)
    with workspace_of(ctx) as workspace:
        row = close_action(workspace, action, closing, person=person)
    say(f"{action} is closed: ledger entry {row['ledger_seq']}.")
    for one in closing.seized:
        say(f"{one['substance']}: {one['mass_kg']:g} kg, {_pure(one)}")
    if not closing.cancelled:
        say(f"What it came to is scored once the windows have ended: account action score {action}")


def _pure(one: dict[str, Any]) -> str:
    if one["pure_low_kg"] is None:
        return "purity not measured, so no pure mass"
    return f"{one['pure_low_kg']:.4g} to {one['pure_high_kg']:.4g} kg pure"


def score(
    ctx: typer.Context,
    action: IdArgument,
    outcomes: Annotated[
        Path | None,
        typer.Option(help="Counts by period: measure,starts,ends,value,source.", show_default="what watch holds"),
    ] = None,
    person: PersonOption = "",
    fail_on_harm: Annotated[bool, typer.Option("--fail-on-harm", help="Exit code 1 where a harm rose.")] = False,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Score each forecast whose window has ended against what happened; once, harm first."""
    from counterflow.flow.account_actions import score

    with workspace_of(ctx) as workspace:
        made, left = score(workspace, action, person=person, outcomes=outcomes)
    for one in made:
        if one["harm"]:
            say(f"HARM ROSE: {one['measure']}, {one['window']}: {one['observed']:g}, above what {one['by']} expected.")
    for one in left:
        say(f"Not scored: {one['measure']} ({one['by']}, {one['window']}): {one['why_not']}.")
    emit([_shown(one) for one in made] if form is Format.TABLE else made, form, out)
    if fail_on_harm and any(one["harm"] for one in made):
        raise typer.Exit(1)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    kept = ("harm", "by", "measure", "window", "observed", "median", "inside_50", "inside_80", "inside_90", "inside")
    return {name: row[name] for name in kept} | {name: float(f"{row[name]:.4g}") for name in ("pinball", "winkler")}


def record(
    ctx: typer.Context,
    page: Annotated[Path | None, typer.Option(help="Write it as a PDF too.", show_default=False)] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Say how often forecasts of actions were right, whose, and which classes of action do harm; harm first."""
    from counterflow.account.actions.record import record_of
    from counterflow.flow.account_action_page import coverage_text, harm_lines, record_pdf

    with workspace_of(ctx) as workspace:
        made = record_of(workspace)
        if page is not None:
            page.write_bytes(record_pdf(workspace, made))
    if form is Format.JSON:
        emit(made, form, out)
        return
    for line in harm_lines(made["harm_first"]):
        say(f"HARM ROSE: {line['action']}: {line['words']}.")
    for row in made["classes"]:
        if row["flagged"]:
            say(f"HARMFUL CLASS: {row['kind']} x {row['substance_class']}: {row['words']}.")
    counts = made["counts"]
    say(", ".join(f"{counts[name]} {name}" for name in (
        "actions", "forecast", "unforecast", "late", "closed", "cancelled", "scored", "overdue")))  # fmt: skip
    for words in made["words"]:
        say(words)
    emit([coverage_text(line) for line in made["coverage"]] if form is Format.TABLE else made["coverage"], form, out)


def list_all(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List actions, those first in which harm rose; with seal, state, and whether their words are the sealed ones."""
    from counterflow.flow.account_action_page import listed

    with workspace_of(ctx) as workspace:
        rows = listed(workspace)
    emit(rows, form, out)


def show(ctx: typer.Context, action: IdArgument, form: FormatOption = Format.JSON, out: OutOption = None) -> None:
    """Show one action: plan and forecasts, alerts as they were sent, what was done, scores; harm first."""
    from counterflow.flow.account_action_page import plain
    from counterflow.flow.account_actions import whole

    with workspace_of(ctx) as workspace:
        told = plain(workspace, whole(workspace, action))
    emit(told, form, out)


def page(
    ctx: typer.Context, action: IdArgument, out: Annotated[Path, typer.Option(help="PDF to write.")]
) -> None:  # fmt: skip
    """Write one action as a PDF: what was expected, what happened, what health was told, and its seal."""
    from counterflow.flow.account_action_page import action_pdf
    from counterflow.flow.account_actions import whole

    with workspace_of(ctx) as workspace:
        content = action_pdf(workspace, whole(workspace, action))
    out.write_bytes(content)
    say(f"{out}: {len(content):,} bytes")


def add_to(app: typer.Typer) -> None:
    """Hang the commands under `account action`."""
    group = typer.Typer(no_args_is_help=True)
    for command in (propose, alert, close, score, record, show, page):
        group.command()(command)
    group.command("list")(list_all)
    app.add_typer(group, name="action", help="What we set out to do, sealed with its forecast, and what came of it.")
