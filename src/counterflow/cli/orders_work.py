"""`orders queue|dossier|ask|answer|questions|decide|outcomes|report …`: the work that follows an alarm or a flag."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["add_to"]

_DAY = ["%Y-%m-%d"]

PersonOption = Annotated[str, typer.Option(help="Who does this; a name that colleagues know.")]
SecondOption = Annotated[str | None, typer.Option(help="Who agrees, where two are asked for.", show_default=False)]


def queue(
    ctx: typer.Context,
    minutes: Annotated[
        float | None, typer.Option(min=0, help="Minutes there are today; marks what fits.", show_default=False)
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """List what is open, by what waiting would cost; each row shows the terms of its cost."""
    from counterflow.flow.order_cases import queue_of
    from counterflow.store.loads import is_synthetic

    with workspace_of(ctx) as workspace:
        rows = queue_of(workspace, minutes=minutes)
        synthetic = is_synthetic(workspace.store)
    if synthetic:
        say("SYNTHETIC orders: nobody ever sent them.")
    fits = [row for row in rows if row["within"]]
    spent = sum(row["minutes"] for row in fits)
    say(f"{len(rows)} open matters; {len(fits)} of them, {spent:g} minutes of work, fit in what there is today.")
    say(
        "cost = (standing x doubt x surplus x age + delay) x deadline: what a further week costs, in typical "
        "months of the product, weighed by how it stands in law."
    )
    emit([_for_reading(row) for row in rows] if form is Format.TABLE else rows, form, out)


def _for_reading(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of the queue for a terminal: its terms in one cell, its reasons cut."""
    from textwrap import shorten

    terms = (
        f"({row['standing']:.2g} x {row['doubt']:.2g} x {row['surplus']:.2g} x {row['age']:.2g} + {row['delay']:.2g})"
        f" x {row['deadline']:.2g}"
    )
    kept = {name: row[name] for name in ("rank", "customer_id", "product", "in_law", "cost")}
    rest = {name: row[name] for name in ("days", "due_on", "minutes", "within")}
    return kept | {"terms": terms} | rest | {"why": shorten(row["why"], 110, placeholder=" …"), "next": row["next"]}


def dossier(
    ctx: typer.Context,
    customer: Annotated[str, typer.Argument(help="Customer.")],
    product: Annotated[str | None, typer.Option(help="Only this product.", show_default=False)] = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="json for the data; without it, a page.", show_default=False)
    ] = None,
    out: OutOption = None,
) -> None:
    """Write all that is known of a customer as one page: why it is open, what would clear it, what is due when."""
    from counterflow.core.errors import UsageError
    from counterflow.flow.order_cases import dossier_of

    if form not in (None, Format.JSON):
        raise UsageError(f"A dossier is no {form}.", hint="Use --format json, or leave it out for a page.")
    if form is None and out is None:
        raise UsageError("A page needs a place.", hint="Add --out FILE.html, or ask for --format json.")
    with workspace_of(ctx) as workspace:
        shown = dossier_of(workspace, customer, product)
    if form is None and out is not None:
        from counterflow.report.dossier import render

        out.write_text(render(shown), "utf-8")
        say(f"Written to {out}. It holds names: keep it as you keep the customer file.")
    else:
        emit(shown, Format.JSON, out)


def ask(
    ctx: typer.Context,
    customer: Annotated[str | None, typer.Argument(help="Customer who is asked.", show_default=False)] = None,
    about: Annotated[str | None, typer.Option(help="Alarm or order that it is about.", show_default=False)] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="Question of the library, kind or group of flag; may be repeated.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="The question in your own words.", show_default=False)] = None,
    due: Annotated[
        dt.datetime | None, typer.Option(formats=_DAY, help="Day by which an answer is wanted.", show_default=False)
    ] = None,
    person: Annotated[str | None, typer.Option(help="Who asks.", show_default=False)] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Ask a customer what would clear it; without a customer, list the library. You send it; nothing is sent here."""
    from dataclasses import asdict

    from counterflow.core.errors import UsageError
    from counterflow.orders.cases.questions import templates

    if customer is None:
        rows = [asdict(t) | {"for_": "; ".join(t.for_)} for t in templates()]
        emit([{("for" if name == "for_" else name): value for name, value in row.items()} for row in rows], form, out)
        return
    if person is None:
        raise UsageError("Nobody asks.", hint="Name who asks with --person.")
    from counterflow.flow.order_cases import ask_customer

    with workspace_of(ctx) as workspace:
        asked = ask_customer(
            workspace, customer, about=about, kinds=kind or (), text=text, person=person,
            due=due.date() if due else None,
        )  # fmt: skip
    say(f"{len(asked)} questions on record. Send them yourself; write what comes back down with `orders answer`.")
    emit(asked, form, out)


def answer(
    ctx: typer.Context,
    question: Annotated[str, typer.Argument(help="Id of the question.")],
    text: Annotated[str, typer.Option(help="What was answered.")],
    person: PersonOption,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Write down what a customer answered."""
    from counterflow.orders.cases.questions import answer as keep_answer

    with workspace_of(ctx) as workspace:
        row = keep_answer(workspace, question, text=text, person=person)
    emit(row, form, out)


def questions(
    ctx: typer.Context,
    customer: Annotated[str | None, typer.Argument(help="Only this customer.", show_default=False)] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """List questions with their state: waiting, overdue, answered."""
    from counterflow.orders.cases.questions import questions as list_questions

    with workspace_of(ctx) as workspace:
        rows = list_questions(workspace.store, workspace.clock().date(), customer)
    overdue = sum(row["state"] == "overdue" for row in rows)
    if overdue:
        say(f"{overdue} of {len(rows)} questions are overdue.")
    emit(rows, form, out)


def decide(
    ctx: typer.Context,
    subject: Annotated[str, typer.Argument(help="alarm, order or customer.")],
    subject_id: Annotated[str, typer.Argument(metavar="ID", help="Its id.")],
    act: Annotated[str, typer.Option(help="ship, hold, refuse, report, dispose or outcome.")],
    ground: Annotated[str, typer.Option(help="Why, in words that another person can follow.")],
    person: PersonOption,
    finding: Annotated[
        str | None, typer.Option(help="explained, unexplained, diverted or error.", show_default=False)
    ] = None,
    second_person: SecondOption = None,
    new_expected: Annotated[
        float | None, typer.Option(help="Monthly quantity accepted from now on.", show_default=False)
    ] = None,
    holds_to: Annotated[
        dt.datetime | None, typer.Option(formats=_DAY, help="Last day on which it holds.", show_default=False)
    ] = None,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Write down what a person decides; it stands in the ledger before it takes effect."""
    from counterflow.flow.order_decisions import decide as keep_decision
    from counterflow.orders.cases.decisions import Choice

    choice = Choice(
        subject=subject, subject_id=subject_id, act=act, ground=ground, person=person, finding=finding,
        second_person=second_person, new_expected=new_expected, holds_to=holds_to.date() if holds_to else None,
    )  # fmt: skip
    with workspace_of(ctx) as workspace:
        made = keep_decision(workspace, choice)
    if made.repeated:
        say("This very decision is on record already; nothing was written.")
    else:
        say(f"{made.row['decision']} is entry {made.row['ledger_seq']} of the ledger.")
    emit(made.row, form, out)


def outcomes(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """Say how alarms and flags turned out: how often explained, by kind of flag and setting, with intervals."""
    from counterflow.orders.cases.dispositions import dispositions
    from counterflow.report import numbers

    with workspace_of(ctx) as workspace:
        rows = dispositions(workspace.store, workspace.clock().date())
    if form is not Format.JSON:
        rows = [row | {"explained_share": numbers.estimate(row["explained_share"])} for row in rows]
    emit(rows, form, out)


def add_to(app: typer.Typer) -> None:
    """Add these commands to `orders`."""
    from counterflow.cli.orders_report import report

    app.add_typer(
        report, name="report", help="Drafts for an authority, the firm's year, the voluntary codes. You file."
    )
    for command in (queue, dossier, ask, answer, questions, decide, outcomes):
        app.command()(command)
