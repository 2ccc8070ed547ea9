"""The map: countries, offices and lanes; states and counties; places with their clusters. Nothing is fetched."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from counterflow.console.layout import page
from counterflow.console.map_view import WORLD_SHOWS, areas_view, world_view
from counterflow.flow.map_areas import held_series
from counterflow.flow.map_clusters import MOST_PLACES, located_series
from counterflow.report.map_svg import places_svg
from counterflow.report.scan_page import cluster_words, rings_of
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs
from counterflow.web.watch_views import area_map_for, clusters_for, reader_for, room_for, trade_for

__all__ = ["VIEWS", "router"]

router = APIRouter()

VIEWS = {"world": "Countries and lanes", "states": "States", "counties": "Counties", "places": "Places and clusters"}
Who = Annotated[Visitor, needs("map")]
Series = Annotated[str, Query(max_length=400)]
Name = Annotated[str, Query(max_length=80)]


@router.get("/map", response_class=HTMLResponse)
def show(
    request: Request,
    who: Who,
    view: Literal["", "world", "states", "counties", "places"] = "",
    show: Annotated[str, Query(max_length=20)] = "",
    series: Series = "",
    name: Name = "",
    state: Annotated[str, Query(max_length=2, pattern=r"^\d*$")] = "",
) -> HTMLResponse:
    """Show one map; without `view`, the first that has something to show."""
    chosen = view or _first(request)
    shown: dict[str, Any] = {
        "views": VIEWS, "view": chosen, "name": name, "state": state, "series": series, "show": show,
    }  # fmt: skip
    if chosen == "world":
        return page(request, "map/world.html", shown | _world(request, show, name))
    if chosen == "places":
        return page(request, "map/places.html", shown | _places(request, who))
    return page(request, "map/areas.html", shown | _areas(request, who, chosen, show, series, name, state))


@router.get("/map/clusters", response_class=HTMLResponse)
def clusters(request: Request, who: Who, series: Series) -> HTMLResponse:
    """Look for clusters among places with coordinates, and draw what was found."""
    found = clusters_for(site_of(request), who, series)
    told = found.told
    rings = rings_of(told["clusters"], found.small)
    alarms = sum(bool(one["alarm"]) for one in told["clusters"])
    summary = f"{alarms} of {len(told['clusters'])} clusters are an alarm (p of at most {told['alpha']:g})."
    part = "hx-request" in request.headers
    return page(request, "map/clusters_part.html" if part else "map/clusters.html", {
        "summary": summary, "drawing": places_svg(found.points, rings, summary=summary, small=found.small,
                                                  what="counts"),
        "clusters": [(cluster_words(n, one, found.small), bool(one["alarm"]), ", ".join(one["places"][:12]))
                     for n, one in enumerate(told["clusters"], 1)],
        "said": [*found.said, *told["said"]], "study": told["study"], "method": told["method"],
    })  # fmt: skip


def _first(request: Request) -> str:
    """Return the first map that has something to show."""
    site = site_of(request)
    if any(row.get("departure") not in (None, "*") for row in site.board()["coverage"]):
        return "world"
    held = [view for view in ("counties", "states") if held_series(site.workspace, view)]
    return held[0] if held else "places" if located_series(site.workspace) else "world"


def _world(request: Request, show: str, name: str) -> dict[str, Any]:
    what = show if show in WORLD_SHOWS else "received"
    return {"shows": WORLD_SHOWS, "show": what, **world_view(trade_for(site_of(request)), what, name)}


def _areas(request: Request, who: Visitor, view: str, show: str, series: str, name: str, state: str) -> dict[str, Any]:
    found = area_map_for(site_of(request), who, view, series)
    comparable = any(area.change is not None for area in found.areas)
    what = show if show in ("change", "counted") else "change" if comparable else "counted"
    reader = reader_for(site_of(request), who)
    return {
        "show": what, "held": [(one.id, one.words(), one.places) for one in found.held], "role": reader.role,
        "purpose": reader.purpose, "series": found.series.id if found.series else "", "found": found,
        "in_states": _states(found.areas) if view == "counties" else [],
        **areas_view(found, what, name, state),
    }  # fmt: skip


def _states(areas: Any) -> list[tuple[str, str]]:
    """Return the states of drawn counties, by name."""
    from counterflow.reference.outlines import state_outline

    numbers = {area.outline[:2] for area in areas if area.outline}
    return sorted(((number, state_outline(number).name) for number in numbers), key=lambda pair: pair[1])


def _places(request: Request, who: Visitor) -> dict[str, Any]:
    site = site_of(request)
    room, held = room_for(site, who), located_series(site.workspace)
    points, small = list(room["points"]), int(room["small"])
    raised = sum(point.alarm for point in points)
    summary = f"{len(points)} places with what was counted in the last 8 periods of a {room['grain']}; {raised} with an"
    summary += " open alarm."
    return {
        "points": points, "summary": summary, "located": room["located"], "role": room["role"],
        "purpose": room["purpose"], "withheld": room["withheld"], "most": MOST_PLACES,
        "drawing": places_svg(points, [], summary=summary, small=small, what="counts") if points else "",
        "alarms": sorted(point.place for point in points if point.alarm),
        "held": [(one.id, one.words(), one.places) for one in held],
    }  # fmt: skip
