"""The ladder with its reasons, and the board of a pack: both readings, pairs, refusals, flags, slip."""

import datetime as dt

import pytest
from tests.unit.account.test_targets_check import CLEAN

from counterflow.account.indicators.board import board_of_pack
from counterflow.account.indicators.pack_read import pack_of_text
from counterflow.account.indicators.slip import commitment_row, step_row
from counterflow.account.indicators.status import expected_at, series_of, standing
from counterflow.flow.account_targets import actuals_of, board_of, pack_named, pack_names

TODAY = dt.date(2027, 3, 1)


def stands(counted="", today=TODAY, text=CLEAN, form="level"):
    text = text.split("[[actual]]")[0].replace('deadline = "2028"', f'deadline = "2028"\nform = "{form}"')
    pack = pack_of_text(text + counted)
    target = pack.targets[0]
    own = pack.indicators[target.indicator]
    return standing(target, target.readings[0], own, series_of(own, pack.actuals)[0], today)


def actual(period, value, more=""):
    return f'[[actual]]\nindicator = "deaths"\nperiod = "{period}"\nvalue = {value}\n{more}\n'


@pytest.mark.parametrize(
    ("counted", "today", "status"),
    [
        ("", TODAY, "not assessable"),
        (actual(2024, 100), TODAY, "not assessable"),
        (actual(2026, 90), TODAY, "on track"),
        (actual(2026, 91), TODAY, "behind"),
        (actual(2026, 70), TODAY, "on track"),
        (actual(2026, 90), dt.date(2029, 1, 1), "not assessable"),
        (actual(2028, 75), dt.date(2029, 1, 1), "met"),
        (actual(2028, 76), dt.date(2029, 1, 1), "missed"),
    ],
)
def test_each_rung_has_its_reason(counted, today, status):
    held = stands(counted, today)
    assert held.status == status
    assert held.reason.endswith(".")


def test_an_interval_that_covers_the_path_says_so():
    assert "may be either" in stands(actual(2026, 91, "low = 85\nhigh = 97")).reason


def test_a_changed_definition_is_not_assessable_unless_it_is_linked():
    broken = CLEAN.replace('sdg = ["3.5"]', 'sdg = ["3.5"]\nbreaks = [ { date = 2025-07-01, words = "new form" } ]')
    held = stands(actual(2026, 90), text=broken)
    assert held.status == "not assessable"
    assert "2025-07-01" in held.reason
    linked = broken.replace('"new form"', '"new form", linked = true')
    assert stands(actual(2026, 90), text=linked).status == "on track"


def test_values_by_another_definition_are_left_out_and_counted():
    pack = pack_of_text(CLEAN + actual(2026, 10, 'definition = "2"'))
    kept, left_out = series_of(pack.indicators["deaths"], pack.actuals)
    assert [one.period.text for one in kept] == ["2025"]
    assert left_out == 1


def test_the_latest_as_of_holds_for_a_period():
    counted = actual(2026, 80, "as_of = 2027-02-01") + actual(2026, 95, "as_of = 2027-01-05")
    assert stands(counted).reason.startswith("80 deaths")


def test_other_forms_count_otherwise():
    counted = actual(2025, 70) + actual(2026, 95)
    assert stands(counted, form="any-time").status == "met"
    assert stands(counted, form="cumulative").status == "behind"


def test_the_path_goes_through_the_milestones():
    target = pack_of_text(CLEAN).targets[0]
    reading = target.readings[0]
    assert expected_at(target, reading, dt.date(2026, 12, 31)) == pytest.approx(90)
    assert expected_at(target, reading, dt.date(2028, 12, 31)) == pytest.approx(75)
    assert expected_at(target, reading, dt.date(2024, 12, 31)) is None
    assert 90 < expected_at(target, reading, dt.date(2025, 12, 31)) < 100


def test_an_output_is_shown_with_all_three_or_refused():
    pack = pack_of_text(CLEAN)
    alone = board_of_pack(pack, TODAY)
    assert [row["id"] for row in alone["rows"]] == ["T1"]
    assert [row["id"] for row in alone["refused"]] == ["T2"]
    assert "counter-indicator" in alone["refused"][0]["why"]
    rate = {"value": 0.08, "low": 0.04, "high": 0.2, "informative": True}
    burden = {"value": 30.0, "informative": True}
    both = board_of_pack(pack, TODAY, measured={"interdicted": rate, "fruitless": burden})
    shown = next(row for row in both["rows"] if row["id"] == "T2")
    assert shown["beside"]["rate"]["latest"]["high"] == 0.2
    vague = board_of_pack(pack, TODAY, measured={
        "interdicted": rate | {"informative": False, "why_not": "too wide"}, "fruitless": burden,
    })  # fmt: skip
    assert "too wide" in vague["refused"][0]["why"]


@pytest.mark.parametrize("name", pack_names())
def test_no_shipped_board_shows_an_output_alone(name):
    board = board_of(name, today=dt.date(2026, 11, 23), reach=False)
    for row in board["rows"]:
        if row["kind"] == "output":
            assert all(row["beside"][part]["latest"] for part in ("outcome", "counter", "rate"))
    ids = {row["id"] for row in board["rows"]} | {row["id"] for row in board["refused"]}
    assert {one.id for one in pack_named(name).targets} <= ids


def test_the_board_of_the_documents_holds_both_readings_and_flags_the_years():
    board = board_of("documents", today=dt.date(2026, 11, 23), reach=False)
    first = next(row for row in board["refused"] if row["id"] == "A1")
    assert [one["deadline"] for one in first["readings"]] == ["2025", "FY 2030"]
    assert {one["target"] for one in board["flags"]} == {"A12", "A34"}
    assert any("91,799" in one["problem"] for one in board["flags"] if one["target"] == "A34")
    rows = {row["row"] for row in board["rows"]} | {row["row"] for row in board["refused"] if "row" in row}
    claims = {row["row"] for row in board["claims"]}
    assert {"A1", "A2", "A3", "A4", "A5"} <= rows
    assert {f"A{n}" for n in (*range(6, 28), 29, *range(32, 39))} <= claims
    assert board["steps"][0]["expected_slip_days"] == 1096


def test_what_was_not_known_on_a_day_is_not_on_the_board_of_that_day():
    late = board_of("strategy-2022", today=dt.date(2022, 12, 31), reach=False)
    assert late["rows"][0]["latest"]["period"] == "2021"


def test_the_headline_target_has_a_probability_in_each_reading():
    board = board_of("strategy-2022", today=dt.date(2024, 12, 31))
    found = [one["p_reach"] for one in board["rows"][0]["readings"]]
    assert len(found) == 2
    assert all(0 < one["low"] <= one["probability"] <= one["high"] < 0.6 for one in found)
    assert found[1]["probability"] <= found[0]["probability"]


def test_doses_worked_out_here_stand_beside_those_that_were_published():
    pack = pack_named("documents")
    made = [one for one in actuals_of(pack) if one.indicator == "fentanyl_doses_seized"]
    assert made
    assert all(one.low < one.amount.value < one.high and one.definition == "mass-x-purity" for one in made)
    assert series_of(pack.indicators["fentanyl_doses_seized"], made)[0] == []


def test_slip_and_answer_times_are_counted_in_days():
    pack = pack_of_text("""
[[step]]
id = "s"
due = 2026-01-31
[[step]]
id = "d"
due = 2026-01-31
done = 2026-03-02
[[commitment]]
id = "c"
partner = "P"
promise = "answers"
answer_days = 30
requests = [ { asked = 2026-01-01, answered = 2026-01-11 }, { asked = 2026-01-01, answered = 2026-03-01 },
             { asked = 2026-02-01 } ]
""")
    late, done = (step_row(one, dt.date(2026, 3, 2)) for one in pack.steps)
    assert (late["slip_days"], late["at_least"], late["state"]) == (30, True, "overdue")
    assert (done["slip_days"], done["at_least"], done["state"]) == (30, False, "done late")
    row = commitment_row(pack.commitments[0], dt.date(2026, 3, 2))
    assert (row["answered"], row["in_time"], row["late"], row["longest_wait_days"]) == (2, 1, 1, 29)
    assert row["median_days"] is None
    assert "too few" in row["why_not"]
