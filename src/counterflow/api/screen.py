"""`/v1/screen`, `/v1/screenings`, `/v1/checks`: records screened at once and not kept; loaded records; the checks."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from counterflow.api.idempotency import Key, digest_of, once
from counterflow.api.openapi import PREFIX
from counterflow.api.paging import Cursor, Limit, Page, list_of, page_of
from counterflow.api.sent import sent
from counterflow.api.shapes import shape
from counterflow.core.tables import FINDING
from counterflow.flow.screen_now import MOST_RECORDS
from counterflow.flow.screen_sent import screen_sent
from counterflow.report.rows import plain
from counterflow.web.limits import takes
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, tags=["screening"])

#: bytes of 10,000 records
MOST_BYTES = 32 << 20

Short = Annotated[str | None, Field(None, max_length=200)]
Country = Annotated[str | None, Field(None, pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2")]
Number = Annotated[float | None, Field(None, ge=-1e15, le=1e15, allow_inf_nan=False)]
_EARLIEST, _LATEST = dt.datetime(1900, 1, 1, tzinfo=dt.UTC), dt.datetime(2200, 1, 1, tzinfo=dt.UTC)
Instant = Annotated[AwareDatetime | None, Field(None, ge=_EARLIEST, le=_LATEST, description="with its offset")]


class GoodsSent(BaseModel):
    """One line of goods."""

    model_config = ConfigDict(extra="forbid")

    description: Annotated[str | None, Field(None, max_length=20_000, description="goods text as declared")]
    hs: Annotated[str | None, Field(None, pattern="^[0-9]{2,10}$", description="HS code, digits only")]
    quantity: Number
    unit: Short
    mass_kg: Number
    value: Number
    currency: Annotated[str | None, Field(None, pattern="^[A-Z]{3}$", description="ISO 4217")]
    origin: Country


class PartySent(BaseModel):
    """Somebody named on a record."""

    model_config = ConfigDict(extra="forbid")

    role: str = Field(
        "consignee", pattern="^(consignor|consignee|declarant|importer|seller|courier|notify)$", description="as what"
    )
    name: Annotated[str | None, Field(None, max_length=1_000)]
    address: Annotated[str | None, Field(None, max_length=2_000)]
    postcode: Short
    country: Country
    phone: Short
    email: Annotated[str | None, Field(None, max_length=320)]
    born: Annotated[str | None, Field(None, pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$", description="ISO 8601")]
    identifier: Short


class RecordSent(BaseModel):
    """One consignment."""

    model_config = ConfigDict(extra="forbid")

    record_id: str = Field(min_length=1, max_length=200, description="your own id; unique in one call")
    kind: Annotated[
        str | None,
        Field(None, pattern="^(parcel|express|letter|declaration|container|bill)$", description="what it is"),
    ]
    item_id: Short
    declared_on: dt.date | None = Field(None, description="day whose law counts; today where not given")
    posted_at: Instant
    advance_at: Instant
    due_at: Instant
    arrived_at: Instant
    sender: Short
    office: Short
    lane: Short
    direction: Annotated[str | None, Field(None, pattern="^(inbound|outbound)$")]
    departure: Country
    origin: Country
    destination: Country
    mass_kg: Number
    value: Number
    currency: Annotated[str | None, Field(None, pattern="^[A-Z]{3}$", description="ISO 4217")]
    pieces: Annotated[int | None, Field(None, ge=0, le=2**31 - 1)]
    goods: list[GoodsSent] = Field(default=[], max_length=1_000)
    parties: list[PartySent] = Field(default=[], max_length=100)


class ScreenAsked(BaseModel):
    """Records to be screened at once; nothing of them is kept."""

    model_config = ConfigDict(extra="forbid")

    records: list[RecordSent] = Field(min_length=1, max_length=MOST_RECORDS)


_LEFT_OUT = {"source", "run", "reference_text", "reference_version"}
FoundRow = shape("FoundRow", FINDING, [name for name in FINDING.names if name not in _LEFT_OUT])


class ReferenceTold(BaseModel):
    """A row of a list or a table of law that was met."""

    text: str | None
    version: str | None


class CheckTold(BaseModel):
    """One check as it ran."""

    check: str
    version: str
    findings: int
    waits_for: str = Field(description="why it did not run; empty where it did: its silence then says nothing")


class ScreenTold(BaseModel):
    """What was found on the records."""

    records: int
    with_findings: int = Field(description="records with at least one finding")
    findings: list[FoundRow] = Field(description="by record, check, code, part and place")  # type: ignore[valid-type]
    references: dict[str, ReferenceTold] = Field(description="`reference` of a finding to what it says")
    checks: list[CheckTold]
    lists: dict[str, str] = Field(description="list to the version that was searched")
    said: list[str] = Field(description="what the reader has to know")


class CheckRow(BaseModel):
    """A check that is installed."""

    check: str
    state: str = Field(description="on | off | waiting | broken")
    version: str
    subject: str = Field(description="consignment | goods_line | party")
    reads: str
    codes: str
    title: str
    offered_by: str
    reason: str = Field(description="why it does not run; empty where it does")


class ScreeningRow(BaseModel):
    """What one check did."""

    check: str
    version: str
    records: int
    distinct: int = Field(description="distinct values that were asked about")
    findings: int
    gather_s: float
    check_s: float
    store_s: float
    note: str


class ScreeningTold(BaseModel):
    """What a screening of loaded records did."""

    checks: list[ScreeningRow]
    said: list[str]


@router.post("/screen", response_model=ScreenTold)
@takes(MOST_BYTES)
def screen_at_once(
    request: Request,
    who: Annotated[Visitor, needs("screen", "act")],
    told: Annotated[ScreenAsked, sent(ScreenAsked, MOST_BYTES)],
) -> JSONResponse:
    """Screen up to 10,000 records now: which names a substance, a listed party, a vague good; where; by which law.

    Nothing is kept; the same values get the same findings as in a loaded batch.
    """
    del who
    records = told.model_dump(exclude_none=True)["records"]
    return JSONResponse(plain(screen_sent(site_of(request).workspace, records)))


@router.post("/screenings", response_model=ScreeningTold)
def screen_loaded(request: Request, who: Annotated[Visitor, needs("queue", "act")], key: Key = "") -> JSONResponse:
    """Screen every loaded record that has not been through the present version of each check."""

    def act(workspace: Any) -> dict[str, Any]:
        from counterflow.screen.run import screen

        lines: list[str] = []
        reports = screen(workspace, tell=lines.append)
        return {"checks": [report.as_dict() for report in reports], "said": lines}

    return once(request, site_of(request), who, key, digest_of("screenings"), act)


@router.get("/checks", response_model=Page[CheckRow])
def list_checks(
    request: Request, who: Annotated[Visitor, needs("substances", "read")], limit: Limit = 100, cursor: Cursor = ""
) -> JSONResponse:
    """List the installed checks: what each reads and finds, and whether it runs."""
    from counterflow.screen.run import describe_checks

    del who
    rows = describe_checks(site_of(request).workspace)
    return page_of(rows, lambda row: (row["check"],), limit, cursor, list_of("checks"))
