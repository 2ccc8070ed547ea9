"""Files that come in: streamed to the disk after the permission is known, never more than allowed, gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from counterflow.core.errors import InputError, UsageError

__all__ = ["Received", "TooLarge", "received"]

_CHUNK = 1 << 20


class TooLarge(InputError):  # noqa: N818 - reads as what it is
    """More was sent than is taken."""

    code = "too-large"
    http_status = 413


class Received:
    """A file that came in.

    Args:
        path: where it lies while it is worked on.
        name: its name as given, without folders.
        fields: the other fields of the form it came in.
    """

    def __init__(self, path: Path, name: str, fields: dict[str, str]) -> None:
        self.path, self.name, self.fields = path, name, fields


@asynccontextmanager
async def received(request: Request, *, most_bytes: int, name: str = "") -> AsyncIterator[Received]:
    """Give the file of the request's body: of the field `file` of a multipart form, or the body itself.

    Args:
        request: the request, its permission known.
        most_bytes: most that is taken.
        name: name where the body itself is the file.

    Raises:
        TooLarge: more came.
        UsageError: no file came.
    """
    limited = Request(request.scope, _counted(request, most_bytes))
    with tempfile.TemporaryDirectory(prefix="counterflow-") as folder:
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            yield await _from_form(limited, Path(folder))
        else:
            safe = _safe(name)
            path = Path(folder) / safe
            with path.open("wb") as out:
                async for chunk in limited.stream():
                    await run_in_threadpool(out.write, chunk)
            yield Received(path, safe, {})


async def _from_form(request: Request, folder: Path) -> Received:
    try:
        form = await request.form(max_files=1, max_fields=100, max_part_size=256 * 1024)
    except HTTPException as error:
        if error.status_code in {408, 413}:
            raise
        raise UsageError("The form could not be read.", hint=str(error.detail)) from error
    try:
        return await _file_of(form, folder)
    finally:
        await form.close()


async def _file_of(form: FormData, folder: Path) -> Received:
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise UsageError("No file was sent.", hint="Choose one and send it again.")
    safe = _safe(file.filename)
    path = folder / safe
    with path.open("wb") as out:
        while chunk := await file.read(_CHUNK):
            await run_in_threadpool(out.write, chunk)
    return Received(path, safe, {k: v for k, v in form.items() if isinstance(v, str)})


def _safe(name: str) -> str:
    """Return the last part of a file name, without what a file system or a terminal would read otherwise.

    >>> _safe("../../etc/pass wd.csv"), _safe("..")
    ('pass wd.csv', 'file')
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*')[-120:].strip(" .")
    return kept or "file"


def _counted(request: Request, most_bytes: int) -> Receive:
    """Return the request's receive, counting."""
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        message = await request.receive()
        taken += len(message.get("body", b""))
        if taken > most_bytes:
            raise TooLarge(f"More than {most_bytes} bytes were sent.", hint="Send it in parts.")
        return message

    return receive
