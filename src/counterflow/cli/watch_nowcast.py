"""`watch nowcast` and `watch score`: what late-reported counts will come to, and how well that was told before."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, in_a_folder, say
from counterflow.core.errors import InputError, UnknownName, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from counterflow.watch.nowcast.nowcasts import Nowcasts
    from counterflow.watch.nowcast.triangle import Triangle
    from counterflow.watch.response.withheld import Withheld

__all__ = ["add_to"]

_METHODS = ("chain-ladder", "bayes")

FileArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="[TRIANGLE.csv]", help="reference_date, report_date or delay, count (new reports).", show_default=False
    ),
]
DayOption = Annotated[
    dt.datetime | None,
    typer.Option(
        "--as-of", formats=["%Y-%m-%d"], help="Day to stand on: nothing reported later is used.", show_default=False
    ),
]
DelayOption = Annotated[
    int, typer.Option("--max-delay", min=1, max=400, help="Delay, in days or weeks, after which a count is final.")
]
WhereOption = Annotated[
    list[str] | None,
    typer.Option(
        "--where", metavar="COLUMN=VALUE", help="Group to take, or stored series; may be given again.",
        show_default=False,
    ),
]  # fmt: skip
EachOption = Annotated[bool, typer.Option("--each", help="Every group for itself; small ones borrow delays.")]
HolidayOption = Annotated[
    str, typer.Option(help="Country, or country and state, whose holidays report as Sundays do: DE, US-CT.")
]
RunningOption = Annotated[bool, typer.Option("--cumulative", help="Counts are running totals by delay.")]
MethodOption = Annotated[str, typer.Option(help="chain-ladder or bayes.")]
StoredOption = Annotated[bool, typer.Option("--stored", help="Counts of the workspace; --where names them.")]


class _Asked(NamedTuple):
    """What both commands are asked."""

    file: Path | None
    as_of: dt.date | None
    max_delay: int
    where: dict[str, str]
    each: bool
    cumulative: bool
    holidays: str
    method: str


def nowcast(
    ctx: typer.Context,
    file: FileArgument = None,
    as_of: DayOption = None,
    max_delay: DelayOption = 40,
    where: WhereOption = None,
    each: EachOption = False,
    holidays: HolidayOption = "",
    cumulative: RunningOption = False,
    method: MethodOption = "chain-ladder",
    stored: StoredOption = False,
    role: Annotated[str | None, typer.Option(help="Show what this role may see.", show_default=False)] = None,
    purpose: Annotated[
        str, typer.Option(help="What it is for, as `watch approve` names purposes.")
    ] = "health-response",
    rolling: Annotated[
        str, typer.Option(metavar="INDICATOR", help="The file holds vintages of 12-month sums: nowcast this indicator.")
    ] = "",
    page: Annotated[
        Path | None, typer.Option(help="Also write a page with the past scores.", callback=in_a_folder)
    ] = None,
    form: FormatOption = Format.CSV,
    out: OutOption = None,
) -> None:
    """Say what the counts of the last periods will come to, with their doubt, from what was known on a day."""
    day = as_of.date() if as_of else None
    asked = _Asked(file, day, max_delay, _pairs(where), each, cumulative, holidays, _known(method))
    if rolling:
        _rolling(asked, rolling, form, out)
        return
    if stored:
        _of_stored(ctx, asked, role, purpose, page, form, out)
        return
    triangles = _triangles(asked)
    made = _make(triangles, asked)
    _answer(made, form, out)
    if page is not None:
        _write_page(page, made, [_tried(one, asked) for one in triangles])


def _pairs(where: list[str] | None) -> dict[str, str]:
    pairs = [each.partition("=") for each in where or []]
    if any(not mark or not name for name, mark, _ in pairs):
        raise UsageError("--where takes COLUMN=VALUE.", hint="As --where location=DE.")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _known(method: str) -> str:
    if method not in _METHODS:
        raise UnknownName("method", method, _METHODS)
    return method


def _triangles(asked: _Asked) -> list[Triangle]:
    from counterflow.watch.nowcast.read import Asked, read_triangles

    if asked.file is None:
        raise UsageError("No file is named.", hint="Give TRIANGLE.csv, or --stored for counts of the workspace.")
    triangles = read_triangles(asked.file, Asked(asked.where, asked.each, asked.max_delay, asked.cumulative))
    return [_not_in_the_file(one, asked.as_of) for one in triangles]


def _not_in_the_file(triangle: Triangle, as_of: dt.date | None) -> Triangle:
    """Say of the last periods that no row speaks of them: nothing reported, or a file that ends early."""
    newest = triangle.reference[-1].astype("datetime64[D]").astype(dt.date)
    silent = 0 if as_of is None else (as_of - newest).days - triangle.ends_after
    if silent < triangle.step:
        return triangle
    said = (
        f"The last reference_date of the file is {newest}: of the {silent // triangle.step} periods after it, nothing"
        " reported is taken as true. Where the file ends early, stand on an earlier --as-of."
    )
    return replace(triangle, said=(*triangle.said, said))


def _make(triangles: list[Triangle], asked: _Asked) -> list[Nowcasts]:
    from counterflow.watch.nowcast.bayes import nowcast_bayes
    from counterflow.watch.nowcast.places import nowcast_each

    if asked.method == "bayes":
        return [nowcast_bayes(one, asked.as_of, holidays=asked.holidays) for one in triangles]
    return nowcast_each(triangles, asked.as_of, holidays=asked.holidays)


def _maker(method: str) -> Callable[..., Nowcasts]:
    from counterflow.watch.nowcast import nowcast as by_chain_ladder
    from counterflow.watch.nowcast.bayes import nowcast_bayes

    return nowcast_bayes if method == "bayes" else by_chain_ladder


def _tried(triangle: Triangle, asked: _Asked, dates: int = 10, horizon: int = 14) -> list[dict[str, Any]]:
    """Return the scores of past days, none where nothing can be judged yet."""
    from counterflow.watch.nowcast.scores import retrospective

    every = 7 if triangle.step == 1 else 2
    try:
        trials = retrospective(
            triangle, asked.as_of, dates=dates, every=every, horizons=horizon, make=_maker(asked.method),
            holidays=asked.holidays,
        )  # fmt: skip
    except InputError as error:
        say(f"{_name(triangle.group)}{error.message}")
        return []
    return trials.by_horizon()


def _answer(
    made: list[Nowcasts],
    form: Format,
    out: Path | None,
    small_cell: int = 0,
    hidden: list[frozenset[str]] | None = None,
) -> None:
    from counterflow.watch.nowcast.plain import plain, quantile_rows

    hidden = [frozenset()] * len(made) if hidden is None else hidden
    for one in made:
        for words in one.said:
            say(f"{_name(one.group)}{words}" if len(made) > 1 else words)
    if form is Format.JSON:
        emit({"nowcasts": [plain(one, small_cell, back) for one, back in zip(made, hidden, strict=True)]}, form, out)
    else:
        emit(quantile_rows(made, small_cell, hidden), form, out)


def _name(group: Any) -> str:
    return ", ".join(value for value in group.values() if value) + ": " if group else ""


def _write_page(page: Path, made: list[Nowcasts], scores: list[list[dict[str, Any]]]) -> None:
    from counterflow.report.nowcast_page import render
    from counterflow.watch.nowcast.plain import chart_rows

    told = [
        {
            "name": _name(one.group).rstrip(": "), "as_of": str(one.as_of), "method": one.method, "said": one.said,
            "rows": chart_rows(one), "scores": rows,
        }
        for one, rows in zip(made, scores, strict=True)
    ]  # fmt: skip
    page.write_text(render(told, title=f"Nowcast as of {made[0].as_of}", counted="events"), encoding="utf-8")
    say(f"Written: {page}")


def _of_stored(
    ctx: typer.Context, asked: _Asked, role: str | None, purpose: str, page: Path | None, form: Format,
    out: Path | None,
) -> None:  # fmt: skip
    """Nowcast counts of the workspace, keep the nowcasts with their scores, and show what may be shown."""
    from counterflow.cli.session import workspace_of
    from counterflow.watch.nowcast.kept import keep
    from counterflow.watch.nowcast.places import with_history
    from counterflow.watch.nowcast.plain import shows_small
    from counterflow.watch.nowcast.stored import may_be_seen, stored_triangles
    from counterflow.watch.response.withheld import Withheld

    with workspace_of(ctx) as workspace:
        asked = asked._replace(holidays=asked.holidays or workspace.settings.watch.holidays)
        day = asked.as_of or workspace.clock().date()
        triangles, short = with_history(stored_triangles(workspace.store, day, asked.max_delay, asked.where), day)
        for words in short:
            say(words)
        if not triangles:
            raise InputError("No series has history enough for a nowcast.", hint="`watch series` lists what is held.")
        triangles, why = may_be_seen(workspace, triangles, role, purpose)
        if why:
            say(why)
        made = _make(triangles, asked._replace(as_of=day))
        scores = [_tried(one, asked._replace(as_of=day)) for one in triangles]
        new = keep(workspace, made, triangles, scores)
        say(f"{len(made)} nowcasts, {len(new)} of them new and kept with the scores of past days.")
        small = workspace.settings.watch.small_cell
        hidden = [
            _given_away(Withheld(workspace.store, small), one, of.step) for one, of in zip(made, triangles, strict=True)
        ]
    say(f"Counts from 1 to {small - 1} are withheld, with others that would give them away.")
    _answer(made, form, out, small, hidden)
    if page is not None:
        if any(hidden) or any(shows_small(one, small) for one in made):
            raise UsageError(
                "The page would show counts that are withheld.", hint="Name a larger area, or weeks instead of days."
            )
        _write_page(page, made, scores)


def _given_away(withheld: Withheld, made: Nowcasts, step: int) -> frozenset[str]:
    """Return the periods whose count as reported is withheld in every other output: a nowcast would narrow it."""
    alarm = {**made.group, "grain": "day" if step == 1 else "week", "as_of": made.as_of}
    place = str(made.group.get("place", ""))
    starts = made.reference.astype("datetime64[D]").astype(object)
    shown = (
        withheld.shown(alarm, place, start, float(count)) for start, count in zip(starts, made.reported, strict=True)
    )
    return frozenset(str(start) for start, one in zip(starts, shown, strict=True) if isinstance(one, str))


def _rolling(asked: _Asked, indicator: str, form: Format, out: Path | None) -> None:
    from counterflow.watch.nowcast.rolling import nowcast_vintages
    from counterflow.watch.nowcast.rolling_file import month_name, read_vintages

    if asked.file is None:
        raise UsageError("No file is named.", hint="Give a Parquet or CSV file of vintages.")
    made = nowcast_vintages(read_vintages(asked.file, indicator, asked.as_of))
    for words in made.said:
        say(words)
    columns = (made.place, made.month, made.reported, made.expected, made.low, made.high)
    rows = [
        {"state": str(place), "month": month_name(int(month)), "reported": float(seen), "nowcast": round(float(mid), 2),
         "low_90": round(float(low), 2), "high_90": round(float(high), 2)}
        for place, month, seen, mid, low, high in zip(*columns, strict=True)
    ]  # fmt: skip
    emit(rows, form, out)


def score(
    file: FileArgument = None,
    as_of: DayOption = None,
    max_delay: DelayOption = 40,
    where: WhereOption = None,
    each: EachOption = False,
    holidays: HolidayOption = "",
    cumulative: RunningOption = False,
    method: MethodOption = "chain-ladder",
    dates: Annotated[int, typer.Option(min=1, max=200, help="Past days to try.")] = 10,
    horizon: Annotated[int, typer.Option(min=0, max=100, help="Largest number of periods back.")] = 14,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Judge nowcasts as they would have been made on past days: WIS and its parts, coverage, errors."""
    day = as_of.date() if as_of else None
    asked = _Asked(file, day, max_delay, _pairs(where), each, cumulative, holidays, _known(method))
    triangles = _triangles(asked)
    rows = [
        (dict(one.group) if len(triangles) > 1 else {}) | row
        for one in triangles
        for row in _tried(one, asked, dates, horizon)
    ]
    if form is Format.TABLE:
        rows = [{k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()} for row in rows]
    emit(rows, form, out)


def add_to(app: typer.Typer) -> None:
    """Add the commands to `watch`."""
    app.command()(nowcast)
    app.command()(score)
