"""The work on one order, alarm or customer: the dossier, decisions, questions, reports, how it turned out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from counterflow.console.layout import page
from counterflow.console.orders import TABS, answered
from counterflow.console.substances import address, day_of
from counterflow.core.errors import UnknownName
from counterflow.flow import order_cases, order_decisions
from counterflow.flow.order_room import room_of
from counterflow.orders.cases import questions as library
from counterflow.orders.cases import reports as papers
from counterflow.orders.cases.decisions import ACTS, FINDINGS, NeedsSecond
from counterflow.orders.cases.dispositions import dispositions
from counterflow.orders.cases.forms import forms
from counterflow.report import numbers
from counterflow.report.charts.peers import peers_chart
from counterflow.report.charts.timeline import timeline_chart
from counterflow.report.dossier import in_kilograms
from counterflow.report.grid import grid
from counterflow.report.plots import peers_svg, timeline_svg
from counterflow.web.forms import Filled, filled
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter()

Id = Annotated[str, Query(max_length=200)]
Form = Annotated[Filled, Depends(filled)]
Done = Annotated[str, Query(max_length=200)]

#: what each act is called on a button, and what it means
WORDS = {
    "ship": ("Ship", "it may leave; of a customer it lifts a hold or a refusal"),
    "hold": ("Hold", "it waits until something is settled"),
    "refuse": ("Refuse", "it will not be shipped"),
    "report": ("Report", "an authority is to be told; the draft comes next"),
    "dispose": ("Close the alarm", "with what was found"),
    "outcome": ("Record how it turned out", "once it is known what it was"),
}


@router.get("/orders/dossier", response_class=HTMLResponse)
def dossier(
    request: Request, who: Annotated[Visitor, needs("customers")], customer: Id, product: Id = "", done: Done = "",
    waits: Done = "",
) -> HTMLResponse:  # fmt: skip
    """Show all that is known of a customer: why it is open, what would clear it, what is due when."""
    workspace = site_of(request).workspace
    shown = room_of(workspace).dossier(customer, product or None)
    who.saw([customer])
    series = [_drawn(n, in_kilograms(one)) for n, one in enumerate(shown["series"], 1)]
    poor = [row for row in shown["points"] if row["standing"] not in {"ok", "told"}]
    return page(request, "orders/dossier.html", {
        "tabs": TABS, "shown": shown, "customer": customer, "product": product, "done": done, "waits": waits,
        "loud": [one for one in series if one["open"]], "quiet": [one for one in series if not one["open"]],
        "poor": poor, "licences": grid(shown["licences"]), "orders": grid(shown["orders"]),
        "rules": grid(shown["rules"]), "decisions": shown["decisions"], "acts": ACTS, "words": WORDS,
        "findings": FINDINGS, "may_act": who.may("orders", "act"), "library": library.templates(),
        "answers": [row | {"said": answered(row)} for row in shown["answers"]],
        "today": workspace.clock().date(), "forms": forms().values(),
    })  # fmt: skip


def _drawn(number: int, one: Mapping[str, Any]) -> dict[str, Any]:
    """Return the drawings of one product's orders, each with its sentence and its numbers."""
    timeline = timeline_chart(one["months"], measure=one["measure"], product=one["product"])
    beside = peers_chart(
        one["peers"], one["own"], measure=one["measure"], group=one["peer_group"], months=one["peer_months"]
    )
    return {
        "number": number, "product": one["product"], "measure": one["measure"],
        "open": any(month["alarm"] or month["open"] for month in one["months"]),
        "timeline": timeline, "timeline_svg": timeline_svg(one["months"], summary=timeline.summary),
        "peers": beside, "peers_svg": peers_svg(one["peers"], one["own"], summary=beside.summary),
        "returned": f"{numbers.amount(one['returned'])} {one['measure']}" if one["returned"] else "",
    }  # fmt: skip


@router.get("/orders/decide", response_class=HTMLResponse)
def deciding(request: Request, who: Annotated[Visitor, needs("orders")], subject: Id, subject_id: Id) -> HTMLResponse:
    """Offer what can be decided about one order, alarm or customer, with what stands against it."""
    workspace = site_of(request).workspace
    if subject not in ACTS:
        raise UnknownName("subject of a decision", subject, ACTS)
    who.saw([subject_id])
    return page(request, "orders/decide.html", {
        "tabs": TABS, "subject": subject, "subject_id": subject_id, "acts": ACTS[subject], "words": WORDS,
        "findings": FINDINGS, "may_act": who.may("orders", "act"), "today": workspace.clock().date(),
        "against": order_cases.stands_against(workspace, subject_id) if subject == "order" else [],
        "earlier": grid(_earlier(workspace, subject, subject_id)),
    })  # fmt: skip


def _earlier(workspace: Any, subject: str, subject_id: str) -> list[dict[str, Any]]:
    return order_decisions.decided(workspace, subject, subject_id)


@router.post("/orders/decide")
def decide(request: Request, who: Annotated[Visitor, needs("orders", "act")], form: Form) -> Response:
    """Write a decision down; where the house asks for two, a second person is asked."""
    site = site_of(request)
    choice = order_decisions.choice_of(form, who.person)
    customer = form.get("customer", "")
    with site.acting() as workspace:
        try:
            made = order_decisions.decide(workspace, choice)
        except NeedsSecond:
            asked = site.access.requests.ask(
                "order-decision", f"{choice.subject} {choice.subject_id}", order_decisions.as_payload(choice), who,
                choice.ground,
            )  # fmt: skip
            return RedirectResponse(address("/orders/waits", request=asked, customer=customer), status_code=303)
    of = customer or made.row["customer_id"]
    done = f"{WORDS[choice.act][0]}: entry {made.row['ledger_seq']} of the ledger"
    return RedirectResponse(address("/orders/dossier", customer=of, done=done), status_code=303)


@router.get("/orders/waits", response_class=HTMLResponse, dependencies=[needs("orders")])
def waits(request: Request, request_id: Annotated[str, Query(alias="request", max_length=40)],
          customer: Id = "") -> HTMLResponse:  # fmt: skip
    """Say that a decision waits for a second person, and where they find it."""
    return page(request, "orders/waits.html", {"tabs": TABS, "asked": request_id, "customer": customer})


@router.get("/orders/questions", response_class=HTMLResponse)
def questions(request: Request, who: Annotated[Visitor, needs("customers")], done: Done = "") -> HTMLResponse:
    """List questions to customers: what is overdue first, then what waits, then what was answered."""
    workspace = site_of(request).workspace
    rows = library.questions(workspace.store, workspace.clock().date())
    rows.sort(key=lambda row: ("overdue", "waiting", "answered").index(row["state"]))
    who.saw([row["customer_id"] for row in rows[:500]])
    return page(request, "orders/questions.html", {
        "tabs": TABS, "rows": rows[:500], "left": max(len(rows) - 500, 0), "done": done,
        "overdue": sum(row["state"] == "overdue" for row in rows),
        "waiting": sum(row["state"] == "waiting" for row in rows), "may_act": who.may("customers", "act"),
    })  # fmt: skip


@router.post("/orders/questions")
def ask(request: Request, who: Annotated[Visitor, needs("customers", "act")], form: Form) -> Response:
    """Put a question on record: from the library, in one's own words, or what the open flags call for."""
    customer = form.need("customer", "the customer", 200)
    text, kind = form.get("text", ""), form.get("kind", "")
    with site_of(request).acting() as workspace:
        asked = order_cases.ask_customer(
            workspace, customer, about=form.get("about") or None, kinds=[kind] if kind else [], text=text or None,
            person=who.person, due=day_of(form.get("due", "")),
        )  # fmt: skip
    done = f"{numbers.counted(len(asked), 'question')} on record; send them yourself"
    return RedirectResponse(address("/orders/dossier", customer=customer, done=done), status_code=303)


@router.post("/orders/answers")
def answer(request: Request, who: Annotated[Visitor, needs("customers", "act")], form: Form) -> Response:
    """Write down what a customer answered."""
    with site_of(request).acting() as workspace:
        row = library.answer(
            workspace, form.need("question", "the question"), text=form.need("text", "the answer", 4000),
            person=who.person,
        )  # fmt: skip
    done = f"The answer to {row['question']} is on record"
    return RedirectResponse(address("/orders/dossier", customer=row["customer_id"], done=done), status_code=303)


@router.get("/orders/outcomes", response_class=HTMLResponse, dependencies=[needs("orders")])
def outcomes(request: Request) -> HTMLResponse:
    """Say how alarms and flags turned out: how often explained, with intervals."""
    workspace = site_of(request).workspace
    rows = dispositions(workspace.store, workspace.clock().date())
    shown = [row | {"explained_share": numbers.estimate(row["explained_share"])} for row in rows]
    return page(request, "orders/outcomes.html", {"tabs": TABS, "rows": grid(shown)})


@router.get("/orders/reports", response_class=HTMLResponse)
def reports(request: Request, who: Annotated[Visitor, needs("orders")], done: Done = "") -> HTMLResponse:
    """List drafts with the last day of the law, and what was filed or withdrawn."""
    workspace = site_of(request).workspace
    today = workspace.clock().date()
    rows = []
    for row in papers.reports(workspace.store):
        due = papers.due_of(row) if row["state"] == "draft" else None
        rows.append(row | {"due": due, "late": due is not None and due < today})
    who.saw([row["report"] for row in rows])
    return page(request, "orders/reports.html", {
        "tabs": TABS, "rows": rows, "done": done, "late": sum(row["late"] for row in rows),
        "drafts": sum(row["state"] == "draft" for row in rows), "forms": forms().values(),
        "may_act": who.may("orders", "act"),
    })  # fmt: skip


@router.get("/orders/report", response_class=HTMLResponse)
def report(request: Request, who: Annotated[Visitor, needs("orders")], report: Id, done: Done = "") -> HTMLResponse:
    """Show one report field by field; what is missing is named, and can be filled in."""
    row = papers.report(site_of(request).workspace.store, report)
    who.saw([report])
    body = papers.body_of(row)
    return page(request, "orders/report.html", {
        "tabs": TABS, "row": row, "body": body, "due": papers.due_of(row), "done": done,
        "form": order_decisions.form_of_report(row), "may_act": who.may("orders", "act"),
    })  # fmt: skip


@router.post("/orders/reports")
def draft(request: Request, who: Annotated[Visitor, needs("orders", "act")], form: Form) -> Response:
    """Draft a report from what is on record; nothing is sent."""
    given = {name.removeprefix("field-"): text for name, text in form.items() if name.startswith("field-") and text}
    with site_of(request).acting() as workspace:
        row = papers.draft(
            workspace, form.need("form", "the form", 80), form.need("subject", "what it is about", 200),
            person=who.person, given=given,
        )  # fmt: skip
    return RedirectResponse(address("/orders/report", report=row["report"], done="Drafted; nothing is sent"), 303)


@router.post("/orders/reports/filed")
def filed(request: Request, who: Annotated[Visitor, needs("orders", "act")], form: Form) -> Response:
    """Write down that a person filed a report, with the authority's number."""
    with site_of(request).acting() as workspace:
        row = papers.file(
            workspace, form.need("report", "the report", 80), reference=form.need("reference", "the number given", 200),
            person=who.person, on=day_of(form.get("on", "")),
        )  # fmt: skip
    return RedirectResponse(address("/orders/report", report=row["report"], done="Filed, on record"), 303)


@router.post("/orders/reports/withdrawn")
def withdrawn(request: Request, who: Annotated[Visitor, needs("orders", "act")], form: Form) -> Response:
    """Ask a second person to withdraw a report."""
    name, ground = form.need("report", "the report", 80), form.need("ground", "the reason", 2000)
    site = site_of(request)
    with site.acting():
        asked = site.access.requests.ask(
            "order-report-withdrawal", name, order_decisions.withdrawal_of(name, ground), who, ground
        )
    return RedirectResponse(address("/orders/waits", request=asked), status_code=303)
