"""`/v1/sheets` and `/v1/outcomes`: what to inspect, why, and what came of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from counterflow.api.day import Day, DayGiven
from counterflow.api.idempotency import Key, digest_of, once
from counterflow.api.openapi import PREFIX
from counterflow.api.sent import sent
from counterflow.core.errors import InputError
from counterflow.flow.outcomes import record_outcomes
from counterflow.flow.rank_question import rank_question
from counterflow.flow.today import today_of
from counterflow.report.rows import plain
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, tags=["inspection"])

MOST_OUTCOMES = 1_000
_Name = Annotated[str | None, Query(max_length=200)]
_Given = Annotated[str, Query(min_length=1, max_length=200)]


class OutcomeSent(BaseModel):
    """What came of one inspection."""

    model_config = ConfigDict(extra="forbid")

    record_id: str = Field(min_length=1, max_length=200, description="the record's own id")
    source: str = Field("", max_length=200, description="its source; needed where several have this id")
    plan: str = Field("", max_length=200, description="plan that it answers; the one that most rows fit if left out")
    state: Literal["not_presented", "presented", "held", "inspected"] = Field(description="what happened to it")
    confirmation: Literal["none", "suspected", "presumptive", "confirmed", "refuted"] = Field(
        "none", description="what was found; only confirmed counts as found"
    )
    harm_class: str = Field("", max_length=100, description="what it was; a class of the severities")
    time: dt.datetime | None = Field(None, description="when it happened, with an offset; now if left out")


class OutcomesSent(BaseModel):
    """Outcomes that are taken together: all of them, or none and the reason."""

    model_config = ConfigDict(extra="forbid")

    outcomes: list[OutcomeSent] = Field(min_length=1, max_length=MOST_OUTCOMES)


class OutcomesTaken(BaseModel):
    """Receipt: read = accepted + rejected."""

    accepted: int = Field(description="taken, those included that were on record already")
    rejected: int = Field(description="always 0 here: what cannot be taken is a problem, and nothing is written")
    already: int = Field(description="on record already; these changed nothing")
    notices: int = Field(description="offices and partners told of a suspicion or its end")
    reasons: dict[str, int]
    refused: list[dict[str, Any]]


@router.get("/sheets")
def list_sheets(
    request: Request, who: Annotated[Visitor, needs("sheet")], day: Annotated[Day, Query()] = None
) -> dict[str, Any]:
    """List the sheets of a day, each with how far it has come, and the days that have any."""
    del who
    shown = today_of(site_of(request).workspace, day=day)
    kept = {name: shown[name] for name in ("synthetic", "today", "day", "days")}
    told: dict[str, Any] = plain(kept | {"places": [asdict(place) for place in shown["places"]]})
    return told


@router.get("/sheet")
def show_sheet(
    request: Request,
    who: Annotated[Visitor, needs("sheet")],
    office: Annotated[str, Query(max_length=200)],
    lane: Annotated[str, Query(max_length=200)],
    day: Annotated[DayGiven, Query()],
    plan: _Name = None,
) -> dict[str, Any]:
    """Give one sheet whole: records in order of rank, reasons, evidence with its span, outcomes, minutes."""
    shown = today_of(site_of(request).workspace, day=day, office=office, lane=lane, plan=plan)
    who.saw([f"{item['source']}/{item['record_id']}" for item in (shown["sheet"] or {"items": []})["items"]])
    if shown["sheet"] is None:
        raise InputError(
            "Nothing is planned for this day.", hint="GET /v1/sheets lists the days.", column="day", value=day
        )
    told: dict[str, Any] = plain(shown["sheet"] | {"room": shown["capacity"], "said": shown["plan_said"]})
    return told


@router.post("/outcomes", response_model=OutcomesTaken)
def take(
    request: Request,
    who: Annotated[Visitor, needs("outcome", "act")],
    told: Annotated[OutcomesSent, sent(OutcomesSent)],
    key: Key = "",
) -> JSONResponse:
    """Record outcomes of drawn records: all of them, or none and the first reason."""
    rows = [
        one.model_dump(exclude={"time"}) | {"time": one.time.isoformat() if one.time else ""} for one in told.outcomes
    ]
    return once(
        request, site_of(request), who, key, digest_of(told.model_dump_json()),
        lambda w: record_outcomes(w, rows, person=who.person, where="api").as_dict(),
    )  # fmt: skip


@router.get("/rank")
def ask_rank(
    request: Request, who: Annotated[Visitor, needs("whatif-rank")], plan: _Given, source: _Given, record: _Given
) -> dict[str, Any]:
    """Say what a record's rank is made of and what would change it; the look is on record."""
    told: dict[str, Any] = plain(rank_question(site_of(request).workspace, plan, source, record))
    who.saw([f"{source}/{record}"])
    return told
