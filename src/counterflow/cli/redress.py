"""`redress …`: requests by people affected: take in, see what they touch, decide, answer, and whether it holds."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)

_DAY = ["%Y-%m-%d"]
_Case = Annotated[str, typer.Argument(help="The request, as D-1234567890ab.", show_default=False)]
_Person = Annotated[str, typer.Option("--person", help="Who does it.", show_default=False)]
_Words = Annotated[str, typer.Option("--words", help="In words that another person can follow.", show_default=False)]


@app.command()
def add(
    ctx: typer.Context,
    words: Annotated[str, typer.Option("--words", help="What they say is wrong.", show_default=False)],
    asker: Annotated[str, typer.Option(help="Who asks.", show_default=False)],
    contact: Annotated[str, typer.Option(help="Where the answer goes.", show_default=False)],
    person: _Person,
    about: Annotated[str, typer.Option(help="listed, suspicion, finding, identity, order, data or other.")] = "other",
    record: Annotated[
        list[str] | None, typer.Option(help="Record it is about, as source/id; may be repeated.", show_default=False)
    ] = None,
    standing: Annotated[str, typer.Option("--for", help="For whom, if not for themselves.", show_default=False)] = "",
    name: Annotated[str, typer.Option(help="Their name as it stands on the records.", show_default=False)] = "",
    customer: Annotated[str, typer.Option(help="Customer, where an order is meant.", show_default=False)] = "",
    received: Annotated[
        dt.datetime | None, typer.Option(formats=_DAY, help="Day it reached this house.", show_default="today")
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Take a request in: from now on it has a day by which it is answered."""
    from counterflow.flow.redress import Request, take_in

    asked = Request(about, words, asker, contact, standing, tuple(record or ()), name, customer,
                    received.date() if received else None)  # fmt: skip
    with workspace_of(ctx) as workspace:
        made = take_in(workspace, asked, person=person)
    say(f"{made['request']} is to be answered by {made['due_on']}. Somebody else than {made['person']} decides.")
    emit(_plain(made), form, out)


@app.command("list")
def list_requests(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List requests, those that wait first, by the day they are due."""
    from counterflow.flow.redress import all_requests

    with workspace_of(ctx) as workspace:
        rows = all_requests(workspace)
    columns = ("request", "state", "due_on", "overdue", "about", "verdict", "received_on", "answered_on", "in_time")
    emit([{name: row[name] for name in columns} for row in rows], form, out)


@app.command()
def show(ctx: typer.Context, case: _Case, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """Show what a request touches: what is held about its records, and by which name a decision puts it right."""
    from counterflow.flow.redress import find_request
    from counterflow.flow.redress_touch import touched

    with workspace_of(ctx) as workspace:
        held = find_request(workspace, case)
        found = touched(workspace, held)
    say(f"{held['request']}: {held['state']}, due {held['due_on']}. {held['words']}")
    for act in held["acts"]:
        say(f"{act['acted_at']:%Y-%m-%d} {act['act']} {act['verdict'] or ''} by {act['person']}: {act['words'] or ''}")
    if found["people"]:
        say(f"Cannot decide it, for it is about their own decision: {', '.join(found['people'])}.")
    rows = [
        {"what": what, "record": f"{row['source']}/{row['record_id']}", "says": str(row.get(says) or ""),
         "choice": row["choice"]}
        for what, says in (("findings", "sentence"), ("suspicions", "confirmation"), ("entities", "entity"))
        for row in found[what]
    ]  # fmt: skip
    emit(rows, form, out)


@app.command()
def decide(
    ctx: typer.Context,
    case: _Case,
    verdict: Annotated[str, typer.Option(help="granted, partly or refused.", show_default=False)],
    words: _Words,
    person: _Person,
    choice: Annotated[
        list[str] | None,
        typer.Option(help="What is put right, by its `choice` in `redress show`; may be repeated.", show_default=False),
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Decide a request and put right what it names; everybody who heard of it is told."""
    from counterflow.flow.redress_decide import decide as decide_request

    with workspace_of(ctx) as workspace:
        done = decide_request(workspace, case, verdict=verdict, words=words, choices=choice or (), person=person)
    say(f"{case}: {verdict}. {len(done['corrections'])} corrections; told: {', '.join(done['told']) or 'nobody'}.")
    emit(done["corrections"], form, out)


@app.command()
def answer(
    ctx: typer.Context,
    case: _Case,
    words: _Words,
    person: _Person,
    on: Annotated[
        dt.datetime | None, typer.Option("--on", formats=_DAY, help="Day it went out.", show_default="today")
    ] = None,
) -> None:
    """Put on record that the answer went out."""
    from counterflow.flow.redress import answered

    with workspace_of(ctx) as workspace:
        done = answered(workspace, case, words=words, person=person, on=on.date() if on else None)
    say(f"{case} was answered on {done['done_on']}.")


@app.command()
def extend(ctx: typer.Context, case: _Case, words: _Words, person: _Person) -> None:
    """Move the day of a request, once, on a ground that its asker is told."""
    from counterflow.flow.redress import extend as extend_request

    with workspace_of(ctx) as workspace:
        done = extend_request(workspace, case, words=words, person=person)
    say(f"{case} is now to be answered by {done['due_on']}.")


@app.command()
def note(ctx: typer.Context, case: _Case, words: _Words, person: _Person) -> None:
    """Put on record what was found out or asked back."""
    from counterflow.flow.redress import note as put_note

    with workspace_of(ctx) as workspace:
        put_note(workspace, case, words=words, person=person)
    say(f"Kept with {case}.")


@app.command()
def tell(
    ctx: typer.Context,
    case: _Case,
    to: Annotated[str, typer.Option("--to", help="Office or partner that was told.", show_default=False)],
    words: _Words,
    person: _Person,
) -> None:
    """Put on record that a partner was told of a correction."""
    from counterflow.flow.redress import told

    with workspace_of(ctx) as workspace:
        told(workspace, case, recipient=to, words=words, person=person)
    say(f"Kept with {case}: {to} was told.")


@app.command()
def reopen(ctx: typer.Context, case: _Case, words: _Words, person: _Person) -> None:
    """Open a decided request again."""
    from counterflow.flow.redress_decide import reopen as open_again

    with workspace_of(ctx) as workspace:
        open_again(workspace, case, words=words, person=person)
    say(f"{case} is open again.")


@app.command()
def check(
    ctx: typer.Context,
    case: Annotated[str | None, typer.Argument(help="The request; all where not given.", show_default=False)] = None,
    fail: Annotated[bool, typer.Option("--fail", help="Leave with 1 if a correction no longer holds.")] = False,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Say of each correction whether it holds today."""
    from counterflow.flow.redress_carried import carried

    with workspace_of(ctx) as workspace:
        made = carried(workspace, case or "")
    broken = sum(not row["holds"] for row in made)
    say(f"{len(made)} corrections, {broken} of which no longer hold.")
    columns = ("correction", "kind", "source", "record_id", "holds", "state")
    emit([{name: row[name] for name in columns} for row in made], form, out)
    if fail and broken:
        raise typer.Exit(1)


@app.command("counts")
def count(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """Show redress in figures, as the board does."""
    from counterflow.flow.redress_counts import counts

    with workspace_of(ctx) as workspace:
        figures = counts(workspace)
    emit(figures, form, out)


def _plain(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if value is not None and name != "ledger_seq"}
