"""`/v1/plans`: what was chosen for inspection, with the probability of every record of the frame."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from counterflow.api.idempotency import Key, digest_of, once
from counterflow.api.openapi import PREFIX
from counterflow.api.paging import Cursor, Limit, Page, answer, list_of, page_of, read_cursor, write_cursor
from counterflow.api.sent import sent
from counterflow.api.shapes import shape
from counterflow.core.tables import DRAW, PLAN
from counterflow.flow.plans import draw_after, make_plan, plan_named, plans_made
from counterflow.report.rows import plain
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, tags=["plans"])

PlanName = Annotated[str, Path(max_length=200)]
_LISTED = ("plan", "starts", "ends", "seed", "random_share", "made_at", "ledger_seq")
_COUNTED = {
    "eligible": (int, "records that could have been drawn"),
    "selected": (int, "records drawn"),
    "with_outcome": (int, "drawn records with an outcome"),
}
PlanRow = shape("PlanRow", PLAN, _LISTED, **_COUNTED)
PlanTold = shape("PlanTold", PLAN, (*_LISTED, "model", "said"), **_COUNTED)
DrawRow = shape("DrawRow", DRAW, [name for name in DRAW.names if name != "plan"])


class PlanAsked(BaseModel):
    """What a plan is asked for."""

    model_config = ConfigDict(extra="forbid")

    capacity: str = Field(
        min_length=1,
        max_length=500_000,
        description="CSV: office,lane,day,resource,minutes,service_minutes,detection_rate",
    )
    start: dt.date = Field(description="first day, by date of declaration")
    end: dt.date = Field(description="last day, included")
    random_share: float | None = Field(
        None, gt=0, le=1, allow_inf_nan=False, description="share of minutes for the random arm; else the setting"
    )
    seed: int | None = Field(None, ge=0, lt=2**31, description="seed of the draw; a fresh one where not given")


class PlanMade(BaseModel):
    """A plan that was made and sealed."""

    plan: str
    eligible: int = Field(description="records that could be drawn")
    mandatory: int
    random: int
    followup: int
    targeted: int
    minutes: float = Field(description="minutes of the capacity")
    minutes_used: float
    starts: dt.date
    ends: dt.date
    seed: int = Field(description="stands in the ledger")
    said: list[str] = Field(description="what the person who planned has to know")
    repeated: bool = Field(description="this very plan was there; nothing was drawn again")


@router.post("/plans", response_model=PlanMade)
def make(
    request: Request,
    who: Annotated[Visitor, needs("sheet", "decide")],
    told: Annotated[PlanAsked, sent(PlanAsked)],
    key: Key = "",
) -> JSONResponse:
    """Choose what to inspect within capacity: mandatory, random, then by expected harm; sealed in the ledger."""
    return once(
        request,
        site_of(request),
        who,
        key,
        digest_of(told.model_dump_json()),
        lambda w: make_plan(w, told.capacity, told.start, told.end, told.random_share, told.seed),
    )


@router.get("/plans", response_model=Page[PlanRow])  # type: ignore[valid-type]
def list_plans(
    request: Request, who: Annotated[Visitor, needs("sheet", "read")], limit: Limit = 100, cursor: Cursor = ""
) -> JSONResponse:
    """List plans in the order they were made."""
    del who
    rows = plans_made(site_of(request).workspace.store)
    return page_of(rows, lambda row: (row["made_at"].isoformat(), row["plan"]), limit, cursor, list_of("plans"))


@router.get("/plans/{plan}", response_model=PlanTold)
def show(request: Request, who: Annotated[Visitor, needs("sheet", "read")], plan: PlanName) -> JSONResponse:
    """Give one plan, with what was said when it was made."""
    del who
    return JSONResponse(plain(plan_named(site_of(request).workspace.store, plan)))


@router.get("/plans/{plan}/draw", response_model=Page[DrawRow])  # type: ignore[valid-type]
def list_draw(
    request: Request,
    who: Annotated[Visitor, needs("sheet", "read")],
    plan: PlanName,
    arm: Annotated[
        Literal["selected", "mandatory", "random", "followup", "targeted"] | None,
        Query(description="selected is every arm; without it the whole frame, drawn or not"),
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = "",
) -> JSONResponse:
    """List the frame of a plan: each eligible record with the probability it had, and why it was chosen."""
    store = site_of(request).workspace.store
    plan_named(store, plan)
    of = list_of("draw", plan=plan, arm=arm)
    rows = draw_after(store, plan, read_cursor(cursor, of, (str, str)), limit + 1, arm=arm)
    shown = rows[:limit]
    who.saw([f"{row['source']}/{row['record_id']}" for row in shown])
    more = len(rows) > limit
    return answer(shown, write_cursor(of, (shown[-1]["source"], shown[-1]["record_id"])) if more else None)
