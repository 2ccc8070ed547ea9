"""`strategy discover`: what would have to be true for one policy to beat another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, say
from counterflow.cli.strategy_record import answered, recording

__all__ = ["add_to"]


def discover(
    ctx: typer.Context,
    a: Annotated[Path, typer.Option("--a", help="Policy file of the policy that would have to win.")],
    b: Annotated[Path, typer.Option("--b", help="Policy file of the other.")],
    outcome: Annotated[str, typer.Option(help="Variable to compare by.")] = "overdose_deaths",
    scenario: Annotated[str, typer.Option(help="Path of the drivers: base, constant, high or low.")] = "base",
    since: Annotated[int, typer.Option("--from", help="First calendar year that counts.")] = 2022,
    until: Annotated[int, typer.Option("--to", help="Last calendar year that counts.")] = 2032,
    draws: Annotated[int, typer.Option(help="Draws, 200 or more.")] = 2000,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1,
    beyond: Annotated[float, typer.Option(help="Widen what no data inform: 1 as the sources say, to 4.")] = 1.0,
    density: Annotated[float, typer.Option(help="Share of draws ahead that the conditions should reach.")] = 0.75,
    most: Annotated[int, typer.Option(help="Conditions at most.")] = 4,
    better: Annotated[
        str | None, typer.Option(help="Which way is better: less or more.", show_default="by the variable's nature")
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Say what would have to be true for policy A to beat policy B: simple conditions beside what the sources say."""
    from counterflow.core.errors import UnknownName
    from counterflow.strategy.doubt.beat import Search, beat
    from counterflow.strategy.doubt.questions import Asked
    from counterflow.strategy.levers.policy import read_policy

    if better not in (None, "less", "more"):
        raise UnknownName("way to be better", better, ("less", "more"))
    search = Search(n=draws, seed=seed, beyond=beyond, density=density, most=most)
    asked = Asked(outcomes=(outcome,), scenario=scenario, since=since, until=until)
    with recording(ctx) as workspace:
        found = beat(
            read_policy(a),
            read_policy(b),
            asked=asked,
            search=search,
            better_less=None if better is None else better == "less",
        )
        told = found.as_dict()
        if form is not Format.JSON:
            for line in found.words:
                say(line)
        data = told if form is Format.JSON else _rows(told)
        answered(ctx, workspace, data, form, out, seed=seed, draws=draws, files=[a, b])


def _rows(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one row a condition; one row without any where there is none."""
    box = told["box"] or dict.fromkeys(("coverage", "density", "density_low", "density_high"))
    whole = {key: box[key] for key in ("coverage", "density", "density_low", "density_high")}
    whole |= {"ahead": told["ahead"], "draws": told["draws"], "beyond": told["beyond"]}
    keys = (
        "parameter", "low", "high", "unit", "answers", "source_low", "source_value", "source_high", "source",
        "informed", "draws_that_meet_it", "quasi_p_value",
    )  # fmt: skip
    rows = [{key: each[key] for key in keys} | {"answers": " | ".join(each["answers"])} for each in told["conditions"]]
    return [row | whole for row in rows] or [dict.fromkeys(keys) | {"parameter": ""} | whole]


def add_to(app: typer.Typer) -> None:
    """Add `discover` to the commands of `strategy`."""
    app.command()(discover)
