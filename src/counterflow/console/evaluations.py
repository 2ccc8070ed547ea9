"""Evaluations: what will be judged and how, sealed beforehand; what came out; and every result there ever was."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, Response

from counterflow.console.evaluations_view import design_view, events_view, list_view, run_view
from counterflow.console.layout import page
from counterflow.core.errors import UnknownName
from counterflow.flow.account_evaluate import design_told, evaluations_told, run_told
from counterflow.flow.account_evaluate_page import page_bytes, registered
from counterflow.web.downloads import attached
from counterflow.web.forms import Filled, filled
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter()

_Id = Annotated[str, Path(max_length=80, description="id of a result, or of a design")]
_KINDS = {"pdf": "application/pdf", "html": "text/html; charset=utf-8"}


@router.get("/evaluations", response_class=HTMLResponse)
def show(request: Request, who: Annotated[Visitor, needs("evaluations")]) -> HTMLResponse:
    """Show the designs, how each came out, and all results in the order in which they were computed."""
    told = list_view(evaluations_told(site_of(request).workspace))
    return page(request, "evaluations/page.html", told | {"may_act": who.may("evaluations", "act")})


@router.get("/evaluations/events", dependencies=[needs("evaluations")], response_class=HTMLResponse)
def show_events(
    request: Request,
    kind: Annotated[str, Query(max_length=40)] = "",
    since: Annotated[dt.date | None, Query(description="YYYY-MM-DD")] = None,
    until: Annotated[dt.date | None, Query(description="YYYY-MM-DD")] = None,
) -> HTMLResponse:
    """Show the dates on which policy changed, with their sources."""
    return page(request, "evaluations/events.html", events_view(kind, since, until))


@router.post("/evaluations/register", response_class=HTMLResponse)
def register(
    request: Request, who: Annotated[Visitor, needs("evaluations", "act")], form: Annotated[Filled, Depends(filled)]
) -> HTMLResponse:
    """Seal a design that was written into the form, and show it."""
    del who
    text = form.need("design", "the design", 20_000)
    with site_of(request).acting() as workspace:
        name = registered(workspace, text)
        told = design_told(workspace, name)
    return page(request, "evaluations/design.html", design_view(told) | {"new": True})


@router.get("/evaluations/{name}", dependencies=[needs("evaluations")], response_class=HTMLResponse)
def show_one(request: Request, name: _Id) -> HTMLResponse:
    """Show one result for a committee; where a design is named, the design and its results."""
    workspace = site_of(request).workspace
    try:
        told = run_told(workspace, name)
    except UnknownName:
        return page(request, "evaluations/design.html", design_view(design_told(workspace, name)) | {"new": False})
    return page(request, "evaluations/result.html", run_view(told))


@router.get("/evaluations/{name}/file", dependencies=[needs("evaluations", "export")])
def file(
    request: Request, name: _Id, form: Annotated[str, Query(pattern="^(pdf|html)$", description="pdf or html")] = "pdf"
) -> Response:
    """Give a result as a page to hand on."""
    told = run_told(site_of(request).workspace, name)
    return attached(page_bytes(told, pdf=form == "pdf"), _KINDS[form], f"{told['run']}.{form}")
