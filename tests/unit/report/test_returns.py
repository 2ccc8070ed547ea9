"""Diminishing returns and plans side by side: chart, plot and page say the same numbers."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.report.charts import plans_chart, returns_chart
from counterflow.report.whatif_plots import plans_svg, returns_svg

ROWS = [
    {"lane": "mail", "share_inspected": x, "by_score": y, "low": y * 0.8, "high": min(y * 1.1, 1), "at_random": x * 0.9}
    for x, y in ((0.0, 0.0), (0.02, 0.2), (0.4, 0.7), (1.0, 0.9))
]


def plan(name, value, *, low=None, high=None, per_minute=None):
    found = {"value": value, "low": value if low is None else low, "high": value if high is None else high}
    compared = {"compared_with_present": {"harm_found_per_further_minute": per_minute}}
    return {"name": name, "harm_found": found, "burden": {"clean_items_delayed": 5.0}, **compared}


def test_the_curve_is_drawn_in_both_orders_and_stands_in_the_table():
    chart = returns_chart(ROWS, "mail")
    values = chart.spec["data"]["values"]
    assert {v["order"] for v in values} == {"in the order of the score", "in random order"}
    assert len(values) == 2 * len(ROWS)
    assert len(chart.rows) == len(ROWS)
    assert "2.00\u202f% inspected finds 20.0\u202f%" in chart.summary
    assert any("strokeDash" in layer["encoding"] for layer in chart.spec["layer"])


def test_a_lane_that_nobody_inspects_has_no_curve():
    chart = returns_chart(ROWS, "sea")
    assert chart.spec is None
    assert "Nobody inspects in sea" in chart.summary
    assert returns_svg([], None, summary="") == plans_svg([], summary="") == ""


def test_plans_are_told_by_what_they_find_and_by_what_a_minute_brings():
    chart = plans_chart([plan("present", 10.0), plan("dear", 30.0, per_minute=0.1), plan("wise", 12.0, per_minute=2.0)])
    assert "'dear' finds most: 30" in chart.summary
    assert "'wise' does: 2" in chart.summary
    assert [row[0] for row in chart.rows] == ["present", "dear", "wise"]
    assert plans_chart([]).spec is None


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=12), st.floats(0, 1))
def test_a_curve_is_drawn_inside_its_frame(points, now):
    shares = sorted({0.0, 1.0, *(x for x, _, _ in points)})
    rows = [
        {"share_inspected": x, "by_score": y * 0.9, "low": y * 0.5, "high": y, "at_random": y * 0.4}
        for x, (_, y, _) in zip(shares, (points * 14)[: len(shares)], strict=True)
    ]
    svg = returns_svg(rows, now, summary="what it shows")
    numbers = [float(n) for pair in re.findall(r'points="([^"]+)"', svg) for n in re.split("[ ,]", pair)]
    assert all(0 <= n <= 460 for n in numbers)
    assert "nan" not in svg


@pytest.mark.parametrize("value", [0.0, 3.0, 1e9])
def test_plans_are_drawn_inside_their_frame(value):
    svg = plans_svg([plan("a < b", value, high=value * 2)], summary="s")
    assert "a &lt; b" in svg
    assert all(0 <= float(x) <= 460 for x in re.findall(r'c?x1?2?="([\d.]+)"', svg))
