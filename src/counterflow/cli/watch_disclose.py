"""`watch approve|approvals|open|watches|close`: who may see harm finely, and watches on harm after supply events."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.run import day_of
from counterflow.cli.session import workspace_of
from counterflow.cli.watch_respond import RoleOption
from counterflow.core.errors import UsageError

__all__ = ["add_to"]

PersonOption = Annotated[str, typer.Option(help="Who does it; stands with the act.", show_default=False)]


def approve(
    ctx: typer.Context,
    side: Annotated[str, typer.Option(help="health or oversight; both must agree, by two persons.")] = "",
    person: PersonOption = "",
    ground: Annotated[str, typer.Option(help="Why, in words that another person can follow.")] = "",
    purpose: Annotated[str, typer.Option(help="What it may be used for.")] = "supply-response",
    area: Annotated[str, typer.Option(help="Place below which counts may be seen.", show_default=False)] = "",
    since: Annotated[str, typer.Option("--from", help="First day of counts.", show_default=False)] = "",
    until: Annotated[str, typer.Option("--to", help="Last day of counts, included.", show_default=False)] = "",
    expires: Annotated[str, typer.Option(help="Last day of reading, within 92 days.", show_default=False)] = "",
    withdraw: Annotated[
        str | None, typer.Option(help="Take back the agreement of this id, for both sides.", show_default=False)
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Agree, for one side, that an enforcement role may see harm below the county: area, period and purpose named."""
    from counterflow.watch.disclosure import Request
    from counterflow.watch.disclosure.approvals import approve as agree
    from counterflow.watch.disclosure.approvals import standing
    from counterflow.watch.disclosure.approvals import withdraw as take_back

    with workspace_of(ctx) as workspace:
        today = workspace.clock().date()
        if withdraw is not None:
            take_back(workspace, withdraw, person=person, ground=ground)
            say(f"{withdraw} is taken back, for both sides; what still holds is listed.")
            rows = [one.as_dict(today) for one in standing(workspace.store)]
        else:
            missing = [n for n, v in (("--from", since), ("--to", until), ("--expires", expires)) if not v]
            if missing:
                raise UsageError(f"An agreement needs {', '.join(missing)}.", hint="Write days as 2026-03-31.")
            asked = Request(purpose, area.strip(), day_of(since), day_of(until), day_of(expires))
            made = agree(workspace, asked, side=side, person=person, ground=ground)
            rows = [made.as_dict(today)]
    emit(rows, form, out)


def approvals(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List agreements to see harm below the county: holds, waits for the other side, expired."""
    from counterflow.watch.disclosure.approvals import standing

    with workspace_of(ctx) as workspace:
        rows = [one.as_dict(workspace.clock().date()) for one in standing(workspace.store)]
    if not rows:
        say("Nobody has agreed to anything: enforcement roles see counties and coarser.")
    emit(rows, form, out)


def open_watch(
    ctx: typer.Context,
    area: Annotated[str, typer.Option(help="County or coarser place that it is in.")],
    action: Annotated[
        str | None, typer.Option(help="Sealed action, as in `account action list`.", show_default=False)
    ] = None,
    event: Annotated[
        str | None, typer.Option(help="Or the id of what nobody planned, as a large seizure.", show_default=False)
    ] = None,
    day: Annotated[str, typer.Option(help="With --event: its day, as 2026-03-31.", show_default=False)] = "",
    person: PersonOption = "",
    level: Annotated[str, typer.Option(help="Level of the area, where `watch places` does not tell it.")] = "county",
    substance_class: Annotated[str, typer.Option("--class", help="Class of substance, as opioids; all.")] = "all",
    weeks: Annotated[int, typer.Option(min=1, max=26, help="Weeks watched after the last day.")] = 3,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Open a health watch on the area and period of a supply event: overdoses can rise after one."""
    from counterflow.flow.watch_actions import open_after_event
    from counterflow.flow.watch_actions import open_watch as start

    if (action is None) == (event is None) or (event is not None) != bool(day):
        raise UsageError("A watch follows one thing.", hint="Give --action ID, or --event ID with --day DAY.")
    more: dict[str, Any] = {"person": person, "level": level, "substance_class": substance_class, "weeks": weeks}
    with workspace_of(ctx) as workspace:
        if event is not None:
            row = open_after_event(workspace, event, day_of(day), area, **more)
        else:
            row = start(workspace, str(action), area, **more)
    say(f"{row['watch']} is open until {row['ends']}. Tell health: watch told {row['watch']} --person NAME")
    emit({k: row[k] for k in ("watch", "area", "level", "substance_class", "starts", "ends", "notice")}, form, out)


def watches(
    ctx: typer.Context, role: RoleOption = None, form: FormatOption = Format.TABLE, out: OutOption = None
) -> None:
    """List health watches with what is seen so far, against the year before and like places; run it daily."""
    from counterflow.flow.watch_actions import list_watches, masked, unwatched
    from counterflow.watch.disclosure import role_in_force

    with workspace_of(ctx) as workspace:
        seen_by = role_in_force(workspace.settings.watch.role, role)
        rows = list_watches(workspace, role=seen_by)
        least = workspace.settings.watch.small_cell
        open_actions = unwatched(workspace)
    if open_actions:
        named = "" if seen_by == "health" else f": {', '.join(open_actions)}"
        say(f"{len(open_actions)} action(s) that change supply have no health watch{named}.")
    if rows:
        say("What is seen is an association, not an effect.")
    shown = [row | {"known": masked(row["known"], least)} for row in rows]
    emit(shown if form is Format.JSON else [line for row in shown for line in _lines(row)], form, out)


def close(
    ctx: typer.Context,
    asked: Annotated[str, typer.Argument(metavar="WATCH", help="Id of the health watch.")],
    person: PersonOption = "",
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Close a health watch that is over, with what happened; its digest stands in the ledger."""
    from counterflow.flow.watch_actions import close_watch, masked

    with workspace_of(ctx) as workspace:
        row = close_watch(workspace, asked, person=person)
        least = workspace.settings.watch.small_cell
    kept = {k: row[k] for k in ("watch", "area", "level", "substance_class", "starts", "ends", "ledger_seq")}
    emit(kept | {"shown": masked(row["shown"], least)}, form, out)


def _lines(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one line per series of a watch, or one that says that nothing is known yet."""
    kept = {name: str(row[name]) for name in ("watch", "state", "area", "starts", "ends")}
    if "action" in row:
        kept["action"] = row["action"]
    lines = []
    for one in row["known"]["series"] or [None]:
        told = {"measure": "", "observed": "", "expected": "", "ratio": "", "like_places": ""}
        if one:
            told = {"measure": one["measure"], "observed": str(one["observed"]), "expected": f"{one['expected']:.1f}",
                    "ratio": _ratio(one["ratio"]), "like_places": _ratio(one["like_ratio"])}  # fmt: skip
        lines.append(kept | told)
    return lines


def _ratio(found: dict[str, Any] | None) -> str:
    return f"{found['value']:.2f} ({found['low']:.2f} to {found['high']:.2f})" if found else "–"


def add_to(app: typer.Typer) -> None:
    """Add the commands of approvals and health watches to those of `watch`."""
    app.command()(approve)
    app.command()(approvals)
    app.command("open")(open_watch)
    app.command()(watches)
    app.command()(close)
