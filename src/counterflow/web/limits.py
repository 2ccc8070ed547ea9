"""What one visitor may ask of the server: bytes, seconds, and requests at the same time.

* A body has a greatest size, which its route may set with `takes`; a larger one is refused as soon as that is known.
* A body has to keep coming: `SILENCE_SECONDS` without a byte, or a pace below `LEAST_PACE` once `GRACE_SECONDS` have
  passed, ends the request.
* One session or token has at most `AT_ONCE` requests under way, and one address `AT_ONCE_FROM_ONE_ADDRESS` (many people
  may share one); the next is told to try again, so that one person's script leaves room for the others.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from counterflow.web.problems import problem

__all__ = [
    "AT_ONCE",
    "AT_ONCE_FROM_ONE_ADDRESS",
    "FORM_BYTES",
    "GRACE_SECONDS",
    "LEAST_PACE",
    "SILENCE_SECONDS",
    "Limits",
    "takes",
]

#: a form or a JSON body, where its route names no other size
FORM_BYTES = 1 << 20
#: a place name is short, and so is every address this server gives out
ADDRESS_CHARACTERS = 4096
SILENCE_SECONDS = 15.0
GRACE_SECONDS = 20.0
LEAST_PACE = 2048.0
AT_ONCE = 12
AT_ONCE_FROM_ONE_ADDRESS = 200

Handler = TypeVar("Handler", bound=Callable[..., object])


def takes(most_bytes: int) -> Callable[[Handler], Handler]:
    """Let the decorated handler take bodies of up to `most_bytes`; write it below the router's own decorator."""

    def mark(handler: Handler) -> Handler:
        handler.most_bytes = most_bytes  # type: ignore[attr-defined]
        return handler

    return mark


class Limits:
    """ASGI middleware; see the module for what it bounds.

    Args:
        app: what answers.
        silence: seconds without a byte of a body that is due.
        grace: seconds before the pace counts.
        pace: bytes per second that a body keeps on average after that.
        at_once: requests of one session or token under way.
        from_one_address: requests from one address under way.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        silence: float = SILENCE_SECONDS,
        grace: float = GRACE_SECONDS,
        pace: float = LEAST_PACE,
        at_once: int = AT_ONCE,
        from_one_address: int = AT_ONCE_FROM_ONE_ADDRESS,
    ) -> None:
        self._app, self._silence, self._grace, self._pace = app, silence, grace, pace
        self._at_once, self._from_one_address = at_once, from_one_address
        self._under_way: Counter[bytes] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer within the bounds, or refuse."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if len(scope["raw_path"]) + len(scope["query_string"]) > ADDRESS_CHARACTERS:
            await problem(Request(scope), 414, "This address is too long", hint=_LONG)(scope, receive, send)
            return
        whose = self._whose(scope)
        if any(self._under_way[who] >= most for who, most in whose):
            answer = problem(Request(scope), 429, "Too many requests at once", hint=_BUSY, code="busy")
            answer.headers["retry-after"] = "1"
            await answer(scope, receive, send)
            return
        self._under_way.update(who for who, _ in whose)
        try:
            await self._app(scope, self._bounded(scope, receive), send)
        finally:
            self._under_way.subtract(who for who, _ in whose)
            for who, _ in whose:
                if self._under_way[who] <= 0:
                    del self._under_way[who]

    def _whose(self, scope: Scope) -> list[tuple[bytes, int]]:
        """Return under which keys a request counts, and how many of each may be under way."""
        address = str((scope.get("client") or ("unknown",))[0]).encode()
        shown = next((value for name, value in scope["headers"] if name in {b"authorization", b"cookie"}), b"")
        keys = [(address, self._from_one_address)]
        return [*keys, (hashlib.sha256(address + b" " + shown).digest(), self._at_once)] if shown else keys

    def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        began, taken, whole = time.monotonic(), 0, False

        async def bounded() -> Message:
            nonlocal taken, whole
            if whole:  # what comes after the body is the news that the peer left, and may take its time
                return await receive()
            most = getattr(scope.get("endpoint"), "most_bytes", FORM_BYTES)
            if taken == 0 and _announced(scope) > most:
                raise HTTPException(413, too_large(most))
            try:
                message = await asyncio.wait_for(receive(), self._silence)
            except TimeoutError:
                raise HTTPException(408, _SLOW) from None
            if message["type"] != "http.request":
                return message
            taken += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if taken > most:
                raise HTTPException(413, too_large(most))
            elapsed = time.monotonic() - began
            if not whole and elapsed > self._grace and taken / elapsed < self._pace:
                raise HTTPException(408, _SLOW)
            return message

        return bounded


def too_large(most: int) -> str:
    """Return what to say of a body of more than `most` bytes.

    >>> too_large(3 << 20)
    'At most 3 MB may be sent here at once. Split the file, or load it with `counterflow intake load`.'
    """
    size = f"{most >> 20} MB" if most >= 1 << 20 else f"{most >> 10} kB"
    return f"At most {size} may be sent here at once. Split the file, or load it with `counterflow intake load`."


def _announced(scope: Scope) -> int:
    """Return the size that the head announces; h11 has refused anything but digits."""
    return next((int(value) for name, value in scope["headers"] if name == b"content-length"), 0)


_LONG = f"An address here has at most {ADDRESS_CHARACTERS} characters."
_BUSY = "Wait for the answers that are under way, then ask again."
_SLOW = "The rest of what you were sending did not come in time. Send it again on a better line, or in parts."
