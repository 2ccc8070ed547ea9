"""What is somebody's own: the purpose they work for, their password, their sessions, their programs' tokens."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from counterflow.access.policy import ACTIONS, PURPOSES, RESOURCES, ROLES, matrix
from counterflow.access.who import Identity
from counterflow.console.layout import page
from counterflow.core.errors import AccessError, CounterflowError, InputError, UnknownName, UsageError
from counterflow.report import numbers
from counterflow.web.door import session_cookie
from counterflow.web.forms import Filled, filled
from counterflow.web.local import PURPOSE_COOKIE
from counterflow.web.site import Site, site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter()

_Own = Annotated[Visitor, needs("own")]
_OwnAct = Annotated[Visitor, needs("own", "act")]
_Form = Annotated[Filled, Depends(filled)]


@router.get("/own", response_class=HTMLResponse)
def show(request: Request, who: _Own) -> HTMLResponse:
    """Show who one is here, what one may do, one's sessions and tokens."""
    return _page(request, who)


@router.post("/own/purpose")
def set_purpose(request: Request, who: _OwnAct, form: _Form) -> Response:
    """Work for another purpose from now on; what is read is logged with it."""
    purpose = form.get("purpose", "")
    if purpose not in PURPOSES:
        raise UnknownName("purpose", purpose, PURPOSES)
    answer = RedirectResponse(_back(request), status_code=303)
    if who.how == "local":
        secure = request.url.scheme == "https"
        answer.set_cookie(PURPOSE_COOKIE, purpose, httponly=True, samesite="strict", secure=secure)
    elif who.how == "session":
        site = site_of(request)
        with site.acting():
            site.access.set_purpose(session_cookie(request, site.workspace), purpose)
    else:
        raise UsageError("A token keeps its purpose.", hint="Make another token for another purpose.")
    return answer


@router.get("/own/password", response_class=HTMLResponse)
def ask_password(request: Request, who: _Own) -> Response:
    """Show the form for a password of one's own."""
    return page(request, "own/password.html", {"problem": None, "must": who.must_change})


@router.post("/own/password", response_class=HTMLResponse)
def change_password(request: Request, who: _OwnAct, form: _Form) -> Response:
    """Set a password of one's own; every other session of this person ends."""
    site = site_of(request)
    try:
        if form.secret("new") != form.secret("again"):
            raise InputError("The two new passwords differ.", hint="Type the new one twice; nothing was changed.")
        address = request.client.host if request.client else ""
        site.access.change_password(_identity(who), form.secret("old"), form.secret("new"), address=address)
    except CounterflowError as error:
        return page(request, "own/password.html", {"problem": error, "must": who.must_change}, error.http_status)
    return RedirectResponse("/own?done=password", status_code=303)


@router.post("/own/tokens", response_class=HTMLResponse)
def make_token(request: Request, who: _OwnAct, form: _Form) -> Response:
    """Make a token for a program of one's own; it is shown this once."""
    site = site_of(request)
    person = _identity(who).person
    days = form.get("days", "") or "30"
    if not days.isdecimal() or len(days) > 4 or int(days) < 1:
        raise InputError("A token ends by itself.", hint="Give a whole number of days.", column="days", value=days)
    scopes = form.all("scope")
    with site.acting():
        text, token = site.access.tokens.make(
            person, label=form.need("label", "what the token is for", 200), scopes=scopes,
            purpose=form.get("purpose", who.purpose), by=person, days=int(days),
        )  # fmt: skip
    return _page(request, who, made={"text": text, "label": token.label, "ends": _when(token.ends_at)})


@router.post("/own/tokens/revoke")
def revoke_token(request: Request, who: _OwnAct, form: _Form) -> Response:
    """Take one of one's own tokens back."""
    site, token = site_of(request), form.need("token", "which token", 40)
    me = _identity(who)
    if token not in {one.id for one in site.access.tokens.all(me.id)}:
        raise UnknownName("token of yours", token, [])
    with site.acting():
        site.access.tokens.revoke(token, by=me.person)
    return RedirectResponse("/own#tokens", status_code=303)


@router.post("/own/sessions/end")
def end_others(request: Request, who: _OwnAct) -> Response:
    """End every other session of one's own: a browser left open somewhere."""
    site, me = site_of(request), _identity(who)
    with site.acting():
        site.access.sessions.end_all(me.id, "signed-out", keep=who.session)
    return RedirectResponse("/own#sessions", status_code=303)


def _page(request: Request, who: Visitor, made: dict[str, Any] | None = None) -> HTMLResponse:
    site = site_of(request)
    now = site.workspace.clock()
    return page(request, "own/page.html", {
        "roles": [(role, ROLES[role]) for role in sorted(who.roles) if role in ROLES],
        "may": _may(who),
        "sessions": [
            {"begun": _when(one.begun_at), "seen": _when(one.seen_at), "this": one.id == who.session}
            for one in site.access.sessions.of(who.id)
        ] if who.id else [],
        "tokens": [
            {"id": one.id, "label": one.label, "purpose": one.purpose, "ends": _when(one.ends_at),
             "state": one.state(now), "scopes": sorted(one.scopes)}
            for one in site.access.tokens.all(who.id)
        ] if who.id else [],
        "scopes": _scopes(who) if who.id else [],
        "most_days": site.workspace.settings.access.token_days,
        "made": made,
        "done": request.query_params.get("done", "") == "password",
        "has_password": _has_password(site, who),
    })  # fmt: skip


def _may(who: Visitor) -> list[tuple[str, str, str]]:
    """Return what this visitor may do for the purpose they work for: what it is, which acts, and why."""
    found = []
    for resource, about in RESOURCES.items():
        verdicts = {action: who.judge(resource, action) for action in ACTIONS}
        allowed = [action for action, said in verdicts.items() if said.allowed]
        if allowed:
            whys = dict.fromkeys(verdicts[action].reason for action in allowed)
            found.append((about.says, ", ".join(allowed), "; ".join(whys)))
    return found


def _scopes(who: Visitor) -> list[str]:
    """Return the scopes that a token of this person can have for some purpose."""
    rows = {(row["resource"], row["action"]) for row in matrix() if row["role"] in who.roles and row["allowed"] != "no"}
    return sorted(f"{resource}:{action}" for resource, action in rows)


def _has_password(site: Site, who: Visitor) -> bool:
    person = site.access.people.by_id(who.id) if who.id else None
    return person is not None and person.secret is not None


def _identity(who: Visitor) -> Identity:
    """Return the named person who asks.

    Raises:
        AccessError: this machine's own user and programs have nothing of their own to set.
    """
    if who.how != "session" or not who.id:
        raise AccessError("Only somebody who is signed in has this.", hint="Name people, and sign in as one of them.")
    return Identity(
        who.person, who.id, who.roles, who.purpose, who.session, who.how, None, who.csrf, who.must_change
    )  # fmt: skip


def _when(moment: dt.datetime) -> str:
    return numbers.when(moment.isoformat())


def _back(request: Request) -> str:
    """Return the page of ours that the form stood on."""
    referer = urlsplit(request.headers.get("referer", ""))
    same = referer.netloc == request.headers.get("host", "")
    return "/" + referer.path.lstrip("/") + (f"?{referer.query}" if referer.query else "") if same else "/"
