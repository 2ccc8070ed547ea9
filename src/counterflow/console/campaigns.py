"""Campaigns and lookouts: operations sealed before they start, and tips that live 72 hours."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from counterflow.console.layout import page
from counterflow.console.rules import Form, error_view
from counterflow.console.rules_view import DONE, campaign_path, campaign_view, example_campaign, lines_of
from counterflow.core.errors import InputError
from counterflow.flow.campaigns import approve as agree
from counterflow.flow.campaigns import close as shut
from counterflow.flow.rule_desk import campaign_whole, propose
from counterflow.target.grounds.lookout import add_lookout, review_lookout
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter()

_MOST_BYTES = 64_000
_Name = Annotated[str, Path(max_length=64)]
_Done = Annotated[str, Query(max_length=20)]


@router.get("/rules/campaigns/new", dependencies=[needs("campaigns", "act")], response_class=HTMLResponse)
def write(request: Request) -> HTMLResponse:
    """Show the place where a campaign is written."""
    text = example_campaign(site_of(request).workspace.clock().date())
    return page(request, "rules/propose.html", {"text": lines_of(text), "error": None})


@router.post("/rules/campaigns")
def put_on_record(request: Request, who: Annotated[Visitor, needs("campaigns", "act")], form: Form) -> Response:
    """Put a campaign on record before it starts; what cannot be taken comes back with its text and the reason."""
    text = form.need("text", "the campaign", _MOST_BYTES) + "\n"
    try:
        with site_of(request).acting() as workspace:
            row = propose(workspace, text, person=who.person)
    except InputError as error:
        return page(request, "rules/propose.html", {"text": lines_of(text), "error": error_view(error)}, 422)
    return RedirectResponse(f"{campaign_path(row['campaign'])}?done=proposed", status_code=303)


@router.get("/rules/campaign/{campaign}", response_class=HTMLResponse)
def show(
    request: Request, who: Annotated[Visitor, needs("campaigns")], campaign: _Name, done: _Done = ""
) -> HTMLResponse:
    """Show a campaign, and once it began what happened beside lanes without it."""
    told = campaign_whole(site_of(request).workspace, campaign)
    rights = {"may_agree": who.may("campaigns", "decide"), "may_act": who.may("campaigns", "act")}
    return page(request, "rules/campaign.html", campaign_view(told, who.person) | rights | {"done": DONE.get(done, "")})


@router.post("/rules/campaign/{campaign}/approve")
def approve(
    request: Request, who: Annotated[Visitor, needs("campaigns", "decide")], campaign: _Name, form: Form
) -> Response:
    """Approve a campaign before it starts; never by the one who proposed it."""
    ground = form.need("ground", "why you agree")
    with site_of(request).acting() as workspace:
        agree(workspace, campaign, person=who.person, ground=ground)
    return RedirectResponse(f"{campaign_path(campaign)}?done=agreed", status_code=303)


@router.post("/rules/campaign/{campaign}/close")
def close(
    request: Request, who: Annotated[Visitor, needs("campaigns", "act")], campaign: _Name, form: Form
) -> Response:
    """Close a campaign that is over, with the comparison of today."""
    ground = form.need("ground", "why it is closed")
    with site_of(request).acting() as workspace:
        shut(workspace, campaign, person=who.person, ground=ground)
    return RedirectResponse(f"{campaign_path(campaign)}?done=closed", status_code=303)


@router.post("/rules/lookouts")
def set_lookout(request: Request, who: Annotated[Visitor, needs("campaigns", "act")], form: Form) -> Response:
    """Set a lookout: one person, a stated ground, 72 hours at most, reviewed by another."""
    field, value = form.need("field", "what to look at", 40), form.need("value", "what to look for")
    ground, hours = form.need("ground", "what the tip rests on"), _hours(form.get("hours", ""))
    with site_of(request).acting() as workspace:
        add_lookout(workspace, field, value, ground=ground, person=who.person, hours=hours)
    return RedirectResponse("/rules?done=lookout#lookouts", status_code=303)


def _hours(text: str) -> float | None:
    if not text:
        return None
    try:
        return float(text[:20])
    except ValueError:
        raise InputError("This is no number of hours.", hint="Write 24.", column="hours", value=text[:20]) from None


@router.post("/rules/lookouts/{lookout}/review")
def review(
    request: Request, who: Annotated[Visitor, needs("campaigns", "decide")], lookout: _Name, form: Form
) -> Response:
    """Write down the review of a lookout; never by the one who set it."""
    verdict = form.need("verdict", "the verdict", 20)
    with site_of(request).acting() as workspace:
        review_lookout(workspace, lookout, person=who.person, verdict=verdict)
    return RedirectResponse("/rules?done=reviewed#lookouts", status_code=303)
