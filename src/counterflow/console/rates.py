"""Rates: of what comes through, how much is found and what is missed; has it moved; what would other minutes do?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from counterflow.console.layout import frame, page, templates
from counterflow.console.rates_view import drift_view, rates_view, whatif_view
from counterflow.core.errors import InputError
from counterflow.flow.capacity_whatif import Turned, capacity_whatif, present_of, weeks_of
from counterflow.flow.rates import drift_of, rates_of, state_of
from counterflow.web.kept import Kept
from counterflow.web.site import Site, site_of
from counterflow.web.visitor import needs

__all__ = ["router"]

router = APIRouter()

_Day = Annotated[dt.date | None, Query(description="YYYY-MM-DD")]
_KEEP_SECONDS = 600.0
_MOST_SLIDERS = 12
Made = TypeVar("Made")


@router.get("/rates", dependencies=[needs("rates")], response_class=HTMLResponse)
def show(request: Request, since: _Day = None, until: _Day = None) -> HTMLResponse:
    """Show the rates of all planned days, or of a period."""
    site = site_of(request)
    whole = since is None and until is None
    rates = all_days(site) if whole else rates_of(site.workspace, since=since, until=until)
    return page(request, "rates/page.html", rates_view(rates) | {"whole": whole})


def all_days(site: Site) -> Mapping[str, Any]:
    """Return the rates of all planned days, as they are kept."""
    return kept(site, "rates", lambda: rates_of(site.workspace))


def kept(site: Site, name: str, make: Callable[[], Made]) -> Made:
    """Return what `make` gives, made again once anything came in or another day began."""
    new = Kept(make, lambda: state_of(site.workspace), seconds=_KEEP_SECONDS)
    held: Kept[Made] = site.extra.setdefault(name, new)
    return held()


@router.get("/rates/drift", dependencies=[needs("rates")], response_class=HTMLResponse)
def drift(request: Request) -> HTMLResponse:
    """Show what moved: as a part of the page, or as a page of its own."""
    site = site_of(request)
    told = drift_view(kept(site, "drift", lambda: drift_of(site.workspace)))
    return _part(request, "drift", told)


@router.get("/rates/whatif", dependencies=[needs("rates")], response_class=HTMLResponse)
def whatif(
    request: Request,
    random: Annotated[int | None, Query(ge=1, le=100)] = None,
    arrivals: Annotated[int, Query(ge=10, le=400)] = 100,
) -> HTMLResponse:
    """Show what the latest plan would find with its minutes, its random share or its traffic turned."""
    site = site_of(request)
    try:
        turned = _turned(site, request, random, arrivals)
        weeks = kept(site, "weeks", lambda: weeks_of(site.workspace))
        if turned:
            told: Mapping[str, Any] = capacity_whatif(site.workspace, turned, weeks)
        else:
            told = kept(site, "whatif", lambda: capacity_whatif(site.workspace, weeks=weeks))
    except InputError as none_yet:
        return _part(request, "whatif", {"nothing": f"{none_yet.message} {none_yet.hint}"})
    return _part(request, "whatif", whatif_view(told) | {"nothing": ""})


def _turned(site: Site, request: Request, random: int | None, arrivals: int) -> Turned:
    """Read the sliders: `m0`, `m1` … are percent of the minutes of each resource of the latest plan, in its order."""
    now = present_of(site.workspace)
    minutes = {}
    for place, name in enumerate(list(now.resources)[:_MOST_SLIDERS]):
        text = request.query_params.get(f"m{place}", "100")
        if not text.isdigit() or len(text) > 3 or int(text) > 400:
            raise InputError("Minutes are turned from 0 to 400 percent.", hint="", column=f"m{place}", value=text[:20])
        if int(text) != 100:
            minutes[name] = int(text) / 100
    planned = round(100 * float(now.plan["random_share"]))
    share = None if random is None or random == planned else random / 100
    return Turned(minutes, share, arrivals / 100)


def _part(request: Request, name: str, told: Mapping[str, Any]) -> HTMLResponse:
    """Return a part of the page where htmx asks, else the part in a page of its own."""
    if "hx-request" in request.headers:
        template = templates().get_template(f"rates/{name}.html")
        return HTMLResponse(template.render(frame(request) | dict(told)))
    return page(request, "rates/alone.html", dict(told) | {"part": f"rates/{name}.html"})
