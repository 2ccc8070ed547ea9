"""Who is asking, and whether they may: every route of console and API names one need, or is refused at start-up.

    @router.get("/queue")
    def show(request: Request, who: Annotated[Visitor, needs("queue", "read")]) -> HTMLResponse: ...

A need asks the doorman who it is, the policy whether they may, and puts on record each look at what can name a person
or a case, and each refusal, before the handler runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from counterflow.access.policy import RESOURCES, Verdict, purposes_of
from counterflow.access.who import judged
from counterflow.core.errors import AccessError
from counterflow.store.loads import is_synthetic
from counterflow.web.forms import check_form
from counterflow.web.site import Site, site_of

__all__ = [
    "Doorman",
    "MustChange",
    "Need",
    "NotSignedIn",
    "Open",
    "Visitor",
    "anybody",
    "needs",
    "purposes_that_would_do",
    "visitor_of",
]

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
#: query fields that hold what somebody looks for, in words
_ASKED = ("q", "text", "name", "query")


def _unnoted(_ids: Sequence[str], _asked: str = "") -> None:
    """Note nothing: nobody is there whose reads are kept."""


class NotSignedIn(AccessError):  # noqa: N818 - a state, told as an error
    """Nobody is signed in."""

    code = "not-signed-in"
    http_status = 401


class MustChange(AccessError):  # noqa: N818 - a state, told as an error
    """The password was given to this person and opens nothing but the page where they set their own."""

    code = "password-must-change"


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
        note: puts on record which single cases were shown.
        scopes: what a token may do at most, as `resource:action`; None for people.
        must_change: whether a password that was given to them has to be changed first.
        id: person id; empty where the person is not one of the named ones.
    """

    person: str
    roles: frozenset[str] = frozenset()
    purpose: str = ""
    session: str = ""
    how: Literal["session", "token", "local", "nobody"] = "nobody"
    csrf: str = ""
    note: Callable[[Sequence[str], str], None] = field(default=_unnoted, compare=False, repr=False)
    scopes: frozenset[str] | None = None
    must_change: bool = False
    id: str = ""

    def judge(self, resource: str, action: str) -> Verdict:
        """Return whether this visitor may do that, and why."""
        return judged(self.roles, resource, action, self.purpose, self.scopes, must_change=self.must_change)

    def may(self, resource: str, action: str = "read") -> bool:
        """Whether this visitor may do that."""
        return self.judge(resource, action).allowed

    def saw(self, ids: Sequence[str], asked: str = "") -> None:
        """Have it on record which single cases were shown, beside the read itself.

        Args:
            ids: what was shown.
            asked: what was looked for, where it did not stand in the address; only its keyed digest is kept.
        """
        self.note(ids, asked)


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
        who = await run_in_threadpool(self._admitted, request)
        if request.method not in _READING and not _is_own_program(request, who):
            await check_form(request, who.csrf)
        return who

    def _admitted(self, request: Request) -> Visitor:
        site = site_of(request)
        who = site.doorman(request)
        request.state.visitor, request.state.need = who, self
        if not who.person:
            raise NotSignedIn("Nobody is signed in.", hint="Sign in, or send a token.")
        request.state.synthetic = is_synthetic(site.workspace.store)
        found = who.judge(self.resource, self.action)
        sensitive = self.resource in RESOURCES and RESOURCES[self.resource].sensitive
        if sensitive or not found.allowed:
            self._note(site, who, found, asked=_asked(request))
        if found.allowed:
            if sensitive:
                who = request.state.visitor = replace(
                    who, note=lambda ids, asked: self._note(site, who, found, ids, asked)
                )
            return who
        if who.must_change:
            raise MustChange(f"Welcome, {who.person}.", hint=found.reason)
        raise AccessError(f"{who.person} may not do this.", hint=found.reason)

    def _note(self, site: Site, who: Visitor, found: Verdict, ids: Sequence[str] = (), asked: str = "") -> None:
        site.access.reads.note(
            who, self.resource, self.action, ids=ids, query=asked, allowed=found.allowed, reason=found.reason
        )


@dataclass(frozen=True, slots=True)
class Open:
    """The need of a route that lets everybody in: the door itself. `why` says why it may."""

    why: str

    async def __call__(self, request: Request) -> Visitor:
        """Return who is asking; one without a person where nobody is signed in."""
        who: Visitor = await run_in_threadpool(site_of(request).doorman, request)
        request.state.visitor = who
        return who


def anybody(why: str) -> Any:
    """Return the dependency of a route that lets everybody in, whoever they are; name the reason."""
    return Depends(Open(why))


def needs(resource: str, action: str = "read") -> Any:
    """Return the dependency that lets a route through only for who may do `action` on `resource`."""
    return Depends(Need(resource, action))


def purposes_that_would_do(request: Request) -> list[str]:
    """Return the purposes for which this visitor might do what the route they were refused at needs."""
    who, need = visitor_of(request), getattr(request.state, "need", None)
    if need is None or not who.person or who.how == "token":
        return []
    tried = (replace(who, purpose=purpose) for purpose in purposes_of(who.roles) if purpose != who.purpose)
    return [other.purpose for other in tried if other.may(need.resource, need.action)]


def visitor_of(request: Request) -> Visitor:
    """Return who is asking, as the route's need found them; nobody where no need was asked."""
    found: Visitor = getattr(request.state, "visitor", None) or Visitor("")
    return found


def _is_own_program(request: Request, who: Visitor) -> bool:
    """Whether this machine's own user asks by a program: every browser marks a change with one of these."""
    marks = ("origin", "sec-fetch-site", "cookie", "referer")
    return who.how == "local" and not any(name in request.headers for name in marks)


def _asked(request: Request) -> str:
    """Return what is looked for, in the words that were typed; only its keyed digest is kept."""
    words = [request.query_params[name] for name in _ASKED if request.query_params.get(name)]
    return " ".join(words) or str(request.query_params)
