"""Today: what to inspect, why, and what came of it; recorded with two keys."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from counterflow.console.layout import frame, page, templates
from counterflow.console.today_view import FINDINGS, STATES, address, card_view, progress_view, rank_view, today_view
from counterflow.core.errors import CounterflowError, InputError
from counterflow.flow.outcomes import Entered, record_outcome
from counterflow.flow.rank_question import rank_question
from counterflow.flow.today import today_of
from counterflow.report.sheet_blocks import sheet_pdf
from counterflow.web.forms import Filled, filled
from counterflow.web.site import Site, site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter()

_Name = Annotated[str | None, Query(max_length=200)]
_Day = Annotated[dt.date | None, Query(description="YYYY-MM-DD")]
_Given = Annotated[str, Query(max_length=200)]


@router.get("/today", response_class=HTMLResponse)
def show(
    request: Request,
    who: Annotated[Visitor, needs("sheet")],
    office: _Name = None,
    lane: _Name = None,
    day: _Day = None,
    plan: _Name = None,
) -> HTMLResponse:
    """Show the sheets of a day and one of them."""
    shown = today_of(site_of(request).workspace, day=day, office=office, lane=lane, plan=plan)
    if shown["sheet"]:
        who.saw([str(item["record_id"]) for item in shown["sheet"]["items"]])
    return page(request, "today/page.html", today_view(shown) | _rights(who))


def _rights(who: Visitor) -> dict[str, bool]:
    return {"may_record": who.may("outcome", "act"), "may_ask": who.may("whatif-rank")}


@router.post("/today/outcome", response_class=HTMLResponse)
def record(
    request: Request,
    who: Annotated[Visitor, needs("outcome", "act")],
    form: Annotated[Filled, Depends(filled)],
) -> Response:
    """Record what came of an inspection; give the card back, or go back to the sheet."""
    entered = _entered(form)
    site, part = site_of(request), "hx-request" in request.headers
    problem, status = "", 200
    try:
        with site.acting() as workspace:
            record_outcome(workspace, entered, person=who.person)
    except CounterflowError as error:
        if not part:
            raise
        problem, status = f"{error.message} {error.hint}".strip(), error.http_status
    where = {name: form.get(name, "") for name in ("office", "lane", "day")}
    if not part:
        back = address("/today", **where, plan=entered.plan)
        return RedirectResponse(f"{back}#record-{form.get('rank', '1')[:6]}", status_code=303)
    return _card(request, site, who, where, entered, problem, status)


def _entered(form: Filled) -> Entered:
    """Read the form of a card.

    Raises:
        UsageError: a field is missing or too long.
        InputError: the number of outcomes seen is no number.
    """
    seen = form.get("seen", "")
    if seen and not (seen.isdigit() and len(seen) < 7):
        raise InputError("This form cannot be used.", hint="Open the page again.", column="seen", value=seen[:40])
    time = form.get("time", "")[:40]
    return Entered(
        form.need("source", "the record's source", 200), form.need("record_id", "the record", 200),
        form.need("plan", "the plan", 200), form.need("state", "what happened to it", 40),
        form.get("confirmation", "")[:40] or "none", form.get("harm_class", "")[:100],
        # a browser's field for day and hour names no offset; the page says that it is UTC
        f"{time}Z" if time and len(time) <= len("2026-01-01T00:00:00") and "T" in time else time,
        int(seen) if seen else None,
    )  # fmt: skip


def _card(
    request: Request, site: Site, who: Visitor, where: dict[str, str], entered: Entered, problem: str, status: int
) -> Response:
    """Return the card as it now stands, with the tiles beside it."""
    day = _day_of(where["day"])
    shown = today_of(site.workspace, day=day, office=where["office"], lane=where["lane"], plan=entered.plan)
    sheet = shown["sheet"]
    item = next(i for i in sheet["items"] if (i["source"], i["record_id"]) == (entered.source, entered.record_id))
    card = card_view(item, sheet, shown["classes"]) | {"problem": problem}
    context: dict[str, Any] = frame(request) | _rights(who)
    context |= {"card": card, "tiles": progress_view(shown), "states": STATES, "findings": FINDINGS}
    return HTMLResponse(templates().get_template("today/recorded.html").render(context), status_code=status)


def _day_of(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError("This is not a day.", hint="Open the page again.", column="day", value=text[:40]) from None


@router.get("/today/sheet.pdf")
def sheet_as_pdf(
    request: Request,
    who: Annotated[Visitor, needs("sheet")],
    office: _Given,
    lane: _Given,
    day: Annotated[dt.date, Query()],
    plan: _Name = None,
) -> Response:
    """Give a sheet as a PDF to print or to carry."""
    site = site_of(request)
    shown = today_of(site.workspace, day=day, office=office, lane=lane, plan=plan)
    who.saw([str(item["record_id"]) for item in shown["sheet"]["items"]])
    body = sheet_pdf(shown["sheet"], made_at=site.workspace.clock(), person=who.person)
    name = f"sheet-{day.isoformat()}.pdf"
    return Response(body, media_type="application/pdf", headers={"content-disposition": f'inline; filename="{name}"'})


@router.get("/today/rank", response_class=HTMLResponse)
def rank(
    request: Request, who: Annotated[Visitor, needs("whatif-rank")], plan: _Given, source: _Given, record: _Given
) -> HTMLResponse:
    """Show what a record's rank is made of; the look itself is on record."""
    told = rank_question(site_of(request).workspace, plan, source, record)
    who.saw([record])
    return page(request, "today/rank.html", rank_view(told) | {"person": who.person, "purpose": who.purpose})
