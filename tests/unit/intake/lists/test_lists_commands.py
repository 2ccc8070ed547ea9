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
