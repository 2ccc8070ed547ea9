"""Files beside a record: put there, fetched, taken back; shown on the record's own page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from counterflow.console import queue_view as view
from counterflow.core.persons import same_person
from counterflow.flow import record_files as files
from counterflow.web.downloads import attached
from counterflow.web.forms import Filled, filled
from counterflow.web.limits import takes
from counterflow.web.site import site_of
from counterflow.web.uploads import Received, received
from counterflow.web.visitor import Visitor, needs

__all__ = ["router", "shown_files"]

router = APIRouter()

_FORM_ROOM = 1 << 16
_File = Annotated[str, Path(max_length=40)]


def shown_files(file: Mapping[str, Any], who: Visitor) -> dict[str, Any]:
    """Return what the page of a record says about the files beside it."""
    record, rows = file["record"], file["files"]
    may_add = who.may("record", "act")
    named = urlencode({"source": record["source"], "id": record["record_id"], "csrf": who.csrf})
    return {
        "files": [_row(row, may_add and same_person(str(row["person"]), who.person)) for row in rows],
        "may_add_file": may_add,
        "file_address": f"/record/files?{named}",
        "file_room": files.MOST_FILES - _standing(rows),
        "file_megabytes": files.MOST_BYTES >> 20,
        "file_most": files.MOST_FILES,
        "file_endings": ",".join(files.ENDINGS),
    }


def _standing(rows: Sequence[Mapping[str, Any]]) -> int:
    return sum(row["taken_back_at"] is None for row in rows)


def _row(row: Mapping[str, Any], own: bool) -> dict[str, Any]:
    gone = view.moment_words(row["taken_back_at"]) if row["taken_back_at"] else ""
    return {
        "name": row["name"], "words": row["words"], "person": row["person"],
        "added": view.moment_words(row["added_at"]), "size": _size(row["size"]),
        "address": f"/record/files/{row['file']}", "taken_back": gone, "ground": row["ground"] or "",
        "may_take_back": own and not gone,
    }  # fmt: skip


def _size(count: int) -> str:
    """Return a number of bytes as people say it.

    >>> _size(700), _size(20_480), _size(3 << 20)
    ('700 bytes', '20 kB', '3.0 MB')
    """
    if count < 1 << 10:
        return f"{count} bytes"
    return f"{count >> 10} kB" if count < 1 << 20 else f"{count / (1 << 20):.1f} MB"


@router.post("/record/files")
@takes(files.MOST_BYTES + _FORM_ROOM)
async def add(
    request: Request,
    who: Annotated[Visitor, needs("record", "act")],
    source: Annotated[str, Query(max_length=200)],
    record_id: Annotated[str, Query(max_length=500, alias="id")],
) -> Response:
    """Put a file beside a record and go back to it."""
    async with received(request, most_bytes=files.MOST_BYTES + _FORM_ROOM) as file:
        return await run_in_threadpool(_add, request, who, source, record_id, file)


def _add(request: Request, who: Visitor, source: str, record_id: str, file: Received) -> Response:
    words = file.fields.get("words", "")
    with site_of(request).acting() as workspace:
        files.add_file(workspace, source, record_id, file.path, file.name, person=who.person, words=words)
    return _back(source, record_id)


@router.get("/record/files/{file}")
def give(request: Request, who: Annotated[Visitor, needs("record")], file: _File) -> Response:
    """Give a file as it came, to be kept and not shown."""
    given = files.file_of(site_of(request).workspace, file)
    who.saw([f"{given.row['source']}/{given.row['record_id']}", file])
    return attached(given.content, given.row["kind"], given.row["name"])


@router.post("/record/files/{file}/take-back")
def take_back(
    request: Request,
    who: Annotated[Visitor, needs("record", "act")],
    file: _File,
    form: Annotated[Filled, Depends(filled)],
) -> Response:
    """Take one's own file back and go back to the record."""
    ground = form.need("ground", "why the file goes", 1000)
    with site_of(request).acting() as workspace:
        row = files.take_back(workspace, file, person=who.person, ground=ground)
    return _back(row["source"], row["record_id"])


def _back(source: str, record_id: str) -> RedirectResponse:
    return RedirectResponse(f"{view.record_address(source, record_id)}#files", status_code=303)
