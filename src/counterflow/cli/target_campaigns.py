"""`target campaign …`: operations with days, places, resources and an expected effect, compared when they are over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

__all__ = ["add_to"]

campaign = typer.Typer(no_args_is_help=True)
CampaignArgument = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="Id of the campaign.")]
GroundOption = Annotated[str, typer.Option(help="Why, in words that another person can follow.")]


@campaign.command()
def propose(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="TOML: days, offices, lanes, resources, what is expected.")],
    person: Annotated[str, typer.Option(help="Who proposes it.")],
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Put a campaign on record before it starts, with what it is expected to find."""
    from counterflow.core.errors import InputError
    from counterflow.target.campaigns.plan_file import read_campaign
    from counterflow.target.campaigns.record import propose_campaign

    with workspace_of(ctx) as workspace:
        made = read_campaign(file, sorted(workspace.settings.target.severity))
        try:
            row = propose_campaign(workspace, made, person=person)
        except InputError as error:
            error.file = str(file)
            raise
    say(f"{made.campaign} is entry {row['ledger_seq']} of the ledger. Another person approves it before {made.starts}.")
    emit(_shown(row), form, out)


@campaign.command()
def approve(
    ctx: typer.Context,
    asked: CampaignArgument,
    person: Annotated[str, typer.Option(help="Who approves; never the one who proposed it.")],
    ground: GroundOption,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Approve a campaign before it starts. It stands among the actions of the account from then on."""
    from counterflow.flow.campaigns import approve as agree

    with workspace_of(ctx) as workspace:
        act = agree(workspace, asked, person=person, ground=ground)
    say(f"{asked} is approved; entry {act['ledger_seq']} of the ledger. Its minutes: target campaign pools {asked}")
    emit(act, form, out)


@campaign.command("list")
def list_all(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List campaigns by first day, with their state."""
    from counterflow.target.campaigns.record import campaigns

    with workspace_of(ctx) as workspace:
        rows = [_shown(row) for row in campaigns(workspace.store, workspace.clock().date())]
    if form is Format.TABLE:
        kept = ("campaign", "state", "starts", "ends", "title", "offices", "lanes", "person")
        rows = [{name: row[name] for name in kept} for row in rows]
    emit(rows, form, out)


@campaign.command()
def pools(ctx: typer.Context, asked: CampaignArgument, form: FormatOption = Format.CSV, out: OutOption = None) -> None:
    """Give the campaign's extra minutes as rows of a capacity file: put them below those of the office."""
    from counterflow.target.campaigns.record import stored_campaign

    with workspace_of(ctx) as workspace:
        _, made = stored_campaign(workspace.store, asked)
    rows = made.pools()
    if not rows:
        say("This campaign brings no minutes of its own.")
    emit(rows, form, out)


@campaign.command()
def compare(
    ctx: typer.Context, asked: CampaignArgument, form: FormatOption = Format.TABLE, out: OutOption = None
) -> None:
    """Say what happened, against the same lanes before and after and against lanes without the campaign."""
    from counterflow.store.loads import is_synthetic
    from counterflow.target.campaigns.compare import compare as set_side_by_side
    from counterflow.target.campaigns.record import stored_campaign

    with workspace_of(ctx) as workspace:
        _, made = stored_campaign(workspace.store, asked)
        shown = set_side_by_side(workspace.store, made, workspace.clock().date())
        synthetic = is_synthetic(workspace.store)
    if synthetic:
        say("SYNTHETIC records: nobody ever sent them; figures test the machinery and say nothing of the field.")
    for words in shown.said:
        say(words)
    emit(_cells(shown.figures) if form is not Format.JSON else {"synthetic": synthetic, **shown.as_dict()}, form, out)


def _cells(figures: Any) -> list[dict[str, Any]]:
    """Return one row per side and period."""
    kept = ("records", "chosen", "inspected", "found", "not_presented", "minutes", "fruitless_per_1000")
    return [
        {"lanes": side, "period": period, **{name: cell[name] for name in kept},
         "random_inspected": cell["random"]["inspected"], "random_found": cell["random"]["found"]}
        for side, periods in figures["lanes"].items() for period, cell in periods.items()
    ]  # fmt: skip


@campaign.command()
def close(
    ctx: typer.Context,
    asked: CampaignArgument,
    person: Annotated[str, typer.Option(help="Who closes it.")],
    ground: GroundOption,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Close a campaign that is over; the comparison of today is kept with it, its digest in the ledger."""
    from counterflow.flow.campaigns import close as shut

    with workspace_of(ctx) as workspace:
        act = shut(workspace, asked, person=person, ground=ground)
    shown = json.loads(act["body"])
    for words in shown["said"]:
        say(words)
    emit({**act, "body": shown}, form, out)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with what it keeps as JSON read back, and without its file."""
    kept = {name: value for name, value in row.items() if name != "body"}
    return kept | {name: json.loads(str(row[name])) for name in ("resources", "expected")}


def add_to(app: typer.Typer) -> None:
    """Add `campaign` to the commands of `target`."""
    app.add_typer(campaign, name="campaign", help="Operations: resources and expected effect sealed, compared later.")
