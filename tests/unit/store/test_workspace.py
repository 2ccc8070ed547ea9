"""A workspace: made, opened, owned by one; loads drained once, and counted."""

from __future__ import annotations

import json
import stat

import pyarrow as pa
import pytest

from counterflow.core.clock import fixed_clock
from counterflow.core.errors import EngineError, InputError, StoreBusy, WorkspaceError
from counterflow.store.erasure import erase_before, erase_records
from counterflow.store.owner import who_owns
from counterflow.store.spool import LoadBatch, SpoolWriter, drain, pending, write_batch
from counterflow.store.workspace import Workspace

CLOCK = fixed_clock("2021-02-01T00:00:00Z")


def load_of(ids, digest="a" * 64, names=True, rejected=0):
    import datetime as dt

    n = len(ids)
    batch = LoadBatch(
        source="post", content_sha256=digest, file="f.csv", mapping="parcel 1", read=n + rejected, accepted=n,
        rejected=rejected, reasons={"bad-date": rejected} if rejected else {},
    )  # fmt: skip
    key = {"source": ["post"] * n, "record_id": list(ids), "batch": [batch.batch] * n}
    when = pa.array([dt.datetime(2021, 1, 20, tzinfo=dt.UTC)] * n, pa.timestamp("us", "UTC"))
    days = [dt.date(2021, 1, 1 + i % 28) for i in range(n)]
    tables = {
        "consignment": pa.table({**key, "declared_on": days, "first_seen": when}),
        "goods_line": pa.table({**key, "line": pa.array([1] * n, pa.int32()), "description": ["tea"] * n}),
    }
    if names:
        tables["party"] = pa.table({**key, "role": ["consignee"] * n, "name": [f"Person {i}" for i in ids]})
    return batch, tables


@pytest.fixture
def folder(tmp_path):
    return Workspace.create(tmp_path / "w", clock=CLOCK)


def put(folder, ids, **changed):
    batch, tables = load_of(ids, **changed)
    write_batch(folder, batch, tables, CLOCK())
    with Workspace.open(folder, clock=CLOCK) as workspace:
        return drain(workspace)


def ask(folder, sql):
    with Workspace.open(folder, clock=CLOCK) as workspace:
        return workspace.store.rows(sql)


def test_a_new_workspace_has_everything_and_keeps_its_key_to_itself(folder):
    assert {p.name for p in folder.iterdir()} >= {
        "counterflow.toml",
        "counterflow.duckdb",
        "ledger",
        "keys",
        "spool",
        "facts",
    }
    assert stat.S_IMODE((folder / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not [p for p in (folder / "ledger").iterdir() if b"PRIVATE" in p.read_bytes()]


def test_nothing_is_made_over_something(folder):
    with pytest.raises(WorkspaceError, match="not an empty folder"):
        Workspace.create(folder)


@pytest.mark.parametrize("spoil", ["absent", "no toml", "bad toml"])
def test_what_is_no_workspace_is_said_to_be_none(tmp_path, spoil):
    folder = tmp_path / "x"
    if spoil != "absent":
        folder.mkdir()
    if spoil == "bad toml":
        (folder / "counterflow.toml").write_text("[workspace]\n")
    with pytest.raises(WorkspaceError) as met:
        Workspace.open(folder)
    assert met.value.hint


def test_one_owner_at_a_time_and_the_note_says_who(folder):
    with Workspace.open(folder, doing="a long load"):
        assert who_owns(folder).doing == "a long load"
        with pytest.raises(StoreBusy, match="a long load"):
            Workspace.open(folder)
    assert who_owns(folder) is None
    Workspace.open(folder).close()


def test_a_load_goes_through_the_spool_into_tables_facts_and_ledger(folder):
    (drained,) = put(folder, ["1", "2", "3"], rejected=2)
    assert (drained.row["accepted"], drained.row["rejected"], drained.row["read"]) == (3, 2, 5)
    assert not drained.already_loaded
    assert pending(folder) == []
    assert ask(folder, "SELECT count(*) AS n FROM party") == [{"n": 3}]
    assert [p.parent.name for p in folder.glob("facts/consignment/*/*.parquet")] == ["month=2021-01"]
    with Workspace.open(folder) as workspace:
        (entry,) = workspace.ledger.entries("load")
        assert entry.body["accepted"] == 3
        assert len(entry.body["payload_sha256"]) == 64


def test_no_name_reaches_facts_or_ledger(folder):
    put(folder, ["1", "2"])
    for path in [*folder.glob("facts/**/*.parquet"), *(folder / "ledger").iterdir()]:
        assert b"Person" not in path.read_bytes(), path.name


def test_the_same_content_is_loaded_once(folder):
    put(folder, ["1", "2"])
    (again,) = put(folder, ["1", "2"])
    assert again.already_loaded
    assert ask(folder, "SELECT count(*) AS n FROM consignment") == [{"n": 2}]


def test_ids_that_are_in_already_go_to_quarantine_and_the_sum_holds(folder):
    put(folder, ["1", "2"])
    (second,) = put(folder, ["2", "3"], digest="b" * 64)
    assert (second.row["accepted"], second.row["rejected"]) == (1, 1)
    assert second.row["reasons"] == {"duplicate-record": 1}
    assert ask(folder, "SELECT value, reason FROM quarantine") == [{"value": "2", "reason": "duplicate-record"}]
    assert ask(folder, "SELECT count(*) AS n FROM party") == [{"n": 3}]


def test_a_half_written_load_leaves_nothing(folder):
    _batch, tables = load_of(["1"])
    with pytest.raises(RuntimeError), SpoolWriter(folder) as writer:
        writer.add("consignment", tables["consignment"])
        raise RuntimeError
    assert list((folder / "spool").iterdir()) == []


def test_a_spooled_load_without_manifest_is_named(folder):
    (folder / "spool" / "20210101").mkdir()
    with Workspace.open(folder) as workspace, pytest.raises(EngineError, match="20210101"):
        drain(workspace)


def test_counts_that_do_not_add_up_are_refused():
    with pytest.raises(ValueError, match="5 read"):
        LoadBatch(source="s", content_sha256="c", file="f", mapping="m", read=5, accepted=3, rejected=1)


def test_erasing_takes_names_and_salt_and_leaves_the_ledger_whole(folder):
    put(folder, ["1", "2", "3"])
    with Workspace.open(folder, clock=CLOCK) as workspace:
        before = workspace.store.rows("SELECT digest FROM payload ORDER BY record_id")
        assert erase_records(workspace, "post", ["2"], person="dpo", ground="request") == 1
        assert workspace.store.rows("SELECT record_id FROM party ORDER BY 1") == [
            {"record_id": "1"},
            {"record_id": "3"},
        ]
        assert workspace.store.rows("SELECT digest FROM payload ORDER BY record_id") == before
        assert workspace.store.rows("SELECT record_id FROM payload WHERE salt IS NULL") == [{"record_id": "2"}]
        assert [e.kind for e in workspace.ledger.entries()][-1] == "erasure"
        with pytest.raises(InputError, match="1 of 1"):
            erase_records(workspace, "post", ["2"], person="dpo", ground="request")


def test_retention_erases_by_day(folder):
    import datetime as dt

    put(folder, ["1", "2", "3"])
    with Workspace.open(folder, clock=CLOCK) as workspace:
        assert erase_before(workspace, dt.date(2021, 1, 3), person="dpo", ground="retention") == 2
        assert erase_before(workspace, dt.date(2021, 1, 3), person="dpo", ground="retention") == 0
        body = next(iter(workspace.ledger.entries("erasure"))).body
    assert json.loads(json.dumps(body)) == {"records": 2, "person": "dpo", "ground": "retention"}


def test_what_killed_processes_left_in_the_spool_is_swept_and_what_lives_is_kept(folder):
    import os

    for name in (".done-20210101", ".tmp-999999999-x", f".tmp-{os.getpid()}-y"):
        (folder / "spool" / name).mkdir()
    with Workspace.open(folder) as workspace:
        assert drain(workspace) == []
    assert [p.name for p in (folder / "spool").iterdir()] == [f".tmp-{os.getpid()}-y"]
