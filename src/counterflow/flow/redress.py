"""Redress: somebody affected asks, is answered by a day fixed when they ask, and what was wrong is put right.

A request has a due day from the moment it is taken in (setting `redress.days`; one month is what Art. 12(3) GDPR gives,
and it may be extended once, with the ground told). One person takes it in, another decides, and nobody decides whose
own decision is in question. What a decision puts right is carried by the rooms' own means and checked again at every
look: see `redress_decide` and `redress_carried`.

Words, names and contacts stand in tables that can be erased; the ledger holds ids, days, verdicts and salted digests.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from counterflow.core.errors import InputError, UnknownName
from counterflow.core.persons import folded
from counterflow.core.tables import REDRESS_ACT, REDRESS_REQUEST
from counterflow.store.redress_payloads import REDRESS_UNDER
from counterflow.store.salts import salt_of
from counterflow.store.workspace import Workspace

__all__ = [
    "ABOUT",
    "VERDICTS",
    "Request",
    "acts_of",
    "all_requests",
    "answered",
    "day_of",
    "extend",
    "find_request",
    "note",
    "put_act",
    "receipt_of",
    "state_of",
    "take_in",
    "told",
]

#: what a request can be about, in words
ABOUT: Mapping[str, str] = {
    "listed": "taken for somebody on a list",
    "suspicion": "suspected, and nothing was found",
    "finding": "a finding about their goods is wrong",
    "identity": "mixed up with somebody else",
    "order": "an order refused or held",
    "data": "what is held about them: to see it, mend it or erase it",
    "other": "something else",
}
VERDICTS: Mapping[str, str] = {
    "granted": "they are right", "partly": "they are right in part", "refused": "it stands as it is",
}  # fmt: skip
_SHORTEST, _LONGEST = 8, 4000
_MOST_RECORDS = 200


@dataclass(frozen=True)
class Request:
    """A request as it is taken in.

    Args:
        about: one of `ABOUT`.
        words: what they say is wrong.
        asker: who asks.
        contact: where the answer goes.
        standing: as whom they ask; empty for themselves.
        records: records that it is about, as source/record id.
        name: name as it stands on those records.
        customer_id: customer that it is about.
        received_on: day on which it reached this house; today where None.
    """

    about: str
    words: str
    asker: str
    contact: str
    standing: str = ""
    records: Sequence[str] = ()
    name: str = ""
    customer_id: str = ""
    received_on: dt.date | None = None


def take_in(workspace: Workspace, asked: Request, *, person: str) -> dict[str, Any]:
    """Put a request on record and return it with its due day.

    Args:
        workspace: where.
        asked: what was asked.
        person: who takes it in; somebody else decides.

    Raises:
        InputError: a text is missing, the day is not between a year ago and today, or too many records are named.
        UnknownName: it is about nothing known, or a record is not here.
    """
    if asked.about not in ABOUT:
        raise UnknownName("kind of request", asked.about, ABOUT)
    today = workspace.clock().date()
    received = asked.received_on or today
    if not today - dt.timedelta(days=366) <= received <= today:
        raise InputError(
            "A request reached this house within the last year.", hint="Mend the day.", column="received_on",
            value=received,
        )  # fmt: skip
    records = tuple(dict.fromkeys(one.strip() for one in asked.records if one.strip()))
    _require_records(workspace, records)
    now = workspace.clock()
    due = received + dt.timedelta(days=workspace.settings.redress.days)
    row = {
        "received_on": received, "due_on": due,
        "about": asked.about, "words": worded("words", asked.words), "asker": worded("asker", asked.asker, shortest=2),
        "standing": asked.standing.strip()[:_LONGEST] or None,
        "contact": worded("contact", asked.contact, shortest=3),
        "records": list(records), "name": asked.name.strip()[:500] or None,
        "customer_id": asked.customer_id.strip()[:200] or None, "person": named(person), "taken_at": now,
    }  # fmt: skip
    said = json.dumps([row[k] for k in ("words", "asker", "contact", "records", "name")], ensure_ascii=False)
    request = "D-" + hashlib.sha256(f"{said}\x1f{now.isoformat()}".encode()).hexdigest()[:12]
    with workspace.store.transaction():
        digest = _digest(workspace, request, [said, row["person"]])
        body = {"request": request, "about": asked.about, "received_on": received.isoformat(),
                "due_on": due.isoformat(), "digest": digest}  # fmt: skip
        entry = workspace.ledger.append("redress-request", body)
        whole = {"request": request, **row, "ledger_seq": entry.seq}
        workspace.store.append("redress_request", pa.Table.from_pylist([whole], schema=REDRESS_REQUEST))
    return whole


def receipt_of(workspace: Workspace, request: str, *, person: str) -> dict[str, Any]:
    """Return the number and the days of a request that `person` took in, and nothing of what it says.

    Raises:
        UnknownName: they took in no such request.
    """
    rows = workspace.store.rows(
        "SELECT request, received_on, due_on FROM redress_request WHERE request = ? AND person = ?",
        [request, named(person)],
    )
    if not rows:
        raise UnknownName("request taken in by you", request, [])
    return dict(rows[0])


def find_request(workspace: Workspace, request: str) -> dict[str, Any]:
    """Return a request with its state.

    Raises:
        UnknownName: there is none.
    """
    rows = workspace.store.rows("SELECT * FROM redress_request WHERE request = ?", [request])
    if not rows:
        known = workspace.store.rows("SELECT request FROM redress_request ORDER BY taken_at DESC LIMIT 500")
        raise UnknownName("request", request, [str(row["request"]) for row in known])
    acts = acts_of(workspace, request)
    return rows[0] | state_of(rows[0], acts, workspace.clock().date()) | {"acts": acts}


def all_requests(workspace: Workspace) -> list[dict[str, Any]]:
    """Return every request with its state: open ones first, by the day they are due."""
    today = workspace.clock().date()
    by: dict[str, list[dict[str, Any]]] = {}
    for act in workspace.store.rows("SELECT * FROM redress_act ORDER BY acted_at, ledger_seq"):
        by.setdefault(str(act["request"]), []).append(act)
    rows = [
        row | state_of(row, by.get(str(row["request"]), []), today)
        for row in workspace.store.rows("SELECT * FROM redress_request ORDER BY received_on, request")
    ]
    return sorted(rows, key=lambda row: (row["state"] == "answered", row["due_on"], row["request"]))


def acts_of(workspace: Workspace, request: str) -> list[dict[str, Any]]:
    """Return what was done about a request, in the order it came on record."""
    return workspace.store.rows("SELECT * FROM redress_act WHERE request = ? ORDER BY acted_at, ledger_seq", [request])


def state_of(row: Mapping[str, Any], acts: Sequence[Mapping[str, Any]], today: dt.date) -> dict[str, Any]:
    """Return how a request stands on a day.

    Returns:
        `state` open, decided or answered; `due_on` with extensions; `overdue`; `verdict`; `answered_on`; `in_time`,
        None while it is open; `days` that it took or has been open.
    """
    due = max((act["due_on"] for act in acts if act["act"] == "extended"), default=row["due_on"])
    state, verdict, decided_by, answered_on = "open", "", "", None
    for act in acts:
        if act["act"] == "decided":
            state, verdict, decided_by = "decided", act["verdict"], act["person"]
        elif act["act"] == "answered":
            state, answered_on = "answered", act["done_on"]
        elif act["act"] == "reopened":
            state, verdict, decided_by, answered_on = "open", "", "", None
    end = answered_on or today
    return {
        "state": state, "due_on": due, "verdict": verdict, "decided_by": decided_by, "answered_on": answered_on,
        "overdue": answered_on is None and today > due, "in_time": None if answered_on is None else answered_on <= due,
        "days": (end - row["received_on"]).days, "left": (due - today).days,
        "extended": any(act["act"] == "extended" for act in acts),
    }  # fmt: skip


# -- acts -------------------------------------------------------------------------------------------------------------


def extend(workspace: Workspace, request: str, *, words: str, person: str) -> dict[str, Any]:
    """Move the due day once, by what the setting allows, on a ground that the asker is told.

    Raises:
        InputError: it was extended before, is answered, or its day has passed.
    """
    held = find_request(workspace, request)
    if held["extended"] or held["state"] == "answered" or held["overdue"]:
        raise InputError(
            "A request is extended once, before its day.", hint="Answer it; say in the answer why it took so long.",
            value=request,
        )  # fmt: skip
    due = held["due_on"] + dt.timedelta(days=workspace.settings.redress.extension_days)
    return put_act(workspace, request, "extended", person=person, words=worded("words", words), due_on=due)


def note(workspace: Workspace, request: str, *, words: str, person: str) -> dict[str, Any]:
    """Put on record what was found out or asked back."""
    find_request(workspace, request)
    return put_act(workspace, request, "noted", person=person, words=worded("words", words))


def answered(
    workspace: Workspace, request: str, *, words: str, person: str, on: dt.date | None = None
) -> dict[str, Any]:
    """Put on record that the answer went out: what was decided, why, and what the asker can do next.

    Raises:
        InputError: nothing was decided yet, or the day is not between the request and today.
    """
    held = find_request(workspace, request)
    today = workspace.clock().date()
    day = on or today
    if held["state"] == "open":
        raise InputError("Nothing was decided yet.", hint="A supervisor decides first.", value=request)
    if not held["received_on"] <= day <= today:
        raise InputError("The answer went out after the request came and not after today.", hint="Mend the day.",
                         column="on", value=day)  # fmt: skip
    return put_act(workspace, request, "answered", person=person, words=worded("words", words), done_on=day)


def told(workspace: Workspace, request: str, *, recipient: str, words: str, person: str) -> dict[str, Any]:
    """Put on record that an office or partner was told of the correction."""
    find_request(workspace, request)
    to = worded("recipient", recipient, shortest=2)
    return put_act(workspace, request, "told", person=person, words=worded("words", words), recipient=to)


def put_act(workspace: Workspace, request: str, act: str, *, person: str, **said: Any) -> dict[str, Any]:
    """Write an act down, in the table and, in ids and days, in the ledger; return it."""
    now = workspace.clock()
    who = named(person)
    days = {name: value.isoformat() for name, value in said.items() if isinstance(value, dt.date)}
    body = {"request": request, "act": act, **days}
    if said.get("verdict"):
        body["verdict"] = said["verdict"]
    with workspace.store.transaction():
        body["digest"] = _digest(workspace, request, [act, who, said.get("words"), said.get("recipient")])
        entry = workspace.ledger.append("redress-act", body)
        row = {"request": request, "act": act, "person": who, "acted_at": now, "ledger_seq": entry.seq, **said}
        workspace.store.append("redress_act", pa.Table.from_pylist([row], schema=REDRESS_ACT))
    return row


def day_of(text: str) -> dt.date | None:
    """Read a day written YYYY-MM-DD; None for an empty text.

    Raises:
        InputError: it is none.
    """
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError("This is not a day.", hint="Write days as 2026-03-31.", value=text) from None


def named(person: str) -> str:
    """Return a person's name without needless blanks.

    Raises:
        InputError: nobody is named.
    """
    plain = " ".join(person.split())
    if not plain or len(plain) > 200 or not folded(plain):
        raise InputError("This act needs the person who does it.", hint="Name them.", column="person", value=person)
    return plain


def worded(column: str, text: str, *, shortest: int = _SHORTEST) -> str:
    """Return words that another person can follow.

    Raises:
        InputError: they are missing, too short or too long.
    """
    plain = text.strip()
    if not shortest <= len(plain) <= _LONGEST:
        raise InputError(
            f"This needs {column} in words.", hint=f"Write {shortest} to {_LONGEST} characters.", column=column,
            value=text,
        )  # fmt: skip
    return plain


def _require_records(workspace: Workspace, records: Sequence[str]) -> None:
    if len(records) > _MOST_RECORDS:
        raise InputError(f"At most {_MOST_RECORDS} records can be named.", hint="Take in several requests.")
    split = [one.partition("/") for one in records]
    asked = pa.table({"source": pa.array([s for s, _, _ in split], pa.string()),
                      "record_id": pa.array([r for _, _, r in split], pa.string())})  # fmt: skip
    here = workspace.store.rows(
        "SELECT source, record_id FROM consignment SEMI JOIN asked USING (source, record_id)"
        " UNION SELECT source, record_id FROM order_line SEMI JOIN asked USING (source, record_id)",
        asked=asked,
    )
    known = {f"{row['source']}/{row['record_id']}" for row in here}
    for one in records:
        if one not in known:
            raise UnknownName("record", one, known)


def _digest(workspace: Workspace, request: str, said: Sequence[object]) -> str:
    from counterflow.store.ledger import salted_digest

    salt = salt_of(workspace.store, REDRESS_UNDER, request)
    return salted_digest(salt, json.dumps(list(said), ensure_ascii=False))
