"""People who may sign in: who they are, which roles they hold, and whether a password is theirs.

A name is what acts are signed with all over the house, so no two people have names that read alike. Roles that must
not meet in one person (`policy.APART`) are refused when they are given, and nobody gives a role to themselves.
"""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.access import policy
from counterflow.access.seals import COMMAND_LINE, in_words, keyed, seal
from counterflow.core.errors import AccessError, InputError, UnknownName
from counterflow.core.persons import folded, same_person
from counterflow.core.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from counterflow.access.who import Who
    from counterflow.store.workspace import Workspace

__all__ = ["People", "Person"]

_LONGEST_NAME = 80
#: names the salt of the ids of people who are not in the list
_OTHERS = "others"
#: seconds for which who is who is taken from memory; changes made through this object count at once
_FRESH_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Person:
    """One person.

    Args:
        id: stands in the ledger.
        name: what acts are signed with.
        roles: roles held now.
        open: whether they may come in.
        must_change: whether their password was given to them.
        secret: what is kept of the password; None for people who sign in elsewhere.
        issuer: where they sign in, with their id there; None for people with a password.
        made_at: when they were added, ISO 8601.
    """

    id: str
    name: str
    roles: frozenset[str]
    open: bool
    must_change: bool
    secret: str | None
    issuer: tuple[str, str] | None
    made_at: str


class People:
    """The people of a workspace; safe to call from several threads.

    Args:
        workspace: opened by this process.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.RLock()
        self._known: dict[str, Person] = {}
        self._others: dict[str, str] = {}
        self._read_at = float("-inf")

    def all(self) -> list[Person]:
        """Return everybody, by name, closed ones too."""
        return sorted(self._people().values(), key=lambda one: one.name.casefold())

    def anybody(self) -> bool:
        """Return whether anybody may sign in at all."""
        return any(one.open for one in self._people().values())

    def by_id(self, person: str) -> Person | None:
        """Return the person with this id."""
        return self._people().get(person)

    def named(self, name: str) -> Person:
        """Return the person of this name, however it is spelt.

        Raises:
            UnknownName: there is none.
        """
        found = self._find(name)
        if found is None:
            raise UnknownName("person", name, [one.name for one in self._people().values() if one.open])
        return found

    def id_of(self, name: str) -> str:
        """Return the id of who acts: of a person, `command-line`, or of somebody who is not in the list of people.

        This machine's own user, while nobody is named, is such a one: their id is a keyed digest of their name.
        """
        if name == COMMAND_LINE:
            return name
        found = self._find(name)
        return self._other(name) if found is None else found.id

    def of(self, who: Who) -> str:
        """Return the id of who asks; this machine's own user is never taken for a person of the same name."""
        return self._other(who.person) if who.how == "local" else self.id_of(who.person)

    def _other(self, name: str) -> str:
        if name not in self._others:
            self._others[name] = f"x-{keyed(self._workspace, _OTHERS, [folded(name)])[:10]}"
        return self._others[name]

    def name_of(self, person: str) -> str:
        """Return the name to show for an id."""
        found = self._people().get(person)
        if found is not None:
            return found.name
        return "the command line" if person == COMMAND_LINE else "this machine's user" if person[:2] == "x-" else person

    def from_issuer(self, issuer: str, subject: str) -> Person | None:
        """Return the open person who signs in at `issuer` as `subject`."""
        return next((one for one in self._people().values() if one.issuer == (issuer, subject) and one.open), None)

    def add(
        self, name: str, roles: Iterable[str], *, by: str, secret: str | None = None,
        issuer: tuple[str, str] | None = None, must_change: bool = False,
    ) -> Person:  # fmt: skip
        """Add a person.

        Args:
            name: what their acts are signed with.
            roles: roles they hold from now on.
            by: name of who adds them, or the command line.
            secret: what is kept of their password.
            issuer: address of the service where they sign in, and their id there.
            must_change: whether they change the password at their first sign-in.

        Raises:
            InputError: no name, one that reads like another's, or roles that do not go together.
            UnknownName: there is no such role.
        """
        plain = in_words("name", name, shortest=2)
        held = _fit_roles(roles)
        with self._lock:
            self._refuse_alike(plain, issuer)
            person, maker, now = f"p-{secrets.token_hex(5)}", self.id_of(by), self._workspace.clock()
            entry = seal(
                self._workspace, "access-person", person, [plain],
                {"act": "add", "person": person, "roles": sorted(held), "by": maker},
            )  # fmt: skip
            row = {
                "person": person, "name": plain, "secret": secret, "issuer": issuer and issuer[0],
                "subject": issuer and issuer[1], "must_change": must_change, "state": "open", "made_by": maker,
                "made_at": now, "changed_at": now if secret else None, "ledger_seq": entry.seq,
            }  # fmt: skip
            given = [
                {"person": person, "act": "give", "role": r, "by": maker, "at": now, "ledger_seq": entry.seq}
                for r in sorted(held)
            ]
            with self._workspace.store.transaction():
                self._append("access_person", [row])
                self._append("access_role", given)
            return self._again(person)

    def give(self, name: str, role: str, *, by: str) -> Person:
        """Give a person a role.

        Raises:
            AccessError: to oneself.
            InputError: it does not go with a role they hold.
        """
        one, maker = self.named(name), self.id_of(by)
        if one.id == maker:
            raise AccessError(
                "Nobody gives a role to themselves.", hint="Ask another admin, or the machine's operator."
            )
        _fit_roles({*one.roles, role})
        return one if role in one.roles else self._change_role(one, "give", role, maker)

    def take(self, name: str, role: str, *, by: str) -> Person:
        """Take a role from a person; the last admin stays one, but for the command line."""
        one, maker = self.named(name), self.id_of(by)
        if role not in one.roles:
            raise UnknownName(f"role of {one.name}", role, one.roles)
        if role == "admin":
            self._keep_an_admin(one, maker)
        return self._change_role(one, "take", role, maker)

    def close(self, name: str, *, by: str, ground: str) -> Person:
        """Let a person in no more. What they did stays on record; their name can be erased by their id."""
        one, maker = self.named(name), self.id_of(by)
        self._keep_an_admin(one, maker)
        said = in_words("ground", ground)
        with self._lock:
            seal(self._workspace, "access-person", one.id, [said], {"act": "close", "person": one.id, "by": maker})
            self._set(one.id, "state = 'closed'")
            return self._again(one.id)

    def set_secret(self, person: str, secret: str, *, must_change: bool, by: str) -> None:
        """Set what is kept of a password; `by` is a person's id or the command line."""
        now = self._workspace.clock()
        with self._lock:
            if by != person:  # one's own change of password decides nothing about anybody
                self._workspace.ledger.append("access-person", {"act": "password", "person": person, "by": by})
            self._set(person, "secret = ?, must_change = ?, changed_at = ?", secret, must_change, now)
            self._again(person)

    def keep_better(self, person: str, secret: str) -> None:
        """Keep the same password with today's work."""
        with self._lock:
            self._set(person, "secret = ?", secret)
            self._again(person)

    def _find(self, name: str) -> Person | None:
        people = self._people().values()
        exact = next((one for one in people if one.name == name), None)
        return exact or next((one for one in people if one.open and same_person(one.name, name)), None)

    def _refuse_alike(self, name: str, issuer: tuple[str, str] | None) -> None:
        if not folded(name):
            raise InputError("This is nobody's name.", hint="Give it letters.", column="name", value=name)
        if len(name) > _LONGEST_NAME:
            raise InputError(f"A name has {_LONGEST_NAME} characters at most.", column="name", value=name)
        if same_person(name, COMMAND_LINE):
            raise InputError("This name means this machine itself.", hint="Take another.", column="name", value=name)
        alike = next((one for one in self._people().values() if same_person(one.name, name)), None)
        if alike is not None:
            hint = "Acts are signed with names: add a second name or a number."
            raise InputError(f"This name reads like {alike.name!r}.", hint=hint, column="name", value=name)
        if issuer is not None and self.from_issuer(*issuer) is not None:
            hint = "Give them another role instead."
            raise InputError("Somebody signs in under that id already.", hint=hint, column="subject", value=issuer[1])

    def _keep_an_admin(self, one: Person, maker: str) -> None:
        admins = [p.id for p in self._people().values() if p.open and "admin" in p.roles]
        if admins == [one.id] and maker != COMMAND_LINE:
            hint = "Make another person admin first; the command line of this machine may do it at any time."
            raise AccessError(f"{one.name} is the only admin.", hint=hint)

    def _change_role(self, one: Person, act: str, role: str, maker: str) -> Person:
        with self._lock:
            entry = self._workspace.ledger.append(
                "access-role", {"act": act, "person": one.id, "role": role, "by": maker}
            )
            now = self._workspace.clock()
            row = {"person": one.id, "act": act, "role": role, "by": maker, "at": now, "ledger_seq": entry.seq}
            self._append("access_role", [row])
            return self._again(one.id)

    def _append(self, table: str, rows: list[dict[str, Any]]) -> None:
        self._workspace.store.append(table, pa.Table.from_pylist(rows, schema=TABLES[table].schema))

    def _set(self, person: str, what: str, *values: object) -> None:
        self._workspace.store.execute(f"UPDATE access_person SET {what} WHERE person = ?", [*values, person])

    def _again(self, person: str) -> Person:
        self._read_at = float("-inf")
        return self._people()[person]

    def _people(self) -> dict[str, Person]:
        with self._lock:
            if time.monotonic() - self._read_at > _FRESH_SECONDS:
                self._known, self._read_at = _read(self._workspace), time.monotonic()
            return self._known


def _read(workspace: Workspace) -> dict[str, Person]:
    """Return everybody as the tables have them."""
    roles: dict[str, set[str]] = {}
    for row in workspace.store.rows("SELECT person, act, role FROM access_role ORDER BY ledger_seq, role"):
        held = roles.setdefault(str(row["person"]), set())
        (held.add if row["act"] == "give" else held.discard)(str(row["role"]))
    rows: list[dict[str, Any]] = workspace.store.rows("SELECT * FROM access_person")
    return {
        row["person"]: Person(
            row["person"], row["name"], frozenset(roles.get(row["person"], ())), row["state"] == "open",
            row["must_change"], row["secret"], (row["issuer"], row["subject"]) if row["issuer"] else None,
            row["made_at"].isoformat(timespec="seconds"),
        )
        for row in rows
    }  # fmt: skip


def _fit_roles(roles: Iterable[str]) -> frozenset[str]:
    """Return the roles, if one person may hold them together.

    Raises:
        UnknownName: there is no such role.
        InputError: none, or two that must not meet.
    """
    held = frozenset(roles)
    if not held:
        raise InputError("A person needs a role.", hint=f"One of {', '.join(policy.ROLES)}.", column="role")
    for role in sorted(held):
        if role not in policy.ROLES:
            raise UnknownName("role", role, policy.ROLES)
    for one, other, why in policy.APART:
        if {one, other} <= held:
            raise InputError(f"Nobody is both {one} and {other}: {why}.", hint="Name two people.", column="role")
    return held
