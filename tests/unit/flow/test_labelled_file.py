"""A file with labels becomes lines that cannot see them, and outcomes that stand apart."""

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from counterflow.core.errors import ConfigError, InputError
from counterflow.flow.labelled_file import read_labelled
from counterflow.intake.mapping import find_mapping, parse_mapping

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
MAPPING = """
[mapping]
name = "m"
version = "1"
[fields]
record_id = "id"
declared_on = "day"
[fields.goods]
hs = "hs"
[fields.party]
importer.identifier = "importer"
importer.name = "name"
[labels]
columns = ["bad", "worse"]
[labels.finds]
drug = ["worse=2"]
revenue = ["bad=1"]
"""


def written(tmp_path, *rows, name="f.csv"):
    file = tmp_path / name
    file.write_text("\n".join(["id,day,hs,importer,name,bad,worse", *rows]) + "\n")
    return file


def test_lines_in_order_of_day_and_labels_beside_them(tmp_path):
    file = written(
        tmp_path, "b,2026-01-02,290719,I1,Ann,1,1", "a,2026-01-01,290719,I1,Bob,1,2",
        "c,2026-01-03,,I2,Ann,0,0", "d,2026-01-03,01,,,,", "e,tomorrow,01,,,1,1",
    )  # fmt: skip
    got = read_labelled(file, parse_mapping(MAPPING, "m.toml"), now=NOW)
    assert got.record_id.to_pylist() == ["a", "b", "c", "d"]
    assert got.known.found.to_pylist() == ["drug", "revenue", "", None]
    assert got.all_ids.to_pylist() == ["b", "a", "c", "d", "e"]
    assert (got.read, got.refused.num_rows) == (5, 1)
    table = got.lines.table
    importer = table["importer"].to_pylist()
    assert importer[0] == importer[1] != importer[2]
    assert importer[3] is None
    assert "I1" not in importer
    shown = str(table.to_pylist())
    assert "Ann" not in shown
    assert not {"bad", "worse", "attributes.bad"} & set(table.column_names)


def test_no_label_columns_means_nothing_is_known(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("id,day,hs,importer,name\na,2026-01-01,01,,\n")
    got = read_labelled(file, parse_mapping(MAPPING, "m.toml"), now=NOW)
    assert got.known.found.to_pylist() == [None]
    assert not got.labelled


def test_a_record_in_two_files_is_refused(tmp_path):
    one, two = (written(tmp_path, "a,2026-01-01,01,,,0,0", name=n) for n in ("1.csv", "2.csv"))
    with pytest.raises(InputError, match="more than one of the files"):
        read_labelled([one, two], parse_mapping(MAPPING, "m.toml"), now=NOW)


@pytest.mark.parametrize(("wrong", "says"), [
    ('drug = ["worst=2"]', "Did you mean 'worse'"),
    ('drug = ["worse"]', "column=value"),
])  # fmt: skip
def test_finds_that_cannot_be(wrong, says):
    with pytest.raises(ConfigError) as caught:
        parse_mapping(MAPPING.replace('drug = ["worse=2"]', wrong), "m.toml")
    assert says in str(caught.value) + str(caught.value.hint)


def test_the_korean_declarations(shared_data):
    file = shared_data / "targeting" / "customs_kr_2021q1_dev.parquet"
    got = read_labelled(file, find_mapping("customs_kr"), now=NOW)
    assert got.lines.records == got.read == 8134
    counted = {v["values"]: v["counts"] for v in got.known.found.value_counts().to_pylist()}
    assert counted == {"": 6430, "revenue": 1626, "drug": 78}
    assert got.synthetic


def test_rows_that_cannot_be_taken_apart_keep_their_place_and_reasons_are_said(tmp_path):
    file = written(tmp_path, "a,2026-01-01,01,,,0,0", "b,2026-01-01,01,,,1", "c,soon,01,,,1,1", "c,2026-01-02,01,,,0,0")
    got = read_labelled(file, parse_mapping(MAPPING, "m.toml"), now=NOW)
    assert got.all_ids.to_pylist() == ["a", "b", "c", "c"]
    assert got.record_id.to_pylist() == ["a", "c"]
    assert got.known.found.to_pylist() == ["", ""]  # the label of the row that was taken, not of its refused namesake
    said = "\n".join(got.said)
    assert "1 rows refused, ragged-row: first line 3" in said
    assert "first line 4, column 'day', value 'soon'" in said


def test_labels_that_no_find_names_are_told(tmp_path):
    file = written(tmp_path, *(f"r{i},2026-01-01,01,,,0,0" for i in range(3)), "x,2026-01-01,01,,,maybe,0")
    got = read_labelled(file, parse_mapping(MAPPING, "m.toml"), now=NOW)
    assert got.known.found.to_pylist() == [""] * 4
    assert "label bad=maybe stands for no find in [labels.finds]: 1 rows count as nothing found" in got.said


def test_where_every_row_is_refused_the_first_reason_is_shown(tmp_path):
    with pytest.raises(InputError, match=r"line 2, column 'day', value 'soon'"):
        read_labelled(written(tmp_path, "a,soon,01,,,0,0"), parse_mapping(MAPPING, "m.toml"), now=NOW)


def test_whole_numbers_of_a_parquet_file_stay_whole_numbers(tmp_path):
    file = tmp_path / "f.parquet"
    pq.write_table(pa.table({"id": [7, 8], "day": ["2026-01-01"] * 2, "hs": ["01"] * 2, "importer": ["a"] * 2,
                             "name": ["b"] * 2, "bad": ["0", "1"]}), file)  # fmt: skip
    got = read_labelled(file, parse_mapping(MAPPING, "m.toml"), now=NOW)
    assert got.id_type == pa.int64()
    assert got.all_ids.to_pylist() == ["7", "8"]
    assert any("label column worse is not in every file" in line for line in got.said)
