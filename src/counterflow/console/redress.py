"""Redress: somebody affected asks; another person than the one who takes it in decides; what was wrong is put right."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from counterflow.console.layout import page
from counterflow.console.redress_view import list_view, request_view
from counterflow.core.errors import UsageError
from counterflow.flow import redress as desk
from counterflow.flow.redress_carried import carried, open_sheets
from counterflow.flow.redress_counts import counts
from counterflow.flow.redress_decide import decide, reopen
from counterflow.flow.redress_touch import touched
from counterflow.web.forms import Filled, filled
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter()

_Id = Annotated[str, Path(max_length=40)]
_Form = Annotated[Filled, Depends(filled)]
_LONGEST = 4000


@router.get("/redress", response_class=HTMLResponse)
def show(request: Request, who: Annotated[Visitor, needs("redress")]) -> HTMLResponse:
    """Show who waits for an answer, and by when."""
    workspace = site_of(request).workspace
    requests = desk.all_requests(workspace)
    who.saw([str(row["request"]) for row in requests])
    view = list_view(requests, counts(workspace))
    return page(request, "redress/list.html", view | {"may_act": who.may("redress", "act")})


@router.get("/redress/new", response_class=HTMLResponse)
def new(
    request: Request,
    who: Annotated[Visitor, needs("redress-intake", "act")],
    record: Annotated[str, Query(max_length=400)] = "",
    name: Annotated[str, Query(max_length=500)] = "",
) -> HTMLResponse:
    """Ask what somebody says is wrong."""
    workspace = site_of(request).workspace
    return page(request, "redress/new.html", {
        "about": list(desk.ABOUT.items()), "record": record, "name": name, "today": workspace.clock().date(),
        "days": workspace.settings.redress.days, "person": who.person, "may_read": who.may("redress"),
    })  # fmt: skip


@router.post("/redress", response_class=HTMLResponse)
def take_in(request: Request, who: Annotated[Visitor, needs("redress-intake", "act")], form: _Form) -> Response:
    """Put a request on record; who may not read requests gets its receipt."""
    asked = desk.Request(
        about=form.need("about", "what it is about", 40), words=form.need("words", "what they say is wrong", _LONGEST),
        asker=form.need("asker", "who asks"), contact=form.need("contact", "where the answer goes"),
        standing=form.get("standing", ""), records=form.get("records", "").split(), name=form.get("name", ""),
        customer_id=form.get("customer_id", ""), received_on=_day(form, "received_on"),
    )  # fmt: skip
    with site_of(request).acting() as workspace:
        made = desk.take_in(workspace, asked, person=who.person)
    shown = "" if who.may("redress") else "/receipt"
    return RedirectResponse(f"/redress/{made['request']}{shown}", status_code=303)


@router.get("/redress/{case}/receipt", response_class=HTMLResponse)
def receipt(request: Request, case: _Id, who: Annotated[Visitor, needs("redress-intake", "act")]) -> HTMLResponse:
    """Show the number and the day of a request to who took it in, to be told to who asks."""
    told = desk.receipt_of(site_of(request).workspace, case, person=who.person)
    who.saw([case])
    return page(request, "counter/receipt.html", told | {"may_read": who.may("redress")})


@router.get("/redress/{case}", response_class=HTMLResponse)
def one(request: Request, case: _Id, who: Annotated[Visitor, needs("redress")]) -> HTMLResponse:
    """Show one request with everything it touches."""
    workspace = site_of(request).workspace
    held = desk.find_request(workspace, case)
    who.saw([case, *(held["records"] or [])])
    view = request_view(held, touched(workspace, held), carried(workspace, case), open_sheets(workspace, case))
    return page(request, "redress/request.html", view | {
        "may_act": who.may("redress", "act"), "may_decide": who.may("redress", "decide"), "person": who.person,
    })  # fmt: skip


@router.post("/redress/{case}/decide", response_class=HTMLResponse)
def decide_it(
    request: Request, case: _Id, who: Annotated[Visitor, needs("redress", "decide")], form: _Form
) -> Response:
    """Decide a request and put right what was chosen."""
    with site_of(request).acting(timeout=30) as workspace:
        decide(
            workspace, case, verdict=form.need("verdict", "the decision", 20),
            words=form.need("words", "the ground", _LONGEST), choices=form.all("choice"), person=who.person,
        )  # fmt: skip
    return _back(case)


@router.post("/redress/{case}/reopen", response_class=HTMLResponse)
def reopen_it(
    request: Request, case: _Id, who: Annotated[Visitor, needs("redress", "decide")], form: _Form
) -> Response:
    """Open a decided request again."""
    with site_of(request).acting() as workspace:
        reopen(workspace, case, words=form.need("words", "the reason", _LONGEST), person=who.person)
    return _back(case)


@router.post("/redress/{case}/act", response_class=HTMLResponse)
def act(request: Request, case: _Id, who: Annotated[Visitor, needs("redress", "act")], form: _Form) -> Response:
    """Note, extend, answer, or put on record who was told."""
    what = form.need("act", "what was done", 20)
    words = form.need("words", "the words", _LONGEST)
    with site_of(request).acting() as workspace:
        if what == "note":
            desk.note(workspace, case, words=words, person=who.person)
        elif what == "extend":
            desk.extend(workspace, case, words=words, person=who.person)
        elif what == "answer":
            desk.answered(workspace, case, words=words, person=who.person, on=_day(form, "on"))
        elif what == "tell":
            recipient = form.need("recipient", "who was told", 200)
            desk.told(workspace, case, recipient=recipient, words=words, person=who.person)
        else:
            raise UsageError(f"There is no act {what!r}.", hint="note, extend, answer or tell.")
    return _back(case)


def _back(case: str) -> Response:
    return RedirectResponse(f"/redress/{case}", status_code=303)


def _day(form: Filled, name: str) -> dt.date | None:
    return desk.day_of(form.get(name, "")[:40])
