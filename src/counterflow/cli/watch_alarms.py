"""`watch alarms`: counts that are higher than their past lets expect, by the default method or by named ones."""

from __future__ import annotations

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


class _Asked(NamedTuple):
    """How to judge."""

    methods: list[str]
    settings: dict[str, Any]
    budget: str | None
    chosen: Chosen


def add_to(app: typer.Typer) -> None:
    """Put the command among those of `watch`."""
    app.command()(alarms)


def alarms(
    file: Annotated[Path, typer.Argument(help="CSV of series: series,t,year,week,y.")],
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
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Say which counts are too high, with what was expected and the bound; a verdict rests on earlier periods only."""
    import pyarrow as pa

    from counterflow.core.errors import UsageError
    from counterflow.watch.alarms.rows import SCHEMA, Chosen, place_of
    from counterflow.watch.series.csv_series import read_series

    methods = _methods(method)
    given = _settings(settings or [])
    if given and methods == ["default"]:
        raise UsageError("--set is for a named method; the default takes a --budget.", hint="Add --method.")
    grid = read_series(file, tell=say)
    since_at, until_at = place_of(grid, since, "--from"), place_of(grid, until, "--to")
    if since_at is not None and until_at is not None and until_at < since_at:
        raise UsageError(f"--to {until} lies before --from {since}.", hint="Swap them.")
    asked = _Asked(methods, given, budget, Chosen(since_at or 0, until_at, last, only))
    batches = _batches(grid, asked)
    if form is Format.CSV:
        emit(pa.RecordBatchReader.from_batches(SCHEMA, batches), form, out)
    else:
        emit(pa.Table.from_batches(list(batches), SCHEMA), form, out)


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
    wanted = asked.chosen.of(begin, _last(grid), len(grid.t))
    yield from alarm_rows(grid, judged, wanted, alarms=asked.chosen.alarms).to_batches()
    _tell(grid, "default", begin, judged.alarm == 1)


def _by_method(grid: Grid, name: str, asked: _Asked) -> Iterator[pa.RecordBatch]:
    import numpy as np

    from counterflow.watch.alarms.methods import METHODS, first_judged, judge
    from counterflow.watch.alarms.rows import alarm_rows

    mine = {key: value for key, value in asked.settings.items() if key in METHODS[name].defaults}
    settings = asked.settings if len(asked.methods) == 1 else mine
    begin = first_judged(grid, name, **settings)
    last = _last(grid)
    if asked.budget is not None:
        from counterflow.watch.detect.budget import read_budget
        from counterflow.watch.detect.hold import hold

        held = hold(judge(grid, name, **settings), grid, read_budget(asked.budget))
        for words in held.said:
            say(words)
        wanted = asked.chosen.of(begin, last, len(grid.t))
        yield from alarm_rows(grid, held.judged, wanted, alarms=asked.chosen.alarms).to_batches()
        _tell(grid, name, begin, held.judged.alarm == 1)
        return
    fired = np.zeros(grid.counts.shape, bool)
    for low in range(0, grid.counts.shape[0], _BLOCK):
        rows = np.arange(low, min(low + _BLOCK, grid.counts.shape[0]))
        part, wanted = grid.of(rows), asked.chosen.of(begin[rows], last[rows], len(grid.t))
        at = np.flatnonzero(wanted.any(axis=0))
        judged = judge(part, name, at, **settings)
        fired[rows] = wanted & (judged.alarm == 1)
        yield from alarm_rows(part, judged, wanted, alarms=asked.chosen.alarms).to_batches()
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
        needs = METHODS[name].needs if name in METHODS else "a year of known counts"
        say(
            f"{name}: {len(short):,} of {len(begin):,} series are too short and not judged ({names}). It needs {needs}."
            " The default, ears-c2 and shewhart need less history."
        )
    empty = int(((np.nan_to_num(grid.counts).sum(axis=1) == 0) & (begin < len(grid.t))).sum())
    if empty:
        say(f"{name}: {empty:,} series hold no case at all; a verdict on them says only that nothing came.")
    say(f"{name}: {int(fired.sum()):,} alarms in {int(fired.any(axis=1).sum()):,} of {len(begin):,} series.")
