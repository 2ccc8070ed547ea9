"""Reviews of patterns: opened by an inspector, answered by the officer, concluded by a person.

    opened (the officer is asked, with a day for the reply) ──► replied ──► concluded: explained | refer | data-error
                                     └── the day passes without a reply ──────┘              └─► reopened

A review is opened only where two independent families of signals speak. Nothing is concluded before the officer has
replied, or the day has passed. The program proposes no measure: `refer` says that another body is asked to look.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import AccessError, InputError, UnknownName
from counterflow.core.persons import same_person
from counterflow.core.tables import INTEGRITY_ACT, INTEGRITY_REVIEW
from counterflow.flow.account_oversight import SOURCE, name_behind
from counterflow.flow.redress import named, worded
from counterflow.store.integrity_payloads import INTEGRITY_UNDER
from counterflow.store.salts import salt_of

if TYPE_CHECKING:
    from counterflow.account.oversight.integrity import Report
    from counterflow.store.workspace import Workspace

__all__ = [
    "REPLY_DAYS",
    "VERDICTS",
    "all_reviews",
    "conclude",
    "find_review",
    "note",
    "open_review",
    "reopen",
    "replied",
]

VERDICTS: Mapping[str, str] = {
    "explained": "there is an innocent explanation",
    "refer": "another body is asked to look into it",
    "data-error": "the events are wrong; they are mended and the pattern is looked at anew",
}
#: days that an officer has for the reply, where nothing else is said
REPLY_DAYS = 14
_LEAST_DAYS, _MOST_DAYS = 3, 90


def open_review(
    workspace: Workspace, report: Report, officer: str, *, question: str, person: str, days: int = REPLY_DAYS
) -> dict[str, Any]:
    """Open a review of one officer's pattern, and ask the officer.

    Args:
        workspace: where it is kept.
        report: the patterns it rests on.
        officer: the officer, as coded there.
        question: what the officer is asked.
        person: inspector who opens it.
        days: days for the reply.

    Raises:
        UnknownName: there is no such officer in the report.
        AccessError: fewer than two independent signals, or it is the inspector's own pattern.
        InputError: no question, too few or too many days, or a review of this officer is open.
    """
    row = next((one for one in report.rows if one["officer"] == officer), None)
    if row is None:
        raise UnknownName("officer", officer, [str(one["officer"]) for one in report.rows])
    if not row["named"]:
        raise AccessError(
            "One signal opens no review of a person.", hint="Look at the work: lane, firm, list entry. Two independent"
            " signals are needed before anybody is asked.",
        )  # fmt: skip
    own = name_behind(workspace, officer) if report.source == SOURCE else officer
    if same_person(own, person):
        raise AccessError("It is your own pattern: another inspector opens it.")
    if not _LEAST_DAYS <= days <= _MOST_DAYS:
        hint = f"Give {_LEAST_DAYS} to {_MOST_DAYS} days."
        raise InputError("This is no time for a reply.", hint=hint, column="days", value=days)
    held = [one for one in all_reviews(workspace) if one["officer"] == officer and one["state"] != "concluded"]
    if held:
        raise InputError(f"{held[0]['review']} is open for this officer.", hint="Go on with that one.", value=officer)
    return _opened(workspace, report, row, worded("question", question), named(person), days)


def _opened(
    workspace: Workspace, report: Report, found: Mapping[str, Any], question: str, person: str, days: int
) -> dict[str, Any]:
    now = workspace.clock()
    keep = ("posterior", "local_fdr", "score", "signals", "families", "decisions", "look_ups", "reasons")
    pattern = json.dumps({name: found[name] for name in keep}, sort_keys=True, ensure_ascii=False)
    review = "I-" + hashlib.sha256(f"{found['officer']}\x1f{pattern}\x1f{now.isoformat()}".encode()).hexdigest()[:12]
    due = now.date() + dt.timedelta(days=days)
    row = {
        "review": review, "officer": found["officer"], "of": report.source, "pattern": pattern, "question": question,
        "reply_due_on": due, "person": person, "opened_at": now,
    }  # fmt: skip
    with workspace.store.transaction():
        digest = _digest(workspace, review, [found["officer"], pattern, question, person])
        body = {"review": review, "signals": found["signals"], "reply_due_on": due.isoformat(), "digest": digest}
        entry = workspace.ledger.append("integrity-review", body)
        whole = row | {"ledger_seq": entry.seq}
        workspace.store.append("integrity_review", pa.Table.from_pylist([whole], schema=INTEGRITY_REVIEW))
    return find_review(workspace, review)


def replied(workspace: Workspace, review: str, *, words: str, person: str) -> dict[str, Any]:
    """Put the officer's reply on record, in the officer's words.

    Raises:
        InputError: the review is concluded.
    """
    _require_open(find_review(workspace, review))
    return _put(workspace, review, "replied", words=worded("words", words), person=person)


def note(workspace: Workspace, review: str, *, words: str, person: str) -> dict[str, Any]:
    """Put on record what was found out."""
    find_review(workspace, review)
    return _put(workspace, review, "noted", words=worded("words", words), person=person)


def conclude(workspace: Workspace, review: str, *, verdict: str, words: str, person: str) -> dict[str, Any]:
    """Close a review with a ground.

    Raises:
        UnknownName: no such verdict.
        InputError: the officer has not replied and the day has not passed; or it is concluded.
    """
    held = find_review(workspace, review)
    if verdict not in VERDICTS:
        raise UnknownName("verdict", verdict, VERDICTS)
    _require_open(held)
    if held["state"] == "asked" and workspace.clock().date() <= held["reply_due_on"]:
        raise InputError(
            f"The officer has not replied, and has until {held['reply_due_on']}.",
            hint="Put the reply on record first; nobody is judged unheard.", value=review,
        )  # fmt: skip
    return _put(workspace, review, "concluded", words=worded("words", words), person=person, verdict=verdict)


def reopen(workspace: Workspace, review: str, *, words: str, person: str) -> dict[str, Any]:
    """Open a concluded review again.

    Raises:
        InputError: it is not concluded.
    """
    if find_review(workspace, review)["state"] != "concluded":
        raise InputError("This review is open.", hint="Go on with it.", value=review)
    return _put(workspace, review, "reopened", words=worded("words", words), person=person)


def find_review(workspace: Workspace, review: str) -> dict[str, Any]:
    """Return a review with its state and acts.

    Raises:
        UnknownName: there is none.
    """
    every = {str(one["review"]): one for one in all_reviews(workspace)}
    if review not in every:
        raise UnknownName("review", review, every)
    return every[review]


def all_reviews(workspace: Workspace) -> list[dict[str, Any]]:
    """Return every review with its state, open ones first."""
    acts: dict[str, list[dict[str, Any]]] = {}
    for act in workspace.store.rows("SELECT * FROM integrity_act ORDER BY acted_at, ledger_seq"):
        acts.setdefault(str(act["review"]), []).append(act)
    rows = workspace.store.rows("SELECT * FROM integrity_review ORDER BY opened_at, review")
    today = workspace.clock().date()
    whole = [row | _state(row, acts.get(str(row["review"]), []), today) for row in rows]
    return sorted(whole, key=lambda row: (row["state"] == "concluded", row["reply_due_on"], row["review"]))


def _state(row: Mapping[str, Any], acts: Sequence[Mapping[str, Any]], today: dt.date) -> dict[str, Any]:
    """Return `state` asked, silent (no reply and its day has passed), replied or concluded; `verdict`; `acts`."""
    state, verdict, heard = "asked", "", False
    for act in acts:
        if act["act"] == "replied":
            state, heard = "replied", True
        elif act["act"] == "concluded":
            state, verdict = "concluded", str(act["verdict"])
        elif act["act"] == "reopened":
            state, verdict = "replied" if heard else "asked", ""
    if state == "asked" and today > row["reply_due_on"]:
        state = "silent"
    return {"state": state, "verdict": verdict, "acts": list(acts), "pattern": json.loads(row["pattern"])}


def _require_open(held: Mapping[str, Any]) -> None:
    if held["state"] == "concluded":
        raise InputError("This review is concluded.", hint="Open it again first.", value=held["review"])


def _put(
    workspace: Workspace, review: str, act: str, *, words: str, person: str, verdict: str | None = None
) -> dict[str, Any]:
    """Write an act down, in the table and, in ids and digests, in the ledger; return the review."""
    who, now = named(person), workspace.clock()
    body: dict[str, object] = {"review": review, "act": act}
    if verdict:
        body["verdict"] = verdict
    with workspace.store.transaction():
        body["digest"] = _digest(workspace, review, [act, words, who])
        entry = workspace.ledger.append("integrity-act", body)
        row = {"review": review, "act": act, "verdict": verdict, "words": words, "person": who, "acted_at": now,
               "ledger_seq": entry.seq}  # fmt: skip
        workspace.store.append("integrity_act", pa.Table.from_pylist([row], schema=INTEGRITY_ACT))
    return find_review(workspace, review)


def _digest(workspace: Workspace, review: str, said: Sequence[object]) -> str:
    from counterflow.store.ledger import salted_digest

    return salted_digest(salt_of(workspace.store, INTEGRITY_UNDER, review), json.dumps(list(said), ensure_ascii=False))
