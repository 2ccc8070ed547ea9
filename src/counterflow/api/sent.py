"""JSON that a program sends: read after its permission is known, bounded, and held to a model.

FastAPI reads a body before it asks who sent it; here the need of the route comes first, then the size, then the
content. A route takes it as

    told: Annotated[Told, sent(Told)]

after `who`, and its shape stands in the OpenAPI document all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool

from counterflow.core.errors import InputError, UsageError
from counterflow.web.uploads import TooLarge

__all__ = ["MOST_BYTES", "NotOfThisKind", "Sent", "sent"]

#: most of a JSON body unless a route says otherwise
MOST_BYTES = 1 << 20


class NotOfThisKind(InputError):  # noqa: N818 - reads as what it is
    """What was sent is of a kind that is not taken here."""

    code = "not-of-this-kind"
    http_status = 415


@dataclass(frozen=True, slots=True)
class Sent:
    """Reads the body of a request as one model; the OpenAPI document finds the model here."""

    model: type[BaseModel]
    most_bytes: int

    async def __call__(self, request: Request) -> BaseModel:
        """Return what was sent.

        Raises:
            NotOfThisKind: it is not JSON by its own word.
            TooLarge: more was sent than is taken.
            UsageError: it is no JSON.
            RequestValidationError: it does not fit the model; says where.
        """
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" and not kind.endswith("+json"):
            raise NotOfThisKind("JSON is taken here.", hint="Send it as content-type: application/json.", value=kind)
        body = await _read(request, self.most_bytes)
        return await run_in_threadpool(self._fit, body)

    def _fit(self, body: bytes) -> BaseModel:
        try:
            # Strict: "1" is no number and true is none either, whoever writes them meant something else.
            return self.model.model_validate_json(body, strict=True)
        except ValidationError as error:
            told = list(error.errors(include_url=False, include_context=False, include_input=False))
            if told[0]["type"] == "json_invalid":
                said = str(told[0]["msg"]).removeprefix("Invalid JSON: ").rstrip(".")
                raise UsageError(f"The body is no JSON: {said}.", hint="Mend it and send it again.") from error
            raise RequestValidationError([{**e, "loc": ("body", *e["loc"])} for e in told]) from error


def sent(model: type[BaseModel], most_bytes: int = MOST_BYTES) -> Any:
    """Return the dependency that reads a JSON body as `model`."""
    return Depends(Sent(model, most_bytes))


async def _read(request: Request, most_bytes: int) -> bytes:
    taken = bytearray()
    async for chunk in request.stream():
        taken += chunk
        if len(taken) > most_bytes:
            raise TooLarge(f"More than {most_bytes:,} bytes were sent.", hint="Send it in parts.")
    return bytes(taken)
