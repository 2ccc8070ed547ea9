"""Erasing a customer, or an order: names and addresses go, quantities and acts stay."""

import datetime as dt

import pyarrow as pa
import pytest

from counterflow.core.clock import fixed_clock
from counterflow.core.tables import TABLES
from counterflow.store.erasure import erase_before, erase_records
from counterflow.store.spool import LoadBatch, drain, write_batch
from counterflow.store.workspace import Workspace

NOW = fixed_clock("2026-03-09T12:00:00Z")
KEY = {"source": "book"}
OF = {"person": "dpo", "ground": "request"}
SEEN = {"first_seen": NOW()}
LOADS = {
    "customers": {
        "customer": [
            {"record_id": "K1", "name": "QUENTIN INVENTED", "address": "1 Made Up Road", "country": "DE"},
            {"record_id": "K2", "name": "MADEUP LABS GMBH", "contact": "ZELDA FABRICATED", "country": "DE"},
        ],
        "customer_owner": [{"record_id": "K1", "line": 1, "name": "QUENTIN INVENTED THE ELDER"}],
    },
    "orders": {
        "order_line": [
            {"record_id": "O1", "customer_id": "K1", "ship_to": "1 Made Up Road", "ordered_on": dt.date(2026, 1, 5)},
            {"record_id": "O2", "customer_id": "K2", "ship_to": "2 Lab Street", "ordered_on": dt.date(2026, 2, 5)},
            {"record_id": "O3", "customer_id": "K2", "ordered_on": dt.date(2026, 1, 6)},
        ]
    },
}


def rows_of(name, rows, batch):
    fill = {"line": 1, "kind": "sale", "quantity": 3.0} if name == "order_line" else {}
    made = [
        KEY | {"batch": batch} | (SEEN if "first_seen" in TABLES[name].schema.names else {}) | fill | r for r in rows
    ]
    return pa.Table.from_pylist(made, schema=TABLES[name].schema)


@pytest.fixture
def workspace(tmp_path):
    folder = Workspace.create(tmp_path / "w", clock=NOW)
    for digit, (file, tables) in enumerate(LOADS.items()):
        count = sum(len(rows) for rows in tables.values())
        batch = LoadBatch(
            source="book",
            content_sha256=str(digit) * 64,
            file=file,
            mapping="m",
            read=count,
            accepted=count,
            rejected=0,
        )
        write_batch(folder, batch, {n: rows_of(n, rows, batch.batch) for n, rows in tables.items()}, NOW())
    with Workspace.open(folder, clock=NOW) as opened:
        list(drain(opened))
        opened.store.append(
            "order_flag",
            pa.Table.from_pylist(
                [{"flag": "f", "kind": "new-ship-to", "group": "logistics", "grade": "weak", "customer_id": "K1",
                  "words": "a new address: 1 Made Up Road", "evidence": '{"ship_to": "1 Made Up Road"}', "clears": "x"}],
                schema=TABLES["order_flag"].schema,
            ),
        )  # fmt: skip
        yield opened


def whole(workspace):
    return " ".join(
        str(workspace.store.rows(f'SELECT * FROM "{name}"')) for name in TABLES if name not in {"batch", "payload"}
    )


def test_a_customer_leaves_no_name_and_no_address_and_keeps_its_quantities(workspace):
    erase_records(workspace, "book", ["K1"], **OF)
    left = whole(workspace)
    assert "QUENTIN" not in left
    assert "Made Up Road" not in left
    assert "ZELDA FABRICATED" in left
    orders = workspace.store.rows("SELECT record_id, customer_id, quantity, ship_to FROM order_line ORDER BY record_id")
    assert [(o["record_id"], o["customer_id"], o["quantity"]) for o in orders][:2] == [
        ("O1", "K1", 3.0),
        ("O2", "K2", 3.0),
    ]
    assert orders[1]["ship_to"] == "2 Lab Street"


def test_an_order_alone_loses_its_address_and_the_customer_stays(workspace):
    erase_records(workspace, "book", ["O2"], **OF)
    left = whole(workspace)
    assert "2 Lab Street" not in left
    assert "MADEUP LABS" in left


def test_retention_goes_by_the_day_of_the_order_and_leaves_the_file_of_the_customer(workspace):
    # O3 is as old as O1 and names no place: there is nothing personal to erase in it
    assert erase_before(workspace, dt.date(2026, 2, 1), **OF) == 1
    left = workspace.store.rows("SELECT record_id, ship_to FROM order_line ORDER BY record_id")
    assert [row["ship_to"] for row in left] == ["[erased]", "2 Lab Street", None]
    assert "QUENTIN INVENTED" in whole(workspace)


def test_what_was_said_is_digested_with_a_salt_when_it_comes_in(workspace):
    rows = workspace.store.rows("SELECT record_id, salt, digest FROM payload ORDER BY record_id")
    assert [r["record_id"] for r in rows] == ["K1", "K2", "O1", "O2"]
    assert len({r["salt"] for r in rows} | {r["digest"] for r in rows}) == 8
