"""Actions: what was set out to do, what was expected of it, what health was told, and what came of it; harm first."""

from __future__ import annotations

from pathlib import Path as File
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from counterflow.account.actions.closing import close_action, read_closing
from counterflow.account.actions.record import record_of
from counterflow.account.actions.sealing import action_named
from counterflow.console.actions_view import action_view, example_action, example_closing, page_view
from counterflow.console.layout import page
from counterflow.console.rules import error_view
from counterflow.console.rules_view import lines_of
from counterflow.core.errors import InputError
from counterflow.flow.account_action_page import action_pdf, listed, record_pdf
from counterflow.flow.account_actions import Proposal, alert, propose, score, whole
from counterflow.web.downloads import attached
from counterflow.web.forms import Filled, filled
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter()

_MOST_BYTES = 64_000
_Name = Annotated[str, Path(max_length=64)]
_Done = Annotated[str, Query(max_length=20)]
_Form = Annotated[Filled, Depends(filled)]
_Acts = Annotated[Visitor, needs("actions", "act")]
_DONE = {
    "proposed": "It is sealed. Hand the ledger's head to someone who does not hold the key.",
    "alerted": "The alert is on record, and a health watch is open. Hand over what stands below, and nothing else.",
    "closed": "It is closed.", "scored": "It is scored; the scores are sealed.",
}  # fmt: skip


@router.get("/actions", response_class=HTMLResponse)
def show(request: Request, who: Annotated[Visitor, needs("actions")]) -> HTMLResponse:
    """Show all actions, those in which harm rose first, and how often forecasts were right."""
    workspace = site_of(request).workspace
    told = page_view(listed(workspace), record_of(workspace), may_see=_may_see(who))
    rights = {"may_act": who.may("actions", "act"), "may_take": who.may("actions", "export")}
    return page(request, "actions/page.html", told | rights)


def _may_see(who: Visitor) -> bool:
    """Whether somebody may see what has not begun: who works on it, agrees to it, or answers for what leaves."""
    return any(who.may("actions", act) for act in ("act", "decide", "export"))


@router.get("/actions.pdf")
def record_file(request: Request, who: Annotated[Visitor, needs("actions", "export")]) -> Response:
    """Give the calibration record as a PDF."""
    del who
    workspace = site_of(request).workspace
    return attached(record_pdf(workspace, record_of(workspace)), "application/pdf", "forecasts-of-actions.pdf")


@router.get("/actions-new", response_class=HTMLResponse)
def write(request: Request, who: _Acts) -> HTMLResponse:
    """Show the place where an action is written."""
    del who
    text = example_action(site_of(request).workspace.clock().date())
    return page(request, "actions/propose.html", {"text": lines_of(text), "error": None})


@router.post("/actions")
def seal(request: Request, who: _Acts, form: _Form) -> Response:
    """Seal an action before it starts; what cannot be taken comes back with its text and the reason."""
    del who
    text = form.need("text", "the action", _MOST_BYTES) + "\n"
    try:
        with site_of(request).acting() as workspace:
            row, _ = propose(workspace, Proposal(File("action.toml"), text=text))
    except InputError as error:
        return page(request, "actions/propose.html", {"text": lines_of(text), "error": error_view(error)}, 422)
    return _back(row["action"], "proposed")


def _back(action: str, done: str) -> Response:
    from urllib.parse import quote

    return RedirectResponse(f"/actions/{quote(action, safe='')}?done={done}", status_code=303)


@router.get("/actions/{action}", response_class=HTMLResponse)
def one(request: Request, who: Annotated[Visitor, needs("actions")], action: _Name, done: _Done = "") -> HTMLResponse:
    """Show one action: forecasts as intervals with what happened, the alert as it was sent, its seal."""
    workspace = site_of(request).workspace
    told = whole(workspace, action)
    rights = {"may_act": who.may("actions", "act"), "may_take": who.may("actions", "export")}
    if told["state"] == "to come" and not _may_see(who):
        return page(request, "actions/sealed.html", {"sealed": told["action"]["sealed_seq"]})
    shown = action_view(told, workspace.settings.watch.small_cell)
    example = lines_of(example_closing(told["action"]))
    return page(request, "actions/action.html", shown | rights | {"done": _DONE.get(done, ""), "example": example})


@router.get("/actions/{action}/pdf")
def file(request: Request, who: Annotated[Visitor, needs("actions", "export")], action: _Name) -> Response:
    """Give one action as a PDF."""
    del who
    workspace = site_of(request).workspace
    return attached(action_pdf(workspace, whole(workspace, action)), "application/pdf", f"action-{action}.pdf")


@router.post("/actions/{action}/alert")
def tell(request: Request, who: _Acts, action: _Name, form: _Form) -> Response:
    """Tell the health side, and open a health watch."""
    offices = form.need("to", "who receives it").split(",")
    told = form.get("tell_class", "") == "yes"
    with site_of(request).acting() as workspace:
        alert(workspace, action, to=offices, person=who.person, tell_class=told)
    return _back(action, "alerted")


@router.post("/actions/{action}/close")
def close(request: Request, who: _Acts, action: _Name, form: _Form) -> Response:
    """Put on record what was done."""
    closing = read_closing(File("closing.toml"), form.need("text", "what was done", _MOST_BYTES) + "\n")
    with site_of(request).acting() as workspace:
        close_action(workspace, action, closing, person=who.person)
    return _back(action, "closed")


@router.post("/actions/{action}/score")
def judge(request: Request, who: _Acts, action: _Name, form: _Form) -> Response:
    """Score what can be scored against what watch counts."""
    del form
    with site_of(request).acting() as workspace:
        action_named(workspace, action)
        score(workspace, action, person=who.person)
    return _back(action, "scored")
