"""Weeks go by date, a view hides what cannot be known, overlays say what they change."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from counterflow.core.errors import InputError
from counterflow.target.simulate.overlay import lay_over, write_overlay
from counterflow.target.simulate.world import make_world

from .conftest import days_of, tiny_lines

SEVERITY = {"drug": 100.0, "revenue": 1.0, "cash": 20.0}


def test_weeks_are_seven_days_and_a_short_rest_joins_the_last():
    whole = make_world(*tiny_lines(days_of(3, 2, more=4)), critical=())
    assert np.bincount(whole.week).tolist() == [14, 14, 14, 8]
    short = make_world(*tiny_lines(days_of(3, 2, more=1)), critical=())
    assert np.bincount(short.week).tolist() == [14, 14, 16]
    assert short.said == ("the last 1 day(s) count to week 2",)


def test_records_come_in_order_of_day_whatever_the_order_of_the_file():
    days = days_of(2, 3)
    turned, found = tiny_lines(days[::-1])
    world = make_world(turned, found, critical={"drug"})
    assert world.lines.table["day"].to_pylist() == days
    assert world.lines.row.tolist() == list(range(len(days)))
    by_id = dict(zip(turned.table["record_id"].to_pylist(), found.to_pylist(), strict=True))
    names = ["", *world.classes]
    assert [by_id[i] for i in world.record_id.to_pylist()] == [names[label] for label in world.label]


def test_a_view_ends_with_its_week_and_holds_no_label(tiny):
    view = tiny.view(5)
    assert view.rows.tolist() == list(range(350, 420))
    assert view.lines.records == len(view.keys) == len(view.numbers) == len(view.week_of) == 420
    assert view.lines.table.num_rows == 420
    assert view.first_day == dt.date(2020, 2, 5)
    assert not any("label" in name or "scheme" in name for name in vars(view))


def test_a_column_that_says_the_same_twice_is_one_key(tiny):
    assert "departure" in tiny.key_names
    assert "origin" not in tiny.key_names
    assert tiny.key_names[-2:] == ("hs4", "hs2")


def test_a_history_without_truth_is_refused():
    lines, found = tiny_lines(days_of(1, 1))
    with pytest.raises(InputError, match="no day or no label"):
        make_world(lines, pa.array([None, *found.to_pylist()[1:]], pa.string()), critical=())


def overlay(folder, *rows, head="record_id,week,label"):
    file = folder / "o.csv"
    file.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    return file


def test_an_overlay_changes_labels_and_its_rows_are_the_scheme(tiny, tmp_path):
    laid = lay_over(tiny, overlay(tmp_path, "r0400,5,1", "r0410,9,drug", "r0411,5,0"), SEVERITY, {"drug"})
    assert np.flatnonzero(laid.scheme).tolist() == [400, 410]
    assert laid.classes[laid.label[400] - 1] == "revenue"
    assert laid.critical[laid.label[410]]
    assert laid.label[411] == 0
    assert (laid.label[:400] == tiny.label[:400]).all()
    told = "\n".join(laid.said)
    assert "label 1 stands for revenue" in told
    assert "1 rows name another week than their record's date" in told
    assert "1 rows say 0" in told


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("nobody,5,1", "line 2, column 'record_id', value 'nobody': The history holds no such record"),
        ("r0400,5,rvenue", "Did you mean 'revenue'"),
        ("r0400,five,1", "whole number"),
        ("r0400,-1,1", "whole number"),
    ],
    ids=["unknown", "label", "week", "negative"],
)
def test_an_overlay_row_that_cannot_be_meant_is_named(tiny, tmp_path, row, words):
    with pytest.raises(InputError) as refused:
        lay_over(tiny, overlay(tmp_path, row), SEVERITY, {"drug"})
    assert words in str(refused.value)


def test_a_record_twice_a_missing_column_and_no_row_are_refused(tiny, tmp_path):
    with pytest.raises(InputError, match=r"line 3.*line 2 already"):
        lay_over(tiny, overlay(tmp_path, "r0400,5,1", "r0400,5,1"), SEVERITY, set())
    with pytest.raises(InputError, match="no column 'label'"):
        lay_over(tiny, overlay(tmp_path, "r0400,5", head="record_id,week"), SEVERITY, set())
    with pytest.raises(InputError, match="no row"):
        lay_over(tiny, overlay(tmp_path), SEVERITY, set())
    with pytest.raises(InputError, match="cannot be read"):
        lay_over(tiny, tmp_path / "none.csv", SEVERITY, set())


def test_a_written_overlay_reads_back(tiny, tmp_path):
    rows = np.array([400, 405, 500])
    write_overlay(tiny, rows, "1", tmp_path / "w.csv")
    assert np.flatnonzero(lay_over(tiny, tmp_path / "w.csv", SEVERITY, set()).scheme).tolist() == rows.tolist()
