"""`target estimate`: what a random draw says of the whole frame: how much is there, how much was missed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say

__all__ = ["add_to"]


def estimate(
    draws: Annotated[
        Path,
        typer.Argument(
            help="The whole frame, CSV or Parquet: record_id,stratum,inclusion_probability,state,found; also "
            "arm,office,lane,harm_class,mass_kg,detection_rate,period where known."
        ),
    ],
    level: Annotated[float, typer.Option(help="Nominal coverage of the intervals.")] = 0.95,
    sensitivity: Annotated[
        str | None,
        typer.Option(help="How well inspection detects: 18/20, beta:18,2 or 0.9; else detection_rate, else 1."),
    ] = None,
    missing_limit: Annotated[
        float, typer.Option(help="Share of random draws without a result above which worst-case bounds are given.")
    ] = 0.25,
    unknown_response: Annotated[
        bool, typer.Option("--unknown-response", help="Who answers may depend on what is inside: worst-case bounds.")
    ] = False,
    usefulness_limit: Annotated[
        float, typer.Option(help="An interval on prevalence wider than this is marked not informative.")
    ] = 0.10,
    as_of: Annotated[
        dt.datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Last day in the file.", show_default="today"),
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Estimate prevalence, what was not found and the interdiction rate from a random draw, with intervals."""
    from counterflow.account.interdiction.sensitivity import parse_sensitivity
    from counterflow.account.interdiction.stratified_file import read_draws
    from counterflow.account.interdiction.stratified_part import EstimateOptions
    from counterflow.account.interdiction.stratified_rows import estimate_rows, flat_rows
    from counterflow.core.clock import system_clock
    from counterflow.core.errors import UsageError

    for name, value in (("--level", level), ("--usefulness-limit", usefulness_limit)):
        if not 0 < value < 1:
            raise UsageError(f"{name} lies between 0 and 1, not {value:g}.")
    if not 0 <= missing_limit <= 1:
        raise UsageError(f"--missing-limit lies from 0 to 1, not {missing_limit:g}.")
    options = EstimateOptions(
        level=level,
        usefulness_limit=usefulness_limit,
        missing_limit=missing_limit,
        adjust=not unknown_response,
        sensitivity=parse_sensitivity(sensitivity) if sensitivity else None,
    )
    frame = read_draws(draws)
    day = as_of.date() if as_of else system_clock().date()
    made = estimate_rows(frame, options, source=f"{draws.name}, {frame.rows:,} records", as_of=day)
    for words in made["said"]:
        say(words)
    say(made["words"])
    rows = flat_rows(made)
    if form is Format.TABLE:
        vague = [_part(row) for row in rows if not row["informative"]]
        if vague:
            say(f"not informative, too wide to act on: {', '.join(vague)}")
        rows = [_on_a_line(row) for row in rows]
    emit(made if form is Format.JSON else rows, form, out)


def _part(row: Mapping[str, Any]) -> str:
    return "all" if row["name"] == "*" else f"{row['by']} {row['name']}"


def _on_a_line(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what fits on a line of a terminal; the other forms hold every figure."""
    return {
        "part": _part(row), "found": f"{row['found']:,} of {row['inspected']:,}",
        "prevalence %": _ends(row, "prevalence", 100), "not found": _ends(row, "undetected", 1),
        "interdicted %": _ends(row, "interdiction", 100),
    }  # fmt: skip


def _ends(row: Mapping[str, Any], name: str, times: float) -> str:
    value, low, high = (row[f"{name}_{end}"] for end in ("value", "low", "high"))
    if low is None or high is None:
        return ""
    interval = f"{_short(low * times)} to {_short(high * times)}"
    return interval if value is None else f"{_short(value * times)} ({interval})"


def _short(number: float) -> str:
    return f"{number:.3g}" if abs(number) < 1000 else f"{number:,.0f}"


def add_to(app: typer.Typer) -> None:
    """Hang the command under `target`."""
    app.command()(estimate)
