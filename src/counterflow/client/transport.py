"""How a request reaches the server: one method, so that a program can be tested without any."""

from __future__ import annotations

import http.client
import ipaddress
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol, TypeGuard
from urllib.parse import urlsplit

from counterflow.client.problem import Unreachable
from counterflow.core.errors import UsageError

__all__ = ["Answer", "Asked", "HttpTransport", "Transport"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: `target` is the path with its query."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | BinaryIO | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport(Protocol):
    """Sends requests. Write your own to test a program without a server.

    >>> class Always:
    ...     def send(self, asked: Asked) -> Answer:
    ...         return Answer(200, {}, b'{"items": [], "next": null}')
    ...     def close(self) -> None: ...
    >>> from counterflow.client import Client
    >>> list(Client("http://127.0.0.1:8321", transport=Always()).records())
    []
    """

    def send(self, asked: Asked) -> Answer:
        """Send a request and return its answer, whatever its status.

        Raises:
            Unreachable: no answer came.
        """
        ...

    def close(self) -> None:
        """Give back what is held."""
        ...


class HttpTransport:
    """Speaks HTTP over one connection that is kept; for one thread at a time.

    Args:
        address: `https://…`, or `http://` on this machine: a token is not sent in the clear over a network.
        seconds: how long to wait for an answer.
        authority: file of the certificates that are trusted; those of the system where not given.

    Raises:
        UsageError: the address is none of these.
    """

    def __init__(self, address: str, *, seconds: float = 300.0, authority: str | None = None) -> None:
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
            raise UsageError(f"{address!r} is no address of a server.", hint="Give it as https://name:port.")
        if parts.scheme == "http" and not _here(parts.hostname):
            raise UsageError(
                f"{address} would send the token in the clear.",
                hint="Use https://, or http://127.0.0.1 on this machine.",
            )
        self._seconds = seconds
        self._place = (parts.hostname, parts.port)
        self._tls = ssl.create_default_context(cafile=authority) if parts.scheme == "https" else None
        self._open: http.client.HTTPConnection | None = None

    def send(self, asked: Asked) -> Answer:
        """Send a request; a kept connection that the server has closed meanwhile is opened again once."""
        kept = self._open is not None
        start = asked.body.tell() if _is_file(asked.body) else 0
        try:
            return self._exchange(asked)
        except (http.client.HTTPException, OSError) as error:
            self.close()
            broken = isinstance(error, http.client.RemoteDisconnected | ConnectionResetError | BrokenPipeError)
            if not (kept and broken):
                raise self._unreachable(error) from error
        if _is_file(asked.body):
            asked.body.seek(start)
        try:
            return self._exchange(asked)
        except (http.client.HTTPException, OSError) as error:
            self.close()
            raise self._unreachable(error) from error

    def close(self) -> None:
        """Close the connection."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _exchange(self, asked: Asked) -> Answer:
        if self._open is None:
            host, port = self._place
            self._open = (
                http.client.HTTPSConnection(host, port, timeout=self._seconds, context=self._tls)
                if self._tls
                else http.client.HTTPConnection(host, port, timeout=self._seconds)
            )
        self._open.request(asked.method, asked.target, body=asked.body, headers=dict(asked.headers))
        with self._open.getresponse() as found:
            return Answer(found.status, _lower(found.getheaders()), found.read())

    def _unreachable(self, error: Exception) -> Unreachable:
        host, port = self._place
        place = f"{host}:{port}" if port else host
        said = str(error) or type(error).__name__
        return Unreachable(f"{place} did not answer: {said}.", hint="Is `counterflow serve` running there?")


def _is_file(body: bytes | BinaryIO | None) -> TypeGuard[BinaryIO]:
    return hasattr(body, "seek")


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _lower(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}
