"""Errors as people and programs read them: a card in the page, or a problem document (RFC 9457)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path

from counterflow.core.errors import CounterflowError
from counterflow.web.problem_document import facts_of, places_of, problem_document

__all__ = ["Card", "Problem", "answer_problems", "problem", "wants_page"]

_WORDS = {
    404: ("There is no such page", "The pages there are stand in the navigation."),
    405: ("This page cannot be asked that way", "Use the buttons and links of the pages."),
}
_API_WORDS = {
    404: ("There is no such endpoint.", "GET /v1/openapi.json lists what there is."),
    405: ("This endpoint cannot be asked that way.", "GET /v1/openapi.json lists what there is."),
}
_UNFIT = "This address does not fit the page"
_LONGEST = 2_000
#: what went wrong before any route knew of it: words first, the detail says what to do
_TITLES = {408: "This came too slowly", 413: "This is too much at once"}
#: where a person goes who has to do something before anything else: code of the error to page
_GOES_TO = {"not-signed-in": "/sign-in", "password-must-change": "/own/password"}


@dataclass(frozen=True, slots=True)
class Problem:
    """An error to be told: what happened, which value, what to do."""

    status: int
    title: str
    hint: str = ""
    code: str = ""


#: Draws a problem as a page, or as a fragment where a part of a page was asked for.
Card = Callable[[Request, Problem], Response]


def problem(
    request: Request, status: int, title: str, *, hint: str = "", code: str = "", more: Mapping[str, Any] | None = None
) -> Response:
    """Return an error: a card where a browser asked for a page, otherwise a problem document with what `more` says."""
    told = Problem(status, title, hint, code)
    card: Card | None = getattr(request.app.state, "card", None) if "app" in request.scope else None
    if card is not None and wants_page(request):
        return card(request, told)
    body = problem_document(status, title, hint, code, more)
    return JSONResponse(body, status_code=status, media_type="application/problem+json")


def wants_page(request: Request) -> bool:
    """Whether a person's browser asked for a page or a part of one, and not a program."""
    asked = "text/html" in request.headers.get("accept", "") or "hx-request" in request.headers
    return asked and "authorization" not in request.headers and not request.url.path.startswith("/v1")


def _go(request: Request, error: CounterflowError) -> Response | None:
    """Send a browser to the page where the person can do what is missing, and from there back to where they were."""
    page = _GOES_TO.get(error.code)
    if page is None or not wants_page(request):
        return None
    here = request.headers.get("hx-current-url", "") if "hx-request" in request.headers else str(request.url)
    parts = urlsplit(here)
    then = parts.path + (f"?{parts.query}" if parts.query else "")
    if request.method != "GET" and "hx-request" not in request.headers:
        then = "/"
    address = page + (f"?{urlencode({'next': then})}" if then not in {"", "/"} else "")
    if "hx-request" in request.headers:
        return Response(status_code=error.http_status, headers={"hx-redirect": address})
    return RedirectResponse(address, status_code=303)


def _allowed(request: Request) -> list[str]:
    """Return the methods of every route of this address: the router names those of the first one only."""
    here = request.url.path
    found = [
        (each.path, each.methods or ())
        for each in iter_route_contexts(request.app.routes)
        if each.path and compile_path(each.path)[0].match(here)
    ]
    # An address that stands there word for word is not the one that a path with a name in it would make of it.
    path = here if any(path == here for path, _ in found) else next((path for path, _ in found), here)
    return sorted({method for each, methods in found if each == path for method in methods})


def answer_problems(app: FastAPI, card: Card | None = None) -> None:
    """Have every error of the application answered by `problem`; `card` draws it for people."""
    app.state.card = card

    @app.exception_handler(CounterflowError)
    def ours(request: Request, error: CounterflowError) -> Response:
        answer = _go(request, error) or problem(
            request, error.http_status, error.message, hint=error.hint, code=error.code, more=facts_of(error)
        )
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            answer.headers["www-authenticate"] = 'Bearer realm="counterflow"'
        if error.retryable:
            answer.headers["retry-after"] = str(getattr(error, "wait_seconds", 2))
        return answer

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        phrase = _TITLES.get(error.status_code) or HTTPStatus(error.status_code).phrase
        words = _API_WORDS if request.url.path.startswith("/v1") else _WORDS
        title, hint = words.get(error.status_code, (phrase, str(error.detail)))
        answer = problem(request, error.status_code, title, hint=hint)
        answer.headers.update(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            answer.headers["allow"] = ", ".join(_allowed(request))
        return answer

    @app.exception_handler(RequestValidationError)
    def unfit(request: Request, error: RequestValidationError) -> Response:
        said = "; ".join(f"{'.'.join(map(str, e['loc'][1:]))}: {e['msg']}" for e in error.errors())
        title = "What was sent does not fit." if request.url.path.startswith("/v1") else _UNFIT
        return problem(request, 422, title, hint=said[:_LONGEST], code="input", more=places_of(error.errors()))
