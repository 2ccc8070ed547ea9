"""Acts that need two people, not one session twice: asked for by one, agreed to by another, done once.

    asked ──► agreed (the act is done in the same breath)      the asker may withdraw; after some days it lapses
          └─► refused

The second person is refused where they are the asker, read like the asker, sit in the asker's session, or are one of
those whose own decision is in question. What they agree to is the request's own payload, which nobody can change.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.access import policy
from counterflow.access.acts import ACTS, Act, act_named, function_of, own_people, payload_read
from counterflow.access.seals import in_words, keyed, seal
from counterflow.core.errors import AccessError, CounterflowError, InputError, UnknownName
from counterflow.core.persons import same_person
from counterflow.core.tables import ACCESS_REQUEST, ACCESS_REQUEST_ACT

if TYPE_CHECKING:
    from counterflow.access.people import People
    from counterflow.access.who import Who
    from counterflow.store.workspace import Workspace

__all__ = ["ACTS", "Asked", "Requests"]

_LONGEST_PAYLOAD = 1_000_000
_MOST_OF_ONE = 100
_ROWS = (
    'SELECT r.*, a.act AS done, a.ground AS closing, a."by" AS closed_by, a.at AS closed_at, a.result'
    " FROM access_request r LEFT JOIN access_request_act a USING (request)"
)
_KIND = "access-request"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it stands.

    Args:
        id: names it.
        act: what is asked for.
        subject: what it is about.
        payload: all that the act needs.
        ground: why.
        asked_by: person id of the asker.
        asked_in: session or token of the asker.
        asked_at: when.
        ends_at: nobody can agree after that.
        state: open | agreed | refused | withdrawn | overridden | lapsed.
        closed_by: person id of who ended it; "" while it is open.
        closed_at: when.
        closing: why, in their words.
        result: what the act gave.
        text: the payload as it was sealed.
        ledger_seq: entry that sealed it.
    """

    id: str
    act: str
    subject: str
    payload: Mapping[str, Any]
    ground: str
    asked_by: str
    asked_in: str
    asked_at: dt.datetime
    ends_at: dt.datetime
    state: str
    closed_by: str = ""
    closed_at: dt.datetime | None = None
    closing: str = ""
    result: Mapping[str, Any] | None = None
    text: str = "{}"
    ledger_seq: int = 0

    @property
    def kind(self) -> Act:
        """Return the act that is asked for."""
        return act_named(self.act)


_STATES = {"agree": "agreed", "refuse": "refused", "withdraw": "withdrawn", "override": "overridden"}


class Requests:
    """The requests of a workspace. Call what changes something inside the site's turn of acting."""

    def __init__(self, workspace: Workspace, people: People) -> None:
        self._workspace, self._people = workspace, people

    def ask(self, act: str, subject: str, payload: Mapping[str, Any], who: Who, ground: str) -> str:
        """Ask for an act that needs a second person; return the id of the request.

        The same open request by the same person again is the same request.

        Raises:
            UnknownName: there is no such act.
            AccessError: this person may not ask for it, or is nobody by name.
            InputError: no ground, or a payload that is too large or not what the act takes.
        """
        kind, words = act_named(act), in_words("ground", ground)
        asker = self._person(who)
        self._require(who, kind.resource, kind.ask_for)
        # Read now: a payload that cannot be would stand in everybody's way on the list of what waits.
        own_people(kind, self._workspace, subject, payload, act)
        text = json.dumps(dict(payload), ensure_ascii=False, sort_keys=True)
        if len(text) > _LONGEST_PAYLOAD:
            raise InputError("This is too much for one request.", hint="Ask in parts.", column="payload")
        waiting = [one for one in self.open_requests() if one.asked_by == asker]
        if len(waiting) >= _MOST_OF_ONE:
            raise InputError(f"{len(waiting)} requests of yours wait already.", hint="Withdraw some.", column="act")
        for one in waiting:
            if (one.act, one.subject, one.asked_by) == (act, subject, asker) and one.payload == json.loads(text):
                return one.id
        request, now = f"q-{secrets.token_hex(5)}", self._workspace.clock()
        ends = now + dt.timedelta(days=self._workspace.settings.access.request_days)
        body = {"act": "ask", "request": request, "what": act, "by": asker, "session": who.session}
        entry = seal(self._workspace, _KIND, request, [subject, text, words], body)
        row = {
            "request": request, "act": act, "subject": subject, "payload": text, "ground": words, "asked_by": asker,
            "asked_in": who.session, "asked_at": now, "ends_at": ends, "ledger_seq": entry.seq,
        }  # fmt: skip
        self._workspace.store.append("access_request", pa.Table.from_pylist([row], schema=ACCESS_REQUEST))
        return request

    def agree(self, request: str, who: Who, ground: str = "") -> dict[str, Any]:
        """Agree as the second person; the act is done now. Return what it gave.

        Raises:
            UnknownName: there is no such request.
            AccessError: this person may not be the second one; says why.
            InputError: it is not open any more.
        """
        asked = self._open(request)
        why_not = self.why_not(asked, who)
        if why_not:
            raise AccessError("You cannot be the second person here.", hint=why_not)
        return self.carry_out(asked, "agree", who, " ".join(ground.split())[:500])

    def refuse(self, request: str, who: Who, ground: str) -> None:
        """Refuse; nothing is done. Whoever could agree can refuse.

        Raises:
            AccessError: this person may not decide it.
            InputError: no ground, or it is not open any more.
        """
        asked, words = self._open(request), in_words("ground", ground)
        why_not = self.why_not(asked, who)
        if why_not:
            raise AccessError("You cannot decide this.", hint=why_not)
        self._close(asked, "refuse", who, words, None)

    def withdraw(self, request: str, who: Who) -> None:
        """Take one's own request back."""
        asked = self._open(request)
        if self._person(who) != asked.asked_by:
            raise AccessError("Only who asked can withdraw a request.", hint="Refuse it instead, with a ground.")
        self._close(asked, "withdraw", who, "", None)

    def why_not(self, asked: Asked, who: Who) -> str:
        """Return why this person cannot be the second one; "" where they can."""
        if who.how == "local":
            return "Two people with names of their own are needed: counterflow access add-user."
        asker = self._people.by_id(asked.asked_by)
        if self._person(who) == asked.asked_by or (asker is not None and same_person(asker.name, who.person)):
            return "You asked for it: another person agrees."
        if who.session == asked.asked_in:
            return "It was asked for in this session: the second person signs in on their own."
        try:
            own = self.own_people(asked)
        except InputError as error:
            return f"{error.message} Whoever asked withdraws it, or it lapses."
        if any(same_person(name, who.person) for name in own):
            return "Your own decision is in question: somebody who had no part in it agrees."
        verdict = who.judge(asked.kind.resource, asked.kind.agree_with)
        return "" if verdict.allowed else verdict.reason

    def carry_out(self, asked: Asked, act: str, who: Who, words: str) -> dict[str, Any]:
        """Do what is asked, and close the request as `act` by `who`; all of it or nothing."""
        asker = self._people.by_id(asked.asked_by)
        perform = function_of(asked.kind.perform)
        self._require_unchanged(asked)
        result: dict[str, Any] = {}
        body = {"act": f"{act}-begins", "request": asked.id, "by": self._person(who), "session": who.session}
        self._workspace.ledger.append(_KIND, body)
        try:
            with payload_read(asked.act), self._workspace.store.transaction():
                result = dict(
                    perform(
                        self._workspace, asked.subject, asked.payload, asked_by=asker.name if asker else asked.asked_by,
                        agreed_by=who.person, ground=asked.ground,
                    )
                )  # fmt: skip
                self._close(asked, act, who, words, result)
        except CounterflowError as error:
            failed = {"act": f"{act}-failed", "request": asked.id, "by": self._person(who), "code": error.code}
            self._workspace.ledger.append(_KIND, failed)
            raise
        return result

    def open_requests(self) -> list[Asked]:
        """Return what waits for a second person, oldest first."""
        return self._read(
            "WHERE a.act IS NULL AND r.ends_at > ? ORDER BY r.asked_at, r.request", self._workspace.clock()
        )

    def all(self, limit: int = 1000) -> list[Asked]:
        """Return the latest requests with what became of them, oldest first."""
        return self._read("ORDER BY r.asked_at DESC, r.request LIMIT ?", limit)[::-1]

    def one(self, request: str) -> Asked:
        """Return one request; raises UnknownName where there is none."""
        found = self._read("WHERE r.request = ?", request)
        if not found:
            raise UnknownName("request", request, [one.id for one in self.open_requests()])
        return found[0]

    def _read(self, which: str, *values: object) -> list[Asked]:
        rows: list[dict[str, Any]] = self._workspace.store.rows(f"{_ROWS} {which}", values)
        now = self._workspace.clock()
        return [_asked(row, now) for row in rows]

    def _open(self, request: str) -> Asked:
        asked = self.one(request)
        if asked.state != "open":
            hint = "Ask again." if asked.state in {"lapsed", "withdrawn"} else "Nothing was changed."
            raise InputError(f"This request is {asked.state}.", hint=hint, column="request", value=request)
        return asked

    def _close(self, asked: Asked, act: str, who: Who, words: str, result: Mapping[str, Any] | None) -> None:
        by, now = self._person(who), self._workspace.clock()
        body = {"act": act, "request": asked.id, "what": asked.act, "by": by, "session": who.session}
        text = None if result is None else json.dumps(result, ensure_ascii=False, sort_keys=True, default=str)
        if text is not None:
            body["result"] = hashlib.sha256(text.encode()).hexdigest()
        entry = seal(self._workspace, _KIND, asked.id, [words] if words else [], body)
        row = {
            "request": asked.id, "act": act, "ground": words, "by": by, "session": who.session, "at": now,
            "result": text, "ledger_seq": entry.seq,
        }  # fmt: skip
        self._workspace.store.append("access_request_act", pa.Table.from_pylist([row], schema=ACCESS_REQUEST_ACT))

    def _require_unchanged(self, asked: Asked) -> None:
        """Refuse a request whose words are not those that the ledger sealed when it was asked."""
        sealed = self._workspace.ledger.entry(asked.ledger_seq).body.get("digest")
        if sealed != keyed(self._workspace, asked.id, [asked.subject, asked.text, asked.ground]):
            raise AccessError("This request was changed since it was asked.", hint="Refuse it, and tell the auditor.")

    def own_people(self, asked: Asked) -> list[str]:
        """Return the names of the people whose own decision is in question."""
        return list(own_people(asked.kind, self._workspace, asked.subject, asked.payload))

    def _person(self, who: Who) -> str:
        return self._people.of(who)

    @staticmethod
    def _require(who: Who, resource: str, action: str) -> policy.Verdict:
        verdict = who.judge(resource, action)
        if not verdict.allowed:
            raise AccessError(f"{who.person} may not ask for this.", hint=verdict.reason)
        return verdict


def _asked(row: dict[str, Any], now: dt.datetime) -> Asked:
    state = _STATES.get(row["done"] or "", "lapsed" if now >= row["ends_at"] else "open")
    return Asked(
        row["request"], row["act"], row["subject"], json.loads(row["payload"]), row["ground"], row["asked_by"],
        row["asked_in"], row["asked_at"], row["ends_at"], state, row["closed_by"] or "", row["closed_at"],
        row["closing"] or "", json.loads(row["result"]) if row["result"] else None,
        row["payload"], row["ledger_seq"] or 0,
    )  # fmt: skip
