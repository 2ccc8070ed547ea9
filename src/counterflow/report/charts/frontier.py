"""How soon diversion is found against how often a rule rings: one line for each rule, a point for each setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.chart import Chart, specification, text_of

__all__ = ["frontier_chart"]

_COLUMNS = ("Rule", "Setting", "Alert rate", "Mean delay, months", "Interval of the delay")


def frontier_chart(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """Return the chart of settings compared on planted diversion: lower and further left is better.

    Args:
        rows: `rule`, `setting`, `alert_rate` (a share), `delay`, `low` and `high` (months), in order of alert rate.
    """
    shown = [row for row in rows if row.get("alert_rate") and row.get("delay") is not None]
    values = [
        {
            "rule": text_of(row["rule"]), "setting": text_of(row.get("setting")), "rate": float(row["alert_rate"]),
            "delay": float(row["delay"]), "low": float(row["low"]), "high": float(row["high"]),
        }
        for row in shown
    ]  # fmt: skip
    summary = _summary(shown)
    return Chart(
        "frontier",
        "Months until planted diversion is found, by how often a rule rings",
        summary,
        specification(values, summary, height=320, layer=_layers()) if values else None,
        _COLUMNS,
        tuple(_table_row(row) for row in rows),
        left_out=len(rows) - len(shown),
    )


def _layers() -> list[dict[str, Any]]:
    x = {
        "field": "rate", "type": "quantitative", "scale": {"type": "log"}, "axis": {"format": "~%"},
        "title": "alarms per month with orders, without diversion",
    }  # fmt: skip
    colour = {"field": "rule", "type": "nominal", "legend": {"title": None, "orient": "top"}}
    y = {"type": "quantitative", "title": "mean months to the first alarm", "scale": {"zero": True}}
    shared = {"x": x, "color": colour}
    tooltip = [{"field": name, "type": "nominal"} for name in ("rule", "setting", "rate", "delay")]
    return [
        {
            "mark": {"type": "rule", "opacity": 0.4},
            "encoding": shared | {"y": y | {"field": "low"}, "y2": {"field": "high"}},
        },
        {
            # A rule is told by the shape of its points as well as by its colour.
            "mark": {"type": "line", "point": False},
            "encoding": shared | {"y": y | {"field": "delay"}, "strokeDash": {"field": "rule", "type": "nominal"}},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 50, "opacity": 1},
            "encoding": shared
            | {"y": y | {"field": "delay"}, "shape": {"field": "rule", "type": "nominal"}, "tooltip": tooltip},
        },
    ]


def _summary(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return "Nothing was compared."
    quickest: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        rule = text_of(row["rule"])
        if rule not in quickest or row["delay"] < quickest[rule]["delay"]:
            quickest[rule] = row
    told = [f"{rule} {row['delay']:.1f} months at {numbers.share(row['alert_rate'])}" for rule, row in quickest.items()]
    return f"At its quickest setting, each rule needs: {'; '.join(told)}."


def _table_row(row: Mapping[str, Any]) -> tuple[str, ...]:
    known = row.get("delay") is not None
    return (
        text_of(row.get("rule")),
        text_of(row.get("setting")),
        numbers.share(row.get("alert_rate")),
        f"{row['delay']:.1f}" if known else numbers.ABSENT,
        f"{row['low']:.1f} to {row['high']:.1f}" if known else numbers.ABSENT,
    )
