"""`/v1/entities`: which records were taken for one party, why, and a person's word on it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from counterflow.api.idempotency import Key, digest_of, once
from counterflow.api.openapi import PREFIX
from counterflow.api.paging import Cursor, Limit, Page, list_of, page_of
from counterflow.api.sent import sent
from counterflow.report.rows import plain
from counterflow.store.workspace import Workspace
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, tags=["entities"])

EntityName = Annotated[str, Path(max_length=200, description="entity, or the beginning of its id")]
Reason = Annotated[str, Field(min_length=1, max_length=2_000, description="why, so that another person can follow")]
_MOST = 10_000


class EntityRow(BaseModel):
    """An entity: records that were taken for one party."""

    entity: str
    scope: str = Field(description="the body of records it is of")
    records: int
    least_probability: float = Field(description="of its least certain record")
    a_name: str | None = Field(description="a name that one of its records bears")
    as_of: str


class Named(BaseModel):
    """The entity that came of it."""

    entity: str


class TakenBack(BaseModel):
    """On how many pairs of records a decision was taken back."""

    pairs: int


class SplitSent(BaseModel):
    """Records that are of another party."""

    model_config = ConfigDict(extra="forbid")

    records: list[Annotated[str, Field(min_length=1, max_length=500)]] = Field(min_length=1, max_length=1_000)
    reason: Reason


class JoinSent(BaseModel):
    """The entity that is the same party."""

    model_config = ConfigDict(extra="forbid")

    other: str = Field(min_length=1, max_length=200)
    reason: Reason


class TakeBackSent(BaseModel):
    """Why a decision is taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


@router.get("/entities", response_model=Page[EntityRow])
def list_entities(
    request: Request,
    who: Annotated[Visitor, needs("entities", "read")],
    least: Annotated[int, Query(ge=1, le=1_000_000, description="fewest records of an entity shown")] = 2,
    limit: Limit = 100,
    cursor: Cursor = "",
) -> JSONResponse:
    """List the 10,000 largest entities by id."""
    from counterflow.link.resolution import review

    rows = review.list_entities(site_of(request).workspace.store, least, _MOST).to_pylist()
    page = page_of(rows, lambda row: (row["scope"], row["entity"]), limit, cursor, list_of("entities", least=least))
    who.saw([f"entities of {least} and more"])
    return page


@router.get("/entities/decisions")
def list_decisions(
    request: Request, who: Annotated[Visitor, needs("entities", "read")], limit: Limit = 100, cursor: Cursor = ""
) -> JSONResponse:
    """List what people decided on records, by id."""
    from counterflow.link.resolution import review

    del who
    rows = review.list_decisions(site_of(request).workspace.store).to_pylist()
    return page_of(rows, lambda row: (row["decision"],), limit, cursor, list_of("decisions"))


@router.get("/entities/{entity}")
def show(request: Request, who: Annotated[Visitor, needs("entities", "read")], entity: EntityName) -> dict[str, Any]:
    """Give an entity: its records, and why they stand together, field by field, with what each weighs in bits."""
    from counterflow.link.resolution import review

    store = site_of(request).workspace.store
    members = review.members_of(store, entity).to_pylist()
    who.saw([f"{row['source']}/{row['record_id']}" for row in members[:_MOST]])
    told: dict[str, Any] = plain({"members": members, "why": review.show_entity(store, entity).to_pylist()})
    return told


@router.post("/entities/{entity}/split", response_model=Named)
def split(
    request: Request,
    who: Annotated[Visitor, needs("entities", "act")],
    entity: EntityName,
    told: Annotated[SplitSent, sent(SplitSent)],
    key: Key = "",
) -> JSONResponse:
    """Take records out of an entity: they are another party, now and on every later run."""
    from counterflow.link.resolution import review

    def act(workspace: Workspace) -> dict[str, str]:
        made = review.split_entity(workspace, entity, told.records, reason=told.reason, person=who.person)
        return {"entity": made}

    return once(request, site_of(request), who, key, digest_of(told.model_dump_json()), act)


@router.post("/entities/{entity}/join", response_model=Named)
def join(
    request: Request,
    who: Annotated[Visitor, needs("entities", "act")],
    entity: EntityName,
    told: Annotated[JoinSent, sent(JoinSent)],
    key: Key = "",
) -> JSONResponse:
    """Put two entities together: they are one party, now and on every later run."""
    from counterflow.link.resolution import review

    def act(workspace: Workspace) -> dict[str, str]:
        made = review.join_entities(workspace, entity, told.other, reason=told.reason, person=who.person)
        return {"entity": made}

    return once(request, site_of(request), who, key, digest_of(told.model_dump_json()), act)


@router.post("/entities/decisions/{decision}/take-back", response_model=TakenBack)
def take_back(
    request: Request,
    who: Annotated[Visitor, needs("entities", "act")],
    decision: Annotated[str, Path(max_length=200)],
    told: Annotated[TakeBackSent, sent(TakeBackSent)],
    key: Key = "",
) -> JSONResponse:
    """Take a decision back; the next run goes by what is left."""
    from counterflow.link.resolution import review

    def act(workspace: Workspace) -> dict[str, int]:
        return {"pairs": review.take_back(workspace, decision, reason=told.reason, person=who.person)}

    return once(request, site_of(request), who, key, digest_of(told.model_dump_json()), act)
