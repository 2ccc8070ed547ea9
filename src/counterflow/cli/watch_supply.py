"""`watch supply` and `watch harm`: what supply looks like lately, and harm weights for targeting's severity."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

if TYPE_CHECKING:
    from counterflow.flow.watch_harm import HarmFound

__all__ = ["add_to"]

_DAY = ["%Y-%m-%d"]
#: comparisons from which their number is said
_MANY = 20
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
        say("No supply signal is stored: watch load FILE --as cbp-seizures|prices")
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


def harm(
    ctx: typer.Context,
    place: Annotated[str, typer.Option(help="Whose harm, as its counts name it: US, CT …")] = "US",
    until: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=_DAY, help="Last day of the last year.", show_default="last that counts and seizures share"
        ),
    ] = None,
    years: Annotated[int, typer.Option(help="Years, tiling back from it.")] = 1,
    per: Annotated[str, typer.Option(help="Harm per doses, kg or records (seizures).")] = "doses",
    by: Annotated[list[str] | None, typer.Option(help="Keep apart by form, market or route; repeatable.")] = None,
    rule: Annotated[str, typer.Option(help="Deaths that name several drugs: both, any or fractional.")] = "both",
    take: Annotated[
        list[str] | None, typer.Option(help="A subject that is a class taken for one substance: SUBJECT=SUBSTANCE.")
    ] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only counts of this source; repeatable.")] = None,
    definition: Annotated[list[str] | None, typer.Option(help="Only counts of this definition; repeatable.")] = None,
    seized_by: Annotated[list[str] | None, typer.Option(help="Only seizures of this source; repeatable.")] = None,
    seized_in: Annotated[list[str] | None, typer.Option(help="Only seizures of this place; repeatable.")] = None,
    role: Annotated[
        str | None, typer.Option(help="Show stored counts as this role sees them.", show_default=False)
    ] = None,
    purpose: Annotated[str, typer.Option(help="What they are asked for.")] = "health-response",
    load: Annotated[bool, typer.Option("--to-severity", help="Put them where target severity derive reads.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Show harm per substance against what was seized of it, dated and with interval; hand it to severities."""
    from counterflow.core.errors import UnknownName, UsageError
    from counterflow.flow.watch_harm import AskHarm, find, to_severity
    from counterflow.watch.harm.split import RULES

    for what, name, known in (("rule", rule, RULES), ("unit of exposure", per, ("doses", "kg", "records"))):
        if name not in known:
            raise UnknownName(what, name, known)
    for name in by or []:
        if name not in _KEYS[1:]:
            raise UnknownName("key to keep apart by", name, _KEYS[1:])
    if not 1 <= years <= 20:
        raise UsageError(f"--years lies from 1 to 20, not {years}.")
    ask = AskHarm(
        place, until and until.date(), years, tuple(source or ()), tuple(definition or ()), tuple(seized_by or ()),
        tuple(seized_in or ()), tuple(by or ()), rule, _taken(take or []), per, seed=seed,
        role=role, purpose=purpose,
    )  # fmt: skip
    with workspace_of(ctx) as workspace:
        found = find(workspace, ask)
        told = to_severity(workspace, found) if load else None
    _say_harm(found, told)
    rows = [dict(row) for row in found.weights]
    if form is Format.TABLE:
        shown = ("outcome", "substance", "form", "market", "route", "value", "low", "high", "unit", "to")
        rows = [{name: _short(row[name]) for name in shown} for row in rows]
    emit(rows, form, out)


def _say_harm(found: HarmFound, told: dict[str, int | str | bool] | None) -> None:
    """Say whose harm it is, how much, and what was handed on."""
    for words in found.said:
        say(words)
    for each in found.harm:
        amount = "a small number, withheld" if each.withheld and each.high < 10 else _between(each.low, each.high)
        alone = f", at least {each.alone:,.0f} of it alone" if each.substance and each.alone >= 10 else ""
        whose = f"{each.outcome}, {each.substance or 'none of these'}"
        say(f"{each.stretch[0]} to {each.stretch[1]}: {whose}: {amount}{alone}")
    for row in found.weights:
        if not row["informative"]:
            name = " ".join(row[key] for key in ("substance", *_KEYS[1:]) if row[key])
            say(f"{row['outcome']}, {name}: not informative: {row['why_not']}")
    if told is not None:
        again = "were there already" if told["repeated"] else "are loaded"
        say(f"{told['harm_count']} rows of harm and {told['exposure']} of exposure {again}.")
        say("They change nothing yet: target severity propose --derived, and another person approves.")


def _taken(texts: list[str]) -> dict[str, str]:
    """Return SUBJECT=SUBSTANCE as pairs."""
    from counterflow.core.errors import UsageError

    found: dict[str, str] = {}
    for text in texts:
        subject, equals, substance = text.rpartition("=")
        if not (equals and subject.strip() and substance.strip()):
            raise UsageError(
                f"--take {text} names no pair.", hint="Write SUBJECT=SUBSTANCE, the subject as it is counted."
            )
        found[subject.strip()] = substance.strip()
    return found


def _between(low: float, high: float) -> str:
    return f"{low:,.0f}" if round(low) == round(high) else f"{low:,.0f} to {high:,.0f}"


def _say_all(found: list[Any], read: list[dict[str, str]], arm: list[dict[str, Any]], last: dt.date) -> None:
    when = f"to {last}, against the same months a year before; intervals of 95 %"
    compared = sum(each.moved is not None for each in found)
    if compared >= _MANY:
        say(f"{compared} comparisons: about {compared / 20:.0f} would be told as a change though nothing changed")
    say(when if found else f"no signal speaks of the months to {last}")
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
    app.command()(harm)
