"""The guard around every answer: by which name the server may be asked, from where, and what the browser may load.

* The content policy lets a page load from this server alone and run no inline script or style, so that text
  from a record can never run.
* A host name that was not allowed is refused: a page elsewhere could otherwise point its own name at this
  machine and read the board (DNS rebinding).
* A request that would change something and comes from another site is refused, and so is a page elsewhere that asks
  for a piece of ours (an image, a script, a fetch); a link to one of our pages may be followed.
* Over TLS the browser is told never to come without it again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from counterflow.web.problems import problem

__all__ = ["CONTENT_POLICY", "Guard"]

_READING = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}

_log = logging.getLogger(__name__)


class Guard:
    """ASGI middleware; see the module for what it refuses."""

    def __init__(self, app: ASGIApp, *, allowed_hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on with the safe headers on its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _add_headers(MutableHeaders(scope=message), scope)
            await send(message)

        request = Request(scope)
        answer = self._refusal(request)
        try:
            await (answer or self._app)(scope, receive, send_with_headers)
        except ClientDisconnect:
            _log.info("left before all was sent: %s %r", request.method, scope["path"])
        except Exception:
            # The last resort: the trace goes to the log, the reader gets a card.
            _log.exception("a page failed: %s %r", request.method, scope["path"])
            if started:
                raise
            await _failed(request)(scope, receive, send_with_headers)

    def _refusal(self, request: Request) -> Response | None:
        """Return why the request may not pass, or None."""
        if _host_name(request.headers) not in self._hosts:
            return problem(request, 421, "This console does not answer to that name", hint=_HOST_HINT)
        if request.method not in _READING and _from_elsewhere(request):
            return problem(request, 403, "A change asked for by another site is refused", hint=_ELSEWHERE_HINT)
        if _is_piece_for_elsewhere(request.headers):
            return problem(request, 403, "Another site may not load this", hint=_ELSEWHERE_HINT)
        return None


_AFTER_FAILURE = "The reason is in the server's log. Try again; if it stays, run `counterflow doctor`."
_HOST_HINT = "Use the address that `counterflow serve` printed, or add this name to the setting serve.names."
_ELSEWHERE_HINT = "Open the console itself and do it there."


def _failed(request: Request) -> Response:
    """Return the card of a failure; where even that cannot be drawn, words alone."""
    try:
        return problem(request, 500, "This page failed", hint=_AFTER_FAILURE)
    except Exception:  # noqa: BLE001 - whatever failed, somebody waits for an answer
        _log.exception("nor could its card be drawn")
        return PlainTextResponse(f"This page failed. {_AFTER_FAILURE}", status_code=500)


def _add_headers(headers: MutableHeaders, scope: Scope) -> None:
    path = scope["path"]
    for name, value in _HEADERS.items():
        headers[name] = value
    if scope.get("state", {}).get("synthetic"):
        # in lists, fragments and files too, where no banner stands
        headers["counterflow-synthetic"] = "yes"
    if scope.get("scheme") == "https":
        headers["strict-transport-security"] = "max-age=31536000"
    # Pages hold what may not stay in a browser's cache; assets are asked for again but not sent again.
    headers["cache-control"] = "no-cache" if path.startswith("/static/") else "no-store"


def _host_name(headers: Headers) -> str:
    """Return the name that was asked for; empty where it is none, or says more than a name and a port."""
    said = headers.get("host", "").lower()
    try:
        parts = urlsplit(f"//{said}")
        plain = parts.port is None or 0 < parts.port < 65536
    except ValueError:
        return ""
    return (parts.hostname or "") if plain and parts.netloc == said and "@" not in said else ""


def _from_elsewhere(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        return True
    origin = request.headers.get("origin")
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower()
    except ValueError:
        return True


def _is_piece_for_elsewhere(headers: Headers) -> bool:
    """Whether a page of another site wants a piece of ours; browsers that say nothing (older ones) pass."""
    return headers.get("sec-fetch-site") in {"cross-site", "same-site"} and headers.get("sec-fetch-mode") != "navigate"
