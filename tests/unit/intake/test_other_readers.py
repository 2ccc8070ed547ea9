"""XLSX, Parquet and NDJSON: every row is taken or refused, with its place in the file."""

import datetime as dt
import json

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.core.errors import InputError
from counterflow.intake.readers import ReaderOptions, find_format, open_source


def everything(path, **options):
    source = open_source(path, ReaderOptions(**options))
    rows, refused = [], []
    for batch in source.batches():
        rows += batch.table.to_pylist()
        refused += batch.refused
    return source, rows, refused


def workbook(path, rows, *, sheets=("One",)):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_workbook_cells_become_the_text_of_a_csv(tmp_path):
    path = workbook(
        tmp_path / "f.xlsx",
        [["id", "day", "kg", "ok"], [7, dt.date(2021, 3, 4), 1.5, True], [None] * 4, ["x", None, 2.0, None]],
    )
    source, rows, refused = everything(path)
    assert source.columns == ("id", "day", "kg", "ok")
    assert rows[0]["id"] == "7"
    assert rows[0]["day"].startswith("2021-03-04")
    assert rows[0]["kg"] == "1.5"
    assert rows[0]["ok"] == "true"
    assert rows[1] == {"id": "x", "day": None, "kg": "2", "ok": None}
    assert not refused
    assert [b.line.tolist() for b in source.batches()] == [[2, 4]]


def test_a_formula_is_no_data(tmp_path):
    path = workbook(tmp_path / "f.xlsx", [["a", "b"], [1, "=A2*2"], [3, "=text"], ["'=x", 4]])
    _, rows, refused = everything(path)
    assert rows == [{"a": "'=x", "b": "4"}]
    assert [(r.row, r.line, r.column, r.reason) for r in refused] == [
        (1, 2, "b", "formula"),
        (2, 3, "b", "formula"),
    ]
    assert "values" in refused[0].hint
    with pytest.raises(InputError, match="header holds a formula"):
        everything(workbook(tmp_path / "g.xlsx", [["=A1", "b"], [1, 2]]))


def test_sheets_are_named_where_there_are_several(tmp_path):
    path = workbook(tmp_path / "f.xlsx", [["a", "b"], [1, 2]], sheets=("May", "June"))
    with pytest.raises(InputError, match="'May', 'June'"):
        everything(path)
    assert everything(path, sheet="June")[1] == [{"a": "1", "b": "2"}]
    with pytest.raises(InputError, match="Did you mean 'June'"):
        everything(path, sheet="Jun")


def test_protected_damaged_and_foreign_workbooks(tmp_path):
    path = tmp_path / "f.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(InputError, match="protected by a password"):
        everything(path)
    whole = workbook(tmp_path / "g.xlsx", [["a", "b"], [1, 2]]).read_bytes()
    for cut in (len(whole) // 2, len(whole) - 30):
        path.write_bytes(whole[:cut])
        with pytest.raises(InputError, match="no whole XLSX"):
            everything(path)


def test_parquet_keeps_types_and_a_cut_one_is_an_error(tmp_path):
    path = tmp_path / "f.parquet"
    pq.write_table(pa.table({"a": [1.5, None], "b": ["x", "y"]}), path)
    source, rows, _ = everything(path)
    assert rows == [{"a": 1.5, "b": "x"}, {"a": None, "b": "y"}]
    assert next(iter(source.batches())).row.tolist() == [1, 2]
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(InputError, match="no whole Parquet"):
        everything(path)


def test_ndjson_flattens_and_keeps_digits(tmp_path):
    path = tmp_path / "f.ndjson"
    path.write_text(
        '{"id": 1, "s": {"n": "A"}, "c": [{"hs": "61"}, {"hs": "62"}], "v": 1.10, "t": true}\n\n{"id": "2", "e": ""}\n'
    )
    source, rows, refused = everything(path)
    assert rows[0] == {
        "id": "1",
        "s.n": "A",
        "c.1.hs": "61",
        "c.2.hs": "62",
        "v": "1.10",
        "t": "true",
        "e": None,
    }
    assert rows[1]["id"] == "2"
    assert not refused
    assert [b.line.tolist() for b in source.batches()] == [[1, 3]]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"a": ', "json"), ("[1]", "json-not-object"), ('"x"', "json-not-object"), ('{"a": "\\u0000"}', "nul-byte"),
        ('{"a": "\\ud800"}', "nul-byte"), ("[" * 100_000, "json-depth"),
        ('{"a": "' + "x" * 200_000 + '"}', "field-too-long"),
        ('{"a":' * 12 + "1" + "}" * 12, "json-depth"),
    ],
)  # fmt: skip
def test_bad_lines_are_refused_and_the_others_taken(tmp_path, line, reason):
    path = tmp_path / "f.ndjson"
    path.write_text('{"a": 1}\n' + line + '\n{"a": 2}\n')
    _, rows, refused = everything(path)
    assert [r["a"] for r in rows] == ["1", "2"]
    assert [(r.row, r.line, r.reason) for r in refused] == [(2, 2, reason)]


def test_a_json_array_is_told_from_ndjson(tmp_path):
    path = tmp_path / "f.ndjson"
    path.write_text('[{"a": 1}]')
    with pytest.raises(InputError, match="one JSON array"):
        everything(path)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.binary(max_size=40).filter(lambda b: b"\n" not in b)
        | st.builds(lambda v: json.dumps({"a": v}).encode(), st.text() | st.integers() | st.floats()),
        max_size=8,
    )
)
def test_every_line_of_ndjson_is_taken_or_refused(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("n") / "f.ndjson"
    path.write_bytes(b'{"a": 0}\n' + b"\n".join(lines))
    _, rows, refused = everything(path, encoding="utf-8")
    assert len(rows) + len(refused) == 1 + sum(bool(line.strip()) for line in lines)


def test_formats_are_told_by_first_bytes_then_names(tmp_path):
    for name, data, form in [
        ("a.bin", b"PAR1xx", "parquet"), ("a.dat", b"PK\x03\x04", "xlsx"), ("a", b"UNA:+.? '", "edifact"),
        ("b.csv.gz", b"\x1f\x8b", "csv"), ("b.jsonl", b"{}", "ndjson"),
    ]:  # fmt: skip
        (tmp_path / name).write_bytes(data)
        assert find_format(tmp_path / name) == form
    (tmp_path / "c.what").write_bytes(b"hello")
    with pytest.raises(InputError, match="what kind of file"):
        find_format(tmp_path / "c.what")
