"""Stored records as features read them, and what inspections of them showed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import InputError
from counterflow.store.repository import Store
from counterflow.target.features.assemble import assemble_placed
from counterflow.target.features.lines import Known, Lines

__all__ = ["feature_lines", "known_outcomes"]

_CONSIGNMENT = (
    "declared_on", "advance_at", "due_at", "kind", "sender", "office", "lane", "direction",
    "departure", "origin", "destination", "mass_kg", "value", "currency", "pieces", "missing",
)  # fmt: skip

#: rows of the records asked for; more than one where a record was sent again
_RECORDS = """
    SELECT a.row, a.source, a.record_id, {columns} FROM asked a
    JOIN consignment c ON c.source = a.source AND c.record_id = a.record_id
    ORDER BY a.row, c.first_seen DESC, c.batch
"""
_ALL_OF_IT = """
    SELECT {columns} FROM asked a JOIN {table} t ON t.source = a.source AND t.record_id = a.record_id ORDER BY {order}
"""
#: of a record that was sent again, what came with its latest row; where nothing did, what there is
_WITH_IT = """
    SELECT {columns} FROM (
        SELECT a.row, t.*, dense_rank() OVER (PARTITION BY a.row ORDER BY (t.batch = a.batch) DESC, t.batch) AS turn
        FROM asked a JOIN {table} t ON t.source = a.source AND t.record_id = a.record_id
    ) ranked WHERE turn = 1 ORDER BY {order}
"""
_GOODS = ("row", "line", "hs", "quantity", "unit", "mass_kg", "value", "currency", "origin")
_PARTIES = ("row", "role", "identifier", "address", "postcode")
_IN_ORDER = {"goods_line": "row, line, t.hs, t.origin", "party": "row, role, identifier, address"}
#: an importer before a consignee; only entities each of whose links rests on one number or on a person's decision: a
#: likeness of names that nobody judged enters no score. A record that stands alone has none.
_MEMBERS = """
    WITH mine AS (
        SELECT a.row, m.entity, m.part || m.entity AS turn
        FROM entity_member m JOIN asked a ON m.source = a.source AND m.record_id = a.record_id
        WHERE m.scope = 'parties' AND m.part IN ('importer', 'consignee')
    ), link AS (
        SELECT g.entity,
            bool_or(g.field = 'decision' OR (g.field = 'identifier' AND g.met = 'the same number')) AS judged
        FROM entity_merge g
        WHERE g.scope = 'parties' AND g.entity IN (SELECT entity FROM mine)
        GROUP BY g.entity, g.source, g.record_id, g.part, g.other_source, g.other_record_id, g.other_part
    ), sure AS (
        SELECT entity FROM link GROUP BY entity HAVING bool_and(judged)
    )
    SELECT row, arg_max(entity, turn) AS entity FROM mine WHERE entity IN (SELECT entity FROM sure) GROUP BY row
"""

_OUTCOMES = """
    SELECT a.row, o.time, CASE o.confirmation WHEN 'confirmed' THEN o.harm_class ELSE '' END AS found,
        d.inclusion_probability AS probability
    FROM (
        SELECT *, row_number() OVER (
            PARTITION BY source, record_id ORDER BY time DESC, recorded_at DESC, ledger_seq DESC
        ) AS turn FROM outcome WHERE time < ?
    ) o
    JOIN asked a ON o.source = a.source AND o.record_id = a.record_id
    LEFT JOIN draw d ON d.plan = o.plan AND d.source = o.source AND d.record_id = o.record_id AND d.arm = 'random'
    WHERE o.turn = 1 AND o.state = 'inspected' AND o.confirmation IN ('confirmed', 'refuted', 'none')
"""


def feature_lines(store: Store, records: pa.Table, *, attributes: Sequence[str] = ()) -> Lines:
    """Return the goods lines of stored records, in the order of `records`.

    No name, telephone, birth or country of a party is read; identifiers and addresses become digests. A record's entity
    is the one that resolution took its importer or consignee for, where each link of it rests on one number or on a
    person's decision.

    Args:
        store: tables.
        records: source and record_id of each record; other columns are not looked at.
        attributes: attributes of the source that become columns, without `attributes.`.

    Raises:
        InputError: a record is not stored.
    """
    asked = records.select(["source", "record_id"]).append_column("row", pa.array(np.arange(records.num_rows)))
    columns = ", ".join(f"c.{name}" for name in ("batch", *_CONSIGNMENT, *(["attributes"] if attributes else [])))
    found = store.query(_RECORDS.format(columns=columns), asked=asked)
    rows, latest = np.unique(found.column("row").to_numpy(), return_index=True)
    again = found.num_rows > len(rows)
    found = found.take(pa.array(latest)) if again else found
    if found.num_rows < records.num_rows:
        missing = np.setdiff1d(np.arange(records.num_rows), found.column("row").to_numpy())
        raise InputError(
            f"{len(missing)} of the records asked for are not stored.", hint="Load them first.",
            column="record_id", value=asked.column("record_id")[int(missing[0])].as_py(),
        )  # fmt: skip
    placed = found.select(["row", "source", "record_id", "batch"])
    goods = _with_records(store, placed, "goods_line", _GOODS, again=again)
    parties = _with_records(store, placed, "party", _PARTIES, again=again)
    findings = store.query(
        "SELECT a.row, f.code, f.kind, f.strength, f.harm_class FROM finding f JOIN asked a"
        " ON f.source = a.source AND f.record_id = a.record_id",
        asked=asked,
    )
    return assemble_placed(
        found,
        goods, np.asarray(goods.column("row").to_numpy(), np.int64),
        parties, np.asarray(parties.column("row").to_numpy(), np.int64),
        findings=findings, attributes=attributes, entity=_entities(store, asked),
    )  # fmt: skip


def _with_records(store: Store, placed: pa.Table, table: str, columns: Sequence[str], *, again: bool) -> pa.Table:
    """Return the rows of a table that belong to records; `again` says that some records were sent more than once."""
    form, order = (_WITH_IT, _IN_ORDER[table].replace("t.", "")) if again else (_ALL_OF_IT, _IN_ORDER[table])
    return store.query(form.format(columns=", ".join(columns), table=table, order=order), asked=placed)


def _entities(store: Store, asked: pa.Table) -> pa.Array:
    members = store.query(_MEMBERS, asked=asked)
    entity = np.full(asked.num_rows, None, object)
    entity[members.column("row").to_numpy()] = members.column("entity").to_numpy(zero_copy_only=False)
    return pa.array(entity, pa.string())


def known_outcomes(store: Store, lines: Lines, before: dt.datetime) -> Known:
    """Return what inspections before an instant showed of the records of `lines`.

    Only settled ones: confirmed is a find, none and refuted are clean; what is still suspected or presumptive is not
    known. The latest outcome of a record holds. A record that the random arm drew has the weight 1 / probability.

    Args:
        store: tables.
        lines: records as `feature_lines` gives them.
        before: outcomes from this instant on are not seen.
    """
    first = np.unique(lines.row, return_index=True)[1]
    asked = lines.table.select(["source", "record_id"]).take(pa.array(first))
    asked = asked.append_column("row", pa.array(np.arange(lines.records)))
    told = store.query(_OUTCOMES, [before], asked=asked)
    row = told.column("row").to_numpy()
    found = np.full(lines.records, None, object)
    found[row] = told.column("found").to_numpy(zero_copy_only=False)
    on, weight = np.zeros(lines.records, np.int32), np.ones(lines.records)
    on[row] = told.column("time").cast(pa.date32()).cast(pa.int32()).to_numpy()
    drawn = pc.fill_null(pc.greater(told.column("probability"), 0.0), fill_value=False).to_numpy()
    weight[row[drawn]] = 1.0 / told.column("probability").to_numpy()[drawn]
    random = np.zeros(lines.records, bool)
    random[row[drawn]] = True
    return Known(pa.array(found, pa.string()), on, weight, random)
