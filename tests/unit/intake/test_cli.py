"""The commands of intake: data to stdout, words to stderr, and the way from quarantine back."""

import json

import pytest

MAPPING = '[mapping]\nname = "m"\nversion = "1"\nsource = "s"\n[fields]\n'
MAPPING += 'record_id = "id"\ndeclared_on = "day"\nmass_kg = "kg"\n'


@pytest.fixture
def run(tmp_path, command, monkeypatch):
    """Run a command in a fresh folder that has a workspace W, a mapping and a file; give exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.toml").write_text(MAPPING)
    (tmp_path / "f.csv").write_text("id,day,kg\n1,2021-01-01,2\n2,2021-01-01,-2\n")

    assert command("init", "W")[0] == 0
    return command


def test_a_load_answers_with_its_receipt_and_exit_code_nought_where_rows_were_refused(run):
    code, out, err = run("-w", "W", "intake", "load", "f.csv", "--map", "m.toml", "--format", "json")
    receipt = json.loads(out)
    assert code == 0
    assert (receipt["read"], receipt["accepted"], receipt["rejected"]) == (2, 1, 1)
    assert receipt["reasons"] == {"negative": 1}
    assert "1 rejected" in err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("nowhere.csv", "--map", "m.toml"), 3, "no such file"),
        ((".", "--map", "m.toml"), 3, "folder"),
        (("f.csv", "--map", "parcel"), 4, "does not have"),
        (("f.csv", "--map", "parcle"), 3, "Did you mean 'parcel'"),
        (("f.csv", "--map", "m.toml", "--source", "a/b"), 2, "plain name"),
    ],
)
def test_what_cannot_be_loaded_says_so_without_a_traceback(run, arguments, code, words):
    found, out, err = run("-w", "W", "intake", "load", *arguments)
    assert (found, out) == (code, "")
    assert words in err
    assert "Traceback" not in err


def test_quarantine_from_list_to_reload(run, tmp_path):
    receipt = json.loads(run("-w", "W", "intake", "load", "f.csv", "--map", "m.toml", "--format", "json")[1])
    listed = json.loads(run("-w", "W", "intake", "quarantine", "list", "--format", "json")[1])
    assert [(r["row"], r["column"], r["reason"]) for r in listed] == [(2, "kg", "negative")]
    assert run("-w", "W", "intake", "quarantine", "export", "--out", "mend.csv")[0] == 0
    (tmp_path / "mend.csv").write_text((tmp_path / "mend.csv").read_text().replace("'-2", "2"))
    again = json.loads(run("-w", "W", "intake", "quarantine", "reload", "mend.csv", "--format", "json")[1])
    assert (again["accepted"], again["rejected"]) == (1, 0)
    rows = json.loads(run("-w", "W", "intake", "receipts", "--format", "json")[1])
    assert [(r["batch"], r["open"], r["reloaded"]) for r in rows] == [(receipt["batch"], 0, 1), (again["batch"], 0, 0)]


def test_map_writes_a_mapping_that_loads(run):
    code, _, err = run("intake", "map", "f.csv", "--out", "p.toml")
    assert code == 0
    assert "unscreened" in err
    assert run("-w", "W", "intake", "load", "f.csv", "--map", "p.toml")[0] == 0


def test_coverage_and_mappings_are_data(run):
    run("-w", "W", "intake", "load", "f.csv", "--map", "m.toml")
    assert json.loads(run("-w", "W", "intake", "coverage")[1])["whole"]["received"] == 1
    assert [m["name"] for m in json.loads(run("intake", "mappings", "--format", "json")[1])] == [
        "arcos",
        "crossings",
        "cuscar",
        "customers",
        "customs_kr",
        "itmatt",
        "orders",
        "parcel",
        "stock",
    ]


def test_texts_that_look_like_formulas_come_back_as_they_were(run, tmp_path):
    (tmp_path / "m.toml").write_text(MAPPING + 'goods.description = "text"\n')
    (tmp_path / "g.csv").write_text("id,day,kg,text\n1,2021-01-01,x,=1+1\n2,2021-01-01,x,'twas\n")
    run("-w", "W", "intake", "load", "g.csv", "--map", "m.toml")
    run("-w", "W", "intake", "quarantine", "export", "--out", "mend.csv")
    (tmp_path / "mend.csv").write_text((tmp_path / "mend.csv").read_text().replace(",x,", ",5,"))
    receipt = json.loads(run("-w", "W", "intake", "quarantine", "reload", "mend.csv", "--format", "json")[1])
    assert receipt["accepted"] == 2
    from counterflow.store.workspace import Workspace

    with Workspace.open(tmp_path / "W") as workspace:
        rows = workspace.store.rows("SELECT description FROM goods_line ORDER BY record_id")
    assert [r["description"] for r in rows] == ["=1+1", "'twas"]
