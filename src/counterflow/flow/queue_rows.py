"""What one row of the queue holds, and the questions that gather it from the tables of the rooms.

A row is a record with all that a list of a million is filtered and sorted by: what was declared, what the checks
found, what was planned, what an inspection found, what people did. No name, address or quotation of one stands in it.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.store.repository import Store

__all__ = [
    "COLUMNS",
    "CREATE",
    "acts_of",
    "batches_to_take",
    "findings_of",
    "outcomes_of",
    "plans_of",
    "records_of",
    "screenings",
]

#: column, type, how it is kept; texts that are searched stand as they are, so that a search need not unpack them
COLUMNS: tuple[tuple[str, str], ...] = (
    ("n", "BIGINT PRIMARY KEY"),
    ("source", "VARCHAR"),
    ("record_id", "VARCHAR"),
    ("batch", "VARCHAR"),
    ("item_id", "VARCHAR"),
    ("kind", "VARCHAR"),
    ("declared_on", "DATE"),
    ("first_seen", "TIMESTAMPTZ"),
    ("sender", "VARCHAR"),
    ("office", "VARCHAR"),
    ("lane", "VARCHAR"),
    ("direction", "VARCHAR"),
    ("departure", "VARCHAR"),
    ("origin", "VARCHAR"),
    ("destination", "VARCHAR"),
    ("mass_kg", "DOUBLE"),
    ("value", "DOUBLE"),
    ("currency", "VARCHAR"),
    ("pieces", "INTEGER"),
    ("missing", "INTEGER"),
    ("goods", "VARCHAR"),
    ("hs", "VARCHAR"),
    ("sought", "VARCHAR USING COMPRESSION uncompressed"),
    ("synthetic", "BOOLEAN"),
    ("screened", "BOOLEAN"),
    ("findings", "INTEGER"),
    ("code", "VARCHAR"),
    ("harm_class", "VARCHAR"),
    ("strength", "DOUBLE USING COMPRESSION uncompressed"),
    ("codes", "VARCHAR"),
    ("classes", "VARCHAR"),
    ("plan", "VARCHAR"),
    ("day", "DATE"),
    ("arm", "VARCHAR"),
    ("rank", "INTEGER"),
    ("expected_harm", "DOUBLE USING COMPRESSION uncompressed"),
    ("outcome", "VARCHAR"),
    ("confirmation", "VARCHAR"),
    ("found_class", "VARCHAR"),
    ("hand", "VARCHAR"),
    ("released", "BOOLEAN"),
    ("notes", "INTEGER"),
    ("state", "VARCHAR"),
)
CREATE = "CREATE TABLE record ({})".format(", ".join(f'"{name}" {kind}' for name, kind in COLUMNS))

_GOODS_SHOWN = 300
_RECORDS = f"""
    WITH goods AS (
        SELECT g.source, g.record_id,
               concat_ws(' / ', min(g.description) FILTER (WHERE g.line = 1),
                   string_agg(g.description, ' / ' ORDER BY g.line) FILTER (WHERE g.line > 1)) AS goods,
               concat_ws(' ', min(g.hs) FILTER (WHERE g.line = 1),
                   string_agg(g.hs, ' ' ORDER BY g.line) FILTER (WHERE g.line > 1)) AS hs
        FROM goods_line g JOIN fresh f ON f.source = g.source AND f.batch = g.batch
        WHERE hash(g.record_id) % {{parts}} = {{part}} GROUP BY g.source, g.record_id
    )
    SELECT c.source, c.record_id, c.batch, c.item_id, c.kind, c.declared_on, c.first_seen, c.sender, c.office, c.lane,
           c.direction, c.departure, c.origin, c.destination, c.mass_kg, c.value, c.currency, c.pieces,
           len(c.missing) AS missing, nullif(left(g.goods, {_GOODS_SHOWN}), '') AS goods,
           nullif(left(g.hs, {_GOODS_SHOWN}), '') AS hs,
           lower(strip_accents(concat_ws(' ', c.record_id, c.item_id, g.hs, g.goods))) AS sought,
           coalesce(f.synthetic, false) AS synthetic
    FROM consignment c JOIN fresh f ON f.source = c.source AND f.batch = c.batch
    LEFT JOIN goods g ON g.source = c.source AND g.record_id = c.record_id
    WHERE hash(c.record_id) % {{parts}} = {{part}}
    ORDER BY c.first_seen, c.source, c.record_id
"""
#: what is inside or who is named comes before how the record was filled in
#: an alike name that nobody judged is a class of its own: it is for a person to judge, and weighs in no rank
_CLASSES = """CASE WHEN code = 'listed-cleared' THEN 'cleared'
    WHEN harm_class = 'party' AND kind <> 'deterministic' THEN 'alike' ELSE harm_class END"""
_SERIOUS = "coalesce(f.harm_class IN ('drug', 'precursor', 'equipment', 'party'), false)"
_FINDINGS = """
    SELECT source, record_id, findings, top.code AS code, top.harm_class AS harm_class, top.strength AS strength,
           '|' || array_to_string(list_sort(codes), '|') || '|' AS codes,
           '|' || array_to_string(list_sort(classes), '|') || '|' AS classes
    FROM (
        SELECT f.source, f.record_id, CAST(count(*) AS INTEGER) AS findings, list(DISTINCT f.code) AS codes,
               list(DISTINCT f.harm_class) FILTER (WHERE f.harm_class IS NOT NULL) AS classes,
               max({{'serious': {serious}, 'strength': f.strength, 'code': f.code, 'harm_class': f.harm_class}}) AS top
        FROM (SELECT source, record_id, code, strength, {classes} AS harm_class FROM finding) f {only}
        GROUP BY f.source, f.record_id
    )
"""
_ONLY_FRESH = """JOIN (SELECT c.source, c.record_id FROM consignment c JOIN fresh b
    ON b.source = c.source AND b.batch = c.batch
    WHERE hash(c.record_id) % {parts} = {part}) w ON w.source = f.source AND w.record_id = f.record_id"""
_PLANS = """
    SELECT d.source, d.record_id, d.plan, d.day, d.arm, d.rank, d.expected_harm
    FROM draw d JOIN plan p ON p.plan = d.plan JOIN fresh f ON f.plan = d.plan
    QUALIFY row_number() OVER (PARTITION BY d.source, d.record_id ORDER BY p.made_at DESC, p.ledger_seq DESC) = 1
"""
_OUTCOMES = """
    SELECT o.source, o.record_id, o.state AS outcome, o.confirmation, o.harm_class AS found_class
    FROM outcome o
    QUALIFY row_number() OVER (
        PARTITION BY o.source, o.record_id ORDER BY o.time DESC, o.recorded_at DESC, o.ledger_seq DESC) = 1
"""
#: the last of each pair of opposites holds
_ACTS = """
    SELECT source, record_id,
           CASE last(act ORDER BY acted_at, ledger_seq) FILTER (WHERE act IN ('take', 'give-back'))
               WHEN 'take' THEN last(person ORDER BY acted_at, ledger_seq) FILTER (WHERE act = 'take') END AS hand,
           coalesce(last(act ORDER BY acted_at, ledger_seq)
               FILTER (WHERE act IN ('release', 'reopen')) = 'release', false) AS released,
           CAST(count(*) FILTER (WHERE act = 'note') AS INTEGER) AS notes
    FROM queue_act GROUP BY source, record_id
"""


def batches_to_take(store: Store) -> pa.Table:
    """Return (source, batch, synthetic, records) of every load that brought consignments, oldest first."""
    return store.query(
        "SELECT source, batch, synthetic, CAST(json_extract_string(tables, '$.consignment') AS BIGINT) AS records"
        " FROM batch WHERE json_extract(tables, '$.consignment') IS NOT NULL ORDER BY received_at, source, batch"
    )


def screenings(store: Store) -> pa.Table:
    """Return (source, batch, run, check) of every screening."""
    return store.query('SELECT source, batch, run, "check" FROM screening')


def records_of(store: Store, fresh: pa.Table, part: int = 0, parts: int = 1) -> pa.Table:
    """Return what was declared, of the loads in `fresh` (source, batch, synthetic); one of so many equal parts."""
    return store.query(_RECORDS.format(part=int(part), parts=int(parts)), fresh=fresh)


def findings_of(store: Store, fresh: pa.Table | None, part: int = 0, parts: int = 1) -> pa.Table:
    """Return what checks found: a row per record of the loads in `fresh` (or a part), or of all that have a finding."""
    if fresh is None:
        return store.query(_FINDINGS.format(only="", serious=_SERIOUS, classes=_CLASSES))
    only = _ONLY_FRESH.format(part=int(part), parts=int(parts))
    return store.query(_FINDINGS.format(only=only, serious=_SERIOUS, classes=_CLASSES), fresh=fresh)


def plans_of(store: Store, fresh: pa.Table) -> pa.Table:
    """Return what the plans in `fresh` (plan) say of records; where two frame one, what the later says."""
    return store.query(_PLANS, fresh=fresh)


def outcomes_of(store: Store) -> pa.Table:
    """Return what holds of every record with an outcome."""
    return store.query(_OUTCOMES)


def acts_of(store: Store) -> pa.Table:
    """Return what holds of every record on which people acted."""
    return store.query(_ACTS)
