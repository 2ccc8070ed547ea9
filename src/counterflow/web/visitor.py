"""Who is asking, and whether they may: every route of console and API names one need, or is refused at start-up.

@router.get("/queue")
def show(request: Request, who: Annotated[Visitor, needs("queue", "read")]) -> HTMLResponse: ...
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from counterflow.access.policy import verdict
from counterflow.core.errors import AccessError
from counterflow.web.forms import check_form
from counterflow.web.site import site_of

__all__ = ["Doorman", "Need", "NotSignedIn", "Visitor", "needs", "visitor_of"]

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


def _unnoted(_ids: Sequence[str]) -> None:
    """Note nothing: nobody is there whose reads are kept."""


class NotSignedIn(AccessError):  # noqa: N818 - a state, told as an error
    """Nobody is signed in."""

    code = "not-signed-in"
    http_status = 401


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is asking.

    Args:
        person: their name here; empty where nobody is signed in.
        roles: roles held.
        purpose: what they say they are doing it for.
        session: opaque id of the session or token; an act that needs two needs two of these as well.
        how: `session`, `token`, `local` (this machine's own user, while nobody is named), `nobody`.
        csrf: what forms of this session must send back; empty for tokens, which no browser sends by itself.
    """

    person: str
    roles: frozenset[str] = frozenset()
    purpose: str = ""
    session: str = ""
    how: Literal["session", "token", "local", "nobody"] = "nobody"
    csrf: str = ""
    note: Callable[[Sequence[str]], None] = field(default=_unnoted, compare=False, repr=False)

    def may(self, resource: str, action: str = "read") -> bool:
        """Whether this visitor may do that."""
        return verdict(self.roles, resource, action, self.purpose).allowed

    def saw(self, ids: Sequence[str]) -> None:
        """Have it on record which single cases were shown, beside the read itself."""
        self.note(ids)


class Doorman(Protocol):
    """Says who is asking."""

    def __call__(self, request: Request) -> Visitor:
        """Return the visitor; one without a person where nobody is signed in."""
        ...


@dataclass(frozen=True, slots=True)
class Need:
    """A route's need: may this visitor do `action` on `resource`? The answer is the visitor, or a refusal."""

    resource: str
    action: str

    async def __call__(self, request: Request) -> Visitor:
        """Return the visitor, or refuse with the reason."""
        site = site_of(request)
        who = await run_in_threadpool(site.doorman, request)
        request.state.visitor = who
        if not who.person:
            raise NotSignedIn("Nobody is signed in.", hint="Sign in, or send a token.")
        found = verdict(who.roles, self.resource, self.action, who.purpose)
        if not found.allowed:
            raise AccessError(f"{who.person} may not do this.", hint=found.reason)
        if request.method not in _READING:
            await check_form(request, who.csrf)
        return who


def needs(resource: str, action: str = "read") -> Any:
    """Return the dependency that lets a route through only for who may do `action` on `resource`."""
    return Depends(Need(resource, action))


def visitor_of(request: Request) -> Visitor:
    """Return who is asking, as the route's need found them; nobody where no need was asked."""
    found: Visitor = getattr(request.state, "visitor", None) or Visitor("")
    return found
