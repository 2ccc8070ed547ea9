"""Exports: the same bytes each time, nothing lost, and no cell that a spreadsheet would run."""

import csv
import datetime as dt
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.core.errors import UsageError
from counterflow.report.export import FORMATS, csv_blocks, restored, write
from counterflow.report.text import visible

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
RISKY = st.sampled_from(["=1+1", "+x", "-5", "@a", "\tx", "'=1", "''-", "＝1", "'plain", "plain", "", "a,b", 'q"'])


def rows_of(table):
    text = b"".join(csv_blocks(table)).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


@given(st.lists(st.one_of(TEXT, RISKY), min_size=1, max_size=8))
def test_csv_text_comes_back_and_never_starts_a_formula(values):
    header, *rows = rows_of(pa.table({"text": values, "n": range(len(values))}))
    assert header == ["text", "n"]
    assert [restored(row[0]) for row in rows] == values
    assert not any(row[0].startswith(tuple("=+-@\t\r\n＝＋－＠")) for row in rows)


def test_negative_numbers_stay_numbers():
    assert rows_of(pa.table({"a": [-5, None], "b": [-0.5, float("nan")]}))[1:] == [["-5", "-0.5"], ["", ""]]


def test_csv_crosses_block_borders_without_loss():
    count = 70_000
    rows = rows_of(pa.table({"id": [f"R{i}" for i in range(count)], "n": range(count)}))
    assert len(rows) == count + 1
    assert rows[-1] == [f"R{count - 1}", str(count - 1)]


def test_csv_of_a_slice_holds_only_the_slice():
    table = pa.table({"id": ["a", "b", "c"]}).slice(1, 1)
    assert rows_of(table) == [["id"], ["b"]]


def test_csv_with_one_empty_cell_keeps_its_row():
    assert rows_of(pa.table({"id": ["", "b"]})) == [["id"], [""], ["b"]]


def test_types_are_written_as_people_expect():
    instant = pa.array([dt.datetime(2026, 3, 1, 6, tzinfo=dt.UTC)], pa.timestamp("us", "UTC"))
    table = pa.table(
        {
            "instant": instant,
            "day": [dt.date(2026, 3, 1)],
            "yes": [True],
            "list": [["a", "b"]],
            "code": pa.array(["x"]).dictionary_encode(),
        }
    )
    assert rows_of(table)[1] == ["2026-03-01T06:00:00Z", "2026-03-01", "true", '["a", "b"]', "x"]
    out = io.StringIO()
    write(table, "json", out)
    assert json.loads(out.getvalue()) == [
        {"instant": "2026-03-01T06:00:00Z", "day": "2026-03-01", "yes": True, "list": ["a", "b"], "code": "x"}
    ]


def test_json_never_holds_nan_and_empty_is_a_list():
    out = io.StringIO()
    write(pa.table({"x": [float("nan"), 1.5]}), "json", out)
    assert json.loads(out.getvalue(), parse_constant=pytest.fail) == [{"x": None}, {"x": 1.5}]
    out = io.StringIO()
    write(pa.table({"x": pa.array([], pa.int64())}), "json", out)
    assert json.loads(out.getvalue()) == []


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_table_gives_the_same_bytes(form, tmp_path):
    table = pa.table({"id": ["b", "a"], "x": [1.5, None]})
    for name in ("one", "two"):
        write(table, form, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one", "two"]  # no half-written file is left


def test_parquet_comes_back(tmp_path):
    table = pa.table({"id": ["b", "a"], "x": [1.5, None]})
    write(table, "parquet", tmp_path / "t.parquet")
    assert pq.read_table(tmp_path / "t.parquet").equals(table)


def test_parquet_onto_text_is_refused_with_advice():
    with pytest.raises(UsageError, match="--out"):
        write(pa.table({"x": [1]}), "parquet", io.StringIO())


def test_unknown_format_names_the_nearest():
    with pytest.raises(UsageError, match="parquet"):
        write(pa.table({"x": [1]}), "parqet", io.StringIO())


def test_terminal_text_shows_control_characters_and_is_not_cut():
    long = "word " * 60
    out = io.StringIO()
    write(pa.table({"name": ["\x1b[2Jevil\u202e", long], "n": [1, 20]}), "table", out)
    text = out.getvalue()
    assert "\x1b" not in text
    assert "\\x1b[2Jevil\\u202e" in text
    assert long.strip() in text


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_table_that_a_terminal_is_too_narrow_for_is_shown_record_by_record(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    wide = pa.table({f"column {i}": [f"value {i} of the first record", None] for i in range(12)} | {"n": [1, 22]})
    out = Terminal()
    write(wide, "table", out)
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert lines[:3] == [
        "── 1 of 2 ──",
        "column 0   value 0 of the first record",
        "column 1   value 1 of the first record",
    ]
    assert lines[-2:] == ["── 2 of 2 ──", "n  22"]
    out = Terminal()
    write(wide.select(["column 0", "column 1", "n"]), "table", out)
    assert "column 0" in out.getvalue().splitlines()[1]
    assert "n" in out.getvalue().splitlines()[1]


def test_terminal_text_lines_up_with_wide_letters():
    out = io.StringIO()
    write(pa.table({"name": ["日本", "ab"], "n": [1, 20]}), "table", out)
    lines = out.getvalue().splitlines()
    assert lines[2].index("1") + 2 == lines[3].index("0")  # two wide letters take four cells


@given(TEXT)
def test_visible_text_has_no_control_character_left(text):
    assert visible(visible(text)) == visible(text)
    assert visible(text).isprintable() or any(ord(c) > 127 for c in visible(text))


def test_one_record_is_an_object_in_json_and_reads_downwards_as_text():
    receipt = {"accepted": 3, "reasons": {"hs-short": 1}, "at": dt.date(2026, 3, 1)}
    out = io.StringIO()
    write(receipt, "json", out)
    assert json.loads(out.getvalue()) == receipt | {"at": "2026-03-01"}
    out = io.StringIO()
    write(receipt, "table", out)
    assert [line.split() for line in out.getvalue().splitlines()[2:]] == [
        ["accepted", "3"],
        ["reasons", '{"hs-short":', "1}"],
        ["at", "2026-03-01"],
    ]


def test_records_of_unlike_shape_make_one_table():
    records = [{"lane": "*", "rate": {"low": 0.5}}, {"lane": 3, "n": 2, "ok": True}]
    out = io.StringIO()
    write(records, "csv", out)
    assert list(csv.reader(io.StringIO(out.getvalue()))) == [
        ["lane", "rate", "n", "ok"],
        ["*", '{"low": 0.5}', "", ""],
        ["3", "", "2", "true"],
    ]
    out = io.StringIO()
    write(records, "json", out)
    assert json.loads(out.getvalue()) == records


def test_no_records_is_still_an_answer():
    for form, text in (("csv", "\n"), ("json", "[]\n")):
        out = io.StringIO()
        write([], form, out)
        assert out.getvalue() == text
