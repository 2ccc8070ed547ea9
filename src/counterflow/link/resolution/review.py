"""Looking at entities, and a person's word on them: this record is not of that party, these two are one.

A decision is written down as pairs of records, takes effect at once on the entity at hand, and holds on every later run
until another one is made on the same pair. Nothing is lost by it: the comparison that was overruled stays computable,
and a decision can be taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from counterflow.core.errors import InputError, UnknownName
from counterflow.link.resolution.identity import entity_ids, kept_ids
from counterflow.link.resolution.run import PARTIES

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = [
    "find_entity",
    "join_entities",
    "list_decisions",
    "list_entities",
    "members_of",
    "show_entity",
    "split_entity",
    "take_back",
]

_KEY = "source, record_id, coalesce(part, '')"
_SHORTEST_REASON = 8
_ORDER = (
    "array_position(['prior', 'name', 'place', 'phone', 'email', 'identifier', 'born', 'schema', 'decision'], field)"
)


def list_entities(store: Store, least: int = 2, most: int = 1000) -> pa.Table:
    """Return entities with at least `least` records, the largest first, with a name that one of them bears."""
    return store.query(
        "SELECT m.entity, m.scope, count(*) AS records, min(m.probability) AS least_probability,"
        " (SELECT min(g.here) FROM entity_merge g WHERE g.entity = m.entity AND g.scope = m.scope AND g.field = 'name')"
        " AS a_name, max(m.as_of) AS as_of FROM entity_member m GROUP BY m.entity, m.scope HAVING count(*) >= ?"
        " ORDER BY records DESC, m.entity LIMIT ?",
        [least, most],
    )


def find_entity(store: Store, entity: str) -> tuple[str, str]:
    """Return id and scope of the entity whose id begins with `entity`.

    Raises:
        UnknownName: none does.
        InputError: several do.
    """
    asked = entity.strip().upper()
    rows = store.rows(
        "SELECT DISTINCT entity, scope FROM entity_member WHERE starts_with(entity, ?) ORDER BY ALL LIMIT 7", [asked]
    )
    if not rows or not asked:
        known = store.rows("SELECT DISTINCT entity FROM entity_member ORDER BY entity LIMIT 5000")
        raise UnknownName("entity", entity, [str(row["entity"]) for row in known])
    if len({row["entity"] for row in rows}) > 1:
        shown = ", ".join(str(row["entity"]) for row in rows[:6])
        raise InputError("Several entities begin so.", hint=f"Give more of it: {shown}.", value=entity)
    return str(rows[0]["entity"]), str(rows[0]["scope"])


def members_of(store: Store, entity: str) -> pa.Table:
    """Return the records of an entity, with the chance of each."""
    name, scope = find_entity(store, entity)
    return store.query(
        "SELECT entity, source, record_id, part, probability, resolution, as_of FROM entity_member"
        " WHERE entity = ? AND scope = ? ORDER BY source, record_id, part",
        [name, scope],
    )


def show_entity(store: Store, entity: str) -> pa.Table:
    """Return why the records of an entity stand together: link by link, field by field, with its weight in bits."""
    name, scope = find_entity(store, entity)
    return store.query(
        "SELECT record_id, part, other_record_id, other_part, field, met, here, there,"
        " round(against_strangers, 4) AS against_strangers, round(against_namesakes, 4) AS against_namesakes,"
        " round(against_neighbours, 4) AS against_neighbours, round(probability, 4) AS probability"
        " FROM entity_merge WHERE entity = ? AND scope = ?"
        f" ORDER BY source, record_id, part, other_source, other_record_id, other_part, {_ORDER}",
        [name, scope],
    )


def split_entity(workspace: Workspace, entity: str, records: Sequence[str], *, reason: str, person: str) -> str:
    """Take records out of an entity: they are another party. Return the id of the entity that they make.

    Args:
        workspace: where it is.
        entity: its id, or the beginning of it.
        records: ids of records (``source/record_id/role`` where an id alone is not enough).
        reason: why, in words.
        person: who decides.

    Raises:
        InputError: a record is not of this entity, all of them are named, or the reason is too short.
        UnknownName: there is no such entity.
    """
    store = workspace.store
    name, scope = find_entity(store, entity)
    rows = members_of(store, name).to_pylist()
    out = [_member(rows, record, name) for record in dict.fromkeys(records)]
    left = [row for row in rows if row not in out]
    if not out or not left:
        raise InputError(
            "A split names some of an entity's records, not all.",
            hint="Name those that are of another party.",
            value=entity,
        )
    pairs = [(a, b) for a in out for b in left]
    fresh = _name_of(store, out, scope)
    with store.transaction():
        _write(workspace, scope, pairs, "different", reason, person)
        _move(store, out, scope, fresh)
        _cut(store, scope, name, fresh)
    return fresh


def join_entities(workspace: Workspace, entity: str, other: str, *, reason: str, person: str) -> str:
    """Put two entities together: they are one party. Return the id that the one has; `entity`'s own.

    Raises:
        InputError: the two are one already, of different bodies of records, or the reason is too short.
        UnknownName: there is no such entity.
    """
    store = workspace.store
    name, scope = find_entity(store, entity)
    second, other_scope = find_entity(store, other)
    if name == second:
        raise InputError("These are one entity already.", hint="Name two.", value=other)
    if scope != other_scope:
        raise InputError(
            f"One is of {scope}, the other of {other_scope}.",
            hint="Resolve both bodies of records together.",
            value=other,
        )
    ours, theirs = members_of(store, name).to_pylist(), members_of(store, second).to_pylist()
    with store.transaction():
        _write(workspace, scope, [(ours[0], theirs[0])], "same", reason, person)
        _move(store, theirs, scope, name)
        store.execute("UPDATE entity_merge SET entity = ? WHERE scope = ? AND entity = ?", [name, scope, second])
        store.append("entity_merge", pa.Table.from_pylist([_joined(ours[0], theirs[0], scope, name)]))
    return name


def take_back(workspace: Workspace, decision: str, *, reason: str, person: str) -> int:
    """Take a decision back; return on how many pairs. It is the next run that puts records together without it.

    Raises:
        UnknownName: there is no such decision.
    """
    store = workspace.store
    rows = store.rows("SELECT * FROM entity_decision WHERE decision = ?", [decision])
    if not rows:
        known = store.rows("SELECT DISTINCT decision FROM entity_decision ORDER BY decision")
        raise UnknownName("decision", decision, [str(row["decision"]) for row in known])
    pairs = [(row, {name: row[f"other_{name}"] for name in ("source", "record_id", "part")}) for row in rows]
    with store.transaction():
        _write(workspace, str(rows[0]["scope"]), pairs, "open", reason, person)
    return len(pairs)


def _member(rows: Sequence[dict[str, Any]], record: str, entity: str) -> dict[str, Any]:
    found = [
        row
        for row in rows
        if record in {row["record_id"], "/".join((row["source"], row["record_id"], row["part"] or ""))}
    ]
    if len(found) == 1:
        return found[0]
    known = ["/".join((row["source"], row["record_id"], row["part"] or "")) for row in rows]
    if not found:
        raise InputError(f"This record is not of {entity}.", hint=f"It has {', '.join(known[:6])}.", value=record)
    raise InputError("Several of its records have this id.", hint=f"Give one in full: {known[0]}.", value=record)


def _name_of(store: Store, rows: Sequence[dict[str, Any]], scope: str) -> str:
    """Return a free id for an entity of these records, made as every other (`identity`)."""
    keys = [
        row["record_id"] if scope != PARTIES else "\x1f".join((row["source"], row["record_id"], row["part"]))
        for row in rows
    ]
    taken = store.query("SELECT DISTINCT entity FROM entity_member").column("entity").to_pylist()
    return kept_ids(entity_ids(keys, np.zeros(len(keys), np.int64)), [None] * len(keys), frozenset(taken))[0]


def _write(
    workspace: Workspace, scope: str, pairs: Sequence[tuple[dict[str, Any], dict[str, Any]]], verdict: str, reason: str,
    person: str,
) -> None:  # fmt: skip
    """Write a decision down, in the table and, in ids and counts alone, in the ledger."""
    if len(reason.strip()) < _SHORTEST_REASON:
        hint = "Say what it rests on, so that another person can follow."
        raise InputError("This reason is too short.", hint=hint, column="reason", value=reason)
    now = workspace.clock()
    decision = f"decision-{now:%Y%m%dT%H%M%S%fZ}"
    rows = [
        {
            "decision": decision, "scope": scope, "verdict": verdict, "reason": reason.strip(),
            "person": person.strip(), "decided_at": now, "source": a["source"], "record_id": a["record_id"],
            "part": a["part"] or "",
            "other_source": b["source"], "other_record_id": b["record_id"], "other_part": b["part"] or "",
        }
        for a, b in pairs
    ]  # fmt: skip
    workspace.store.append("entity_decision", pa.Table.from_pylist(rows))
    workspace.ledger.append("entity-decision", {"decision": decision, "verdict": verdict, "pairs": len(pairs)})


def _move(store: Store, rows: Sequence[dict[str, Any]], scope: str, entity: str) -> None:
    keys = pa.table(
        {name: pa.array([row[name] or "" for row in rows], pa.string()) for name in ("source", "record_id", "part")}
    )
    store.execute(
        f"UPDATE entity_member SET entity = ? WHERE scope = ? AND ({_KEY}) IN (SELECT * FROM moved)",
        [entity, scope],
        moved=keys,
    )


def _cut(store: Store, scope: str, entity: str, fresh: str) -> None:
    """Take the links between the two parts away, and give those within the new part its id."""
    inside = f"({_KEY}) IN (SELECT {_KEY} FROM entity_member WHERE entity = ? AND scope = ?)"
    other = inside.replace(f"({_KEY}) IN", "(other_source, other_record_id, coalesce(other_part, '')) IN", 1)
    store.execute(
        f"DELETE FROM entity_merge WHERE scope = ? AND entity = ? AND ({inside}) <> ({other})",
        [scope, entity, fresh, scope, fresh, scope],
    )
    store.execute(
        f"UPDATE entity_merge SET entity = ? WHERE scope = ? AND entity = ? AND {inside}",
        [fresh, scope, entity, fresh, scope],
    )


def _joined(here: dict[str, Any], there: dict[str, Any], scope: str, entity: str) -> dict[str, Any]:
    return {
        "scope": scope, "entity": entity, "source": here["source"], "record_id": here["record_id"],
        "part": here["part"], "other_source": there["source"], "other_record_id": there["record_id"],
        "other_part": there["part"],
        "field": "decision", "met": "a person called them the same", "probability": 0.9999,
    }  # fmt: skip


def list_decisions(store: Store) -> pa.Table:
    """Return what people decided, the last first, with how many pairs each decision is about."""
    return store.query(
        "SELECT decision, scope, verdict, count(*) AS pairs, min(record_id) AS a_record,"
        " min(other_record_id) AS another, any_value(reason) AS reason, any_value(person) AS person,"
        " max(decided_at) AS decided_at FROM entity_decision"
        " GROUP BY decision, scope, verdict ORDER BY decided_at DESC, decision"
    )
