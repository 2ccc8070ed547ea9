"""`/v1/records/…/files`: photographs and laboratory sheets beside a record, in, out, and taken back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from counterflow.api.idempotency import Key, digest_of, once
from counterflow.api.openapi import PREFIX
from counterflow.api.paging import Cursor, Limit, Page, list_of, page_of
from counterflow.api.sent import NotOfThisKind, sent
from counterflow.api.shapes import shape
from counterflow.core.errors import UnknownName
from counterflow.core.tables import RECORD_FILE
from counterflow.flow import record_files as files
from counterflow.web.downloads import attached
from counterflow.web.limits import takes
from counterflow.web.site import site_of
from counterflow.web.uploads import Received, received
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, tags=["records"])

#: bytes of a form beside those of its file
_FORM_ROOM = 1 << 16
_KEPT = ("ledger_seq", "taken_back_seq", "sha256", "stored")
_Source = Annotated[str, Path(max_length=200)]
_Record = Annotated[str, Path(max_length=500)]
_File = Annotated[str, Path(max_length=26, pattern="^F-[0-9a-f]{24}$", description="id of a file")]
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "PNG, JPEG, PDF, text or CSV"},
                        "words": {"type": "string", "maxLength": 1000, "description": "what it shows"},
                    },
                }
            }
        },
    }
}
_BYTES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file as it came, always an attachment.",
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in files.ENDINGS.values()},
    }
}

RecordFileRow = shape("RecordFileRow", RECORD_FILE, [name for name in RECORD_FILE.names if name not in _KEPT])


class FileTakenBack(BaseModel):
    """Why a file goes."""

    model_config = ConfigDict(extra="forbid")

    ground: str = Field(min_length=8, max_length=1000, description="words that another person can follow")


@router.get("/records/{source}/{record_id:path}/files", response_model=Page[RecordFileRow])  # type: ignore[valid-type]
def list_files(
    request: Request,
    who: Annotated[Visitor, needs("record", "read")],
    source: _Source,
    record_id: _Record,
    limit: Limit = 100,
    cursor: Cursor = "",
) -> JSONResponse:
    """List the files beside a record, oldest first, those taken back with their ground."""
    store = site_of(request).workspace.store
    files.require_record(store, source, record_id)
    who.saw([f"{source}/{record_id}"])
    rows = [{k: v for k, v in row.items() if k not in _KEPT} for row in files.files_of(store, source, record_id)]
    named = list_of("record-files", source=source, record_id=record_id)
    return page_of(rows, lambda row: (row["added_at"].isoformat(), row["file"]), limit, cursor, named)


@router.post(
    "/records/{source}/{record_id:path}/files",
    status_code=201,
    response_model=RecordFileRow,
    openapi_extra=_FORM,
)
@takes(files.MOST_BYTES + _FORM_ROOM)
async def add(
    request: Request,
    who: Annotated[Visitor, needs("record", "act")],
    source: _Source,
    record_id: _Record,
    key: Key = "",
) -> JSONResponse:
    """Put a file of up to 10 MB beside a record: `file` and `words` of a form. A record has at most 20."""
    await run_in_threadpool(files.require_record, site_of(request).workspace.store, source, record_id)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "multipart/form-data":
        hint = "Send it as `file` of multipart/form-data, so that its name and words stand in no address."
        raise NotOfThisKind("A form with a file is taken here.", hint=hint)
    async with received(request, most_bytes=files.MOST_BYTES + _FORM_ROOM) as file:
        return await run_in_threadpool(_add, request, who, (source, record_id), file, key)


def _add(request: Request, who: Visitor, of: tuple[str, str], file: Received, key: str) -> JSONResponse:
    words = file.fields.get("words", "")
    return once(
        request,
        site_of(request),
        who,
        key,
        digest_of(file.name, words, file.path.read_bytes()) if key else "",
        lambda workspace: files.add_file(workspace, *of, file.path, file.name, person=who.person, words=words),
        status=201,
    )


@router.get("/records/{source}/{record_id:path}/files/{file}", response_class=Response, responses=_BYTES)
def give(
    request: Request,
    who: Annotated[Visitor, needs("record", "read")],
    source: _Source,
    record_id: _Record,
    file: _File,
) -> Response:
    """Give one file as it came."""
    given = files.file_of(site_of(request).workspace, file)
    _require_beside(given.row, source, record_id)
    who.saw([f"{source}/{record_id}", file])
    return attached(given.content, given.row["kind"], given.row["name"])


@router.post("/records/{source}/{record_id:path}/files/{file}/take-back", response_model=RecordFileRow)
def take_back(
    request: Request,
    who: Annotated[Visitor, needs("record", "act")],
    source: _Source,
    record_id: _Record,
    file: _File,
    told: Annotated[FileTakenBack, sent(FileTakenBack)],
    key: Key = "",
) -> JSONResponse:
    """Take one's own file back, on a ground: its bytes are deleted."""
    site = site_of(request)
    if not any(row["file"] == file for row in files.files_of(site.workspace.store, source, record_id)):
        raise UnknownName("file", file, [])
    digest = digest_of(told.ground)
    return once(
        request, site, who, key, digest, lambda w: files.take_back(w, file, person=who.person, ground=told.ground)
    )


def _require_beside(row: Any, source: str, record_id: str) -> None:
    if (row["source"], row["record_id"]) != (source, record_id):
        raise UnknownName("file", row["file"], [])
