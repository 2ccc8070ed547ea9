"""What one person did alone in an emergency, and its review by another within 72 hours.

Only acts whose line in `acts.ACTS` says so can be done alone, only by somebody who could have been the second person,
and never by somebody whose earlier override is past its review. It is done at once, stands in the ledger as an
override, and shows on every list as not reviewed until another person said whether it was justified.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.access.acts import act_named
from counterflow.access.seals import in_words, seal
from counterflow.core.errors import AccessError, InputError, UnknownName
from counterflow.core.persons import same_person
from counterflow.core.tables import ACCESS_OVERRIDE

if TYPE_CHECKING:
    from counterflow.access.people import People
    from counterflow.access.requests import Requests
    from counterflow.access.who import Who
    from counterflow.store.workspace import Workspace

__all__ = ["VERDICTS", "Override", "Overrides"]

VERDICTS = ("justified", "not-justified")
_KIND = "access-override"


@dataclass(frozen=True, slots=True)
class Override:
    """One override as it stands.

    Args:
        id: names it.
        request: the request that was done alone.
        by: person id.
        ground: why it could not wait.
        at: when.
        due_at: by when another person reviews it.
        state: reviewed | waiting | overdue.
        verdict: justified | not-justified; "" before the review.
        reviewed_by: person id; "" before the review.
        reviewed_at: when.
        review: what the reviewer wrote.
    """

    id: str
    request: str
    by: str
    ground: str
    at: dt.datetime
    due_at: dt.datetime
    state: str
    verdict: str = ""
    reviewed_by: str = ""
    reviewed_at: dt.datetime | None = None
    review: str = ""


class Overrides:
    """The overrides of a workspace. Call what changes something inside the site's turn of acting."""

    def __init__(self, workspace: Workspace, people: People, requests: Requests) -> None:
        self._workspace, self._people, self._requests = workspace, people, requests

    def act(self, act: str, subject: str, payload: Mapping[str, Any], who: Who, ground: str) -> dict[str, Any]:
        """Do an act alone, now; return what it gave, with the id of the override.

        Raises:
            AccessError: the act cannot be done alone, this person may not do it, or an earlier override of theirs
                is past its review.
            InputError: no ground.
        """
        kind, words = act_named(act), in_words("ground", ground, shortest=20)
        if not kind.emergency:
            raise AccessError("No emergency does this alone.", hint="Ask for it: another person agrees.")
        if who.how != "session":
            raise AccessError("A person signs an override, signed in by name.", hint="counterflow access add-user.")
        verdict = who.judge(kind.resource, kind.agree_with)
        if not verdict.allowed:
            raise AccessError("Only who could be the second person may do this alone.", hint=verdict.reason)
        person = self._people.id_of(who.person)
        late = [one for one in self.all() if one.by == person and one.state == "overdue"]
        if late:
            hint = "Have another person review it first."
            raise AccessError(f"Your override of {late[0].at:%Y-%m-%d} was not reviewed in time.", hint=hint)
        request = self._requests.ask(act, subject, payload, who, words)
        asked = self._requests.one(request)
        if any(same_person(name, who.person) for name in self._requests.own_people(asked)):
            raise AccessError("Your own decision is in question.", hint="Somebody who had no part in it decides.")
        override, now = f"o-{secrets.token_hex(5)}", self._workspace.clock()
        due = now + dt.timedelta(hours=self._workspace.settings.access.review_hours)
        body = {"act": "use", "override": override, "request": request, "by": person, "session": who.session,
                "review_due_at": due.isoformat(timespec="seconds")}  # fmt: skip
        entry = seal(self._workspace, _KIND, override, [words], body)
        with self._workspace.store.transaction():
            result = self._requests.carry_out(asked, "override", who, words)
            self._append(
                {"override": override, "act": "use", "request": request, "ground": words, "by": person,
                 "session": who.session, "at": now, "due_at": due, "ledger_seq": entry.seq}
            )  # fmt: skip
        return result | {"override": override, "review_due_at": due}

    def review(self, override: str, verdict: str, who: Who, ground: str) -> None:
        """Say as another person whether it was justified.

        Raises:
            UnknownName: no such override or verdict.
            AccessError: one's own, or this person may not review.
            InputError: it is reviewed already, or no ground.
        """
        one, words = self.one(override), in_words("ground", ground)
        if verdict not in VERDICTS:
            raise UnknownName("verdict", verdict, VERDICTS)
        if one.state == "reviewed":
            raise InputError("This override is reviewed already.", column="override", value=override)
        why_not = self.why_not(one, who)
        if why_not:
            raise AccessError("You cannot review this.", hint=why_not)
        person, now = self._people.id_of(who.person), self._workspace.clock()
        body = {"act": "review", "override": override, "verdict": verdict, "by": person, "session": who.session}
        entry = seal(self._workspace, _KIND, override, [words], body)
        self._append(
            {"override": override, "act": "review", "request": one.request, "verdict": verdict, "ground": words,
             "by": person, "session": who.session, "at": now, "ledger_seq": entry.seq}
        )  # fmt: skip

    def why_not(self, one: Override, who: Who) -> str:
        """Return why this person cannot review it; "" where they can."""
        if who.how != "session":
            return "A person reviews it, signed in by name."
        if self._people.id_of(who.person) == one.by:
            return "It is your own: another person reviews it."
        verdict = who.judge("overrides", "decide")
        return "" if verdict.allowed else verdict.reason

    def open(self) -> list[Override]:
        """Return what is not reviewed yet, the longest overdue first."""
        return [one for one in self.all() if one.state != "reviewed"]

    def one(self, override: str) -> Override:
        """Return one override; raises UnknownName where there is none."""
        every = {one.id: one for one in self.all()}
        if override not in every:
            raise UnknownName("override", override, every)
        return every[override]

    def all(self) -> list[Override]:
        """Return every override, oldest first."""
        rows: list[dict[str, Any]] = self._workspace.store.rows(
            'SELECT u.override, u.request, u."by", u.ground, u.at, u.due_at, v.verdict, v."by" AS reviewed_by,'
            " v.at AS reviewed_at, v.ground AS review FROM access_override u"
            " LEFT JOIN access_override v ON v.override = u.override AND v.act = 'review'"
            " WHERE u.act = 'use' ORDER BY u.at, u.override"
        )
        now = self._workspace.clock()
        return [_override(row, now) for row in rows]

    def _append(self, row: dict[str, Any]) -> None:
        self._workspace.store.append("access_override", pa.Table.from_pylist([row], schema=ACCESS_OVERRIDE))


def _override(row: dict[str, Any], now: dt.datetime) -> Override:
    state = "reviewed" if row["verdict"] else "overdue" if now > row["due_at"] else "waiting"
    return Override(
        row["override"], row["request"], row["by"], row["ground"], row["at"], row["due_at"], state,
        row["verdict"] or "", row["reviewed_by"] or "", row["reviewed_at"], row["review"] or "",
    )  # fmt: skip
