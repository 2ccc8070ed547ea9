"""`share ftm`: what leaves, for whom, and what the ledger keeps of it."""

from __future__ import annotations

import hashlib
import json

import pyarrow as pa
import pytest

from counterflow.core.clock import fixed_clock
from counterflow.core.tables import CONSIGNMENT, FINDING, PARTY
from counterflow.store.erasure import erase_records
from counterflow.store.spool import LoadBatch, drain, write_batch
from counterflow.store.workspace import Workspace

NOW = fixed_clock("2026-03-09T12:00:00Z")
BATCH = LoadBatch(source="post", content_sha256="a" * 64, file="f", mapping="m", read=2, accepted=2, rejected=0)
KEY = {"source": "post", "batch": BATCH.batch}
FOR = ("--recipient", "Customs of Erewhon", "--ground", "mutual assistance, case 7")


@pytest.fixture
def run(tmp_path, command, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.csv").write_text("Name,Id\nJANE ROE,1\nACME LTD,2\n")
    folder = Workspace.create(tmp_path / "W", clock=NOW)
    ids = ("007", "008")
    tables = {
        "consignment": pa.Table.from_pylist(
            [KEY | {"record_id": i, "declared_on": NOW().date(), "first_seen": NOW()} for i in ids], schema=CONSIGNMENT
        ),
        "party": pa.Table.from_pylist(
            [
                KEY | {"record_id": i, "role": "consignee", "name": n}
                for i, n in zip(ids, ("Jane Roe", "Ann Low"), strict=True)
            ],
            schema=PARTY,
        ),
    }
    write_batch(folder, BATCH, tables, NOW())
    found = {
        "source": "post", "record_id": "007", "part": "consignee", "check": "list-parties", "check_version": "1.a",
        "code": "listed-exact", "kind": "deterministic", "strength": 0.9, "meaning": "m", "harm_class": "party",
        "field": "name", "matched": "Jane Roe", "sentence": "It says Jane Roe.", "run": "r", "reference": "mine:1",
        "reference_version": "mine@v",
    }  # fmt: skip
    with Workspace.open(folder, clock=NOW) as workspace:
        drain(workspace)
        workspace.store.append("finding", pa.Table.from_pylist([found], schema=FINDING))
    return lambda *arguments: command("-w", "W", *arguments)


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def exports(folder="W"):
    from pathlib import Path

    with Workspace.open(Path(folder), clock=NOW) as workspace:
        return [entry.body for entry in workspace.ledger.entries() if entry.kind == "export"]


def test_lists_leave_freely_and_the_ledger_keeps_the_digest(run, tmp_path):
    assert run("lists", "load", "csv", "list.csv", "--list", "mine", "--name", "Name", "--id", "Id")[0] == 0
    code, out, err = run("share", "ftm")
    assert code == 0, err
    assert [e["schema"] for e in lines(out)].count("Sanction") == 2
    assert run("share", "ftm", "--list", "mine", "--out", "mine.jsonl")[0] == 0
    assert (tmp_path / "mine.jsonl").read_text("utf-8") == out
    first, second = exports()
    assert first == second
    assert first["sha256"] == hashlib.sha256(out.encode()).hexdigest()
    assert first["entities"] == len(lines(out))


def test_people_leave_only_for_a_recipient_on_a_ground(run, tmp_path):
    code, out, err = run("share", "ftm", "--what", "parties", "--out", "p.jsonl")
    assert (code, out) == (2, "")
    assert "--recipient and --ground" in err
    assert not (tmp_path / "p.jsonl").exists()
    assert exports() == []
    code, out, err = run("share", "ftm", "--what", "parties", *FOR)
    assert code == 0, err
    assert {e["properties"]["name"][0] for e in lines(out) if e["schema"] == "LegalEntity"} == {"Jane Roe", "Ann Low"}
    assert sum(e["schema"] == "Similar" for e in lines(out)) == 1
    (body,) = exports()
    assert body["recipient"] == "Customs of Erewhon"
    assert "Roe" not in json.dumps(body)


def test_what_was_erased_does_not_leave(run, tmp_path):
    with Workspace.open(tmp_path / "W", clock=NOW) as workspace:
        erase_records(workspace, "post", ["007"], person="dpo", ground="request")
    code, out, _ = run("share", "ftm", "--what", "parties", *FOR)
    assert code == 0
    assert "Roe" not in out
    assert [e["schema"] for e in lines(out)] == ["LegalEntity"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--list", "ofca"), 3, "ofca"),
        ((), 3, "There are no lists"),
        (("--what", "entities", *FOR), 3, "parties resolve"),
        (("--what", "parties", "--list", "mine", *FOR), 2, "--list chooses"),
        (("--what", "people"), 2, "people"),
    ],
)
def test_what_cannot_be_shared_is_said_and_nothing_is_written(run, tmp_path, arguments, code, words):
    left, out, err = run("share", "ftm", *arguments, "--out", "x.jsonl")
    assert (left, out) == (code, "")
    assert words in err
    assert not list(tmp_path.glob("x.jsonl*"))
    assert exports() == []


def test_entities_leave_with_the_parties_they_were_made_of(run):
    code, _, err = run("parties", "resolve", "--format", "csv")
    assert code == 0, err
    code, out, err = run("share", "ftm", "--what", "entities", *FOR)
    assert code == 0, err
    whole = [e for e in lines(out) if e["schema"] == "LegalEntity"]
    assert {name for e in whole for name in e["properties"]["name"]} == {"Jane Roe", "Ann Low"}
    parties = [
        e["id"] for e in lines(run("share", "ftm", "--what", "parties", *FOR)[1]) if e["schema"] == "LegalEntity"
    ]
    assert sorted(party for e in whole for party in e["referents"]) == sorted(parties)
    assert exports()[0]["what"] == "entities"
