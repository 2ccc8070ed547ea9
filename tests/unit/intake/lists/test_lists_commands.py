"""The commands on lists: data to stdout, words to stderr, the exit codes of the house."""

import csv
import io
import json

import pytest

ROW = '{},"{}","individual","SDNTK",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'


@pytest.fixture
def run(tmp_path, command, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.csv").write_text(ROW.format(1, "ROE, Jane") + ROW.format(2, "DOE, John") + "\x1a", newline="")
    (tmp_path / "new.csv").write_text(ROW.format(1, "ROE, Jane") + ROW.format(3, "LOW, Ann") + "x", newline="")
    (tmp_path / "dpl.csv").write_text("Name,Country\nJANE ROE,US\n")

    assert command("init", "W")[0] == 0
    return lambda *arguments: command("-w", "W", "lists", *arguments)


def loaded(run, *arguments):
    code, out, err = run("load", *arguments, "--format", "json")
    assert code == 0, err
    return json.loads(out), err


def test_load_show_and_diff(run):
    old, words = loaded(run, "ofac", "--sdn", "old.csv", "--published", "2021-07-07")
    assert (old["read"], old["accepted"], old["rejected"], old["already_loaded"]) == (2, 2, 0, False)
    assert "2 rows read, 2 accepted, 0 rejected" in words
    again, words = loaded(run, "ofac", "--sdn", "old.csv")
    assert again["already_loaded"]
    assert "nothing was added" in words
    new, _ = loaded(run, "ofac", "--sdn", "new.csv")
    assert new["reasons"] == {"wrong-width": 1}

    versions = list(csv.DictReader(io.StringIO(run("show", "--format", "csv")[1])))
    assert [v["version"] for v in versions] == [old["version"], new["version"]]
    assert versions[0]["published"] == "2021-07-07"
    names = list(csv.DictReader(io.StringIO(run("show", old["version"][:5], "--format", "csv")[1])))
    assert [n["name"] for n in names] == ["ROE, Jane", "DOE, John"]

    code, out, words = run("diff", old["version"], new["version"][:6], "--format", "csv")
    assert code == 0
    assert [(r["change"], r["entry_id"]) for r in csv.DictReader(io.StringIO(out))] == [
        ("added", "ofac:3"), ("removed", "ofac:2"),
    ]  # fmt: skip
    assert "1 added, 1 removed, 0 changed" in words


def test_any_list_by_its_columns(run):
    receipt, _ = loaded(run, "csv", "dpl.csv", "--list", "bis-dpl", "--name", "Name", "--country", "Country")
    assert (receipt["list"], receipt["accepted"]) == ("bis-dpl", 1)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("load", "ofac", "--sdn", "nothing.csv"), 3, "no such file"),
        (("load", "ofac", "--sdn", "dpl.csv"), 3, "columns"),
        (("load", "csv", "dpl.csv", "--list", "x", "--name", "Nmae"), 3, "Did you mean 'Name'"),
        (("show", "abc"), 3, "no list version"),
        (("diff", "a", "b"), 3, "no list version"),
    ],
)
def test_what_cannot_be_done_says_so_without_a_traceback(run, arguments, code, words):
    found, out, err = run(*arguments)
    assert (found, out) == (code, "")
    assert words in err
    assert "Traceback" not in err


UN = (
    '<CONSOLIDATED_LIST dateGenerated="2026-02-27"><INDIVIDUALS><INDIVIDUAL><DATAID>1</DATAID>'
    "<FIRST_NAME>JANE</FIRST_NAME><SECOND_NAME>ROE</SECOND_NAME></INDIVIDUAL></INDIVIDUALS></CONSOLIDATED_LIST>"
)
SDN_XML = "<sdnList><sdnEntry><uid>1</uid><lastName>ACME</lastName><sdnType>Entity</sdnType></sdnEntry></sdnList>"
BIS = "Name,City,Effective_Date,Expiration_Date\nJANE ROE,Lima,01/02/2020,\n"
FTM = (
    '{"id": "p", "schema": "Person", "properties": {"name": ["Jane Roe", "N/A"]}}\n'
    '{"id": "q", "schema": "Family", "properties": {}}\n'
)


@pytest.mark.parametrize(
    ("kind", "content", "more", "expected"),
    [
        ("un", UN, (), ("un-consolidated", "un:1", "")),
        ("ofac-xml", SDN_XML, (), ("ofac-sdn", "ofac:1", "")),
        ("bis", BIS, (), ("bis-dpl", "bis:", "")),
        ("ftm", FTM, ("--list", "os"), ("os", "os:p", "1 lines of other kinds passed over (Family 1)")),
    ],
)
def test_every_publishers_format_is_loaded_and_shown(run, tmp_path, kind, content, more, expected):
    (tmp_path / "list").write_text(content)
    receipt, words = loaded(run, kind, "list", *more)
    assert (receipt["list"], receipt["read"], receipt["accepted"]) == (expected[0], 1, 1)
    assert expected[2] in words
    shown = list(csv.DictReader(io.StringIO(run("show", receipt["version"], "--format", "csv")[1])))
    assert shown[0]["entry_id"].startswith(expected[1])
    assert loaded(run, kind, "list", *more)[0]["already_loaded"]


def test_what_was_taken_with_a_loss_is_said(run, tmp_path):
    (tmp_path / "list").write_text(FTM)
    _, words = loaded(run, "ftm", "list", "--list", "os")
    assert "1 names are digits, a placeholder or a company form alone: kept, never matched as names" in words


def test_columns_by_a_file_and_by_options(run, tmp_path):
    (tmp_path / "m.toml").write_text('list = "mine"\nname = "Name"\n')
    receipt, _ = loaded(run, "csv", "dpl.csv", "--map", "m.toml", "--country", "Country")
    assert receipt["list"] == "mine"
    code, _, err = run("load", "csv", "dpl.csv", "--name", "Name")
    assert (code, "--list" in err) == (2, True)
