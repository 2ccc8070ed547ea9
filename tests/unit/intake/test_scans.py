"""Scan coverage: counts reconcile, no share where nobody wrote down whether a vehicle was scanned."""

import json

import pytest

from counterflow.core.errors import UnknownName
from counterflow.core.tables import SCAN_COVERAGE
from counterflow.intake.load import load
from counterflow.intake.mapping import find_mapping
from counterflow.intake.scans import BY, scan_target, scans

HEADER = "crossing_id,port,lane,crossed_at,direction,vehicle_class,scan_state,result\n"
ROWS = """1,A,1,2026-01-01T00:00:00Z,inbound,passenger,scanned,none
2,A,1,2026-01-01T00:00:00Z,inbound,passenger,not_scanned,none
3,A,1,2026-02-01T00:00:00Z,inbound,freight,unreadable,anomaly
4,A,2,2026-02-01T00:00:00Z,outbound,freight,scanned,found
5,B,1,2026-02-01T00:00:00Z,inbound,bus,,none
6,B,1,2026-02-01T00:00:00Z,inbound,bus,,found
7,C,1,2026-02-01T00:00:00Z,inbound,rail,scanned,none
8,C,1,2026-02-01T00:00:00Z,inbound,rail,,
9,C,1,2020-12-31T00:00:00Z,inbound,rail,not_scanned,none
10,C,,2026-02-01T00:00:00Z,,,not_scanned,none
"""


@pytest.fixture
def store(workspace, tmp_path):
    (tmp_path / "f.csv").write_text(HEADER + ROWS)
    load(workspace, tmp_path / "f.csv", find_mapping("crossings"))
    return workspace.store


def by_cell(table, *names):
    return {tuple(row[n] for n in names): row for row in table.to_pylist()}


def test_over_all_the_shares_are_of_everything_that_crossed(store):
    table = scans(store, by=())
    assert table.schema == SCAN_COVERAGE
    assert table.to_pylist() == [
        dict.fromkeys(BY, "*") | {
            "crossings": 10, "scanned": 3, "unreadable": 1, "unrecorded": 3, "scanned_share": 0.3, "at_most_share": 0.6,
            "anomalies": 1, "found": 2, "entering": 7, "entering_share": pytest.approx(2 / 7), "target_share": 1.0,
        }
    ]  # fmt: skip


def test_where_nobody_wrote_it_down_there_is_no_share(store):
    port = by_cell(scans(store, by=("port",)), "port")
    silent, told = port["B",], port["C",]
    assert (silent["crossings"], silent["unrecorded"], silent["scanned"]) == (2, 2, 0)
    assert silent["scanned_share"] is silent["at_most_share"] is silent["entering_share"] is None
    assert (told["scanned_share"], told["at_most_share"]) == (0.25, 0.5)


def test_an_image_that_nobody_could_read_is_no_scan(store):
    freight = by_cell(scans(store, by=("vehicle_class", "direction")), "vehicle_class", "direction")[
        "freight", "inbound"
    ]
    assert (freight["unreadable"], freight["scanned"], freight["scanned_share"]) == (1, 0, 0.0)


def test_the_target_covers_what_enters_since_it_was_set(store):
    cells = by_cell(scans(store, by=("port", "direction", "period")), "port", "direction", "period")
    assert cells["A", "outbound", "2026-02"]["target_share"] is None
    assert cells["C", "inbound", "2020-12"]["entering"] == 0
    assert cells["C", "inbound", "2020-12"]["target_share"] is None
    assert cells["A", "inbound", "2026-01"]["entering_share"] == 0.5
    target = scan_target()
    assert (target["share"], target["read"], target["starts"].isoformat()) == (1.0, "read", "2021-01-05")
    assert "116-299" in target["law"]
    assert "`due`" in target["recalled"]


@pytest.mark.parametrize("by", [(), ("port",), ("lane", "period"), BY])
def test_every_cut_sums_to_all_crossings(store, by):
    rows = scans(store, by=by).to_pylist()
    for name, total in (("crossings", 10), ("scanned", 3), ("unrecorded", 3), ("found", 2), ("entering", 7)):
        assert sum(row[name] for row in rows) == total


def test_cuts_name_months_and_what_is_not_said(store):
    assert {r["direction"] for r in scans(store, by=("direction",)).to_pylist()} == {
        "inbound",
        "outbound",
        "(not said)",
    }
    assert scans(store, by=(), since="2026-01", until="2026-01").to_pylist()[0]["crossings"] == 2
    with pytest.raises(UnknownName, match="scan coverage"):
        scans(store, by=("driver",))


def test_without_crossings_there_is_no_row(workspace):
    assert scans(workspace.store, by=()).num_rows == 0
    assert scans(workspace.store).num_rows == 0


def test_the_command_gives_data_and_says_what_a_scan_is_not(tmp_path, command, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "f.csv").write_text(HEADER + ROWS)
    assert command("init", "W")[0] == 0
    code, out, err = command("-w", "W", "account", "scans", "--format", "json")
    assert (code, json.loads(out)) == (0, [])
    assert "No crossing has been loaded" in err
    assert command("-w", "W", "intake", "load", "f.csv", "--map", "crossings")[0] == 0
    code, out, err = command("-w", "W", "account", "scans", "--by", "port", "--format", "json")
    assert [(r["port"], r["crossings"]) for r in json.loads(out)] == [("A", 4), ("B", 2), ("C", 4)]
    assert "an input, not a result" in err
    assert "recalled" in err
    code, _, err = command("-w", "W", "account", "scans", "--by", "ports")
    assert code != 0
    assert "port" in err
    code, out, _ = command("-w", "W", "account", "board")
    board = json.loads(out)
    assert [r["crossings"] for r in board["scans"]][:4] == [10, 4, 2, 4]
    assert board["scan_target"]["due"] == "2027-01-05"
