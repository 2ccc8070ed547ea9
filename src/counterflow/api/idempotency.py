"""An act that is sent twice is done once, where its sender gives it a key.

The header is `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07, 2025): any text of 1 to 200 printable
characters, best a random one. Sent again with the same content it is answered as the first time, with
`Idempotent-Replayed: true`; with other content it is refused (422). A key belongs to the person and the route.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import Header, Request
from fastapi.responses import JSONResponse

from counterflow.flow.request_answers import KeptAnswer, door_of, keep_answer, kept_answer
from counterflow.report.rows import plain
from counterflow.store.workspace import Workspace
from counterflow.web.site import Site
from counterflow.web.visitor import Visitor

__all__ = ["Key", "digest_of", "once"]

Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        pattern=r"^[\x20-\x7e]*$",
        description="The same key with the same content is done once and answered alike; kept for 7 days.",
    ),
]


def once(
    request: Request,
    site: Site,
    who: Visitor,
    key: str,
    digest: str,
    act: Callable[[Workspace], Mapping[str, Any]],
    *,
    status: int = 200,
) -> JSONResponse:
    """Do `act` while nobody else changes anything, unless it was done under this key before; return its answer.

    Args:
        request: what was asked.
        site: what it is asked of.
        who: who asks.
        key: the idempotency key; "" where none was sent.
        digest: SHA-256 of what was asked, from `digest_of`.
        act: does it and returns the answer.
        status: status of a first answer.

    Raises:
        KeyUsedOtherwise: the key came before with other content.
        StoreBusy: somebody else's act takes too long.
    """
    door = door_of(who.person, request.method, request.url.path)
    with site.acting() as workspace:
        if key and (kept := kept_answer(workspace, door, key, digest)) is not None:
            return JSONResponse(dict(kept.body), kept.status, headers={"Idempotent-Replayed": "true"})
        told = plain(act(workspace))
        if key:
            keep_answer(workspace, door, key, digest, KeptAnswer(status, told))
    return JSONResponse(told, status)


def digest_of(*parts: str | bytes) -> str:
    """Return the SHA-256 over the parts of a request, each with its length, hex.

    >>> digest_of("ab", "c") == digest_of("a", "bc")
    False
    """
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()
