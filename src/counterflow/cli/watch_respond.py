"""`watch record|told|acknowledge|act|dispose|board|due|kits …`: what is done about alarms, by whom, what is overdue."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of
from counterflow.core.errors import UsageError

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["PurposeOption", "RoleOption", "add_to"]

AlarmArgument = Annotated[str, typer.Argument(metavar="ALARM_ID", help="Id of the alarm; without .vintage the newest.")]
AboutArgument = Annotated[str, typer.Argument(metavar="ID", help="Id of the alarm, or of a health watch.")]
PersonOption = Annotated[str, typer.Option(help="Who does it; stands with the act.", show_default=False)]
WordsOption = Annotated[str, typer.Option(help="What was done or why, in words.", show_default=False)]
AtOption = Annotated[str | None, typer.Option(help="When it was done, ISO 8601; now where not given.")]
ContactOption = Annotated[str, typer.Option(help="Contact, as in `watch contacts`.", show_default=False)]
RoleOption = Annotated[
    str | None, typer.Option(help="Show what health, oversight or enforcement sees; the setting watch.role at most.")
]
PurposeOption = Annotated[
    str, typer.Option(help="What for: health-response, audit, evaluation, planning, supply-response.")
]


def record(
    ctx: typer.Context,
    as_of: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Counts as known on this day.", show_default="now")
    ] = None,
    budget: Annotated[str, typer.Option(help="False alarms borne: 0.01 or 1% per series and period, or 2/week.")] = "",
    source: Annotated[list[str] | None, typer.Option(help="Only this source; may be repeated.")] = None,
    measure: Annotated[list[str] | None, typer.Option(help="Only this measure; may be repeated.")] = None,
    level: Annotated[list[str] | None, typer.Option(help="Only this level; may be repeated.")] = None,
    periods: Annotated[int, typer.Option(min=1, max=520, help="Newest judged periods to record.")] = 1,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Judge stored counts by the default alarm and put its alarms on record; take back what no longer stands."""
    from counterflow.flow.watch_desk import look_now

    asked: dict[str, Any] = {"source": source, "measure": measure, "level": level}
    asked = {name: wanted for name, wanted in asked.items() if wanted}
    with workspace_of(ctx) as workspace:
        kept = look_now(
            workspace, as_of=as_of.date() if as_of else None, budget=budget, periods=periods, made_by="watch record",
            **asked,
        )  # fmt: skip
    for words in kept.said:
        say(words)
    say(kept.in_words())
    told = (("new", kept.new), ("held", kept.held), ("no longer stands", kept.corrected))
    emit([{"alarm": alarm, "state": state} for state, alarms in told for alarm in alarms], form, out)


def told(
    ctx: typer.Context,
    asked: AboutArgument,
    person: PersonOption = "",
    to: Annotated[list[str] | None, typer.Option(help="Contact told; may be repeated.", show_default="all due")] = None,
    at: AtOption = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Put on record that contacts were told; of an alarm that no longer stands, that they were told so.

    Nothing is sent: who tells, tells by the channel of the contact and says so here.
    """
    from counterflow.watch.response.told import tell

    with workspace_of(ctx) as workspace:
        rows = tell(workspace, asked, person=person, to=to or [], at=_instant(at))
    say(f"{len(rows)} contact(s) told of {asked}; each has its ledger entry.")
    emit([_shown(row) for row in rows], form, out)


def acknowledge(
    ctx: typer.Context,
    asked: AboutArgument,
    contact: ContactOption,
    person: PersonOption = "",
    at: AtOption = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Put on record that a contact who was told acknowledged."""
    from counterflow.watch.response.told import acknowledge as answer

    with workspace_of(ctx) as workspace:
        row = answer(workspace, asked, contact=contact, person=person, at=_instant(at))
    emit([_shown(row)], form, out)


def act(
    ctx: typer.Context,
    asked: AboutArgument,
    words: WordsOption = "",
    person: PersonOption = "",
    contact: Annotated[str, typer.Option(help="Contact that acted, where it was one.", show_default=False)] = "",
    at: AtOption = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Put on record what was done about an alarm."""
    from counterflow.watch.response.told import act as acted

    with workspace_of(ctx) as workspace:
        row = acted(workspace, asked, person=person, words=words, contact=contact, at=_instant(at))
    emit([_shown(row)], form, out)


def dispose(
    ctx: typer.Context,
    asked: AlarmArgument,
    verdict: Annotated[str, typer.Option(help="outbreak | artefact | data-error | known-event | not-judged.")],
    words: WordsOption = "",
    person: PersonOption = "",
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Say what an alarm turned out to have been; enters how often alarms of its method are right."""
    from counterflow.watch.response.told import dispose as judge

    with workspace_of(ctx) as workspace:
        row = judge(workspace, asked, verdict, person=person, words=words)
    emit([_shown(row)], form, out)


def board(
    ctx: typer.Context,
    role: RoleOption = None,
    purpose: PurposeOption = "health-response",
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Show every alarm with its state, what is overdue, and how often alarms turned out to be an outbreak."""
    shown = _board(ctx, role, purpose)
    if form is Format.JSON:
        emit(shown.as_dict(), form, out)
        return
    if not shown.rows:
        say("No alarm is on record: counterflow watch record.")
    for row in shown.precision:
        say(_precision_words(row))
    emit(shown.rows, form, out)


def due(
    ctx: typer.Context,
    role: RoleOption = None,
    purpose: PurposeOption = "health-response",
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is past its time.")] = False,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """List what is still to be done about alarms, soonest first: tell, acknowledge, say what it was."""
    rows = [row for row in _board(ctx, role, purpose).due if row["overdue"] or not overdue]
    if not rows:
        say("Nothing is overdue." if overdue else "Nothing is to be done.")
    emit(rows, form, out)


def kits(
    ctx: typer.Context,
    asked: AlarmArgument,
    role: RoleOption = None,
    purpose: PurposeOption = "health-response",
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Say where naloxone and test kits will run short, if what an alarm shows goes on; shortest cover first."""
    from counterflow.watch.brief.build import kits_of
    from counterflow.watch.disclosure import role_in_force

    with workspace_of(ctx) as workspace:
        found = kits_of(workspace, asked, role_in_force(workspace.settings.watch.role, role), purpose)
    for line in found["said"]:
        say(line)
    say(f"Rests on {found['source']}; intervals 95 %.")
    emit(found if form is Format.JSON else found["rows"], form, out)


def contacts(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="CSV to load; lists what is on record where not given.")] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Load or list who must be told: contact,role,duty,organisation,area,channel[,level,tell_hours,answer_hours,until].

    Offices and posts with official addresses only; erased by `account erase --source watch --record CONTACT`.
    """
    from counterflow.watch.response.contacts import contacts as listed

    with workspace_of(ctx) as workspace:
        if file is not None:
            _load(workspace, file, "contacts", form, out)
            return
        rows = listed(workspace.store, workspace.clock().date())
    emit([{k: v for k, v in row.items() if k not in {"batch", "first_seen"}} for row in rows], form, out)


def stock(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="CSV to load; lists what is on record where not given.")] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Load or list stocks: place,item,stock,as_of[,use_per_week,delivered_per_week,lead_days]."""
    from counterflow.watch.response.stock import stocks

    with workspace_of(ctx) as workspace:
        if file is not None:
            _load(workspace, file, "stock", form, out)
            return
        rows = stocks(workspace.store)
    emit([{k: v for k, v in row.items() if k not in {"batch", "first_seen"}} for row in rows], form, out)


def places(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV: place,level,parent[,lat,lon].")],
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Load which place lies in which, so that a place below the county can be named by its county."""
    with workspace_of(ctx) as workspace:
        _load(workspace, file, "places", form, out)


def _load(workspace: Workspace, file: Path, what: str, form: Format, out: Path | None) -> None:
    from counterflow.flow.watch_desk import take_register

    receipt = take_register(workspace, what, file)
    say(receipt.in_words())
    for bad in receipt.refused:
        say(f"line {bad['line']}, {bad['column']} {bad['value']!r}: {bad['reason']}. {bad['hint']}")
    shown = receipt.as_dict()
    emit(
        shown if form is Format.JSON else {k: shown[k] for k in ("table", "accepted", "rejected", "repeated")},
        form,
        out,
    )


def _board(ctx: typer.Context, role: str | None, purpose: str) -> Any:
    from counterflow.watch.disclosure import role_in_force
    from counterflow.watch.response.board import board as stand

    with workspace_of(ctx) as workspace:
        shown = stand(workspace, role=role_in_force(workspace.settings.watch.role, role), purpose=purpose)
    if shown.withheld:
        say(shown.withheld)
    return shown


def _precision_words(row: dict[str, Any]) -> str:
    name = f"{row['method']}, {row['measure'] or 'measure not told'}"
    rest = f"{row['open']} open, {row['not_judged']} not judged"
    if not row["judged"]:
        return f"{name}: no alarm was judged yet ({rest}); how often they are right is not known."
    span = f"{row['low']:.0%} to {row['high']:.0%}"
    return f"{name}: {row['outbreak']} of {row['judged']} judged alarms were an outbreak ({span}); {rest}."


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    names = ("about", "alarm", "act", "contact", "verdict", "words", "person", "done_at", "ledger_seq")
    return {name: row[name] for name in names}


def _instant(text: str | None) -> dt.datetime | None:
    from counterflow.core.clock import parse_instant

    if text is None:
        return None
    try:
        return parse_instant(text)
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is no instant.", hint="Write ISO 8601, as 2026-03-01T09:30+01:00.") from None


def add_to(app: typer.Typer) -> None:
    """Add the commands of the response to those of `watch`."""
    for command in (record, told, acknowledge, act, dispose, board, due, kits, contacts, stock, places):
        app.command()(command)
