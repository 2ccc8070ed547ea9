"""Maps and small multiples: what they draw, what they leave out, and what they say."""

import re
from itertools import pairwise

import pytest

from counterflow.report.charts.places import TILES, Point, Ring, bands_of, places_chart, tile_chart
from counterflow.report.charts.series import Period, series_chart, series_summary
from counterflow.report.map_svg import places_svg, tiles_svg
from counterflow.report.series_svg import series_svg

EVIL = "<script>alert(1)</script>"
POINTS = [
    Point("Austin", 41.9, -87.76, 240, 1, alarm=True),
    Point("Loop", 41.88, -87.63, 3),
    Point(EVIL, 41.7, -87.6, None),
]
RINGS = [Ring(1, 41.9, -87.76, 4.0, "Cluster 1.", alarm=True)]


def test_a_map_shows_ranges_and_never_a_small_count():
    chart = places_chart(POINTS, RINGS, small=10)
    shown = {row["place"]: row["cases"] for row in chart.spec["data"]["values"]}
    assert shown == {"Austin": "100 and more", "Loop": "1 to 9", EVIL: "not known"}
    assert chart.rows[0] == ("Austin", "100 and more", "cluster 1, alarm")
    assert "1 of them with a count that is not known" in chart.summary
    drawing = places_svg(POINTS, RINGS, summary=chart.summary, small=10)
    assert EVIL not in drawing
    assert "240" not in drawing
    assert drawing.count("<ellipse") == 1
    assert re.search(r">5 km<|>10 km<", drawing)
    assert 'class="dot unknown"' in drawing


def test_one_place_can_be_drawn_and_no_place_is_nothing():
    assert "<circle" in places_svg(POINTS[:1], [], summary="one")
    assert places_svg([], [], summary="none") == ""
    assert places_chart([], []).spec is None


@pytest.mark.parametrize("small", [5, 10, 30])
def test_bands_follow_the_small_cell_without_gap(small):
    bands = bands_of(small)
    assert [band.least for band in bands[:3]] == [0, 1, small]
    assert all(a.least < b.least and a.size < b.size for a, b in pairwise(bands))


def test_tiles_of_states_lie_apart_and_an_unknown_one_is_no_zero():
    assert len(set(TILES.values())) == len(TILES) == 52
    chart = tile_chart({"WV": 80.0, "OH": None, "Nowhere": 3}, title="Deaths", what="deaths")
    assert chart.summary == "Highest: WV, 80 deaths; 1 state known, 1 not known."
    assert chart.rows == (("OH", "–"), ("WV", "80"))
    drawing = tiles_svg({"WV": 80.0, "OH": None}, summary="s")
    assert drawing.count('class="tile none"') == 51
    assert drawing.count('class="tile"') == 1


PERIODS = [
    Period("2026-01-05", 20, expected=12, upper=18, alarm=True),
    Period("2026-01-12", None, expected=12, upper=float("nan"), withheld=True, change="new panel"),
    Period("2026-01-19", 14, low=15, high=30, nowcast=21),
]


def test_a_series_tells_reported_beside_nowcast_and_withholds():
    summary = series_summary("Austin", PERIODS, what="deaths")
    assert summary.startswith("Austin: 14 deaths reported in 2026-01-19; 21 (15 to 30) when all reports are in.")
    assert "Alarms: 2026-01-05" in summary
    assert "1 small count withheld" in summary
    chart = series_chart("Austin", PERIODS)
    assert [row[1] for row in chart.rows] == ["20", "withheld", "14"]
    assert chart.rows[1][6] == "new panel"
    assert [value["state"] for value in chart.spec["data"]["values"]] == ["alarm", "quiet", "not final"]


def test_the_drawing_of_a_series_marks_what_is_not_final_and_what_is_withheld():
    drawing = series_svg(PERIODS, summary="s", small=10)
    for shown in ('class="bar hot"', 'class="bar late"', 'class="hidden"', 'class="whisker"', 'class="change"',
                  'class="alarm"'):  # fmt: skip
        assert drawing.count(shown) == 1, shown
    assert series_svg([], summary="none") == ""


def test_a_threshold_far_above_all_counts_does_not_press_them_flat():
    near, far = (series_svg([Period("1", 10, upper=u), Period("2", 8, upper=12)], summary="s") for u in (14, 500))
    assert ">14<" in near
    assert ">12<" in far
    assert "500" not in far
