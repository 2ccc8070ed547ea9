"""`strategy forecast|action|live|runs|rerun`: what is likely next, what an action would change, runs on record."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, say
from counterflow.cli.session import workspace_of
from counterflow.cli.strategy_evidence import EvidenceOption, LiveOption, taken_from
from counterflow.cli.strategy_record import answered, recording

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace
    from counterflow.strategy.forecast.indicators import Indicators
    from counterflow.strategy.forecast.run import Forecast

__all__ = ["add_to"]

DrawsOption = Annotated[int, typer.Option(help="Parameter vectors, each with its own path of supply.")]
SeedOption = Annotated[int, typer.Option(min=0, help="Seed: the same seed gives the same bytes.")]


def forecast(
    ctx: typer.Context,
    indicators: Annotated[
        Path | None,
        typer.Option(
            help="CSV year,indicator,value: purity, lethal_dose_share, seizure_share, price.", show_default="none seen"
        ),
    ] = None,
    to: Annotated[int, typer.Option(help="Last year.")] = 2024,
    since: Annotated[int, typer.Option("--from", help="First year shown.")] = 2021,
    variable: Annotated[
        list[str] | None, typer.Option(help="Only this variable; may be repeated.", show_default="all")
    ] = None,
    draws: DrawsOption = 1000,
    seed: SeedOption = 1,
    structure: Annotated[
        str, typer.Option(help="Hold one answer to what moves overdoses: dose, share or neither.", show_default="all")
    ] = "",
    fiscal: Annotated[
        bool, typer.Option("--fiscal", help="A bare year of the indicators is a US fiscal year.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse a gap inside an indicator; else it is bridged.")
    ] = False,
    live: LiveOption = False,
    evidence: EvidenceOption = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Run the model past 2022 on supply indicators, or as wide as supply ever moved where none is given."""
    from counterflow.core.errors import UnknownName
    from counterflow.strategy.forecast.indicators import read_indicators
    from counterflow.strategy.forecast.run import Ask
    from counterflow.strategy.forecast.run import forecast as run_forward
    from counterflow.strategy.model.layout import VARIABLES

    for name in variable or ():
        if name not in {v.name for v in VARIABLES}:
            raise UnknownName("variable of the model", name, [v.name for v in VARIABLES])
    seen = None if indicators is None else read_indicators(indicators, fiscal=fiscal, strict=strict, to=to)
    with recording(ctx) as workspace:
        taken = taken_from(ctx, workspace, live, evidence)
        asked = Ask(to, since, draws, seed, structure=structure)
        made = run_forward(_joined(seen, taken.indicators), asked, update=taken.turn)
        _say_forecast(made)
        names = variable or (["overdose_deaths"] if form is Format.TABLE else [])
        data = _wide(made, names) if form is Format.TABLE else made.rows(names)
        files = taken.files if indicators is None else (indicators, *taken.files)
        answered(
            ctx, workspace, data, form, out, seed=seed, draws=draws, files=files, contents=taken.contents,
            arguments=taken.arguments,
        )  # fmt: skip


def _say_forecast(made: Forecast) -> None:
    for words in made.said:
        say(words)
    for row in made.by_structure():
        if row["year"] == int(made.years[-1]):
            interval = f"{row['median']:,.0f} ({row['low']:,.0f} to {row['high']:,.0f})"
            say(f"{row['year']}, if {row['words']}: {interval} deaths")


def _wide(made: Forecast, names: list[str]) -> list[dict[str, Any]]:
    """Return a line per year and variable, as fits a terminal."""
    lines: dict[tuple[int, str], dict[str, Any]] = {}
    for row in made.rows(names):
        key = (int(str(row["year"])), str(row["variable"]))
        line = lines.setdefault(key, {"year": key[0], "variable": key[1]})
        if row["quantile"] in {"0.05", "0.25", "0.5", "0.75", "0.95"}:
            line[f"{float(str(row['quantile'])):.0%}"] = float(f"{float(str(row['value'])):.4g}")
    return list(lines.values())


def _joined(seen: Indicators | None, live: Indicators | None) -> Indicators | None:
    """Return the file's indicators, and of those it lacks what watch holds."""
    if seen is None or live is None:
        return seen or live
    from counterflow.strategy.forecast.indicators import Indicators

    given = {row.kind.name for row in seen.rows}
    added = tuple(row for row in live.rows if row.kind.name not in given)
    return Indicators((*seen.rows, *added), (*seen.said, *live.said))


def action(
    ctx: typer.Context,
    kind: Annotated[str, typer.Option(help="seizure-campaign, takedown, listing, scheduling or broker-removal.")],
    drug: Annotated[str, typer.Option(help="fentanyl, heroin, methamphetamine, cocaine or diverted_rx.")],
    area: Annotated[str, typer.Option(help="Name of the area; US for the country.")],
    start: Annotated[str, typer.Option(help="First day or month: 2027-03.")],
    months: Annotated[int, typer.Option(help="How long it lasts.")],
    size: Annotated[float, typer.Option(help="Pure kg of a seizure campaign; else the share addressed, 0 to 1.")],
    population: Annotated[float | None, typer.Option(help="People in the area.", show_default="of US")] = None,
    rate: Annotated[
        float | None, typer.Option(help="Deaths by opioid overdose per 100,000 a year.", show_default="the country's")
    ] = None,
    rate_source: Annotated[str, typer.Option(help="Who says so.", show_default=False)] = "",
    rate_from_watch: Annotated[
        bool, typer.Option("--rate-from-watch", help="Take the rate of the area from the counts in the workspace.")
    ] = False,
    stops: Annotated[int | None, typer.Option(help="People or vehicles to be stopped, as planned.")] = None,
    arrests: Annotated[int | None, typer.Option(help="Arrests, as planned.")] = None,
    draws: Annotated[int, typer.Option(help="Parameter vectors.")] = 400,
    seed: SeedOption = 1,
    made_on: Annotated[
        str, typer.Option(help="Day that the forecast bears, YYYY-MM-DD.", show_default="none: same bytes every day")
    ] = "",
    live: LiveOption = False,
    evidence: EvidenceOption = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Forecast an action before it happens, in the form that the action record seals (JSON), or as a table."""
    from counterflow.core.errors import UsageError
    from counterflow.strategy.forecast.action import action_forecast
    from counterflow.strategy.forecast.form import flat
    from counterflow.strategy.forecast.plan import Plan, start_of
    from counterflow.strategy.forecast.reach import US_PEOPLE

    if population is None and area.strip().upper() not in {"US", "USA"}:
        raise UsageError(f"How many people live in {area}?", hint="Give --population N, or --area US.")
    if rate is not None and not rate_source:
        raise UsageError("A rate needs its source.", hint='Give --rate-source "who, which year".')
    if (stops is not None and stops < 0) or (arrests is not None and arrests < 0):
        raise UsageError("Stops and arrests are counts from 0.", hint="Leave them out where nobody planned them.")
    people = US_PEOPLE if population is None else population
    with recording(ctx) as workspace:
        if rate_from_watch:
            rate, rate_source = _rate(workspace, area.strip(), people, rate)
        day = start_of(start)
        plan = Plan(kind, drug, area.strip(), day, months, size, people, rate, rate_source, stops, arrests)
        taken = taken_from(ctx, workspace, live, evidence)
        made = action_forecast(plan, draws=draws, seed=seed, update=taken.turn, as_of=made_on)
        if form is Format.TABLE:
            _say_action(made)
        data: Any = made if form is Format.JSON else flat(made)
        asked = taken.arguments or list(ctx.find_root().obj["arguments"])
        if rate_from_watch:
            known = ["--rate", repr(rate), "--rate-source", rate_source]
            asked = [word for word in asked if word != "--rate-from-watch"] + known
        answered(
            ctx, workspace, data, form, out, seed=seed, draws=draws, files=taken.files, contents=taken.contents,
            arguments=asked,
        )  # fmt: skip


def _rate(workspace: Workspace | None, area: str, people: float, rate: float | None) -> tuple[float, str]:
    from counterflow.core.errors import UsageError, WorkspaceError
    from counterflow.flow.strategy_area import rate_in_watch

    if rate is not None:
        raise UsageError("--rate and --rate-from-watch both say the rate.", hint="Give one of them.")
    if workspace is None:
        raise WorkspaceError("--rate-from-watch reads a workspace, and none is named.", hint="Give one with -w FOLDER.")
    return rate_in_watch(workspace, area, people)


def _say_action(made: dict[str, Any]) -> None:
    for row in made["alternatives"]:
        ends = row["deaths_first_12_months"]
        deaths = "" if ends["median"] is None else f": {ends['median']} deaths ({ends['low90']} to {ends['high90']})"
        say(f"{float(row['weight']):.0%} {row['words']}{deaths}")
    for words in made["limits"]:
        say(words)
    driven = sorted({row["measure"] for row in made["measures"] if row["informative"] and row["assumption_driven"]})
    if driven:
        say(f"assumption-driven, more than half of the variance from what no data inform: {', '.join(driven)}")


def live(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """Show what the rooms of the workspace measured of supply: prior, evidence and updated prior side by side."""
    from counterflow.cli.output import emit
    from counterflow.flow.strategy_live import live_of, live_text
    from counterflow.strategy.live.evidence import updated, updates

    with workspace_of(ctx) as workspace:
        found = live_of(workspace)
    for words in found.said:
        say(words)
    rows = updated(updates(found.evidence))
    if form is Format.JSON:
        emit(json.loads(live_text(found)) | {"updated": rows}, form, out)
        return
    if form is Format.TABLE:
        kept = ("parameter", "prior", "prior_low", "prior_high", "evidence", "evidence_low", "evidence_high",
                "updated", "updated_low", "updated_high", "as_of")  # fmt: skip
        rows = [{name: _short(row[name]) for name in kept} for row in rows]
    emit(rows, form, out)


def _short(value: Any) -> Any:
    return float(f"{value:.3g}") if isinstance(value, float) else value


def runs(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List the runs on record: what was run, of which model, and the digest of what came out."""
    from counterflow.cli.output import emit
    from counterflow.flow.strategy_runs import runs_of

    with workspace_of(ctx) as workspace:
        rows = runs_of(workspace)
    if form is Format.TABLE:
        kept = ("recorded_at", "run", "command", "draws", "seed", "model_version")
        rows = [{name: row[name] for name in kept} | {"output": str(row["output_sha256"])[:12]} for row in rows]
    emit(rows, form, out)


def rerun(
    ctx: typer.Context,
    run: Annotated[str, typer.Argument(help="Id of the run, as `strategy runs` lists it.")],
    out: OutOption = None,
) -> None:
    """Run the same again and compare the bytes; exit code 1 where they differ."""
    import hashlib

    from counterflow.cli import answer
    from counterflow.cli.output import keep_quiet
    from counterflow.flow.strategy_runs import model_digests, run_named

    with workspace_of(ctx) as workspace:
        found = run_named(workspace, run)
    version, data = model_digests()
    same_model = (version, data) == (found.model_version, found.data_sha256)
    with tempfile.TemporaryDirectory(prefix="counterflow-") as folder:
        words = list(found.arguments)
        for place, (name, text) in enumerate(found.files):
            path = Path(folder) / f"{place}-{name}"
            path.write_text(text, "utf-8")
            words = [str(path) if word == f"{{file:{place}}}" else word for word in words]
        made = Path(folder) / "out"
        code = answer([*words, "--out", str(made)])
        keep_quiet(False)
        if code not in {0, 1} or not made.is_file():
            raise typer.Exit(code or 5)
        content = made.read_bytes()
    if out is not None:
        out.write_bytes(content)
    if hashlib.sha256(content).hexdigest() == found.output_sha256:
        say(f"{run}: the same bytes ({len(content):,}), SHA-256 {found.output_sha256}")
        return
    why = "" if same_model else f" The model has changed since: it was {found.model_version}, now {version}."
    say(f"{run}: other bytes than those on record.{why}")
    raise typer.Exit(1)


def add_to(app: typer.Typer) -> None:
    """Hang the commands under `strategy`."""
    for command in (forecast, action, live, runs, rerun):
        app.command()(command)
