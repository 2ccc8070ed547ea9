"""The guard around every page: who may look, by which name, and what the browser may load.

* The content policy lets a page load from this server alone and run no inline script or style, so that text
  from a record can never run.
* A host name that was not allowed is refused: a page elsewhere could otherwise point its own name at this
  machine and read the board (DNS rebinding).
* A request that would change something and comes from another site is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from counterflow.console.problems import problem

__all__ = ["CONTENT_POLICY", "COOKIE", "LOOPBACK_HOSTS", "Guard"]

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
COOKIE = "counterflow"
#: Answered without a token: whether the server is up says nothing about records, nor does a style.
_OPEN_PATHS = ("/healthz", "/favicon.ico", "/static/")
_READING = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}

_log = logging.getLogger(__name__)


class Guard:
    """ASGI middleware; see the module for what it refuses."""

    def __init__(self, app: ASGIApp, *, token: str | None, allowed_hosts: Iterable[str]) -> None:
        self._app = app
        self._token = token
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
                _add_headers(MutableHeaders(scope=message), scope["path"])
            await send(message)

        request = Request(scope)
        answer = self._refusal(request) or self._entry(request)
        try:
            await (answer or self._app)(scope, receive, send_with_headers)
        except Exception:
            # The last resort: the trace goes to the log, the reader gets a card.
            _log.exception("a page failed: %s %s", request.method, scope["path"])
            if started:
                raise
            await problem(request, 500, "This page failed", hint=_AFTER_FAILURE)(scope, receive, send_with_headers)

    def _refusal(self, request: Request) -> Response | None:
        """Return why the request may not pass, or None."""
        if _host_name(request.headers) not in self._hosts:
            return problem(request, 421, "This console does not answer to that name", hint=_HOST_HINT)
        if request.method not in _READING and _from_elsewhere(request):
            return problem(request, 403, "A change asked for by another site is refused")
        if self._token is None or request.url.path.startswith(_OPEN_PATHS) or self._known(request):
            return None
        if "token" in request.query_params and _same(request.query_params["token"], self._token):
            return None
        return problem(request, 401, "This console asks for its token", hint=_TOKEN_HINT)

    def _known(self, request: Request) -> bool:
        token = self._token or ""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and _same(given.strip(), token):
            return True
        return _same(_cookie(request.headers), _cookie_value(token))

    def _entry(self, request: Request) -> Response | None:
        """Turn ``?token=…`` into a cookie and an address that no longer shows it."""
        if self._token is None or "token" not in request.query_params or request.method != "GET":
            return None
        rest = [(k, v) for k, v in parse_qsl(request.url.query, keep_blank_values=True) if k != "token"]
        # A path that starts with two slashes would name another host.
        address = "/" + request.url.path.lstrip("/") + (f"?{urlencode(rest)}" if rest else "")
        answer = RedirectResponse(address, status_code=303)
        answer.set_cookie(
            COOKIE,
            _cookie_value(self._token),
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer


_AFTER_FAILURE = "The reason is in the server's log. Try again; if it stays, run `counterflow doctor`."
_HOST_HINT = "Use the address that `counterflow serve` printed, or allow this name when starting it."
_TOKEN_HINT = "Use the full address that `counterflow serve` printed, with its token."  # noqa: S105 - words


def _add_headers(headers: MutableHeaders, path: str) -> None:
    for name, value in _HEADERS.items():
        headers[name] = value
    # Pages hold what may not stay in a browser's cache; assets are asked for again but not sent again.
    headers["cache-control"] = "no-cache" if path.startswith("/static/") else "no-store"


def _host_name(headers: Headers) -> str:
    return (urlsplit(f"//{headers.get('host', '')}").hostname or "").lower()


def _from_elsewhere(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        return True
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower()


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _cookie_value(token: str) -> str:
    """Return what the cookie holds: not the token, which also opens other doors."""
    return hmac.new(token.encode(), b"counterflow console cookie", hashlib.sha256).hexdigest()


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
