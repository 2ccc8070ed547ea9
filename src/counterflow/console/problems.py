"""Errors as people and programs read them: a card in the page, or a problem document (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from counterflow.console.layout import page
from counterflow.core.errors import CounterflowError

__all__ = ["answer_problems", "problem"]

_WORDS = {
    404: ("There is no such page", "The board links to every page there is."),
    405: ("This page cannot be asked that way", "Pages here are only read."),
}


def problem(request: Request, status: int, title: str, *, hint: str = "", code: str = "") -> Response:
    """Return an error: a page where the browser asked for one, otherwise a problem document."""
    if "text/html" in request.headers.get("accept", ""):
        return page("problem.html", {"status": status, "title": title, "hint": hint, "code": code}, status)
    body = {"type": "about:blank", "title": title, "status": status, "detail": hint, "code": code}
    return JSONResponse(body, status_code=status, media_type="application/problem+json")


def answer_problems(app: FastAPI) -> None:
    """Have every error of the application answered by `problem`."""

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
