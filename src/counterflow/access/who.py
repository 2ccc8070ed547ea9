"""Who is asking, as access knows them, and what they may do: their roles, for their purpose, within their scopes."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal, Protocol

from counterflow.access.policy import Verdict, verdict

__all__ = ["How", "Identity", "Who", "judged"]

How = Literal["session", "token", "local", "nobody"]


class Who(Protocol):
    """Somebody who asks: an `Identity`, or what the web layer makes of one."""

    @property
    def person(self) -> str:
        """Name that acts are signed with."""
        ...

    @property
    def roles(self) -> AbstractSet[str]:
        """Roles held."""
        ...

    @property
    def purpose(self) -> str:
        """What they say they are doing it for."""
        ...

    @property
    def session(self) -> str:
        """Id of the session or token."""
        ...

    @property
    def how(self) -> How:
        """By which door they came."""
        ...

    def judge(self, resource: str, action: str) -> Verdict:
        """Return whether they may do `action` on `resource`, and why."""
        ...


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody who came in by a session or a token.

    Args:
        person: name that acts are signed with.
        id: person id.
        roles: roles held now.
        purpose: what they say they are doing it for.
        session: id of the session or token.
        how: session | token.
        scopes: what a token may do at most, as `resource:action`; None for people.
        csrf: what forms of the session must send back; "" for tokens.
        must_change: whether a password that was given to them has to be changed first.
    """

    person: str
    id: str
    roles: frozenset[str]
    purpose: str
    session: str
    how: How
    scopes: frozenset[str] | None = None
    csrf: str = ""
    must_change: bool = False

    def judge(self, resource: str, action: str) -> Verdict:
        """Return whether they may do `action` on `resource`, and why."""
        return judged(self.roles, resource, action, self.purpose, self.scopes, must_change=self.must_change)


def judged(
    roles: AbstractSet[str], resource: str, action: str, purpose: str, scopes: AbstractSet[str] | None = None, *,
    must_change: bool = False,
) -> Verdict:  # fmt: skip
    """Return the verdict of the policy, narrowed by a token's scopes and by a password that is not one's own yet.

    >>> judged({"officer"}, "outcome", "act", "inspection", {"queue:read"}).reason
    'This token may do queue:read and nothing else.'
    """
    if must_change and resource != "own":
        return Verdict(False, "Change the password that was given to you first.")
    if scopes is not None and f"{resource}:{action}" not in scopes:
        return Verdict(False, f"This token may do {', '.join(sorted(scopes))} and nothing else.")
    return verdict(roles, resource, action, purpose)
