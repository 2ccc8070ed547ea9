"""`watch family`: alarms of places within places, each told once, at the lowest level that explains it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say

if TYPE_CHECKING:
    from counterflow.watch.detect.budget import Budget
    from counterflow.watch.detect.default import Verdict
    from counterflow.watch.grid import Grid

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Put the command among those of `watch`."""
    app.command()(family)


def family(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(help="CSV of series: series,t,year,week,y; else what is stored.", show_default=False),
    ] = None,
    within: Annotated[
        Path | None,
        typer.Option(help="CSV: series,within: what each series of the file is a part of.", show_default=False),
    ] = None,
    budget: Annotated[
        str, typer.Option(help="False alarms that are borne: 0.01 or 1% of series-periods, or 2/week over all series.")
    ] = "0.01",
    last: Annotated[int, typer.Option(min=1, help="Periods to tell, the newest.")] = 1,
    every: Annotated[bool, typer.Option("--all", help="Tell also alarms that others account for.")] = False,
    source: Annotated[str | None, typer.Option(help="Of stored counts: who counted.", show_default=False)] = None,
    measure: Annotated[str | None, typer.Option(help="What was counted.", show_default=False)] = None,
    subject: Annotated[str | None, typer.Option(help="Of what.", show_default=False)] = None,
    grain: Annotated[str | None, typer.Option(help="day, week, month, quarter or year.", show_default=False)] = None,
    as_of: Annotated[
        dt.datetime | None, typer.Option(help="As known on this day.", formats=["%Y-%m-%d"], show_default=False)
    ] = None,
    role: Annotated[
        str | None, typer.Option(help="Show stored counts as this role sees them.", show_default=False)
    ] = None,
    purpose: Annotated[str, typer.Option(help="What stored counts are asked for.")] = "health-response",
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Tell each alarm once: of a place where it explains the state's, of the state where the rise is spread."""
    from counterflow.core.errors import UsageError
    from counterflow.watch.detect.budget import read_budget

    asked = read_budget(budget)
    names = {"source": source, "measure": measure, "subject": subject, "grain": grain}
    names = {name: value for name, value in names.items() if value is not None}
    if file is None:
        from counterflow.cli.session import workspace_of
        from counterflow.watch.detect.stored_family import stored_family

        day = None if as_of is None else as_of.date()
        with workspace_of(ctx) as workspace:
            rows, said = stored_family(
                workspace, asked, as_of=day, last=last, every=every, role=role, purpose=purpose, names=names
            )
        for words in said:
            say(words)
        emit(rows, form, out)
        return
    if within is None or names or as_of is not None:
        hint = "Give --within CSV with a file; --source, --measure, --subject, --grain and --as-of without one."
        raise UsageError("A file needs --within, and stored counts are named otherwise.", hint=hint)
    emit(_of_file(file, within, asked, last, every), form, out)


def _of_file(file: Path, within: Path, asked: Budget, last: int, every: bool) -> list[dict[str, Any]]:
    from counterflow.watch.detect.default import judge
    from counterflow.watch.detect.family import parents_of, read_within, with_sums
    from counterflow.watch.series.csv_series import read_series

    parts = read_within(within)
    counted = read_series(file, tell=say)
    grid = with_sums(counted, parts)
    parent = parents_of(grid, parts)
    if len(grid.names) > len(counted.names):
        say(f"{len(grid.names) - len(counted.names):,} series are sums of their parts.")
    if not (parent >= 0).any():
        say(f"No series of {file.name} is named in {within.name}: every alarm stands by itself.")
    verdict = judge(grid, asked)
    for words in verdict.threshold.said:
        say(words)
    periods = range(max(len(grid.t) - last, 0), len(grid.t))
    return [row for t in periods for row in _rows(grid, verdict, parent, t, every)]


def _rows(grid: Grid, verdict: Verdict, parent: Any, t: int, every: bool) -> list[dict[str, Any]]:
    from counterflow.watch.detect.family import explain

    found, judged, names = explain(grid, verdict, parent, t), verdict.judged, grid.names
    return [
        {
            "series": names[i], "t": int(grid.t[t]), "within": names[parent[i]] if parent[i] >= 0 else "",
            "observed": float(grid.counts[i, t]), "expected": round(float(judged.expected[i, t]), 3),
            "upper": round(float(judged.upper[i, t]), 3), "told": bool(found.told[i]), "because": found.because[i],
            "explained_by": names[found.by[i]] if found.by[i] >= 0 else "", "q": round(float(found.q[i]), 4),
        }
        for i in range(len(names))
        if found.because[i] != "none" and (every or found.told[i])
    ]  # fmt: skip
