"""Records and findings a page at a time, for programs: each page starts where the last one ended.

A page is asked for by the key of the last row seen (keyset paging), so that the thousandth page costs what the first
does, and rows that come in meanwhile shift nothing. What a whole record holds is `flow.record_file`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from counterflow.store.repository import Store

__all__ = ["Narrowed", "RecordKey", "findings_after", "records_after"]

#: day, source, record id: newest day first, then by name
RecordKey = tuple[dt.date, str, str]

_COLUMNS = (
    "source", "record_id", "batch", "kind", "item_id", "declared_on", "posted_at", "advance_at", "due_at",
    "arrived_at", "first_seen", "sender", "office", "lane", "direction", "departure", "origin", "destination",
    "mass_kg", "value", "currency", "pieces", "missing",
)  # fmt: skip
_FINDING_ORDER = 'f.source, f.record_id, f."check", f.code, f.part, f."start", f."end", f.reference, f.sentence'


@dataclass(frozen=True, kw_only=True)
class Narrowed:
    """Which records are meant; each narrows, None does not.

    Args:
        source: who the records come from.
        batch: the load that brought them.
        office: office that could inspect them.
        lane: lane within the office.
        direction: inbound | outbound.
        sender: who sent the data.
        departure: country they left.
        since: first day of declaration.
        until: last day of declaration, included.
        code: only records with a finding of this code.
        item_id: transport identifier.
    """

    source: str | None = None
    batch: str | None = None
    office: str | None = None
    lane: str | None = None
    direction: str | None = None
    sender: str | None = None
    departure: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    code: str | None = None
    item_id: str | None = None

    def where(self) -> tuple[list[str], list[object]]:
        """Return conditions on `c`, a consignment, and their values."""
        said, values = ["true"], list[object]()
        for name in (f.name for f in fields(self)):
            value = getattr(self, name)
            if value is None:
                continue
            said.append(_CONDITIONS.get(name, f"c.{name} = ?"))
            values.append(value)
        return said, values


_CONDITIONS: Mapping[str, str] = {
    "since": "c.declared_on >= ?",
    "until": "c.declared_on <= ?",
    "code": "EXISTS (SELECT 1 FROM finding f WHERE f.source = c.source AND f.record_id = c.record_id AND f.code = ?)",
}


def records_after(store: Store, narrowed: Narrowed, after: RecordKey | None, count: int) -> list[dict[str, Any]]:
    """Return up to `count` records after the key `after`, newest day first, each with the number of its findings."""
    said, values = narrowed.where()
    if after is not None:
        said.append("(c.declared_on < ? OR (c.declared_on = ? AND (c.source, c.record_id) > (?, ?)))")
        values += [after[0], *after]
    columns = ", ".join(f"c.{name}" for name in _COLUMNS)
    return store.rows(
        f"WITH page AS (SELECT {columns} FROM consignment c WHERE {' AND '.join(said)}"
        " ORDER BY c.declared_on DESC, c.source, c.record_id LIMIT ?)"
        " SELECT page.*, coalesce(n.findings, 0) AS findings, n.codes FROM page LEFT JOIN ("
        "SELECT f.source, f.record_id, count(*) AS findings, list(DISTINCT f.code ORDER BY f.code) AS codes"
        " FROM finding f SEMI JOIN page USING (source, record_id) GROUP BY ALL) n USING (source, record_id)"
        " ORDER BY page.declared_on DESC, page.source, page.record_id",
        [*values, count],
    )


def findings_after(
    store: Store,
    after: tuple[str, str, int] | None,
    count: int,
    *,
    codes: Sequence[str] = (),
    checks: Sequence[str] = (),
    source: str | None = None,
    record_id: str | None = None,
) -> list[dict[str, Any]]:
    """Return up to `count` findings in their fixed order (source, record, check, code, part, place).

    Args:
        store: the tables.
        after: source and record of the last finding seen, and how many of that record's were seen: a record can
            hold two findings that are alike in every column.
        count: how many.
        codes: only these finding codes.
        checks: only these checks.
        source: only this source.
        record_id: only this record.
    """
    said, values = ["true"], list[object]()
    for column, names in (("code", codes), ('"check"', checks)):
        if names:
            said.append(f"f.{column} IN ({', '.join('?' for _ in names)})")
            values += names
    for column, one in (("source", source), ("record_id", record_id)):
        if one is not None:
            said.append(f"f.{column} = ?")
            values.append(one)
    skipped = 0
    if after is not None:
        said.append("(f.source, f.record_id) >= (?, ?)")
        values += after[:2]
        skipped = after[2]
    return store.rows(
        f"SELECT f.* FROM finding f WHERE {' AND '.join(said)} ORDER BY {_FINDING_ORDER} LIMIT ? OFFSET ?",
        [*values, count, skipped],
    )
