"""`strategy compare` and `strategy frontier`: mixes against each other, targets of the documents, budgets."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, say
from counterflow.cli.strategy_evidence import EvidenceOption, LiveOption, taken_from
from counterflow.cli.strategy_record import answered, recording
from counterflow.cli.strategy_run import DrawsOption, SeedOption, sound, told_number

if TYPE_CHECKING:
    from counterflow.strategy.levers.policy import Policy
    from counterflow.strategy.model.draws import Draws

__all__ = ["add_to"]

FromOption = Annotated[int, typer.Option("--from", help="First calendar year that counts.")]
ToOption = Annotated[int, typer.Option("--to", help="Last calendar year that counts.")]


def add_to(app: typer.Typer) -> None:
    """Add `compare` and `frontier` to the commands of `strategy`."""
    app.command()(compare)
    app.command()(frontier)


def compare(
    ctx: typer.Context,
    policy: Annotated[
        list[Path] | None, typer.Option(help="A policy in TOML; give it once for each mix to compare.")
    ] = None,
    policies: Annotated[
        str, typer.Option(help="`source`: the published eleven policies and two packages, on this model.")
    ] = "",
    strengths: Annotated[str, typer.Option(help="With --policies: percent of change, between commas.")] = "10,20",
    scenarios: Annotated[str, typer.Option(help="base, constant, high, low; between commas.")] = "base",
    targets: Annotated[
        bool, typer.Option("--targets", help="The documents' own targets and what each implies.")
    ] = False,
    interactions: Annotated[
        bool, typer.Option("--interactions", help="Of one policy: which levers help or hinder each other.")
    ] = False,
    groups: Annotated[bool, typer.Option("--groups", help="Deaths and arrests by group beside each other.")] = False,
    strata: Annotated[bool, typer.Option("--strata", help="Six strata run with their own rates.")] = False,
    draws: DrawsOption = 500,
    seed: SeedOption = 1,
    since: FromOption = 2022,
    until: ToOption = 2032,
    live: LiveOption = False,
    evidence: EvidenceOption = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Compare mixes on the same draws: deaths, life years, dollars, care, burden, market; medians with 95 % intervals.

    With --policies source: relative change of cumulative overdose deaths and disorder person-years 2022-32.
    """
    from counterflow.core.errors import UsageError
    from counterflow.strategy.compare.published import strengths_of
    from counterflow.strategy.compare.runs import scenario_names, years_of
    from counterflow.strategy.levers.policy import read_policy
    from counterflow.strategy.model.draws import draw

    asked = [bool(policy), bool(policies), targets]
    if sum(asked) != 1:
        raise UsageError("One comparison at a time.", hint="Give --policy FILE, --policies source or --targets.")
    if policies not in ("", "source"):
        raise UsageError(f"There is no set of policies {policies!r}.", hint="Known: source. Files go to --policy.")
    years_of(since, until)
    percents = strengths_of(strengths)
    paths, mixes, drawn = (
        scenario_names(scenarios),
        [read_policy(file) for file in policy or ()],
        sound(draw(draws, seed), "base"),
    )
    with recording(ctx) as workspace:
        taken = taken_from(ctx, workspace, live, evidence)
        drawn = taken.draws(drawn)
        if policies:
            rows = _published(percents, paths, drawn)
        elif targets:
            rows = _targets(paths, drawn)
        else:
            rows = _mixes(mixes, paths, drawn, (since, until), interactions, groups, strata)
        answered(
            ctx, workspace, _told(rows, form), form, out, seed=seed, draws=draws, files=[*(policy or ()), *taken.files],
            contents=taken.contents, arguments=taken.arguments,
        )  # fmt: skip
    _say_limits(targets, strata)


def _published(percents: tuple[float, ...], paths: tuple[str, ...], drawn: Draws) -> list[dict[str, Any]]:
    from counterflow.strategy.compare.published import policy_rows

    return [asdict(row) for row in policy_rows(percents, paths, drawn.values)]


def _told(rows: list[dict[str, Any]], form: Format) -> list[dict[str, Any]]:
    """Return rows for people where a table is asked for: numbers short, columns that only programs need left out."""
    if form is not Format.TABLE:
        return rows
    return [
        {key: told_number(value) if isinstance(value, float) else value for key, value in row.items()
         if key not in ("name", "level", "text", "activity", "standing") or (key == "standing" and "target" in row)}
        for row in rows
    ]  # fmt: skip


def _targets(paths: tuple[str, ...], drawn: Draws) -> list[dict[str, Any]]:
    from counterflow.strategy.compare.document_targets import document_targets

    return [{"scenario": path, **asdict(row)} for path in paths for row in document_targets(drawn, path)]


def _mixes(
    mixes: list[Policy], paths: tuple[str, ...], drawn: Draws, years: tuple[int, int], interactions: bool,
    groups: bool, strata: bool,
) -> list[dict[str, Any]]:  # fmt: skip
    from counterflow.core.errors import UsageError

    if interactions + groups + strata > 1:
        raise UsageError("One view at a time.", hint="Give one of --interactions, --groups and --strata.")
    if interactions:
        return [row for mix in mixes for path in paths for row in _interactions(mix, path, drawn, years)]
    if strata:
        return [row for mix in mixes for path in paths for row in _strata(mix, path, drawn, years)]
    return _outcomes(mixes, paths, drawn, years, groups)


def _interactions(mix: Policy, path: str, drawn: Draws, years: tuple[int, int]) -> list[dict[str, Any]]:
    from counterflow.strategy.compare.interactions import interactions

    found = interactions(mix.pulls, drawn.values, path, *years)
    return [{"policy": mix.name, "scenario": path, **asdict(row)} for row in found]


def _strata(mix: Policy, path: str, drawn: Draws, years: tuple[int, int]) -> list[dict[str, Any]]:
    from counterflow.strategy.compare.groups import by_stratum

    found = by_stratum(mix.pulls, drawn.values, path, *years)
    return [{"policy": mix.name, "scenario": path, **asdict(row)} for row in found]


def _outcomes(
    mixes: list[Policy], paths: tuple[str, ...], drawn: Draws, years: tuple[int, int], groups: bool
) -> list[dict[str, Any]]:
    from counterflow.strategy.compare.groups import by_group
    from counterflow.strategy.compare.incremental import Held, against
    from counterflow.strategy.compare.outcomes import deaths_averted, outcomes, warnings
    from counterflow.strategy.compare.runs import baseline, run, without
    from counterflow.strategy.compare.standing import rested

    rows: list[dict[str, Any]] = []
    for path in paths:
        none = baseline(drawn.values, path)
        held = [Held(mix, run(mix.pulls, drawn.values, path, reference=none)) for mix in mixes]
        for mix, turned in ((each.policy, each.turned) for each in held):
            base, head = without(turned), {"policy": mix.name, "scenario": path}
            if groups:
                rows += [head | asdict(row) for row in by_group(base, turned, *years)]
                continue
            told = outcomes(mix.pulls, base, turned, since=years[0], until=years[1], seed=drawn.seed)
            verdict = rested(mix.pulls, drawn, deaths_averted(base, turned, *years), path, *years)
            say(" ".join((f"{mix.name}, {path}: {verdict.words}", *warnings(told))))
            rows += [head | asdict(each) | {"standing": verdict.name} for each in told]
        for other in () if groups else held[1:]:
            head = {"policy": f"{other.policy.name} against {mixes[0].name}", "scenario": path}
            rows += [head | asdict(each) | {"standing": ""} for each in against(held[0], other, *years, drawn.seed)]
    return rows


def _say_limits(targets: bool, strata: bool) -> None:
    if targets:
        say("Seizures, scans and designations are activity: what each implies for deaths stands beside it.")
    if strata:
        say("Sex and race margins are taken as independent, and a stratum feels nothing of the others.")
    say("Model estimates, paired on the same draws; not a forecast of what a programme will reach.")


def frontier(
    ctx: typer.Context,
    budget: Annotated[float, typer.Option(help="Dollars of 2022 over the window, discounted 3 % a year.")],
    lever: Annotated[list[str] | None, typer.Option(help="Choose among these levers only; may be given again.")] = None,
    start: Annotated[float, typer.Option(help="When every lever starts.")] = 2026.0,
    scenario: Annotated[str, typer.Option(help="Path of the drivers: base, constant, high or low.")] = "base",
    draws: DrawsOption = 200,
    seed: SeedOption = 1,
    until: ToOption = 2032,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Show the most deaths averted for each budget up to one, and the levers that cannot be ranked, with the reason."""
    from counterflow.strategy.compare.frontier import Asked
    from counterflow.strategy.compare.frontier import frontier as found_for
    from counterflow.strategy.compare.runs import one_scenario, years_of
    from counterflow.strategy.model.draws import draw

    path = one_scenario(scenario)
    years_of(int(start), until)
    asked = Asked(budget, start, path, int(start), until, tuple(lever or ()))
    with recording(ctx) as workspace:
        found = found_for(asked, sound(draw(draws, seed), path))
        rows = [
            {"budget": mix.budget, "rule": mix.rule, "mix": mix.words, "outlay": mix.outlay.value,
             "outlay_low": mix.outlay.low, "outlay_high": mix.outlay.high, "deaths_averted": mix.averted.value,
             "deaths_low": mix.averted.low, "deaths_high": mix.averted.high, "if_added_up": mix.summed,
             "dominated": mix.dominated, "not_ranked_because": ""}
            for mix in found.mixes
        ]  # fmt: skip
        rows += [
            {"budget": None, "rule": "apart", "mix": f"{each.name} {each.strength:g}", "outlay": None,
             "outlay_low": None, "outlay_high": None, "deaths_averted": each.averted.value,
             "deaths_low": each.averted.low, "deaths_high": each.averted.high, "if_added_up": None,
             "dominated": None, "not_ranked_because": each.why}
            for each in found.apart
        ]  # fmt: skip
        answered(ctx, workspace, _told(rows, form), form, out, seed=seed, draws=draws)
    if not found.mixes:
        say("No lever with a public cost rests on data enough to be ranked: there is no frontier to show.")
    say(f"{len(found.mixes)} mixes and single levers are placed, {len(found.apart)} levers stand apart, unranked.")
