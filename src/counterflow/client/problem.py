"""What a server says when something went wrong, as an error (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from counterflow.core.errors import CounterflowError

__all__ = ["Problem", "Unreachable", "problem_of"]


class Problem(CounterflowError):  # noqa: N818 - the word of RFC 9457
    """The server refused: what happened, what to do, and the whole document.

    Args:
        status: HTTP status.
        document: the problem document as it came.
    """

    code = "api-problem"

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        happened = str(document.get("happened") or document.get("title") or f"The server answered {status}.")
        super().__init__(happened, hint=str(document.get("hint") or ""))
        self.status = status
        self.document = dict(document)
        #: short name of the kind of problem, as `unknown-name` or `access`
        self.kind = str(document.get("code") or "")
        #: whether the same request may succeed later
        self.may_try_again = bool(document.get("retryable")) or status in {429, 503}
        #: where what was sent does not fit: `in`, `at`, `said`
        self.places: list[dict[str, str]] = list(document.get("errors") or ())

    def as_dict(self) -> dict[str, str | int | bool]:
        """Return the error as plain data."""
        return super().as_dict() | {"status": self.status, "kind": self.kind, "retryable": self.may_try_again}


class Unreachable(CounterflowError):  # noqa: N818 - reads as what it is
    """No answer came: the server is not there, or the line broke."""

    code = "unreachable"
    retryable = True


def problem_of(status: int, body: bytes) -> Problem:
    """Return what a body of an answer that is no success says; a body of another kind is shown by its beginning.

    >>> problem_of(404, b'{"happened": "There is no load.", "hint": "Known: a.", "code": "unknown-name"}').kind
    'unknown-name'
    >>> print(problem_of(502, b"<html>Bad gateway</html>"))
    The server answered 502. <html>Bad gateway</html>
    """
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if isinstance(told, dict):
        return Problem(status, told)
    return Problem(status, {"hint": body[:200].decode("utf-8", "replace")})
