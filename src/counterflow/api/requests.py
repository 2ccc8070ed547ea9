"""`/v1/requests` and `/v1/overrides`: acts that need two people, and what one did alone with its review."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from counterflow.access.doors import Doors
from counterflow.access.overrides import Override
from counterflow.access.requests import Asked
from counterflow.api.idempotency import Key, digest_of, once
from counterflow.api.openapi import PREFIX
from counterflow.api.paging import Cursor, Limit, Page, list_of, page_of
from counterflow.api.sent import sent
from counterflow.report.rows import plain
from counterflow.store.workspace import Workspace
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, tags=["requests"])

State = Literal["", "open", "agreed", "refused", "withdrawn", "overridden", "lapsed"]
_Id = Annotated[str, Path(max_length=40, description="id of the request")]
_Ground = Annotated[str, Field(max_length=500, description="why, in words")]


class RequestRow(BaseModel):
    """A request as it stands."""

    request: str
    act: str
    subject: str = Field(description="what it is about: an id")
    payload: dict[str, Any] = Field(description="exactly what would be done")
    ground: str
    asked_by: str = Field(description="name of who asked")
    asked_at: dt.datetime
    ends_at: dt.datetime = Field(description="nobody can agree after that")
    state: str = Field(description="open | agreed | refused | withdrawn | overridden | lapsed")
    closed_by: str | None
    closed_at: dt.datetime | None
    result: dict[str, Any] | None
    why_not: str = Field(description="why you cannot be the second person; empty where you can, or where it is over")


class OverrideRow(BaseModel):
    """What one did alone, and its review."""

    override: str
    request: str
    by: str
    ground: str
    at: dt.datetime
    due_at: dt.datetime
    state: str = Field(description="waiting | overdue | reviewed")
    verdict: str | None
    reviewed_by: str | None
    review: str | None


class AskSent(BaseModel):
    """What is asked for."""

    model_config = ConfigDict(extra="forbid")

    act: str = Field(min_length=1, max_length=64)
    subject: str = Field(min_length=1, max_length=500)
    payload: dict[str, Any] = Field(default_factory=dict, max_length=100)
    ground: _Ground


class GroundSent(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid")

    ground: _Ground = ""


class ReviewSent(BaseModel):
    """Whether an override was justified."""

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["justified", "not-justified"]
    ground: _Ground


@router.get("/requests", response_model=Page[RequestRow])
def list_requests(
    request: Request,
    who: Annotated[Visitor, needs("requests")],
    state: Annotated[State, Query(description="only in this state")] = "",
    limit: Limit = 100,
    cursor: Cursor = "",
) -> JSONResponse:
    """List requests by time asked."""
    doors = site_of(request).access
    rows = [_asked(doors, one, who) for one in doors.requests.all() if state in {"", one.state}]
    who.saw([row["request"] for row in rows])
    return page_of(
        plain(rows), lambda row: (row["asked_at"], row["request"]), limit, cursor, list_of("requests", state=state)
    )


@router.post("/requests", response_model=RequestRow, status_code=201)
def ask(
    request: Request,
    who: Annotated[Visitor, needs("requests", "act")],
    told: Annotated[AskSent, sent(AskSent)],
    key: Key = "",
) -> JSONResponse:
    """Ask for an act that needs a second person; nothing is done yet."""
    doors = site_of(request).access

    def act(workspace: Workspace) -> dict[str, Any]:
        del workspace
        return _asked(
            doors, doors.requests.one(doors.requests.ask(told.act, told.subject, told.payload, who, told.ground)), who
        )

    return once(request, site_of(request), who, key, digest_of(told.model_dump_json()), act, status=201)


@router.get("/requests/{asked}", response_model=RequestRow)
def show(request: Request, who: Annotated[Visitor, needs("requests")], asked: _Id) -> JSONResponse:
    """Give one request."""
    doors = site_of(request).access
    who.saw([asked])
    return JSONResponse(plain(_asked(doors, doors.requests.one(asked), who)))


@router.post("/requests/{asked}/agree", response_model=RequestRow)
def agree(
    request: Request,
    who: Annotated[Visitor, needs("requests", "decide")],
    asked: _Id,
    told: Annotated[GroundSent, sent(GroundSent)],
    key: Key = "",
) -> JSONResponse:
    """Agree as the second person; the act is done now."""
    doors = site_of(request).access

    def act(workspace: Workspace) -> dict[str, Any]:
        del workspace
        doors.requests.agree(asked, who, told.ground)
        return _asked(doors, doors.requests.one(asked), who)

    return once(request, site_of(request), who, key, digest_of(told.model_dump_json()), act)


@router.post("/requests/{asked}/refuse", response_model=RequestRow)
def refuse(
    request: Request,
    who: Annotated[Visitor, needs("requests", "decide")],
    asked: _Id,
    told: Annotated[GroundSent, sent(GroundSent)],
    key: Key = "",
) -> JSONResponse:
    """Refuse with a ground; nothing is done."""
    doors = site_of(request).access

    def act(workspace: Workspace) -> dict[str, Any]:
        del workspace
        doors.requests.refuse(asked, who, told.ground)
        return _asked(doors, doors.requests.one(asked), who)

    return once(request, site_of(request), who, key, digest_of(told.model_dump_json()), act)


@router.post("/requests/{asked}/withdraw", response_model=RequestRow)
def withdraw(
    request: Request, who: Annotated[Visitor, needs("requests", "act")], asked: _Id, key: Key = ""
) -> JSONResponse:
    """Take one's own request back."""
    doors = site_of(request).access

    def act(workspace: Workspace) -> dict[str, Any]:
        del workspace
        doors.requests.withdraw(asked, who)
        return _asked(doors, doors.requests.one(asked), who)

    return once(request, site_of(request), who, key, digest_of(asked), act)


@router.get("/overrides", response_model=Page[OverrideRow])
def list_overrides(
    request: Request, who: Annotated[Visitor, needs("overrides")], limit: Limit = 100, cursor: Cursor = ""
) -> JSONResponse:
    """List what one person did alone in an emergency, by time."""
    doors = site_of(request).access
    rows = [_override(doors, one) for one in doors.overrides.all()]
    who.saw([row["override"] for row in rows])
    return page_of(plain(rows), lambda row: (row["at"], row["override"]), limit, cursor, list_of("overrides"))


@router.post("/overrides/{used}/review", response_model=OverrideRow)
def review(
    request: Request,
    who: Annotated[Visitor, needs("overrides", "decide")],
    used: Annotated[str, Path(max_length=40, description="id of the override")],
    told: Annotated[ReviewSent, sent(ReviewSent)],
    key: Key = "",
) -> JSONResponse:
    """Say as another person whether an override was justified. Overriding itself takes a person at the console."""
    doors = site_of(request).access

    def act(workspace: Workspace) -> dict[str, Any]:
        del workspace
        doors.overrides.review(used, told.verdict, who, told.ground)
        return _override(doors, doors.overrides.one(used))

    return once(request, site_of(request), who, key, digest_of(told.model_dump_json()), act)


def _asked(doors: Doors, one: Asked, who: Visitor) -> dict[str, Any]:
    return {
        "request": one.id, "act": one.act, "subject": one.subject, "payload": dict(one.payload), "ground": one.ground,
        "asked_by": doors.people.name_of(one.asked_by), "asked_at": one.asked_at, "ends_at": one.ends_at,
        "state": one.state, "closed_by": doors.people.name_of(one.closed_by) if one.closed_by else None,
        "closed_at": one.closed_at, "result": None if one.result is None else dict(one.result),
        "why_not": doors.requests.why_not(one, who) if one.state == "open" else "",
    }  # fmt: skip


def _override(doors: Doors, one: Override) -> dict[str, Any]:
    return {
        "override": one.id, "request": one.request, "by": doors.people.name_of(one.by), "ground": one.ground,
        "at": one.at, "due_at": one.due_at, "state": one.state, "verdict": one.verdict or None,
        "reviewed_by": doors.people.name_of(one.reviewed_by) if one.reviewed_by else None,
        "review": one.review or None,
    }  # fmt: skip
