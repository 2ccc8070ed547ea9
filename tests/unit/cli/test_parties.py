"""`parties …` on the command line: the contract of its files, every fault with its place, the exit codes."""

import csv
import gzip
import io
import json

import pytest
from tests.unit.screen.parties.conftest import Site

HEADER = ["query_id", "rank", "list", "entity_id", "score", "corroboration", "alert", "alias", "explanation"]


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path / "w")
    site.put_list("v1")
    return site


@pytest.fixture
def ask(command, site, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COUNTERFLOW_NOW", "2026-03-09T12:00:00Z")

    def run(*arguments):
        return command("-w", site.folder, "parties", *arguments)

    return run


def write(folder, text, name="q.csv"):
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


QUERIES = """query_id,query,schema
q1,Juakin Guzman Loera,Person
q2,,Person
q3,N/A,Person
q4,CORP,Company
q5,00123,Company
q6,"Quartermain, Zebulon Trading",Company
"""


@pytest.mark.parametrize("name", ["q.csv", "q.csv.gz"])
def test_screen_keeps_to_its_contract(ask, tmp_path, name):
    code, out, err = ask("screen", write(tmp_path, QUERIES, name), "--top", "2", "--format", "csv")
    assert code == 0
    rows = table(out)
    assert list(rows[0]) == HEADER
    assert {r["query_id"] for r in rows} == {"q1", "q6"}
    assert next((r["rank"], r["entity_id"], r["alert"]) for r in rows if r["query_id"] == "q1") == ("1", "x:1", "1")
    assert all(0 <= float(r["score"]) < 1 and len(r["score"]) <= 6 for r in rows)
    assert "6 rows read, 6 taken, 0 refused" in err
    assert "1 a company form alone, 1 a name for nobody (UNKNOWN, N/A …), 1 digits only, 1 empty" in err
    assert "example@v1: 5 names" in err


def test_alerts_only_and_other_columns_are_passed_over(ask, tmp_path):
    text = "class;query_id;query;born\nz;1;Joaquin Guzman Loera;1957\nz;2;Joaquin Torres;\n"
    code, out, _ = ask("screen", write(tmp_path, text), "--alerts-only", "--format", "json")
    (row,) = json.loads(out)
    assert (code, row["query_id"], row["alert"]) == (0, "1", 1)
    assert row["corroboration"] > 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("query_id,name,schema\na,x,Person\n", ["line 1", "column 'query'", "missing"]),
        ("query_id,query,query\na,x,y\n", ["line 1", "twice"]),
        ('query_id,query\na,"x\n' + "b,y\n" * 30, ["line 2", "Close the quote"]),
        ("", ["empty"]),
    ],
)
def test_a_file_that_cannot_be_asked_is_refused_with_its_place(ask, tmp_path, text, words):
    code, _, err = ask("screen", write(tmp_path, text))
    assert code == 3
    assert "q.csv" in err
    for word in words:
        assert word in err


def test_a_schema_nobody_knows_is_told_with_its_line_and_the_row_is_asked_all_the_same(ask, tmp_path):
    text = "query_id,query,schema\n1,Joaquin Guzman Loera,Persn\n2,Joaquin Guzman Loera,Person\n"
    code, out, err = ask("screen", write(tmp_path, text), "--top", "1", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert (code, [row["query_id"] for row in rows]) == (0, ["1", "2"])
    assert rows[0]["entity_id"] == rows[1]["entity_id"]
    for word in ("line 2", "'Persn'", "Did you mean 'Person'", "1 with a schema that is not known"):
        assert word in err


def test_bytes_that_are_no_utf8_are_refused_with_their_line(ask, tmp_path):
    (tmp_path / "q.csv").write_bytes(b"query_id,query\na,x\nb,\xff\n")
    code, _, err = ask("screen", "q.csv")
    assert (code, "q.csv, line 3" in err, "UTF-8" in err) == (3, True, True)
    (tmp_path / "q.csv").write_bytes(b"\x1f\x8b\x08cut")
    assert ask("screen", "q.csv")[0] == 3
    assert "no such file" in ask("screen", "none.csv")[2]
    assert "folder" in ask("screen", tmp_path)[2]


def test_ragged_rows_are_counted_and_the_rest_is_asked(ask, tmp_path):
    text = "query_id,query,schema\n1,Joaquin Guzman,Person,x\n2,Joaquin Guzman Loera,Person\n\n3\n"
    code, out, err = ask("screen", write(tmp_path, text), "--format", "csv", "--top", "1")
    assert (code, [r["query_id"] for r in table(out)]) == (0, ["2"])
    assert "3 rows read, 1 taken, 2 refused (line 2: 4 cells, the header has 3; line 5: 1 cells" in err


def test_a_stray_quote_is_part_of_the_name(ask, tmp_path):
    text = 'query_id,query,schema\n1,"GUZMAN LOERA, "Joaquin"",Person\n2,Joaquin "Guzman" Loera,Person\n3,"x\n'
    code, out, err = ask("screen", write(tmp_path, text), "--format", "csv", "--top", "1")
    assert (code, [r["query_id"] for r in table(out)]) == (0, ["1", "2"])
    assert "3 rows read, 3 taken, 0 refused; 1 end before the header does" in err


def test_a_name_of_ten_thousand_characters_is_asked_like_any_other(ask, tmp_path):
    text = f"query_id,query,schema\n1,{'Guzman ' * 1500},Person\n2,{'x' * 10_000},Company\n"
    assert ask("screen", write(tmp_path, text), "--format", "csv")[0] == 0


def test_pairs_keep_every_column_and_add_the_score(ask, tmp_path):
    text = "case,name1,name2,schema,score\na,Jon Smith,John Smith,Person,7\nb,N/A,N/A,Company,7\n"
    code, out, err = ask("pairs", write(tmp_path, text))
    rows = table(out)
    assert code == 0
    assert list(rows[0]) == ["case", "name1", "name2", "schema", "score"]
    assert float(rows[0]["score"]) > 0.5
    assert float(rows[1]["score"]) == 0
    assert "2 names name nobody" in err


def test_explain_tells_why(ask):
    code, out, _ = ask("explain", "Juakin Guzman Loera", "x:1", "--born", "1957", "--format", "json")
    told = json.loads(out)
    assert (code, told["alert"], told["score"]) == (0, 1, told["score_again_from_the_line"])
    assert told["other_fields"] == ["born: 1957 here, 1957-04-04 on the list: the same year (+2)"]
    code, out, _ = ask("explain", "Juakin Guzman Loera", "x:1")
    assert "word_by_word 1" in out
    code, _, err = ask("explain", "Juakin", "x:77")
    assert (code, "no listed entry 'x:77'" in err) == (3, True)


def test_clear_list_and_revoke(ask, tmp_path):
    queries = write(tmp_path, QUERIES)
    said = ("--reason", "another birth year, papers seen", "--by", "A. Judge")
    code, out, err = ask("clear", "Juakin Guzman Loera", "x:1", *said, "--until", "2026-12-31", "--format", "json")
    made = json.loads(out)
    assert (code, made["until"]) == (0, "2026-12-31")
    row = table(ask("screen", queries, "--top", "1", "--format", "csv")[1])[0]
    assert row["alert"] == "0"
    assert "cleared by A. Judge until 2026-12-31" in row["explanation"]
    (listed,) = json.loads(ask("clear", "--list", "--format", "json")[1])
    assert (listed["state"], listed["clearing"]) == ("in force", made["clearing"])
    code, _, err = ask("clear", "--revoke", made["clearing"], *said)
    assert (code, "alerts again" in err) == (0, True)
    assert table(ask("screen", queries, "--top", "1", "--format", "csv")[1])[0]["alert"] == "1"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "Give NAME and ENTITY"),
        (("Joaquin",), 2, "Give NAME and ENTITY"),
        (("Joaquin", "x:1", "--list"), 2, "Give NAME and ENTITY"),
        (("Joaquin", "x:1"), 3, "needs a reason"),
        (("Joaquin", "x:1", "--reason", "other man, seen"), 3, "needs a person"),
        (("--revoke", "C-1", "--reason", "other man, seen", "--by", "A"), 3, "no clearing 'C-1'"),
    ],
)
def test_clear_says_what_it_lacks(ask, arguments, code, words):
    left, _, err = ask("clear", *arguments)
    assert (left, words in err) == (code, True)


def test_calibrate_sets_what_screen_then_uses(ask, tmp_path):
    names = "\n".join(f"{i},Abcdef{i} Ghijkl{i},Person" for i in range(600))
    traffic = write(tmp_path, f"query_id,query,schema\n{names}\n", "traffic.csv")
    code, out, err = ask("calibrate", traffic, "--reviews-per-day", "20", "--parties-per-day", "1000", "--by", "Ana", "--format", "json")  # fmt: skip
    (row,) = json.loads(out)
    assert (code, row["kind"], row["names"]) == (0, "person", 600)
    assert "expected per 1,000 parties of your traffic" in err
    assert row["threshold"] in ask("screen", write(tmp_path, QUERIES))[2]
    code, _, err = ask("calibrate", traffic, "--per-1000", "1", "--by", "Ana")
    assert (code, "takes 4999" in err) == (3, True)
    assert ask("calibrate", traffic, "--by", "Ana")[0] == 2
    code, _, err = ask("calibrate", "--per-1000", "10", "--by", "Ana")
    assert (code, "takes 499" in err) == (3, True)


def test_rescreen_prints_what_a_new_edition_touches(ask, site):
    site.put_parties(["Quirina Vandermolen", "Anna Schmidt"])
    with site.open() as workspace:
        from counterflow.screen.run import screen

        screen(workspace)
    site.put_list("v2", [("x:9", "VANDERMOLEN, Quirina", "primary", "Person", None, None, None, None)])
    code, out, err = ask("rescreen", "--since", "v1", "--format", "csv")
    (row,) = table(out)
    assert (code, row["change"], row["entity_id"], row["what"]) == (0, "new", "x:9", "entry added")
    assert "1 added, 4 removed, 0 changed entries" in err
    assert ask("rescreen", "--since", "v9")[0] == 3


def test_without_a_list_it_says_so(command, tmp_path):
    site = Site(tmp_path / "empty")
    code, _, err = command("-w", site.folder, "parties", "screen", write(tmp_path, QUERIES))
    assert (code, "lists load" in err) == (2, True)
