"""`/v1/map`: countries and lanes; states and counties against the year before; clusters among places."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from counterflow.api.openapi import PREFIX
from counterflow.flow.map_clusters import located_series
from counterflow.report.rows import plain
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs
from counterflow.web.watch_views import area_map_for, clusters_for, trade_for

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, tags=["map"])

Who = Annotated[Visitor, needs("map")]
Series = Annotated[
    str, Query(max_length=400, description="`series` or one of `held` of a map; the largest where empty")
]


@router.get("/map/trade", dependencies=[needs("map")])
def show_trade(request: Request) -> dict[str, Any]:
    """Give countries with how good their data are, offices, and lanes; finds by country are not among them."""
    told: dict[str, Any] = plain(trade_for(site_of(request)).as_dict())
    return told


@router.get("/map/areas/{view}")
def show_areas(request: Request, who: Who, view: Literal["states", "counties"], series: Series = "") -> dict[str, Any]:
    """Give counts of states or counties, each held against the same days a year before, as you may see them."""
    told: dict[str, Any] = plain(area_map_for(site_of(request), who, view, series).as_dict())
    return told


@router.get("/map/clusters")
def show_clusters(request: Request, who: Who, series: Series = "") -> dict[str, Any]:
    """Scan places with coordinates for clusters that are alive now; without `series`, say what can be scanned."""
    held = [
        {"id": one.id, "words": one.words(), "places": one.places} for one in located_series(site_of(request).workspace)
    ]
    if not series:
        return {"series": None, "held": held, "clusters": [], "said": []}
    found = clusters_for(site_of(request), who, series)
    told: dict[str, Any] = plain({
        "series": series, "held": held, "clusters": found.told["clusters"], "said": [*found.said, *found.told["said"]],
        "method": found.told["method"], "replicates": found.told["replicates"], "seed": found.told["seed"],
        "alpha": found.told["alpha"],
    })  # fmt: skip
    return told
