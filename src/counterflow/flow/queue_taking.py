"""Bringing the queue's rows up to what the tables hold now: only what changed is read, and each step stands by itself.

A step that was cut off is done again the next time: what was taken is noted in the same transaction as its rows.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from counterflow.flow import queue_rows as rows
from counterflow.store.repository import Store

__all__ = ["Taking"]

#: records taken in at a time, so that a load of a million need not stand in memory
_AT_ONCE = 200_000
_DECLARED = tuple(
    name for name, _ in rows.COLUMNS[1 : next(i for i, c in enumerate(rows.COLUMNS) if c[0] == "screened")]
)
_FOUND = ("findings", "code", "harm_class", "strength", "codes", "classes")
_STATE = """CASE WHEN outcome IS NOT NULL THEN replace(outcome, '_', ' ') WHEN released THEN 'released'
    WHEN arm <> '' THEN 'planned' WHEN NOT screened THEN 'waiting' ELSE 'open' END"""
_SCREENED = """
    SELECT t.source, t.batch, md5(string_agg(s.run || ' ' || s."check", ',' ORDER BY s.run, s."check")) AS screenings
    FROM t LEFT JOIN s ON s.source = t.source AND s.batch = t.batch GROUP BY t.source, t.batch
"""
_SAME = "x.source = record.source AND x.record_id = record.record_id"


class Taking:
    """One bringing-up.

    Args:
        tables: the workspace's tables.
        queue: the queue's own store.
    """

    def __init__(self, tables: Store, queue: Store) -> None:
        self._tables, self._queue = tables, queue
        self._batches = rows.batches_to_take(tables)
        # The screenings are read before the findings: one that comes between is seen as new the next time.
        self._screened = queue.query(_SCREENED, t=self._batches, s=rows.screenings(tables))
        self._plans = tables.query("SELECT plan FROM plan")

    def foreign(self) -> bool:
        """Whether the queue holds what the tables do not: another store stands there now (restored from a copy)."""
        more = self._queue.rows(
            "SELECT (SELECT count(*) FROM taken ANTI JOIN b USING (source, batch))"
            " + (SELECT count(*) FROM taken_plan ANTI JOIN p USING (plan)) AS n",
            b=self._batches,
            p=self._plans,
        )
        return int(str(more[0]["n"])) > 0

    def steps(self, before: tuple[object, ...] | None, now: tuple[object, ...]) -> Iterator[int]:
        """Do what there is to do, yielding 1 after each step that changed rows.

        Args:
            before: the counts at the last bringing-up by this process; None at its first.
            now: the counts of this one.
        """
        fresh = self._fresh()
        for portion in _portions(fresh):
            self._take_loads(portion)
            yield 1
        changed = self._rescreened()
        if changed.num_rows:
            self._take_findings(changed)
            yield 1
        # Findings can change without a screening: a cleared pair is taken back from its records alone.
        known = int(str(self._queue.rows("SELECT count(*) AS n FROM taken")[0]["n"])) > fresh.num_rows
        again = known and (before is None or before[4] != now[4] or (before[3] != now[3] and not fresh.num_rows))
        if again and not changed.num_rows:
            self._take_findings(None)
            yield 1
        yield from self._take_plans()
        self._put(rows.outcomes_of(self._tables), ("outcome", "confirmation", "found_class"))
        self._put(rows.acts_of(self._tables), ("hand", "released", "notes"))
        self._settle()
        yield 1

    def _fresh(self) -> pa.Table:
        return self._queue.query(
            "SELECT b.*, s.screenings FROM b JOIN s USING (source, batch) ANTI JOIN taken USING (source, batch)",
            b=self._batches,
            s=self._screened,
        )

    def _take_loads(self, fresh: pa.Table) -> None:
        """Take loads in, a load larger than `_AT_ONCE` in parts; all of them are there or none."""
        records = sum(count or 0 for count in fresh.column("records").to_pylist())
        parts = max(1, -(-records // (2 * _AT_ONCE)))
        with self._queue.transaction():
            for part in range(parts):
                self._insert(fresh, part, parts)
            self._queue.execute("INSERT INTO taken SELECT source, batch, screenings FROM f", f=fresh)

    def _insert(self, fresh: pa.Table, part: int, parts: int) -> None:
        said = ", ".join(f"d.{name}" for name in _DECLARED)
        self._queue.execute(
            f"INSERT INTO record (n, {', '.join(_DECLARED)}, screened, {', '.join(_FOUND)}, released, notes, state)"
            f" SELECT (SELECT coalesce(max(n), 0) FROM record) + row_number() OVER (), {said},"
            " f.screenings IS NOT NULL, coalesce(x.findings, 0), x.code, x.harm_class, x.strength, x.codes,"
            " x.classes, false, 0, CASE WHEN f.screenings IS NULL THEN 'waiting' ELSE 'open' END"
            " FROM d JOIN f ON f.source = d.source AND f.batch = d.batch"
            " LEFT JOIN x ON x.source = d.source AND x.record_id = d.record_id",
            d=rows.records_of(self._tables, fresh, part, parts),
            f=fresh,
            x=rows.findings_of(self._tables, fresh, part, parts),
        )

    def _rescreened(self) -> pa.Table:
        return self._queue.query(
            "SELECT s.* FROM s JOIN taken t USING (source, batch) WHERE s.screenings IS DISTINCT FROM t.screenings",
            s=self._screened,
        )

    def _take_findings(self, changed: pa.Table | None) -> None:
        """Put what checks found now on the records of some loads, or on all; one without a finding loses its own."""
        found = rows.findings_of(self._tables, changed)
        gives = ", ".join(f"{name} = x.{name}" for name in _FOUND)
        loses = ", ".join(f"{name} = {'0' if name == 'findings' else 'NULL'}" for name in _FOUND)
        of_load = "c.source = record.source AND c.batch = record.batch"
        only = "" if changed is None else f"AND EXISTS (SELECT 1 FROM c WHERE {of_load})"
        named = {} if changed is None else {"c": changed}
        differ = " OR ".join(f"record.{name} IS DISTINCT FROM x.{name}" for name in _FOUND)
        with self._queue.transaction():
            self._queue.execute(
                f"UPDATE record SET {loses} WHERE findings > 0 {only} AND NOT EXISTS (SELECT 1 FROM x WHERE {_SAME})",
                x=found,
                **named,
            )
            self._queue.execute(f"UPDATE record SET {gives} FROM x WHERE {_SAME} AND ({differ})", x=found)
            if changed is not None:
                self._queue.execute(
                    f"UPDATE record SET screened = (c.screenings IS NOT NULL) FROM c WHERE {of_load}",
                    c=changed,
                )
                self._queue.execute(
                    "UPDATE taken SET screenings = c.screenings FROM c"
                    " WHERE c.source = taken.source AND c.batch = taken.batch",
                    c=changed,
                )

    def _take_plans(self) -> Iterator[int]:
        fresh = self._queue.query("SELECT plan FROM p ANTI JOIN taken_plan USING (plan)", p=self._plans)
        if not fresh.num_rows:
            return
        self._put(rows.plans_of(self._tables, fresh), ("plan", "day", "arm", "rank", "expected_harm"))
        self._queue.execute("INSERT INTO taken_plan SELECT plan FROM f", f=fresh)
        yield 1

    def _put(self, said: pa.Table, columns: tuple[str, ...]) -> None:
        """Put what is said of some records on their rows, where it differs."""
        gives = ", ".join(f'"{name}" = x."{name}"' for name in columns)
        differ = " OR ".join(f'record."{name}" IS DISTINCT FROM x."{name}"' for name in columns)
        if said.num_rows:
            self._queue.execute(f"UPDATE record SET {gives} FROM x WHERE {_SAME} AND ({differ})", x=said)

    def _settle(self) -> None:
        """Say in one word where each record stands."""
        self._queue.execute(f"UPDATE record SET state = {_STATE} WHERE state IS DISTINCT FROM {_STATE}")


def _portions(fresh: pa.Table) -> Iterator[pa.Table]:
    """Yield loads in portions of about `_AT_ONCE` records; a larger load is a portion of its own."""
    start, held = 0, 0
    for at, records in enumerate(fresh.column("records").to_pylist()):
        if held and held + (records or 0) > _AT_ONCE:
            yield fresh.slice(start, at - start)
            start, held = at, 0
        held += records or 0
    if fresh.num_rows > start:
        yield fresh.slice(start)
