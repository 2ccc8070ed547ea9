"""`target …`: choose what to inspect within today's capacity, print the sheets, take the outcomes."""

from __future__ import annotations

import datetime as dt
import secrets
from pathlib import Path
from typing import Annotated

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of
from counterflow.cli.target_audit import add_to as add_audit
from counterflow.cli.target_backtest import add_to as add_backtest
from counterflow.cli.target_campaigns import add_to as add_campaigns
from counterflow.cli.target_drift import add_to as add_drift
from counterflow.cli.target_estimate import add_to as add_estimate
from counterflow.cli.target_models import add_to as add_models
from counterflow.cli.target_rules import add_to as add_rules
from counterflow.cli.target_severity import add_to as add_severity
from counterflow.cli.target_simulate import add_to as add_simulate
from counterflow.cli.target_whatif import add_to as add_whatif

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)
lookout = typer.Typer(no_args_is_help=True)
app.add_typer(lookout, name="lookout", help="Tips: one person, a stated ground, 72 hours at most, reviewed by another.")
add_whatif(app)
add_severity(app)
add_backtest(app)
add_estimate(app)
add_drift(app)
add_audit(app)
add_models(app)
add_rules(app)
add_campaigns(app)
add_simulate(app)

_DAY = ["%Y-%m-%d"]


@app.command()
def plan(
    ctx: typer.Context,
    capacity: Annotated[
        Path, typer.Option(help="CSV: office,lane,day,resource,minutes,service_minutes,detection_rate.")
    ],
    start: Annotated[dt.datetime, typer.Option("--from", formats=_DAY, help="First day, by date of declaration.")],
    end: Annotated[dt.datetime, typer.Option("--to", formats=_DAY, help="Last day, included.")],
    random_share: Annotated[
        float | None, typer.Option(help="Share of minutes for the random arm; the settings where not given.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help="Seed of the draw: the same seed gives the same plan.", show_default="a fresh one, said"),
    ] = None,
    form: FormatOption = Format.CSV,
    out: OutOption = None,
) -> None:
    """Choose records within capacity: mandatory, random, then by expected harm; seal it in the ledger."""
    from counterflow.target.choice.plan import plan as make_plan
    from counterflow.target.choice.plan import selected_rows

    with workspace_of(ctx) as workspace:
        if seed is None:
            # A seed that everybody knows beforehand is a draw that everybody knows beforehand.
            seed = secrets.randbelow(2**31)
            say(f"Drawn with the fresh seed {seed}; it stands in the ledger.")
        made = make_plan(workspace, capacity, start.date(), end.date(), random_share, seed)
        rows = selected_rows(workspace.store, made.plan)
    counts = made.counts()
    arms = ", ".join(f"{counts[arm]} {arm}" for arm in ("mandatory", "random", "followup", "targeted"))
    say(f"{made.plan}: {rows.num_rows} of {made.eligible} eligible records selected ({arms})")
    say(f"{counts['minutes_used']:g} of {counts['minutes']:g} minutes used")
    if made.repeated:
        say("this very plan was made before; nothing was drawn again")
    for line in made.said:
        say(line)
    emit(rows, form, out)


@app.command()
def record(
    ctx: typer.Context,
    outcomes: Annotated[Path, typer.Argument(help="CSV: record_id,state,confirmation,harm_class,time.")],
    person: Annotated[str | None, typer.Option(help="Who records, where the file does not say.")] = None,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Take outcomes of drawn records; show the receipt. Leaves with 3 when every row was refused."""
    from counterflow.target.outcomes.take import record as take_outcomes

    with workspace_of(ctx) as workspace:
        receipt = take_outcomes(workspace, outcomes, person=person)
    say(f"{outcomes}: {receipt.accepted} accepted ({receipt.already} known already), {receipt.rejected} rejected")
    for refused in receipt.refused[:10]:
        say(refused.in_words())
    if receipt.taken_as_utc:
        say(f"{receipt.taken_as_utc} times name no offset and were taken as UTC; write them as 2026-03-01T09:30+01:00")
    emit(receipt.as_dict(), form, out)
    if receipt.rejected and not receipt.accepted:
        raise typer.Exit(3)


@app.command()
def sheet(
    ctx: typer.Context,
    plan_id: Annotated[str | None, typer.Option("--plan", help="Plan; the latest where not given.")] = None,
    office: Annotated[str | None, typer.Option(help="Only this office.")] = None,
    lane: Annotated[str | None, typer.Option(help="Only this lane.")] = None,
    day: Annotated[dt.datetime | None, typer.Option(formats=_DAY, help="Only this day.")] = None,
    html: Annotated[bool, typer.Option("--html", help="Write each sheet as a page into the folder --out.")] = False,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """List the sheets of a plan; with --html write them, with --format json give them whole."""
    from counterflow.core.errors import UsageError
    from counterflow.flow.papers import write_sheets
    from counterflow.store.loads import is_synthetic
    from counterflow.target.sheets.sheet import sheet as make_sheet
    from counterflow.target.sheets.sheet import sheet_index

    if html and out is None:
        raise UsageError("--html needs a folder.", hint="Add --out FOLDER.")
    with workspace_of(ctx) as workspace:
        wanted = [
            row
            for row in sheet_index(workspace.store, plan_id)
            if (office is None or row["office"] == office)
            and (lane is None or row["lane"] == lane)
            and (day is None or row["day"] == day.date())
        ]
        synthetic = is_synthetic(workspace.store)
        if not html and form is not Format.JSON:
            emit(wanted, form, out)
            return
        whole = [
            make_sheet(
                workspace.store,
                **{k: row[k] for k in ("office", "lane", "day", "plan")},
                synthetic=synthetic,
            )
            for row in wanted
        ]
    if html and out is not None:
        written = write_sheets(whole, out)
        say(f"{len(written)} sheets written to {out}")
    else:
        emit(whole, form, out)


@app.command()
def plans(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List every plan, in the order they were made."""
    from counterflow.target.choice.plan import plans as list_plans

    with workspace_of(ctx) as workspace:
        table = list_plans(workspace.store)
    emit(table, form, out)


@lookout.command("add")
def add(
    ctx: typer.Context,
    field: Annotated[str, typer.Argument(help="record_id, item_id, party, office, lane or hs.")],
    value: Annotated[str, typer.Argument(help="What to look for there.")],
    ground: Annotated[str, typer.Option(help="Why: what the tip rests on.")],
    person: Annotated[str, typer.Option(help="Who sets it.")],
    hours: Annotated[float | None, typer.Option(help="How long it lives; 72 at most.")] = None,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Set a lookout: records that meet it are mandatory while it lives."""
    from counterflow.target.grounds.lookout import add_lookout, not_seen_yet

    with workspace_of(ctx) as workspace:
        made = add_lookout(workspace, field, value, ground=ground, person=person, hours=hours)
        unmet = not_seen_yet(workspace.store, field, value)
    if unmet:
        say(unmet)
    say(f"{made['lookout']} ends {made['expires_at']:%Y-%m-%d %H:%M} UTC; another person reviews it tomorrow")
    emit(made, form, out)


@lookout.command("list")
def list_all(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List lookouts with their state, and whether their review is due."""
    from counterflow.target.grounds.lookout import lookouts

    with workspace_of(ctx) as workspace:
        rows = lookouts(workspace.store, workspace.clock())
    overdue = sum(row["review"] == "overdue" for row in rows)
    if overdue:
        say(f"{overdue} lookouts wait for their review longer than a day")
    emit(rows, form, out)


@lookout.command()
def review(
    ctx: typer.Context,
    lookout_id: Annotated[str, typer.Argument(metavar="LOOKOUT", help="The lookout's id.")],
    person: Annotated[str, typer.Option(help="Who reviews it; never the one who set it.")],
    verdict: Annotated[str, typer.Option(help="upheld or withdrawn.")],
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Write down the review of a lookout."""
    from counterflow.target.grounds.lookout import review_lookout

    with workspace_of(ctx) as workspace:
        row = review_lookout(workspace, lookout_id, person=person, verdict=verdict)
    emit(row, form, out)
