"""A firm with three customers, two years of orders, an alarm and some flags; all made up."""

import datetime as dt

import pyarrow as pa
import pytest

from counterflow.core.clock import fixed_clock
from counterflow.core.tables import TABLES, conform
from counterflow.store.workspace import Workspace

NOW = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)


def day(text):
    return dt.date.fromisoformat(text)


def instant(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def put(workspace, table, rows):
    schema = TABLES[table].schema
    names = {name for row in rows for name in row}
    columns = {n: pa.array([row.get(n) for row in rows], schema.field(n).type) for n in schema.names if n in names}
    workspace.store.append(table, conform(pa.table(columns), schema))


def order(number, customer, when, units, **more):
    row = {
        "source": "firm", "record_id": number, "batch": "b", "line": 1, "kind": "sale", "customer_id": customer,
        "customer_type": "PHARMACY", "ordered_on": day(when), "item": "Oxycodone", "quantity": units, "unit": "tablet",
        "quantity_text": f"{units:g} tablets", "units": units, "ship_to": "1 Main St", "ship_to_country": "US",
        "first_seen": NOW,
    }  # fmt: skip
    return row | more


def alarm(name, customer="C1", month="2026-09", strength=1.5, raised="2026-10-01", **more):
    return {
        "alarm": name, "customer_id": customer, "product": "oxycodone", "month": month, "quantity": 3400.0,
        "baseline": 1100.0, "measure": "units", "strength": strength, "meaning": "cumulative sum over its limit",
        "reasons": "3,400 units; 1,100 to be expected", "setting": "s1", "raised_at": instant(raised),
    } | more  # fmt: skip


def flag(name, kind="payment", group="payment", grade="weak", customer="C1", product="oxycodone", **more):
    return {
        "flag": name, "kind": kind, "group": group, "grade": grade, "customer_id": customer, "product": product,
        "day": day("2026-10-05"), "words": f"what {kind} saw", "evidence": '{"orders": ["O1"]}',
        "clears": f"what clears {kind}", "citation": "21 CFR 1310.05(a)(1)",
    } | more  # fmt: skip


def _orders():
    rows = []
    for customer, size in (("C1", 1000.0), ("C2", 800.0), ("C3", 1200.0)):
        for month in range(1, 11):
            units = 3400.0 if customer == "C1" and month > 8 else size
            rows.append(order(f"{customer}-{month}", customer, f"2026-{month:02d}-15", units))
    return rows


@pytest.fixture
def folder(tmp_path):
    return Workspace.create(tmp_path / "W", clock=fixed_clock(NOW))


@pytest.fixture
def site(folder):
    """The firm's workspace, opened at a standing clock."""
    with Workspace(folder, clock=fixed_clock(NOW)) as workspace:
        put(workspace, "order_line", _orders())
        customers = [
            {
                "source": "firm", "record_id": name, "batch": "b", "name": f"Pharmacy {name}", "country": "US",
                "business_line": "PHARMACY", "end_use": "dispensing", "first_seen": NOW,
            }
            for name in ("C1", "C2", "C3")
        ]  # fmt: skip
        put(workspace, "customer", customers)
        licences = [
            {
                "source": "firm", "record_id": name, "batch": "b", "line": 1, "kind": "registration",
                "number": "AB1234563", "authority": "DEA", "country": "US", "covers": "II", "expires_on": day(ends),
            }
            for name, ends in (("C1", "2026-11-20"), ("C2", "2028-01-31"), ("C3", "2028-01-31"))
        ]  # fmt: skip
        put(workspace, "customer_licence", licences)
        put(workspace, "order_alarm", [alarm("A1")])
        put(workspace, "order_flag", [flag("F1"), flag("F2", customer="C2", grade="moderate")])
        yield workspace
