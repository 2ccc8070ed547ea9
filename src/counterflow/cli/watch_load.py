"""`watch load`, `watch series`, `watch panel`: bring counts, see what is held, say when looking changed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace
    from counterflow.watch.grid import Grid

__all__ = ["add_to"]

panel = typer.Typer(no_args_is_help=True)
DayOption = Annotated[dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], show_default=False)]
NameOption = Annotated[str | None, typer.Option(show_default=False)]


def load(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="File of counts, of events, or a reporting triangle.")],
    form_name: Annotated[
        str | None,
        typer.Option(
            "--as",
            help="Form: cdc-vsrr, cdc-wonder, cbp-seizures …, or counts, events, triangle, line-list.",
            show_default=False,
        ),
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="TOML that says what the columns mean.", show_default=False)
    ] = None,
    as_of: Annotated[
        dt.datetime | None,
        typer.Option(
            help="Day as of which the file stood; today where nothing says it.",
            formats=["%Y-%m-%d"],
            show_default=False,
        ),
    ] = None,
    source: Annotated[str, typer.Option(help="Name to keep the source under.", show_default=False)] = "",
    option: Annotated[
        list[str] | None, typer.Option(help="KEY=VALUE for the form, as place=Cook; repeat it.", show_default=False)
    ] = None,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Load a file of counts. Events and deaths are counted while they are read; no row about a person is kept."""
    from counterflow.watch.series.load import load_file
    from counterflow.watch.series.mapping import read_mapping
    from counterflow.watch.series.reader import Options

    more = _options(option or [])
    read = None if mapping is None else read_mapping(mapping)
    with workspace_of(ctx) as workspace:
        day = None if as_of is None else as_of.date()
        options = Options(today=workspace.clock().date(), as_of=day, source=source, more=more)
        receipt = load_file(workspace, file, options, form=form_name or "", mapping=read)
    for words in receipt.said:
        say(words)
    say(f"{receipt.read} rows read = {receipt.accepted} accepted + {receipt.rejected} in quarantine.")
    shown = receipt.as_dict()
    emit(shown if form is Format.JSON else [_flat(shown)], form, out)


def _options(said: list[str]) -> dict[str, str]:
    from counterflow.core.errors import UsageError

    made = {}
    for each in said:
        name, mark, value = each.partition("=")
        if not mark:
            raise UsageError(f"--option {each} holds no =.", hint="Write it as KEY=VALUE.")
        made[name.strip()] = value.strip()
    return made


def _flat(shown: dict[str, Any]) -> dict[str, Any]:
    kept = {name: shown[name] for name in ("batch", "read", "accepted", "rejected", "repeated")}
    return kept | dict(shown["tables"])


def series(
    ctx: typer.Context,
    source: NameOption = None,
    measure: NameOption = None,
    subject: NameOption = None,
    place: NameOption = None,
    level: NameOption = None,
    definition: NameOption = None,
    grain: Annotated[str | None, typer.Option(help="day, week, month, quarter or year.", show_default=False)] = None,
    as_of: Annotated[
        dt.datetime | None, typer.Option(help="As known on this day.", formats=["%Y-%m-%d"], show_default=False)
    ] = None,
    week: Annotated[str, typer.Option(help="Weeks that days are summed to: iso or mmwr.")] = "iso",
    within: Annotated[
        Path | None, typer.Option(help="CSV of place,within: sum places to those they lie in.", show_default=False)
    ] = None,
    counts: Annotated[bool, typer.Option("--counts", help="Give the counts themselves, small ones withheld.")] = False,
    role: Annotated[
        str | None, typer.Option(help="Role in force, never above the installation's.", show_default=False)
    ] = None,
    purpose: Annotated[str, typer.Option(help="What the counts are for.")] = "health-response",
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """List what is held, or with --counts give series as they were known on a day."""
    with workspace_of(ctx) as workspace:
        if not counts:
            from counterflow.watch.series.held import held

            rows = held(workspace.store, source=source)
            if not rows:
                say("No counts are held. `watch load` brings them.")
            emit(rows, form, out)
            return
        from counterflow.watch.series.coarser import read_within
        from counterflow.watch.series.shown import shown_grid

        day = None if as_of is None else as_of.date()
        into = None if within is None else read_within(within)
        hidden, _, mask = shown_grid(
            workspace.store, workspace.settings.watch.small_cell, as_of=day, grain=grain, week=week, within=into,
            place=place, level=level, source=source, measure=measure, subject=subject, definition=definition,
        )  # fmt: skip
        rows = _shown(workspace, hidden, mask, role, purpose)
    emit(rows, form, out)


def _shown(workspace: Workspace, made: Grid, mask: Any, role: str | None, purpose: str) -> list[dict[str, Any]]:
    """Return the counts that this role may see; `mask` says which are withheld."""
    import numpy as np

    from counterflow.watch.disclosure.cells import seen_cells

    may = seen_cells(workspace, made, role, purpose)
    if may.why:
        say(may.why)
    small = workspace.settings.watch.small_cell
    if (mask & may.cells).any():
        left = int((mask & may.cells).sum())
        say(f"{left} counts are withheld, from 1 to {small - 1} or beside such; they are empty and marked.")
    rows = []
    own = made.key.column("place").to_pylist()
    days = made.starts.astype(dt.date).tolist()
    for at, (name, place) in enumerate(zip(made.names, may.places, strict=True)):
        label = name if place == own[at] else str(place)
        for t in np.flatnonzero(may.cells[at]).tolist():
            count = made.counts[at, t]
            y = None if np.isnan(count) else int(count)
            rows.append(
                {"series": label, "t": int(made.t[t]), "starts": days[t], "y": y, "withheld": bool(mask[at, t])}
            )
    return rows


@panel.command()
def add(
    ctx: typer.Context,
    source: Annotated[str, typer.Option(help="Who counts.", show_default=False)] = "",
    from_day: Annotated[str, typer.Option(help="First day on which it holds.", show_default=False)] = "",
    change: Annotated[
        str, typer.Option(help="added, dropped, definition, date-basis or coverage.", show_default=False)
    ] = "",
    said: Annotated[str, typer.Option(help="What changed, in words.", show_default=False)] = "",
    place: Annotated[str, typer.Option(help="Place; * for all.")] = "*",
    measure: Annotated[str, typer.Option(help="Measure; * for all.")] = "*",
    subject: Annotated[str, typer.Option(help="Substance or syndrome; * for all.")] = "*",
    file: Annotated[Path | None, typer.Option(help="CSV of changes instead.", show_default=False)] = None,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Put on record that a source began or ceased to look for something, or changed how it counts."""
    from counterflow.watch.series.panel import add_changes, change_of, read_panel_file

    if file is None:
        words = {"source": source, "from_day": from_day, "change": change, "said": said, "place": place,
                 "measure": measure, "subject": subject}  # fmt: skip
        rows = [change_of(words)]
    else:
        rows = read_panel_file(file)
    with workspace_of(ctx) as workspace:
        receipt = add_changes(workspace, rows, file="by hand" if file is None else file.name)
    for words_said in receipt.said:
        say(words_said)
    emit(receipt.as_dict(), form, out)


@panel.command()
def show(
    ctx: typer.Context, source: NameOption = None, form: FormatOption = Format.TABLE, out: OutOption = None
) -> None:
    """List the changes on record, by day."""
    from counterflow.watch.series.panel import panel_rows

    with workspace_of(ctx) as workspace:
        rows = panel_rows(workspace.store, source=source)
    if not rows:
        say("No change is on record. `watch panel add` puts one there.")
    emit(rows, form, out)


def add_to(app: typer.Typer) -> None:
    """Add these commands to `watch`."""
    app.command()(load)
    app.command()(series)
    app.add_typer(panel, name="panel", help="When a source began or ceased to look for something, or changed how.")
