"""`substances check|show|matrix|gaps` on the command line: columns, verdicts, faults with their place, exit codes."""

import csv
import gzip
import io
import json

import pytest

HEADER = "id,verdict,substance,jurisdiction,list,schedule,rule,sites,citation,span,reason"
ITEMS = """id,text,cas,hs
a,25 kg fentanyl citrate,,
b,cotton shirts,,
c,,437-38-8,
d,,,
e,norfentanyl,,2933.39
"""


@pytest.fixture
def ask(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COUNTERFLOW_NOW", "2025-08-01T12:00:00Z")
    return lambda *arguments: command("substances", *arguments)


def write(folder, text, name="items.csv"):
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("name", ["items.csv", "items.csv.gz"])
def test_check_keeps_to_its_contract(ask, tmp_path, name):
    code, out, err = ask("check", write(tmp_path, ITEMS, name), "--route", "CN,US", "--format", "csv")
    assert code == 0
    assert out.splitlines()[0] == HEADER
    rows = table(out)
    assert [(r["id"], r["verdict"], r["jurisdiction"]) for r in rows] == [
        ("a", "controlled", "CN"),
        ("a", "controlled", "US"),
        ("b", "none", ""),
        ("c", "unclear", ""),
        ("d", "none", ""),
        ("e", "listed_precursor", "CN"),
        ("e", "controlled", "US"),
    ]
    assert "5 rows read, 5 taken, 0 refused" in err
    assert "On 2025-08-01, law of CN, US" in err
    assert "5 items, 7 rows: 3 controlled, 1 listed_precursor, 1 unclear, 2 none." in err


def test_the_day_asked_is_kept_to_and_echoed(ask, tmp_path):
    path = write(tmp_path, "id,name\n1,norfentanyl\n")
    code, out, err = ask("check", path, "--on", "2018-01-01", "--route", "UN", "--format", "json")
    (row,) = json.loads(out)
    assert (code, row["verdict"], row["on"]) == (0, "watch", "2018-01-01")
    assert "on 2018-01-01" in row["reason"]
    assert "On 2018-01-01" in err


def test_one_item_on_the_command_line(ask):
    code, out, _ = ask("check", "--text", "fentanyl", "--cas", "437-38-7", "--route", "US", "--format", "csv")
    (row,) = table(out)
    assert (code, row["id"], row["verdict"], row["span"]) == (0, "1", "controlled", "text:0-8 cas:0-8")


def test_without_a_route_every_law_held_is_asked(ask):
    _, out, _ = ask("check", "--text", "fentanyl", "--format", "csv")
    assert {"UN", "EU", "US", "GB", "CA", "CN", "MX", "DE"} <= {r["jurisdiction"] for r in table(out)}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check",), "Say what to check"),
        (("check", "--text", "x", "--on", "2025-13-01"), "2025-13-01"),
        (("check", "--text", "x", "--on", "yesterday"), "yesterday"),
        (("check", "--text", "x", "--route", "CN,Mexcio"), "Did you mean Mexico"),
        (("check", "--text", "x", "--route", ""), "names no place"),
        (("gaps", "--origin", "TH", "--destination", "US"), "no law of TH"),
    ],
)
def test_a_wrong_call_is_refused(ask, arguments, words):
    code, _, err = ask(*arguments)
    assert (code, words in err) == (2, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,text\na,x\n", ["column 'id'", "missing"]),
        ("id,goods\na,x\n", ["no column to check", "text, name, cas"]),
        ("id,text,text\na,x,y\n", ["twice"]),
        ("", ["empty"]),
    ],
)
def test_a_file_that_cannot_be_checked_is_refused_with_its_place(ask, tmp_path, text, words):
    code, _, err = ask("check", write(tmp_path, text))
    assert code == 3
    for word in ["items.csv", *words]:
        assert word in err


def test_rows_with_too_many_cells_are_counted_and_the_others_answered(ask, tmp_path):
    code, out, err = ask("check", write(tmp_path, "id,text\n1,a,b\n2,acetone\n"), "--route", "US", "--format", "csv")
    assert (code, [r["id"] for r in table(out)]) == (0, ["2"])
    assert "2 rows read, 1 taken, 1 refused (line 2: 3 cells, the header has 2)" in err


def test_cells_that_a_spreadsheet_left_off_are_empty_and_that_is_said(ask, tmp_path):
    code, out, err = ask("check", write(tmp_path, "id,text,cas\n1,acetone\n2\n"), "--route", "US", "--format", "csv")
    assert (code, [(r["id"], r["verdict"]) for r in table(out)]) == (0, [("1", "listed_precursor"), ("2", "none")])
    assert "2 rows read, 2 taken, 0 refused; 2 end before the header does" in err


def test_a_goods_text_over_many_lines_is_one_item(ask, tmp_path):
    lines = "\n".join(["cotton"] * 200 + ["fentanyl"])
    code, out, _ = ask("check", write(tmp_path, f'id,text\n1,"{lines}"\n'), "--route", "US", "--format", "csv")
    assert (code, [r["verdict"] for r in table(out)]) == (0, ["controlled"])


def test_show_lays_a_substance_open_by_name_number_and_id(ask):
    told = [json.loads(ask("show", name, "--format", "json")[1]) for name in ("Fentanilo", "437-38-7", "fentanyl")]
    assert told[0] == told[1] == told[2]
    assert told[0]["substance"] == "fentanyl"
    assert any("CAS 437-38-7" in number for number in told[0]["identifiers"])
    assert all(entry["citation"] and entry["read"] for entry in told[0]["controls"])
    assert all("as of" in line for line in told[0]["coverage"])
    assert "not thereby without control" in told[0]["note"]
    code, out, _ = ask("show", "fentanyl")
    assert (code, "controls 1" in out) == (0, True)


def test_show_tells_the_class_rules_that_describe_a_substance(ask):
    told = json.loads(ask("show", "alpha-PVP", "--format", "json")[1])
    assert ("gb-cathinones", "IN") in {(rule["rule"], rule["verdict"]) for rule in told["class rules"]}
    assert all("structure only" in rule["found"] for rule in told["class rules"] if rule["verdict"] == "IN")


def test_an_unknown_name_is_refused_with_the_nearest(ask):
    code, _, err = ask("show", "norfentanil")
    assert (code, "norfentanyl" in err) == (3, True)


def test_matrix_has_a_line_for_each_substance_and_place(ask):
    code, out, err = ask("matrix", "norfentanyl", "acetone", "--in", "UN,US,TH", "--format", "csv")
    rows = table(out)
    assert (code, len(rows)) == (0, 6)
    assert (rows[0]["verdict"], rows[0]["since"], rows[0]["read"]) == (
        "listed_precursor",
        "2022-11-23",
        "text; dates recalled",
    )
    assert rows[2]["coverage"] == "no law of TH in this registry"
    assert "not “not controlled”" in err


def test_gaps_tell_what_was_seen_and_is_not_in_the_law_of_the_origin(ask, tmp_path):
    seen = write(tmp_path, "substance,count\nxylazine,7\nfentanyl,90\nzzyzx,2\n", "seen.csv")
    code, out, err = ask("gaps", "--origin", "CN", "--destination", "US", "--seen", seen, "--format", "csv")
    rows = table(out)
    assert (code, rows[0]["substance"], rows[0]["seen"]) == (0, "xylazine", "7")
    assert (rows[1]["substance"], rows[1]["name"], rows[1]["seen"]) == ("", "zzyzx", "2")
    assert "fentanyl" not in {row["substance"] for row in rows}
    assert all("that is not “not controlled”" in row["reason"] for row in rows)
    assert "zzyzx" in err


def test_a_count_that_is_none_is_refused_with_its_line(ask, tmp_path):
    seen = write(tmp_path, "substance,count\nxylazine,many\n", "seen.csv")
    code, _, err = ask("gaps", "--origin", "CN", "--destination", "US", "--seen", seen)
    assert (code, "seen.csv, line 2" in err) == (3, True)


def test_findings_and_confirmed_inspections_of_the_workspace_count_as_seen(tmp_path):
    import duckdb

    from counterflow.reference.registry import load_registry
    from counterflow.screen.substances import sightings

    base = duckdb.connect()
    base.execute(
        'CREATE TABLE finding(source VARCHAR, record_id VARCHAR, "check" VARCHAR, code VARCHAR, reference VARCHAR)'
    )
    base.execute("CREATE TABLE outcome(source VARCHAR, record_id VARCHAR, confirmation VARCHAR, recorded_at TIMESTAMP)")
    found = [
        ("s", "1", "substances", "controlled-drug", "substances:xylazine"),
        ("s", "2", "substances", "controlled-drug", "substances:xylazine"),
        ("s", "3", "substances", "substance-mentioned", "substances:fentanyl"),
    ]
    base.executemany("INSERT INTO finding VALUES (?, ?, ?, ?, ?)", found)
    base.execute(
        "INSERT INTO outcome VALUES ('s', '1', 'suspected', '2025-01-01'), ('s', '1', 'confirmed', '2025-01-02')"
    )

    class Store:
        def rows(self, sql):
            return base.sql(sql).to_arrow_table().to_pylist()

    (seen,) = sightings.seen_in_workspace(Store(), load_registry())
    assert (seen.substance, seen.count, seen.confirmed) == ("xylazine", 2, 1)


def test_column_names_are_known_in_any_case_and_others_are_told_of(ask, tmp_path):
    path = write(tmp_path, "ID,Name,CAS,Supplier\n1,unnamed,437-38-7,x\n")
    code, out, err = ask("check", path, "--route", "US", "--format", "csv")
    assert (code, [(r["id"], r["verdict"]) for r in table(out)]) == (0, [("1", "controlled")])
    assert "Columns passed over: Supplier." in err


def test_a_quote_that_swallows_the_rows_below_is_refused_with_its_line(ask, tmp_path):
    code, out, err = ask("check", write(tmp_path, 'id,text\n1,acetone\n2,"fentanyl\n3,ketamine\n4,heroin\n'))
    assert (code, out) == (3, "")
    assert "line 3" in err
    assert "never closed" in err


def test_an_open_quote_on_the_last_row_loses_nothing(ask, tmp_path):
    path = write(tmp_path, 'id,text\n1,acetone\n2,"fentanyl 1 kg\n')
    code, out, _ = ask("check", path, "--route", "US", "--format", "csv")
    assert (code, {(r["id"], r["substance"]) for r in table(out)}) == (0, {("1", "acetone"), ("2", "fentanyl")})


@pytest.mark.parametrize("written", ["000437-38-7", "437 - 38 - 7", "437–38–7", "CAS 437-38-7; n/a"])
def test_cas_numbers_as_stock_programs_write_them(ask, written):
    code, out, _ = ask("check", "--cas", written, "--route", "US", "--format", "csv")
    assert (code, "fentanyl" in {r["substance"] for r in table(out)}) == (0, True)


def test_words_for_none_in_a_column_of_numbers_or_structures_are_no_fault(ask, tmp_path):
    path = write(tmp_path, "id,cas,inchikey,smiles,hs\n1,n/a,-,None,#N/A\n2,437-38-,,,\n")
    code, out, _ = ask("check", path, "--route", "US", "--format", "csv")
    first, second = table(out)
    assert (code, first["verdict"], second["verdict"]) == (0, "none", "unclear")
    assert "no CAS number" not in first["reason"]


@pytest.mark.parametrize(
    ("name", "words"),
    [("zzz", "not “not controlled”"), ("437-38-8", "would end in 7"), ("", "No substance is named")],
)
def test_an_unknown_substance_is_not_called_uncontrolled(ask, name, words):
    code, _, err = ask("show", name)
    assert (code, words in err, "Known:" in err) == (3, True, False)


def test_rows_of_a_series_that_name_nothing_are_told_of(ask, tmp_path):
    seen = write(tmp_path, "substance,count\nxylazine,2\n,5\n", "seen.csv")
    code, _, err = ask("gaps", "--origin", "CN", "--destination", "US", "--seen", seen, "--format", "csv")
    assert (code, "name no substance, not counted: line 3" in err) == (0, True)
