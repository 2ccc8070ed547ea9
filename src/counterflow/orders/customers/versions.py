"""Which row of a customer's file holds: a later one overrules, an earlier one is kept and can be shown.

A file that is loaded again may bring a customer without its licences, products or owners, because it has no such
columns. Then those of the last load that had any still hold; they are never taken away in silence.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from counterflow.core.tables import CUSTOMER, CUSTOMER_EXPECTED, CUSTOMER_LICENCE, CUSTOMER_OWNER, conform, empty
from counterflow.orders.customers.asked import select

__all__ = ["CustomerFile", "changes", "newest"]

#: columns of `CUSTOMER` that say where a row came from and not what the customer is
_BOOKKEEPING = frozenset({"source", "record_id", "batch", "first_seen"})

_HOLDING = """
    SELECT * EXCLUDE (place, newest) FROM (
        SELECT *, row_number() OVER (PARTITION BY record_id ORDER BY first_seen DESC, place DESC) AS newest FROM (
            SELECT *, row_number() OVER () AS place FROM customers))
    WHERE newest = 1 ORDER BY record_id"""

#: of the loads that brought rows of this kind for a customer, those of the last one
_LAST_LOAD = """
    WITH loads AS (
        SELECT record_id, source, batch, max(first_seen) AS seen FROM customers GROUP BY ALL),
    ranked AS (
        SELECT p.*, dense_rank() OVER (
            PARTITION BY p.record_id ORDER BY l.seen DESC NULLS LAST, p.source, p.batch DESC) AS newest
        FROM parts p LEFT JOIN loads l USING (record_id, source, batch))
    SELECT * EXCLUDE (newest) FROM ranked WHERE newest = 1 ORDER BY record_id, line"""


@dataclass(frozen=True)
class CustomerFile:
    """The customer file as it stands: one row for each customer, with what belongs to it.

    Args:
        customers: table of schema `CUSTOMER`.
        licences: table of schema `CUSTOMER_LICENCE`.
        expected: table of schema `CUSTOMER_EXPECTED`.
        owners: table of schema `CUSTOMER_OWNER`.
    """

    customers: pa.Table
    licences: pa.Table
    expected: pa.Table
    owners: pa.Table


def newest(
    customers: pa.Table,
    licences: pa.Table | None = None,
    expected: pa.Table | None = None,
    owners: pa.Table | None = None,
    *,
    as_of: dt.datetime | None = None,
) -> CustomerFile:
    """Return what held at an instant: of each customer the row seen last, with its last licences, products, owners.

    Args:
        customers: rows of schema `CUSTOMER`, any number for each customer.
        licences: rows of schema `CUSTOMER_LICENCE`.
        expected: rows of schema `CUSTOMER_EXPECTED`.
        owners: rows of schema `CUSTOMER_OWNER`.
        as_of: rows seen later than this do not count; all count where None.
    """
    rows = conform(customers, CUSTOMER)
    given = {
        "licences": CUSTOMER_LICENCE if licences is None else licences,
        "expected": CUSTOMER_EXPECTED if expected is None else expected,
        "owners": CUSTOMER_OWNER if owners is None else owners,
    }
    parts = {name: empty(part) if isinstance(part, pa.Schema) else part for name, part in given.items()}
    if as_of is not None:
        seen = rows.column("first_seen")
        late = rows.filter(pa.compute.greater(seen, pa.scalar(as_of, seen.type)))
        rows = rows.filter(pa.compute.less_equal(seen, pa.scalar(as_of, seen.type)))
        # What came with a row that was not there yet was not there yet either.
        parts = {
            name: select(
                "SELECT p.* FROM parts p ANTI JOIN late USING (record_id, source, batch)", parts=part, late=late
            )
            for name, part in parts.items()
        }
    held = {name: select(_LAST_LOAD, parts=part, customers=rows) for name, part in parts.items()}
    return CustomerFile(select(_HOLDING, customers=rows), **held)


def changes(customers: pa.Table, customer_id: str) -> list[dict[str, Any]]:
    """Return what changed in the file of one customer, oldest first: when seen, column, from what, to what.

    The first row of a customer is told as one change of the column `record_id`, from nothing.

    Args:
        customers: rows of schema `CUSTOMER`.
        customer_id: the customer.
    """
    of_it = customers.filter(pa.compute.equal(customers.column("record_id"), customer_id)).sort_by("first_seen")
    told: list[dict[str, Any]] = []
    before: dict[str, Any] | None = None
    for row in of_it.to_pylist():
        if before is None:
            told.append({"seen": row["first_seen"], "column": "record_id", "was": None, "is": customer_id})
        else:
            told.extend(
                {"seen": row["first_seen"], "column": name, "was": before[name], "is": value}
                for name, value in row.items()
                if name not in _BOOKKEEPING and value != before[name]
            )
        before = row
    return told
