"""Customer files of our own invention."""

import datetime as dt

import pyarrow as pa
import pytest

from counterflow.core.tables import CUSTOMER, CUSTOMER_EXPECTED, CUSTOMER_LICENCE, CUSTOMER_OWNER
from counterflow.orders.customers import newest, review

ON = dt.date(2026, 11, 22)
NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)

#: a customer of whom nothing is missing
WHOLE = {
    "record_id": "C1", "name": "Riverside Hospital", "registration": "US:778899", "address": "1 River Rd, Springfield",
    "country": "US", "site_type": "hospital", "business_line": "hospital pharmacy", "end_use": "treatment of inpatients",
    "end_use_on": dt.date(2026, 5, 1), "end_use_to": dt.date(2027, 5, 1), "bank_country": "US", "forwarder": "own fleet",
    "refusals": "none", "visited_on": dt.date(2026, 3, 1), "customer_since": dt.date(2015, 1, 1),
    "established_on": dt.date(1990, 1, 1),
}  # fmt: skip


def rows(schema, given, **common):
    held = {"source": "s", "batch": "b"} | common
    if "first_seen" in schema.names:
        held = {"first_seen": NOW} | held
    if "line" in schema.names:
        held = {"line": 1} | held
    return pa.Table.from_pylist([dict.fromkeys(schema.names) | held | row for row in given], schema=schema)


@pytest.fixture
def reviewed():
    """Review customers given as dictionaries; return the points as dictionaries."""

    def run(customers, licences=(), expected=(), owners=(), **more):
        parts = [rows(CUSTOMER_LICENCE, licences), rows(CUSTOMER_EXPECTED, expected), rows(CUSTOMER_OWNER, owners)]
        file = newest(rows(CUSTOMER, customers), *parts)
        on = more.pop("on", ON)
        found = review(file.customers, file.licences, file.expected, file.owners, on=on, **more)
        return found.to_pylist()

    return run
