"""The DuckDB store: tables made, rows in and out, transactions whole or not at all, errors with their SQL."""

from __future__ import annotations

import datetime as dt
import threading

import pyarrow as pa
import pytest

from counterflow.core.errors import EngineError, UnknownName, WorkspaceError
from counterflow.core.tables import CONSIGNMENT, TABLES, conform
from counterflow.store.duckdb_store import DuckDBStore
from counterflow.store.repository import Store


def consignments(*ids, batch="b"):
    return pa.table(
        {
            "source": ["s"] * len(ids),
            "record_id": list(ids),
            "batch": [batch] * len(ids),
            "declared_on": [dt.date(2021, 1, 1)] * len(ids),
            "first_seen": pa.array([dt.datetime(2021, 1, 2, tzinfo=dt.UTC)] * len(ids), pa.timestamp("us", "UTC")),
            "missing": pa.array([["mass_kg"]] * len(ids)),
            "attributes": pa.array([[("a", "1")]] * len(ids), pa.map_(pa.string(), pa.string())),
        }
    )


@pytest.fixture
def store():
    opened = DuckDBStore(None, threads=1)
    yield opened
    opened.close()


def test_it_is_a_store(store):
    assert isinstance(store, Store)


def test_every_table_of_the_house_round_trips_its_schema(store):
    for name, spec in TABLES.items():
        got = store.query(f'SELECT * FROM "{name}"').schema
        assert got.names == spec.schema.names
        assert [str(f.type).replace("l: ", "item: ") for f in got] == [str(f.type) for f in spec.schema], name


def test_what_goes_in_comes_out(store):
    assert store.append("consignment", consignments("1", "2")) == 2
    rows = store.rows("SELECT * FROM consignment ORDER BY record_id")
    assert rows[0]["missing"] == ["mass_kg"]
    assert rows[0]["attributes"] == [("a", "1")]
    assert rows[1]["first_seen"] == dt.datetime(2021, 1, 2, tzinfo=dt.UTC)
    assert str(store.query("SELECT first_seen FROM consignment").schema.field(0).type) == str(
        CONSIGNMENT.field("first_seen").type
    )


def test_a_transaction_is_all_or_nothing(store):
    with pytest.raises(RuntimeError), store.transaction():
        store.append("consignment", consignments("1"))
        with store.transaction():
            store.append("consignment", consignments("2"))
        raise RuntimeError
    assert store.rows("SELECT count(*) AS n FROM consignment") == [{"n": 0}]


def test_errors_show_the_statement(store):
    with pytest.raises(EngineError) as met:
        store.query("SELECT nothing FROM nowhere")
    assert "FROM nowhere" in str(met.value)
    with pytest.raises(EngineError, match="do not fit"):
        store.append("consignment", pa.table({"source": ["s"]}))
    with pytest.raises(UnknownName, match="consignmnt"):
        store.append("consignmnt", consignments("1"))


def test_threads_each_have_their_own_cursor(store):
    store.append("consignment", consignments(*map(str, range(500))))
    seen, errors = [], []

    def read():
        try:
            seen.extend(store.rows("SELECT count(*) AS n FROM consignment")[0]["n"] for _ in range(20))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert set(seen) == {500}


def test_a_file_that_is_not_ours_is_refused(tmp_path):
    path = tmp_path / "x.duckdb"
    path.write_bytes(b"not a database at all, but long enough to look at" * 100)
    with pytest.raises(WorkspaceError):
        DuckDBStore(path)


def old_store(path, *changes):
    """A store as an earlier or a later program may have left it."""
    store = DuckDBStore(path)
    store.append("consignment", consignments("r1", "r2"))
    for change in (*changes, "UPDATE store_version SET version = '999'"):
        store.execute(change)
    store.close()


def test_a_store_of_an_earlier_version_gets_what_was_added_and_loses_no_row(tmp_path):
    path = tmp_path / "x.duckdb"
    old_store(path, "DROP TABLE notice", "ALTER TABLE consignment DROP COLUMN departure")
    for _ in range(2):  # the second time there is nothing to do
        store = DuckDBStore(path)
        assert store.rows("FROM consignment") == conform(consignments("r1", "r2"), CONSIGNMENT).to_pylist()
        assert store.rows("SELECT count(*) AS n FROM notice") == [{"n": 0}]
        store.close()


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE consignment ADD COLUMN later VARCHAR",
        "CREATE TABLE of_a_later_program (x INTEGER)",
        "ALTER TABLE notice DROP COLUMN recipient",
        "ALTER TABLE consignment ALTER departure TYPE BLOB",
    ],
)
def test_a_store_that_could_lose_rows_or_meaning_is_refused(tmp_path, change):
    path = tmp_path / "x.duckdb"
    old_store(path, change)
    with pytest.raises(WorkspaceError, match="999"):
        DuckDBStore(path)
