"""The way in: by name and password, by an identity provider, or in training by choosing who to be; and the way out."""

from __future__ import annotations

import hmac
import secrets
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from counterflow.access.doors import Doors, NotIn, Opened
from counterflow.access.limits import TooMany
from counterflow.console.layout import page
from counterflow.core.errors import AccessError, ConfigError, CounterflowError
from counterflow.web.door import forget_session, keep_session, session_cookie
from counterflow.web.forms import CSRF_FIELD, Filled, filled
from counterflow.web.openid import OpenId
from counterflow.web.site import Site, site_of
from counterflow.web.visitor import Visitor, anybody, needs

__all__ = ["BACK", "router"]

router = APIRouter()

BACK = "/sign-in/back"
_DOOR = anybody("the door: whoever comes to it is not in yet")
#: ties a form of the door to the browser that it was given to, before there is a session
_FORM_COOKIE = "counterflow-door"
_ELSEWHERE_COOKIE = "counterflow-elsewhere"
_Then = Annotated[str, Query(alias="next", max_length=2000)]


@router.get("/sign-in", response_class=HTMLResponse)
def show(request: Request, who: Annotated[Visitor, _DOOR], then: _Then = "/") -> Response:
    """Show the way in; whoever is in already is sent on."""
    if who.how == "session":
        return RedirectResponse(_ours(then), status_code=303)
    return _page(request, then)


@router.post("/sign-in", response_class=HTMLResponse, dependencies=[_DOOR])
def enter(request: Request, form: Annotated[Filled, Depends(filled)]) -> Response:
    """Let somebody in by name and password."""
    then = form.get("next", "/")
    try:
        _check(request, form)
        name, password = form.need("name", "your name", 200), form.secret("password")
        opened = site_of(request).access.sign_in(name, password, address=_address(request))
    except CounterflowError as error:
        return _page(request, then, error)
    return _in(request, opened, "/own/password" if opened.who.must_change else then)


@router.post("/sign-in/trainee")
def train(request: Request, who: Annotated[Visitor, _DOOR], form: Annotated[Filled, Depends(filled)]) -> Response:
    """Let somebody in as one of the people of the training world, or have them be another one from here on."""
    try:
        _check(request, form, who.csrf)
        if not who.person:
            raise NotIn(
                "Only the user of this machine who serves the training world may choose who to be.",
                hint="Serve a training world of your own: `counterflow demo`.",
            )
        opened = site_of(request).access.sign_in_trainee(form.need("person", "who you want to be", 200))
    except CounterflowError as error:
        return _page(request, form.get("next", "/"), error)
    return _in(request, opened, form.get("next", "/"))


@router.get("/sign-in/elsewhere", dependencies=[_DOOR])
def leave_for_provider(request: Request, then: _Then = "/") -> Response:
    """Send the browser to the identity provider."""
    provider = _provider(request)
    settings = site_of(request).workspace.settings.serve
    ours = settings.oidc_address.rstrip("/") or str(request.base_url).rstrip("/")
    try:
        address, binding = provider.begin(ours + BACK, _ours(then))
    except CounterflowError as error:
        return _page(request, then, error)
    answer = RedirectResponse(address, status_code=303)
    # Lax, since the provider sends the browser back from another site.
    answer.set_cookie(
        _ELSEWHERE_COOKIE, binding, max_age=600, path=BACK, httponly=True, samesite="lax", secure=_is_secure(request)
    )
    return answer


@router.get(BACK, dependencies=[_DOOR])
def come_back(request: Request) -> Response:
    """Let in whom the identity provider sends back."""
    answer: Response
    try:
        asserted = _provider(request).finish(request.cookies.get(_ELSEWHERE_COOKIE, ""), dict(request.query_params))
        opened = _known(site_of(request).access, asserted.issuer, asserted.subject, asserted.shown)
        answer = _in(request, opened, asserted.goes_to)
    except CounterflowError as error:
        answer = _page(request, "/", error)
    answer.delete_cookie(_ELSEWHERE_COOKIE, path=BACK, httponly=True, samesite="lax", secure=_is_secure(request))
    return answer


@router.post("/sign-out", dependencies=[needs("own", "act")])
def leave(request: Request) -> Response:
    """End the session."""
    site = site_of(request)
    site.access.sign_out(session_cookie(request, site.workspace))
    answer = RedirectResponse("/sign-in", status_code=303)
    forget_session(answer, request, site.workspace)
    return answer


def _page(request: Request, then: str, error: CounterflowError | None = None) -> HTMLResponse:
    site = site_of(request)
    mark = request.cookies.get(_FORM_COOKIE) or secrets.token_urlsafe(24)
    shown = {
        "mark": mark,
        "next": _ours(then),
        "elsewhere": "/sign-in/elsewhere?" + urlencode({"next": _ours(then)}) if _openid(site) else "",
        "provider": site.workspace.settings.serve.oidc_issuer,
        "nobody_named": not site.access.people.anybody(),
        "people_to_be": _trainees(site.access),
        "problem": error,
    }
    answer = page(request, "signin/page.html", shown, _status(error))
    if isinstance(error, TooMany):
        answer.headers["retry-after"] = str(error.wait_seconds)
    answer.set_cookie(_FORM_COOKIE, mark, httponly=True, samesite="strict", secure=_is_secure(request))
    return answer


def _status(error: CounterflowError | None) -> int:
    return 200 if error is None else error.http_status


def _trainees(access: Doors) -> list[dict[str, str]]:
    """Return the people of the training world, where one may choose who to be."""
    if not access.training:
        return []
    return [
        {"name": one.name, "roles": ", ".join(sorted(one.roles))}
        for one in access.people.all()
        if one.open and one.secret is None and one.issuer is None
    ]


def _in(request: Request, opened: Opened, then: str) -> Response:
    """Begin the session in this browser; one that it held before ends."""
    site = site_of(request)
    before = session_cookie(request, site.workspace)
    if before:
        site.access.sign_out(before)
    answer = RedirectResponse(_ours(then), status_code=303)
    keep_session(answer, request, site.workspace, opened.cookie)
    return answer


def _known(access: Doors, issuer: str, subject: str, shown: str) -> Opened:
    try:
        return access.sign_in_from(issuer, subject)
    except NotIn as error:
        called = f"{shown} (id {subject})" if shown else f"id {subject}"
        raise NotIn(
            f"You are signed in at {issuer} as {called}, and nobody here goes by that id.",
            hint=f"{error.hint} Give the admin the address and the id that stand here.",
        ) from None


def _check(request: Request, form: Filled, csrf: str = "") -> None:
    """Refuse a form of the door that was not given to this browser (nobody is signed in by another's page).

    Args:
        request: holds the cookie that goes with the form.
        form: what was filled in.
        csrf: what forms of this session send back, where there is one already.

    Raises:
        AccessError: it was not.
    """
    given = form.get(CSRF_FIELD, "").encode()
    marks = [mark.encode() for mark in (request.cookies.get(_FORM_COOKIE, ""), csrf) if mark]
    if not any(hmac.compare_digest(given, mark) for mark in marks):
        raise AccessError(
            "This form was open for too long, or your browser keeps no cookies.", hint="Fill it in once more."
        )


def _provider(request: Request) -> OpenId:
    found = _openid(site_of(request))
    if found is None:
        raise ConfigError("No identity provider is set.", hint="Sign in with a name and a password.")
    return found


def _openid(site: Site) -> OpenId | None:
    found: OpenId | None = site.extra.get("openid")
    return found


def _ours(then: str) -> str:
    r"""Return a page of ours; anything that a browser could take for another host becomes the first page.

    >>> _ours("/queue?q=a"), _ours("//evil.example"), _ours("/\\evil.example"), _ours("https://evil.example")
    ('/queue?q=a', '/', '/', '/')
    """
    safe = then.startswith("/") and not then.startswith(("//", "/\\")) and then.isprintable() and "\\" not in then
    return then if safe and not then.startswith("/sign-in") else "/"


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https"
