"""Tokens that a person gives to a program: shown once, kept as a digest, bounded by scopes, purpose and time.

A token never does more than its person may: its scopes narrow what the person's roles allow at the moment of each
request. It ends by itself, when it is taken back, and when its person is closed.
"""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.access import policy
from counterflow.access.seals import in_words, seal
from counterflow.access.sessions import digest_of
from counterflow.core.errors import AccessError, InputError, UnknownName
from counterflow.core.tables import ACCESS_TOKEN
from counterflow.store.loads import is_synthetic

if TYPE_CHECKING:
    from counterflow.access.people import People, Person
    from counterflow.store.workspace import Workspace

__all__ = ["EVERYTHING", "Token", "Tokens"]

_START = "cf"
#: scope that stands for everything of one action that the person may do for that purpose
EVERYTHING = "*"
_LONGEST = 200
_MOST_OF_ONE = 20
#: how often the row of a token in use is told so
_TOUCH_AFTER = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Token:
    """One token, without what it opens.

    Args:
        id: names it.
        digest: SHA-256 of the token.
        person: person id in whose name it acts.
        label: what it is for.
        scopes: `resource:action` that it may do at most.
        purpose: purpose of all it does.
        made_at: when it was made.
        ends_at: when it ends.
        revoked_at: when it was taken back.
        used_at: when it was last used, to some minutes.
    """

    id: str
    digest: str
    person: str
    label: str
    scopes: frozenset[str]
    purpose: str
    made_at: dt.datetime
    ends_at: dt.datetime
    revoked_at: dt.datetime | None
    used_at: dt.datetime | None = None

    def state(self, now: dt.datetime) -> str:
        """Return open, expired or revoked."""
        return "revoked" if self.revoked_at else "expired" if now >= self.ends_at else "open"


class Tokens:
    """The tokens of a workspace; safe to call from several threads."""

    def __init__(self, workspace: Workspace, people: People) -> None:
        self._workspace, self._people = workspace, people
        self._lock = threading.RLock()
        self._known: dict[str, Token] | None = None
        self._used: dict[str, dt.datetime] = {}

    def make(
        self, name: str, *, label: str, scopes: Iterable[str], purpose: str, by: str, days: int | None = None
    ) -> tuple[str, Token]:
        """Make a token; return its text, which is shown this once, and what is kept.

        Args:
            name: person in whose name it acts.
            label: what it is for, in words.
            scopes: as `queue:read`; `*:read` stands for every read that the person may do for that purpose.
            purpose: purpose of all it will do.
            by: name of who makes it, or the command line.
            days: days until it ends; what the setting says where None.

        Raises:
            InputError: a scope that the person does not have, too many days, or too many tokens.
            UnknownName: no such person, purpose, resource or action.
        """
        person, maker = self._people.named(name), self._people.id_of(by)
        most, days = self._workspace.settings.access.token_days, days or self._workspace.settings.access.token_days
        if not 1 <= days <= most:
            hint = f"Give 1 to {most} days (setting access.token_days)."
            raise InputError("A token ends by itself.", hint=hint, column="days", value=days)
        if not person.open:
            raise InputError(f"{person.name} is closed.", hint="Name an open person.", column="person")
        if purpose == "training" and not is_synthetic(self._workspace.store):
            hint = "Name the purpose that the work is for."
            raise InputError("Nobody trains on records that people sent.", hint=hint, column="purpose", value=purpose)
        held = _fit_scopes(person, scopes, purpose)
        words, now = in_words("label", label, shortest=3), self._workspace.clock()
        with self._lock:
            if (
                sum(one.person == person.id and one.state(now) == "open" for one in self._all().values())
                >= _MOST_OF_ONE
            ):
                raise InputError(f"{person.name} has {_MOST_OF_ONE} open tokens.", hint="Take one back first.")
            token, ends = secrets.token_hex(5), now + dt.timedelta(days=days)
            text = f"{_START}_{token}_{secrets.token_urlsafe(32)}"
            body = {
                "act": "make", "token": token, "person": person.id, "by": maker, "scopes": sorted(held),
                "purpose": purpose, "ends_at": ends.isoformat(timespec="seconds"),
            }  # fmt: skip
            entry = seal(self._workspace, "access-token", f"token/{token}", [words], body)
            row = {
                "token": token, "digest": digest_of(text), "person": person.id, "label": words,
                "scopes": sorted(held), "purpose": purpose, "made_by": maker, "made_at": now, "ends_at": ends,
                "ledger_seq": entry.seq,
            }  # fmt: skip
            self._workspace.store.append("access_token", pa.Table.from_pylist([row], schema=ACCESS_TOKEN))
            self._known = None
            return text, self._all()[token]

    def find(self, text: str) -> Token:
        """Return the token that a program shows.

        Raises:
            AccessError: it is none of this workspace, has ended, or was taken back.
        """
        start, _, rest = text.partition("_")
        token, _, _ = rest.partition("_")
        with self._lock:
            found = self._all().get(token) if start == _START and len(text) <= _LONGEST else None
        if found is None or not hmac.compare_digest(found.digest, digest_of(text)):
            raise AccessError("This token opens nothing here.", hint="Check that it is whole and of this workspace.")
        state = found.state(self._workspace.clock())
        if state != "open":
            said = f"ended on {found.ends_at:%Y-%m-%d}" if state == "expired" else "was taken back"
            raise AccessError(f"This token {said}.", hint="Ask whoever gave it to you for another.")
        self._used[found.id] = self._workspace.clock()
        return found

    def touch(self) -> None:
        """Write down which tokens were used; called now and then, not at every request."""
        with self._lock:
            used, self._used = self._used, {}
            for token, at in used.items():
                before = self._all()[token].used_at
                if before is None or at - before >= _TOUCH_AFTER:
                    self._workspace.store.execute("UPDATE access_token SET used_at = ? WHERE token = ?", [at, token])
                    self._known = None

    def revoke(self, token: str, *, by: str) -> Token:
        """Take a token back; it opens nothing from now on. Taking it back twice changes nothing."""
        maker = self._people.id_of(by)
        with self._lock:
            found = self._all().get(token)
            if found is None:
                raise UnknownName("token", token, self._all())
            if found.revoked_at is None:
                body = {"act": "revoke", "token": token, "person": found.person, "by": maker}
                self._workspace.ledger.append("access-token", body)
                now = self._workspace.clock()
                self._workspace.store.execute("UPDATE access_token SET revoked_at = ? WHERE token = ?", [now, token])
                self._known = None
            return self._all()[token]

    def all(self, person: str | None = None) -> list[Token]:
        """Return the tokens of a person id, or of everybody, newest first."""
        with self._lock:
            found = [one for one in self._all().values() if person in {None, one.person}]
        return sorted(found, key=lambda one: one.made_at, reverse=True)

    def _all(self) -> dict[str, Token]:
        if self._known is None:
            rows: list[dict[str, Any]] = self._workspace.store.rows(
                "SELECT token AS id, digest, person, label, scopes, purpose, made_at, ends_at, revoked_at, used_at"
                " FROM access_token"
            )
            self._known = {row["id"]: Token(**(row | {"scopes": frozenset(row["scopes"])})) for row in rows}
        return self._known


def _fit_scopes(person: Person, scopes: Iterable[str], purpose: str) -> frozenset[str]:
    """Return the scopes, spelt out, if the person has each of them for that purpose."""
    if purpose not in policy.PURPOSES:
        raise UnknownName("purpose", purpose, policy.PURPOSES)
    held: set[str] = set()
    for scope in scopes:
        resource, _, action = scope.strip().partition(":")
        if action not in policy.ACTIONS:
            raise UnknownName("action in the scope", action, policy.ACTIONS)
        if resource == EVERYTHING:
            held |= {f"{name}:{action}" for name in policy.RESOURCES if _may(person, name, action, purpose)}
            continue
        if resource not in policy.RESOURCES:
            raise UnknownName("resource in the scope", resource, policy.RESOURCES)
        found = policy.verdict(person.roles, resource, action, purpose)
        if not found.allowed:
            raise InputError(f"{person.name} may not do {scope}.", hint=found.reason, column="scope", value=scope)
        held.add(f"{resource}:{action}")
    if not held:
        raise InputError("A token needs a scope.", hint="For example queue:read, or *:read.", column="scope")
    return frozenset(held)


def _may(person: Person, resource: str, action: str, purpose: str) -> bool:
    return policy.verdict(person.roles, resource, action, purpose).allowed


def scopes_in_words(scopes: Sequence[str]) -> str:
    """Return scopes as a person reads them.

    >>> scopes_in_words(["queue:read", "record:read", "outcome:act"])
    'read queue, record; act outcome'
    """
    by_action: dict[str, list[str]] = {}
    for scope in scopes:
        resource, _, action = scope.partition(":")
        by_action.setdefault(action, []).append(resource)
    return "; ".join(f"{action} {', '.join(sorted(names))}" for action, names in by_action.items())
