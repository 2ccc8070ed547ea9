"""Fairness: at whose burden, is the bar the same for all, has it moved, and does a name move a score?"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from counterflow.console.fairness_view import fairness_view
from counterflow.console.layout import page
from counterflow.flow.account_fairness import GROUPINGS
from counterflow.flow.account_fairness_desk import desk_of, run_kept
from counterflow.web.forms import Filled, filled
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter()


@router.get("/fairness", response_class=HTMLResponse)
def show(
    request: Request,
    who: Annotated[Visitor, needs("fairness")],
    by: Annotated[str, Query(max_length=40, description="grouping")] = GROUPINGS[0],
) -> HTMLResponse:
    """Show burden by group, with the tests as they were last run."""
    told = fairness_view(desk_of(site_of(request).workspace, by))
    return page(request, "fairness/page.html", told | {"may_run": who.may("fairness", "act")})


@router.post("/fairness/run")
def run(
    request: Request,
    who: Annotated[Visitor, needs("fairness", "act")],
    form: Annotated[Filled, Depends(filled)],
) -> Response:
    """Run a test again and put what it says on record."""
    del who
    by = form.get("by", GROUPINGS[0])
    with site_of(request).acting() as workspace:
        run_kept(workspace, form.need("test", "the test", 40))
    return RedirectResponse(f"/fairness?by={by if by in GROUPINGS else GROUPINGS[0]}", status_code=303)
