"""`watch supply` and `watch harm`: what supply looks like lately, and harm weights for targeting's severity."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

__all__ = ["add_to"]

_DAY = ["%Y-%m-%d"]
_KEYS = ("place", "form", "market", "route")
_SHOWN = ("measure", "value", "low", "high", "unit", "ratio", "ratio_low", "ratio_high", "way", "effort")


def supply(
    ctx: typer.Context,
    substance: Annotated[list[str] | None, typer.Option(help="Only this substance; repeatable.")] = None,
    place: Annotated[list[str] | None, typer.Option(help="Only this place; repeatable.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only this source; repeatable.")] = None,
    by: Annotated[
        list[str] | None, typer.Option(help="Keep apart by place, form, market or route; repeatable.")
    ] = None,
    months: Annotated[
        int, typer.Option(help="Months of the recent stretch; the same a year before is the other.")
    ] = 12,
    until: Annotated[
        dt.datetime | None,
        typer.Option(formats=_DAY, help="Last day.", show_default="last day that the signals speak of"),
    ] = None,
    as_of: Annotated[
        dt.datetime | None, typer.Option(formats=_DAY, help="As known on this day.", show_default="today")
    ] = None,
    effort: Annotated[
        Path | None, typer.Option(help="CSV of place,starts,ends,inspections: the effort behind seizures.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Show seizures beside effort, mass, doses with bounds, purity and price; what changed, and how sure that is."""
    from counterflow.core.errors import UnknownName, UsageError
    from counterflow.flow.watch_supply import random_arm
    from counterflow.watch.supply.effort import read_effort
    from counterflow.watch.supply.signals import Ask, pattern, signals_of
    from counterflow.watch.supply.stored import cells_on

    for name in by or []:
        if name not in _KEYS:
            raise UnknownName("key to keep apart by", name, _KEYS)
    if not 1 <= months <= 12:
        raise UsageError(f"--months lies from 1 to 12, not {months}.")
    done = () if effort is None else read_effort(_bytes(effort), effort.name)
    with workspace_of(ctx) as workspace:
        day = as_of.date() if as_of else workspace.clock().date()
        asked = {"substances": substance or (), "places": place or (), "sources": source or ()}
        cells = cells_on(workspace.store, day, **asked)
        arm = random_arm(workspace.store, until and until.date())
    if not cells:
        say("no supply signal is stored: watch load FILE --as cbp-seizures|prices")
    last = until.date() if until else max((cell.ends for cell in cells), default=day)
    found = signals_of(cells, Ask(last, months, tuple(by or ()), done, seed))
    read = pattern(found)
    _say_all(found, read, arm, last)
    rows = [each.as_dict() for each in found]
    if form is Format.TABLE:
        rows = [{name: _short(row[name]) for name in ("substance", *(by or ()), *_SHOWN)} for row in rows]
    elif form is Format.JSON:
        emit({"until": last.isoformat(), "signals": rows, "patterns": read, "random_arm": arm}, form, out)
        return
    emit(rows, form, out)


def _say_all(found: list[Any], read: list[dict[str, str]], arm: list[dict[str, Any]], last: dt.date) -> None:
    say(f"to {last}, against the same months a year before; intervals of 95 %")
    for row in read:
        if row["price"] != "not known" and row["purity"] != "not known":
            where = " ".join(
                value for key, value in row.items() if key not in ("price", "purity", "seizures", "reading")
            )
            say(f"{where}: price {row['price']}, purity {row['purity']}: {row['reading']}")
    if any(each.measure == "seizures" and each.effort == "effort not known" for each in found):
        say("seizures are activity: without effort (--effort FILE) more of them can be more supply or more searching")
    for row in arm:
        if row["kind"] == "random_hit_rate" and row["inspected"]:
            rate = f"{row['low']:.2%} to {row['high']:.2%}"
            say(f"random inspections, {row['period']}: {row['found']} of {row['inspected']} ({rate})")
        elif row["alarm"]:
            say(f"ALARM {row['kind']} {row['where']} since {row['since']}: {row['words']}")


def _short(value: Any) -> Any:
    """Return a number as fits a terminal."""
    return float(f"{value:.3g}") if isinstance(value, float) else value


def _bytes(path: Path) -> bytes:
    from counterflow.core.errors import InputError

    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"It cannot be read: {error.strerror}.", file=path.name, hint="Give a CSV of effort."
        ) from error


def add_to(app: typer.Typer) -> None:
    """Hang the commands under `watch`."""
    app.command()(supply)
