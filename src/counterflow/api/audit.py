"""`/v1/ledger`, `/v1/evidence`, `/v1/reads`, `/v1/access`: the record, proof of it, who looked, and who may what."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import FileResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.background import BackgroundTask

from counterflow.access.policy import matrix
from counterflow.api.openapi import PREFIX
from counterflow.api.paging import Cursor, Limit, Page, answer, list_of, read_cursor, write_cursor
from counterflow.api.sent import sent
from counterflow.api.shapes import shape
from counterflow.core.tables import ACCESS_READ
from counterflow.flow.evidence import write_pack
from counterflow.flow.ledger_view import entry_row, ledger_page
from counterflow.flow.outside import verify_outside
from counterflow.flow.read_log import ReadAsk, read_log
from counterflow.report.rows import plain
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, tags=["audit"])

_Text = Annotated[str, Query(max_length=200)]

Look = shape("Look", ACCESS_READ)


class EntryRow(BaseModel):
    """An entry of the ledger."""

    seq: int = Field(description="its number, from 1")
    time: dt.datetime
    kind: str
    body: dict[str, Any] = Field(description="what it says: ids, acts, digests")
    hash: str
    prev: str = Field(description="hash of the entry before")


class Checked(BaseModel):
    """What the verifier said, which shares no code with the writer of the ledger."""

    verdict: str = Field(description="verified | failed | unreadable")
    entries: int | None = Field(None, description="entries that hold by themselves; absent where nothing was readable")
    problems: list[str] = Field([], description="what does not hold, or why nothing could be read")
    not_excluded: list[str] = Field([], description="what cannot be excluded from what was given")


class HeadSent(BaseModel):
    """A head that somebody kept, as it was handed out; empty to check without one."""

    model_config = ConfigDict(extra="forbid")

    saved_head: str = Field(default="", max_length=20_000)


class PackSent(BaseModel):
    """Whom an evidence pack is for."""

    model_config = ConfigDict(extra="forbid")

    made_for: str = Field(min_length=1, max_length=200)


class Right(BaseModel):
    """One cell of the matrix of rights."""

    role: str
    resource: str
    action: str
    allowed: str = Field(description="yes | no")
    purposes: str = Field(description="purposes for which, joined by blanks; any")
    logged: str = Field(description="yes where each look is on record")
    why: str


@router.get("/ledger", response_model=Page[EntryRow], dependencies=[needs("ledger")])
def list_entries(
    request: Request, kind: _Text = "", about: _Text = "", limit: Limit = 100, cursor: Cursor = ""
) -> JSONResponse:
    """List entries, newest first: of one kind, and those that hold an id. A page may be short before the last one."""
    of = list_of("ledger", kind=kind, about=about)
    after = read_cursor(cursor, of, (int,))
    ledger = site_of(request).workspace.ledger
    found = ledger_page(ledger, kind=kind, about=about, before=None if after is None else max(1, after[0]), limit=limit)
    return answer([_entry(row) for row in found["rows"]], write_cursor(of, (found["next"],)) if found["next"] else None)


@router.get("/ledger/head", dependencies=[needs("ledger", "export")])
def head(request: Request) -> dict[str, Any]:
    """Give a signed head to keep: with it you can later show that nothing was cut off or written anew."""
    signed = site_of(request).workspace.ledger.head()
    inner = {name: getattr(signed.head, name) for name in sorted(signed.head.__slots__)}
    return {"head": inner, "signature": signed.signature}


@router.get("/ledger/{seq}", response_model=EntryRow, dependencies=[needs("ledger")])
def show_entry(request: Request, seq: Annotated[int, Path(ge=1, le=2**53 - 1)]) -> JSONResponse:
    """Give one entry."""
    row = entry_row(site_of(request).workspace.ledger.entry(seq))
    return JSONResponse(plain(_entry(row)))


@router.post("/ledger/check", response_model=Checked)
def check(
    request: Request, who: Annotated[Visitor, needs("ledger")], told: Annotated[HeadSent, sent(HeadSent)]
) -> JSONResponse:
    """Have the ledger checked from outside, in a process of its own; one check runs at a time."""
    del who
    return JSONResponse(plain(verify_outside(site_of(request).workspace, told.saved_head)))


@router.post(
    "/evidence",
    response_class=FileResponse,
    responses={200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}},
)
def pack(
    request: Request,
    who: Annotated[Visitor, needs("evidence", "export")],
    told: Annotated[PackSent, sent(PackSent)],
) -> FileResponse:
    """Give an evidence pack that an outsider can check; who took it stands in the ledger."""
    site = site_of(request)
    site.access.reads.settle()
    folder = tempfile.TemporaryDirectory(prefix="counterflow-pack-")
    out = FilePath(folder.name) / f"evidence-{site.workspace.clock():%Y%m%d-%H%M}.zip"
    try:
        write_pack(site.workspace, out, by=site.access.people.of(who), made_for=told.made_for)
    except BaseException:
        folder.cleanup()
        raise
    return FileResponse(out, media_type="application/zip", filename=out.name, background=BackgroundTask(folder.cleanup))


def _wanted(
    person: _Text = "", resource: _Text = "", purpose: _Text = "", record: _Text = "", asked: _Text = "",
    refused: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Return what is asked of the log."""
    return {
        "person": person, "resource": resource, "purpose": purpose, "record": record, "asked": asked.strip(),
        "refused": refused,
    }  # fmt: skip


@router.get("/reads", response_model=Page[Look])  # type: ignore[valid-type]
def reads(
    request: Request,
    who: Annotated[Visitor, needs("reads")],
    wanted: Annotated[dict[str, Any], Depends(_wanted)],
    limit: Limit = 100,
    cursor: Cursor = "",
) -> JSONResponse:
    """Say who looked at what, newest first: by person id, thing, purpose, record shown, or whole words asked for."""
    site = site_of(request)
    of = list_of("reads", **wanted)
    after = read_cursor(cursor, of, (str, str))
    query = site.access.reads.digest(wanted["asked"]) if wanted["asked"] else ""
    narrowed = {name: value for name, value in wanted.items() if name != "asked"}
    ask = ReadAsk(**narrowed, query=query, before=" ".join(after) if after else "", limit=limit + 1)
    rows = read_log(site.workspace, ask)
    who.saw([row["read"] for row in rows[:limit]])
    last = rows[limit - 1] if len(rows) > limit else None
    return answer(rows[:limit], write_cursor(of, (last["at"].isoformat(), last["read"])) if last else None)


@router.get("/access/matrix", response_model=list[Right], dependencies=[needs("own")])
def rights() -> list[dict[str, str]]:
    """Give who may do what: role, thing, action, with purposes and the reason. What no rule allows is refused."""
    return matrix()


def _entry(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in EntryRow.model_fields}
