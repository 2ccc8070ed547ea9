"""The board is plain data, pairs what it shows, and says what it refuses; burden counts add up."""

import json

import pytest

from counterflow.account.board import board, paired_outputs
from counterflow.account.fairness.places import burden_rows
from counterflow.account.interdiction.rates import OUTSIDE
from counterflow.account.verify import verify_ledger
from counterflow.core.errors import EngineError

KEYS = {
    "title", "synthetic", "as_of", "coverage", "plan", "sheet", "interdiction", "burden", "findings",
    "ledger", "notes",
}  # fmt: skip


def test_it_is_json_with_the_agreed_keys(worked):
    shown = json.loads(json.dumps(board(worked, coverage=[{"sender": "*", "received": 400}]), allow_nan=False))
    assert set(shown) >= KEYS
    assert shown["synthetic"] is True
    assert shown["as_of"] == "2026-03-02"
    assert shown["plan"]["plan"] == "P"
    assert shown["plan"]["arms"] == {"mandatory": 0, "random": 100, "followup": 0, "targeted": 10}
    assert shown["plan"]["cells"][0]["random"] == 1000
    assert shown["findings"] == [{"check": "goods.vague", "code": "vague", "count": 2}]
    assert shown["ledger"]["size"] == 0
    assert [row["rank"] for row in shown["sheet"]] == [1, 2, 3, 4, 5]
    assert shown["sheet"][0]["reasons"] == ["drawn at random (1 in 4)", "vague goods text"]
    assert any(OUTSIDE in note for note in shown["notes"])
    assert any("synthetic" in note for note in shown["notes"])
    assert not any("Coverage was not computed" in note for note in shown["notes"])


def test_an_empty_workspace_has_a_board(empty_workspace):
    shown = json.loads(json.dumps(board(empty_workspace)))
    assert (shown["plan"], shown["sheet"], shown["burden"], shown["synthetic"]) == ({}, [], [], False)
    assert shown["outputs"] == []
    assert [one["what"] for one in shown["refused"]] == ["Inspections made", "Finds confirmed"]
    assert "Coverage was not computed for this board." in shown["notes"]


HARM = {"what": "overdoses", "now": 40.0, "before": 60.0, "verdict": "no clear change"}


def test_outputs_stand_beside_rate_outcome_and_counter(worked):
    shown = board(worked, outcomes=[HARM], redress={"received": 2})
    assert shown["refused"] == []
    made, found = shown["outputs"]
    assert (made["value"], found["value"]) == (108, 25)
    for one in (made, found):
        assert one["rate"]["low"] < one["rate"]["value"] < one["rate"]["high"]
        assert one["outcome"] == HARM
        assert one["counter"]["fruitless"] == 83
    assert shown["redress"] == {"received": 2}


def test_an_output_without_an_informative_rate_is_refused():
    row = {"lane": "*", "n": 30, "found": 3, "arm": "random"}
    wide = {"informative": False, "why_not": "too wide"}
    shown, refused = paired_outputs([row | {"interdiction": wide}], [{"by": "*"}], [HARM])
    assert shown == []
    assert "too wide" in refused[1]["why"]
    assert "3" not in str(refused)


def test_an_output_without_an_outcome_or_a_counter_indicator_is_refused():
    row = {"lane": "*", "n": 30, "found": 3, "arm": "random", "interdiction": {"informative": True}}
    for burden, outcomes, said in (([{"by": "*"}], [], "No outcome"), ([], [HARM], "No counter-indicator")):
        shown, refused = paired_outputs([row], burden, outcomes)
        assert shown == []
        assert said in refused[0]["why"]
        assert refused[0]["why"].count("stands beside it") == 1


def test_burden_adds_up_and_names_who_bears_it(worked):
    rows = burden_rows(worked.store)
    whole = rows[0]
    assert (whole["by"], whole["records"], whole["drawn"], whole["inspected"], whole["found"]) == (
        "*",
        400,
        110,
        108,
        25,
    )
    assert (whole["fruitless"], whole["refuted"], whole["not_presented"]) == (83, 1, 2)
    assert whole["fruitless_per_1000"] == pytest.approx(207.5)
    for by in ("office", "lane", "departure"):
        cut = [row for row in rows if row["by"] == by]
        for count in ("records", "inspected", "fruitless", "refuted", "not_presented"):
            assert sum(row[count] for row in cut) == whole[count]
    assert {row["name"] for row in rows if row["by"] == "departure"} == {"AA", "BB"}


def test_verify_reads_the_whole_chain_and_says_what_it_cannot_exclude(empty_workspace):
    for number in range(5):
        empty_workspace.ledger.append("note", {"number": number})
    report = verify_ledger(empty_workspace.ledger)
    assert report["entries"] == 5
    assert len(report["not_excluded"]) == 3


def test_verify_finds_a_changed_entry(empty_workspace):
    for number in range(5):
        empty_workspace.ledger.append("note", {"number": number})
    (segment,) = (empty_workspace.path / "ledger").glob("entries-*")
    segment.write_bytes(segment.read_bytes().replace(b'"number":3', b'"number":8'))
    with pytest.raises(EngineError):
        verify_ledger(empty_workspace.ledger)
