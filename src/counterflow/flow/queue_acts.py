"""What people do about records of the queue: take in hand, give back, note, and, two of them together, release.

    open ──take──► in somebody's hand ──give-back──► open
    open ──release (asked for by one, agreed to by another)──► released ──reopen──► open

A release says that nobody needs to look at a record any more. It changes no score and takes nothing out of the random
draw, whose figures would otherwise be about what nobody released. A record that is on a sheet is not released: what
became of it is an outcome.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import InputError, UnknownName
from counterflow.core.persons import folded
from counterflow.core.tables import PAYLOAD, QUEUE_ACT
from counterflow.store.queue_payloads import QUEUE_UNDER

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["ACTS", "MOST_AT_ONCE", "act_on", "acts_on", "agreed_release", "hands_of", "release_request"]

#: what one person does alone, in words; the first needs no ground
ACTS: Mapping[str, str] = {
    "take": "take in hand",
    "give-back": "give back",
    "note": "write a note on",
    "reopen": "reopen",
}
#: records that one act can be on
MOST_AT_ONCE = 10_000
_LONGEST_WORDS = 1000
_SHORTEST_GROUND = 8
_NEEDS_WORDS = {"note": 1, "reopen": _SHORTEST_GROUND, "release": _SHORTEST_GROUND}

Key = tuple[str, str]


def act_on(workspace: Workspace, keys: Sequence[Key], act: str, *, person: str, words: str = "") -> dict[str, Any]:
    """Do something on records that one person may do alone; return what was done.

    Args:
        workspace: whose records.
        keys: (source, record_id) of each.
        act: one of `ACTS`.
        person: who does it.
        words: the note, or the ground of reopening.

    Returns:
        `act`, `act_id`, `records` done, and `left`: records on which it would have changed nothing.

    Raises:
        UnknownName: no such act, or no such record.
        InputError: no words where they are needed, none or too many records, or no person.
    """
    if act not in ACTS:
        raise UnknownName("act on records", act, ACTS)
    said, known = _said(act, words), _known(workspace.store, keys)
    meant = known if act == "note" else _would_change(workspace.store, known, act, person)
    left = known.num_rows - meant.num_rows
    if not meant.num_rows:
        return {"act": act, "act_id": "", "records": 0, "left": left}
    return _write(workspace, meant, act, said, person) | {"left": left}


def release_request(workspace: Workspace, keys: Sequence[Key]) -> tuple[str, dict[str, Any]]:
    """Return subject and payload of a request to release records; records that cannot be released are refused now.

    Raises:
        UnknownName: no such record.
        InputError: none or too many; or one is on a sheet without an outcome, or was released already.
    """
    known = _known(workspace.store, keys)
    _refuse_planned(workspace.store, known)
    rows = sorted((str(row["source"]), str(row["record_id"])) for row in known.to_pylist())
    subject = rows[0][1] if len(rows) == 1 else f"{len(rows)} records, the first {rows[0][1]}"
    return subject, {"keys": [list(key) for key in rows]}


def agreed_release(
    workspace: Workspace, subject: str, payload: Mapping[str, Any], *, asked_by: str, agreed_by: str, ground: str
) -> dict[str, Any]:
    """Release records that one person asked for and another agreed to; return what was done."""
    del subject  # named for the people who decide; what is released stands in the payload
    known = _known(workspace.store, [(str(s), str(r)) for s, r in payload["keys"]])
    _refuse_planned(workspace.store, known)
    meant = _would_change(workspace.store, known, "release", asked_by)
    if not meant.num_rows:
        return {"act": "release", "act_id": "", "records": 0}
    return _write(workspace, meant, "release", _said("release", ground), asked_by, agreed_by)


def hands_of(workspace: Workspace, subject: str, payload: Mapping[str, Any]) -> list[str]:
    """Return who has one of the records in hand: the second person to a release is nobody's own case worker."""
    del subject
    keys = _table([(str(s), str(r)) for s, r in payload["keys"]])
    rows = workspace.store.rows(
        "SELECT DISTINCT person FROM (SELECT a.person, a.act FROM queue_act a JOIN k USING (source, record_id)"
        " WHERE a.act IN ('take', 'give-back') QUALIFY row_number() OVER ("
        "PARTITION BY a.source, a.record_id ORDER BY a.acted_at DESC, a.ledger_seq DESC) = 1)"
        " WHERE act = 'take' ORDER BY person",
        k=keys,
    )
    return [str(row["person"]) for row in rows]


def acts_on(store: Store, source: str, record_id: str) -> list[dict[str, Any]]:
    """Return what people did on one record, oldest first."""
    return store.rows(
        "SELECT act_id, act, words, person, second_person, acted_at, ledger_seq FROM queue_act"
        " WHERE source = ? AND record_id = ? ORDER BY acted_at, ledger_seq",
        [source, record_id],
    )


def _said(act: str, words: str) -> str:
    said, least = " ".join(words.split()), _NEEDS_WORDS.get(act, 0)
    if not least <= len(said) <= _LONGEST_WORDS:
        hint = f"Write {max(least, 1)} to {_LONGEST_WORDS} characters that another person can follow."
        raise InputError("This needs words.", hint=hint, column="words", value=said[:60])
    return said


def _table(keys: Sequence[Key]) -> pa.Table:
    source, record_id = ([key[place] for key in keys] for place in (0, 1))
    return pa.table({"source": pa.array(source, pa.string()), "record_id": pa.array(record_id, pa.string())})


def _known(store: Store, keys: Sequence[Key]) -> pa.Table:
    """Return the keys, each once, all of them of records that are here."""
    unique = list(dict.fromkeys(keys))
    if not unique:
        raise InputError("No record was chosen.", hint="Mark at least one.")
    if len(unique) > MOST_AT_ONCE:
        raise InputError(f"One act is on at most {MOST_AT_ONCE} records.", hint="Act on parts, one by one.")
    asked = _table(unique)
    absent = store.rows(
        "SELECT k.source, k.record_id FROM k ANTI JOIN consignment c USING (source, record_id) ORDER BY ALL LIMIT 1",
        k=asked,
    )
    if absent:
        raise UnknownName("record", f"{absent[0]['source']}/{absent[0]['record_id']}", [])
    return asked


def _refuse_planned(store: Store, keys: pa.Table) -> None:
    planned = store.rows(
        "SELECT d.record_id FROM draw d JOIN k USING (source, record_id) JOIN plan p ON p.plan = d.plan"
        " WHERE d.arm <> '' AND NOT EXISTS (SELECT 1 FROM outcome o WHERE o.source = d.source"
        " AND o.record_id = d.record_id) ORDER BY d.record_id LIMIT 1",
        k=keys,
    )
    if planned:
        hint = "What became of it is recorded as an outcome; leave it out of the release."
        raise InputError(f"{planned[0]['record_id']} is on a sheet.", hint=hint, column="record_id")


def _would_change(store: Store, keys: pa.Table, act: str, person: str) -> pa.Table:
    """Return the records on which the act is not what holds already."""
    pair = {"take": "take", "give-back": "take", "release": "release", "reopen": "release"}[act]
    held = "last.act = ?" + (" AND last.person = ?" if act == "take" else "")
    wanted = {
        "take": f"NOT coalesce({held}, false)",
        "give-back": "coalesce(last.act = ?, false)",
        "release": "NOT coalesce(last.act = ?, false)",
        "reopen": "coalesce(last.act = ?, false)",
    }[act]
    other = "give-back" if pair == "take" else "reopen"
    return store.query(
        "SELECT k.source, k.record_id FROM k LEFT JOIN (SELECT source, record_id, act, person FROM queue_act"
        f" WHERE act IN ('{pair}', '{other}') QUALIFY row_number() OVER ("
        "PARTITION BY source, record_id ORDER BY acted_at DESC, ledger_seq DESC) = 1) last USING (source, record_id)"
        f" WHERE {wanted} ORDER BY ALL",
        [pair, person] if act == "take" else [pair],
        k=keys,
    )


def _write(
    workspace: Workspace, keys: pa.Table, act: str, words: str, person: str, second: str | None = None
) -> dict[str, Any]:
    """Seal the act in the ledger, by ids, counts and digests, and keep its rows, all or nothing."""
    from counterflow.store.ledger import new_salt, salted_digest

    if not folded(person):
        raise InputError("This is nobody's name.", hint="Name a person.", column="person", value=person)
    salt, now = new_salt(), workspace.clock()
    pairs = sorted(f"{row['source']}\x1f{row['record_id']}" for row in keys.to_pylist())
    digest = salted_digest(salt, json.dumps([act, words, person, second, pairs], ensure_ascii=False))
    act_id = f"Q-{digest[:12]}"
    people = [salted_digest(salt, f"person:{folded(name)}") for name in (person, second) if name]
    body: dict[str, object] = {"act_id": act_id, "act": act, "records": len(pairs), "digest": digest, "persons": people}
    if len(pairs) == 1:
        body["source"], body["record_id"] = pairs[0].split("\x1f")
    with workspace.store.transaction():
        payload = {
            "source": QUEUE_UNDER, "record_id": act_id, "batch": QUEUE_UNDER, "salt": salt.hex(), "digest": digest,
        }  # fmt: skip
        workspace.store.append("payload", pa.Table.from_pylist([payload], schema=PAYLOAD))
        entry = workspace.ledger.append("queue-act", body)
        said = {"act_id": act_id, "act": act, "words": words, "person": person, "second_person": second,
                "acted_at": now, "ledger_seq": entry.seq}  # fmt: skip
        rows = [{**row, **said} for row in keys.to_pylist()]
        workspace.store.append("queue_act", pa.Table.from_pylist(rows, schema=QUEUE_ACT))
    return {"act": act, "act_id": act_id, "records": len(rows)}
