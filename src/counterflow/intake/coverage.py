"""Coverage: who sends data, from where, in which lane and month; how complete, how valid, how late; what stays blind.

Counts reconcile to receipts: over all cells, `received` is the number of records taken in, and what validity counts as
refused are the rows of the quarantine that nobody has reloaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import InputError, UnknownName
from counterflow.core.tables import COVERAGE, conform
from counterflow.intake.readers.rows import RawRows
from counterflow.store.repository import Store

__all__ = ["BY", "NOT_SAID", "announcements", "coverage"]

#: what coverage can be cut by
BY = ("sender", "departure", "lane", "period")
#: stands where a record does not say who sent its data, where it left or which lane it took
NOT_SAID = "(not said)"
_EXPECTED = (*BY, "expected")

#: one row per record, with what coverage asks of it; a record that names neither goods nor a party cannot be
#: screened; one whose parties were erased since could be
_RECORDS = """
    SELECT c.sender, c.departure, c.lane, strftime(c.declared_on, '%Y-%m') AS period,
        coalesce(len(c.missing), 0) = 0 AS complete,
        c.advance_at <= c.due_at AS on_time,
        NOT EXISTS (SELECT 1 FROM goods_line g WHERE g.source = c.source AND g.record_id = c.record_id
            AND (g.description IS NOT NULL OR g.hs IS NOT NULL))
        AND NOT EXISTS (SELECT 1 FROM party p WHERE p.source = c.source AND p.record_id = c.record_id
            AND p.name IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM payload e WHERE e.source = c.source AND e.record_id = c.record_id
            AND e.erased_at IS NOT NULL) AS unscreenable
    FROM consignment c"""
#: refused rows of consignment files, not of lists, outcomes or crossings; `tables` of a load is JSON, table to rows
_REFUSED = """
    SELECT sender, departure, lane, strftime(declared_on, '%Y-%m') AS period
    FROM quarantine q WHERE state <> 'reloaded' AND EXISTS (SELECT 1 FROM batch b
        WHERE b.source = q.source AND b.batch = q.batch AND b.tables LIKE '%"consignment":%')"""


def coverage(
    store: Store,
    by: Sequence[str] = BY,
    expected: Path | pa.Table | None = None,
    *,
    since: str = "",
    until: str = "",
) -> pa.Table:
    """Return one row per cell (schema `COVERAGE`), in order of the cells.

    Args:
        store: where the records are.
        by: what to cut by, of `BY`; what is left out is "*" in every row. () gives one row over all.
        expected: announcements: a CSV `sender,departure,lane,period,expected`, or a table of it; those that were
            loaded where None. A column that is cut by must be named there; "*" elsewhere. Cells that were announced
            and brought nothing are there too.
        since: first period, YYYY-MM; "" for all.
        until: last period.

    Raises:
        UnknownName: `by` names no dimension.
        InputError: the announcements cannot be read.
    """
    for name in by:
        if name not in BY:
            raise UnknownName("dimension of coverage", name, BY)
    announced = announcements(expected) if isinstance(expected, Path) else expected
    announced = announced if announced is not None else announced_in(store)
    keys = ", ".join(f"coalesce({name}, '{NOT_SAID}') AS {name}" if name in by else f"'*' AS {name}" for name in BY)
    between = "(? = '' OR period >= ?) AND (? = '' OR period <= ?)"
    wanted = " AND ".join(f"{name} <> '*'" for name in by) or "true"
    found = store.query(
        f"""WITH taken AS (SELECT {keys}, count(*) AS received, count(*) FILTER (unscreenable) AS unscreenable,
                avg(CAST(complete AS INTEGER)) AS complete_share, avg(CAST(on_time AS INTEGER)) AS on_time_share
                FROM ({_RECORDS}) r WHERE {between} GROUP BY ALL),
            refused AS (SELECT {keys}, count(*) AS refused FROM ({_REFUSED}) q
                WHERE {between} OR period IS NULL GROUP BY ALL),
            told AS (SELECT {keys}, CAST(sum(expected) AS BIGINT) AS expected FROM announced a
                WHERE {wanted} AND {between} GROUP BY ALL)
        SELECT sender, departure, lane, period, expected, coalesce(received, 0) AS received,
            coalesce(unscreenable, 0) AS unscreenable, complete_share,
            coalesce(received, 0) / nullif(coalesce(received, 0) + coalesce(refused, 0), 0) AS valid_share,
            on_time_share
        FROM taken FULL JOIN refused USING (sender, departure, lane, period)
            FULL JOIN told USING (sender, departure, lane, period)
        ORDER BY sender, departure, lane, period""",
        [since, since, until, until] * 3,
        announced=announced,
    )
    table = conform(found, COVERAGE)
    return table if table.num_rows or tuple(by) else _nothing_received()


def announced_in(store: Store) -> pa.Table:
    """Return the announcements that were loaded; of several for one cell the latest."""
    return store.query(
        """WITH told AS (SELECT coalesce(a.sender, '*') AS sender, coalesce(a.departure, '*') AS departure,
                coalesce(a.lane, '*') AS lane, a.period, b.received_at, b.batch, sum(a.expected) AS expected
            FROM announcement a JOIN batch b ON b.batch = a.batch GROUP BY ALL)
        SELECT sender, departure, lane, period, CAST(arg_max(expected, (received_at, batch)) AS BIGINT) AS expected
        FROM told GROUP BY ALL"""
    )


def announcements(path: Path) -> pa.Table:
    """Return announcements from a CSV `sender,departure,lane,period,expected`; "*" or empty means any.

    Raises:
        InputError: a column is missing, or `expected` is no whole number from 0.
    """
    from counterflow.intake.readers import ReaderOptions, open_source

    source = open_source(path, ReaderOptions(format="csv"))
    absent = [name for name in _EXPECTED if name not in source.columns]
    if absent:
        raise InputError(
            f"The announcements have no column {absent[0]!r}.",
            hint=f"Columns: {', '.join(_EXPECTED)}.",
            file=path,
        )
    parts = [_no_announcements()]
    for raw in source.batches():
        for refused in raw.refused:
            raise InputError(refused.hint, file=path, line=refused.line)
        columns = {name: pc.fill_null(raw.table.column(name), "*") for name in BY}
        counts = raw.table.column("expected")
        _require(pc.match_substring_regex(counts, r"^\d{1,15}$"), raw, "expected", "It is a whole number from 0.", path)
        columns["expected"] = counts.cast(pa.int64())
        months = pc.match_substring_regex(columns["period"], r"^\d{4}-(0[1-9]|1[0-2])$")
        _require(months, raw, "period", "It is a month as YYYY-MM in every row.", path)
        parts.append(pa.table(columns))
    return pa.concat_tables(parts)


def _require(good: pa.ChunkedArray, raw: RawRows, column: str, says: str, path: Path) -> None:
    """Refuse the first row where `good` is not true, with its line and value."""
    at = pc.index(pc.fill_null(good, False), False).as_py()
    if at >= 0:
        line = None if raw.line is None else int(raw.line[at])
        value = raw.table.column(column)[at].as_py()
        raise InputError(says, hint="Mend the row.", file=path, line=line, column=column, value=value or "")


def _no_announcements() -> pa.Table:
    return pa.table({name: pa.array([], pa.int64() if name == "expected" else pa.string()) for name in _EXPECTED})


def _nothing_received() -> pa.Table:
    row = dict.fromkeys(BY, "*") | {"received": 0, "unscreenable": 0}
    return conform(pa.Table.from_pylist([row]), COVERAGE)
