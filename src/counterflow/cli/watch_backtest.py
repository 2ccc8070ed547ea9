"""`watch backtest`: what the default alarm and named methods would have seen in the user's own series."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from counterflow.watch.detect.inject import Shape
    from counterflow.watch.grid import Grid

__all__ = ["add_to"]

#: columns of a table on a terminal; the other forms hold all
_TOLD = ("method", "rate", "threshold", "size", "seen", "delay", "came", "first_sees_more", "more_low", "more_high")


def add_to(app: typer.Typer) -> None:
    """Put the command among those of `watch`."""
    app.command()(backtest)


def backtest(
    file: Annotated[Path, typer.Argument(help="CSV of series: series,t,year,week,y.")],
    method: Annotated[
        list[str] | None,
        typer.Option(
            help="Also this method, any that `watch alarms --method` takes; may be repeated.", show_default=False
        ),
    ] = None,
    later: Annotated[
        float, typer.Option(min=0.1, max=0.7, help="Share of the periods, the last, in which outbreaks are put.")
    ] = 0.25,
    size: Annotated[
        list[float] | None,
        typer.Option(help="Size of outbreaks in standard deviations; may be repeated; 2, 4 and 8.", show_default=False),
    ] = None,
    shape: Annotated[str, typer.Option(help="lognormal, step or ramp.")] = "lognormal",
    replicates: Annotated[int, typer.Option(min=1, max=200, help="Outbreaks of each size in each series.")] = 10,
    most: Annotated[int, typer.Option("--series", min=1, help="Use at most so many series, drawn by the seed.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything drawn.")] = 1,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Put outbreaks into the later part of your series and say which alarms would have seen them, at what cost."""
    from counterflow.core.errors import UnknownName, UsageError
    from counterflow.watch.detect.backtest import score_all, trial
    from counterflow.watch.detect.inject import LONGEST, SHAPES, outbreaks
    from counterflow.watch.series.csv_series import read_series

    if shape not in SHAPES:
        raise UnknownName("shape of an outbreak", shape, list(SHAPES))
    grid = _fewer(read_series(file, tell=say), most, seed)
    split = len(grid.t) - max(int(len(grid.t) * later), LONGEST + 1)
    if split < grid.frequency // 2:
        raise UsageError(
            f"{len(grid.t)} periods leave {max(split, 0)} before the later part: too few to learn from.",
            hint=f"Give at least {grid.frequency * 2} periods, or a smaller --later.",
        )
    put = outbreaks(grid.counts, (split, len(grid.t)), sizes=tuple(size or (2.0, 4.0, 8.0)), replicates=replicates,
                    seed=seed, shape=_shape(shape))  # fmt: skip
    if not len(put):
        raise UsageError("No outbreak drew a single case.", hint="Give a larger --size or more --replicates.")
    scorers = _scorers(grid, split, method or [], seed)
    found = trial(score_all(grid, put, split, scorers), put, split, first="default", seed=seed)
    for words in found.said:
        say(words)
    _told(list(found.rows), grid, split, found.said, form, out)


def _told(
    rows: list[dict[str, Any]], grid: Grid, split: int, said: tuple[str, ...], form: Format, out: Path | None
) -> None:
    if form is Format.JSON:
        emit({"series": grid.names, "from_t": int(grid.t[split]), "said": list(said), "rows": rows}, form, out)
        return
    names = _TOLD if form is Format.TABLE else tuple(dict.fromkeys(name for row in rows for name in row))
    emit([{name: _short(row.get(name), form) for name in names} for row in rows], form, out)


def _short(value: Any, form: Format) -> Any:
    return round(value, 3) if form is Format.TABLE and isinstance(value, float) else value


def _shape(text: str) -> Shape:
    from counterflow.watch.detect.inject import SHAPES

    return next(each for each in SHAPES if each == text)


def _fewer(grid: Grid, most: int, seed: int) -> Grid:
    """Return at most `most` of the series, drawn by the seed; say how many were left out."""
    from counterflow.core.seeds import generator

    n = len(grid.names)
    if n <= most:
        return grid
    say(f"{most:,} of {n:,} series are used, drawn by the seed.")
    return grid.of(sorted(generator(seed, "watch-backtest-series").choice(n, most, replace=False).tolist()))


def _scorers(grid: Grid, split: int, methods: list[str], seed: int) -> dict[str, Callable[[Grid], Any]]:
    """Return what scores a grid by each method: the default with rules chosen before the split, then those named."""
    from counterflow.watch.detect.default import scorer

    return {"default": scorer(grid, split, seed=seed)} | {name: _named(name) for name in dict.fromkeys(methods)}


def _named(name: str) -> Callable[[Grid], Any]:
    from counterflow.watch.alarms.methods import judge
    from counterflow.watch.detect.hold import scores_of

    return lambda grid: scores_of(judge(grid, name), grid.counts)
