"""`/v1/queue`: every record a page at a time, filtered and in order; acts on many, saved views, exports."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from counterflow.api.day import Day
from counterflow.api.idempotency import Key, digest_of, once
from counterflow.api.openapi import PREFIX
from counterflow.api.sent import sent
from counterflow.api.shapes import shape
from counterflow.core.errors import AccessError, InputError, UsageError
from counterflow.flow import queue_acts, queue_export, queue_views
from counterflow.flow.queue import MOST_COUNTED, QueuePage, choices, keys_of, queue_page
from counterflow.flow.queue_ask import QueueAsk
from counterflow.flow.queue_rows import COLUMNS
from counterflow.report.rows import plain
from counterflow.store.workspace import Workspace
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, tags=["queue"])

Answer = dict[str, Any]
Word = Annotated[str, Field(max_length=200)]
_KINDS: dict[str, Any] = {
    "VARCHAR": str | None, "DOUBLE": float | None, "DATE": dt.date | None, "TIMESTAMPTZ": dt.datetime | None,
    "INTEGER": int | None, "BIGINT": int, "BOOLEAN": bool | None,
}  # fmt: skip
_HIDDEN = ("n", "sought")
QueueRow = shape(
    "QueueRow",
    **{name: (_KINDS[kind.split()[0]], name.replace("_", " ")) for name, kind in COLUMNS if name not in _HIDDEN},
)


class _Queue(BaseModel):
    items: list[QueueRow]  # type: ignore[valid-type]
    next: str | None = Field(description="`cursor` of the page after this one; null on the last")
    before: str | None = Field(description="`cursor` of the page before this one; null on the first")
    count: int = Field(description=f"records that fit; {MOST_COUNTED + 1} where there are more than {MOST_COUNTED}")
    as_of: dt.datetime | None = Field(description="when the queue was last brought up")
    behind: int = Field(description="records that were loaded and do not stand in the queue yet")


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


def _plain_number(value: object) -> object:
    """Refuse numbers written so that they would be read as something else."""
    if isinstance(value, str) and value.strip().lower() in ("nan", "inf", "-inf", "infinity", "-infinity"):
        raise ValueError("a number from 0 to 1")
    return value


class Asked(BaseModel):
    """What is asked of the queue; an empty text asks nothing."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field("", max_length=200, pattern=r"^\s*(\S+\s*){0,8}$", description="words; one with a minus must not")
    source: Word = ""
    office: Word = ""
    lane: Word = ""
    kind: Word = ""
    sender: Word = ""
    departure: Word = ""
    code: Word = Field("", description="a finding of this code")
    harm_class: Word = Field("", description="a finding of this class; serious, alike and none have a meaning of ours")
    state: Literal[
        "", "waiting", "open", "planned", "not presented", "presented", "held", "inspected", "released"
    ] = ""  # fmt: skip
    confirmation: Literal["", "none", "suspected", "presumptive", "confirmed", "refuted"] = ""
    arm: Literal["", "mandatory", "random", "followup", "targeted"] = ""
    hand: Word = Field("", description="who has it in hand; nobody is nobody")
    since: Day = Field(None, description="first day of declaration")
    until: Day = Field(None, description="last day of declaration, included")
    least: Annotated[float | None, BeforeValidator(_plain_number)] = Field(
        None, ge=0, le=1, description="strength of the finding that leads, at least"
    )
    order: Literal["harm", "strength", "newest", "oldest", "mass", "value", "record"] = "harm"

    def ask(self, **other: Any) -> QueueAsk:
        """Return it as the queue is asked."""
        said = self.model_dump(exclude={"limit", "cursor"})
        return QueueAsk(**(said | other))


class AskedPage(Asked):
    """What is asked, and where the page starts."""

    limit: int = Field(100, ge=1, le=200, description="records on a page")
    cursor: str = Field("", max_length=200, pattern="^[A-Za-z0-9_-]*$", description="`next` or `before` of a page")


class NameAsked(_Sent):
    """A name that is looked for; sent in the body, so that it stands in no address."""

    name: str = Field(min_length=3, max_length=200, pattern=r"\S\s*\S\s*\S")


class KeySent(_Sent):
    """One record."""

    source: str = Field(min_length=1, max_length=200)
    record_id: str = Field(min_length=1, max_length=500)


class ActSent(_Sent):
    """An act on records; a release is asked for, and done when a second person agrees."""

    act: Literal["take", "give-back", "note", "reopen", "release"]
    records: list[KeySent] = Field(min_length=1, max_length=queue_acts.MOST_AT_ONCE)
    words: str = Field("", max_length=1000, description="note or ground")


class ViewSent(_Sent):
    """A view to be saved."""

    name: str = Field(min_length=1, max_length=60)
    shared: bool = False
    asks: Asked


class ExportSent(_Sent):
    """What to take out. More than a hundred rows need a second person: then `request` names what was agreed to."""

    asks: Asked = Field(default_factory=lambda: Asked.model_validate({}))
    format: Literal["csv", "parquet"] = "csv"
    ground: str = Field("", max_length=500, description="why; needed where a second person has to agree")
    request: str = Field("", max_length=40, description="the request that was agreed to; `asks` is then not read")


@router.get("/queue", response_model=_Queue)
def show_queue(
    request: Request, who: Annotated[Visitor, needs("queue")], asked: Annotated[AskedPage, Query()]
) -> JSONResponse:
    """Give a page of the queue."""
    ask = asked.ask(after=asked.cursor, size=asked.limit)
    try:
        return _page(who, queue_page(site_of(request).workspace, ask))
    except InputError as error:
        if error.column != "after":
            raise
        # A cursor that is none of ours is answered alike in every list.
        raise UsageError(error.message, hint=error.hint) from error


@router.post("/queue/named", response_model=_Queue)
def show_named(
    request: Request, who: Annotated[Visitor, needs("queue")], told: Annotated[NameAsked, sent(NameAsked)]
) -> JSONResponse:
    """Give up to 200 records that name a party so, newest first."""
    return _page(who, queue_page(site_of(request).workspace, QueueAsk(name=told.name, order="newest", size=200)))


def _page(who: Visitor, shown: QueuePage) -> JSONResponse:
    who.saw([f"{row['source']}/{row['record_id']}" for row in shown.rows])
    rows = [{name: value for name, value in row.items() if name not in _HIDDEN} for row in shown.rows]
    told = {
        "items": rows, "next": shown.next or None, "before": shown.before or None, "count": shown.count,
        "as_of": shown.standing.as_of, "behind": shown.standing.behind,
    }  # fmt: skip
    return JSONResponse(plain(told))


@router.get("/queue/choices", dependencies=[needs("queue")])
def show_choices(request: Request) -> Answer:
    """Give what can be asked for: per column each value with how many records have it."""
    told: Answer = plain(choices(site_of(request).workspace))
    return told


@router.post("/queue/acts")
def act(
    request: Request, who: Annotated[Visitor, needs("queue", "act")], told: Annotated[ActSent, sent(ActSent)],
    key: Key = "",
) -> JSONResponse:  # fmt: skip
    """Do something on records; a release gives the request that a second person has to agree to."""
    site, keys = site_of(request), [(one.source, one.record_id) for one in told.records]

    def do(workspace: Workspace) -> Answer:
        if told.act == "release":
            subject, payload = queue_acts.release_request(workspace, keys)
            asked = site.access.requests.ask("queue-release", subject, payload, who, told.words)
            return {"act": "release", "request": asked, "records": len(payload["keys"])}
        return queue_acts.act_on(workspace, keys, told.act, person=who.person, words=told.words)

    return once(request, site, who, key, digest_of(told.model_dump_json()), do)


@router.get("/queue/views")
def show_views(request: Request, who: Annotated[Visitor, needs("queue")]) -> Answer:
    """List the views that are offered to whoever asks."""
    return {"items": plain(queue_views.views_of(site_of(request).workspace, who.person))}


@router.post("/queue/views", status_code=201)
def save_view(
    request: Request, who: Annotated[Visitor, needs("queue")], told: Annotated[ViewSent, sent(ViewSent)]
) -> Answer:
    """Save a filter and an order under a name."""
    with site_of(request).acting() as workspace:
        row = queue_views.save_view(workspace, told.name, told.asks.ask(), person=who.person, shared=told.shared)
    saved: Answer = plain(row)
    return saved


@router.delete("/queue/views/{view}", status_code=204)
def remove_view(
    request: Request, who: Annotated[Visitor, needs("queue")], view: Annotated[str, Path(max_length=40)]
) -> Response:
    """Take a view away."""
    with site_of(request).acting() as workspace:
        queue_views.remove_view(workspace, view, person=who.person)
    return Response(status_code=204)


_FILE = {"schema": {"type": "string", "format": "binary"}}
_TAKEN_OUT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {"text/csv": _FILE, "application/vnd.apache.parquet": _FILE}},
    202: {"description": "A second person has to agree first.", "content": {"application/json": {"schema": {}}}},
}


@router.post("/queue/export", responses=_TAKEN_OUT, response_class=Response)
def take_out(
    request: Request, who: Annotated[Visitor, needs("queue", "export")], told: Annotated[ExportSent, sent(ExportSent)]
) -> Response:
    """Give a file of up to 100 rows; for more, ask for a second person (202), and then give what was agreed to."""
    site, form = site_of(request), told.format
    ask, agreed = told.asks.ask(), None
    if told.request:
        agreed = queue_export.agreed_payload(site.access.requests.one(told.request), _me(request, who))
        if agreed is None:
            raise AccessError("No export of yours was agreed to under this id.", hint="GET /v1/requests shows them.")
        ask, form = QueueAsk.read(agreed["asks"]), agreed["format"]
    elif queue_page(site.workspace, replace(ask, size=1)).count > queue_export.ALONE:
        count = len(keys_of(site.workspace, ask, queue_export.MOST))
        subject, payload = queue_export.export_request(ask, count, purpose=who.purpose, form=form)
        with site.acting():
            asked = site.access.requests.ask("queue-export", subject, payload, who, told.ground)
        return JSONResponse({"request": asked, "rows": count}, 202)
    with site.acting() as workspace:
        made = queue_export.export(workspace, ask, person=who.person, purpose=who.purpose, form=form, agreed=agreed)
    who.saw([f"export {made.sha256[:16]}: {made.rows} rows"])
    named = {"content-disposition": f'attachment; filename="{made.name}"', "x-content-sha256": made.sha256}
    return Response(made.content, media_type=queue_export.FORMATS[form], headers=named)


def _me(request: Request, who: Visitor) -> str:
    return site_of(request).access.people.id_of(who.person)
