"""`/v1/watch`, the desk behind alarms: files taken in, agreements taken back, watches opened and closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from counterflow.api.idempotency import Key, digest_of, once
from counterflow.api.openapi import PREFIX
from counterflow.api.sent import NotOfThisKind, sent
from counterflow.core.errors import UsageError
from counterflow.flow.watch_actions import close_watch, masked, open_after_event, open_watch
from counterflow.flow.watch_answers import withdrawn
from counterflow.flow.watch_desk import take_counts, take_register
from counterflow.store.workspace import Workspace
from counterflow.watch.response.health import WEEKS_AFTER
from counterflow.web.limits import takes
from counterflow.web.site import site_of
from counterflow.web.uploads import Received, received
from counterflow.web.visitor import Visitor, needs

__all__ = ["MOST_BYTES", "router"]

router = APIRouter(prefix=PREFIX, tags=["watch"])

#: of a file, as in the console
MOST_BYTES = 64 << 20
#: content types of the text files that are taken; `form` says how one is written
KINDS = ("text/csv", "text/tab-separated-values", "text/plain", "application/octet-stream")
_MOST_REFUSED = 50
_FILE = {"schema": {"type": "string", "format": "binary"}}
_PART = {"schema": {"type": "object", "required": ["file"], "properties": {"file": _FILE["schema"]}}}
_TAKEN = {"requestBody": {"required": True, "content": {**dict.fromkeys(KINDS, _FILE), "multipart/form-data": _PART}}}
_KEPT = ("watch", "area", "level", "substance_class", "starts", "ends")

Decide = Annotated[Visitor, needs("watch", "decide")]
Words = Annotated[str, Field(min_length=1, max_length=2_000)]


class WatchFileAsked(BaseModel):
    """What a file holds, and what a person says about it."""

    what: Literal["counts", "contacts", "places", "stock"] = Field(description="what the file holds")
    form: str = Field("", max_length=40, description="of counts: how the file is written")
    source: str = Field("", max_length=64, description="of counts: who they come from")
    as_of: dt.date | None = Field(None, description="of counts: day on which they stood so")
    option: list[Annotated[str, Field(max_length=200)]] = Field(
        default_factory=list, max_length=20, description="of counts: more about the file, each as name=value"
    )
    name: str = Field("", max_length=200, description="name of the file, where it is the body")

    def read(self, workspace: Workspace, file: Received) -> dict[str, Any]:
        """Take the file in; return its receipt."""
        if self.what != "counts":
            return take_register(workspace, self.what, file.path).as_dict()
        more = _more(self.option)
        source = self.source.strip()
        return take_counts(workspace, file.path, form=self.form, source=source, as_of=self.as_of, more=more)


class WatchFileTold(BaseModel):
    """What became of a file: read = accepted + rejected, always."""

    what: str = Field(description="counts, contacts, places or stock")
    file: str = Field(description="name of the file")
    read: int = Field(description="rows read")
    accepted: int = Field(description="rows taken")
    rejected: int = Field(description="rows in quarantine")
    repeated: bool = Field(description="the same content was taken before; nothing changed")
    reasons: dict[str, int] = Field(description="reason to count of refused rows")
    refused: list[dict[str, Any]] = Field(description=f"at most {_MOST_REFUSED} refused rows: line, reason, what to do")
    said: list[str] = Field(description="what a person has to know")


class AgreementTakenBack(BaseModel):
    """Why an agreement is taken back."""

    model_config = ConfigDict(extra="forbid")

    ground: Words


class HealthWatchAsked(BaseModel):
    """What is watched, after an action that was sealed or an event that nobody planned: one of the two."""

    model_config = ConfigDict(extra="forbid")

    action: str = Field("", max_length=200, description="a sealed action")
    event: str = Field("", max_length=200, description="number of what nobody planned, as a large seizure")
    day: dt.date | None = Field(None, description="day of the event")
    area: str = Field(min_length=1, max_length=200, description="a county or coarser")
    level: Literal["nation", "region", "state", "county"] = "county"
    substance_class: str = Field("all", min_length=1, max_length=80)
    weeks: int = Field(
        WEEKS_AFTER, ge=1, le=26, description="weeks after the last day of the action, or the day of the event"
    )

    def opened(self, workspace: Workspace, person: str) -> dict[str, Any]:
        """Open it; return it with the notice that health gets."""
        more: dict[str, Any] = {
            "person": person, "level": self.level, "weeks": self.weeks, "substance_class": self.substance_class,
        }  # fmt: skip
        area = self.area.strip()
        if not self.event:
            return open_watch(workspace, self.action, area, **more)
        if self.day is None:
            raise UsageError("An event has a day.", hint="Give `day`, as 2026-03-31.")
        return open_after_event(workspace, self.event, self.day, area, **more)


class HealthWatchTold(BaseModel):
    """A watch that is open, and what health is told of it."""

    watch: str
    area: str
    level: str
    substance_class: str
    starts: dt.date
    ends: dt.date
    notice: str = Field(description="what health is told: never what was planned, or against whom")


@router.post("/watch/files", response_model=WatchFileTold, openapi_extra=_TAKEN)
@takes(MOST_BYTES)
async def take_file(
    request: Request,
    who: Annotated[Visitor, needs("watch", "act")],
    asked: Annotated[WatchFileAsked, Query()],
    key: Key = "",
) -> JSONResponse:
    """Take a file of counts, contacts, places or stock in, as the body or as `file` of a form; answer its receipt."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (*KINDS, "multipart/form-data"):
        hint = f"Send one of: {', '.join(KINDS)}."
        raise NotOfThisKind("Files of this kind are not taken.", hint=hint, value=kind or "nothing")
    async with received(request, most_bytes=MOST_BYTES, name=asked.name or f"{asked.what}.csv") as file:
        return await run_in_threadpool(_take, request, who, asked, file, key)


def _take(request: Request, who: Visitor, asked: WatchFileAsked, file: Received, key: str) -> JSONResponse:
    digest = digest_of(asked.model_dump_json(), file.name, file.path.read_bytes()) if key else ""
    return once(request, site_of(request), who, key, digest, lambda w: _receipt(asked.what, file, asked.read(w, file)))


@router.post("/watch/agreements/{agreement}/withdrawal")
def take_back(
    request: Request,
    who: Annotated[Visitor, needs("watch-local", "decide")],
    agreement: Annotated[str, Path(max_length=40, pattern=r"^Q-[0-9a-f]{12}$")],
    told: Annotated[AgreementTakenBack, sent(AgreementTakenBack)],
    key: Key = "",
) -> JSONResponse:
    """Take an agreement on a small area back, for both sides."""
    return once(request, site_of(request), who, key, digest_of(told.model_dump_json()),
                lambda w: withdrawn(w, agreement, person=who.person, ground=told.ground))  # fmt: skip


@router.post("/watch/supply", response_model=HealthWatchTold)
def open_one(
    request: Request, who: Decide, told: Annotated[HealthWatchAsked, sent(HealthWatchAsked)], key: Key = ""
) -> JSONResponse:
    """Open a watch on harm after a sealed action or an unplanned event; nothing is sent from here."""
    if bool(told.action) == bool(told.event):
        raise UsageError("A watch follows one thing.", hint="Give `action`, or `event` with its `day`.")

    def opened(workspace: Workspace) -> dict[str, Any]:
        row = told.opened(workspace, who.person)
        return {name: row[name] for name in (*_KEPT, "notice")}

    return once(request, site_of(request), who, key, digest_of(told.model_dump_json()), opened)


@router.post("/watch/supply/{watch}/closing")
def close_one(
    request: Request, who: Decide, watch: Annotated[str, Path(max_length=40, pattern=r"^H-[0-9a-f]{12}$")],
    key: Key = "",
) -> JSONResponse:  # fmt: skip
    """Close a watch that is over, with what happened; small counts are hidden."""
    site = site_of(request)
    small = site.workspace.settings.watch.small_cell

    def closed(workspace: Workspace) -> dict[str, Any]:
        row = close_watch(workspace, watch, person=who.person)
        return {name: row[name] for name in _KEPT} | {"state": "closed", "known": masked(row["shown"], small)}

    return once(request, site, who, key, digest_of(watch), closed)


def _receipt(what: str, file: Received, read: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "what": what, "file": file.name, "read": read["accepted"] + read["rejected"], "accepted": read["accepted"],
        "rejected": read["rejected"], "repeated": read["repeated"], "reasons": read["reasons"],
        "refused": [
            {name: row.get(name) for name in ("line", "column", "value", "reason", "hint")}
            for row in read["refused"][:_MOST_REFUSED]
        ],
        "said": list(read.get("said", ())),
    }  # fmt: skip


def _more(options: Sequence[str]) -> dict[str, str]:
    made = {}
    for one in options:
        name, mark, value = one.partition("=")
        if not mark or not name.strip():
            raise UsageError(f"{one!r} is no name=value.", hint="Write an option as grain=week.")
        made[name.strip()] = value.strip()
    return made
