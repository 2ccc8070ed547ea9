"""The OpenAPI document of version 1: what is frozen in `docs/reference/openapi.json`, and what programs are made from.

What FastAPI writes is completed with what holds for every route: how to show who asks, the body that is read after
the permission is known, the problems that can come back, and who may ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from counterflow.api.sent import Sent
from counterflow.web.visitor import Need, anybody

__all__ = ["PREFIX", "document", "router"]

PREFIX = "/v1"
VERSION = "1"
_ABOUT = (
    "Counterflow: one loop from a consignment record to an honestly judged result. Every error is a problem document"
    " (RFC 9457). Lists come a page at a time: `next` of one page is `cursor` of the following one. Acts take an"
    " `Idempotency-Key`. Within version 1 nothing is taken away and nothing that was optional becomes required."
)
_PROBLEMS: Mapping[str, str] = {
    "400": "The request itself is wrong.",
    "401": "Nobody is signed in, or the token has ended.",
    "403": "This person may not do this; the reason is said.",
    "404": "There is no such thing here.",
    "409": "It stands in the way of something else.",
    "413": "More was sent than is taken.",
    "414": "The address is too long.",
    "415": "What was sent is of a kind that is not taken.",
    "422": "What was sent does not fit; says where and what to do.",
    "429": "Too many requests; try again later.",
    "503": "Somebody else's work is being written; try again in a moment.",
}

#: how a path says what its part may hold; the document says it otherwise
_CONVERTER = re.compile(r":[a-z]+}")

router = APIRouter(prefix=PREFIX, tags=["about"])


_DOCUMENT = anybody("what can be asked is no secret; who may ask it is said by each need")


@router.get("/openapi.json", include_in_schema=False, dependencies=[_DOCUMENT])
def openapi(request: Request) -> JSONResponse:
    """Give this document."""
    app: FastAPI = request.app
    if getattr(app.state, "openapi", None) is None:
        app.state.openapi = document(app)
    return JSONResponse(app.state.openapi)


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of the routes under `PREFIX`, in a fixed order."""
    routes = sorted(_routes(app), key=lambda route: (route.path or "", sorted(route.methods or ())))
    told = get_openapi(title="Counterflow API", version=VERSION, description=_ABOUT, routes=routes)
    schemas: dict[str, Any] = told.setdefault("components", {}).setdefault("schemas", {})
    for route in routes:
        here = told["paths"].get(_CONVERTER.sub("}", route.path or ""), {})
        for method in route.methods or ():
            if method.lower() in here:
                _complete(here[method.lower()], route.dependant, schemas)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = _PROBLEM
    told["components"]["schemas"] = dict(sorted(schemas.items()))
    told["components"]["responses"] = {
        f"Problem{status}": {"description": said, "content": _PROBLEM_CONTENT} for status, said in _PROBLEMS.items()
    }
    told["components"]["securitySchemes"] = _SECURITY
    told["security"] = [{"token": []}]
    return told


def _routes(app: FastAPI) -> Iterator[RouteContext]:
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and route.include_in_schema and (context.path or "").startswith(f"{PREFIX}/"):
            yield context


def _complete(operation: dict[str, Any], dependant: Dependant, schemas: dict[str, Any]) -> None:
    """Add to one operation what FastAPI cannot know."""
    needed = [call for call in _calls(dependant) if isinstance(call, Need)]
    if needed:
        operation["x-needs"] = {"resource": needed[0].resource, "action": needed[0].action}
    for call in _calls(dependant):
        if isinstance(call, Sent):
            made = call.model.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(made.pop("$defs", {}))
            schemas[call.model.__name__] = made
            reference = {"$ref": f"#/components/schemas/{call.model.__name__}"}
            operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": reference}}}
    answers = operation["responses"]
    for status in _PROBLEMS:
        answers[status] = {"$ref": f"#/components/responses/Problem{status}"}
    operation["responses"] = dict(sorted(answers.items()))


def _calls(dependant: Dependant) -> Iterator[object]:
    for each in dependant.dependencies:
        yield each.call
        yield from _calls(each)


_PROBLEM_CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_PROBLEM: Mapping[str, Any] = {
    "title": "Problem",
    "description": "What went wrong, with which value, and what to do (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail", "happened", "hint", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "What kind of problem."},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What happened and what to do."},
        "happened": {"type": "string", "description": "What happened, with the value that was met."},
        "hint": {"type": "string", "description": "What to do about it."},
        "code": {"type": "string", "description": "Short name of the kind, for programs."},
        "retryable": {"type": "boolean", "description": "Whether the same request may succeed later."},
        "file": {"type": "string", "description": "The file that was met."},
        "line": {"type": "integer", "description": "Its line."},
        "column": {"type": "string", "description": "The column or field."},
        "value": {"type": "string", "description": "What stood there."},
        "errors": {
            "type": "array",
            "description": "Where what was sent does not fit.",
            "items": {
                "type": "object",
                "required": ["in", "at", "said"],
                "properties": {
                    "in": {"type": "string", "description": "query, path, header or body"},
                    "at": {"type": "string", "description": "where in it"},
                    "said": {"type": "string", "description": "what is wrong with it"},
                },
            },
        },
        "errors_left_out": {"type": "integer", "description": "How many more places there are."},
    },
}
_SECURITY: Mapping[str, Any] = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token: `counterflow access add-token`, or /own."},
}  # fmt: skip
