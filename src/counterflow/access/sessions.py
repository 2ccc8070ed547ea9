"""Sessions of browsers: rows on this side, an opaque id on theirs.

The browser holds 256 random bits; the store holds their digest. A session ends when its person signs out, is idle for
too long, has been in for too long, changes the password (all others end), loses a role, or is closed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.tables import ACCESS_SESSION

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["Session", "Sessions", "csrf_of", "digest_of"]

#: how often a row is told that its session is still used
_TOUCH_AFTER = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Session:
    """One session.

    Args:
        id: names it; opens nothing.
        digest: SHA-256 of what the browser holds.
        person: person id.
        purpose: what they say they are working for.
        how: password | issuer | training.
        begun_at: when it began.
        seen_at: last request.
        ends_at: when it ends at the latest.
    """

    id: str
    digest: str
    person: str
    purpose: str
    how: str
    begun_at: dt.datetime
    seen_at: dt.datetime
    ends_at: dt.datetime


class Sessions:
    """The sessions of a workspace; safe to call from several threads."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.RLock()
        self._open: dict[str, Session] = {}
        self._told: dict[str, dt.datetime] = {}
        self._read = False

    def begin(self, person: str, purpose: str, how: str) -> tuple[str, Session]:
        """Begin a session; return what the browser is given, and the session."""
        now = self._workspace.clock()
        cookie = secrets.token_urlsafe(32)
        longest = dt.timedelta(hours=self._workspace.settings.access.session_hours)
        begun = Session(f"s-{secrets.token_hex(6)}", digest_of(cookie), person, purpose, how, now, now, now + longest)
        row = {name: getattr(begun, name) for name in Session.__slots__ if name != "id"} | {"session": begun.id}
        with self._lock:
            self._all()
            self._workspace.store.append("access_session", pa.Table.from_pylist([row], schema=ACCESS_SESSION))
            self._open[begun.digest], self._told[begun.digest] = begun, now
        return cookie, begun

    def find(self, cookie: str) -> Session | None:
        """Return the session that a browser shows, if it may go on; it counts as used now."""
        if not cookie or len(cookie) > 100:
            return None
        now, digest = self._workspace.clock(), digest_of(cookie)
        with self._lock:
            found = self._all().get(digest)
            if found is None:
                return None
            idle = dt.timedelta(minutes=self._workspace.settings.access.idle_minutes)
            if now >= found.ends_at or now - found.seen_at > idle:
                del self._open[digest]
                return None
            self._open[digest] = found = replace(found, seen_at=now)
            return found

    def set_purpose(self, session: Session, purpose: str) -> Session:
        """Say that a session works for another purpose from now on."""
        with self._lock:
            self._set([session.id], "purpose = ?", purpose)
            changed = replace(self._open.get(session.digest, session), purpose=purpose)
            self._open[session.digest] = changed
            return changed

    def end(self, session: Session, why: str = "signed-out") -> None:
        """End a session."""
        self._end([session], why)

    def end_all(self, person: str, why: str, keep: str = "") -> int:
        """End every session of a person but the one with the id `keep`; return how many."""
        with self._lock:
            theirs = [one for one in self._all().values() if one.person == person and one.id != keep]
            self._end(theirs, why)
            return len(theirs)

    def of(self, person: str) -> list[Session]:
        """Return the sessions of a person that may go on, newest first."""
        now = self._workspace.clock()
        with self._lock:
            theirs = [one for one in self._all().values() if one.person == person and one.ends_at > now]
        return sorted(theirs, key=lambda one: one.begun_at, reverse=True)

    def touch(self) -> None:
        """Tell the rows of sessions in use that they are; called now and then, not at every request."""
        with self._lock:
            late = [one for one in self._open.values() if one.seen_at - self._told[one.digest] >= _TOUCH_AFTER]
            for one in late:
                self._set([one.id], "seen_at = ?", one.seen_at)
                self._told[one.digest] = one.seen_at

    def _end(self, sessions: list[Session], why: str) -> None:
        if not sessions:
            return
        with self._lock:
            self._set([one.id for one in sessions], "ended_at = ?, why_ended = ?", self._workspace.clock(), why)
            for one in sessions:
                self._open.pop(one.digest, None)
                self._told.pop(one.digest, None)

    def _set(self, ids: list[str], what: str, *values: object) -> None:
        gone = pa.table({"session": pa.array(ids, pa.string())})
        self._workspace.store.execute(
            f"UPDATE access_session SET {what} WHERE session IN (SELECT session FROM gone)", values, gone=gone
        )

    def _all(self) -> dict[str, Session]:
        """Return the open sessions, read from the store the first time."""
        if not self._read:
            rows: list[dict[str, Any]] = self._workspace.store.rows(
                "SELECT session AS id, digest, person, purpose, how, begun_at, seen_at, ends_at FROM access_session"
                " WHERE ended_at IS NULL AND ends_at > ?",
                [self._workspace.clock()],
            )
            self._open = {str(row["digest"]): Session(**row) for row in rows}
            self._told = {digest: one.seen_at for digest, one in self._open.items()}
            self._read = True
        return self._open


def digest_of(secret: str) -> str:
    """Return what is kept of 256 random bits: guessing them is hopeless, so one round is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def csrf_of(cookie: str) -> str:
    """Return what forms of the session that holds `cookie` must send back; it cannot be turned into the cookie."""
    return hmac.new(cookie.encode(), b"counterflow form", hashlib.sha256).hexdigest()[:40]
