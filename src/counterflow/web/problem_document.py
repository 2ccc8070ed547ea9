"""Problem documents (RFC 9457): what programs read when something went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from counterflow.core.errors import CounterflowError, InputError

__all__ = ["facts_of", "places_of", "problem_document"]

_MOST_PLACES = 100


def problem_document(
    status: int, happened: str, hint: str = "", code: str = "", more: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return a problem document.

    Args:
        status: HTTP status.
        happened: what happened, with the value that was met.
        hint: what to do.
        code: short name of the kind of problem; the status speaks where there is none.
        more: further members (RFC 9457, section 3.2).

    >>> told = problem_document(404, "There is no load 'x'.", "Known: y.", "unknown-name")
    >>> told["type"], told["title"], told["detail"]
    ('urn:counterflow:problem:unknown-name', 'Not Found', "There is no load 'x'. Known: y.")
    """
    phrase = HTTPStatus(status).phrase
    return {
        "type": f"urn:counterflow:problem:{code}" if code else "about:blank",
        "title": phrase,
        "status": status,
        "detail": f"{happened} {hint}".strip(),
        "happened": happened,
        "hint": hint,
        "code": code or phrase.lower().replace(" ", "-"),
        **(more or {}),
    }


def facts_of(error: CounterflowError) -> dict[str, Any]:
    """Return what an error of ours knows besides its words: whether trying again may help, and where it was met."""
    facts: dict[str, Any] = {"retryable": error.retryable}
    if isinstance(error, InputError):
        place = {"file": error.file, "line": error.line, "column": error.column, "value": error.value}
        facts |= {name: value for name, value in place.items() if value is not None}
    return facts


def places_of(errors: Sequence[Any]) -> dict[str, Any]:
    """Return where what was sent does not fit, place by place, as FastAPI and pydantic tell it."""
    places = [
        {"in": str(error["loc"][0]), "at": ".".join(map(str, error["loc"][1:])), "said": str(error["msg"])}
        for error in errors[:_MOST_PLACES]
    ]
    return {"errors": places, "errors_left_out": max(len(errors) - _MOST_PLACES, 0)}
