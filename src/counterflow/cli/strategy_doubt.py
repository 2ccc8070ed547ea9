"""`strategy doubt`, `structures` and `studies`: what results rest on, what else may be true, what to find out."""

from __future__ import annotations

import enum
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.strategy_record import answered, recording

if TYPE_CHECKING:
    from counterflow.strategy.doubt.questions import Asked
    from counterflow.strategy.levers.policy import Policy

__all__ = ["add_to"]

_PolicyOption = Annotated[Path, typer.Option("--policy", help="Policy file.")]
_OutcomeOption = Annotated[str, typer.Option("--outcome", help="Variable that is asked about.")]
_ScenarioOption = Annotated[str, typer.Option("--scenario", help="Path of the drivers: base, constant, high or low.")]
_SinceOption = Annotated[int, typer.Option("--from", help="First calendar year that counts.")]
_UntilOption = Annotated[int, typer.Option("--to", help="Last calendar year that counts.")]
_SeedOption = Annotated[int, typer.Option("--seed", help="Seed of the draws.")]


class Show(enum.StrEnum):
    """Views of doubt."""

    SHARE = "share"
    TORNADO = "tornado"
    SOBOL = "sobol"
    STRUCTURES = "structures"


def doubt(
    ctx: typer.Context,
    policy: _PolicyOption,
    show: Annotated[
        Show, typer.Option(help="share: what data inform; tornado and sobol: which parameters; structures: what else.")
    ] = Show.SHARE,
    outcome: _OutcomeOption = "overdose_deaths",
    scenario: _ScenarioOption = "base",
    since: _SinceOption = 2022,
    until: _UntilOption = 2032,
    draws: Annotated[int, typer.Option("--draws", help="Draws, 32 or more.")] = 500,
    seed: _SeedOption = 1,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Show how far the effect of a policy rests on data, which parameters move it, and under which structures."""
    from counterflow.core.errors import UsageError
    from counterflow.strategy.doubt.questions import FEWEST, Asked
    from counterflow.strategy.levers.policy import read_policy

    if draws < FEWEST:
        raise UsageError(f"{draws} draws say nothing about doubt.", hint=f"Ask for {FEWEST} or more.")
    asked = Asked(outcomes=(outcome,), scenario=scenario, since=since, until=until)
    views = {Show.SHARE: _share, Show.TORNADO: _tornado, Show.SOBOL: _sobol, Show.STRUCTURES: _structures}
    with recording(ctx) as workspace:
        told, rows, words = views[show](read_policy(policy), asked, draws, seed)
        if form is not Format.JSON:
            for line in words:
                say(line)
        about = {
            "policy": policy.stem, "outcome": outcome, "scenario": scenario, "since": since, "until": until,
            "draws": draws, "seed": seed,
        }  # fmt: skip
        data = about | told if form is Format.JSON else rows
        answered(ctx, workspace, data, form, out, seed=seed, draws=draws, files=[policy])


_Told = tuple[dict[str, Any], list[dict[str, Any]], list[str]]


def _share(policy: Policy, asked: Asked, draws: int, seed: int) -> _Told:
    from counterflow.strategy.doubt.questions import uninformed_share

    (found,) = uninformed_share(policy.pulls, asked=asked, n=draws, seed=seed)
    told = found.as_dict()
    rows: list[dict[str, Any]] = [
        {"parameter": d.name, "explains_alone": d.share, "direction": d.direction, "informed": d.informed}
        for d in found.drivers
    ]
    return told, rows, [*found.words, "Parameters that explain most of it, each alone:"]


def _tornado(policy: Policy, asked: Asked, draws: int, seed: int) -> _Told:
    from counterflow.strategy.doubt.model_space import model_space
    from counterflow.strategy.doubt.questions import effects
    from counterflow.strategy.doubt.tornado import tornado

    bars = tornado(lambda x: effects(x, [policy.pulls], asked)[0, :, 0], model_space(), seed, draws)
    rows: list[dict[str, Any]] = [
        {
            "parameter": b.name, "low": b.low, "high": b.high, "effect_at_low": _finite(b.at_low),
            "effect_at_high": _finite(b.at_high),
            "effect_at_middle": _finite(b.middle), "swing": _finite(b.swing), "informed": b.informed,
        }
        for b in bars
    ]  # fmt: skip
    words = ["Each parameter alone from its 5 % to its 95 % point; correlations and interactions are not seen."]
    return {"bars": rows}, rows, words


def _finite(number: float) -> float | None:
    """Return the number; None, shown as an empty field, where the model gave no finite result."""
    return number if math.isfinite(number) else None


def _sobol(policy: Policy, asked: Asked, draws: int, seed: int) -> _Told:
    from counterflow.strategy.doubt.model_space import FITTED, model_space
    from counterflow.strategy.doubt.questions import effects, uninformed_share
    from counterflow.strategy.doubt.sobol import indices

    (found,) = uninformed_share(policy.pulls, asked=asked, n=draws, seed=seed)
    space = model_space()
    only = {FITTED} | {d.name for d in found.drivers}
    rows: list[dict[str, Any]] = []
    if found.share.value is not None:
        told = indices(
            lambda x: effects(x, [policy.pulls], asked)[0, :, 0], space, draws, seed, tuple(sorted(only))
        )  # fmt: skip
        rows = [
            {
                "part": i.name, "first": i.first, "first_low": i.first_low, "first_high": i.first_high,
                "total": i.total, "total_low": i.total_low, "total_high": i.total_high, "informed": i.informed,
            }
            for i in told
        ]  # fmt: skip
    words = [*found.words, "First: its part alone; total: with all interactions. Fitted parameters are one part."]
    return {"indices": rows}, rows, words


def _structures(policy: Policy, asked: Asked, draws: int, seed: int) -> _Told:
    from counterflow.strategy.doubt.average import about_weights, across

    rows = across(policy.pulls, asked, draws, seed)
    return {"structures": rows, "weights": about_weights()}, rows, [about_weights()]


def structures(
    refit: Annotated[
        Path | None,
        typer.Option(help="Fit the model again under each structure and write the fits here (minutes).",
                     show_default=False),
    ] = None,
    seed: _SeedOption = 1,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:  # fmt: skip
    """List other ways the world may be built: weight, fit to held-out years, what speaks for and against each."""
    from counterflow.strategy.doubt.average import about_weights, weighed

    if refit is not None:
        from counterflow.strategy.doubt.refit import write_fits

        for path in write_fits(refit, seed, say):
            say(f"Written: {path.name}")
    say(about_weights())
    emit([each.as_dict() for each in weighed(seed)], form, out)


def studies(
    ctx: typer.Context,
    policy: Annotated[list[Path], typer.Option("--policy", help="Policy file to choose among; repeatable.")],
    dollars_per_death: Annotated[
        float | None,
        typer.Option(help="What a death counts in dollars, as you declare it; without it the loss is deaths alone.",
                     show_default=False),
    ] = None,
    scenario: _ScenarioOption = "base",
    since: _SinceOption = 2022,
    until: _UntilOption = 2032,
    draws: Annotated[int, typer.Option("--draws", help="Draws, 200 or more.")] = 2000,
    seed: _SeedOption = 1,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:  # fmt: skip
    """Show which study would pay: what knowing would be worth for the choice among policies and doing nothing."""
    from counterflow.strategy.doubt.questions import Asked
    from counterflow.strategy.doubt.studies import value_of_knowing
    from counterflow.strategy.levers.policy import read_policy

    asked = Asked(scenario=scenario, since=since, until=until)
    with recording(ctx) as workspace:
        found = value_of_knowing(
            [read_policy(path) for path in policy], asked=asked, n=draws, seed=seed,
            dollars_per_death=dollars_per_death,
        )  # fmt: skip
        if form is not Format.JSON:
            for line in found.words:
                say(line)
        data = found.as_dict() if form is Format.JSON else found.rows()
        answered(ctx, workspace, data, form, out, seed=seed, draws=draws, files=policy)


def add_to(app: typer.Typer) -> None:
    """Add the commands of doubt to `strategy`."""
    app.command()(doubt)
    app.command()(structures)
    app.command()(studies)
