"""`account reach|displacement`: how likely a target is to be reached; where it went after an operation."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.core.errors import UsageError

if TYPE_CHECKING:
    from counterflow.account.reach import Reach, Series, Target

__all__ = ["add_to"]

SeriesFile = Annotated[Path, typer.Argument(help="CSV, gzip CSV or Parquet: a row for each period.")]


def reach(
    file: SeriesFile,
    target: Annotated[float, typer.Option(help="The number to be reached.")],
    by: Annotated[str, typer.Option(help="Deadline: 2030, FY 2030, 2030-06-30; its last day counts.")],
    direction: Annotated[str, typer.Option(help="down (at or below it) or up (at or above it).")],
    time: Annotated[str, typer.Option(help="Column of periods.")] = "time",
    value: Annotated[str, typer.Option(help="Column of values.")] = "value",
    kind: Annotated[
        str, typer.Option(help="level at the deadline, cumulative since --since, or any-time until then.")
    ] = "level",
    baseline: Annotated[float | None, typer.Option(help="Where it stood when the target was set.")] = None,
    baseline_on: Annotated[
        str, typer.Option(help="Period of the baseline; its value is read where --baseline is not given.")
    ] = "",
    since: Annotated[str, typer.Option(help="A cumulative target counts what comes after this day.")] = "",
    low: Annotated[str, typer.Option(help="Column: lower end of a value's own 95 % interval, as of a nowcast.")] = "",
    high: Annotated[str, typer.Option(help="Column: upper end of it.")] = "",
    known_on: Annotated[str, typer.Option(help="Column: day each value was known.")] = "",
    unit: Annotated[str, typer.Option(help="Column of units; a change of unit is refused.")] = "",
    rolling: Annotated[
        int, typer.Option(help="Periods that each value sums, where they overlap: 12 for twelve months by month.")
    ] = 1,
    where: Annotated[list[str] | None, typer.Option(help="Keep rows with COLUMN=TEXT; may be repeated.")] = None,
    definition_break: Annotated[
        list[str] | None, typer.Option("--break", help="Day of a change of definition: only what is after it is used.")
    ] = None,
    as_of: Annotated[str, typer.Option(help="Use only what was known by this day.")] = "",
    hindcast: Annotated[
        bool, typer.Option("--hindcast", help="Say how such forecasts of this very series would have done.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed: the same seed gives the same answer.")] = 1,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Say how likely a series is to reach a target by its deadline, beside what the straight line says."""
    from dataclasses import replace

    from counterflow.account.reach import Break, Target, probability
    from counterflow.account.reach.read import Columns, read_series

    read = read_series(
        file, Columns(time, value, low, high, known_on, unit), where=_pairs(where or []),
        breaks=[Break(_day(text, "--break")) for text in definition_break or ()],
    )  # fmt: skip
    start = _day(baseline_on, "--baseline-on") if baseline_on else None
    series = replace(read.series, rolling=rolling)
    asked = Target(
        target, _day(by, "--by"), cast("Any", direction), cast("Any", kind), baseline, start,
        _day(since, "--since") if since else None,
    )  # fmt: skip
    asked = _with_baseline(series, asked)
    found = probability(series, asked, as_of=_day(as_of, "--as-of") if as_of else None, seed=seed)
    for words in read.said:
        say(words)
    told = found.as_dict() | {"target": _told(asked)}
    if hindcast:
        told["hindcast"] = _hindcast(series, seed)
    if form is Format.JSON:
        emit(told | {"path": [_plain(each) for each in found.path]}, form, out)
        return
    say(found.why)
    if hindcast:
        say(_hindcast_words(told["hindcast"]))
    emit([_flat(found, told)], form, out)


def displacement(
    file: Annotated[Path, typer.Argument(help="CSV, gzip CSV or Parquet: a row for each place and period.")],
    treated: Annotated[list[str], typer.Option(help="A place that was treated; repeatable, or with commas.")],
    buffer: Annotated[list[str], typer.Option(help="A place next to it, where it may have gone; likewise.")],
    control: Annotated[list[str], typer.Option(help="A place too far off to be touched; likewise.")],
    start: Annotated[str, typer.Option(help="First day of the operation; periods ending before it are before.")],
    time: Annotated[str, typer.Option(help="Column of periods.")] = "time",
    area: Annotated[str, typer.Option(help="Column of places.")] = "area",
    value: Annotated[str, typer.Option(help="Column of counts.")] = "value",
    level: Annotated[float, typer.Option(help="Coverage of the intervals.")] = 0.95,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Say whether an operation moved what it fought next door: displacement quotient, net effect, level and share."""
    from counterflow.account.displacement import displacement as moved
    from counterflow.account.displacement import read_counts

    if not 0 < level < 1:
        raise UsageError(f"--level lies between 0 and 1, not {level}.", hint="Write 0.95.")
    groups = {name: _names(texts) for name, texts in (("treated", treated), ("buffer", buffer), ("control", control))}
    counts = read_counts(file, groups, _first_day(start), time=time, area=area, value=value)
    found = moved(counts, level=level)
    for words in found.said:
        say(words)
    if form is Format.JSON:
        emit(found.as_dict(), form, out)
        return
    say(found.reading)
    rows: list[dict[str, Any]] = [
        {"measure": "displacement quotient", "value": found.quotient, "low": found.low, "high": found.high},
        {"measure": "counts fewer, treated and buffer"} | found.net,
        {"measure": "counts fewer, treated"} | found.treated,
        {"measure": "level of the buffer, 1 as expected"} | found.buffer_level,
        {"measure": "share of the buffer, change"}
        | {"value": found.buffer_share["change"]} | {end: found.buffer_share[end] for end in ("low", "high")},
        *({"measure": f"level of {each['area']}"} | each["level"] for each in found.neighbours),
    ]  # fmt: skip
    emit([{name: _short(row[name]) for name in ("measure", "value", "low", "high")} for row in rows], form, out)


def _names(texts: list[str]) -> list[str]:
    """Return names given one by one or with commas."""
    return [name.strip() for text in texts for name in text.split(",") if name.strip()]


def _first_day(text: str) -> dt.date:
    from counterflow.account.indicators.days import read_period

    try:
        return read_period(text).first
    except ValueError as error:
        raise UsageError(f"--start {text!r}: {error}.", hint="Write 2019, 2019-03 or 2019-03-01.") from error


def _with_baseline(series: Series, target: Target) -> Target:
    """Return the target with its baseline read from the series, where only its day is known."""
    from dataclasses import replace

    from counterflow.account.reach.series import lay

    if target.baseline is not None or target.baseline_on is None:
        return target
    if target.kind == "cumulative":
        raise UsageError("The baseline of a sum is a sum.", hint="Give --baseline with the sum of an equal stretch.")
    laid = lay(series, target.baseline_on)
    place = len(laid.values) - 1 + laid.ahead
    value = float(laid.values[place]) if laid.ahead <= 0 <= place else float("nan")
    if value != value:  # noqa: PLR0124 - NaN is the one number that is not itself
        raise UsageError(
            f"The series has no value for the baseline's period, {target.baseline_on}.", hint="Give --baseline NUMBER."
        )
    return replace(target, baseline=value)


def _hindcast(series: Series, seed: int) -> dict[str, Any]:
    """Return how forecasts of this series would have done, or why that cannot be said."""
    from counterflow.account.reach.hindcast import cases_of, score, scored

    rows = scored(list(cases_of(series)), seed=seed)
    if len({row.reach.origin for row in rows}) < 5:
        return {"informative": False, "why_not": "fewer than five days on which it could have been asked and judged"}
    return {"informative": True, **score(rows), "note": "cases of one series overlap: read it as a sign, not a rate"}


def _hindcast_words(told: dict[str, Any]) -> str:
    if not told["informative"]:
        return f"hindcast not informative: {told['why_not']}"
    briers = f"Brier {told['brier']:.3f}, straight line {told['brier_straight']:.3f}"
    return f"hindcast of {told['cases']} targets: {briers}; 80 % intervals held {told['coverage']:.0%}"


def _told(target: Target) -> dict[str, Any]:
    return {
        "value": target.value, "by": target.by.isoformat(), "direction": target.direction, "kind": target.kind,
        "baseline": target.baseline, "baseline_on": target.baseline_on and target.baseline_on.isoformat(),
    }  # fmt: skip


def _flat(found: Reach, told: dict[str, Any]) -> dict[str, Any]:
    kept = ("status", "probability", "low", "high", "straight_line", "origin", "n")
    expected = found.expected or {}
    return {name: _short(told[name]) for name in kept} | {
        f"expected_{name}": _short(expected.get(name)) for name in ("value", "low80", "high80")
    }


def _plain(each: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(each) | {"period_end": each.period_end.isoformat()}


def _short(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _day(text: str, option: str) -> dt.date:
    from counterflow.account.reach.read import end_of

    try:
        return end_of(text)
    except ValueError as error:
        raise UsageError(f"{option} {text!r}: {error}.", hint="Write 2030, FY 2030, 2030-06 or 2030-06-30.") from error


def _pairs(texts: list[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        column, equals, wanted = text.partition("=")
        if not (equals and column.strip()):
            raise UsageError(f"--where {text} names no column.", hint="Write COLUMN=TEXT.")
        found[column.strip()] = wanted.strip()
    return found


def add_to(app: typer.Typer) -> None:
    """Hang the commands under `account`."""
    for command in (reach, displacement):
        app.command()(command)
