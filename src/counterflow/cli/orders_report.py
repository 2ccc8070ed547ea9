"""`orders report …`: drafts for an authority, which a person files; the firm's year; points of the voluntary codes."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, in_a_folder, say
from counterflow.cli.session import workspace_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["report"]

report = typer.Typer(no_args_is_help=True)

_DAY = ["%Y-%m-%d"]

HtmlOption = Annotated[
    Path | None,
    typer.Option("--html", help="Also write it as a page that prints.", show_default=False, callback=in_a_folder),
]
PersonOption = Annotated[str, typer.Option(help="Who does this; a name that colleagues know.")]


@report.command()
def forms(form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List the forms: who asks, under which law, within which time, and how that was read."""
    from counterflow.orders.cases.forms import forms as all_forms

    rows = [
        {
            "form": f.id, "kind": f.kind, "authority": f.authority, "within": f.days_words, "citation": f.citation,
            "read": f.read, "not_read": f.not_read,
        }
        for f in all_forms().values()
    ]  # fmt: skip
    emit(rows, form, out)


@report.command()
def draft(
    ctx: typer.Context,
    form_id: Annotated[str, typer.Argument(metavar="FORM", help="Form, as `orders report forms` lists them.")],
    subject: Annotated[str, typer.Argument(help="Alarm, order or stock event that it is about.")],
    person: PersonOption,
    fill: Annotated[list[str] | None, typer.Option("--set", help="field=value; may be repeated.")] = None,
    html: HtmlOption = None,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Draft a report from what is on record; what is missing is named. Nothing is sent."""
    from counterflow.core.errors import UsageError
    from counterflow.orders.cases.reports import draft as keep_draft

    given: dict[str, str] = {}
    for pair in fill or ():
        name, equals, value = pair.partition("=")
        if not equals or not value.strip():
            raise UsageError(f"{pair!r} says nothing.", hint="Write --set field=value.")
        given[name.strip()] = value.strip()
    with workspace_of(ctx) as workspace:
        row = keep_draft(workspace, form_id, subject, person=person, given=given)
    body = json.loads(row["body"])
    say(f"{row['report']} is a draft for {row['authority']}. Within: {body['within']}.")
    if body["missing"]:
        say(f"To fill in: {'; '.join(body['missing'])}.")
    if body["not_read"]:
        say(body["not_read"])
    _write_page(row, html)
    emit(_opened(row), form, out)


@report.command("file")
def file_report(
    ctx: typer.Context,
    report_id: Annotated[str, typer.Argument(metavar="REPORT", help="Id of the draft.")],
    reference: Annotated[str, typer.Option(help="Number that the authority gave.")],
    person: PersonOption,
    on: Annotated[
        dt.datetime | None, typer.Option(formats=_DAY, help="Day it was filed.", show_default="today")
    ] = None,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Write down that a person filed a report."""
    from counterflow.orders.cases.reports import file as keep_filed

    with workspace_of(ctx) as workspace:
        row = keep_filed(workspace, report_id, reference=reference, person=person, on=on.date() if on else None)
    emit(_opened(row), form, out)


@report.command()
def withdraw(
    ctx: typer.Context,
    report_id: Annotated[str, typer.Argument(metavar="REPORT", help="Id of the report.")],
    ground: Annotated[str, typer.Option(help="Why.")],
    person: PersonOption,
    second_person: Annotated[str | None, typer.Option(help="Who agrees.", show_default=False)] = None,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Withdraw a report; the house asks a second person for that."""
    from counterflow.orders.cases.reports import withdraw as keep_withdrawn

    with workspace_of(ctx) as workspace:
        row = keep_withdrawn(workspace, report_id, ground=ground, person=person, second_person=second_person)
    emit(_opened(row), form, out)


@report.command("list")
def list_reports(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List reports with their state and, of drafts, the last day of the law."""
    from counterflow.orders.cases.reports import due_of, reports

    with workspace_of(ctx) as workspace:
        rows = reports(workspace.store)
        today = workspace.clock().date()
    shown = []
    for row in rows:
        due = due_of(row) if row["state"] == "draft" else None
        shown.append({name: row[name] for name in ("report", "state", "kind", "customer_id", "subject_id", "reference")}
                     | {"due_on": due, "overdue": due is not None and due < today, "authority": row["authority"],
                        "citation": row["citation"], "drafted_at": row["drafted_at"]})  # fmt: skip
    late = sum(bool(row["overdue"]) for row in shown)
    if late:
        say(f"{late} drafts are past the day of the law.")
    emit(shown, form, out)


@report.command()
def show(
    ctx: typer.Context,
    report_id: Annotated[str, typer.Argument(metavar="REPORT", help="Id of the report.")],
    html: HtmlOption = None,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Show a report as it stands, field by field."""
    from counterflow.orders.cases.reports import report as one_report

    with workspace_of(ctx) as workspace:
        row = one_report(workspace.store, report_id)
    _write_page(row, html)
    emit(_opened(row), form, out)


def _opened(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a report with its fields as data, not as text."""
    from counterflow.orders.cases.reports import body_of

    return {name: value for name, value in row.items() if name != "body"} | {"body": body_of(row)}


def _write_page(row: Mapping[str, Any], html: Path | None) -> None:
    if html is not None:
        from counterflow.report.order_report import render

        html.write_text(render(_opened(row)), "utf-8")
        say(
            f"Written to {html}; it is a draft until a person files it."
            if row["state"] == "draft"
            else f"Written to {html}."
        )


@report.command()
def year(
    ctx: typer.Context,
    which: Annotated[int, typer.Argument(metavar="YEAR", min=2000, max=2100, help="Calendar year, UTC.")],
    person: Annotated[
        str | None, typer.Option(help="Who answers for it; seals it in the ledger.", show_default=False)
    ] = None,
    html: HtmlOption = None,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Report a year so that an outsider can count it again from the ledger; with --person, seal it."""
    from counterflow.flow.order_cases import year_of
    from counterflow.orders.cases.year import seal_year

    with workspace_of(ctx) as workspace:
        shown = year_of(workspace, which)
        sealed = seal_year(workspace, shown, person=person) if person else None
    if not shown["whole_year"]:
        say(f"{which} is not over: this stands as of {shown['as_of']}.")
    if shown["altered"]:
        say(f"{len(shown['altered'])} rows are not what was sealed; the report names them.")
    if sealed is not None:
        say(f"{sealed['report']} is entry {sealed['ledger_seq']} of the ledger.")
    say("Hand it out with `account head`; tools/verify_firm_year.py REPORT LEDGER counts it again.")
    if html is not None:
        from counterflow.report.order_year import render

        html.write_text(render(shown), "utf-8")
    emit(shown if form is Format.JSON else _figures(shown), form, out)


def _figures(shown: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"what": row["what"], "value": row["value"], "rests_on": json.dumps(row["rests_on"])}
        for row in shown["figures"]
    ]


@report.command()
def checklist(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """Hold the workspace against points of the voluntary codes: met by evidence, not met, or cannot tell."""
    from counterflow.orders.cases.checklist import checklist as points_of

    with workspace_of(ctx) as workspace:
        rows = points_of(workspace)
    counts = {shown: sum(row["shown"] == shown for row in rows) for shown in ("met", "not met", "cannot tell")}
    say(", ".join(f"{count} {shown}" for shown, count in counts.items()))
    emit(rows, form, out)


@report.command()
def intact(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """Hold every decision, question and report against the ledger; leaves with 1 where one was altered."""
    from counterflow.orders.cases.intact import intact_rows, intact_sums

    with workspace_of(ctx) as workspace:
        rows = intact_rows(workspace)
    sums = intact_sums(rows)
    say(", ".join(f"{count} {state}" for state, count in sums.items()))
    emit(rows, form, out)
    if sums["altered"] or sums["missing"]:
        raise typer.Exit(1)
