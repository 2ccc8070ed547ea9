"""Screening a workspace: what was found follows the checks that run, and each load is screened once."""

import datetime as dt

import pyarrow as pa
import pytest

from counterflow.core.clock import fixed_clock
from counterflow.core.tables import CONSIGNMENT, GOODS_LINE
from counterflow.screen.run import screen
from counterflow.store.spool import LoadBatch, drain, write_batch
from counterflow.store.workspace import Workspace

NOW = fixed_clock("2026-03-09T12:00:00Z")
BATCH = LoadBatch(source="post", content_sha256="a" * 64, file="f", mapping="m", read=1, accepted=1, rejected=0)
KEY = {"source": "post", "batch": BATCH.batch, "record_id": "1"}


@pytest.fixture
def folder(tmp_path):
    folder = Workspace.create(tmp_path / "w", clock=NOW)
    consignment = KEY | {"declared_on": dt.date(2026, 3, 2), "first_seen": NOW(), "mass_kg": 1.0}
    tables = {
        "consignment": pa.Table.from_pylist([consignment], schema=CONSIGNMENT),
        "goods_line": pa.Table.from_pylist([KEY | {"line": 1, "description": "fentanyl"}], schema=GOODS_LINE),
    }
    write_batch(folder, BATCH, tables, NOW())
    with Workspace.open(folder, clock=NOW) as workspace:
        drain(workspace)
    return folder


def run(folder, *, off=None):
    """Screen; return the codes that stand then, what was said, and the checks that read anything."""
    flags = {"screen.off": off, "engine.workers": 1}
    said = []
    with Workspace(folder, clock=NOW, flags=flags) as workspace:
        reports = screen(workspace, tell=said.append)
        codes = {str(r["code"]) for r in workspace.store.rows("SELECT code FROM finding")}
    return codes, " ".join(said), {r.check for r in reports if r.records}


def test_findings_of_a_check_that_is_switched_off_are_taken_back_until_it_is_on_again(folder):
    codes, _, _ = run(folder)
    assert "controlled-drug" in codes
    left, said, read = run(folder, off=["substances"])
    assert left == codes - {"controlled-drug"}
    assert "substances: does not run any more; its 1 findings are taken back" in said
    assert read == set()
    again, _, read = run(folder)
    assert again == codes
    assert read == {"substances"}


def test_a_load_is_screened_once(folder):
    first = run(folder)
    again = run(folder)
    assert again == (first[0], "list-parties: No list is loaded: `counterflow lists load` brings one.", set())
