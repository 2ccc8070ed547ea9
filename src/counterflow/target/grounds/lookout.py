"""Lookouts: a tip that makes records mandatory for a while.

One person sets a lookout and states its ground; it ends after 72 hours at the latest; the next day another
person reviews it, and may withdraw it. One that ended or was withdrawn does nothing. The ledger holds that a
lookout was set and reviewed, with a salted digest of what it says: neither the value, nor the ground, nor a name.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from counterflow.core.errors import AccessError, InputError, UnknownName, nearest
from counterflow.core.persons import folded, same_person
from counterflow.store.ledger import new_salt, salted_digest
from counterflow.store.repository import Store
from counterflow.target.grounds.mandatory import GROUNDS

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["FIELDS", "add_lookout", "lookouts", "mandatory_by_lookout", "not_seen_yet", "review_lookout"]

FIELDS = ("record_id", "item_id", "party", "office", "lane", "hs")
VERDICTS = ("upheld", "withdrawn")
SALTS_UNDER = "lookout"
_SHORTEST_GROUND = 8
_LONGEST_TEXT = 500

#: how each field is met: a lookout on a party meets its name as written (case and spaces aside) or its identifier
_MEETS = {
    "record_id": "SELECT a.row, l.lookout FROM asked a JOIN active l ON a.record_id = l.value",
    "item_id": "SELECT a.row, l.lookout FROM asked a JOIN active l ON a.item_id = l.value",
    "office": "SELECT a.row, l.lookout FROM asked a JOIN active l ON a.office = l.value",
    "lane": "SELECT a.row, l.lookout FROM asked a JOIN active l ON a.lane = l.value",
    "hs": (
        "SELECT a.row, l.lookout FROM asked a"
        " JOIN goods_line g ON g.source = a.source AND g.record_id = a.record_id"
        " JOIN active l ON substr(g.hs, 1, length(l.value)) = l.value"
    ),
    "party": (
        "SELECT a.row, l.lookout FROM party p JOIN active l"
        r" ON lower(regexp_replace(trim(p.name), '\s+', ' ', 'g')) = lower(l.value) OR p.identifier = l.value"
        " JOIN asked a ON p.source = a.source AND p.record_id = a.record_id"
    ),
}


def add_lookout(
    workspace: Workspace, field: str, value: str, *, ground: str, person: str, hours: float | None = None
) -> dict[str, Any]:
    """Set a lookout and return it.

    Args:
        workspace: where it goes.
        field: one of `FIELDS`.
        value: what to look for there; for ``hs`` the leading digits.
        ground: why, in words.
        person: who sets it.
        hours: how long it lives; as long as the settings allow where None.

    Raises:
        InputError: an unknown field, an empty value or ground, a life longer than allowed, or the last lookout on the
            same was not reviewed.
        AccessError: the last lookout on the same was withdrawn, and it was this person's.
    """
    longest = workspace.settings.target.lookout_hours
    lives = float(longest) if hours is None else hours
    value, ground, person = " ".join(value.split()), " ".join(ground.split()), " ".join(person.split())
    _check(field, value, ground, person)
    if not 0 < lives <= longest:
        hint = "A lookout is a tip; what must hold longer is a rule (target.mandatory_codes)."
        message = f"A lookout lives above 0 and at most {longest} hours."
        raise InputError(message, hint=hint, column="hours", value=hours)
    _refuse_renewal(workspace.store, field, value, person)
    now = workspace.clock()
    ends = now + dt.timedelta(hours=lives)
    row = {
        "field": field,
        "value": value,
        "ground": ground,
        "person": person,
        "set_at": now,
        "expires_at": ends,
    }
    return _write(workspace, row)


def not_seen_yet(store: Store, field: str, value: str) -> str:
    """Say that no stored record has this office or lane, which may be a slip; empty where one has.

    Args:
        store: the records.
        field: what the lookout is about; fields other than office and lane may well be new.
        value: what it looks for.
    """
    if field not in ("office", "lane"):
        return ""
    known = store.query(f'SELECT DISTINCT "{field}" AS v FROM consignment WHERE "{field}" IS NOT NULL')["v"].to_pylist()
    if value.strip() in known:
        return ""
    close = nearest(value.strip(), known)
    hint = f"; did you mean {' or '.join(repr(name) for name in close)}?" if close else ""
    return f"no stored record has {field} {value.strip()!r} so far{hint}"


def _refuse_renewal(store: Store, field: str, value: str, person: str) -> None:
    """Hold a lookout to its end: set again and again by one person it would be a rule on one party without review."""
    last = store.rows(
        "SELECT lookout, person, verdict FROM lookout WHERE field = ? AND lower(value) = lower(?)"
        " ORDER BY set_at DESC, lookout LIMIT 1",
        [field, value],
    )
    if last and last[0]["verdict"] is None:
        hint = f"Ask another person to review {last[0]['lookout']} first."
        raise InputError("The last lookout on this was not reviewed.", hint=hint, column="value", value=None)
    if last and last[0]["verdict"] == "withdrawn" and same_person(str(last[0]["person"]), person):
        hint = "If there is a new tip, another person sets it."
        raise AccessError("Whoever's lookout was withdrawn does not set it again.", hint=hint)


def _check(field: str, value: str, ground: str, person: str) -> None:
    if field not in FIELDS:
        raise UnknownName("lookout field", field, FIELDS)
    for name, text in (("value", value), ("ground", ground), ("person", person)):
        if not text or len(text) > _LONGEST_TEXT:
            hint = f"Give 1 to {_LONGEST_TEXT} characters."
            raise InputError(f"A lookout needs a {name}.", hint=hint, column=name, value=text[:60])
    if len(ground) < _SHORTEST_GROUND:
        hint = "Say what the tip rests on, so that another person can review it."
        raise InputError("This ground is too short to review.", hint=hint, column="ground", value=ground)
    if field == "hs" and not value.isdigit():
        raise InputError("An HS code is digits.", hint="Write 2 to 10 digits.", column="value", value=value)


def _write(workspace: Workspace, row: Mapping[str, Any]) -> dict[str, Any]:
    salt = new_salt()
    said = json.dumps([row["field"], row["value"], row["ground"], row["person"]], ensure_ascii=False)
    digest = salted_digest(salt, said)
    whole = {"lookout": f"L-{digest[:12]}", **row}
    body = {
        "lookout": whole["lookout"],
        "field": row["field"],
        "digest": digest,
        "set_at": row["set_at"].isoformat(),
        "expires_at": row["expires_at"].isoformat(),
    }
    payload = {
        "source": SALTS_UNDER,
        "record_id": whole["lookout"],
        "batch": SALTS_UNDER,
        "salt": salt.hex(),
        "digest": digest,
    }
    with workspace.store.transaction():
        workspace.store.append("lookout", pa.Table.from_pylist([whole]))
        workspace.store.append("payload", pa.Table.from_pylist([payload]))
        workspace.ledger.append("lookout", body)
    return whole


def lookouts(store: Store, now: dt.datetime) -> list[dict[str, Any]]:
    """Return every lookout, newest first, with `state` and `review`.

    `state` is active, expired or withdrawn; `review` is upheld or withdrawn once reviewed, else due, or
    overdue when the day after it was set is over.
    """
    rows = store.rows("SELECT * FROM lookout ORDER BY set_at DESC, lookout")
    return [row | {"state": _state(row, now), "review": _review(row, now)} for row in rows]


def _state(row: Mapping[str, Any], now: dt.datetime) -> str:
    if row["verdict"] == "withdrawn":
        return "withdrawn"
    return "active" if row["set_at"] <= now < row["expires_at"] else "expired"


def _review(row: Mapping[str, Any], now: dt.datetime) -> str:
    if row["verdict"]:
        return str(row["verdict"])
    return "overdue" if now.date() > row["set_at"].date() + dt.timedelta(days=1) else "due"


def review_lookout(workspace: Workspace, lookout: str, *, person: str, verdict: str) -> dict[str, Any]:
    """Write down the review of a lookout and return it as it now stands.

    Raises:
        UnknownName: no such lookout or verdict.
        AccessError: the one who set it may not review it.
        InputError: it was reviewed already.
    """
    store = workspace.store
    if verdict not in VERDICTS:
        raise UnknownName("verdict", verdict, VERDICTS)
    found = store.rows("SELECT * FROM lookout WHERE lookout = ?", [lookout])
    if not found:
        known = [str(r["lookout"]) for r in store.rows("SELECT lookout FROM lookout")]
        raise UnknownName("lookout", lookout, known)
    row, person = found[0], " ".join(person.split())
    if not person:
        raise InputError("A review needs the person who did it.", hint="Give --person.", column="person")
    if not folded(person):
        raise InputError("This is nobody's name.", hint="Name a person.", column="person", value=person)
    if same_person(str(row["person"]), person):
        raise AccessError("Whoever set a lookout does not review it.", hint="Ask another person to review it.")
    if row["verdict"]:
        raise InputError(f"It was reviewed already: {row['verdict']}.", column="lookout", value=lookout)
    now = workspace.clock()
    with store.transaction():
        store.execute(
            "UPDATE lookout SET reviewed_by = ?, reviewed_at = ?, verdict = ? WHERE lookout = ?",
            [person, now, verdict, lookout],
        )
        workspace.ledger.append("lookout-review", {"lookout": lookout, "verdict": verdict, "by_another": True})
    return store.rows("SELECT * FROM lookout WHERE lookout = ?", [lookout])[0]


def mandatory_by_lookout(store: Store, records: pa.Table, now: dt.datetime) -> pa.Table:
    """Return the rows that a lookout in force meets, each with its grounds in words (`GROUNDS`; never the tip itself).

    Args:
        store: lookouts, parties and goods.
        records: eligible records: source, record_id, item_id, office, lane, day.
        now: the moment of planning; a record of a day after a lookout's end is not met by it.
    """
    active = store.query(
        "SELECT lookout, field, value, CAST(expires_at AS DATE) AS last_day FROM lookout"
        " WHERE set_at <= ? AND expires_at > ? AND (verdict IS NULL OR verdict <> 'withdrawn')",
        [now, now],
    )
    grounds = [GROUNDS.empty_table()]
    if not active.num_rows:
        return grounds[0]
    asked = records.select(["source", "record_id", "item_id", "office", "lane", "day"])
    asked = asked.append_column("row", pa.array(np.arange(records.num_rows), pa.int64()))
    for field in sorted(set(active.column("field").to_pylist())):
        met = store.query(
            f"SELECT row, 'lookout ' || lookout || ' on {field}' AS words FROM ("
            f"SELECT DISTINCT row, lookout FROM ({_MEETS[field]} WHERE l.field = ? AND a.day <= l.last_day) met"
            ") each_one ORDER BY row, lookout",
            [field],
            active=active,
            asked=asked,
        )
        grounds.append(met.cast(GROUNDS))
    return pa.concat_tables(grounds)
