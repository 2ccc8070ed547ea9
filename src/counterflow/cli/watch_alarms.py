"""`watch alarms`: counts that are higher than their past lets expect, by the default method or by named ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from counterflow.watch.alarms.rows import Chosen
    from counterflow.watch.alarms.settings import Setting
    from counterflow.watch.grid import Grid

__all__ = ["add_to"]

#: series that are judged and written at once
_BLOCK = 5000
_BUDGET = "0.01"
#: what needs little history itself
_SHORT = ("default", "ears-c1", "ears-c2", "ears-c3", "shewhart")
NameOption = Annotated[
    list[str] | None, typer.Option(help="Only stored counts of this name; may be repeated.", show_default=False)
]


class _Asked(NamedTuple):
    """How to judge."""

    methods: list[str]
    settings: dict[str, Any]
    budget: str | None
    wanted: tuple[str | None, str | None, int, bool]


class _Stored(NamedTuple):
    """What is asked of stored counts."""

    names: dict[str, Any]
    as_of: dt.date | None
    record: bool
    role: str | None
    purpose: str


def add_to(app: typer.Typer) -> None:
    """Put the command among those of `watch`."""
    app.command()(alarms)


def alarms(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(help="CSV of series: series,t,year,week,y; else what is stored.", show_default=False),
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            help="ears-c1, ears-c2, ears-c3, farrington, farrington-flexible, cusum-rossi, bayes, glrnb, shewhart,"
            " default or all; may be repeated. The default alarm where none is named.",
            show_default=False,
        ),
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(
            help="False alarms that are borne: 0.01 or 1% per series and period, or 2/week over all series."
            " With --method, that method's score is held to it instead of its own threshold. 0.01 for the default.",
            show_default=False,
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting of the method, as b=5; may be repeated."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--from", help="First t, or day, to give; all are judged.", show_default=False)
    ] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last t, or day, to give.", show_default=False)] = None,
    last: Annotated[int, typer.Option(min=0, help="Give only so many newest periods of each series; 0: all.")] = 0,
    only: Annotated[bool, typer.Option("--alarms-only", help="Give alarms only.")] = False,
    source: NameOption = None,
    measure: NameOption = None,
    subject: NameOption = None,
    place: NameOption = None,
    level: NameOption = None,
    grain: Annotated[
        str | None, typer.Option(help="Of stored counts: day, week, month, quarter or year.", show_default=False)
    ] = None,
    as_of: Annotated[
        dt.datetime | None,
        typer.Option(help="Stored counts as known on this day.", formats=["%Y-%m-%d"], show_default=False),
    ] = None,
    record: Annotated[
        bool, typer.Option("--record", help="Put alarms of the newest stored period on record, for the response.")
    ] = False,
    role: Annotated[
        str | None, typer.Option(help="Show stored counts as this role sees them.", show_default=False)
    ] = None,
    purpose: Annotated[str, typer.Option(help="What stored counts are asked for.")] = "health-response",
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Say which counts are too high, with what was expected and the bound; a verdict rests on earlier periods only."""
    from counterflow.core.errors import UsageError
    from counterflow.watch.series.csv_series import read_series

    asked = _Asked(_methods(method), _settings(settings or []), budget, (since, until, last, only))
    if asked.settings and asked.methods == ["default"]:
        raise UsageError("--set is for a named method; the default takes a --budget.", hint="Add --method.")
    names: dict[str, Any] = {"source": source, "measure": measure, "subject": subject, "place": place, "level": level}
    names = {name: value for name, value in names.items() if value is not None} | ({"grain": grain} if grain else {})
    if file is None:
        day = None if as_of is None else as_of.date()
        _emit(_of_stored(ctx, asked, _Stored(names, day, record, role, purpose)), form, out)
        return
    if names or as_of is not None or record:
        raise UsageError(
            "--source, --place, --as-of, --record and the like are for stored counts.", hint="Leave FILE out."
        )
    _emit(_batches(read_series(file, tell=say), asked), form, out)


def _emit(batches: Iterator[pa.RecordBatch], form: Format, out: Path | None) -> None:
    """Write rows as they come where the form allows it: an answer may be larger than memory."""
    import pyarrow as pa

    from counterflow.watch.alarms.rows import SCHEMA

    if form is Format.CSV:
        emit(pa.RecordBatchReader.from_batches(SCHEMA, batches), form, out)
    else:
        emit(pa.Table.from_batches(list(batches), SCHEMA), form, out)


def _chosen(grid: Grid, wanted: tuple[str | None, str | None, int, bool]) -> Chosen:
    from counterflow.core.errors import UsageError
    from counterflow.watch.alarms.rows import Chosen, place_of

    since, until, last, only = wanted
    since_at, until_at = place_of(grid, since, "--from"), place_of(grid, until, "--to")
    if since_at is not None and until_at is not None and until_at < since_at:
        raise UsageError(f"--to {until} lies before --from {since}.", hint="Swap them.")
    return Chosen(since_at or 0, until_at, last, only)


def _of_stored(ctx: typer.Context, asked: _Asked, stored: _Stored) -> Iterator[pa.RecordBatch]:
    """Judge what is stored, for who may see it; small counts are withheld with what gives them away."""
    import numpy as np

    from counterflow.cli.session import workspace_of
    from counterflow.core.errors import UsageError
    from counterflow.watch.alarms.rows import alarm_rows
    from counterflow.watch.alarms.stored import stored_verdicts
    from counterflow.watch.detect.budget import read_budget

    if stored.record and asked.methods != ["default"]:
        raise UsageError("--record keeps alarms of the default method.", hint="Leave --method out.")
    with workspace_of(ctx) as workspace:
        budget = None if asked.budget is None else read_budget(asked.budget)
        seen = stored_verdicts(
            workspace, asked.methods, asked.settings, budget, as_of=stored.as_of, keep=stored.record,
            role=stored.role, purpose=stored.purpose, names=stored.names,
        )  # fmt: skip
        for words in seen.said:
            say(words)
        chosen = _chosen(seen.grid, asked.wanted)
        for judged, begin in seen.judged:
            wanted = chosen.of(begin, _last(seen.grid), len(seen.grid.t)) & seen.shown
            yield from alarm_rows(seen.hidden, judged, wanted, alarms=chosen.alarms, names=seen.names).to_batches()
            own = np.flatnonzero(seen.shown.any(axis=1))
            _tell(seen.grid.of(own), judged.method, begin[own], (wanted & (judged.alarm == 1))[own])


def _methods(asked: list[str] | None) -> list[str]:
    from counterflow.core.errors import UnknownName
    from counterflow.watch.alarms.methods import METHODS

    names = list(dict.fromkeys(name for name in asked or ["default"]))
    if "all" in names:
        return list(METHODS)
    for name in names:
        if name != "default" and name not in METHODS:
            raise UnknownName("alarm method", name, ["default", "all", *METHODS])
    return names


def _settings(asked: list[str]) -> dict[str, Setting]:
    from counterflow.core.errors import UsageError

    found: dict[str, Setting] = {}
    for each in asked:
        key, equals, value = each.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"A setting is KEY=VALUE, not {each!r}.", hint="For example --set b=5.")
        found[key.strip()] = value.strip()
    return found


def _batches(grid: Grid, asked: _Asked) -> Iterator[pa.RecordBatch]:
    """Give the answer method by method, series by series."""
    for name in asked.methods:
        if name == "default":
            yield from _by_default(grid, asked)
        else:
            yield from _by_method(grid, name, asked)


def _by_default(grid: Grid, asked: _Asked) -> Iterator[pa.RecordBatch]:
    import numpy as np

    from counterflow.watch.alarms.rows import alarm_rows
    from counterflow.watch.detect.budget import read_budget
    from counterflow.watch.detect.default import judge

    verdict = judge(grid, read_budget(asked.budget or _BUDGET))
    for words in verdict.threshold.said:
        say(words)
    judged = verdict.judged
    known = judged.alarm >= 0
    begin = np.where(known.any(axis=1), known.argmax(axis=1), len(grid.t))
    chosen = _chosen(grid, asked.wanted)
    wanted = chosen.of(begin, _last(grid), len(grid.t))
    yield from alarm_rows(grid, judged, wanted, alarms=chosen.alarms).to_batches()
    _tell(grid, "default", begin, judged.alarm == 1)


def _by_method(grid: Grid, name: str, asked: _Asked) -> Iterator[pa.RecordBatch]:
    import numpy as np

    from counterflow.watch.alarms.methods import METHODS, first_judged, judge
    from counterflow.watch.alarms.rows import alarm_rows

    mine = {key: value for key, value in asked.settings.items() if key in METHODS[name].defaults}
    settings = asked.settings if len(asked.methods) == 1 else mine
    begin = first_judged(grid, name, **settings)
    if METHODS[name].mind and not settings:
        say(f"{name}: {METHODS[name].mind}.")
    last, chosen = _last(grid), _chosen(grid, asked.wanted)
    if asked.budget is not None:
        from counterflow.watch.detect.budget import read_budget
        from counterflow.watch.detect.hold import hold

        held = hold(judge(grid, name, **settings), grid, read_budget(asked.budget))
        for words in held.said:
            say(words)
        wanted = chosen.of(begin, last, len(grid.t))
        yield from alarm_rows(grid, held.judged, wanted, alarms=chosen.alarms).to_batches()
        _tell(grid, name, begin, held.judged.alarm == 1)
        return
    fired = np.zeros(grid.counts.shape, bool)
    for low in range(0, grid.counts.shape[0], _BLOCK):
        rows = np.arange(low, min(low + _BLOCK, grid.counts.shape[0]))
        part, wanted = grid.of(rows), chosen.of(begin[rows], last[rows], len(grid.t))
        at = np.flatnonzero(wanted.any(axis=0))
        judged = judge(part, name, at, **settings)
        fired[rows] = wanted & (judged.alarm == 1)
        yield from alarm_rows(part, judged, wanted, alarms=chosen.alarms).to_batches()
    _tell(grid, name, begin, fired)


def _last(grid: Grid) -> npt.NDArray[np.int64]:
    """Return the place of the last known count of each series, -1 where there is none."""
    import numpy as np

    known = ~np.isnan(grid.counts)
    return np.where(known.any(axis=1), known.shape[1] - 1 - known[:, ::-1].argmax(axis=1), -1)


def _tell(grid: Grid, name: str, begin: npt.NDArray[np.int64], fired: npt.NDArray[np.bool_]) -> None:
    """Say what could not be judged and why, and how many alarms there are."""
    import numpy as np

    from counterflow.watch.alarms.methods import METHODS

    short = np.flatnonzero(begin >= len(grid.t))
    if len(short):
        names = ", ".join(grid.names[at] for at in short[:3]) + (" …" if len(short) > 3 else "")
        needs = METHODS[name].needs if name in METHODS else "26 known periods before the one that is judged"
        less = " The default, ears-c2 and shewhart need less history." if name not in _SHORT else ""
        say(
            f"{name}: {len(short):,} of {len(begin):,} series are too short and not judged ({names}). It needs {needs}."
            + less
        )
    empty = int(((np.nan_to_num(grid.counts).sum(axis=1) == 0) & (begin < len(grid.t))).sum())
    if empty:
        say(f"{name}: {empty:,} series hold no case at all; a verdict on them says only that nothing came.")
    say(f"{name}: {int(fired.sum()):,} alarms in {int(fired.any(axis=1).sum()):,} of {len(begin):,} series.")
