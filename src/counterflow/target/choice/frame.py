"""Reads from the store what choosing needs: who is eligible, what was found on them, what the past says.

Eligible is a record declared in the period that no outcome says was presented, held or inspected. A record
that was chosen before and *not* presented is eligible again: not presenting it must not be a way out.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.store.repository import Store
from counterflow.target.first_score.history import Labels
from counterflow.target.first_score.score import CodeRecord
from counterflow.target.options import TargetOptions

__all__ = ["eligible_records", "findings_on", "goods_lines", "past_labels", "record_of_codes"]

_CONSIGNMENT_KEYS = ("kind", "sender", "direction", "departure", "destination")
_HS_LENGTH = {"hs2": 2, "hs4": 4, "hs6": 6}
_ATTRIBUTES = "attributes."

#: what is known of each inspected record at a moment: its latest outcome before it
_LATEST = """
    SELECT source, record_id, state, confirmation, harm_class, time FROM (
        SELECT *, row_number() OVER (
            PARTITION BY source, record_id ORDER BY time DESC, recorded_at DESC, ledger_seq DESC
        ) AS place FROM outcome WHERE time < ?
    ) ranked WHERE place = 1
"""


def eligible_records(
    store: Store, starts: dt.date, ends: dt.date, options: TargetOptions, *, worked_too: bool = False
) -> pa.Table:
    """Return the eligible records of a period, in order of source and record id.

    Columns: source, record_id, day, office, lane, item_id, origin, and those of `options.keys`. With `worked_too`
    those that were presented or inspected already as well, to look at a period again.
    """
    columns = ", ".join(f"c.{name}" for name in _consignment_columns(options))
    table = store.query(
        f"SELECT c.source, c.record_id, c.declared_on AS day, c.office, c.lane, c.item_id, {columns}"
        " FROM consignment c WHERE c.declared_on BETWEEN ? AND ?"
        " AND (? OR NOT EXISTS (SELECT 1 FROM outcome o WHERE o.source = c.source AND o.record_id = c.record_id"
        " AND o.state <> 'not_presented'))"
        " ORDER BY c.source, c.record_id, c.first_seen DESC, c.batch",
        [starts, ends, worked_too],
    )
    return _with_attributes(_one_each(table), options)


def _consignment_columns(options: TargetOptions) -> list[str]:
    asked = {column for key in options.keys for column in key}
    columns = ["origin", *(c for c in _CONSIGNMENT_KEYS if c in asked)]
    if any(c.startswith(_ATTRIBUTES) for c in asked):
        columns.append("attributes")
    return columns


def stored_records(store: Store, asked: pa.Table, options: TargetOptions) -> pa.Table:
    """Return the stored records asked for, in their order: source, record_id, office, lane and those of `options.keys`.

    Args:
        store: tables.
        asked: source and record_id of each.
        options: whose keys say which columns.
    """
    columns = ", ".join(f"c.{name}" for name in _consignment_columns(options))
    table = store.query(
        f"SELECT row, source, record_id, office, lane, {columns.replace('c.', '')} FROM ("
        f"SELECT a.row, a.source, a.record_id, c.office, c.lane, {columns}, row_number() OVER ("
        "PARTITION BY a.row ORDER BY c.first_seen DESC, c.batch) AS turn FROM asked a"
        " JOIN consignment c ON c.source = a.source AND c.record_id = a.record_id) ranked WHERE turn = 1 ORDER BY row",
        asked=_asked(asked),
    )
    return _with_attributes(table.drop_columns(["row"]), options)


def _one_each(table: pa.Table) -> pa.Table:
    """Keep the first row of each record; the rows are in order of record."""
    if table.num_rows < 2:
        return table
    same = np.ones(table.num_rows, bool)
    same[0] = False
    for name in ("source", "record_id"):
        column = table.column(name).combine_chunks()
        same[1:] &= pc.equal(column[1:], column[:-1]).to_numpy(zero_copy_only=False)
    return table.filter(pa.array(~same)) if same.any() else table


def _with_attributes(table: pa.Table, options: TargetOptions) -> pa.Table:
    """Replace the column `attributes` by one column for each attribute that a key names."""
    if "attributes" not in table.column_names:
        return table
    maps = table.column("attributes")
    named = {c for key in options.keys for c in key if c.startswith(_ATTRIBUTES)}
    for column in sorted(named):
        values = pc.map_lookup(maps, pa.scalar(column.removeprefix(_ATTRIBUTES)), "first")
        table = table.append_column(column, values)
    return table.drop_columns(["attributes"])


def goods_lines(store: Store, records: pa.Table, options: TargetOptions) -> pa.Table:
    """Return the goods lines of `records`, with the columns of all keys; without goods, one empty line.

    Columns: row (place of the record), office, and those of `options.keys`.
    """
    lines = store.query(
        "SELECT a.row, g.hs, g.origin FROM asked a LEFT JOIN goods_line g"
        " ON g.source = a.source AND g.record_id = a.record_id ORDER BY a.row, g.line, g.hs, g.origin",
        asked=_asked(records),
    )
    rows = lines.column("row")
    columns = {"row": rows}
    for name in sorted({"office", *(column for key in options.keys for column in key)}):
        if name == "hs":
            columns[name] = lines.column("hs")
        elif name in _HS_LENGTH:
            columns[name] = pc.utf8_slice_codeunits(lines.column("hs"), 0, _HS_LENGTH[name])
        elif name == "origin":
            columns[name] = pc.coalesce(lines.column("origin"), records.column("origin").take(rows))
        else:
            columns[name] = records.column(name).take(rows)
    return pa.table(columns)


def findings_on(store: Store, records: pa.Table) -> pa.Table:
    """Return the findings on `records`: row (place of the record), code, kind, strength, harm_class, reference."""
    return store.query(
        "SELECT a.row, f.code, f.kind, f.strength, f.harm_class, f.reference FROM finding f JOIN asked a"
        " ON f.source = a.source AND f.record_id = a.record_id",
        asked=_asked(records),
    )


def _asked(records: pa.Table) -> pa.Table:
    """Return source, record_id and row (place) of `records`, to be joined with."""
    place = pa.array(np.arange(records.num_rows))
    return records.select(["source", "record_id"]).append_column("row", place)


def past_labels(store: Store, before: dt.datetime, options: TargetOptions) -> Labels:
    """Return what inspections before an instant showed, each weighted by its age.

    Only inspected records whose outcome is settled: confirmed, or inspected with nothing found or refuted.
    """
    known = store.query(
        "SELECT o.source, o.record_id, o.confirmation, o.harm_class, o.time, c.office, c.lane,"
        f" {', '.join(f'c.{name}' for name in _consignment_columns(options))}"
        f" FROM ({_LATEST}) o JOIN consignment c ON c.source = o.source AND c.record_id = o.record_id"
        " WHERE o.state = 'inspected' AND o.confirmation IN ('confirmed', 'refuted', 'none')"
        " ORDER BY o.source, o.record_id, c.first_seen DESC, c.batch",
        [before],
    )
    known = _with_attributes(_one_each(known), options)
    found = pc.if_else(pc.equal(known.column("confirmation"), "confirmed"), known.column("harm_class"), "")
    age = pc.subtract(pa.scalar(before, pa.timestamp("us", tz="UTC")), known.column("time"))
    days = age.cast(pa.int64()).to_numpy() / 86_400e6
    lines = goods_lines(store, known, options)
    cases = pa.table({"record_id": known.column("record_id"), "day": known.column("time").cast(pa.date32())})
    return Labels(lines, pc.fill_null(found, "").combine_chunks(), 0.5 ** (days / options.half_life_days), cases)


def record_of_codes(store: Store, before: dt.datetime) -> CodeRecord:
    """Return for each code how its records fared: inspected, confirmed in its class, mean strength."""
    rows = store.rows(
        "SELECT code, count(*) AS inspected, sum(hit) AS confirmed, avg(strength) AS strength FROM ("
        " SELECT f.code, f.source, f.record_id, max(f.strength) AS strength,"
        "  max(CASE WHEN o.confirmation = 'confirmed' AND o.harm_class = f.harm_class"
        "   THEN 1 ELSE 0 END) AS hit"
        f" FROM finding f JOIN ({_LATEST}) o ON f.source = o.source AND f.record_id = o.record_id"
        " WHERE o.state = 'inspected' AND o.confirmation IN ('confirmed', 'refuted', 'none')"
        " GROUP BY f.code, f.source, f.record_id) each_record GROUP BY code",
        [before],
    )
    return {
        str(r["code"]): (int(str(r["inspected"])), int(str(r["confirmed"])), float(str(r["strength"]))) for r in rows
    }
