"""Errors as people and programs read them: a card in the page, or a problem document (RFC 9457)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from counterflow.core.errors import CounterflowError

__all__ = ["Card", "Problem", "answer_problems", "problem"]

_WORDS = {
    404: ("There is no such page", "The pages there are stand in the navigation."),
    405: ("This page cannot be asked that way", "Use the buttons and links of the pages."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """An error to be told: what happened, which value, what to do."""

    status: int
    title: str
    hint: str = ""
    code: str = ""


#: Draws a problem as a page, or as a fragment where a part of a page was asked for.
Card = Callable[[Request, Problem], Response]


def problem(request: Request, status: int, title: str, *, hint: str = "", code: str = "") -> Response:
    """Return an error: a card where a browser asked for a page, otherwise a problem document."""
    told = Problem(status, title, hint, code)
    card: Card | None = getattr(request.app.state, "card", None) if "app" in request.scope else None
    wants_page = "text/html" in request.headers.get("accept", "") or "hx-request" in request.headers
    if card is not None and wants_page and not request.url.path.startswith("/v1"):
        return card(request, told)
    body = {"type": "about:blank", "title": title, "status": status, "detail": hint, "code": code}
    return JSONResponse(body, status_code=status, media_type="application/problem+json")


def answer_problems(app: FastAPI, card: Card | None = None) -> None:
    """Have every error of the application answered by `problem`; `card` draws it for people."""
    app.state.card = card

    @app.exception_handler(CounterflowError)
    def ours(request: Request, error: CounterflowError) -> Response:
        return problem(request, error.http_status, error.message, hint=error.hint, code=error.code)

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        title, hint = _WORDS.get(error.status_code, (HTTPStatus(error.status_code).phrase, str(error.detail)))
        return problem(request, error.status_code, title, hint=hint)

    @app.exception_handler(RequestValidationError)
    def unfit(request: Request, error: RequestValidationError) -> Response:
        said = "; ".join(f"{'.'.join(map(str, e['loc'][1:]))}: {e['msg']}" for e in error.errors())
        return problem(request, 422, "This address does not fit the page", hint=said, code="input")
