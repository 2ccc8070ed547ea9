"""Bringing one file over HTTP: goes on where it was cut off, and never leaves half a file where a whole one belongs.

What has arrived stands in ``NAME.part`` with a note of what it is a part of. The next attempt asks for the rest (HTTP
``Range``, RFC 9110 section 14.2) on condition that the file is still the same (``If-Range`` with its ETag or date,
section 13.1.5); where it is not, the server sends the whole anew and what stood there is dropped. Only a file whose
length and first bytes are as they should be takes its name.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from counterflow.core.errors import EngineError, InputError, UsageError

__all__ = ["Download", "download"]

_PIECE = 1 << 16
_SECONDS = 30.0  # of silence before a connection counts as cut
_ATTEMPTS = 5
_PAUSE = 0.5  # seconds before the second attempt; doubled before each further one
_LOOKS_LIKE_PAGE = (b"<!doctype html", b"<html", b"<head", b"<body")


@dataclass(frozen=True, slots=True)
class Download:
    """A file that has arrived whole.

    Args:
        path: where it is.
        sha256: SHA-256 of its bytes as sent.
        size: bytes.
        resumed: how many bytes stood there already when this call began.
        modified: what the server says of its date, or empty.
    """

    path: Path
    sha256: str
    size: int
    resumed: int
    modified: str


@dataclass(frozen=True, slots=True)
class _Limits:
    least_bytes: int
    most_bytes: int


def download(
    url: str, path: Path, *, least_bytes: int = 1, most_bytes: int = 1 << 30, pause: float = _PAUSE,
    sleep: Callable[[float], None] = time.sleep,
) -> Download:  # fmt: skip
    """Fetch `url` to `path`.

    Args:
        url: an http or https address; proxies are taken from the environment.
        path: where the file goes; its folder exists.
        least_bytes: a smaller file is refused.
        most_bytes: a larger file is refused, as soon as it is seen to be.
        pause: seconds before a second attempt.
        sleep: how to wait.

    Raises:
        UsageError: the address is not of the web.
        EngineError: there is no network, or the server fails or is silent; what has arrived is kept for next time.
        InputError: what the server sends is not the file.
    """
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise UsageError(f"{url} is not an address of the web.", hint="It begins with https://.")
    limits = _Limits(least_bytes, most_bytes)
    part = path.with_name(f"{path.name}.part")
    resumed = part.stat().st_size if part.exists() and _note(part).get("url") == url else 0
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            headers = _fetch(url, part, limits)
            break
        except (urllib.error.HTTPError, urllib.error.URLError, OSError, http.client.HTTPException) as error:
            if attempt == _ATTEMPTS or not _may_pass(error):
                raise _failed(url, error, part) from error
            sleep(pause * 2 ** (attempt - 1))
    _check(url, part, headers, limits)
    digest = hashlib.sha256()
    with part.open("rb") as opened:
        while piece := opened.read(1 << 20):
            digest.update(piece)
    size = part.stat().st_size
    part.replace(path)
    _note_of(part).unlink(missing_ok=True)
    return Download(path, digest.hexdigest(), size, resumed, headers.get("Last-Modified", ""))


def _fetch(url: str, part: Path, limits: _Limits) -> Any:
    """Bring what is missing of the file; return the answer's headers."""
    known = _note(part)
    have = part.stat().st_size if part.exists() else 0
    if not have or known.get("url") != url or not known.get("validator"):
        have = 0
    asked = {"User-Agent": "counterflow", "Accept-Encoding": "identity"}
    if have:
        asked |= {"Range": f"bytes={have}-", "If-Range": known["validator"]}
    request = urllib.request.Request(url, headers=asked)  # noqa: S310 - the scheme has been checked
    try:
        answer = urllib.request.urlopen(request, timeout=_SECONDS)  # noqa: S310
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            part.unlink(missing_ok=True)
            return _fetch(url, part, limits)
        raise
    with answer:
        if url.startswith("https:") and not answer.geturl().startswith("https:"):
            raise InputError("The server sends on to an address without TLS.", hint="Do not take it.", file=url)
        goes_on = answer.status == http.HTTPStatus.PARTIAL_CONTENT and _begins_at(answer.headers, have)
        if answer.status == http.HTTPStatus.PARTIAL_CONTENT and not goes_on:
            part.unlink(missing_ok=True)
            raise http.client.HTTPException("the server sent another part than was asked for")
        validator = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
        # A weak ETag says "much the same": no ground to glue two halves together.
        strong = "" if validator.startswith("W/") else validator
        _note_of(part).write_text(json.dumps({"url": url, "validator": strong}), "utf-8")
        _receive(answer, part, have if goes_on else 0, limits, url)
        return answer.headers


def _receive(answer: Any, part: Path, have: int, limits: _Limits, url: str) -> None:
    told = answer.headers.get("Content-Length")
    whole = have + int(told) if told and told.isdigit() else None
    if whole is not None and whole > limits.most_bytes:
        raise _too_large(url, limits)
    with part.open("ab" if have else "wb") as out:
        while piece := answer.read(_PIECE):
            have += len(piece)
            if have > limits.most_bytes:
                raise _too_large(url, limits)
            out.write(piece)
    if whole is not None and have < whole:
        raise http.client.IncompleteRead(b"", whole - have)


def _check(url: str, part: Path, headers: Any, limits: _Limits) -> None:
    """Refuse what has arrived where it is not the file, and drop it."""
    with part.open("rb") as opened:
        start = opened.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    size = part.stat().st_size
    said = ""
    if start.startswith(_LOOKS_LIKE_PAGE) or "text/html" in (headers.get("Content-Type") or "").casefold():
        said = "The server sent a web page, not the list."
    elif size < limits.least_bytes:
        said = f"The server sent {size:,} bytes; the list has {limits.least_bytes:,} at least."
    if said:
        part.unlink(missing_ok=True)
        _note_of(part).unlink(missing_ok=True)
        hint = "Look at the address in a browser; the publisher may have moved the list (--from names another address)."
        raise InputError(said, hint=hint, file=url)


def _begins_at(headers: Any, have: int) -> bool:
    return str(headers.get("Content-Range", "")).startswith(f"bytes {have}-")


def _may_pass(error: Exception) -> bool:
    """Return whether trying again may help: a cut or silent connection, a server in trouble; not a refusal."""
    if isinstance(error, urllib.error.HTTPError):
        return error.code in (408, 425, 429) or error.code >= 500
    if isinstance(error, urllib.error.URLError):
        return isinstance(error.reason, TimeoutError | ConnectionResetError | ConnectionAbortedError)
    return True


def _failed(url: str, error: Exception, part: Path) -> EngineError | InputError:
    if isinstance(error, urllib.error.HTTPError):
        hint = "The publisher may have moved the list: --from names another address."
        said = f"The server answers {error.code} {error.reason}."
        return InputError(said, hint=hint, file=url) if error.code < 500 else EngineError(f"{url}: {said}", hint=hint)
    kept = part.stat().st_size if part.exists() else 0
    so_far = f" {kept:,} bytes have arrived and are kept: the same command goes on from there." if kept else ""
    why = error.reason if isinstance(error, urllib.error.URLError) else error
    return EngineError(
        f"{url} cannot be reached: {why or type(error).__name__}.{so_far}",
        hint="With no network here, download it elsewhere, carry it in, and use `counterflow lists load`.",
    )


def _too_large(url: str, limits: _Limits) -> InputError:
    return InputError(f"It is larger than {limits.most_bytes:,} bytes.", hint="This is not the list.", file=url)


def _note_of(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _note(part: Path) -> dict[str, str]:
    try:
        said = json.loads(_note_of(part).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
