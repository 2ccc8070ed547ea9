"""`/v1/records`: what was sent, newest first; one record with all that concerns it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from counterflow.api.day import Day
from counterflow.api.openapi import PREFIX
from counterflow.api.paging import MOST_ITEMS, Cursor, Limit, Page, answer, list_of, read_cursor, write_cursor
from counterflow.api.shapes import shape
from counterflow.core.tables import CONSIGNMENT, FINDING
from counterflow.flow.record_list import Narrowed, findings_after, records_after
from counterflow.report.rows import plain
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, tags=["records"])

Names = Annotated[list[Annotated[str, Field(max_length=200)]] | None, Query(max_length=50)]
Text = Annotated[str | None, Field(max_length=200, min_length=1)]

_LEFT_OUT = {"attributes"}
RecordRow = shape(
    "RecordRow",
    CONSIGNMENT,
    [name for name in CONSIGNMENT.names if name not in _LEFT_OUT],
    findings=(int, "findings on it"),
    codes=(list[str] | None, "their codes"),
)
FindingRow = shape("FindingRow", FINDING)


class RecordsAsked(BaseModel):
    """Which records, and where the page starts; a filter that is not known is refused, not passed over."""

    model_config = ConfigDict(extra="forbid")

    source: Text = Field(None, description="who the records come from")
    batch: Text = Field(None, description="the load that brought them")
    office: Text = Field(None, description="office that could inspect them")
    lane: Text = Field(None, description="lane within the office")
    direction: Text = Field(None, description="inbound | outbound")
    sender: Text = Field(None, description="who sent the data")
    departure: Text = Field(None, description="country they left, ISO 3166-1 alpha-2")
    since: Day = Field(None, description="first day of declaration")
    until: Day = Field(None, description="last day of declaration, included")
    code: Text = Field(None, description="only records with a finding of this code")
    item_id: Text = Field(None, description="transport identifier")
    limit: int = Field(100, ge=1, le=MOST_ITEMS, description="records on a page")
    cursor: str = Field("", max_length=2_000, pattern="^[A-Za-z0-9_-]*$", description="`next` of the page before")


@router.get("/records", response_model=Page[RecordRow])  # type: ignore[valid-type]
def list_records(
    request: Request, who: Annotated[Visitor, needs("queue", "read")], asked: Annotated[RecordsAsked, Query()]
) -> JSONResponse:
    """List records, newest day of declaration first; who is named on them stands in the record itself."""
    narrowed = asked.model_dump(exclude={"limit", "cursor"})
    of = list_of("records", **narrowed)
    after = read_cursor(asked.cursor, of, (dt.date, str, str))
    rows = records_after(site_of(request).workspace.store, Narrowed(**narrowed), after, asked.limit + 1)
    shown = rows[: asked.limit]
    who.saw([f"{row['source']}/{row['record_id']}" for row in shown])
    last = shown[-1] if len(rows) > asked.limit else None
    key = (last["declared_on"], last["source"], last["record_id"]) if last else ()
    return answer(shown, write_cursor(of, key) if last else None)


@router.get("/records/{source}/{record_id:path}")
def show_record(
    request: Request,
    who: Annotated[Visitor, needs("record", "read")],
    source: Annotated[str, Path(max_length=200)],
    record_id: Annotated[str, Path(max_length=500)],
) -> dict[str, Any]:
    """Give one record with all that concerns it: parties, goods, findings, timeline, past of its keys, notes."""
    from counterflow.flow.record_file import record_file

    who.saw([f"{source}/{record_id}"])
    told: dict[str, Any] = plain(record_file(site_of(request).workspace, source, record_id))
    return told


@router.get("/findings", response_model=Page[FindingRow])  # type: ignore[valid-type]
def list_findings(
    request: Request,
    who: Annotated[Visitor, needs("queue", "read")],
    code: Names = None,
    check: Names = None,
    source: Annotated[str | None, Query(max_length=200, min_length=1)] = None,
    record_id: Annotated[str | None, Query(max_length=500, min_length=1)] = None,
    limit: Limit = 100,
    cursor: Cursor = "",
) -> JSONResponse:
    """List findings by source and record, each with its evidence and the sentence a person can read."""
    of = list_of("findings", code=sorted(code or ()), check=sorted(check or ()), source=source, record_id=record_id)
    after = read_cursor(cursor, of, (str, str, int))
    rows = findings_after(
        site_of(request).workspace.store,
        after,
        limit + 1,
        codes=code or (),
        checks=check or (),
        source=source,
        record_id=record_id,
    )
    shown = rows[:limit]
    who.saw(sorted({f"{row['source']}/{row['record_id']}" for row in shown}))
    return answer(shown, write_cursor(of, _after(shown, after)) if len(rows) > limit else None)


def _after(shown: list[dict[str, Any]], before: tuple[Any, ...] | None) -> tuple[str, str, int]:
    """Return the key after the last finding shown: its record, and how many of that record's were shown so far."""
    last = (shown[-1]["source"], shown[-1]["record_id"])
    count = sum((row["source"], row["record_id"]) == last for row in shown)
    carried = before[2] if before is not None and before[:2] == last else 0
    return (*last, count + carried)
