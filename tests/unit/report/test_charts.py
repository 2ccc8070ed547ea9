"""Charts as data: all numbers drawn stand in the table, nothing unknown is drawn, no colour is fixed."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.report.charts import capacity_bars, coverage_ladder, interval_chart, lateness_bars
from counterflow.report.charts.coverage import LEVELS, RUNGS

EVERYTHING = dict.fromkeys(("sender", "departure", "lane", "period"), "*")


def rate(found, n):
    return {"value": found / n if n else None, "low": 0.0, "high": 1.0, "level": 0.95}


def row(lane, arm, n, found=0):
    return {"lane": lane, "arm": arm, "n": n, "found": found, "rate": rate(found, n)}


def values(chart):
    return chart.spec["data"]["values"]


def test_an_arm_without_inspections_is_in_the_table_and_not_drawn():
    chart = interval_chart([row("*", "random", 10, 1), row("*", "targeted", 0)])
    assert [v["arm"] for v in values(chart)] == ["random"]
    assert [r[1] for r in chart.rows] == ["random", "targeted"]
    assert chart.rows[1][4:] == ("–", "–")
    assert "random 1 of 10" in chart.summary


def test_no_outcome_at_all_is_said_and_not_drawn():
    chart = interval_chart([row("*", "random", 0)])
    assert chart.spec is None
    assert "no rate to show" in chart.summary


def test_busy_lanes_are_drawn_and_quiet_ones_left_to_the_table():
    rows = [row("*", "random", 100), *(row(f"lane {i:02d}", "random", i + 1) for i in range(20))]
    chart = interval_chart(rows, most_lanes=3)
    assert {v["lane"] for v in values(chart)} == {"all lanes", "lane 19", "lane 18"}
    assert chart.left_out == 18
    assert len(chart.rows) == 21


def coverage_row(received, **more):
    shares = {"complete_share": 0.9, "valid_share": 1.0, "on_time_share": None, "expected": None}
    return EVERYTHING | {"received": received, "unscreenable": 1} | shares | more


def test_the_ladder_counts_each_record_once():
    rows = [
        coverage_row(30),
        coverage_row(20, sender="A"),
        coverage_row(10, sender="B"),
        coverage_row(20, sender="A", departure="CN"),
        coverage_row(25, departure="CN"),
    ]
    by_sender, by_origin = coverage_ladder(rows), coverage_ladder(rows, by="departure")
    assert [(r[0], r[1]) for r in by_sender.rows] == [("A", "20"), ("B", "10")]
    assert [(r[0], r[1]) for r in by_origin.rows] == [("CN", "25")]
    assert by_sender.summary.startswith("30 records from 2 senders; 2 cannot be screened")


def test_a_rung_that_is_not_known_is_left_open():
    chart = coverage_ladder([coverage_row(20, sender="A")])
    assert {v["rung"] for v in values(chart)} == {"valid", "complete", "screenable"}
    assert chart.rows[0][3 + RUNGS.index("on time")] == "–"


@pytest.mark.parametrize(
    ("share", "level"), [(0, 0), (0.499, 0), (0.5, 1), (0.8, 2), (0.95, 3), (0.98, 3), (0.99, 4), (1, 4)]
)
def test_levels_have_round_breaks(share, level):
    chart = coverage_ladder([coverage_row(20, sender="A", complete_share=share)])
    (cell,) = [v for v in values(chart) if v["rung"] == "complete"]
    assert cell["level"] == LEVELS[level]


def test_periods_stand_in_order_and_the_latest_are_drawn():
    rows = [coverage_row(20 - i, period=f"2025-{i:02d}") for i in range(1, 13)]
    chart = coverage_ladder(rows, by="period", most=2)
    assert {v["name"] for v in values(chart)} == {"2025-11", "2025-12"}
    assert [r[0] for r in chart.rows] == [f"2025-{i:02d}" for i in range(1, 13)]


def cell(office="A", lane="post", minutes=100, **uses):
    return {"office": office, "lane": lane, "minutes": minutes} | uses


def test_minutes_add_up_over_days_and_what_is_left_over_is_shown():
    chart = capacity_bars([cell(mandatory=10, random=10), cell(targeted=30, random=10)])
    assert chart.rows == (("A, post", "200", "10", "20", "30", "0", "140"),)
    assert sum(v["minutes"] for v in values(chart)) == 200


def test_where_only_used_minutes_are_known_nothing_is_said_of_the_rest():
    chart = capacity_bars([cell(minutes=30, random=10, targeted=20)])
    assert "left over" not in chart.summary
    assert {v["use"] for v in values(chart)} == {"mandatory", "random", "targeted", "followup"}


def test_lateness_tells_the_share_that_was_late():
    bins = [{"low": None, "high": -24, "count": 30}, {"low": -24, "high": 0, "count": 45}]
    chart = lateness_bars([*bins, {"low": 0, "high": None, "count": 25}])
    assert "25 (25.0" in chart.summary
    assert [v["when"] for v in values(chart)] == ["on time", "on time", "late"]
    assert lateness_bars([]).spec is None


NAMES = st.one_of(st.sampled_from(["*", "", None]), st.text(max_size=12))
COUNTS = st.integers(0, 10_000)
SHARES = st.one_of(st.none(), st.floats(0, 1))


@given(
    st.lists(
        st.fixed_dictionaries(
            {"sender": NAMES, "departure": NAMES, "received": COUNTS, "unscreenable": st.just(0),
             "expected": st.one_of(st.none(), COUNTS), "complete_share": SHARES, "valid_share": SHARES,
             "on_time_share": SHARES}
        ),
        max_size=20,
    ),
    st.lists(st.fixed_dictionaries({"office": NAMES, "lane": NAMES, "minutes": COUNTS}), max_size=9),
)  # fmt: skip
def test_any_rows_give_plain_json_without_a_colour_and_with_a_sentence(coverage, cells):
    for chart in (coverage_ladder(coverage), coverage_ladder(coverage, by="departure"), capacity_bars(cells)):
        json.dumps(chart.spec, allow_nan=False)
        drawn = {key: value for key, value in (chart.spec or {}).items() if key in {"mark", "layer"}}
        assert not re.search(r'"(color|fill|stroke)": "', json.dumps(drawn))
        assert chart.summary.endswith(".")
        assert all(len(r) == len(chart.columns) for r in chart.rows)
