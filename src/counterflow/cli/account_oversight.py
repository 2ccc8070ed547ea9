"""`account …` for oversight: officer integrity, reconciliation with outside logs, acts of two, co-signed heads."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.core.errors import UsageError

if TYPE_CHECKING:
    from counterflow.account.oversight.integrity import Report
    from counterflow.account.oversight.reconcile import Reconciled

__all__ = ["add_to"]

_PATTERN = "A pattern is not proof. Each signal has innocent explanations; whoever is flagged is asked, and heard."


def integrity(
    ctx: typer.Context,
    events: Annotated[
        Path | None,
        typer.Argument(help="CSV or Parquet of decisions; without one, the workspace's own.", show_default=False),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(help="Which column is what, as officer=BADGE_NO; may be repeated.", show_default=False),
    ] = None,
    level: Annotated[float, typer.Option(help="Mean false-discovery share of those flagged, at most.")] = 0.05,
    person: Annotated[
        str, typer.Option(help="Inspector who looks; needed for the workspace's own.", show_default=False)
    ] = "",
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
    fail: Annotated[bool, typer.Option("--fail-on-flag", help="Leave with 1 if anybody is flagged.")] = False,
) -> None:
    """Show patterns in officers' decisions, beside honest spread: whom an inspector asks first, and why."""
    if not 0 < level < 1:
        raise UsageError(f"A share lies between 0 and 1, not {level}.", hint="Give --level 0.05.")
    report = _report(ctx, events, _named(column), level, person)
    for line in (*report.said, *(f"left out, {name}: {why}" for name, why in report.left_out.items())):
        say(line)
    flagged = sum(row["flagged"] for row in report.rows)
    named = sum(row["named"] for row in report.rows)
    say(f"{len(report.rows)} officers; {flagged} flagged, {named} of them by two independent signals. {_PATTERN}")
    short = ("rank", "officer", "decisions", "posterior", "local_fdr", "signals", "flagged", "named", "reasons")
    if form is Format.JSON:
        emit(report.as_dict(), form, out)
    elif form is Format.TABLE:
        emit([{name: row[name] for name in short} for row in report.rows], form, out)
    else:
        emit(report.rows, form, out)
    if fail and flagged:
        raise typer.Exit(1)


def _named(column: list[str] | None) -> dict[str, str]:
    named: dict[str, str] = {}
    for text in column or ():
        field, mark, name = text.partition("=")
        if not mark or not field.strip() or not name.strip():
            raise UsageError(f"{text!r} names no column.", hint="Write --column officer=BADGE_NO.")
        named[field.strip()] = name.strip()
    return named


def _report(ctx: typer.Context, events: Path | None, columns: dict[str, str], level: float, person: str) -> Report:
    from counterflow.account.oversight.events import read_events
    from counterflow.account.oversight.integrity import integrity as integrity_of

    if events is not None:
        return integrity_of(read_events(events, columns), level=level)
    if not person.strip():
        raise UsageError(
            "Looking at this house's own officers is put on record: who looks?", hint="Give --person NAME."
        )
    from counterflow.cli.session import workspace_of
    from counterflow.flow.account_oversight import note_look, own_integrity

    with workspace_of(ctx) as workspace:
        report = own_integrity(workspace)
        note_look(workspace, report, person)
    return report


def reconcile(
    ctx: typer.Context,
    scanner: Annotated[Path | None, typer.Option(help="Log of the scanner.", show_default=False)] = None,
    gate: Annotated[Path | None, typer.Option(help="Log of the gate.", show_default=False)] = None,
    lab: Annotated[Path | None, typer.Option(help="Log of the laboratory.", show_default=False)] = None,
    system: Annotated[
        Path | None, typer.Option(help="The system's records as a file; else the workspace's.", show_default=False)
    ] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="Which column is what, as id=PLATE; may be repeated.", show_default=False)
    ] = None,
    within: Annotated[int, typer.Option(min=0, help="Minutes that two times of one passing may be apart.")] = 60,
    person: Annotated[str, typer.Option(help="Who does it; needed with a workspace.", show_default=False)] = "",
    lines: Annotated[bool, typer.Option("--lines", help="List the lines that need a look, not the sums.")] = False,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
    fail: Annotated[bool, typer.Option("--fail-on-missing", help="Leave with 1 if a line never reached us.")] = False,
) -> None:
    """Hold logs of scanner, gate and laboratory against the system: what never reached it, listed and counted."""
    logs = {name: path for name, path in (("scanner", scanner), ("gate", gate), ("lab", lab)) if path is not None}
    if not logs:
        raise UsageError("Give at least one log.", hint="--scanner F, --gate F or --lab F.")
    made = _reconciled(ctx, logs, system, _named(column), within, person)
    for one in made:
        told = one.summary
        say(
            f"{told['log']}: {told['lines']:,} lines = {told['matched']:,} matched + {told['other_time']:,} at another"
            f" time + {told['missing']:,} missing + {told['again']:,} again + {told['no_id']:,} without an id;"
            f" {len(one.unseen):,} records of the system are not in this log."
        )
    if form is Format.JSON:
        emit({one.log: one.as_dict() for one in made}, form, out)
    elif lines:
        emit([line for one in made for line in one.as_dict()["to_look_at"]], form, out)
    else:
        emit([{"group": group, "of": row.get("port") or row.get("day") or "*", **row} for one in made
              for group, rows in (("all", [one.summary]), ("port", one.by_port), ("day", one.by_day))
              for row in ({k: v for k, v in r.items() if k not in ("port", "day", "source", "log")} | {"log": one.log,
                          "port": r.get("port", ""), "day": r.get("day", "")} for r in rows)], form, out)  # fmt: skip
    if fail and any(one.summary["missing"] for one in made):
        raise typer.Exit(1)


def _reconciled(
    ctx: typer.Context, logs: dict[str, Path], system: Path | None, columns: dict[str, str], within: int, person: str
) -> list[Reconciled]:
    from counterflow.account.oversight.reconcile import reconcile as hold
    from counterflow.account.oversight.sightings import read_log

    if system is not None:
        records = read_log(system, "system", columns)
        read = [read_log(path, name, columns) for name, path in logs.items()]
        for line in dict.fromkeys(line for log in (records, *read) for line in log.said):
            say(line)
        return [hold(log, records, within=within) for log in read]
    if not person.strip():
        raise UsageError(
            "A reconciliation is put on record: who does it?", hint="Give --person NAME, or --system FILE."
        )
    from counterflow.cli.session import workspace_of
    from counterflow.flow.account_oversight import reconcile_logs

    with workspace_of(ctx) as workspace:
        return reconcile_logs(workspace, logs, person=person, columns=columns, within=within)


def four_eyes(
    ctx: typer.Context,
    acts: Annotated[
        Path | None, typer.Argument(help="CSV of acts of two; without one, the workspace's own.", show_default=False)
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Show pairs of asker and second person: how often, how fast, ever refused; beside what other pairs do."""
    from counterflow.account.oversight.four_eyes import four_eyes as pairs_of
    from counterflow.account.oversight.four_eyes import read_acts

    if acts is not None:
        decided = read_acts(acts)
    else:
        from counterflow.cli.session import workspace_of
        from counterflow.flow.account_oversight import acts_of_two

        with workspace_of(ctx) as workspace:
            decided = acts_of_two(workspace)
    rows = pairs_of(decided)
    if not rows:
        say("No act of two has been decided yet.")
    short = ("asker", "second", "acts", "refused", "quick", "timed", "median_seconds", "of_asker", "words")
    emit([{name: row[name] for name in short} for row in rows] if form is Format.TABLE else rows, form, out)


def delays(
    steps: Annotated[Path, typer.Argument(help="CSV: step,mandated_on,due_on,done_on,source.")],
    as_of: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day that counts.", show_default="today")
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Say how long mandated steps take: days, slip against the promised day, what is still open."""
    from counterflow.account.oversight.implement import implementation, read_steps
    from counterflow.core.clock import system_clock

    day = (as_of or system_clock()).date()
    rows, told = implementation(read_steps(steps), day)
    half = told["half_done_after_days"]
    say(
        f"{told['steps']} steps mandated by {day}: {told['done']} done, {told['open']} open; of {told['due']} that were"
        f" due or done, {told['in_time']} in time. Half were done after"
        f" {'more days than any was open' if half is None else f'{half:,} days'}."
    )
    emit({"steps": rows, "together": told} if form is Format.JSON else rows, form, out)


review = typer.Typer(no_args_is_help=True)
_Review = Annotated[str, typer.Argument(help="The review, as I-1234567890ab.", show_default=False)]
_Person = Annotated[str, typer.Option("--person", help="Inspector who does it.", show_default=False)]
_Words = Annotated[str, typer.Option("--words", help="In words that another person can follow.", show_default=False)]


@review.command("open")
def open_it(
    ctx: typer.Context,
    officer: Annotated[str, typer.Argument(help="The officer, as coded in the patterns.", show_default=False)],
    question: Annotated[str, typer.Option(help="What the officer is asked.", show_default=False)],
    person: _Person,
    events: Annotated[
        Path | None, typer.Option(help="File that shows the pattern; else the workspace's own.", show_default=False)
    ] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="Which column is what, as officer=BADGE_NO.", show_default=False)
    ] = None,
    days: Annotated[int, typer.Option(help="Days for the reply.")] = 14,
) -> None:
    """Open a review of a pattern that two independent signals show; the officer is asked, with a day for the reply."""
    from counterflow.account.oversight.events import read_events
    from counterflow.account.oversight.integrity import integrity as integrity_of
    from counterflow.cli.session import workspace_of
    from counterflow.flow.account_oversight import own_integrity
    from counterflow.flow.account_reviews import open_review

    with workspace_of(ctx) as workspace:
        report = own_integrity(workspace) if events is None else integrity_of(read_events(events, _named(column)))
        made = open_review(workspace, report, officer, question=question, person=person, days=days)
    say(
        f"{made['review']} is open; the officer has until {made['reply_due_on']} to reply. Nothing is concluded before."
    )


@review.command("list")
def list_reviews(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List reviews, open ones first."""
    from counterflow.cli.session import workspace_of
    from counterflow.flow.account_reviews import all_reviews

    with workspace_of(ctx) as workspace:
        rows = all_reviews(workspace)
    columns = ("review", "officer", "of", "state", "verdict", "reply_due_on", "opened_at")
    emit([{name: row[name] for name in columns} for row in rows], form, out)


@review.command("reply")
def reply(ctx: typer.Context, case: _Review, words: _Words, person: _Person) -> None:
    """Put the officer's reply on record, in the officer's words."""
    from counterflow.cli.session import workspace_of
    from counterflow.flow.account_reviews import replied

    with workspace_of(ctx) as workspace:
        replied(workspace, case, words=words, person=person)
    say(f"The reply stands with {case}.")


@review.command("note")
def put_note(ctx: typer.Context, case: _Review, words: _Words, person: _Person) -> None:
    """Put on record what was found out."""
    from counterflow.cli.session import workspace_of
    from counterflow.flow.account_reviews import note

    with workspace_of(ctx) as workspace:
        note(workspace, case, words=words, person=person)
    say(f"Kept with {case}.")


@review.command("conclude")
def conclude_it(
    ctx: typer.Context,
    case: _Review,
    verdict: Annotated[str, typer.Option(help="explained, refer or data-error.", show_default=False)],
    words: _Words,
    person: _Person,
) -> None:
    """Close a review with a ground; refused before the officer replied, or the day has passed."""
    from counterflow.cli.session import workspace_of
    from counterflow.flow.account_reviews import conclude

    with workspace_of(ctx) as workspace:
        conclude(workspace, case, verdict=verdict, words=words, person=person)
    say(f"{case}: {verdict}.")


@review.command("reopen")
def open_again(ctx: typer.Context, case: _Review, words: _Words, person: _Person) -> None:
    """Open a concluded review again."""
    from counterflow.cli.session import workspace_of
    from counterflow.flow.account_reviews import reopen

    with workspace_of(ctx) as workspace:
        reopen(workspace, case, words=words, person=person)
    say(f"{case} is open again.")


def add_to(app: typer.Typer) -> None:
    """Add oversight to the commands of `account`."""
    app.command()(integrity)
    app.command()(reconcile)
    app.command("four-eyes")(four_eyes)
    app.command()(delays)
    app.add_typer(review, name="review", help="Reviews of patterns: ask the officer, hear the reply, conclude.")
