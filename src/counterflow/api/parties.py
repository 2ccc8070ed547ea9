"""`/v1/parties`, `/v1/clearings`, `/v1/lists`: names against the lists held, what people cleared, list versions."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from counterflow.api.idempotency import Key, digest_of, once
from counterflow.api.openapi import PREFIX
from counterflow.api.paging import Cursor, Limit, Page, answer, list_of, page_of, read_cursor, write_cursor
from counterflow.api.sent import sent
from counterflow.flow import list_versions, party_alerts, party_confirming, party_desk
from counterflow.report.rows import plain
from counterflow.web.limits import takes
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, tags=["parties"])

_MOST_BYTES = 16 << 20
_MOST_PAGE = 200
Part = Annotated[str, Query(max_length=300, description="part of a name or an id")]
Version = Annotated[str, Query(max_length=80, description="a version, or its beginning")]


Kind = Literal["", "Person", "Organization", "Company", "PublicBody", "LegalEntity", "Vessel", "Aircraft", "Airplane"]


class PartyAsked(BaseModel):
    """A party as somebody wrote it; what is given beside the name tells two of one name apart."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field("", max_length=200, description="what the answer calls it; its place from 0 where empty")
    name: str = Field("", max_length=500)
    schema_: Kind = Field("", alias="schema", description="what kind of party it is, where that is known")
    born: str = Field("", max_length=100)
    country: str = Field("", max_length=100)
    nationality: str = Field("", max_length=100)
    address: str = Field("", max_length=500)
    identifier: str = Field("", max_length=200, description="passport, tax, registration or IMO number")

    def plain(self) -> dict[str, str]:
        """Return what is said."""
        return {name: value for name, value in self.model_dump(by_alias=True).items() if value}


class PartiesAsked(BaseModel):
    """Parties to look up."""

    model_config = ConfigDict(extra="forbid")

    parties: list[PartyAsked] = Field(min_length=1, max_length=party_desk.MOST_PARTIES)
    top: int = Field(10, ge=1, le=party_desk.MOST_ENTRIES, description="listed entries for each, best first")


class PairAsked(BaseModel):
    """A party and the listed entry it is laid beside."""

    model_config = ConfigDict(extra="forbid")

    party: PartyAsked
    entity: str = Field(min_length=1, max_length=200, description="the entry, as ofac:12345")


class ClearingAsked(PairAsked):
    """A person's word that a party is not a listed one."""

    reason: str = Field(min_length=1, max_length=500, description="what tells the two apart")
    until: dt.date | None = Field(None, description="last day; a year from today where not given")


class ConfirmationAsked(PairAsked):
    """A person's word that a party is the listed one; another person has to agree."""

    reason: str = Field(min_length=1, max_length=500, description="what shows it")
    until: dt.date | None = Field(None, description="last day; a year from the day of agreement where not given")


class ReasonAsked(BaseModel):
    """Why something is taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=500)


class SinceAsked(BaseModel):
    """The version of a list that was screened against before."""

    model_config = ConfigDict(extra="forbid")

    since: str = Field(min_length=1, max_length=80)


@router.post("/parties/lookup", response_model=dict[str, Any])
@takes(_MOST_BYTES)
def look_up(
    request: Request,
    who: Annotated[Visitor, needs("parties")],
    told: Annotated[PartiesAsked, sent(PartiesAsked, _MOST_BYTES)],
) -> JSONResponse:
    """Give for each party the listed entries most like it: a likeness, with reasons, and never a judgement."""
    found = party_desk.look_up(site_of(request).workspace, [one.plain() for one in told.parties], top=told.top)
    who.saw([row["entity_id"] for row in found["rows"] if row["alert"]][:1000], asked=told.model_dump_json())
    return JSONResponse(plain(found))


@router.post("/parties/beside", response_model=dict[str, Any])
def beside(
    request: Request, who: Annotated[Visitor, needs("parties")], told: Annotated[PairAsked, sent(PairAsked)]
) -> JSONResponse:
    """Lay a party and a listed entry side by side, word by word."""
    who.saw([told.entity])
    return JSONResponse(plain(party_desk.beside(site_of(request).workspace, told.party.plain(), told.entity)))


@router.get("/parties/alerts", response_model=Page[dict[str, Any]])
def alerts(
    request: Request,
    who: Annotated[Visitor, needs("clearings")],
    state: Annotated[str, Query(max_length=10, description="open | confirmed | cleared | all")] = "open",
    text: Part = "",
    limit: Annotated[int, Query(ge=1, le=_MOST_PAGE)] = 50,
    cursor: Cursor = "",
) -> JSONResponse:
    """List pairs of a stored name and a listed entry, those that rest on equality first."""
    of = list_of("party-alerts", state=state, text=text)
    (offset,) = read_cursor(cursor, of, (int,)) or (0,)
    found = party_alerts.alerts(site_of(request).workspace, state=state, text=text, offset=max(offset, 0), limit=limit)
    who.saw([f"{row['source']}/{row['record_id']}" for row in found["rows"]])
    ends = offset + limit
    return answer(found["rows"], write_cursor(of, (ends,)) if ends < found["total"] else None)


@router.get("/parties/confirmations", response_model=Page[dict[str, Any]])
def confirmations(
    request: Request, who: Annotated[Visitor, needs("clearings")], limit: Limit = 100, cursor: Cursor = ""
) -> JSONResponse:
    """List confirmations with their state: in force, expired, revoked, or void and why."""
    rows = party_confirming.confirmations(site_of(request).workspace)
    who.saw([row["clearing"] for row in rows[:1000]])
    return page_of(rows, lambda row: (str(row["clearing"]),), limit, cursor, list_of("confirmations"))


@router.post("/parties/confirmations", response_model=dict[str, Any], status_code=201)
def confirm(
    request: Request,
    who: Annotated[Visitor, needs("clearings", "act")],
    told: Annotated[ConfirmationAsked, sent(ConfirmationAsked)],
    key: Key = "",
) -> JSONResponse:
    """Ask to confirm that a party is the listed one; gives the request that a second person has to agree to."""
    site, party = site_of(request), told.party.plain()

    def ask(workspace: Workspace) -> dict[str, Any]:
        subject, payload = party_confirming.request(workspace, party, told.entity, reason=told.reason, until=told.until)
        return {"request": site.access.requests.ask("party-confirm", subject, payload, who, told.reason)}

    return once(request, site, who, key, digest_of(told.model_dump_json().encode()), ask, status=201)


@router.get("/clearings", response_model=Page[dict[str, Any]])
def clearings(
    request: Request, who: Annotated[Visitor, needs("clearings")], limit: Limit = 100, cursor: Cursor = ""
) -> JSONResponse:
    """List clearings with their state: in force, expired, revoked, or void and why."""
    rows = party_alerts.clearings(site_of(request).workspace)
    who.saw([row["clearing"] for row in rows[:1000]])
    return page_of(rows, lambda row: (str(row["clearing"]),), limit, cursor, list_of("clearings"))


@router.post("/clearings", response_model=dict[str, Any], status_code=201)
def clear(
    request: Request,
    who: Annotated[Visitor, needs("clearings", "act")],
    told: Annotated[ClearingAsked, sent(ClearingAsked)],
    key: Key = "",
) -> JSONResponse:
    """Clear a pair on this person's word; what the party states beside its name, a record must state to be meant."""
    party = told.party.plain()
    return once(
        request, site_of(request), who, key, digest_of(told.model_dump_json().encode()),
        lambda workspace: party_alerts.clear(
            workspace, party, told.entity, reason=told.reason, person=who.person, until=told.until
        ),
        status=201,
    )  # fmt: skip


@router.post("/clearings/{clearing}/revoke", response_model=dict[str, Any])
def revoke(
    request: Request,
    who: Annotated[Visitor, needs("clearings", "act")],
    clearing: Annotated[str, Path(max_length=80)],
    told: Annotated[ReasonAsked, sent(ReasonAsked)],
    key: Key = "",
) -> JSONResponse:
    """Take a clearing or a confirmation back: the pair alerts again."""
    return once(
        request, site_of(request), who, key, digest_of(f"{clearing} {told.reason}".encode()),
        lambda workspace: party_alerts.revoke(workspace, clearing, reason=told.reason, person=who.person),
    )  # fmt: skip


@router.get("/lists", response_model=Page[dict[str, Any]], dependencies=[needs("lists")])
def lists(request: Request, limit: Limit = 100, cursor: Cursor = "") -> JSONResponse:
    """List every edition of every list; `in_force` says which is screened against."""
    rows = list_versions.versions(site_of(request).workspace)
    return page_of(rows, lambda row: (row["list"], row["version"]), limit, cursor, list_of("lists"))


@router.get("/lists/changes", response_model=dict[str, Any], dependencies=[needs("lists")])
def changes(
    request: Request,
    before: Version,
    after: Version,
    kind: Annotated[str, Query(max_length=10, description="added | removed | changed; all where empty")] = "",
    text: Part = "",
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> JSONResponse:
    """Say which entries were added, removed or changed from one edition to another."""
    found = list_versions.changes(
        site_of(request).workspace, before, after, kind=kind, text=text, offset=offset, limit=limit
    )
    return JSONResponse(plain(found))


@router.get("/lists/entries", response_model=dict[str, Any], dependencies=[needs("lists")])
def entries(
    request: Request,
    version: Version,
    text: Part = "",
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> JSONResponse:
    """Give the names of one edition, by entry."""
    found = list_versions.entries(site_of(request).workspace, version, text=text, offset=offset, limit=limit)
    return JSONResponse(plain(found))


@router.post("/lists/rescreening", response_model=dict[str, Any])
def look_again(
    request: Request,
    who: Annotated[Visitor, needs("lists", "act")],
    told: Annotated[SinceAsked, sent(SinceAsked)],
    key: Key = "",
) -> JSONResponse:
    """Look stored parties up again where a list changed since a version; say what is new, gone and touched."""
    return once(
        request, site_of(request), who, key, digest_of(told.since.encode()),
        lambda workspace: list_versions.look_again(workspace, told.since),
    )  # fmt: skip
