"""`watch nowcast` and `watch score`: what late-reported counts will come to, and how well that was told before."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.core.errors import UsageError

if TYPE_CHECKING:
    from counterflow.watch.nowcast.nowcasts import Nowcasts
    from counterflow.watch.nowcast.triangle import Triangle

__all__ = ["add_to"]

FileArgument = Annotated[
    Path | None,
    typer.Argument(metavar="TRIANGLE.csv", help="reference_date, report_date or delay, count (new reports)."),
]
DayOption = Annotated[
    dt.datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="Day to stand on: nothing reported later is used."),
]
DelayOption = Annotated[int, typer.Option("--max-delay", min=1, max=400, help="Delay after which a count is final.")]
WhereOption = Annotated[
    list[str] | None, typer.Option("--where", metavar="COLUMN=VALUE", help="Group to take; may be given again.")
]
EachOption = Annotated[bool, typer.Option("--each", help="Every group for itself; small ones borrow delays.")]
HolidayOption = Annotated[
    str, typer.Option(help="Country, or country and state, whose holidays report as Sundays do: DE, US-CT.")
]
RunningOption = Annotated[bool, typer.Option("--cumulative", help="Counts are running totals by delay.")]


def _pairs(where: list[str] | None) -> dict[str, str]:
    pairs = [each.partition("=") for each in where or []]
    if any(not mark or not name for name, mark, _ in pairs):
        raise UsageError("--where takes COLUMN=VALUE.", hint="As --where location=DE.")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _triangles(file: Path | None, where: list[str] | None, each: bool, delay: int, running: bool) -> list[Triangle]:
    from counterflow.watch.nowcast.read import Asked, read_triangles

    if file is None:
        raise UsageError("No file is named.", hint="Give TRIANGLE.csv.")
    return read_triangles(file, Asked(_pairs(where), each, delay, running))


def nowcast(
    file: FileArgument = None,
    as_of: DayOption = None,
    max_delay: DelayOption = 40,
    where: WhereOption = None,
    each: EachOption = False,
    holidays: HolidayOption = "",
    cumulative: RunningOption = False,
    form: FormatOption = Format.CSV,
    out: OutOption = None,
) -> None:
    """Say what the counts of the last periods will come to, with their doubt, from what was known on a day."""
    from counterflow.watch.nowcast.places import nowcast_each

    triangles = _triangles(file, where, each, max_delay, cumulative)
    made = nowcast_each(triangles, as_of.date() if as_of else None, holidays=holidays)
    for one in made:
        for words in one.said:
            say(f"{_name(one)}{words}" if len(made) > 1 else words)
    emit(_rows(made) if form is not Format.JSON else {"nowcasts": [_plain(one) for one in made]}, form, out)


def _name(made: Nowcasts) -> str:
    return ", ".join(made.group.values()) + ": " if made.group else ""


def _rows(made: list[Nowcasts]) -> list[dict[str, Any]]:
    """Return one row per period and quantile; groups stand first where there are several."""
    several = len(made) > 1
    return [
        (dict(one.group) if several else {})
        | {"reference_date": str(day), "quantile": float(level), "value": float(value)}
        for one in made
        for day, values in zip(one.reference, one.values, strict=True)
        for level, value in zip(one.levels, values, strict=True)
    ]


def _plain(made: Nowcasts) -> dict[str, Any]:
    from counterflow.watch.nowcast.plain import plain

    return plain(made)


def add_to(app: typer.Typer) -> None:
    """Add the commands to `watch`."""
    app.command()(nowcast)
