"""Announcements: loaded whole or not at all, the latest for a cell counts."""

import datetime as dt

import pytest

from counterflow.core.errors import InputError, UsageError
from counterflow.intake.announce import announce
from counterflow.intake.coverage import coverage
from counterflow.intake.receipt import receipts

HEADER = "sender,departure,lane,period,expected\n"


def expected(workspace, by):
    return {tuple(r[n] for n in by): r["expected"] for r in coverage(workspace.store, by=by).to_pylist()}


def test_announcements_are_loaded_once_and_the_latest_for_a_cell_holds(workspace, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(HEADER + "A,CN,ems,2025-01,10\nA,CN,ems,2025-01,1\nB,,ems,2025-01,5\n")
    first = announce(workspace, path)
    assert (first.read, first.accepted, first.already_loaded) == (3, 3, False)
    assert announce(workspace, path).already_loaded
    assert expected(workspace, ("sender",)) == {("A",): 11, ("B",): 5}
    assert expected(workspace, ("sender", "departure")) == {("A", "CN"): 11}
    path.write_text(HEADER + "A,CN,ems,2025-01,20\nA,CN,ems,2025-02,7\n")
    announce(workspace, path, source="post-2")
    assert expected(workspace, ("sender", "period"))[("A", "2025-02")] == 7
    assert [r["read"] for r in receipts(workspace.store).to_pylist()] == [3, 2]


def test_a_later_announcement_stands_in_for_an_earlier_one(workspace, tmp_path):
    path = tmp_path / "a.csv"
    for day, count in ((1, 10), (2, 20), (3, 15)):
        workspace.clock = lambda day=day: dt.datetime(2026, 3, day, tzinfo=dt.UTC)
        path.write_text(HEADER + f"A,CN,ems,2025-01,{count}\n")
        announce(workspace, path)
    assert expected(workspace, ()) == {(): 15}


@pytest.mark.parametrize("row", ["A,CN,ems,2025-13,1", "A,CN,ems,,1", "A,CN,ems,2025-01,x", "A,CN,ems,2025-01", ""])
def test_one_bad_row_refuses_all(workspace, tmp_path, row):
    path = tmp_path / "a.csv"
    path.write_text(HEADER + row + "\n")
    with pytest.raises(InputError):
        announce(workspace, path)
    with pytest.raises(UsageError):
        path.write_text(HEADER + "A,CN,ems,2025-01,1\n")
        announce(workspace, path, source="a/b")
    assert receipts(workspace.store).num_rows == 0
