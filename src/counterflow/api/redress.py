"""`/v1/redress`: requests by people affected, what each touches, decisions, and whether what was put right holds."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from counterflow.api.idempotency import Key, digest_of, once
from counterflow.api.openapi import PREFIX
from counterflow.api.paging import Cursor, Limit, Page, list_of, page_of
from counterflow.api.sent import sent
from counterflow.api.shapes import shape
from counterflow.core.tables import REDRESS_REQUEST
from counterflow.flow import redress as desk
from counterflow.flow.redress_carried import carried
from counterflow.flow.redress_counts import counts
from counterflow.flow.redress_decide import decide, reopen
from counterflow.flow.redress_touch import touched
from counterflow.report.rows import plain
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, tags=["redress"])

_Id = Annotated[str, Path(max_length=40, pattern="^D-[0-9a-f]{12}$", description="id of the request")]
_Words = Annotated[str, Field(min_length=8, max_length=4000)]

RequestTold = shape(
    "RedressRequest", REDRESS_REQUEST, only=("request", "received_on", "due_on", "about"),
    state=(str, "open | decided | answered"), overdue=(bool, "whether its day has passed without an answer"),
    verdict=(str, "granted | partly | refused; empty while it is open"),
)  # fmt: skip
_TOLD = ("request", "received_on", "due_on", "about", "state", "overdue", "verdict")


class RedressSent(BaseModel):
    """What somebody affected asks."""

    model_config = ConfigDict(extra="forbid")

    about: Literal["listed", "suspicion", "finding", "identity", "order", "data", "other"]
    words: _Words = Field(description="what they say is wrong")
    asker: str = Field(min_length=2, max_length=500, description="who asks")
    contact: str = Field(min_length=3, max_length=500, description="where the answer goes")
    standing: str = Field("", max_length=500, description="for whom, if not for themselves")
    records: list[Annotated[str, Field(max_length=400)]] = Field(
        default_factory=list, max_length=200, description="records that it is about, as source/record id"
    )
    name: str = Field("", max_length=500, description="name as it stands on those records")
    customer_id: str = Field("", max_length=200, description="customer that it is about")
    received_on: str = Field("", pattern=r"^(\d{4}-\d\d-\d\d)?$", description="day it reached us; today if left out")


class RedressDecided(BaseModel):
    """A decision, and what it puts right."""

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["granted", "partly", "refused"]
    words: _Words = Field(description="the ground")
    choices: list[Annotated[str, Field(max_length=100)]] = Field(
        default_factory=list, max_length=500, description="what is put right, each by its `choice` in the request"
    )


class RedressReopened(BaseModel):
    """Why a decided request is open again."""

    model_config = ConfigDict(extra="forbid")

    words: _Words


class RedressActSent(BaseModel):
    """Something done about a request."""

    model_config = ConfigDict(extra="forbid")

    act: Literal["note", "extend", "answer", "tell"]
    words: _Words
    recipient: str = Field("", max_length=200, description="of a telling: who was told")
    on: str = Field("", pattern=r"^(\d{4}-\d\d-\d\d)?$", description="of an answer: the day it went out")


@router.get("/redress", response_model=Page[RequestTold])  # type: ignore[valid-type]
def list_requests(
    request: Request, who: Annotated[Visitor, needs("redress")], limit: Limit = 100, cursor: Cursor = ""
) -> JSONResponse:
    """List requests in the order in which they came."""
    rows = desk.all_requests(site_of(request).workspace)
    who.saw([str(row["request"]) for row in rows])
    told = [{name: row[name] for name in _TOLD} for row in rows]
    return page_of(told, lambda row: (str(row["received_on"]), row["request"]), limit, cursor, list_of("redress"))


@router.get("/redress/counts", dependencies=[needs("board")])
def figures(request: Request) -> dict[str, Any]:
    """Give redress in figures, as the board shows it: nobody is named."""
    return counts(site_of(request).workspace)


@router.post("/redress", status_code=201)
def take_in(
    request: Request,
    who: Annotated[Visitor, needs("redress-intake", "act")],
    told: Annotated[RedressSent, sent(RedressSent)],
    key: Key = "",
) -> JSONResponse:
    """Take a request in; from now on it has a day by which it is answered."""
    day = desk.day_of(told.received_on)
    asked = desk.Request(
        told.about, told.words, told.asker, told.contact, told.standing, tuple(told.records), told.name,
        told.customer_id, day,
    )  # fmt: skip
    return once(
        request, site_of(request), who, key, digest_of(told.model_dump_json()),
        lambda w: desk.take_in(w, asked, person=who.person), status=201,
    )  # fmt: skip


@router.get("/redress/{case}")
def show(request: Request, case: _Id, who: Annotated[Visitor, needs("redress")]) -> dict[str, Any]:
    """Give one request: what was done, what it touches, and whether what was put right holds today."""
    workspace = site_of(request).workspace
    held = desk.find_request(workspace, case)
    who.saw([case, *(held["records"] or [])])
    told: dict[str, Any] = plain({"request": held, "touches": touched(workspace, held),
                                  "corrections": carried(workspace, case)})  # fmt: skip
    return told


@router.post("/redress/{case}/decision")
def decide_it(
    request: Request,
    case: _Id,
    who: Annotated[Visitor, needs("redress", "decide")],
    told: Annotated[RedressDecided, sent(RedressDecided)],
    key: Key = "",
) -> JSONResponse:
    """Decide a request and put right what it names; everybody who heard of it is told."""
    return once(
        request, site_of(request), who, key, digest_of(case, told.model_dump_json()),
        lambda w: decide(w, case, verdict=told.verdict, words=told.words, choices=told.choices, person=who.person),
    )  # fmt: skip


@router.post("/redress/{case}/acts")
def act(
    request: Request,
    case: _Id,
    who: Annotated[Visitor, needs("redress", "act")],
    told: Annotated[RedressActSent, sent(RedressActSent)],
    key: Key = "",
) -> JSONResponse:
    """Note, extend, answer, or put on record that a partner was told."""
    day, person = desk.day_of(told.on), who.person
    acts = {
        "note": lambda w: desk.note(w, case, words=told.words, person=person),
        "extend": lambda w: desk.extend(w, case, words=told.words, person=person),
        "answer": lambda w: desk.answered(w, case, words=told.words, person=person, on=day),
        "tell": lambda w: desk.told(w, case, recipient=told.recipient, words=told.words, person=person),
    }
    return once(request, site_of(request), who, key, digest_of(case, told.model_dump_json()), acts[told.act])


@router.post("/redress/{case}/reopening")
def reopen_it(
    request: Request,
    case: _Id,
    who: Annotated[Visitor, needs("redress", "decide")],
    told: Annotated[RedressReopened, sent(RedressReopened)],
    key: Key = "",
) -> JSONResponse:
    """Open a decided request again."""
    return once(
        request, site_of(request), who, key, digest_of(case, told.model_dump_json()),
        lambda w: reopen(w, case, words=told.words, person=who.person),
    )  # fmt: skip
