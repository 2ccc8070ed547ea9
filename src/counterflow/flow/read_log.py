"""Who looked at what, for which purpose: the log of reads as rows, and its sums."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["ReadAsk", "read_log", "read_sums"]

_COLUMNS = 'read, "at", person, roles, purpose, resource, action, via, ids, "count", query, allowed, reason, ledger_seq'


@dataclass(frozen=True, slots=True)
class ReadAsk:
    """Which looks are asked for; empty fields ask for all.

    Args:
        person: person id.
        resource: kind of thing.
        record: record or case that was shown.
        query: keyed digest of the words that were asked for.
        purpose: purpose stated.
        refused: only what was refused.
        before: instant and id of the last row of the page before (ISO 8601, blank, id); "" for the newest.
        limit: rows at most.
    """

    person: str = ""
    resource: str = ""
    record: str = ""
    query: str = ""
    purpose: str = ""
    refused: bool = False
    before: str = ""
    limit: int = 50


def read_log(workspace: Workspace, ask: ReadAsk) -> list[dict[str, Any]]:
    """Return the looks that are asked for, newest first."""
    where, values = _where(ask)
    if ask.before:
        moment, _, read = ask.before.partition(" ")
        where.append('("at", read) < (?, ?)')
        values += [dt.datetime.fromisoformat(moment), read]
    condition = f" WHERE {' AND '.join(where)}" if where else ""
    rows: list[dict[str, Any]] = workspace.store.rows(
        f'SELECT {_COLUMNS} FROM access_read{condition} ORDER BY "at" DESC, read DESC LIMIT ?', [*values, ask.limit]
    )
    return rows


def read_sums(workspace: Workspace, since: dt.datetime) -> dict[str, Any]:
    """Return how much was looked at since then: in all, refused, by purpose and kind of thing, by person."""
    counts = workspace.store.rows(
        "SELECT count(*) AS looks, count(*) FILTER (NOT allowed) AS refused, count(DISTINCT person) AS people"
        ' FROM access_read WHERE "at" >= ?',
        [since],
    )[0]
    by = workspace.store.rows(
        "SELECT purpose, resource, count(*) AS looks, count(DISTINCT person) AS people,"
        ' CAST(sum("count") AS BIGINT) AS shown, count(*) FILTER (NOT allowed) AS refused'
        " FROM access_read WHERE \"at\" >= ? AND resource <> 'own' GROUP BY ALL ORDER BY looks DESC, purpose, resource"
        " LIMIT 60",
        [since],
    )
    people = workspace.store.rows(
        'SELECT person, count(*) AS looks, CAST(sum("count") AS BIGINT) AS shown,'
        " count(*) FILTER (NOT allowed) AS refused FROM access_read"
        " WHERE \"at\" >= ? AND resource <> 'own' GROUP BY person ORDER BY looks DESC, person LIMIT 60",
        [since],
    )
    return {**counts, "since": since, "by_purpose": by, "by_person": people}


def _where(ask: ReadAsk) -> tuple[list[str], list[object]]:
    where: list[str] = []
    values: list[object] = []
    for column in ("person", "resource", "query", "purpose"):
        wanted = getattr(ask, column)
        if wanted:
            where.append(f"{column} = ?")
            values.append(wanted)
    if ask.record:
        where.append("list_contains(ids, ?)")
        values.append(ask.record)
    if ask.refused:
        where.append("NOT allowed")
    return where, values
