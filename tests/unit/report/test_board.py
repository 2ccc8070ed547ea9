"""Tiles and grids: no figure without its doubt or its counterpart; what is not known is never a zero."""

import pytest

from counterflow.report.board import board_charts, board_tiles
from counterflow.report.grid import cell_text, grid
from counterflow.report.markup import safe

ESTIMATE = {"value": 0.2, "low": 0.1, "high": 0.4, "level": 0.95, "unit": "share of violative records"}
MISSED = {"value": 120.0, "low": 40.0, "high": 300.0, "level": 0.95, "unit": "records"}
COVERAGE = {
    "sender": "*",
    "departure": "*",
    "lane": "*",
    "period": "*",
    "received": 1_000,
    "unscreenable": 50,
}
BURDEN = {"by": "*", "name": "*", "records": 1_000, "fruitless": 80, "fruitless_per_1000": 80.0, "refuted": 3}


def board(**random_row):
    row = {"lane": "*", "arm": "random", "n": 90, "found": 2, "interdiction": ESTIMATE, "undetected": MISSED}
    return {
        "coverage": [COVERAGE, COVERAGE | {"sender": "A"}],
        "interdiction": [row | {"informative": True, "why_not": ""} | random_row],
        "burden": [BURDEN | {"not_presented": 7}],
        "outputs": [{"what": "Finds confirmed", "value": 9}],
    }


def test_each_tile_carries_its_interval_or_its_counterpart():
    received, interdiction, undetected, burden = board_tiles(board())
    assert (received.value, received.detail[:10]) == ("1\u202f000", "50 (5.00\u202f%")
    assert interdiction.value == "20.0\u202f%"
    assert "10.0\u202f% to 40.0\u202f%" in interdiction.detail
    assert undetected.value == "120"
    assert "40 to 300" in undetected.detail
    assert burden.value == "80"
    assert "3 refuted; 7 not presented; finds confirmed: 9" in burden.detail


def test_an_estimate_that_is_not_informative_gives_no_point():
    _, interdiction, undetected, _ = board_tiles(board(informative=False, why_not="too few"))
    assert interdiction.value == "10.0\u202f% to 40.0\u202f%"
    assert undetected.value == "40 to 300"
    assert interdiction.tone == undetected.tone == "doubt"
    assert "not informative: too few" in undetected.detail


@pytest.mark.parametrize("nothing", [{}, {"coverage": [], "interdiction": [], "burden": None, "plan": None}])
def test_nothing_known_is_a_dash_and_not_a_zero(nothing):
    assert {tile.value for tile in board_tiles(nothing)} == {"–"}
    assert all(chart.spec is None for chart in board_charts(nothing).values())


def test_without_confirmed_outputs_the_burden_stands_alone():
    assert "confirmed" not in board_tiles(board() | {"outputs": []})[3].detail


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("complete_share", 0.5, "50.0\u202f%"),
        ("count", 0.5, "0.5"),
        ("rate", ESTIMATE, "20.0\u202f% (95\u202f% interval 10.0\u202f% to 40.0\u202f%)"),
        ("undetected", MISSED, "120 (95\u202f% interval 40 to 300)"),
        ("reasons", ["a", "b"], "a; b"),
        ("x", None, "–"),
        ("x", [], "–"),
        ("ok", True, "yes"),
        ("lane", "*", "all"),
        ("time", "2026-03-01T06:00:00+00:00", "2026-03-01 06:00 UTC"),
        ("arms", {"random": 3}, "random 3"),
    ],
)
def test_cells_read_as_what_they_are(key, value, text):
    assert cell_text(key, value) == text


def test_a_grid_keeps_order_leaves_out_absent_columns_and_sets_numbers_right():
    made = grid([{"b": 1, "a": "x"}, {"a": "y", "c": None}], ["c", "a", "b", "zz"])
    assert [column.key for column in made.columns] == ["c", "a", "b"]
    assert [column.numeric for column in made.columns] == [False, False, True]
    assert made.rows == (("–", "x", "1"), ("–", "y", "–"))


def test_hostile_words_of_a_tile_stay_words():
    tile = board_tiles(board(informative=False, why_not="<script>"))[1]
    assert "&lt;script&gt;" in safe(tile.detail)
