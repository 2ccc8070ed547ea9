"""From records to the distinct values a check is asked about, and from its findings back to every record.

`only` is SQL that says which rows `v` of the check's subject are meant; the tables that it names come along.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.check import Check, Subject
from counterflow.core.tables import FINDING
from counterflow.store.repository import Store

__all__ = ["VIEWS", "ask", "count", "put_findings"]

#: the rows a check of each subject looks at, with the columns of the consignment that give them context
VIEWS: dict[Subject, str] = {
    "consignment": "SELECT *, '' AS part FROM consignment",
    "goods_line": (
        "SELECT g.*, CAST(g.line AS VARCHAR) AS part, c.kind, c.departure, c.destination, c.declared_on, c.direction"
        " FROM goods_line g JOIN consignment c USING (source, record_id)"
    ),
    "party": "SELECT *, role AS part FROM party",
}


def ask(store: Store, check: Check, only: str, **tables: pa.Table) -> pa.Table:
    """Return each distinct combination of the values that the check reads, with a number `row`."""
    columns = ", ".join(f'"{name}"' for name in check.reads)
    return store.query(
        f"SELECT row_number() OVER () AS row, * FROM (SELECT DISTINCT {columns} FROM ({VIEWS[check.subject]}) v"
        f" WHERE {only})",
        **tables,
    )


def put_findings(
    store: Store, check: Check, run: str, *, only: str, asked: pa.Table, found: pa.Table, **tables: pa.Table
) -> int:
    """Put findings on every record that holds the values asked about; return how many findings that makes."""
    hit = asked.filter(pc.is_in(asked.column("row"), value_set=pc.unique(found.column("row"))))
    same = " AND ".join(f'v."{name}" IS NOT DISTINCT FROM h."{name}"' for name in check.reads)
    carried = {
        "check": "?", "check_version": "?", "run": "?",
        "source": "v.source", "record_id": "v.record_id", "part": "v.part",
    }  # fmt: skip
    columns = ", ".join(carried.get(name, f'f."{name}"') for name in FINDING.names)
    before = count(store, "SELECT count(*) AS n FROM finding")
    store.execute(
        f"INSERT INTO finding SELECT {columns} FROM ({VIEWS[check.subject]}) v JOIN hit h ON {same}"
        f" JOIN found f ON f.row = h.row WHERE {only}",
        [check.id, check.version, run],
        hit=hit,
        found=found,
        **tables,
    )
    return count(store, "SELECT count(*) AS n FROM finding") - before


def count(store: Store, sql: str, **tables: pa.Table) -> int:
    """Return the one number `n` that a statement selects."""
    return int(str(store.rows(sql, **tables)[0]["n"]))
