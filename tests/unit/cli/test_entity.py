"""`parties resolve` and `entity …`, from a file to a decision and back."""

from __future__ import annotations

import csv
import io

import pytest

from counterflow.store.erasure import erase_records
from counterflow.store.workspace import Workspace

RECORDS = """\
Record ID,Shipper Name,Shipper Address,City,Country,Tel,Colour
a1,"GUZMAN LOERA, Joaquin",Calle 5 No 12,Culiacan,Mexico,,red
a2,Joaquin Guzman Loera,Cl 5 # 12,CULIACAN,MX,,blue
a3,Joaquim GUZMAN LOERA,,,,+52 667 123 4567,
a4,UNKNOWN,,,,,
a6,Acme Zarkovic Petrochem LLC,"PO Box 123, Deira",Dubai,AE,,
a7,ACME ZARKOVICH PETROCHEM,P.O. BOX 123 Deira,Dubai,United Arab Emirates,,
"""


@pytest.fixture
def place(tmp_path, command):
    (tmp_path / "records.csv").write_text(RECORDS, "utf-8")
    assert command("init", tmp_path / "w")[0] == 0
    return tmp_path


def rows_of(out):
    return list(csv.DictReader(io.StringIO(out)))


def entities(out):
    found = {}
    for row in rows_of(out):
        found.setdefault(row["entity_id"], []).append(row["record_id"])
    return sorted(found.values())


def test_without_a_workspace_each_record_gets_an_entity_in_order(place, command):
    code, out, err = command("parties", "resolve", place / "records.csv", "--format", "csv")
    assert code == 0
    assert out.splitlines()[0] == "record_id,entity_id,probability"
    assert [row["record_id"] for row in rows_of(out)] == ["a1", "a2", "a3", "a4", "a6", "a7"]
    assert entities(out) == [["a1", "a2", "a3"], ["a4"], ["a6", "a7"]]
    assert all(0 < float(row["probability"]) < 1 for row in rows_of(out))
    assert "6 rows read, 6 taken, 0 refused" in err
    assert "Not used: Colour" in err


def test_a_split_holds_until_it_is_taken_back_and_a_join_too(place, command):
    run = ("-w", place / "w")
    resolve = (*run, "parties", "resolve", place / "records.csv", "--format", "csv")
    first = rows_of(command(*resolve)[1])
    name = {row["record_id"]: row["entity_id"] for row in first}
    who = ("--reason", "told apart at the counter", "--person", "officer 7")
    assert command(*run, "entity", "split", name["a1"], "a3", *who)[0] == 0
    assert [
        r["record_id"] for r in rows_of(command(*run, "entity", "show", name["a1"], "--members", "--format", "csv")[1])
    ] == ["a1", "a2"]
    again = rows_of(command(*resolve)[1])
    assert entities(command(*resolve)[1]) == [["a1", "a2"], ["a3"], ["a4"], ["a6", "a7"]]
    assert {r["record_id"]: r["entity_id"] for r in again if r["record_id"] != "a3"} == {
        k: v for k, v in name.items() if k != "a3"
    }
    assert command(*run, "entity", "join", name["a6"], name["a4"], *who)[0] == 0
    assert entities(command(*resolve)[1]) == [["a1", "a2"], ["a3"], ["a4", "a6", "a7"]]
    decisions = rows_of(command(*run, "entity", "decisions", "--format", "csv")[1])
    assert [row["verdict"] for row in decisions] == ["same", "different"]
    for row in decisions:
        assert command(*run, "entity", "decisions", "--take-back", row["decision"], *who)[0] == 0
    last = command(*resolve)[1]
    assert entities(last) == [["a1", "a2", "a3"], ["a4"], ["a6", "a7"]]
    assert {r["record_id"]: r["entity_id"] for r in rows_of(last)} == name


def test_show_says_why_field_by_field(place, command):
    run = ("-w", place / "w")
    resolved = rows_of(command(*run, "parties", "resolve", place / "records.csv", "--format", "csv")[1])
    name = next(row["entity_id"] for row in resolved if row["record_id"] == "a6")
    code, out, err = command(*run, "entity", "show", name, "--format", "csv")
    assert code == 0
    fields = {row["field"]: row for row in rows_of(out)}
    assert set(fields) == {"prior", "name", "place"}
    assert fields["name"]["here"] == "Acme Zarkovic Petrochem LLC"
    assert float(fields["name"]["against_strangers"]) > 0
    assert "zarkovic ~ zarkovich" in err
    assert "A person decides." in err
    listed = rows_of(command(*run, "entity", "list", "--format", "csv")[1])
    assert [row["records"] for row in listed] == ["3", "2"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("show", "E0000"), 3, "no entity"),
        (("split", "{a1}", "a4"), 3, "not of"),
        (("split", "{a1}", "a1", "a2", "a3"), 3, "not all"),
        (("join", "{a1}", "{a2}"), 3, "one entity already"),
        (("decisions", "--take-back", "decision-1"), 3, "no decision"),
    ],
)
def test_what_cannot_be_done_is_said(place, command, arguments, code, said):
    run = ("-w", place / "w")
    resolved = rows_of(command(*run, "parties", "resolve", place / "records.csv", "--format", "csv")[1])
    names = {row["record_id"]: row["entity_id"] for row in resolved}
    who = ("--reason", "told apart at the counter", "--person", "officer 7") if arguments[0] != "show" else ()
    done = command(*run, "entity", *(a.format(**names) for a in arguments), *who)
    assert done[0] == code
    assert said in done[2]


def test_a_double_id_is_refused_with_its_line(place, command):
    (place / "twice.csv").write_text("id,name\n1,Anna\n2,Bert\n1,Carl\n", "utf-8")
    code, out, err = command("parties", "resolve", place / "twice.csv")
    assert (code, out) == (3, "")
    assert "line 4" in err


def test_a_short_reason_changes_nothing(place, command):
    run = ("-w", place / "w")
    resolved = rows_of(command(*run, "parties", "resolve", place / "records.csv", "--format", "csv")[1])
    code, _, err = command(*run, "entity", "split", resolved[0]["entity_id"], "a3", "--reason", "no", "--person", "me")
    assert code == 3
    assert "too short" in err
    assert rows_of(command(*run, "entity", "decisions", "--format", "csv")[1]) == []


def test_erasing_a_record_takes_it_and_its_words_out_of_its_entity(place, command):
    run = ("-w", place / "w")
    command(*run, "parties", "resolve", place / "records.csv")
    with Workspace(place / "w") as workspace:
        assert erase_records(workspace, "file:records.csv", ["a1"], person="dpo", ground="request") == 1
        left = workspace.store.rows("SELECT record_id FROM entity_member ORDER BY record_id")
        quoting = workspace.store.rows("SELECT 1 FROM entity_merge WHERE 'a1' IN (record_id, other_record_id)")
        ledger = [entry.kind for entry in workspace.ledger.entries()]
    assert [row["record_id"] for row in left] == ["a2", "a3", "a4", "a6", "a7"]
    assert not quoting
    assert ledger == ["resolution", "erasure"]


def test_stored_parties_are_resolved_across_loads(place, command):
    import pyarrow as pa

    run = ("-w", place / "w")
    parties = [
        {
            "source": "post",
            "record_id": r,
            "batch": "b",
            "role": role,
            "name": n,
            "address": "Plot 17 Al Quoz 3",
            "country": "AE",
        }
        for r, role, n in (
            ("1", "consignor", "Acme Zarkovic LLC"),
            ("2", "consignor", "ACME ZARKOVICH LLC"),
            ("2", "consignee", "Maria Perez"),
        )
    ]
    with Workspace(place / "w") as workspace:
        workspace.store.append("party", pa.Table.from_pylist(parties))
    code, out, _ = command(*run, "parties", "resolve", "--format", "csv")
    found = rows_of(out)
    assert code == 0
    assert [(r["source"], r["record_id"], r["part"]) for r in found] == [
        ("post", "1", "consignor"),
        ("post", "2", "consignee"),
        ("post", "2", "consignor"),
    ]
    assert found[0]["entity_id"] == found[2]["entity_id"] != found[1]["entity_id"]
