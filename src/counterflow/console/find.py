"""The box at the top of every page: the rooms in which what was typed can be looked up, the likeliest first.

It looks nothing up itself: each room asks for its own right and purpose, and puts the look on record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from counterflow.console.layout import page
from counterflow.console.rooms import PLACES
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter()

_Text = Annotated[str, Query(alias="q", max_length=200)]


@dataclass(frozen=True, slots=True)
class _Room:
    """Where something can be looked up: as what, by which field of which page, and how such a thing is written."""

    words: str
    says: str
    path: str
    field: str
    resource: str
    looks_like: str = "$^"


_ROOMS = (
    _Room("Substances", "a name, a CAS number, a spelling, goods text", "/substances", "q", "substances",
          r"\d{2,7}-\d{2}-\d"),
    _Room("Records, by what they say", "words of the goods text, an HS code, a record or item number", "/queue",
          "text", "queue", r"[A-Z]{2}\d{9}[A-Z]{2}|[A-Z]{1,4}-?\d{3,}"),
    _Room("Records, by who is on them", "a sender, a consignee, a carrier", "/queue", "name", "queue"),
    _Room("Parties", "a person or a firm, against the lists", "/parties", "text", "parties"),
    _Room("Customers", "a customer's name or number, with their orders", "/orders/customers", "text", "customers"),
)  # fmt: skip


@router.get("/find", response_class=HTMLResponse)
def find(
    request: Request,
    who: Annotated[Visitor, needs("help")],
    text: Annotated[str, Query(alias="q", max_length=200)] = "",
) -> Response:
    """Show where this can be looked up; go there at once where only one room can hold it."""
    words = " ".join(text.split())
    rooms = [room for room in _ROOMS if who.may(room.resource) and _is_there(room.path)]
    sure = [room for room in rooms if re.fullmatch(room.looks_like, words)]
    if words and len(sure or rooms) == 1:
        return RedirectResponse(_address((sure or rooms)[0], words), status_code=303)
    shown = [{"words": room.words, "says": room.says, "address": _address(room, words)} for room in rooms]
    return page(request, "find/page.html", {"text": words, "rooms": shown})


def _address(room: _Room, words: str) -> str:
    return f"{room.path}?{urlencode({room.field: words})}" if words else room.path


def _is_there(path: str) -> bool:
    return any(path == place.path or path.startswith(f"{place.path}/") for place in PLACES)
