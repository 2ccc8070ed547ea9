"""Commands for a workspace that a server owns: they name it in full, however it was named to them."""

import datetime as dt
import io
import json
import urllib.request

import pyarrow as pa
import pytest

from counterflow.cli import answer, session
from counterflow.core.tables import CONSIGNMENT
from counterflow.store.owner import Owner
from counterflow.store.spool import LoadBatch, write_batch
from counterflow.store.workspace import Workspace

DAY = dt.date(2026, 3, 2)
NOW = dt.datetime(2026, 3, 9, 12, tzinfo=dt.UTC)


@pytest.fixture
def served(tmp_path):
    folder = Workspace.create(tmp_path / "served")
    with Workspace(folder) as workspace:
        workspace.ownership.announce(Owner(1, "counterflow serve", "http://127.0.0.1:9", "token"))
        yield workspace


@pytest.fixture
def sent(monkeypatch):
    """What was sent to the server, which answers nothing."""
    bodies = []

    def take(request, timeout):
        bodies.append(json.loads(request.data))
        return io.BytesIO(json.dumps({"stdout": "", "stderr": "", "exit_code": 0}).encode())

    monkeypatch.setattr(urllib.request, "urlopen", take)
    return bodies


def test_a_workspace_named_in_the_environment_is_named_to_the_server(served, sent, monkeypatch):
    monkeypatch.setenv("COUNTERFLOW_WORKSPACE", str(served.path))
    assert answer(["target", "plans"]) == 0
    assert sent[0]["arguments"] == ["-w", str(served.path.resolve()), "target", "plans"]


def test_a_load_that_waits_in_the_spool_is_part_of_every_answer(tmp_path, capsys):
    folder = Workspace.create(tmp_path / "w")
    batch = LoadBatch(source="post", content_sha256="b" * 64, file="f.csv", mapping="m", read=1, accepted=1, rejected=0)
    row = {"source": "post", "batch": batch.batch, "record_id": "1", "declared_on": DAY, "first_seen": NOW}
    write_batch(folder, batch, {"consignment": pa.Table.from_pylist([row], schema=CONSIGNMENT)}, NOW)
    assert answer(["-w", str(folder), "account", "coverage", "--format", "json"]) == 0
    told = capsys.readouterr()
    assert '"received": 1' in told.out
    assert "Taken in from the spool: f.csv" in told.err


def test_settings_that_do_not_reach_the_server_are_said(served, sent, monkeypatch, capsys):
    monkeypatch.setenv("COUNTERFLOW_TARGET__RANDOM_SHARE", "0.3")
    assert answer(["-w", str(served.path), "target", "plans"]) == 0
    assert "COUNTERFLOW_TARGET__RANDOM_SHARE" in capsys.readouterr().err


def test_the_server_knows_its_workspace_by_every_name(served, sent, monkeypatch, tmp_path):
    monkeypatch.setattr(session, "_served", {})
    session.serve_from_here(served)
    link = tmp_path / "link"
    link.symlink_to(served.path)
    for name in (link, tmp_path / "served" / ".." / "served"):
        assert answer(["-w", str(name), "target", "plans"]) == 0
    assert sent == []
