"""`/v1/rates`, `/v1/drift`, `/v1/whatif`: what is found and missed, what moved, what other minutes would do."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from counterflow.api.day import Day
from counterflow.api.openapi import PREFIX
from counterflow.api.sent import sent
from counterflow.flow.capacity_whatif import LARGEST_FACTOR, Turned, capacity_whatif
from counterflow.flow.rates import drift_of, rates_of
from counterflow.report.rows import plain
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, tags=["rates"])

_Day = Annotated[Day, Query()]


class NumbersTurned(BaseModel):
    """What is turned in the latest plan; the rest stays as it is."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    minutes: dict[str, Annotated[float, Field(ge=0, le=LARGEST_FACTOR)]] = Field(
        default_factory=dict, max_length=50, description="resource to its minutes over those of now, as 1.5"
    )
    random_share: float | None = Field(None, gt=0, le=1, description="share drawn at random; as planned if left out")
    arrivals: float = Field(1.0, ge=0.1, le=LARGEST_FACTOR, description="arrivals over those of now")


@router.get("/rates")
def show(
    request: Request, who: Annotated[Visitor, needs("rates")], since: _Day = None, until: _Day = None
) -> dict[str, Any]:
    """Give hit rates by lane and arm; from the random arm alone what was found and missed; the burden beside it."""
    del who
    told: dict[str, Any] = plain(rates_of(site_of(request).workspace, since=since, until=until))
    return told


@router.get("/drift")
def drift(
    request: Request,
    who: Annotated[Visitor, needs("rates")],
    recent_days: Annotated[int, Query(ge=1, le=366, description="days that are judged")] = 28,
) -> dict[str, Any]:
    """Say whether the flow has moved, since when and what to do, alarms first."""
    del who
    told: dict[str, Any] = plain(drift_of(site_of(request).workspace, recent_days=recent_days))
    return told


@router.post("/whatif")
def whatif(
    request: Request,
    who: Annotated[Visitor, needs("rates")],
    turned: Annotated[NumbersTurned, sent(NumbersTurned)],
) -> dict[str, Any]:
    """Say what the latest plan would find with its numbers turned; nothing is changed by asking."""
    del who
    asked = Turned(turned.minutes, turned.random_share, turned.arrivals)
    told: dict[str, Any] = plain(capacity_whatif(site_of(request).workspace, asked))
    return told
