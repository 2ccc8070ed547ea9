"""How long a connection may take to say what it wants, and how many may wait to say it.

uvicorn bounds how large the head of a request grows, but not how long it takes: a peer that sends one byte every few
seconds ("slow loris") holds its connection for ever. Here a head has to be whole within `HEAD_SECONDS`, and where more
than `MOST_CONNECTIONS` are open, the one that has waited longest without a request gives way. Whoever asks at once
gets an answer; whoever only holds a line loses it.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["HEAD_SECONDS", "MOST_CONNECTIONS", "BoundedProtocol"]

HEAD_SECONDS = 10.0
MOST_CONNECTIONS = 400


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, with a deadline for heads and a bound on connections that wait."""

    head_seconds: ClassVar[float] = HEAD_SECONDS
    most_connections: ClassVar[int] = MOST_CONNECTIONS
    #: connections without a request under way, the longest waiting first; every protocol of a server runs on one loop
    _waiting: ClassVar[dict[BoundedProtocol, None]] = {}
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head; where too many wait, let go of the oldest."""
        super().connection_made(transport)
        self._wait_for_head()
        if len(self.connections) > self.most_connections:
            oldest = next(iter(self._waiting))
            oldest._let_go()  # noqa: SLF001 - another of our own kind

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; a byte more of an unfinished head, or of a body that was refused, buys no more time."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_waiting()
        elif self._deadline is None and not self.transport.is_closing():
            self._wait_for_head()

    def on_response_complete(self) -> None:
        """After an answer the connection is idle again, and may be let go when others need the place."""
        super().on_response_complete()
        if not self.transport.is_closing():
            self._waiting[self] = None

    def _wait_for_head(self) -> None:
        self._waiting.setdefault(self, None)
        self._deadline = self.loop.call_later(self.head_seconds, self._let_go)

    def _stop_waiting(self) -> None:
        self._waiting.pop(self, None)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _let_go(self) -> None:
        self._stop_waiting()
        cast("Any", self.transport).abort()
