"""The best use of the same minutes: against the greedy rule, against every other split, and within the minutes there are."""

import heapq

import numpy as np
import pytest

TWO = """
draws = 60
random_share = 0.0
keep_at_least = 0.0
[[lane]]
name = "a"
mode = "mail"
arrivals_per_hour = 40
share_inspected = 0.05
lift = [[0.05, 0.4], [0.2, 0.7]]
[[lane.harm]]
harm_class = "drug"
found = 1000
inspected = 100000
[[lane]]
name = "b"
mode = "mail"
arrivals_per_hour = 20
share_inspected = 0.05
lift = [[0.1, 0.3], [0.5, 0.8]]
[[lane.harm]]
harm_class = "drug"
found = 8000
inspected = 100000
[[resource]]
name = "officer"
hours = [8, 16]
blind_found = 900
blind_tests = 1000
"""
ROWS = ("*,a,*,officer,960,10,0.9", "*,b,*,officer,960,20,0.9")


def pieces(arrivals, prevalence, points, minutes):
    """Straight pieces of a lane: harm per minute, minutes long; steepest first."""
    found = []
    for (x0, y0), (x1, y1) in zip([(0.0, 0.0), *points], [*points, (1.0, 1.0)], strict=True):
        items = (x1 - x0) * arrivals
        found.append((arrivals * prevalence * 0.9 * 100 * (y1 - y0) / (items * minutes), items * minutes))
    return found


def test_for_one_resource_it_is_the_greedy_rule(ask):
    told = ask(TWO, *ROWS)["best_use_of_the_same_minutes"]
    left = sum(row["minutes_now"] for row in told["rows"])
    heap = [(-worth, size) for worth, size in pieces(960, 0.01, [(0.05, 0.4), (0.2, 0.7)], 10)]
    heap += [(-worth, size) for worth, size in pieces(480, 0.08, [(0.1, 0.3), (0.5, 0.8)], 20)]
    heapq.heapify(heap)
    greedy = 0.0
    while left > 1e-9:
        worth, size = heapq.heappop(heap)
        greedy -= worth * min(size, left)
        left -= min(size, left)
    best = sum(lane["harm_found_best"] for lane in told["lanes"]) / 30
    assert best == pytest.approx(greedy, rel=0.02)


def test_no_other_split_of_the_minutes_finds_more_and_none_are_made(ask):
    told = ask(TWO, *ROWS)["best_use_of_the_same_minutes"]
    minutes = sum(row["minutes_now"] for row in told["rows"])
    assert sum(row["minutes_best"] for row in told["rows"]) <= minutes + 1e-6
    best = sum(lane["harm_found_best"] for lane in told["lanes"])
    for part in np.linspace(0, 1, 11):
        a, b = max(minutes * part, 1e-6), max(minutes * (1 - part), 1e-6)
        tried = ask(
            TWO.replace("share_inspected = 0.05\n", "").replace("draws = 60", "draws = 60\nload = 1.0"),
            f"*,a,*,officer,{a},10,0.9", f"*,b,*,officer,{b},20,0.9",
        )  # fmt: skip
        assert tried["scenarios"][0]["harm_found"]["value"] <= best * 1.005


def test_it_never_finds_less_than_the_present_and_keeps_a_foot_in_each_lane(ask):
    told = ask(TWO.replace("keep_at_least = 0.0", "keep_at_least = 0.3"), *ROWS)["best_use_of_the_same_minutes"]
    assert told["gained"]["value"] >= -1e-6
    assert all(row["minutes_best"] >= 0.3 * row["minutes_now"] - 1e-6 for row in told["rows"])


def test_minutes_that_may_not_move_stay(ask):
    fixed = TWO.replace('name = "officer"\n', 'name = "officer"\nmovable = false\n')
    told = ask(fixed, *ROWS)["best_use_of_the_same_minutes"]
    assert all(row["minutes_best"] <= row["minutes_now"] + 1e-6 for row in told["rows"])


def test_offices_do_not_lend_to_each_other(ask):
    apart = TWO.replace('mode = "mail"\narrivals_per_hour = 40', 'mode = "mail"\noffice = "X"\narrivals_per_hour = 40')
    told = ask(apart, "X,a,*,officer,960,10,0.9", "*,b,*,officer,960,20,0.9")["best_use_of_the_same_minutes"]
    assert all(row["minutes_best"] <= row["minutes_now"] + 1e-6 for row in told["rows"])


def test_nothing_worked_is_nothing_to_move(ask):
    told = ask(TWO, "*,a,*,officer,0,10,0.9")["best_use_of_the_same_minutes"]
    assert told["rows"] == []
