"""`/v1/substances`: is this controlled, where, since when; places compared; gaps; lists and updates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from counterflow.api.day import Day
from counterflow.api.openapi import PREFIX
from counterflow.api.paging import Cursor, Limit, Page, list_of, page_of
from counterflow.api.sent import sent
from counterflow.flow import substance_desk as desk
from counterflow.report.rows import plain
from counterflow.web.limits import takes
from counterflow.web.site import site_of
from counterflow.web.visitor import needs

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, tags=["substances"])

_MOST_BYTES = 16 << 20

Word = Annotated[str, Query(max_length=400)]
Places = Annotated[
    list[Annotated[str, Field(max_length=80)]] | None,
    Query(max_length=60, description="places, as CN or MX; every place whose own law is held where none is given"),
]
Names = Annotated[
    list[Annotated[str, Field(max_length=400)]],
    Query(min_length=1, max_length=desk.MOST_COMPARED, description="names, ids or CAS numbers"),
]
On = Annotated[Day, Query(description="day whose law is asked; today where not given")]


class ItemAsked(BaseModel):
    """One item: give any of its fields."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field("", max_length=20_000, description="goods description or any other text")
    name: str = Field("", max_length=1_000, description="name of the substance, alone")
    cas: str = Field("", max_length=100, description="CAS number")
    inchikey: str = Field("", max_length=100, description="standard InChIKey")
    smiles: str = Field("", max_length=2_000, description="structure")
    hs: str = Field("", max_length=40, description="declared HS code")


class ItemsAsked(BaseModel):
    """Items, and under which law they are asked."""

    model_config = ConfigDict(extra="forbid")

    items: list[ItemAsked] = Field(min_length=1, max_length=1_000)
    places: list[Annotated[str, Field(max_length=80)]] = Field(default_factory=list, max_length=60)
    on: dt.date | None = Field(None, description="day whose law is asked; today where not given")


class Answered(BaseModel):
    """What one item names, the strongest verdict first; never that something is not controlled."""

    item: dict[str, str]
    on: dt.date
    places: list[str]
    found: list[dict[str, Any]] = Field(description="substance, name, verdict, spans, places by verdict, rows of law")
    coverage: list[dict[str, str]] = Field(description="how far the law of each place is held")


@router.post("/substances/lookup", response_model=list[Answered], dependencies=[needs("substances")])
@takes(_MOST_BYTES)
def look_up(request: Request, told: Annotated[ItemsAsked, sent(ItemsAsked, _MOST_BYTES)]) -> JSONResponse:
    """Say of each item whether it is controlled or listed, in each place, under which words of the law."""
    workspace = site_of(request).workspace
    answers = [
        desk.look_up(workspace, {k: v for k, v in item.model_dump().items() if v}, places=told.places, on=told.on)
        for item in told.items
    ]
    return _json(answers)


@router.get("/substances/matrix", response_model=dict[str, Any], dependencies=[needs("substances")])
def matrix(request: Request, names: Names, places: Places = None, on: On = None) -> JSONResponse:
    """Compare places: where each substance is controlled on a day, since when, under which words."""
    return _json(desk.compare(site_of(request).workspace, names, places=places or (), on=on))


@router.get("/substances/gaps", response_model=dict[str, Any], dependencies=[needs("substances")])
def gaps(request: Request, origin: Word, destination: Word, on: On = None) -> JSONResponse:
    """List what is listed or was seen at the destination and is not found in the law of the origin."""
    return _json(desk.find_gaps(site_of(request).workspace, origin, destination, on=on))


@router.get("/substances/lists", response_model=dict[str, Any], dependencies=[needs("substances")])
def lists(request: Request) -> JSONResponse:
    """Say which lists are held, how far each goes, and which updates people accepted."""
    return _json(desk.updates(site_of(request).workspace))


@router.get("/substances/updates/{update}", response_model=dict[str, Any], dependencies=[needs("substances")])
def update(request: Request, update: Annotated[str, Path(max_length=80)]) -> JSONResponse:
    """Give one accepted update with every change it made."""
    return _json(desk.update_in_full(site_of(request).workspace, update))


@router.get("/substances/rules", response_model=Page[dict[str, Any]], dependencies=[needs("substances")])
def rules(limit: Limit = 100, cursor: Cursor = "", on: On = None) -> JSONResponse:
    """List the definitions by structure, a row for each and its period."""
    return page_of(desk.rules(on=on), _rule_key, limit, cursor, list_of("substance-rules", on=on))


@router.get("/substances/show", response_model=list[dict[str, Any]], dependencies=[needs("substances")])
def show(request: Request, substance: Word, on: On = None) -> JSONResponse:
    """Give all that is held of what a name, an id or a CAS number stands for."""
    return _json(desk.lay_open(site_of(request).workspace, substance, on=on))


def _rule_key(row: Mapping[str, Any]) -> tuple[str, ...]:
    return str(row["rule"]), str(row["from"])


def _json(told: object) -> JSONResponse:
    return JSONResponse(plain(told))
