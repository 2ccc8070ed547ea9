"""`account disparity`: rates, treatment gaps, untreated deaths and durations by group, each with its doubt."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.core.errors import UsageError, nearest

__all__ = ["add_to"]

_PARTS = ("rates", "treatment", "untreated_deaths", "durations")
_TITLES = {
    "rates": "Rates", "treatment": "Treatment received, of those who need it",
    "untreated_deaths": "Deaths without evidence of treatment", "durations": "How long treatment lasts",
}  # fmt: skip


def disparity(
    file: Annotated[
        Path, typer.Argument(help="Counts by group: group,age,events,population and others; see the docs.")
    ],
    group: Annotated[str | None, typer.Option(help="Column: the group.")] = None,
    events: Annotated[str | None, typer.Option(help="Column: events, such as deaths or arrests.")] = None,
    population: Annotated[str | None, typer.Option(help="Column: people or person-years.")] = None,
    age: Annotated[str | None, typer.Option(help="Column: age group, as 25-34, 85+ or <1.")] = None,
    need: Annotated[str | None, typer.Option(help="Column: how many need treatment.")] = None,
    received: Annotated[str | None, typer.Option(help="Column: of those, how many received it.")] = None,
    deaths: Annotated[str | None, typer.Option(help="Column: deaths.")] = None,
    untreated: Annotated[str | None, typer.Option(help="Column: of those, without evidence of treatment.")] = None,
    duration: Annotated[str | None, typer.Option(help="Column: duration of treatment.")] = None,
    ended: Annotated[str | None, typer.Option(help="Column: how many ended at this duration.")] = None,
    ongoing: Annotated[str | None, typer.Option(help="Column: how many were last seen going on at it.")] = None,
    reference: Annotated[str | None, typer.Option(help="Group that others are compared with.")] = None,
    standard: Annotated[str, typer.Option(help="Standard population for ages: us2000 or none.")] = "us2000",
    per: Annotated[float, typer.Option(min=1, help="People to a rate.")] = 100_000,
    level: Annotated[float, typer.Option(min=0.5, max=0.999, help="Coverage of intervals.")] = 0.95,
    min_cell: Annotated[int, typer.Option(min=1, max=1000, help="Counts from 1 to below this are hidden.")] = 10,
    mid_p: Annotated[bool, typer.Option("--mid-p", help="Mid-p intervals of rate ratios in place of exact.")] = False,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Compare groups in harm and care: rate ratios, gaps and durations, standardised for age where ages are given."""
    from counterflow.account.fairness.health import HealthOptions
    from counterflow.account.fairness.health import disparity as compared
    from counterflow.account.fairness.health_file import HealthAsked, read_health
    from counterflow.account.fairness.standard import STANDARDS, shipped_standard

    if standard not in (*STANDARDS, "none"):
        close = nearest(standard, STANDARDS)
        hint = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(STANDARDS)}, none."
        raise UsageError(f"There is no standard population {standard!r}.", hint=hint)
    asked = HealthAsked(group, events, population, age, need, received, deaths, untreated, duration, ended, ongoing)
    used = None if standard == "none" else shipped_standard(standard)
    made = compared(read_health(file, asked), HealthOptions(reference, used, per, level, min_cell, mid_p))
    for words in made["said"]:
        say(words)
    say("A disparity is an association. Age can be taken out of it; what a group was denied before cannot.")
    if form is Format.JSON:
        emit(made, form, out)
        return
    _emit_tables(made, form, out)


def _emit_tables(made: dict[str, Any], form: Format, out: Path | None) -> None:
    """Write the parts as one table, with the part each row belongs to; on a terminal one table each."""
    parts = [part for part in _PARTS if part in made]
    if form is Format.TABLE and out is None:
        for part in parts:
            say(_TITLES[part])
            emit([_short(row) for row in made[part]], form)
        return
    names = list(dict.fromkeys(name for part in parts for row in made[part] for name in row))
    emit([{"part": part} | {name: row.get(name) for name in names} for part in parts for row in made[part]], form, out)


def _short(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if not name.endswith(("_low", "_high", "difference")) and
            name not in ("reference", "p", "suppressed", "verdict", "limit")}  # fmt: skip
    shown = {n: f"{v:.4g}" if isinstance(v, float) else ("" if v is None else v) for n, v in kept.items()}
    return shown | {"verdict": row["verdict"]}


def add_to(app: typer.Typer) -> None:
    """Hang the command under `account`."""
    app.command()(disparity)
