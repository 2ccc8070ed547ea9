"""One object per opened workspace that knows its people, sessions, tokens, requests, overrides and reads.

Whoever comes in does so here: with a password, from another service that vouches for them (OpenID Connect), or with a
token. What comes out is an `Identity`; what it may do is the policy's to say, at every request anew.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from counterflow.access import policy
from counterflow.access.limits import Attempts, TooMany, Turnstile
from counterflow.access.overrides import Overrides
from counterflow.access.passwords import Passwords, fit_password, given_password
from counterflow.access.people import People, Person
from counterflow.access.reads import EVERY_SECONDS, Reads
from counterflow.access.requests import Requests
from counterflow.access.sessions import Session, Sessions, csrf_of
from counterflow.access.tokens import Tokens
from counterflow.access.who import Identity
from counterflow.core.errors import AccessError, InputError
from counterflow.core.persons import folded
from counterflow.store.loads import is_synthetic

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["Doors", "NotIn", "Opened"]

#: wrong passwords in a row for one name, then one each so many seconds
OF_ONE_PERSON = (5, 60.0)
#: and from one address, where many people may sit
OF_ONE_ADDRESS = (30, 10.0)
#: people who may wait for their password to be checked, and for how long; each holds a thread of the server
WAITING, WAIT_SECONDS = 12, 8.0
_MOST_TRUSTED = 5_000

_of: WeakKeyDictionary[Workspace, Doors] = WeakKeyDictionary()
_of_lock = threading.Lock()


class NotIn(AccessError):  # noqa: N818 - a state, told as an error
    """Name and password do not fit, or the session or token is over."""

    code = "not-signed-in"
    http_status = 401


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that has just begun: what the browser is given, and who it is."""

    cookie: str
    who: Identity


class Doors:
    """What console, API and command line ask about access; safe to call from several threads.

    Args:
        workspace: opened by this process.
        passwords: how passwords are kept and checked.
        reads_every: seconds between two groups of the read log; 0 writes none by itself.
    """

    def __init__(
        self, workspace: Workspace, *, passwords: Passwords | None = None, reads_every: float = EVERY_SECONDS
    ) -> None:
        self.workspace = workspace
        self.people = People(workspace)
        self.sessions = Sessions(workspace)
        self.tokens = Tokens(workspace, self.people)
        self.requests = Requests(workspace, self.people)
        self.overrides = Overrides(workspace, self.people, self.requests)
        self._passwords = passwords or Passwords()
        self._reads_every = reads_every
        self._by_person, self._by_address = Attempts(*OF_ONE_PERSON), Attempts(*OF_ONE_ADDRESS)
        self._checks = Turnstile(max(1, (os.cpu_count() or 2) // 2), WAITING, WAIT_SECONDS)
        self._trusted: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = threading.Lock()
        with _of_lock:
            _of[workspace] = self

    @staticmethod
    def of(workspace: Workspace) -> Doors:
        """Return the doors of an opened workspace: the server's own, where it serves."""
        with _of_lock:
            found = _of.get(workspace)
        return found or Doors(workspace)

    @cached_property
    def reads(self) -> Reads:
        """The log of reads; opened with the first one."""
        with self._lock:
            return self.__dict__.get("reads") or Reads(
                self.workspace, self.people, every=self._reads_every, beside=self._touch
            )

    def _touch(self) -> None:
        """Tell the rows of sessions and tokens in use that they are."""
        self.sessions.touch()
        self.tokens.touch()

    def sign_in(self, name: str, password: str, *, address: str = "") -> Opened:
        """Let a person in with their password.

        Args:
            name: as typed.
            password: as typed.
            address: where they come from, for counting wrong tries.

        Raises:
            NotIn: name and password do not fit; which of the two is not said.
            TooMany: too many wrong tries, or too many people at the door.
        """
        person = self._checked(name, password, address)
        if person is None:
            raise NotIn("Name and password do not fit.", hint="Both are needed as they were given to you.")
        return self._opened(person, "password")

    def sign_in_from(self, issuer: str, subject: str) -> Opened:
        """Let in a person whom another service vouches for; the caller has checked that it does.

        Raises:
            NotIn: nobody here signs in there under that id.
        """
        person = self.people.from_issuer(issuer, subject)
        if person is None:
            hint = "An admin adds them first, with the id that the service knows them by."
            raise NotIn("Nobody here signs in under that id.", hint=hint)
        return self._opened(person, "issuer")

    def sign_in_trainee(self, name: str) -> Opened:
        """Let somebody try what a person of the training world may do, without a password.

        Raises:
            AccessError: this is no training world.
            UnknownName: there is no such person in it.
        """
        if not self.training:
            raise AccessError("Only a training world is entered without a password.", hint="Sign in.")
        person = self.people.named(name)
        opened = self._opened(person, "training")
        return Opened(opened.cookie, self.set_purpose(opened.cookie, "training"))

    @cached_property
    def training(self) -> bool:
        """Whether this workspace is a training world: the setting says so, and its records are invented."""
        return self.workspace.settings.access.training and is_synthetic(self.workspace.store)

    def by_cookie(self, cookie: str) -> Identity | None:
        """Return who holds a session, or None where it is over."""
        session = self.sessions.find(cookie)
        if session is None:
            return None
        try:
            return self._identity(session, csrf_of(cookie))
        except NotIn:
            return None

    def by_token(self, text: str) -> Identity:
        """Return in whose name a program acts.

        Raises:
            NotIn: the token is unknown, ended or taken back, or its person is closed.
        """
        try:
            token = self.tokens.find(text)
        except AccessError as error:
            raise NotIn(error.message, hint=error.hint) from None
        person = self.people.by_id(token.person)
        if person is None or not person.open:
            raise NotIn("The person of this token is closed.", hint="Ask for a token of somebody who works here.")
        return Identity(person.name, person.id, person.roles, token.purpose, f"t-{token.id}", "token", token.scopes)

    def sign_out(self, cookie: str) -> None:
        """End a session; one that is over already stays so."""
        session = self.sessions.find(cookie)
        if session is not None:
            self.sessions.end(session)

    def purposes_of(self, who: Identity) -> tuple[str, ...]:
        """Return the purposes that a person may name."""
        mine = policy.purposes_of(who.roles)
        # Records of real people are looked at for something that stands for itself; nobody learns on them.
        return mine if is_synthetic(self.workspace.store) else tuple(one for one in mine if one != "training")

    def set_purpose(self, cookie: str, purpose: str) -> Identity:
        """Have a session work for another purpose; the change is on record like a read.

        Raises:
            NotIn: the session is over.
            AccessError: no role of this person works for it.
        """
        session, who = self.sessions.find(cookie), self.by_cookie(cookie)
        if session is None or who is None:
            raise NotIn("You are not signed in any more.", hint="Sign in again.")
        if purpose not in self.purposes_of(who):
            hint = f"Yours: {', '.join(self.purposes_of(who))}."
            raise AccessError(f"None of your roles works for {purpose[:40]!r}.", hint=hint)
        changed = self._identity(self.sessions.set_purpose(session, purpose), csrf_of(cookie))
        self.reads.note(changed, "own", "act", reason=f"purpose changed from {who.purpose} to {purpose}")
        return changed

    def add_person(
        self, name: str, roles: Iterable[str], *, by: str, password: str | None = None,
        issuer: tuple[str, str] | None = None,
    ) -> tuple[Person, str | None]:  # fmt: skip
        """Add a person; return them and, where none was named and no service vouches, the password made for them.

        That password opens the page on which they set their own, and nothing else.
        """
        given = given_password() if password is None and issuer is None else None
        chosen = fit_password(password, name) if password is not None else given
        secret = None if chosen is None else self._passwords.keep(chosen)
        person = self.people.add(name, roles, by=by, secret=secret, issuer=issuer, must_change=given is not None)
        return person, given

    def reset_password(self, name: str, *, by: str) -> str:
        """Make a new password for a person and end their sessions; return it, to be handed over."""
        person = self.people.named(name)
        if person.issuer is not None:
            raise InputError(f"{person.name} signs in at {person.issuer[0]}.", hint="Have it reset there.")
        given = given_password()
        maker = self.people.id_of(by)
        self.people.set_secret(person.id, self._passwords.keep(given), must_change=True, by=maker)
        self.sessions.end_all(person.id, "changed-password")
        return given

    def change_password(self, who: Identity, old: str, new: str, *, address: str = "") -> None:
        """Set one's own password; every other session of that person ends.

        Raises:
            NotIn: the old one is wrong.
            InputError: the new one is not fit, or is the old one.
        """
        if self._checked(who.person, old, address) is None:
            raise NotIn("The password you have now is another.", hint="Nothing was changed.")
        fit = fit_password(new, who.person)
        if fit == old:
            raise InputError("This is the password you have now.", hint="Take another.", column="password")
        with self._checks.through():
            secret = self._passwords.keep(fit)
        self.people.set_secret(who.id, secret, must_change=False, by=who.id)
        self.sessions.end_all(who.id, "changed-password", keep=who.session)

    def close_person(self, name: str, *, by: str, ground: str) -> Person:
        """Let a person in no more: their sessions end and their tokens are taken back at once."""
        person = self.people.close(name, by=by, ground=ground)
        self.sessions.end_all(person.id, "closed")
        for token in self.tokens.all(person.id):
            self.tokens.revoke(token.id, by=by)
        return person

    def close(self) -> None:
        """Write what is pending and stop; the workspace can then be closed."""
        if "reads" in self.__dict__:
            self.reads.close()
        with _of_lock:
            if _of.get(self.workspace) is self:
                del _of[self.workspace]

    def _checked(self, name: str, password: str, address: str) -> Person | None:
        """Return the open person whose name and password these are; wrong tries are counted."""
        key = folded(name)[:80]
        # Who signed in from there before keeps tries of their own: strangers cannot lock them out.
        known = (key, address) in self._trusted
        tries = ((self._by_address, address), (self._by_person, f"{key}@{address}" if known else key))
        for counter, of in tries:
            wait = counter.wait(of)
            if wait:
                raise TooMany("Too many tries with a wrong password.", wait)
        person = next((one for one in self.people.all() if one.open and folded(one.name) == key), None)
        try:
            with self._checks.through():
                right = self._passwords.right(person.secret if person else None, password)
        except TooMany:  # nobody looked: that was no try
            for counter, of in tries:
                counter.give_back(of)
            raise
        if person is None or not right:
            if person is not None:
                self.reads.note(_outside(person), "own", "act", allowed=False, reason="a wrong password")
            return None
        for counter, of in tries:
            counter.give_back(of)
        self._trust(key, address)
        if person.secret is not None and self._passwords.outdated(person.secret):
            with self._checks.through():
                self.people.keep_better(person.id, self._passwords.keep(password))
        return person

    def _trust(self, key: str, address: str) -> None:
        with self._lock:
            self._trusted[key, address] = None
            self._trusted.move_to_end((key, address))
            while len(self._trusted) > _MOST_TRUSTED:
                self._trusted.popitem(last=False)

    def _opened(self, person: Person, how: str) -> Opened:
        purpose = policy.usual_purpose(person.roles)
        cookie, session = self.sessions.begin(person.id, purpose, how)
        who = self._identity(session, csrf_of(cookie))
        self.reads.note(who, "own", "act", reason=f"signed in by {how}")
        return Opened(cookie, who)

    def _identity(self, session: Session, csrf: str) -> Identity:
        person = self.people.by_id(session.person)
        if person is None or not person.open:
            self.sessions.end(session, "closed")
            raise NotIn("This account is closed.", hint="Ask an admin.")
        return Identity(
            person.name, person.id, person.roles, session.purpose, session.id, "session", None, csrf,
            person.must_change,
        )  # fmt: skip


def _outside(person: Person) -> Identity:
    """Return somebody who was not let in, for the log."""
    return Identity(person.name, person.id, frozenset(), "", "", "nobody")
