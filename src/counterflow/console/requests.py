"""Acts that need two people: what waits, who may agree, what became of it; and what one did alone, with its review."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from counterflow.access.acts import ACTS
from counterflow.access.doors import Doors
from counterflow.access.overrides import Override
from counterflow.access.requests import Asked
from counterflow.console.layout import page
from counterflow.core.errors import UsageError
from counterflow.flow.house_list import HOUSE
from counterflow.report import numbers
from counterflow.web.forms import Filled, filled
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter()

_SHOWN_CLOSED = 50
_ENTRY = ("name", "schema", "alias", "country", "born", "program", "remarks")

_Id = Annotated[str, Path(max_length=40)]
_Form = Annotated[Filled, Depends(filled)]


@router.get("/requests", response_class=HTMLResponse)
def show(
    request: Request, who: Annotated[Visitor, needs("requests")], done: Annotated[str, Query(max_length=40)] = ""
) -> HTMLResponse:
    """Show what waits for a second person, what one did alone, and what became of the rest."""
    doors = site_of(request).access
    every = doors.requests.all()
    waiting = [_waiting(doors, one, who) for one in every if one.state == "open"]
    who.saw([one["id"] for one in waiting])
    alone = [_alone(doors, one, who) for one in doors.overrides.open()] if who.may("overrides") else []
    closed = [_closed(doors, one) for one in reversed(every) if one.state != "open"][:_SHOWN_CLOSED]
    context = {
        "waiting": sorted(waiting, key=lambda one: bool(one["why_not"])), "alone": alone, "closed": closed,
        "may_list": who.may("lists", "act"),
        "may_erase": who.may("erasure", "act"),
        "mine": sum(not one["why_not"] for one in waiting), "done": done, "when": numbers.when,
    }  # fmt: skip
    return page(request, "requests/page.html", context)


@router.post("/requests/erasure")
def ask_erasure(request: Request, who: Annotated[Visitor, needs("erasure", "act")], form: _Form) -> Response:
    """Ask for personal data to be erased: of named records, or of all declared before a day."""
    site, ground = site_of(request), form.need("ground", "why")
    records, before = form.get("records", "").split(), form.get("before", "")
    if bool(records) == bool(before):
        raise UsageError("Name either records or a day.", hint="Nothing was asked for.")
    with site.acting():
        if before:
            asked = site.access.requests.ask("erase-before", before[:20], {}, who, ground)
        else:
            source = form.need("source", "the source of the records", 200)
            asked = site.access.requests.ask("erase-records", source, {"records": records}, who, ground)
    return _back(asked)


@router.post("/requests/list-edit")
def ask_list_edit(request: Request, who: Annotated[Visitor, needs("lists", "act")], form: _Form) -> Response:
    """Ask for an entry of a house list to be added, or for entries to be taken out."""
    site, ground = site_of(request), form.need("ground", "why")
    fields = {name: form.get(name, "")[:500] for name in _ENTRY if form.get(name, "")}
    payload: dict[str, Any] = {"add": [fields]} if fields else {}
    if form.get("remove", "").split():
        payload["remove"] = form.get("remove", "").split()
    if not payload:
        raise UsageError("Name an entry to add, or ids to take out.", hint="Nothing was asked for.")
    name = HOUSE + form.need("list", "the list", 60).removeprefix(HOUSE)
    with site.acting():
        asked = site.access.requests.ask("list-edit", name, payload, who, ground)
    return _back(asked)


@router.post("/requests/{asked}/agree")
def agree(request: Request, who: Annotated[Visitor, needs("requests", "decide")], asked: _Id, form: _Form) -> Response:
    """Agree as the second person; the act is done now."""
    site = site_of(request)
    with site.acting():
        site.access.requests.agree(asked, who, form.get("ground", "")[:500])
    return _back(asked)


@router.post("/requests/{asked}/refuse")
def refuse(request: Request, who: Annotated[Visitor, needs("requests", "decide")], asked: _Id, form: _Form) -> Response:
    """Refuse, with a ground; nothing is done."""
    site = site_of(request)
    with site.acting():
        site.access.requests.refuse(asked, who, form.need("ground", "why you refuse"))
    return _back(asked)


@router.post("/requests/{asked}/withdraw")
def withdraw(request: Request, who: Annotated[Visitor, needs("requests", "act")], asked: _Id) -> Response:
    """Take one's own request back."""
    site = site_of(request)
    with site.acting():
        site.access.requests.withdraw(asked, who)
    return _back(asked)


@router.post("/requests/{asked}/override")
def override(
    request: Request, who: Annotated[Visitor, needs("requests", "decide")], asked: _Id, form: _Form
) -> Response:
    """Do one's own request alone, in an emergency; another person reviews it within 72 hours."""
    site = site_of(request)
    if form.get("alone", "") != "yes":
        raise UsageError("Tick that you do it alone.", hint="Nothing was done.")
    with site.acting():
        found = site.access.requests.one(asked)
        site.access.overrides.act(
            found.act, found.subject, found.payload, who, form.need("ground", "why it cannot wait")
        )
    return _back(asked)


@router.post("/requests/overrides/{used}/review")
def review(request: Request, who: Annotated[Visitor, needs("overrides", "decide")], used: _Id, form: _Form) -> Response:
    """Say whether an override was justified."""
    site = site_of(request)
    with site.acting():
        site.access.overrides.review(used, form.get("verdict", ""), who, form.need("ground", "why"))
    return RedirectResponse("/requests#alone", status_code=303)


def _waiting(doors: Doors, one: Asked, who: Visitor) -> dict[str, Any]:
    mine = doors.people.of(who) == one.asked_by
    act = ACTS.get(one.act)
    known = act is not None
    return {
        "id": one.id, "act": act.words if act else one.act, "subject": one.subject, "ground": one.ground,
        "by": doors.people.name_of(one.asked_by), "at": one.asked_at, "ends": one.ends_at, "mine": mine,
        "payload": json.dumps(dict(one.payload), ensure_ascii=False, indent=1)[:20_000] if one.payload else "",
        "why_not": doors.requests.why_not(one, who) if known else "This program does not know that act any more.",
        "emergency": act is not None and mine and act.emergency and who.may(act.resource, act.agree_with)
        and who.how == "session",
    }  # fmt: skip


def _closed(doors: Doors, one: Asked) -> dict[str, Any]:
    return {
        "id": one.id, "act": ACTS[one.act].words if one.act in ACTS else one.act, "subject": one.subject,
        "state": one.state, "asked_by": doors.people.name_of(one.asked_by), "asked_at": one.asked_at,
        "by": doors.people.name_of(one.closed_by) if one.closed_by else "", "at": one.closed_at or one.ends_at,
        "closing": one.closing, "result": json.dumps(one.result, ensure_ascii=False)[:200] if one.result else "",
    }  # fmt: skip


def _alone(doors: Doors, one: Override, who: Visitor) -> dict[str, Any]:
    asked = doors.requests.one(one.request)
    return {
        "id": one.id, "act": ACTS[asked.act].words if asked.act in ACTS else asked.act, "subject": asked.subject,
        "ground": one.ground, "by": doors.people.name_of(one.by), "at": one.at, "due": one.due_at, "state": one.state,
        "why_not": doors.overrides.why_not(one, who),
    }  # fmt: skip


def _back(asked: str) -> RedirectResponse:
    return RedirectResponse(f"/requests?done={quote(asked)}", status_code=303)
