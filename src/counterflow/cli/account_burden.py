"""`account burden`: who is opened, who is opened for nothing, how long they wait, and is the bar the same for all?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.run import days_of
from counterflow.cli.session import workspace_of
from counterflow.core.errors import UsageError

if TYPE_CHECKING:
    from counterflow.account.fairness.bar import BarTest
    from counterflow.account.fairness.events import Asked, Events

__all__ = ["FromOption", "GroupOption", "ToOption", "add_to", "asked_of", "events_of"]

GroupOption = Annotated[
    list[str] | None, typer.Option("--group", help="Column, or grouping of the workspace, to group by; repeatable.")
]
FromOption = Annotated[str | None, typer.Option("--from", help="First planned day (workspace).", show_default=False)]
ToOption = Annotated[str | None, typer.Option("--to", help="Last planned day, included.", show_default=False)]
FileArgument = Annotated[
    Path | None, typer.Argument(help="Events: a row per consignment, or with --count per many. None: the workspace.")
]
_SHOWN = ("by", "group", "consignments", "inspections_per_1000", "fruitless_per_1000", "fruitless_to_others",
          "hit_rate_chosen", "hit_rate_random", "verdict")  # fmt: skip


def burden(
    ctx: typer.Context,
    events: FileArgument = None,
    group: GroupOption = None,
    inspected: Annotated[str | None, typer.Option(help="Column: inspected, 1 or 0, or how many.")] = None,
    found: Annotated[str | None, typer.Option(help="Column: something found; empty awaits a result.")] = None,
    random: Annotated[str | None, typer.Option(help="Column: drawn at random, 1 or 0; or names of arms.")] = None,
    risk: Annotated[str | None, typer.Option(help="Column: risk declared beforehand, number or band.")] = None,
    delay: Annotated[str | None, typer.Option("--delay-hours", help="Column: hours of delay.")] = None,
    unit: Annotated[str | None, typer.Option(help="Column: port, office or the like.")] = None,
    count: Annotated[str | None, typer.Option(help="Column: consignments that a row stands for.")] = None,
    period: Annotated[str | None, typer.Option(help="Column: day or month.")] = None,
    level: Annotated[float, typer.Option(min=0.5, max=0.999, help="Coverage of intervals.")] = 0.95,
    min_cell: Annotated[int, typer.Option(min=1, max=1000, help="Counts from 1 to below this are hidden.")] = 10,
    within_unit: Annotated[bool, typer.Option("--within-unit", help="Compare within units, not only bands.")] = False,
    for_publication: Annotated[
        bool, typer.Option("--for-publication", help="Hide small counts of finds and fruitless inspections too.")
    ] = False,
    threshold_test: Annotated[
        bool, typer.Option("--threshold-test/--no-threshold-test", help="Run the threshold test beside hit rates.")
    ] = True,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the threshold test.")] = 1,
    since: FromOption = None,
    until: ToOption = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Give inspections and fruitless ones per 1,000 by group, adjusted for declared risk; delays; the bar."""
    from counterflow.account.fairness.burden import BurdenOptions, burden_table

    names = asked_of(group, inspected, found, random, risk, delay, unit, count, period)
    given = events_of(ctx, events, names, since, until)
    for words in given.said:
        say(words)
    # The total of a workspace stands on other pages, and two groupings of one file tell each other's.
    known = events is None or len(given.groups) > 1
    rows = burden_table(given, BurdenOptions(level, min_cell, within_unit, for_publication, known))
    tests = {}
    if threshold_test and not for_publication:
        tests = _tests(given, level, seed, min_cell)
    for by, test in tests.items():
        _tell(by, test)
    say("A ratio is an association: it says who pays, not why. Declared risk may carry the disparity itself.")
    if form is Format.JSON:
        emit(_whole(given, rows, tests, level, min_cell), form, out)
        return
    bars = {(row["by"], row["group"]): row for test in tests.values() for row in test.rows if test.informative}
    rows = [row | _bar(bars.get((row["by"], row["group"])), row) for row in rows]
    emit([_short(row) for row in rows] if form is Format.TABLE else [_flat(row) for row in rows], form, out)


def asked_of(group: list[str] | None, *columns: str | None) -> Asked:
    """Return the columns that options name: inspected, found, random, risk, delay, unit, count, period."""
    from counterflow.account.fairness.events import Asked

    return Asked(tuple(group or ()), *columns)


def events_of(ctx: typer.Context, path: Path | None, asked: Asked, since: str | None, until: str | None) -> Events:
    """Return the events of a file, or of the workspace where none is given."""
    from dataclasses import replace

    from counterflow.account.fairness.events import read_events

    if path is not None:
        if since or until:
            raise UsageError("--from and --to choose planned days of a workspace.", hint="Leave them out with a file.")
        return read_events(path, asked)
    from counterflow.core.errors import InputError, UnknownName
    from counterflow.flow.account_fairness import GROUPINGS, workspace_events

    for name in asked.groups:
        if name not in GROUPINGS:
            raise UnknownName("grouping of the workspace", name, GROUPINGS)
    first, last = days_of(since, until)
    with workspace_of(ctx) as workspace:
        made = workspace_events(workspace.store, first, last)
    if made is None:
        raise InputError("No plan has been worked in this period.", hint="Give a file of events, or work a plan first.")
    chosen = asked.groups or GROUPINGS
    return replace(made, groups={name: made.groups[name] for name in chosen})


def _tests(events: Events, level: float, seed: int, least: int) -> dict[str, BarTest]:
    from counterflow.account.fairness.bar import threshold_test

    # A port or lane is where a record goes; only a file may ask about one.
    asked = [by for by in events.groups if len(events.groups) == 1 or by not in ("port", "lane")]
    return {by: threshold_test(events, by, level=level, seed=seed, least=least) for by in asked}


def _tell(by: str, test: BarTest) -> None:
    for words in test.said:
        say(f"{by}: {words}")
    if not test.informative:
        say(f"{by}: threshold test not informative: {test.why_not}")


def _whole(
    events: Events, rows: list[dict[str, Any]], tests: dict[str, BarTest], level: float, least: int
) -> dict[str, Any]:
    told = {
        by: {"informative": test.informative, "why_not": test.why_not, "fit": test.fit, "r_hat": test.r_hat,
             "said": list(test.said), "groups": _kept(test, rows)}
        for by, test in tests.items()
    }  # fmt: skip
    return {
        "level": level, "min_cell": least, "columns": dict(events.columns), "said": list(events.said),
        "groups": [_flat(row) for row in rows], "threshold_test": told,
    }  # fmt: skip


def _kept(test: BarTest, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of the test, without counts that the burden table hides."""
    told = {(row["by"], row["group"]) for row in rows if not row["suppressed"]}
    counts = ("records", "opened", "found", "drawn", "drawn_found")
    return [
        row if (row["by"], row["group"]) in told else row | dict.fromkeys(counts)
        for row in test.rows
    ]  # fmt: skip


def _bar(test: dict[str, Any] | None, row: dict[str, Any]) -> dict[str, Any]:
    shown = test if test is not None and row["consignments"] is not None else {}
    made = {f"bar{end}": shown.get(f"bar{end}") for end in ("", "_low", "_high")}
    return made | {"bar_verdict": shown.get("verdict", "")}


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    first = ("by", "group", "consignments", "inspected", "found", "fruitless")
    last = ("suppressed", "verdict")
    middle = {name: row[name] for name in row if name not in (*first, *last, "groups")}
    return {name: row[name] for name in first} | middle | {name: row[name] for name in last}


def _short(row: dict[str, Any]) -> dict[str, Any]:
    """Return what fits on a line of a terminal."""
    made, absent = {name: row[name] for name in _SHOWN}, "" if row["group"] == "*" else "hidden"
    return {
        name: f"{value:.3g}" if isinstance(value, float) else (absent if value is None else value)
        for name, value in made.items()
    }


def add_to(app: typer.Typer) -> None:
    """Hang the command under `account`."""
    app.command()(burden)
