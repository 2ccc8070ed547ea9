"""Resolving a body of records and keeping the answer: members, grounds, changes, and what the ledger says of it.

A body of records (a *scope*) is the parties of all loaded records, or one file. Each run replaces the answer of the run
before it on the same scope; ids of entities outlive it (`identity`), and so do decisions of people (`decisions`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from counterflow.link.resolution.cluster import COHESION, LINK
from counterflow.link.resolution.decisions import Decided, settle
from counterflow.link.resolution.explain import grounds
from counterflow.link.resolution.identity import Event, entity_ids, events, kept_ids
from counterflow.link.resolution.resolve import Resolved, resolve_records
from counterflow.link.resolution.texts import side_by_side, text_column
from counterflow.link.resolution.weights import version
from counterflow.matching.normalise import VERSION as NORMALISER
from counterflow.store.ledger import decimal_text

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["PARTIES", "Answer", "file_scope", "resolve", "stored_parties"]

PARTIES = "parties"
_KEY = ("source", "record_id", "part")
_BETWEEN = "\x1f"


@dataclass(frozen=True)
class Answer:
    """What a run found.

    Args:
        table: columns source, record_id, part, entity_id, probability; a row for each record, in order.
        found: pairs, weights and clusters.
        events: what changed against the run before.
        overruled: decisions that a later one contradicts.
    """

    table: pa.Table
    found: Resolved
    events: list[Event]
    overruled: int

    def in_words(self) -> str:
        """Return the run in a sentence or two."""
        records, forms = self.table.num_rows, len(self.found.forms)
        names = self.table.column("entity_id").to_numpy(zero_copy_only=False)
        entities = len(set(names.tolist()))
        said = f"{records:,} records ({forms:,} distinct) are taken for {entities:,} entities;"
        said += f" {self.found.pairs:,} pairs compared."
        if self.found.cut:
            said += f" In {self.found.cut:,} groups too large to compare each with each, neighbours were."
        if self.found.forms.too_long:
            said += f" {self.found.forms.too_long:,} names are too long for a name and say nothing."
        if self.overruled:
            said += f" {self.overruled:,} decisions no longer hold: later ones contradict them."
        return said


def file_scope(name: str) -> str:
    """Return the scope of the records of a file."""
    return f"file:{name}"


def stored_parties(store: Store) -> pa.Table:
    """Return the parties of all loaded records, with source, record_id and part: the role, numbered if several."""
    return store.query(
        "SELECT source, record_id, role || CASE WHEN n > 1 THEN ' ' || n ELSE '' END AS part, name, address, postcode,"
        " country, phone, email, born, identifier FROM (SELECT *, row_number() OVER (PARTITION BY source, record_id,"
        " role ORDER BY name, address, postcode, country, phone, email, born, identifier) AS n FROM party)"
        " ORDER BY source, record_id, part"
    )


def resolve(records: pa.Table, scope: str, workspace: Workspace | None = None, link: float = LINK) -> Answer:
    """Resolve records; keep the answer where there is a workspace.

    Args:
        records: columns as `fields.forms_of` takes them, with record_id; source and part where there are any.
        scope: `PARTIES`, or a `file_scope`.
        workspace: where decisions and earlier answers are, and this one goes.
        link: probability from which two records are linked.
    """
    keys = _keys(records, scope)
    decided = _decided(workspace.store, scope, keys) if workspace else Decided.none()
    found = resolve_records(records, decided, link)
    names = entity_ids(_as_texts(keys, scope), found.cluster)
    changes: list[Event] = []
    if workspace:
        before, gone, taken = _before(workspace.store, scope, keys)
        names = kept_ids(names, [before.get(row) for row in range(len(names))], taken)
        changes = events(names, before, gone) if before or gone else []
    chance = pa.array(np.round(found.probability, 4), pa.float64())
    table = keys.append_column("entity_id", pa.array(names, pa.string())).append_column("probability", chance)
    answer = Answer(table, found, changes, decided.overruled)
    if workspace:
        _keep(workspace, scope, records, answer, link)
    return answer


def _keys(records: pa.Table, scope: str) -> pa.Table:
    def column(name: str, otherwise: str) -> pa.Array:
        if name in records.column_names:
            return text_column(records, name)
        return pa.array([otherwise] * records.num_rows, pa.string())

    return pa.table(
        {"source": column("source", scope), "record_id": column("record_id", ""), "part": column("part", "")}
    )


def _as_texts(keys: pa.Table, scope: str) -> list[str]:
    """Return what each record is called: by its id alone in a file, whatever the file is called."""
    if scope != PARTIES:
        texts: list[str] = keys.column("record_id").to_pylist()
        return texts
    joined: list[str] = side_by_side([text_column(keys, name) for name in _KEY], _BETWEEN).to_pylist()
    return joined


def _decided(store: Store, scope: str, keys: pa.Table) -> Decided:
    numbered = keys.append_column("row", pa.array(np.arange(keys.num_rows)))
    words = store.query(
        'SELECT a."row" AS a, b."row" AS b, d.verdict FROM entity_decision d'
        " JOIN known a ON (a.source, a.record_id, a.part) = (d.source, d.record_id, coalesce(d.part, ''))"
        " JOIN known b ON (b.source, b.record_id, b.part) ="
        " (d.other_source, d.other_record_id, coalesce(d.other_part, ''))"
        " WHERE d.scope = ? ORDER BY d.decided_at, d.decision, a, b",
        [scope],
        known=numbered,
    )
    columns = (words.column(name).to_pylist() for name in ("a", "b", "verdict"))
    return settle(zip(*columns, strict=True))


def _before(store: Store, scope: str, keys: pa.Table) -> tuple[dict[int, str], dict[str, int], frozenset[str]]:
    """Return the earlier entity of each row, how many records each entity has lost, and ids of other scopes."""
    numbered = keys.append_column("row", pa.array(np.arange(keys.num_rows)))
    old = store.query(
        'SELECT k."row", m.entity FROM entity_member m LEFT JOIN known k'
        " ON (k.source, k.record_id, k.part) = (m.source, m.record_id, coalesce(m.part, '')) WHERE m.scope = ?",
        [scope],
        known=numbered,
    )
    rows, names = old.column("row").to_pylist(), old.column("entity").to_pylist()
    before = {row: name for row, name in zip(rows, names, strict=True) if row is not None}
    gone: dict[str, int] = {}
    for row, name in zip(rows, names, strict=True):
        if row is None:
            gone[name] = gone.get(name, 0) + 1
    taken = store.query("SELECT DISTINCT entity FROM entity_member WHERE scope <> ?", [scope])
    return before, gone, frozenset(taken.column("entity").to_pylist())


def _keep(workspace: Workspace, scope: str, records: pa.Table, answer: Answer, link: float) -> None:
    """Replace the answer of the run before by this one, whole or not at all; the ledger knows of it."""
    store, now = workspace.store, workspace.clock()
    number = f"resolution-{now:%Y%m%dT%H%M%S%fZ}"
    summary = _summary(number, scope, now, answer, link)
    with store.transaction():
        for table in ("entity_member", "entity_merge"):
            store.execute(f"DELETE FROM {table} WHERE scope = ?", [scope])
        store.append("resolution", pa.Table.from_pylist([summary]))
        store.append("entity_member", _members(answer.table, number, scope, now))
        store.append("entity_merge", _merges(records, scope, answer))
        if answer.events:
            store.append("entity_event", _event_rows(answer.events, number, now))
        workspace.ledger.append("resolution", _sealed(summary, answer))


def _summary(number: str, scope: str, now: dt.datetime, answer: Answer, link: float) -> dict[str, Any]:
    entities = len(set(answer.table.column("entity_id").to_pylist()))
    return {
        "resolution": number, "scope": scope, "as_of": now, "records": answer.table.num_rows, "entities": entities,
        "pairs": answer.found.pairs, "cut_buckets": answer.found.cut, "threshold": link, "weights_version": version(),
        "normaliser": NORMALISER, "weights": answer.found.weights.as_json(),
    }  # fmt: skip


def _sealed(summary: dict[str, Any], answer: Answer) -> dict[str, object]:
    """What the ledger says: counts and versions; a file's name may name somebody, so only that it was a file."""
    kept = ("resolution", "records", "entities", "pairs", "cut_buckets", "weights_version", "normaliser")
    changes: dict[str, int] = {}
    for event in answer.events:
        changes[event.what] = changes.get(event.what, 0) + 1
    return {name: summary[name] for name in kept} | {
        "scope": PARTIES if summary["scope"] == PARTIES else "file", "threshold": decimal_text(summary["threshold"]),
        "cohesion": decimal_text(COHESION), "changes": dict(sorted(changes.items())),
    }  # fmt: skip


def _members(table: pa.Table, number: str, scope: str, now: dt.datetime) -> pa.Table:
    count = table.num_rows
    renamed = table.rename_columns([{"entity_id": "entity"}.get(name, name) for name in table.column_names])
    for name, value in (("scope", scope), ("resolution", number), ("as_of", now)):
        renamed = renamed.append_column(name, pa.repeat(pa.scalar(value), count))
    return renamed


def _merges(records: pa.Table, scope: str, answer: Answer) -> pa.Table:
    why = grounds(records, answer.found)
    rows, others = why.column("row"), why.column("other")
    here, there = answer.table.take(rows), answer.table.take(others)
    columns = {name: here.column(name) for name in _KEY} | {f"other_{name}": there.column(name) for name in _KEY}
    columns |= {name: why.column(name) for name in why.column_names if name not in {"row", "other"}}
    columns |= {"scope": pa.repeat(pa.scalar(scope), why.num_rows), "entity": here.column("entity_id")}
    return pa.table(columns)


def _event_rows(found: list[Event], number: str, now: dt.datetime) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {"resolution": number, "at": now, "entity": e.entity, "what": e.what, "records": e.records,
             "before": " ".join(e.before)}
            for e in found
        ]
    )  # fmt: skip
