"""`watch spikes` and `watch unfinished`: more in 24 hours than usual, and alarms while reports are still coming in."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say

__all__ = ["add_to"]

_BudgetOption = Annotated[
    str, typer.Option(help="False alarms that are borne: 0.01 or 1% of series-periods, or 2/week over all series.")
]


def add_to(app: typer.Typer) -> None:
    """Put the commands among those of `watch`."""
    app.command()(spikes)
    app.command()(unfinished)


def spikes(
    file: Annotated[Path, typer.Argument(help="CSV of events: place,time, the time as 2026-05-01T13:40.")],
    budget: Annotated[
        str, typer.Option(help="False spikes that are borne: 1/month over all places, or a share of place-days.")
    ] = "1/month",
    since: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Tell only what began since this day.", show_default=False),
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Find places with more events in 24 hours than their own past allows for, and say how often that is by chance."""
    from counterflow.watch.detect.budget import read_budget
    from counterflow.watch.detect.events import read_events
    from counterflow.watch.detect.spikes import spikes as found_in

    asked = read_budget(budget)
    names, place, time = read_events(file)
    found = found_in(place, time, len(names), asked)
    for words in found.said:
        say(words)
    rows = [
        {
            "place": names[found.place[i]], "onset": str(found.onset[i].astype("datetime64[h]")),
            "in_24_hours": int(found.count[i]), "most": int(found.most[i]), "threshold": int(found.threshold[i]),
            "expected_a_day": round(float(found.expected[i]), 3),
        }
        for i in range(len(found.place))
        if since is None or found.onset[i] >= dt.datetime.combine(since.date(), dt.time())
    ]  # fmt: skip
    shown: Any = rows
    if form is Format.JSON:
        shown = {"budget": asked.said(), "false_spikes_per_place_day": found.rate, "place_days": found.days,
                 "said": list(found.said), "spikes": rows}  # fmt: skip
    emit(shown, form, out)


def unfinished(
    file: Annotated[Path, typer.Argument(help="reference_date, report_date or delay, count (new reports).")],
    as_of: Annotated[
        dt.datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Day to stand on; the last report's.", show_default=False),
    ] = None,
    budget: _BudgetOption = "0.01",
    max_delay: Annotated[int, typer.Option(min=1, max=400, help="Delay after which a count is final.")] = 40,
    each: Annotated[bool, typer.Option("--each", help="Every group of the file for itself.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws of final counts.")] = 1,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Judge periods whose reports are still coming in: how likely an alarm is, and what it rests on."""
    from counterflow.watch.detect.budget import read_budget
    from counterflow.watch.detect.doubt import judge_unfinished
    from counterflow.watch.nowcast.places import nowcast_each
    from counterflow.watch.nowcast.read import Asked, read_triangles

    asked = read_budget(budget)
    triangles = read_triangles(file, Asked({}, each, max_delay, False))
    rows: list[dict[str, Any]] = []
    for triangle, made in zip(triangles, nowcast_each(triangles, as_of.date() if as_of else None), strict=True):
        found = judge_unfinished(triangle, made, asked, seed=seed)
        name = ", ".join(triangle.group.values())
        for words in (*triangle.said, *found.said):
            say(f"{name}: {words}" if name else words)
        rows.extend({"group": name, **row} for row in found.rows())
    emit(rows, form, out)
