"""Coverage: counts that reconcile to receipts, and shares that say what they are of."""

import datetime as dt

import pyarrow as pa
import pytest

from counterflow.core.errors import InputError, UnknownName
from counterflow.core.tables import COVERAGE
from counterflow.intake.coverage import BY, NOT_SAID, announcements, coverage
from counterflow.intake.coverage_detail import completeness, lateness, report, statutory, targets, trend
from counterflow.intake.load import load
from counterflow.intake.mapping import parse_mapping
from counterflow.store.erasure import erase_records

MAPPING = """
[mapping]
name = "m"
version = "1"
source = "s"
[constants]
kind = "parcel"
direction = "inbound"
destination = "US"
[fields]
record_id = "id"
declared_on = "day"
sender = "by"
departure = "dep"
lane = "lane"
advance_at = "adv"
due_at = "due"
goods.description = "text"
party.consignee.name = "to"
[coverage]
required = ["description", "recipient_name"]
"""
ROWS = """id,day,by,dep,lane,adv,due,text,to
1,2025-01-05,A,CN,ems,2025-01-04T00:00:00Z,2025-01-04T10:00:00Z,shirt,Ann
2,2025-01-06,A,CN,ems,2025-01-04T12:00:00Z,2025-01-04T10:00:00Z,,Bo
3,2025-01-07,A,NL,,,,,
4,2025-02-01,B,NL,ems,2025-02-01T00:00:00Z,2025-02-02T00:00:00Z,lamp,Cy
5,2025-02-01,B,QX,ems,,,lamp,Cy
6,2025-13-01,B,NL,ems,,,lamp,Cy
"""


@pytest.fixture
def store(workspace, tmp_path):
    (tmp_path / "f.csv").write_text(ROWS)
    load(workspace, tmp_path / "f.csv", parse_mapping(MAPPING, "m.toml"))
    return workspace.store


def test_erasing_names_does_not_make_records_unscreenable_afterwards(store, workspace):
    store.execute("DELETE FROM goods_line")
    before = coverage(store, by=()).to_pylist()[0]["unscreenable"]
    erase_records(workspace, "s", ["1"], person="dpo", ground="request")
    assert coverage(store, by=()).to_pylist()[0]["unscreenable"] == before


def test_refused_outcomes_and_list_rows_are_no_invalid_records(store):
    row = {"row": 1, "reason": "ragged", "state": "open"}
    aside = [row | {"source": "outcomes", "batch": "outcomes-1"}, row | {"source": "a-list", "batch": "v1"}]
    store.append("quarantine", pa.Table.from_pylist(aside))
    told = {
        "source": "outcomes", "batch": "outcomes-1", "content_sha256": "c", "received_at": dt.datetime.now(dt.UTC),
        "read": 1, "accepted": 0, "rejected": 1, "tables": '{"outcome": 0}',
    }  # fmt: skip
    store.append("batch", pa.Table.from_pylist([told]))
    assert coverage(store, by=()).to_pylist()[0]["valid_share"] == 4 / 6


def test_a_file_of_which_every_row_was_refused_counts_as_invalid(store, workspace, tmp_path):
    (tmp_path / "bad.csv").write_text("id,day,by,dep,lane,adv,due,text,to\n9,2025-13-01,B,NL,ems,,,lamp,Cy\n")
    load(workspace, tmp_path / "bad.csv", parse_mapping(MAPPING, "m.toml"))
    assert coverage(store, by=()).to_pylist()[0]["valid_share"] == 4 / 7


def test_over_all_it_reconciles_to_the_receipt(store):
    table = coverage(store, by=())
    assert table.schema == COVERAGE
    assert table.to_pylist() == [
        {
            "sender": "*", "departure": "*", "lane": "*", "period": "*", "expected": None, "received": 4,
            "unscreenable": 1, "complete_share": 0.5, "valid_share": 4 / 6, "on_time_share": pytest.approx(2 / 3),
        }
    ]  # fmt: skip


def test_cells_sum_to_the_whole_and_refused_rows_fall_where_they_belong(store):
    for by in [("sender",), ("departure",), ("lane",), ("period",), BY]:
        rows = coverage(store, by=by).to_pylist()
        assert sum(r["received"] for r in rows) == 4
        assert sum(r["unscreenable"] for r in rows) == 1
    by_sender = {r["sender"]: r for r in coverage(store, by=("sender",)).to_pylist()}
    assert by_sender["A"]["valid_share"] == 1.0
    assert by_sender["B"]["valid_share"] == pytest.approx(1 / 3)
    assert {r["lane"] for r in coverage(store, by=("lane",)).to_pylist()} == {"ems", NOT_SAID}


def test_announcements_are_expected_even_where_nothing_came(store, tmp_path):
    path = tmp_path / "e.csv"
    path.write_text(
        "sender,departure,lane,period,expected\nA,CN,ems,2025-01,10\nC,CN,ems,2025-01,7\nA,NL,ems,2025-01,3\n"
    )
    rows = {r["sender"]: r for r in coverage(store, by=("sender",), expected=path).to_pylist()}
    assert (rows["A"]["expected"], rows["A"]["received"]) == (13, 3)
    assert (rows["C"]["expected"], rows["C"]["received"], rows["C"]["valid_share"]) == (7, 0, None)
    assert rows["B"]["expected"] is None
    assert coverage(store, by=(), expected=path).to_pylist()[0]["expected"] == 20
    path.write_text("sender,departure,lane,expected\nA,CN,ems,1\n")
    with pytest.raises(InputError, match="no column 'period'"):
        announcements(path)
    for wrong in ("-1", "x", ""):
        path.write_text(f"sender,departure,lane,period,expected\nA,CN,ems,2025-01,{wrong}\n")
        with pytest.raises(InputError, match="whole number"):
            announcements(path)


def test_periods_can_be_narrowed_and_dimensions_are_known(store):
    assert coverage(store, by=(), since="2025-02").to_pylist()[0]["received"] == 1
    assert coverage(store, by=(), until="2025-01").to_pylist()[0]["received"] == 3
    with pytest.raises(UnknownName, match="Did you mean 'sender'"):
        coverage(store, by=("senders",))


def test_an_empty_store_has_one_row_over_all(workspace):
    assert coverage(workspace.store, by=()).to_pylist()[0]["received"] == 0
    assert coverage(workspace.store).num_rows == 0
    assert report(workspace.store)["cannot_be_screened"] == 0


def test_missing_fields_and_lateness(store):
    gaps = {r["field"]: (r["missing"], r["present_share"]) for r in completeness(store).to_pylist()}
    assert gaps == {"description": (2, 0.5), "recipient_name": (1, 0.75)}
    assert completeness(store, by=("sender",)).column("received").to_pylist() == [3, 3]
    late = lateness(store).to_pylist()[0]
    assert (late["known"], late["unknown"]) == (3, 1)
    assert late["p50_hours"] == -10.0
    assert late["p99_hours"] == pytest.approx(2.0, abs=0.3)


def test_trend_compares_months_of_one_cell(store):
    rows = trend(store)
    assert [r["period"] for r in rows if r["received"]] == ["2025-01", "2025-02"]
    last = next(r for r in rows if r["period"] == "2025-02")
    assert last["received_ratio"] == pytest.approx(1 / 3)
    assert last["complete_share_change"] == pytest.approx(100 * (1 - 1 / 3))


def test_statutory_targets_are_dated_cited_and_say_how_they_were_read(store):
    for target in targets():
        assert target["citation"]
        assert target["read"] in {"read", "recalled"}
        assert isinstance(target["starts"], dt.date)
    rows = {r["period"]: r for r in statutory(store)}
    assert {r["target"] for r in rows.values()} == {"us-stop-act-2020-all"}  # the others have ended
    assert rows["2025-01"]["share"] == pytest.approx(2 / 3)
    assert rows["2025-01"]["in_time"] == 1
    assert not rows["2025-01"]["met"]
    assert rows["2025-02"]["met"]
    told = pa.table({"sender": ["*"], "departure": ["*"], "lane": ["*"], "period": ["2025-02"], "expected": [4]})
    announced = {r["period"]: r for r in statutory(store, told)}
    assert (announced["2025-02"]["share"], announced["2025-02"]["of"]) == (0.25, "announced")
