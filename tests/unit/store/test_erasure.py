"""What erasing leaves: nothing that names anyone, in no table and in no byte of the store's file."""

import datetime as dt
import json

import pyarrow as pa
import pytest

from counterflow.core.clock import fixed_clock
from counterflow.core.errors import InputError
from counterflow.core.tables import CONSIGNMENT, DRAW, FINDING, LOOKOUT, PARTY, PAYLOAD, QUARANTINE
from counterflow.store.erasure import erase_before, erase_records
from counterflow.store.spool import LoadBatch, write_batch
from counterflow.store.workspace import Workspace

NOW = fixed_clock("2026-03-09T12:00:00Z")
DAY = dt.date(2026, 3, 2)
BATCH = LoadBatch(source="post", content_sha256="a" * 64, file="f", mapping="m", read=4, accepted=2, rejected=2)
KEY = {"source": "post", "batch": BATCH.batch}
OF = {"person": "dpo", "ground": "request"}


def refused(row, cells, declared_on=None):
    return KEY | {
        "row": row, "reason": "negative", "raw": json.dumps(cells), "value": "-4", "state": "open",
        "declared_on": declared_on,
    }  # fmt: skip


TABLES = {
    "consignment": [KEY | {"record_id": i, "declared_on": DAY, "first_seen": NOW()} for i in ("007", "008")],
    "party": [
        KEY | {"record_id": "007", "role": "consignee", "name": "QUENTIN INVENTED"},
        KEY | {"record_id": "008", "role": "consignee", "name": "MARIA MADEUP"},
    ],
    "quarantine": [
        refused(1, {"Parcel No": "007", "Consignee": "QUENTIN INVENTED"}),
        refused(2, {"Parcel No": "009", "Consignee": "ZELDA FABRICATED"}, DAY),
    ],
}
SCHEMAS = {"consignment": CONSIGNMENT, "party": PARTY, "quarantine": QUARANTINE}


def finding(part, harm_class, matched, **more):
    return {
        "source": "post", "record_id": "007", "part": part, "check": "c", "check_version": "1", "code": "listed-exact",
        "kind": "deterministic", "strength": 0.9, "meaning": "m", "harm_class": harm_class, "field": "name",
        "matched": matched, "sentence": f"It says {matched}.", "run": "r", **more,
    }  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """A workspace with one load in its spool, still to be drained, findings, a draw and a lookout."""
    folder = Workspace.create(tmp_path / "w", clock=NOW)
    tables = {name: pa.Table.from_pylist(rows, schema=SCHEMAS[name]) for name, rows in TABLES.items()}
    write_batch(folder, BATCH, tables, NOW())
    findings = [
        finding("consignee", "party", "QUENTIN INVENTED", reference="L:x1", reference_text="Quentin Invented"),
        finding("consignee", "data", "QUENTIN INVENTED"),
        finding("1", "drug", "fentanyl", reference="S:1", reference_text="fentanyl"),
    ]
    draw = {
        "plan": "P", "source": "post", "record_id": "007", "day": DAY, "arm": "mandatory",
        "inclusion_probability": 0.1, "expected_harm": 1.0,
        "reasons": "mandatory: listed-exact; a party: listed-exact, L:x1; It says fentanyl, plainly",
    }  # fmt: skip
    lookout = {
        "lookout": "L-1", "field": "party", "value": "WALDO TIPPED", "ground": "seen by X", "person": "Officer Y",
        "set_at": NOW() - dt.timedelta(days=5), "expires_at": NOW() - dt.timedelta(days=2),
    }  # fmt: skip
    payload = {"source": "lookout", "record_id": "L-1", "batch": "lookout", "salt": "00", "digest": "d"}
    with Workspace.open(folder, clock=NOW) as workspace:
        workspace.store.append("finding", pa.Table.from_pylist(findings, schema=FINDING))
        workspace.store.append("draw", pa.Table.from_pylist([draw], schema=DRAW))
        workspace.store.append("lookout", pa.Table.from_pylist([lookout], schema=LOOKOUT))
        workspace.store.append("payload", pa.Table.from_pylist([payload], schema=PAYLOAD))
    return folder


def kept(folder):
    """Everything that the store's file holds, readable or not."""
    return (folder / "counterflow.duckdb").read_bytes().upper()


def test_a_record_leaves_no_name_in_any_table_nor_in_the_file(folder):
    with Workspace.open(folder, clock=NOW) as workspace:
        assert erase_records(workspace, "post", ["007"], **OF) == 1
        rows = workspace.store.rows("SELECT harm_class, matched, reference, reference_text FROM finding ORDER BY ALL")
        assert [(r["harm_class"], r["matched"], r["reference"]) for r in rows] == [
            ("data", "[erased]", None),
            ("drug", "fentanyl", "S:1"),
            ("party", "[erased]", None),
        ]
        (draw,) = workspace.store.rows("SELECT reasons FROM draw")
        assert draw["reasons"] == "mandatory: listed-exact; a party: listed-exact; It says fentanyl, plainly"
        quarantine = workspace.store.rows('SELECT raw, state FROM quarantine ORDER BY "row"')
        assert quarantine[0] == {"raw": None, "state": "discarded"}
        assert "ZELDA" in quarantine[1]["raw"]
    assert b"INVENTED" not in kept(folder)
    assert b"MADEUP" in kept(folder)
    with Workspace.open(folder, clock=NOW) as workspace:
        assert workspace.store.rows("SELECT record_id FROM party") == [{"record_id": "008"}]
        assert erase_records(workspace, "post", ["008"], **OF) == 1


def test_a_row_that_was_refused_can_be_erased_by_the_id_it_holds(folder):
    with Workspace.open(folder, clock=NOW) as workspace:
        assert erase_records(workspace, "post", ["009"], **OF) == 1
        with pytest.raises(InputError, match="1 of 1"):
            erase_records(workspace, "post", ["009"], **OF)
    assert b"FABRICATED" not in kept(folder)


def test_a_lookout_is_erased_whole(folder):
    with Workspace.open(folder, clock=NOW) as workspace:
        assert erase_records(workspace, "lookout", ["L-1"], **OF) == 1
        (row,) = workspace.store.rows("SELECT value, ground, person FROM lookout")
    assert set(row.values()) == {"[erased]"}
    assert b"TIPPED" not in kept(folder)


def test_retention_takes_refused_rows_and_ended_lookouts_along(folder):
    with Workspace.open(folder, clock=NOW) as workspace:
        assert erase_before(workspace, dt.date(2026, 3, 8), **OF) == 3
        states = workspace.store.rows('SELECT state FROM quarantine ORDER BY "row"')
        # the second was declared in time for it; the first says no day, came on the 9th, and holds an erased id
        assert [row["state"] for row in states] == ["discarded", "discarded"]
        assert erase_before(workspace, dt.date(2026, 3, 8), **OF) == 0
    for name in (b"INVENTED", b"MADEUP", b"FABRICATED", b"TIPPED"):
        assert name not in kept(folder)
