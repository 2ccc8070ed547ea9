"""The review in words: what there is to do at one customer, and how complete a firm's file is over time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pyarrow as pa

from counterflow.orders.customers.asked import select
from counterflow.orders.customers.points import ASK, NOTE, STOPS
from counterflow.orders.customers.versions import CustomerFile

__all__ = ["completeness", "in_words", "per_customer"]

_CUSTOMERS = f"""
    WITH counted AS (
        SELECT customer_id, count(*) FILTER (weight = '{STOPS}') AS stops, count(*) FILTER (weight = '{ASK}') AS asks,
            count(*) FILTER (weight = '{NOTE}') AS notes, count(*) FILTER (standing = 'expiring') AS expiring,
            arg_min(words, place) AS first_words, arg_min(to_do, place) AS first_to_do
        FROM (SELECT *, row_number() OVER () AS place FROM points WHERE weight <> '') GROUP BY customer_id)
    SELECT c.record_id AS customer_id, c.name, c.business_line, coalesce(stops, 0) AS stops, coalesce(asks, 0) AS asks,
        coalesce(notes, 0) AS notes, coalesce(expiring, 0) AS expiring,
        coalesce(first_words, '') AS first_words, coalesce(first_to_do, '') AS first_to_do
    FROM customers c LEFT JOIN counted p ON p.customer_id = c.record_id
    ORDER BY stops DESC, asks DESC, expiring DESC, c.record_id"""


def per_customer(customers: pa.Table, points: pa.Table) -> pa.Table:
    """Return one row for each customer: how many points stop a sale, are to be asked, are noted; the first in words.

    Those with most to settle come first. It is a list of work, not of risk.
    """
    rows = select(_CUSTOMERS, customers=customers, points=points)
    told = [
        in_words(row["stops"], row["asks"], row["expiring"])
        for row in rows.select(["stops", "asks", "expiring"]).to_pylist()
    ]
    return rows.append_column("in_words", pa.array(told, pa.string()))


def in_words(stops: int, asks: int, expiring: int = 0) -> str:
    """Return what there is to do, in words.

    >>> in_words(1, 3)
    '3 things to ask, 1 that stops a sale'
    >>> in_words(0, 0)
    'nothing to ask'
    """
    parts = []
    if asks:
        parts.append(f"{asks} thing{'s' if asks > 1 else ''} to ask")
    if stops:
        parts.append(f"{stops} that stop{'' if stops > 1 else 's'} a sale")
    if expiring:
        parts.append(f"{expiring} running out")
    return ", ".join(parts) or "nothing to ask"


def completeness(
    instants: list[dt.datetime],
    held: Callable[[dt.datetime], CustomerFile],
    reviewed: Callable[[CustomerFile, dt.date], pa.Table],
) -> pa.Table:
    """Return, for each instant, how many customers there were and how many files asked for nothing more.

    Args:
        instants: as of when, in order.
        held: returns the customer file as it was known at an instant.
        reviewed: reviews a customer file as of a day.
    """
    rows = []
    for instant in instants:
        file = held(instant)
        of_each = per_customer(file.customers, reviewed(file, instant.date()))
        counted = select(
            "SELECT count(*) AS customers, count(*) FILTER (stops = 0 AND asks = 0) AS complete,"
            " count(*) FILTER (stops > 0) AS stopped, count(*) FILTER (expiring > 0) AS expiring FROM c",
            c=of_each,
        ).to_pylist()[0]
        share = counted["complete"] / counted["customers"] if counted["customers"] else None
        rows.append({"on": instant.date(), **counted, "share_complete": share})
    return pa.Table.from_pylist(
        rows,
        schema=pa.schema(
            [
                ("on", pa.date32()), ("customers", pa.int64()), ("complete", pa.int64()), ("stopped", pa.int64()),
                ("expiring", pa.int64()), ("share_complete", pa.float64()),
            ]
        ),
    )  # fmt: skip
