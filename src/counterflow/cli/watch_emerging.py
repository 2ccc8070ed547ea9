"""`watch emerging` and `watch waves`: what is new or growing among what is looked for, and when a regime changed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from counterflow.reference.registry import Registry
    from counterflow.watch.emergence.events import Shown
    from counterflow.watch.emergence.judge import Rule
    from counterflow.watch.emergence.streams import Change, Streams

__all__ = ["add_to"]

_DAY = ["%Y-%m-%d"]
_TWO_YEARS = 731
#: columns of a table on a terminal; the other forms hold all
_TOLD = (
    "subject", "place", "evidence", "alarm", "since", "found", "tested", "share", "growth_percent_a_quarter",
    "growth_low", "growth_high", "doubling_months", "places", "panel_notes", "next_step",
)  # fmt: skip
_Panel = Annotated[
    Path | None,
    typer.Option(
        help="CSV: from_day,change,subject[,source,place,measure,said]: when looking began, ceased or changed.",
        show_default=False,
    ),
]


def add_to(app: typer.Typer) -> None:
    """Put the commands among those of `watch`."""
    app.command()(emerging)
    app.command()(waves)


def emerging(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            help="CSV: period,subject,count[,place,tested,looked_for,source,measure,definition]; else what is stored.",
            show_default=False,
        ),
    ] = None,
    panel: _Panel = None,
    as_of: Annotated[
        dt.datetime | None,
        typer.Option(formats=_DAY, help="Judge only periods that begin before this day.", show_default=False),
    ] = None,
    since: Annotated[
        dt.datetime | None, typer.Option(formats=_DAY, help="Tell what came since; two years.", show_default=False)
    ] = None,
    grain: Annotated[
        str | None, typer.Option(help="Add up to week, month, quarter or year.", show_default=False)
    ] = None,
    budget: Annotated[
        float, typer.Option(min=0.0001, max=2.0, help="False alarms per subject and year that are accepted.")
    ] = 0.05,
    believe_tested: Annotated[
        bool, typer.Option("--believe-tested", help="A number tested says that the subject was looked for.")
    ] = False,
    every: Annotated[bool, typer.Option("--all", help="Tell also what is quiet.")] = False,
    small_cell: Annotated[int, typer.Option(min=2, help="Counts of people below it are not shown.")] = 10,
    shuffles: Annotated[
        int, typer.Option(min=0, max=200, help="Orders of periods on which false alarms are measured.")
    ] = 20,
    seed: Annotated[int, typer.Option(min=0, help="Seed of these orders.")] = 0,
    role: Annotated[
        str | None, typer.Option(help="Show stored counts as this role sees them.", show_default=False)
    ] = None,
    purpose: Annotated[str, typer.Option(help="What stored counts are asked for.")] = "health-response",
    text: Annotated[
        Path | None,
        typer.Option(help="CSV of reports whose free text is read too; it is not kept.", show_default=False),
    ] = None,
    text_column: Annotated[str, typer.Option(help="Column of --text that holds the text.")] = "text",
    day_column: Annotated[str, typer.Option(help="Column of --text that holds the day.")] = "date",
    place_column: Annotated[
        str | None, typer.Option(help="Column of --text that holds the place.", show_default=False)
    ] = None,
    gaps: Annotated[
        bool, typer.Option("--gaps", help="Tell where what emerges is controlled, and where nothing was found.")
    ] = False,
    origin: Annotated[
        str | None, typer.Option(help="With --gaps: place that it comes from, as CN.", show_default=False)
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Tell what is seen for the first time, growing or spreading, of what was looked for; a new column is no news."""
    import numpy as np
    import pyarrow as pa

    from counterflow.core.errors import UsageError
    from counterflow.watch.emergence.events import SCHEMA, Shown
    from counterflow.watch.emergence.events import emerging as tell
    from counterflow.watch.emergence.judge import Rule, judge, shuffled

    rule = Rule(budget=budget, believe_tested=believe_tested)
    day = np.datetime64(as_of.date(), "D") if as_of else None
    horizon = np.datetime64(since.date(), "D") if since else None
    rows: list[dict[str, Any]] = []
    if file is not None or text is None:
        changes = _panel(panel)
        asked = _Asked(grain, as_of, role, purpose)
        if file is None:
            streams, least = _stored(ctx, changes, asked)
            small_cell = max(small_cell, least)
        else:
            streams = _read(file, changes, grain)
        streams = streams if day is None else streams.until(day)
        if not len(streams.starts):
            raise UsageError("Nothing was counted before that day.", hint="Give a later --as-of.")
        rate = shuffled(streams, rule, seed=seed, times=shuffles) if shuffles else None
        horizon = streams.starts[-1] - np.timedelta64(_TWO_YEARS, "D") if horizon is None else horizon
        rows = tell(streams, judge(streams, rule), Shown(horizon, small_cell, every, rate, budget))
        _say_rule(streams, rule, rows)
    if text is not None:
        reports = _Text(text, text_column, day_column, place_column, grain or "month")
        first = np.datetime64("1900-01-01", "D") if horizon is None else horizon
        rows = _with_text(ctx, rows, reports, rule, Shown(first, small_cell, every, budget=budget), day)
    if gaps or origin:
        _tell_gaps(ctx, rows, origin, form, out)
        return
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    emit(table.select(list(_TOLD)) if form is Format.TABLE else table, form, out)


class _Text(NamedTuple):
    """Which free text is read."""

    file: Path
    text: str
    day: str
    place: str | None
    grain: str


def _with_text(
    ctx: typer.Context, rows: list[dict[str, Any]], asked: _Text, rule: Rule, shown: Shown, day: Any
) -> list[dict[str, Any]]:
    import pyarrow as pa

    from counterflow.cli.party_files import read_party_file
    from counterflow.flow.watch_text import Reports, beside_columns, read_reports, text_rows

    read = read_party_file(asked.file, (asked.text, asked.day, *([asked.place] if asked.place else [])), ())
    reports = read_reports(read.table, read.lines, asked.text, asked.day, asked.place)
    refused = len(read.refused) + len(reports.refused)
    say(f"{read.name}: {read.read} reports, {len(reports.days)} read, {refused} refused.")
    if day is not None:
        kept = reports.days < day
        places = [place for place, keep in zip(reports.places, kept, strict=True) if keep]
        reports = Reports(reports.texts.filter(pa.array(kept)), reports.days[kept], places, reports.refused)
    registry, _ = _registry(ctx)
    told = text_rows(reports, registry, rule, shown, grain=asked.grain, source=asked.file.stem)
    return beside_columns(rows, told, registry)


def _registry(ctx: typer.Context) -> tuple[Registry, dt.date]:
    """Return the registry of the workspace where one is named, else the shipped one, and today."""
    from counterflow.cli.session import workspace_of
    from counterflow.core.clock import system_clock
    from counterflow.reference.registry import load_registry
    from counterflow.screen.substances.accepted import registry_of

    if ctx.find_root().obj["workspace"] is None:
        return load_registry(), system_clock().date()
    with workspace_of(ctx) as workspace:
        return registry_of(workspace), workspace.clock().date()


def _tell_gaps(
    ctx: typer.Context, rows: Sequence[dict[str, Any]], origin: str | None, form: Format, out: Path | None
) -> None:
    import pyarrow as pa

    from counterflow.flow.watch_gaps import SCHEMA, emerging_gaps
    from counterflow.screen.substances.routes import read_route

    registry, day = _registry(ctx)
    place = read_route([origin], registry)[0] if origin else None
    told = emerging_gaps(rows, registry, day, origin=place)
    table = pa.Table.from_pylist(told, schema=SCHEMA)
    say(f"Law of {day}: {sum(row['gap'] != 'no' for row in told)} with a gap. Not found is not “not controlled”.")
    emit(table.drop_columns(["law", "next_step"]) if form is Format.TABLE else table, form, out)


def waves(
    file: Annotated[Path, typer.Argument(help="CSV: series,t,year,week,y; or period,subject,count[,place,tested,…].")],
    panel: _Panel = None,
    grain: Annotated[
        str | None, typer.Option(help="Add up to week, month, quarter or year.", show_default=False)
    ] = None,
    level: Annotated[
        float, typer.Option(min=0.001, max=0.5, help="Chance of one break too many that is accepted.")
    ] = 0.05,
    most: Annotated[int, typer.Option(min=1, max=20, help="Breaks looked for at most.")] = 5,
    draws: Annotated[int, typer.Option(min=19, max=9999, help="Series drawn to judge a break.")] = 99,
    years: Annotated[
        int | None, typer.Option(min=1, max=50, help="Tell growth over so many years too.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 0,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Tell when each series left one regime for another, how sure that is, and whether the current one has ended."""
    import pyarrow as pa

    from counterflow.watch.emergence.wave_rows import SCHEMA, of_grid, of_streams, tell_waves
    from counterflow.watch.emergence.waves import Finding

    changes = _panel(panel)
    if _is_contract(file):
        from counterflow.watch.series.csv_series import read_series

        if changes or grain:
            say("--panel and --grain need periods with dates; they are passed over for a file of series,t,y.")
        series = of_grid(read_series(file, tell=say))
    else:
        series = of_streams(_read(file, changes, grain))
    rows = tell_waves(series, Finding(level=level, most=most, draws=draws, seed=seed), years=years)
    breaks = sum(row["what"] == "wave" for row in rows)
    say(
        f"{len(series.names)} series of {len(series.labels)} periods: {breaks} changes of regime. Where there is none,"
        f" one is told in {level:.0%} of series. Growth is in percent a year."
    )
    emit(pa.Table.from_pylist(rows, schema=SCHEMA), form, out)


def _is_contract(file: Path) -> bool:
    """Whether a file's header is that of series: what counts is called y, or no subject stands there."""
    import gzip

    from counterflow.core.errors import InputError

    try:
        with file.open("rb") as opened:
            packed = opened.read(2) == b"\x1f\x8b"
        with gzip.open(file, "rb") if packed else file.open("rb") as opened:
            head = opened.readline(1 << 20).decode("utf-8-sig", "replace")
    except OSError as error:
        hint = "Check the path."
        raise InputError(f"It cannot be read: {error.strerror or error}.", file=file.name, hint=hint) from error
    names = {name.strip().strip('"').casefold() for name in head.replace(";", ",").replace("\t", ",").split(",")}
    return "subject" not in names


class _Asked(NamedTuple):
    """What is asked of stored counts."""

    grain: str | None
    as_of: dt.datetime | None
    role: str | None
    purpose: str


def _say_rule(streams: Streams, rule: Rule, rows: Sequence[dict[str, Any]]) -> None:
    from counterflow.watch.emergence.periods import label

    alarms = sum(row["alarm"] == "yes" for row in rows)
    withheld = sum(row["alarm"] == "withheld" for row in rows)
    first, last = (label(streams.starts[at], streams.grain) for at in (0, -1))
    say(
        f"{len(streams.found)} streams, {first} to {last} by {streams.grain}; {len(rows)} rows, {alarms} alarms,"
        f" {withheld} withheld. Nothing is judged before {rule.settle(streams.frequency)} periods of looking."
    )
    if rows:
        say(f"False alarms: {rows[0]['false_alarms']}.")


def _panel(path: Path | None) -> tuple[Change, ...]:
    if path is None:
        return ()
    from counterflow.cli.party_files import read_party_file
    from counterflow.watch.emergence.read import PANEL_OPTIONAL, PANEL_REQUIRED, read_panel

    read = read_party_file(path, PANEL_REQUIRED, PANEL_OPTIONAL)
    say(read.in_words())
    return read_panel(read.table, lines=read.lines, file=read.name)


def _read(file: Path, changes: Sequence[Change], grain: str | None) -> Streams:
    from counterflow.cli.party_files import read_party_file
    from counterflow.core.errors import UsageError, nearest
    from counterflow.watch.emergence.periods import GRAINS
    from counterflow.watch.emergence.read import OPTIONAL, REQUIRED, read_streams

    if grain is not None and grain not in GRAINS:
        close = nearest(grain, GRAINS, 1)
        raise UsageError(f"There is no grain {grain!r}.", hint=f"Did you mean {(close or GRAINS)[0]!r}?")
    read = read_party_file(file, REQUIRED, OPTIONAL)
    taken = read_streams(read.table, changes, lines=read.lines, grain=grain, file=read.name, source=file.stem)
    refused = [*read.refused, *taken.refused]
    say(f"{read.name}: {taken.accepted + len(refused)} rows read, {taken.accepted} taken, {len(refused)} refused.")
    for why in refused[:5]:
        say(f"  {why}")
    return taken.streams


def _stored(ctx: typer.Context, changes: Sequence[Change], asked: _Asked) -> tuple[Streams, int]:
    """Return the streams that may be shown, and the smallest count that the workspace shows."""
    from counterflow.cli.session import workspace_of
    from counterflow.watch.disclosure import allowed, role_in_force
    from counterflow.watch.disclosure.approvals import log_read, standing
    from counterflow.watch.emergence.stored import stored_streams

    with workspace_of(ctx) as workspace:
        today = workspace.clock().date()
        role = role_in_force(workspace.settings.watch.role, asked.role)
        used: list[str] = []

        def may_see(keys: pa.Table) -> tuple[Sequence[bool], Sequence[str]]:
            said = allowed(keys, role, asked.purpose, standing(workspace.store), today)
            used.extend(said.approvals)
            if said.why:
                say(said.why)
            return [bool(one) for one in said.shown], said.places

        day = asked.as_of.date() if asked.as_of else today
        streams = stored_streams(workspace.store, as_of=day, grain=asked.grain, changes=changes, allowed=may_see)
        if used:
            log_read(workspace, used, role, asked.purpose, len(streams.found))
        return streams, workspace.settings.watch.small_cell
