"""Targets: what was promised, in every reading; how it stands and how likely it is; what a pack lacks."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from counterflow.console.layout import page
from counterflow.console.targets_view import board_view, check_view, target_view
from counterflow.core.errors import InputError, UnknownName
from counterflow.flow.account_promises import pack_text, packs_of, sent_pack
from counterflow.flow.account_target_page import target_of
from counterflow.flow.account_targets import board_of
from counterflow.web.forms import Filled, filled
from counterflow.web.limits import takes
from counterflow.web.site import site_of
from counterflow.web.uploads import received
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter()

_MOST_BYTES = 240 * 1024
_Pack = Annotated[str, Query(max_length=80, pattern=r"^[^/\\]*$", description="name of a pack, shipped or loaded")]
_Day = Annotated[dt.date | None, Query(description="day of the judgement, YYYY-MM-DD; today")]
_Form = Annotated[Filled, Depends(filled)]


def _named(request: Request, pack: str) -> str:
    """Return the name of a pack that is there: a page reads no files."""
    known = [name for name, _ in packs_of(site_of(request).workspace)]
    if pack not in known:
        raise UnknownName("pack", pack, known)
    return pack


@router.get("/targets", response_class=HTMLResponse)
def show(
    request: Request, who: Annotated[Visitor, needs("targets")], pack: _Pack = "documents", on: _Day = None
) -> HTMLResponse:
    """Show the board of a pack for a committee."""
    workspace = site_of(request).workspace
    board = board_of(_named(request, pack), workspace, today=on)
    told = board_view(board, packs_of(workspace))
    return page(request, "targets/page.html", told | {"may_act": who.may("targets", "act")})


@router.get("/targets/pack/{name}", response_class=HTMLResponse)
def show_pack(
    request: Request, name: Annotated[str, Path(max_length=80)], who: Annotated[Visitor, needs("targets")]
) -> HTMLResponse:
    """Show the text of a pack and all that does not hold in it."""
    workspace = site_of(request).workspace
    text = pack_text(workspace, _named(request, name))
    return page(request, "targets/pack.html", _checked(workspace, text, name, name, who))


@router.post("/targets/check", response_class=HTMLResponse)
@takes(_MOST_BYTES)
async def check(request: Request, who: Annotated[Visitor, needs("targets", "act")]) -> HTMLResponse:
    """Say of a pack that was sent what does not hold in it; nothing is kept."""

    def told(path: Any, name: str) -> dict[str, Any]:
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InputError("This is no UTF-8 text.", hint="Save it as UTF-8.", file=name) from error
        return _checked(site_of(request).workspace, text, path.stem, name, who)

    async with received(request, most_bytes=_MOST_BYTES) as file:
        shown = await run_in_threadpool(told, file.path, file.name)
    return page(request, "targets/pack.html", shown | {"sent": True})


def _checked(workspace: Any, text: str, name: str, file: str, who: Visitor) -> dict[str, Any]:
    pack, changed, held = sent_pack(workspace, text, name)
    shown = check_view(pack, text, file, changed)
    return shown | {"may_act": who.may("targets", "act"), "held": held, "sent": False}


@router.post("/targets/load")
def load(request: Request, who: Annotated[Visitor, needs("targets", "act")], form: _Form) -> Response:
    """Keep a pack that changes nothing that is locked."""
    from counterflow.account.indicators.kept import load_pack

    text = form.need("text", "the pack", _MOST_BYTES)
    with site_of(request).acting() as workspace:
        made = load_pack(workspace, text, form.get("name", "pack"), person=who.person)
    return RedirectResponse(f"/targets?pack={quote(made['pack'], safe='')}", status_code=303)


@router.post("/targets/edit")
def ask_edit(request: Request, who: Annotated[Visitor, needs("targets", "act")], form: _Form) -> Response:
    """Ask for an edit of what is locked: another person agrees on the page of acts that need two."""
    text, ground = form.need("text", "the pack", _MOST_BYTES), form.need("ground", "why")
    site = site_of(request)
    name = sent_pack(site.workspace, text, form.get("name", "pack"))[0].name
    with site.acting():
        asked = site.access.requests.ask("target-edit", name, {"text": text}, who, ground)
    return RedirectResponse(f"/requests?done={quote(asked, safe='')}", status_code=303)


@router.post("/targets/lock")
def lock(request: Request, who: Annotated[Visitor, needs("targets", "act")], form: _Form) -> Response:
    """Lock what a pack expects: from then on an edit needs two people."""
    from counterflow.account.indicators.kept import lock_targets, required_pack
    from counterflow.flow.account_targets import actuals_of

    name = form.need("pack", "the pack", 80)
    with site_of(request).acting() as workspace:
        public = actuals_of(required_pack(workspace, name))
        lock_targets(workspace, name, form.all("target"), person=who.person, actuals=public)
    return RedirectResponse(f"/targets?pack={quote(name, safe='')}", status_code=303)


@router.get("/targets/{target}", dependencies=[needs("targets")], response_class=HTMLResponse)
def show_target(
    request: Request, target: Annotated[str, Path(max_length=80)], pack: _Pack = "documents", on: _Day = None
) -> HTMLResponse:
    """Show one target: its path, what was counted, the forecast, breaks and notes."""
    told = target_of(_named(request, pack), target, site_of(request).workspace, today=on)
    return page(request, "targets/target.html", target_view(told))
