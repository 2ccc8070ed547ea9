"""CSV: encodings, separators, ragged rows and quotes; the fast way and the careful one agree."""

import codecs
import csv
import gzip
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.core.errors import InputError
from counterflow.intake.readers import ReaderOptions, open_source

OPTIONS = ReaderOptions(format="csv")


def read(tmp_path, data, name="f.csv", **options):
    path = tmp_path / name
    path.write_bytes(data)
    source = open_source(path, ReaderOptions(format="csv", **options))
    rows, places, refused = [], [], []
    for batch in source.batches():
        rows += [tuple(r.values()) for r in batch.table.to_pylist()]
        places += list(zip(batch.row.tolist(), batch.line.tolist(), strict=True))
        refused += batch.refused
    return source, rows, places, refused


def test_lines_stay_right_between_ragged_rows_and_line_ends_in_quotes(tmp_path):
    data = b'a,b\n1,2\n3\n\n4,"x\ny"\n5,6,"7\n8"\n9,z\n'
    _, rows, places, refused = read(tmp_path, data)
    assert rows == [("1", "2"), ("4", "x\ny"), ("9", "z")]
    assert places == [(1, 2), (4, 5), (6, 9)]
    assert [(r.row, r.line, r.reason) for r in refused] == [(2, 3, "ragged-row"), (5, 7, "ragged-row")]
    assert refused[1].raw == {"a": "5", "b": "6", "_extra": "7\n8"}
    assert "2 lines" in refused[1].hint


def test_wrong_bytes_cost_their_row_and_name_the_encoding_that_was_perhaps_meant(tmp_path):
    _, rows, _, refused = read(tmp_path, b"a,b\n1,caf\xe9\n2,ok\n3,\xff,4\n5,a\0b\n")
    assert rows == [("2", "ok")]
    assert [(r.row, r.line, r.reason) for r in refused] == [
        (1, 2, "encoding"),
        (3, 4, "ragged-row"),
        (4, 5, "nul-byte"),
    ]
    assert "cp1252" in refused[0].hint
    assert "'é'" in refused[0].hint


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_byte_order_marks_say_the_encoding(tmp_path, mark, encoding):
    _, rows, places, _ = read(tmp_path, mark + "a;b\né;1,5\n".encode(encoding))
    assert rows == [("é", "1,5")]
    assert places == [(1, 2)]


def test_stated_encoding_and_its_wrong_byte(tmp_path):
    _, rows, _, _ = read(tmp_path, b"a;b\n\xe9;2\n", encoding="cp1252")
    assert rows == [("é", "2")]
    with pytest.raises(InputError, match=r"line 3.*Byte 9 \(0x81\) is not cp1252"):
        read(tmp_path, b"a;b\n1;2\n\x81;2\n", encoding="cp1252")
    with pytest.raises(InputError, match="No encoding is called"):
        read(tmp_path, b"a;b\n1;2\n", encoding="cp9999")


def test_utf16_without_mark_is_recognised(tmp_path):
    with pytest.raises(InputError, match="utf-16-le"):
        read(tmp_path, "a;b\n1;2\n".encode("utf-16-le"))


def test_a_field_of_a_million_characters_is_refused_and_the_next_row_taken(tmp_path):
    _, rows, places, refused = read(tmp_path, b"a,b\n1," + b"x" * 1_000_000 + b"\n3,4\n")
    assert rows == [("3", "4")]
    assert places == [(2, 3)]
    assert (refused[0].reason, refused[0].column, len(refused[0].value)) == ("field-too-long", "b", 200)
    assert len(refused[0].raw["b"]) == 100_000


def test_a_record_longer_than_a_block_is_read_the_careful_way_with_the_same_numbers(tmp_path):
    data = b'a,b\n1,2\n1,"' + b"x" * 17_000_000 + b'"\n"x\ny",z\n7\n8,9\n'
    _, rows, places, refused = read(tmp_path, data)
    assert rows == [("1", "2"), ("x\ny", "z"), ("8", "9")]
    assert places == [(1, 2), (3, 4), (5, 7)]
    assert [(r.row, r.line, r.reason) for r in refused] == [(2, 3, "field-too-long"), (4, 6, "ragged-row")]


@pytest.mark.parametrize("data", [b'a,b\n1,2\n3,"open\n4,5\n6,7', b'a,b\n1,2\n3,"open\xff\n4,5\n'])
def test_a_quote_that_nothing_closes_is_refused(tmp_path, data):
    _, rows, _, refused = read(tmp_path, data)
    assert rows == [("1", "2")]
    assert [r.reason for r in refused] == ["unclosed-quote"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(tmp_path, delimiter):
    source, rows, _, _ = read(tmp_path, f"a{delimiter}b{delimiter}c\n1{delimiter}2{delimiter}3\n".encode())
    assert source.columns == ("a", "b", "c")
    assert rows == [("1", "2", "3")]


def test_one_column_empty_lines_gzip_titles_and_null_words(tmp_path):
    assert read(tmp_path, b"only\n1\n\n2\n")[1:3] == ([("1",), ("2",)], [(1, 2), (3, 4)])
    assert read(tmp_path, gzip.compress(b"a,b\n1,2\n"), "f.csv.gz")[1] == [("1", "2")]
    assert read(tmp_path, b"Report\na,b\n1,NA\n", skip_lines=1, null=("NA",))[1] == [("1", None)]
    assert read(tmp_path, b"a,b\r1,2\r3,4\r")[1] == [("1", "2"), ("3", "4")]
    assert read(tmp_path, b"a,b\n")[1] == []


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"", "empty"), (b"\n\n", "no header"), (b"a,a\n1,2\n", "more than once"), (b"h\xe9,b\n1,2\n", "UTF-8")],
)
def test_files_that_cannot_be_read_say_why(tmp_path, data, words):
    with pytest.raises(InputError, match=words):
        read(tmp_path, data)


def test_missing_files_and_folders(tmp_path):
    (tmp_path / "records.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"Did you mean 'records.csv'"):
        open_source(tmp_path / "record.csv", OPTIONS)
    with pytest.raises(InputError, match="folder"):
        open_source(tmp_path, OPTIONS)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_refused_or_an_input_error(tmp_path_factory, data):
    try:
        source, rows, places, refused = read(tmp_path_factory.mktemp("any"), b"a,b,c\n" + data)
    except InputError:
        return
    assert len(rows) == len(places)
    numbers = [row for row, _ in places] + [r.row for r in refused]
    assert len(set(numbers)) == len(numbers)
    assert all(len(row) == len(source.columns) for row in rows)


CELL = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=8)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=12))
def test_what_a_csv_writer_writes_comes_back(tmp_path_factory, rows):
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(("a", "b", "c"))
    writer.writerows(rows)
    _, found, _, refused = read(tmp_path_factory.mktemp("same"), text.getvalue().encode())
    assert not refused
    assert found == [tuple(v or None for v in row) for row in rows if any(row)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["1,2", "3", "", '4,"x\ny"', "5,6,7", '8,"a ""b"""']), max_size=25))
def test_fast_and_careful_ways_agree(tmp_path_factory, lines):
    folder = tmp_path_factory.mktemp("two")
    data = ("a,b\n" + "".join(f"{line}\n" for line in lines)).encode()
    _, rows, places, refused = read(folder, data)
    # One wrong byte in a last row sends the whole file the careful way.
    _, slow_rows, slow_places, slow_refused = read(folder, data + b"\xff,z\n")
    assert (rows, places) == (slow_rows, slow_places)
    assert [(r.row, r.line, r.reason) for r in refused] == [(r.row, r.line, r.reason) for r in slow_refused[:-1]]
    assert slow_refused[-1].reason == "encoding"
