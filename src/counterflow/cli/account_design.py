"""`account design …` and `account events`: seal a design, know its power, run it, show the result; policy dates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, in_a_folder, say
from counterflow.cli.run import day_of
from counterflow.cli.session import workspace_of
from counterflow.core.errors import UsageError

__all__ = ["add_to"]

designs = typer.Typer(no_args_is_help=True)
IdArgument = Annotated[str, typer.Argument(help="Id of the design.")]
PanelArgument = Annotated[Path, typer.Argument(help="One row for each unit and period: CSV, gzip of it, or Parquet.")]
Texts = list[str] | None


def add_to(app: typer.Typer) -> None:
    """Add the commands to a group."""
    app.add_typer(designs, name="design", help="How an effect will be judged, sealed before outcomes are read.")
    app.command("events")(list_events)


@designs.command("register")
def register(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="TOML of the design.")],
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Seal a design: who is treated from when, outcome, estimators, exclusions, margin, and what is then decided."""
    from counterflow.account.evaluate.design import read_design
    from counterflow.account.evaluate.registry import register as sealed

    design = read_design(file)
    with workspace_of(ctx) as workspace:
        row = sealed(workspace, design)
    say(f"{design.design} is sealed: ledger entry {row['sealed_seq']}, {row['sealed_at']:%Y-%m-%d %H:%M} UTC.")
    if row["prospective"]:
        say(f"No outcome after the start can be known before {row['first_known']}: its result can be confirmatory.")
    else:
        say("Outcomes may exist by now: the seal proves that they were not read here before, not that nobody saw them.")
    if design.power_waived:
        say(f"Power was not computed: {design.power_waived}")
    emit([_design_row(row | {"runs": 0, "intact": True})], form, out)


@designs.command("list")
def list_all(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List designs, when they were sealed, how often they were run, and whether their words are the sealed ones."""
    from counterflow.account.evaluate.registry import list_designs

    with workspace_of(ctx) as workspace:
        rows = list_designs(workspace)
    emit([_design_row(row) for row in rows], form, out)


def _design_row(row: dict[str, Any]) -> dict[str, Any]:
    names = (
        "design",
        "title",
        "who",
        "first_known",
        "prospective",
        "sealed_seq",
        "sealed_at",
        "runs",
        "intact",
        "sha256",
    )
    return {name: row[name] for name in names}


@designs.command("show")
def show(ctx: typer.Context, design: IdArgument, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """Show one design in full and every result computed under it."""
    from counterflow.flow.account_evaluate import design_told

    with workspace_of(ctx) as workspace:
        told = design_told(workspace, design)
    if form is Format.JSON:
        emit(told | {"facts": dict(told["facts"])}, form, out)
        return
    rows = [{"what": name, "said": value} for name, value in told["facts"]]
    rows += [{"what": f"Result {run['run']} ({run['standing']})", "said": run["verdict"]} for run in told["results"]]
    emit(rows, form, out)


@designs.command("results")
def results(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List every result, registered or not, in the order they were computed; none is ever replaced."""
    from counterflow.account.evaluate.registry import list_runs

    with workspace_of(ctx) as workspace:
        rows = list_runs(workspace)
    names = ("run", "design", "standing", "verdict", "outcome", "ran_at", "sealed_seq", "panel_sha256", "result_sha256")
    emit([{name: row[name] for name in names} for row in rows], form, out)


@designs.command("run")
def run(
    ctx: typer.Context,
    design: IdArgument,
    panel: PanelArgument,
    because: Annotated[str, typer.Option(help="Why it departs from the design; the result is then exploratory.")] = "",
    estimators: Annotated[Texts, typer.Option(help="Other estimators than registered.", show_default=False)] = None,
    treated: Annotated[Texts, typer.Option(help="Other treated units.", show_default=False)] = None,
    start: Annotated[str | None, typer.Option(help="Another first treated period.", show_default=False)] = None,
    exclude: Annotated[Texts, typer.Option(help="Other units to leave out.", show_default=False)] = None,
    margin: Annotated[float | None, typer.Option(help="Another margin.", show_default=False)] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Compute a sealed design on a panel and seal the result; what departs from it needs --because and is on record."""
    import json

    from counterflow.account.evaluate.design_run import run_design
    from counterflow.account.evaluate.verdict import answers_of

    asked = {"estimators": estimators, "treated": treated, "start": start, "exclude": exclude, "margin": margin}
    changes = {name: tuple(v) if isinstance(v, list) else v for name, v in asked.items() if v is not None}
    if because and not changes:
        raise UsageError("--because explains a departure, and there is none.", hint="Leave it out.")
    with workspace_of(ctx) as workspace:
        row = run_design(workspace, design, panel, changes=changes, because=because)
    say(f"{row['run']}: {row['standing']}. {row['why']}")
    say(row["verdict"])
    result = json.loads(row["result"])
    if form is Format.JSON:
        emit(result | {"run": row["run"], "verdict": row["verdict"], "result_sha256": row["result_sha256"]}, form, out)
        return
    rows = [
        {"run": row["run"], "standing": row["standing"], "method": name}
        | {key: told.get(key) for key in ("effect", "low", "high", "level", "placebo_p")}
        for name, told in answers_of(result).items()
    ]
    emit(rows, form, out)


@designs.command("page")
def page(
    ctx: typer.Context,
    result: Annotated[str, typer.Argument(help="Id of a result, or of a design for its latest result.")],
    out: Annotated[Path, typer.Option(help="File to write: .html or .pdf.", callback=in_a_folder)],
) -> None:
    """Write a result as a page for a committee: what came out, how it stands, placebos, limits."""
    from counterflow.flow.account_evaluate import run_told
    from counterflow.flow.account_evaluate_page import latest_of, page_bytes

    if out.suffix.casefold() not in {".html", ".htm", ".pdf"}:
        raise UsageError(f"{out.name} is neither .html nor .pdf.", hint="The ending says which is written.")
    with workspace_of(ctx) as workspace:
        told = run_told(workspace, latest_of(workspace, result))
    out.write_bytes(page_bytes(told, pdf=out.suffix.casefold() == ".pdf"))
    say(f"{told['run']}: {told['verdict']}")


@designs.command("power")
def power(
    panel: PanelArgument,
    unit: Annotated[str, typer.Option(help="Column that names the unit.")],
    time: Annotated[str, typer.Option(help="Column of the period.")],
    outcome: Annotated[str, typer.Option(help="Column of the outcome.")],
    treated: Annotated[list[str], typer.Option(help="Units to be treated, between commas or repeated.")],
    start: Annotated[str, typer.Option(help="First treated period; outcomes from it on are not read.")],
    after: Annotated[int, typer.Option(min=1, help="Periods that will be looked at after the start.")],
    methods: Annotated[list[str] | None, typer.Option(help="sdid, sc, asc, did.", show_default="sdid,did")] = None,
    draws: Annotated[int, typer.Option(min=50, max=20_000, help="Placebo assignments of units and dates.")] = 400,
    level: Annotated[float, typer.Option(min=0.5, max=0.999, help="Level of the test.")] = 0.95,
    seed: Annotated[int, typer.Option(min=0, help="Of the draws.")] = 1,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Say before the start which effect a design would find, from placebo units and dates before it; no workspace."""
    from counterflow.account.evaluate.panel import named_units
    from counterflow.account.evaluate.power import power_of, read_before

    read, unread = read_before(panel, unit=unit, time=time, outcome=outcome, start=start)
    names = [name.strip() for text in methods or ["sdid,did"] for name in text.split(",") if name.strip()]
    who = named_units(read, treated)
    told = {
        name: power_of(read, treated=who, after=after, method=name, draws=draws, level=level, seed=seed)
        for name in dict.fromkeys(names)
    }
    if unread:
        say(f"{unread:,} row(s) from {start} on were not read.")
    for name, row in told.items():
        say(f"{name}: {row['words']}")
    if form is Format.JSON:
        emit(told, form, out)
        return
    columns = ("method", "smallest_effect", "smallest_share", "power", "noise", "units", "periods", "after", "placebos")
    emit([{name: row[name] for name in columns} for row in told.values()], form, out)


@designs.command("from-event")
def from_event(
    event: Annotated[str, typer.Argument(help="Id of a policy event; see `account events`.")],
    out: OutOption = None,
) -> None:
    """Begin a design for an interrupted time series around a policy event; complete it, then register it."""
    from counterflow.account.evaluate.events import NOT_A_CAUSE, design_text, event_named

    text = design_text(event_named(event))
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, "utf-8")
    say(NOT_A_CAUSE)


def list_events(
    kind: Annotated[str, typer.Option(help="Of this kind only: scheduling, operation, law …")] = "",
    since: Annotated[str | None, typer.Option("--from", help="In force on this day or later.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="In force on this day or earlier.")] = None,
    jurisdiction: Annotated[str, typer.Option(help="Country, its regions included: US, US-OR, CN …")] = "",
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """List dates on which policy changed, with source and how far the date was checked; no workspace is needed."""
    from counterflow.account.evaluate.events import NOT_A_CAUSE, events

    first, last = (day_of(text) if text else None for text in (since, until))
    if first and last and last < first:
        raise UsageError(f"The period ends ({last}) before it starts ({first}).", hint="Swap the days.")
    rows = [event.as_dict() for event in events(kind=kind, since=first, until=last, jurisdiction=jurisdiction)]
    say(NOT_A_CAUSE)
    emit(rows, form, out)
