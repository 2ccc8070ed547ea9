"""Lists a page at a time: `{"items": […], "next": "…"}`, and `?cursor=` takes what `next` said.

A cursor holds the key of the last row seen and what list it belongs to. It is opaque to who holds it, names no
secret, and is refused where it does not belong: with other filters it would skip rows without anybody noticing.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from counterflow.core.errors import UsageError
from counterflow.report.rows import plain

__all__ = ["MOST_ITEMS", "Cursor", "Limit", "Page", "answer", "list_of", "page_of", "read_cursor", "write_cursor"]

MOST_ITEMS = 1_000
_LARGEST = 2**53

Row = TypeVar("Row")

Limit = Annotated[int, Query(ge=1, le=MOST_ITEMS, description="Items on a page.")]
Cursor = Annotated[
    str,
    Query(
        max_length=2_000,
        pattern="^[A-Za-z0-9_-]*$",
        description="`next` of the page before; empty for the first page.",
    ),
]


class Page(BaseModel, Generic[Row]):
    """A page of a list."""

    items: list[Row]
    next: str | None = Field(description="Cursor of the page after this one; null on the last.")


def list_of(name: str, **narrowed: object) -> str:
    """Return what a cursor belongs to: a list and what it was narrowed to.

    >>> list_of("records", lane="mail") == list_of("records", lane="sea")
    False
    """
    said = json.dumps([name, {k: str(v) for k, v in narrowed.items() if v not in (None, "")}], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def write_cursor(of: str, key: Sequence[object]) -> str:
    """Return the cursor after the row with this key.

    >>> read_cursor(write_cursor("x", ["mail", 3]), "x", (str, int))
    ('mail', 3)
    """
    told = json.dumps([of, *(plain(part) for part in key)], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def read_cursor(cursor: str, of: str, kinds: Sequence[type]) -> tuple[Any, ...] | None:
    """Return the key that a cursor holds, or None where there is no cursor.

    Args:
        cursor: as it was sent.
        of: the list that is asked, from `list_of`.
        kinds: type of each part of the key: str, int or date.

    Raises:
        UsageError: it is none of ours, or of another list.
    """
    if not cursor:
        return None
    try:
        found = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        belongs, *parts = found
        key = tuple(_READ[kind](part) for part, kind in zip(parts, kinds, strict=True))
    except (ValueError, TypeError, KeyError, RecursionError, binascii.Error) as error:
        raise UsageError("The cursor is none of ours.", hint="Ask without one for the first page.") from error
    if belongs != of:
        raise UsageError(
            "The cursor belongs to another list, or to other filters.",
            hint="Keep the filters while you turn pages, or ask without a cursor for the first page.",
        )
    return key


def _text(value: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise TypeError(value)
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _LARGEST:
        raise TypeError(value)
    return value


_READ: Mapping[type, Callable[[Any], Any]] = {str: _text, int: _whole, dt.date: dt.date.fromisoformat}


def page_of(
    rows: Sequence[Mapping[str, Any]],
    key: Callable[[Mapping[str, Any]], tuple[str, ...]],
    limit: int,
    cursor: str,
    of: str,
) -> JSONResponse:
    """Return the page of a short list that is at hand as a whole, in the order of its key.

    Args:
        rows: every row of the list.
        key: what names a row, as texts; the list is shown in this order.
        limit: rows wanted.
        cursor: where to start.
        of: what the cursor has to belong to.
    """
    ordered = sorted(rows, key=key)
    if ordered and (after := read_cursor(cursor, of, (str,) * len(key(ordered[0])))) is not None:
        ordered = [row for row in ordered if key(row) > after]
    more = len(ordered) > limit
    return answer(ordered[:limit], write_cursor(of, key(ordered[limit - 1])) if more else None)


def answer(items: Sequence[Mapping[str, Any]], following: str | None) -> JSONResponse:
    """Return a page as JSON: instants as ISO text in UTC, what is not a number as null."""
    return JSONResponse({"items": plain(list(items)), "next": following})
