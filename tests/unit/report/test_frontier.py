"""The chart of settings compared on planted diversion."""

from __future__ import annotations

from counterflow.report.charts import frontier_chart

ROWS = [
    {"rule": "ours", "setting": "1", "alert_rate": 0.02, "delay": 4.0, "low": 3.0, "high": 5.0},
    {"rule": "ours", "setting": "0.5", "alert_rate": 0.06, "delay": 2.0, "low": 1.0, "high": 3.0},
    {"rule": "max-6", "setting": "1", "alert_rate": 0.14, "delay": 1.5, "low": 1.0, "high": 2.0},
    {"rule": "max-6", "setting": "9", "alert_rate": 0.0, "delay": None, "low": None, "high": None},
]


def test_every_setting_is_in_the_table_and_those_that_ring_are_drawn():
    chart = frontier_chart(ROWS)
    assert len(chart.rows) == 4
    assert len(chart.spec["data"]["values"]) == 3
    assert chart.left_out == 1
    assert all(len(row) == len(chart.columns) for row in chart.rows)


def test_the_sentence_names_each_rule_at_its_quickest():
    said = frontier_chart(ROWS).summary
    assert "ours 2.0 months" in said
    assert "max-6 1.5 months" in said


def test_rules_are_told_apart_without_colour_too():
    layers = frontier_chart(ROWS).spec["layer"]
    assert any("shape" in layer["encoding"] for layer in layers)
    assert any("strokeDash" in layer["encoding"] for layer in layers)


def test_nothing_compared_is_nothing_drawn():
    assert frontier_chart([]).spec is None
    assert "Nothing" in frontier_chart([]).summary
