"""`strategy run`, `variables`, `levers`: one mix of levers over the years, and what there is to ask for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.strategy_evidence import EvidenceOption, LiveOption, taken_from
from counterflow.cli.strategy_record import answered, recording

if TYPE_CHECKING:
    from counterflow.strategy.compare.outcomes import Outcome
    from counterflow.strategy.compare.runs import Ran
    from counterflow.strategy.levers.policy import Policy
    from counterflow.strategy.model.draws import Draws

__all__ = ["DrawsOption", "SeedOption", "add_to", "sound", "told_number"]

#: what a table without a policy tells
_SHOWN = ("overdose_deaths", "disorder", "treatment_gap", "fentanyl_share")
DrawsOption = Annotated[int, typer.Option(help="Parameter vectors to run, 1 to 100,000.")]
SeedOption = Annotated[int, typer.Option(min=0, help="Seed of the draws; the same seed gives the same bytes.")]


def add_to(app: typer.Typer) -> None:
    """Add `run`, `variables` and `levers` to the commands of `strategy`."""
    app.command()(run)
    app.command()(variables)
    app.command()(levers)


def run(
    ctx: typer.Context,
    policy: Annotated[
        Path | None,
        typer.Option(
            help="TOML: [[lever]] with name, start, ramp_years, strength. Without: the country as it goes on."
        ),
    ] = None,
    draws: DrawsOption = 1000,
    seed: SeedOption = 1,
    scenario: Annotated[str, typer.Option(help="Path of the drivers: base, constant, high or low.")] = "base",
    since: Annotated[int, typer.Option("--from", help="First calendar year shown.")] = 2022,
    until: Annotated[int, typer.Option("--to", help="Last calendar year shown.")] = 2032,
    variable: Annotated[
        list[str] | None, typer.Option(help="Only this variable; may be given again. All where not given.")
    ] = None,
    difference: Annotated[
        bool, typer.Option("--difference", help="Also NAME_change and NAME_relative: with less without, draw by draw.")
    ] = False,
    live: LiveOption = False,
    evidence: EvidenceOption = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Say what a mix of levers would change, year by year, with its doubt.

    CSV and JSON give year, variable, quantile and value; a table tells outcomes against no policy in words, or, without
    a policy, the years.
    """
    from counterflow.strategy.compare.outcomes import outcomes
    from counterflow.strategy.compare.quantiles import quantile_rows, variables_named, year_rows
    from counterflow.strategy.compare.runs import one_scenario, without, years_of
    from counterflow.strategy.compare.runs import run as run_mix
    from counterflow.strategy.levers.policy import Policy, read_policy
    from counterflow.strategy.model.draws import draw

    mix = read_policy(policy) if policy else Policy("no policy", ())
    names, path = variables_named(variable or ()), one_scenario(scenario)
    years_of(since, until)
    drawn = sound(draw(draws, seed), path)
    with recording(ctx) as workspace:
        taken = taken_from(ctx, workspace, live, evidence)
        drawn = taken.draws(drawn)
        turned = run_mix(mix.pulls, drawn.values, path)
        found: tuple[Outcome, ...] = ()
        if form is Format.TABLE and not mix.pulls:
            rows = _short(year_rows(turned, variable or _SHOWN, since, until))
        elif form is Format.TABLE:
            found = outcomes(mix.pulls, without(turned), turned, since=since, until=until, seed=seed)
            rows = _outcome_rows(found)
        else:
            rows = quantile_rows(turned, names, since, until, without(turned) if difference else None)
        answered(
            ctx, workspace, rows, form, out, seed=seed, draws=draws, contents=taken.contents,
            files=[*((policy,) if policy else ()), *taken.files], arguments=taken.arguments,
        )  # fmt: skip
        if found:
            _say_outcome(mix, drawn, turned, found, since, until, path)


def _short(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: told_number(v) if isinstance(v, float) else v for key, v in row.items()} for row in rows]


def sound(drawn: Draws, scenario: str) -> Draws:
    """Return the draws that can be run, saying how many cannot."""
    from counterflow.strategy.compare.runs import usable
    from counterflow.strategy.model.posterior import shipped

    if shipped() is None:
        say("NOT FITTED: no posterior is installed; these are draws from priors and say nothing about the country.")
    kept, lost = usable(drawn, scenario)
    if lost:
        say(f"{lost:,} of {len(drawn.values):,} draws gave no finite result and were left out.")
    return kept


def variables(form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List what the model gives by year: name, unit, kind, what it is fitted to, and whether it counts activity.

    A flow is a total over the calendar year, a stock and an index are means over it.
    """
    from counterflow.strategy.compare.quantiles import variable_rows

    emit(variable_rows(), form, out)


def levers(form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List the levers: what each means, its range, cost, evidence and where it acts."""
    from counterflow.strategy.levers.registry import levers as held

    rows = [
        {"lever": each.name, "side": each.side, "words": each.words, "unit": each.unit, "least": each.least,
         "most": each.most, "earliest": each.earliest, "ramp_years": each.ramp_years, "cost": each.cost.words,
         "cost_source": each.cost.source, "grade": each.grade, "source": each.source,
         "acts_on": " ".join(each.mechanisms), "effects": " ".join(each.parameters), "note": each.note}
        for each in held()
    ]  # fmt: skip
    if form is Format.TABLE:
        rows = [{key: row[key] for key in ("lever", "side", "words", "most", "cost", "grade")} for row in rows]
    emit(rows, form, out)


def _say_outcome(
    mix: Policy, drawn: Draws, turned: Ran, found: tuple[Outcome, ...], since: int, until: int, scenario: str
) -> None:
    from counterflow.strategy.compare.outcomes import deaths_averted, warnings
    from counterflow.strategy.compare.runs import interval, without
    from counterflow.strategy.compare.standing import rested

    averted = deaths_averted(without(turned), turned, since, until)
    told = interval(averted)
    direction, size = "averted" if told.value >= 0 else "more", told_number(abs(told.value))
    say(f"Model estimate, {len(averted):,} draws, scenario {scenario}:")
    say(f"{size} overdose deaths {direction} {since}-{until}")
    say(f"(95 % interval: {told_number(told.low)} to {told_number(told.high)} averted).")
    for line in warnings(found):
        say(line)
    say(rested(mix.pulls, drawn, averted, scenario, since, until).words)
    say("Seizures, arrests and inspections count activity. `strategy levers --format json` gives sources and costs.")


def _outcome_rows(found: tuple[Outcome, ...]) -> list[dict[str, Any]]:
    return [
        {"outcome": each.words, "median": told_number(each.value), "low": told_number(each.low),
         "high": told_number(each.high), "unit": each.unit,
         "note": "activity, not success" if each.activity else each.note}
        for each in found
    ]  # fmt: skip


def told_number(value: float | None) -> str:
    """Return a number for people: three significant digits, thousands apart; "" for none.

    >>> told_number(123456.0), told_number(-0.01234), told_number(None)
    ('123,000', '-0.0123', '')
    """
    if value is None:
        return ""
    if value == 0:
        return "0"
    return f"{float(f'{value:.3g}'):,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
