"""Whole answers: a scenario worked out by hand, what must hold whatever the numbers, and words where it cannot be done."""

from itertools import pairwise

import numpy as np
import pytest

from counterflow.core.errors import InputError
from counterflow.target.whatif.lanes import Stored
from counterflow.target.whatif.rows import rows_of, shown_rows

OFFICER = "*,mail,*,officer,480,10,0.9"


def lane(told, plan=0, place=0):
    return told["scenarios"][plan]["lanes"][place]


def whatif(changes, name="w", more=""):
    return f'[[whatif]]\nname = "{name}"\nchanges = [{changes}]\n{more}\n'


def test_a_scenario_that_can_be_worked_out_by_hand(ask, lane_of):
    told = ask(lane_of("share_inspected = 0.01"), OFFICER)
    mail, drug = lane(told), lane(told)["harm"][0]
    assert mail["arrivals_per_day"] == 2400
    assert mail["inspections_per_day"] == pytest.approx(24)  # 1 % of 2,400
    assert mail["utilisation"] == pytest.approx(0.5)  # 240 of 480 minutes
    assert mail["share_reachable_by_minutes"] == pytest.approx(0.02)  # 48 inspections fit
    assert drug["coming"]["value"] == pytest.approx(24 * 30, rel=0.01)  # 1 % of 2,400 a day, 30 days
    assert drug["finds"]["value"] == pytest.approx(0.2 * 0.9 * 24 * 30, rel=0.01)  # a fifth of it, nine of ten seen
    assert drug["harm_found"]["value"] == pytest.approx(100 * 0.2 * 0.9 * 24 * 30, rel=0.01)
    assert drug["interdiction_rate"]["value"] == pytest.approx(0.18, rel=0.01)
    assert drug["finds"]["low"] < drug["finds"]["value"] < drug["finds"]["high"]
    burden = mail["burden"]
    assert burden["clean_items_delayed"] == pytest.approx(24 * 30 - 129.6, rel=0.01)
    assert burden["hours_under_inspection"] == pytest.approx((24 * 30 - 129.6) / 6, rel=0.01)
    one = ask(lane_of("share_inspected = 0.015"), OFFICER)["scenarios"][0]["resources"][0]
    # the curve there: 3.3 % of harm per 1 % of records; 24 harmful a day; 90 % seen; 100 points; ten minutes each
    assert one["harm_found_per_further_minute"] == pytest.approx(24 * 0.3 / 0.09 / 2400 * 0.9 * 100 / 10, rel=0.03)


def test_more_minutes_never_find_less_and_each_brings_less_than_the_one_before(ask, lane_of):
    found = [
        lane(ask(lane_of(), f"*,mail,*,officer,{minutes},10,0.9"))["harm_found"]["value"]
        for minutes in (0, 240, 480, 960, 1920)
    ]
    assert found == sorted(found)
    assert found[0] == 0
    per_minute = np.diff(found) / np.diff([0, 240, 480, 960, 1920])
    assert (np.diff(per_minute) < 1e-9).all()


def test_no_share_by_score_finds_less_than_chance_and_the_curve_rises(ask, lane_of):
    curve = ask(lane_of(), OFFICER)["diminishing_returns"]
    assert [r["share_inspected"] for r in curve] == sorted(r["share_inspected"] for r in curve)
    assert all(r["by_score"] >= r["at_random"] - 1e-9 for r in curve)
    assert all(a["by_score"] <= b["by_score"] for a, b in pairwise(curve))
    assert curve[-1]["by_score"] == pytest.approx(curve[-1]["at_random"], rel=1e-6)
    assert curve[-1]["by_score"] == pytest.approx(0.9, rel=0.01)


def test_overload_is_said_in_words_and_never_promises_what_cannot_be_done(ask, lane_of):
    told = ask(lane_of("share_inspected = 0.4"), OFFICER)
    mail = lane(told)
    assert mail["overloaded"]
    assert mail["share_wanted"] == 0.4
    assert mail["share_inspected"] == pytest.approx(0.02)
    assert mail["inspections_per_day"] * 10 <= 480 + 1e-9
    assert mail["wait"]["p95_minutes"] is None
    assert mail["burden"]["hours_waited_by_them"] is None
    assert "OVERLOAD" in " ".join(told["scenarios"][0]["said"])
    assert "never settles" in mail["wait"]["said"]


def test_an_office_without_minutes_is_a_lane_that_finds_nothing(ask, lane_of):
    told = ask(lane_of(), "*,mail,*,officer,0,10,0.9")
    assert lane(told)["harm_found"]["high"] == 0
    assert "0 minutes" in " ".join(told["scenarios"][0]["said"])
    asked = ask(lane_of("share_inspected = 0.1"), "*,mail,*,officer,0,10,0.9")
    assert lane(asked)["inspections_per_day"] == 0


def test_the_ladder_to_everything_says_how_many_it_takes(ask, lane_of):
    ladder = ask(lane_of("share_inspected = 0.01"), OFFICER)["share_inspected_ladder"]
    by_share = {row["share_inspected"]: row for row in ladder}
    assert set(by_share) == {0.01, 0.02, 0.4, 1.0}
    # 2,400 a day at 10 minutes are 24,000 minutes: 50 full shifts of 480, 53 at 95 % of their minutes
    assert by_share[1.0]["minutes_of_work_per_day"] == pytest.approx(24_000)
    assert by_share[1.0]["needed_at_once"] == 53
    assert by_share[0.4]["needed_at_once"] == 22


def test_a_false_alarm_costs_a_second_look_by_somebody_else(ask, lane_of):
    scanner = (
        '[[resource]]\nname = "scanner"\nfalse_alarm_rate = 0.1\nsecondary_by = "officer"\nsecondary_minutes = 60\n'
    )
    told = ask(
        lane_of("share_inspected = 0.02", scanner + whatif('{ do = "false-alarm", resource = "scanner", to = 0.2 }')),
        "*,mail,*,officer,480,10,0.9", "*,mail,*,scanner,480,2,0.8",
    )  # fmt: skip
    by_name = {r["resource"]: r for r in told["scenarios"][0]["resources"]}
    scanned = by_name["scanner"]["inspections_per_day"]
    ring = (
        0.1 * 0.99 + 0.01 * 16.5 / 21
    )  # clean ones that ring, and harm that is seen (posterior of 0.8 after 20 tests)
    assert by_name["officer"]["second_looks_per_day"] == pytest.approx(scanned * ring, rel=0.05)
    work = by_name["officer"]["inspections_per_day"] * 10 + by_name["officer"]["second_looks_per_day"] * 60
    assert by_name["officer"]["work_asked_minutes_per_day"] == pytest.approx(work)
    # with the load held, a scanner that rings twice as often leaves less to inspect, and finds less
    assert lane(told, 1)["harm_found"]["value"] < lane(told)["harm_found"]["value"]
    assert told["scenarios"][1]["compared_with_present"]["harm_found"]["high"] < 0


def test_what_ifs_do_what_they_say(ask, lane_of):
    changes = [
        whatif('{ do = "add", resource = "officer", number = 1 }', "add"),
        whatif('{ do = "add", resource = "officer", number = 1 }', "shorter", 'use = "shorter-line"'),
        whatif('{ do = "share", lane = "mail", to = 0.015 }', "share"),
        whatif('{ do = "minutes", resource = "officer", to = 5 }', "minutes"),
        whatif('{ do = "detection", resource = "officer", to = 0.45 }', "detection"),
        whatif('{ do = "arrivals", times = 2 }', "arrivals"),
        whatif('{ do = "random-share", to = 1.0 }', "random"),
        whatif('{ do = "take", resource = "officer", number = 0.5 }', "take", "starts_late_days = 10"),
    ]
    told = ask(lane_of("share_inspected = 0.01", "".join(changes)), OFFICER)
    plans = {plan["name"]: plan for plan in told["scenarios"]}
    now = lane(told)

    def of(name, key):
        return plans[name]["lanes"][0][key]

    assert of("add", "share_inspected") == pytest.approx(0.02)
    assert of("add", "utilisation") == pytest.approx(now["utilisation"])
    assert of("shorter", "share_inspected") == pytest.approx(0.01)
    assert of("shorter", "utilisation") == pytest.approx(0.25)
    assert of("shorter", "wait")["mean_minutes"] < now["wait"]["mean_minutes"]
    assert of("share", "utilisation") == pytest.approx(0.75)
    assert of("minutes", "inspections_per_day") == pytest.approx(48)
    assert of("detection", "harm_found")["value"] == pytest.approx(now["harm_found"]["value"] / 2, rel=0.1)
    assert of("arrivals", "utilisation") == pytest.approx(1.0)  # the share was stated: twice the work
    assert of("random", "harm")[0]["interdiction_rate"]["value"] == pytest.approx(0.009, rel=0.02)
    late = plans["take"]["compared_with_present"]["forgone_by_starting_late"]
    gained = plans["take"]["compared_with_present"]["harm_found"]["value"]
    assert late["value"] == pytest.approx(gained / 30 * 10)
    assert plans["add"]["compared_with_present"]["minutes_worked_per_day"] == pytest.approx(240)


def test_moved_minutes_are_neither_lost_nor_made(ask, lane_of):
    second = '[[lane]]\nname = "sea"\nmode = "sea"\narrivals_per_hour = 10\n[[lane.harm]]\nharm_class = "drug"\n'
    second += "low = 0.001\nhigh = 0.01\n"
    move = whatif('{ do = "move", resource = "officer", lane = "mail", to_lane = "sea", minutes = 120 }')
    told = ask(lane_of(tail=second + move), OFFICER, "*,sea,*,officer,240,30,0.9")
    minutes = [{r["lane"]: r["minutes_per_day"] for r in plan["resources"]} for plan in told["scenarios"]]
    assert minutes[0] == {"mail": 480, "sea": 240}
    assert minutes[1] == {"mail": 360, "sea": 360}
    with pytest.raises(InputError, match="Only 480"):
        ask(lane_of(tail=second + move.replace("120", "999")), OFFICER, "*,sea,*,officer,240,30,0.9")


def test_a_pool_for_all_lanes_is_spent_once(ask, lane_of):
    second = '[[lane]]\nname = "sea"\nmode = "sea"\narrivals_per_hour = 300\n'
    told = ask(lane_of(tail=second), "*,*,*,officer,480,10,0.9")
    minutes = [r["minutes_per_day"] for r in told["scenarios"][0]["resources"]]
    assert sum(minutes) == pytest.approx(480)
    assert minutes == pytest.approx([120, 360])
    assert all(r["minutes_shared_with_other_lanes"] for r in told["scenarios"][0]["resources"])


def test_offices_split_a_lane_by_their_part(ask, lane_of):
    told = ask(
        lane_of("offices = { Hub = 3, Coast = 1 }"), "Hub,mail,*,officer,480,10,0.9", "Coast,mail,*,officer,0,10,0.9"
    )
    assert [row["arrivals_per_day"] for row in told["scenarios"][0]["lanes"]] == [1800, 600]
    assert lane(told, place=1)["inspections_per_day"] == 0
    assert any("mail @ Coast" in line and "0 minutes" in line for line in told["scenarios"][0]["said"])


def test_days_of_the_file_are_averaged(ask, lane_of):
    told = ask(lane_of(), "*,mail,2026-03-02,officer,480,10,0.9", "*,mail,2026-03-03,officer,240,10,0.9")
    assert told["scenarios"][0]["resources"][0]["minutes_per_day"] == pytest.approx(360)


def test_what_is_assumed_is_said_and_weighs(ask, lane_of):
    told = ask(lane_of(), OFFICER)
    assert told["rests_on"]["assumed"] == 0
    bare = '[[lane]]\nname = "mail"\nmode = "mail"\narrivals_per_hour = 100\n'
    guessed = ask("draws = 60\n" + bare, OFFICER)
    assert guessed["rests_on"]["assumed"] == 1
    words = " ".join(guessed["assumed"])
    for part in ("per million", "area 0.7", "blind tests", "6 to 22"):
        assert part in words
    assert any("not deterred" in line for line in guessed["cautions"])
    assert guessed["doubt_comes_from"][0]["input"] == "prevalence of drug, mail"


def test_stored_weeks_fill_what_the_scenario_leaves_out(ask):
    bare = 'draws = 60\n[[lane]]\nname = "mail"\nmode = "mail"\n'
    known = Stored((50.0,) * 24, {"weapon": (3, 600)}, ((0.1, 0.4), (1.0, 1.0)), "stored weeks")
    told = ask(bare, OFFICER, stored=lambda lane, office: known if (lane, office) == ("mail", "*") else None)
    assert lane(told)["arrivals_per_day"] == 1200
    assert lane(told)["harm"][0]["harm_class"] == "weapon"
    assert lane(told)["harm"][0]["prevalence_is"].startswith("measured: 3 found in 600")


def test_scores_from_a_file_are_measured(ask, lane_of, tmp_path):
    rows = "".join(f"{100 - i},{int(i in (0, 1, 50))}\n" for i in range(100))
    (tmp_path / "scores.csv").write_text("score,found\n" + rows, "utf-8")
    text = lane_of('scores = "scores.csv"').replace("lift = [[0.01, 0.2], [0.1, 0.5]]\n", "")
    told = ask(text, OFFICER, folder=tmp_path)
    assert 0.4 < told["diminishing_returns"][8]["by_score"] / 0.9 < 0.95
    (tmp_path / "scores.csv").write_text("score,found\n1,x\n", "utf-8")
    with pytest.raises(InputError, match="not a number"):
        ask(text, OFFICER, folder=tmp_path)


def test_the_same_seed_gives_the_same_answer_to_the_last_digit(ask, lane_of):
    assert ask(lane_of(), OFFICER) == ask(lane_of(), OFFICER)


def test_a_table_for_people_shows_the_present_whole_and_then_what_changes(ask, lane_of):
    second = '[[lane]]\nname = "sea"\nmode = "sea"\narrivals_per_hour = 10\n'
    told = ask(
        lane_of(tail=second + whatif('{ do = "add", resource = "officer", lane = "mail", number = 1 }')),
        OFFICER, "*,sea,*,officer,240,30,0.9",
    )  # fmt: skip
    assert [(r["scenario"], r["lane"]) for r in shown_rows(told)] == [
        ("present", "mail"), ("present", "sea"), ("present", "all lanes"), ("w", "mail"), ("w", "all lanes"),
    ]  # fmt: skip
    assert len(rows_of(told)) == 4
