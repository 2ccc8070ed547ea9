"""Requests that are sent twice and done once: the answer to an act is kept under the key that came with it.

A sender whose line broke cannot know whether its request arrived. It sends the same request with the same key again
and is given the first answer. The same key with other content is a mistake of the sender's, and is refused rather
than guessed at. Answers are kept for `KEPT_FOR`; the acts themselves are idempotent by their own means besides
(loads by content, outcomes by row), so that a process killed between act and answer does nothing twice either.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from counterflow.core.errors import InputError
from counterflow.core.tables.api_answers import API_ANSWER
from counterflow.store.workspace import Workspace

__all__ = ["KEPT_FOR", "KeptAnswer", "KeyUsedOtherwise", "door_of", "keep_answer", "kept_answer"]

#: how long an answer is kept; a sender that tries again later than this is doing something new
KEPT_FOR = dt.timedelta(days=7)


class KeyUsedOtherwise(InputError):  # noqa: N818 - reads as what it is
    """An idempotency key that came before with other content."""

    code = "key-used-otherwise"


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer that was given before: its status and its body."""

    status: int
    body: Mapping[str, Any]


def door_of(person: str, method: str, path: str) -> str:
    """Return what a key is unique within: one person's requests of one kind.

    >>> door_of("ana", "POST", "/v1/intake") == door_of("ana", "POST", "/v1/intake")
    True
    >>> door_of("ana", "POST", "/v1/intake") == door_of("ben", "POST", "/v1/intake")
    False
    """
    return hashlib.sha256(f"{person}\0{method.upper()}\0{path}".encode()).hexdigest()


def kept_answer(workspace: Workspace, door: str, key: str, request_sha256: str) -> KeptAnswer | None:
    """Return the answer that `key` was given before, or None where it is new.

    Raises:
        KeyUsedOtherwise: the key came with other content.
    """
    found = workspace.store.rows(
        "SELECT request_sha256, status, answer FROM api_answer WHERE door = ? AND key = ? AND made_at > ?",
        [door, key, workspace.clock() - KEPT_FOR],
    )
    if not found:
        return None
    if found[0]["request_sha256"] != request_sha256:
        raise KeyUsedOtherwise(
            f"The idempotency key {key!r} came before with other content.",
            hint="Send the same content again, or take a new key for a new request.",
        )
    return KeptAnswer(int(str(found[0]["status"])), json.loads(str(found[0]["answer"])))


def keep_answer(workspace: Workspace, door: str, key: str, request_sha256: str, answer: KeptAnswer) -> None:
    """Keep an answer, and drop those that are too old."""
    now = workspace.clock()
    row = {
        "door": door, "key": key, "request_sha256": request_sha256, "status": answer.status,
        "answer": json.dumps(answer.body, sort_keys=True, ensure_ascii=False), "made_at": now,
    }  # fmt: skip
    store = workspace.store
    with store.transaction():
        store.execute(
            "DELETE FROM api_answer WHERE made_at <= ? OR (door = ? AND key = ?)", [now - KEPT_FOR, door, key]
        )
        store.append("api_answer", pa.Table.from_pylist([row], schema=API_ANSWER))
