"""`/v1/watch`: alarms with their doubt, what is due, what was done; looks, agreements, watches after supply events."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from counterflow.api.idempotency import Key, digest_of, once
from counterflow.api.openapi import PREFIX
from counterflow.api.paging import Cursor, Limit, Page, list_of, page_of
from counterflow.api.sent import sent
from counterflow.flow.watch_answers import (
    agree,
    mark_acknowledged,
    mark_acted,
    mark_disposed,
    mark_told,
    may_answer,
    side_of,
)
from counterflow.flow.watch_desk import alarm_file, look_now
from counterflow.report.rows import plain
from counterflow.watch.disclosure import Request as Agreement
from counterflow.watch.disclosure.approvals import standing
from counterflow.watch.disclosure.rules import COARSE
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs
from counterflow.web.watch_views import reader_for, room_for

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, tags=["watch"])

Alarm = Annotated[str, Path(max_length=80, pattern=r"^[AH]-[0-9A-Za-z.\-]+$")]
Read = Annotated[Visitor, needs("watch")]
Act = Annotated[Visitor, needs("watch", "act")]
Decide = Annotated[Visitor, needs("watch", "decide")]
At = Annotated[AwareDatetime | None, Field(description="when it was done; now where not given")]
Words = Annotated[str, Field(min_length=1, max_length=2_000)]
Contact = Annotated[str, Field(min_length=1, max_length=200)]


class AlarmRow(BaseModel):
    """An alarm on the board of responses."""

    model_config = ConfigDict(extra="allow")

    alarm: str = Field(description="id; what stands before the dot names the signal")
    state: str = Field(description="new, told, acknowledged, acted, disposed or no longer stands")
    place: str
    measure: str
    period: str = Field(description="first day of the period")
    observed: float | str | None = Field(description="counted; text where small or withheld")
    expected: float | None
    overdue: int = Field(description="things that are past their time")


class AlarmTold(BaseModel):
    """Contacts who were told."""

    model_config = ConfigDict(extra="forbid")

    to: list[Contact] = Field(default_factory=list, max_length=200, description="all that are due where empty")
    at: At = None


class AlarmAcknowledged(BaseModel):
    """A contact who acknowledged."""

    model_config = ConfigDict(extra="forbid")

    contact: Contact
    at: At = None


class AlarmActed(BaseModel):
    """What was done."""

    model_config = ConfigDict(extra="forbid")

    words: Words
    contact: str = Field("", max_length=200, description="who did it, where it was a contact")
    at: At = None


class AlarmDisposed(BaseModel):
    """What an alarm turned out to have been."""

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["outbreak", "artefact", "data-error", "known-event", "not-judged"]
    words: Words


class WatchLook(BaseModel):
    """A look at what is held."""

    model_config = ConfigDict(extra="forbid")

    periods: int = Field(1, ge=1, le=52, description="newest judged periods to record")
    budget: str = Field("", max_length=40, description="false alarms borne, as 1% or 2/week; else the setting")


class AgreementAsked(BaseModel):
    """One side's agreement that enforcement may see harm below an area."""

    model_config = ConfigDict(extra="forbid")

    purpose: str = Field("supply-response", max_length=40)
    area: str = Field(min_length=1, max_length=200)
    starts: dt.date = Field(description="first day of counts")
    ends: dt.date = Field(description="last day of counts")
    expires: dt.date = Field(description="last day of reading, within 92 days")
    ground: Words

    def asked(self) -> Agreement:
        """Return what the room is asked to agree to."""
        return Agreement(self.purpose, self.area.strip(), self.starts, self.ends, self.expires)


@router.get("/watch/alarms", response_model=Page[AlarmRow])
def list_alarms(
    request: Request,
    who: Read,
    state: Annotated[str, Query(max_length=40)] = "",
    limit: Limit = 100,
    cursor: Cursor = "",
) -> JSONResponse:
    """List alarms as you may see them, with what each rests on."""
    rows = [row for row in room_for(site_of(request), who)["alarms"] if state in ("", row["state"])]
    return page_of(rows, lambda row: (str(row["alarm"]),), limit, cursor, list_of("alarms", state=state))


@router.get("/watch/due")
def list_due(request: Request, who: Read) -> dict[str, Any]:
    """Say what is still to be done about alarms, soonest first, and how often alarms turned out to be right."""
    room = room_for(site_of(request), who)
    told: dict[str, Any] = plain({name: room[name] for name in ("due", "precision", "withheld", "role", "purpose")})
    return told


@router.get("/watch/alarms/{alarm}")
def show_alarm(request: Request, who: Read, alarm: Alarm) -> dict[str, Any]:
    """Give one alarm: its brief, every act on it, and what is left to do."""
    site, reader = site_of(request), reader_for(site_of(request), who)
    found = alarm_file(site.workspace, alarm, role=reader.role, purpose=reader.purpose)
    if found["brief"]["where"]["level"] not in COARSE:
        who.saw([found["alarm"]])
    told: dict[str, Any] = plain(found)
    return told


@router.post("/watch/looks")
def look(request: Request, who: Act, told: Annotated[WatchLook, sent(WatchLook)], key: Key = "") -> JSONResponse:
    """Judge what is held by the default alarm and put its alarms on record; take back what no longer stands."""
    return once(
        request, site_of(request), who, key, digest_of(told.model_dump_json()),
        lambda w: look_now(w, budget=told.budget, periods=told.periods, made_by="api").as_dict(),
    )  # fmt: skip


@router.post("/watch/alarms/{alarm}/told")
def was_told(
    request: Request, who: Act, alarm: Alarm, told: Annotated[AlarmTold, sent(AlarmTold)], key: Key = ""
) -> JSONResponse:
    """Put on record that contacts were told; nothing is sent from here."""
    reader = reader_for(site_of(request), who)
    may_answer(site_of(request).workspace, alarm, reader)
    return once(request, site_of(request), who, key, digest_of(told.model_dump_json()),
                lambda w: mark_told(w, alarm, person=who.person, to=told.to, at=told.at))  # fmt: skip


@router.post("/watch/alarms/{alarm}/acknowledged")
def was_acknowledged(
    request: Request, who: Act, alarm: Alarm, told: Annotated[AlarmAcknowledged, sent(AlarmAcknowledged)], key: Key = ""
) -> JSONResponse:
    """Put on record that a contact who was told acknowledged."""
    may_answer(site_of(request).workspace, alarm, reader_for(site_of(request), who))
    return once(request, site_of(request), who, key, digest_of(told.model_dump_json()),
                lambda w: mark_acknowledged(w, alarm, contact=told.contact, person=who.person, at=told.at))  # fmt: skip


@router.post("/watch/alarms/{alarm}/acted")
def was_acted_on(
    request: Request, who: Act, alarm: Alarm, told: Annotated[AlarmActed, sent(AlarmActed)], key: Key = ""
) -> JSONResponse:
    """Put on record what was done about an alarm."""
    may_answer(site_of(request).workspace, alarm, reader_for(site_of(request), who))
    return once(
        request, site_of(request), who, key, digest_of(told.model_dump_json()),
        lambda w: mark_acted(w, alarm, person=who.person, words=told.words, contact=told.contact, at=told.at),
    )  # fmt: skip


@router.post("/watch/alarms/{alarm}/disposed")
def was_judged(
    request: Request, who: Decide, alarm: Alarm, told: Annotated[AlarmDisposed, sent(AlarmDisposed)], key: Key = ""
) -> JSONResponse:
    """Put on record what an alarm turned out to have been; a later verdict counts in place of an earlier one."""
    may_answer(site_of(request).workspace, alarm, reader_for(site_of(request), who))
    return once(request, site_of(request), who, key, digest_of(told.model_dump_json()),
                lambda w: mark_disposed(w, alarm, told.verdict, person=who.person, words=told.words))  # fmt: skip


@router.get("/watch/agreements", dependencies=[needs("watch")])
def list_agreements(request: Request) -> dict[str, Any]:
    """List agreements that enforcement may see harm below an area: holds, waits for the other side, expired."""
    workspace = site_of(request).workspace
    today = workspace.clock().date()
    told: dict[str, Any] = plain({"items": [one.as_dict(today) for one in standing(workspace.store)]})
    return told


@router.post("/watch/agreements")
def make_agreement(
    request: Request,
    who: Annotated[Visitor, needs("watch-local", "decide")],
    told: Annotated[AgreementAsked, sent(AgreementAsked)],
    key: Key = "",
) -> JSONResponse:
    """Agree for your side: health for the purpose health-response, oversight for the purpose oversight."""
    side = side_of(who.purpose)
    return once(request, site_of(request), who, key, digest_of(told.model_dump_json()),
                lambda w: agree(w, told.asked(), side=side, person=who.person, ground=told.ground))  # fmt: skip


@router.get("/watch/supply")
def list_watches(request: Request, who: Read) -> dict[str, Any]:
    """List watches on harm after supply events, with what is seen so far: an association, not an effect."""
    from counterflow.flow.watch_actions import list_watches as listed
    from counterflow.flow.watch_actions import masked

    workspace = site_of(request).workspace
    rows = listed(workspace, role=reader_for(site_of(request), who).role)
    small = workspace.settings.watch.small_cell
    told: dict[str, Any] = plain({"items": [row | {"known": masked(row["known"], small)} for row in rows]})
    return told
