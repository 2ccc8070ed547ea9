"""The door: by a token, by a session, or as this machine's own user while nobody is named."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from counterflow.access.doors import Doors
from counterflow.access.who import Identity
from counterflow.store.workspace import Workspace
from counterflow.web.local import LocalDoorman
from counterflow.web.visitor import NotSignedIn, Visitor

__all__ = ["Door", "cookie_name", "forget_session", "keep_session", "session_cookie"]


class Door:
    """Says who is asking.

    A token counts before a cookie. A browser whose session is over is nobody, not an error: it is shown the way in.

    Args:
        access: people, sessions and tokens.
        workspace: what is served.
    """

    def __init__(self, access: Doors, workspace: Workspace) -> None:
        self._access, self._workspace = access, workspace
        self._local = LocalDoorman(workspace)

    def __call__(self, request: Request) -> Visitor:
        """Return the visitor; one without a person where nobody is signed in.

        Raises:
            NotIn: the token opens nothing.
        """
        shown = request.headers.get("authorization")
        if shown is not None:
            return _visitor(self._access.by_token(_bearer(shown)))
        cookie = session_cookie(request, self._workspace)
        found = self._access.by_cookie(cookie) if cookie else None
        if found is not None:
            return _visitor(found)
        if self._access.training or not self._access.people.anybody():
            return self._local(request)
        return Visitor("")


def cookie_name(request: Request, workspace: Workspace) -> str:
    """Return the name of the session's cookie: of this workspace, since browsers do not tell ports apart.

    Over TLS it begins with `__Host-`: the browser then takes it from this very host alone, and only encrypted.
    """
    start = "__Host-" if request.url.scheme == "https" else ""
    return f"{start}counterflow-{workspace.id[:8]}"


def session_cookie(request: Request, workspace: Workspace) -> str:
    """Return what the browser holds; empty where it holds nothing."""
    return request.cookies.get(cookie_name(request, workspace), "")


def keep_session(answer: Response, request: Request, workspace: Workspace, cookie: str) -> None:
    """Have the browser hold a session until it is closed; no script can read it."""
    answer.set_cookie(
        cookie_name(request, workspace), cookie, path="/", httponly=True, samesite="lax",
        secure=request.url.scheme == "https",
    )  # fmt: skip


def forget_session(answer: Response, request: Request, workspace: Workspace) -> None:
    """Have the browser forget its session."""
    answer.delete_cookie(
        cookie_name(request, workspace), path="/", httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )


def _bearer(shown: str) -> str:
    scheme, _, token = shown.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn("This is no token of ours.", hint="Send `Authorization: Bearer cf_…`.")
    return token.strip()


def _visitor(who: Identity) -> Visitor:
    return Visitor(
        who.person, who.roles, who.purpose, who.session, who.how, who.csrf,
        scopes=who.scopes, must_change=who.must_change, id=who.id,
    )  # fmt: skip
