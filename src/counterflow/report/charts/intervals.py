"""Rates with their intervals, by lane and arm: how much of what was opened was confirmed, and how sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.chart import ARMS, Chart, shown_name, specification, text_of

__all__ = ["interval_chart"]

_MOST_LANES = 10
_LANE_HEIGHT = 46
_COLUMNS = ("Lane", "Arm", "Inspected", "Confirmed", "Rate", "Interval")


def interval_chart(rows: Sequence[Mapping[str, Any]], *, most_lanes: int = _MOST_LANES) -> Chart:
    """Return the chart of the rows of `account interdiction`.

    A row where nothing was inspected has no rate and is left to the table; so are lanes beyond `most_lanes`,
    least inspected first.
    """
    lanes = _lanes_by_inspected(rows)
    shown = lanes[:most_lanes]
    values = [_value(row) for row in rows if row.get("lane") in shown and row.get("n") and row.get("rate")]
    summary = _summary(rows)
    order = [shown_name(lane, "lane") for lane in shown]
    spec = specification(values, summary, height=_LANE_HEIGHT * len(shown), layer=_layers(order)) if values else None
    table = tuple(_table_row(row) for row in rows)
    return Chart(
        "intervals",
        "Confirmed finds per inspected record, with the exact interval",
        summary,
        spec,
        _COLUMNS,
        table,
        left_out=max(len(lanes) - most_lanes, 0),
    )


def _lanes_by_inspected(rows: Sequence[Mapping[str, Any]]) -> list[object]:
    """Return the lanes, the pooled one first, then by how much was inspected."""
    inspected: dict[object, float] = {}
    for row in rows:
        inspected[row.get("lane")] = inspected.get(row.get("lane"), 0) + float(row.get("n") or 0)
    return sorted(inspected, key=lambda lane: (lane != "*", -inspected[lane], text_of(lane)))


def _value(row: Mapping[str, Any]) -> dict[str, Any]:
    rate = row["rate"]
    return {
        "lane": shown_name(row.get("lane"), "lane"),
        "arm": text_of(row.get("arm")),
        "value": rate.get("value"),
        "low": rate.get("low"),
        "high": rate.get("high"),
        "told": _told(row),
    }


def _told(row: Mapping[str, Any]) -> str:
    counts = f"{numbers.count(row.get('found'))} of {numbers.count(row.get('n'))}"
    return f"{counts}: {numbers.estimate(row.get('rate'))}"


def _layers(lanes: list[str]) -> list[dict[str, Any]]:
    legend = {"title": None, "orient": "top"}
    y = {"field": "lane", "type": "nominal", "sort": lanes, "title": None}
    shared = {
        "y": y,
        "yOffset": {"field": "arm", "type": "nominal", "sort": list(ARMS)},
        "color": {
            "field": "arm",
            "type": "nominal",
            "scale": {"domain": list(ARMS)},
            "legend": legend,
        },
        "tooltip": [{"field": name, "type": "nominal"} for name in ("lane", "arm", "told")],
    }
    # An arm is told by its shape as well as by its colour.
    shape = {"field": "arm", "type": "nominal", "scale": {"domain": list(ARMS)}, "legend": legend}
    x = {"type": "quantitative", "axis": {"format": "~%", "tickCount": 5}, "title": "confirmed / inspected"}
    ends = {"x": x | {"field": "low", "scale": {"zero": True}}, "x2": {"field": "high"}}
    return [
        {"mark": {"type": "rule", "strokeWidth": 2}, "encoding": shared | ends},
        {
            "mark": {"type": "point", "filled": True, "size": 55, "opacity": 1},
            "encoding": shared | {"x": x | {"field": "value"}, "shape": shape},
        },
    ]


def _summary(rows: Sequence[Mapping[str, Any]]) -> str:
    pooled = {row.get("arm"): row for row in rows if row.get("lane") == "*"}
    told = [f"{arm} {_told(pooled[arm])}" for arm in ARMS if arm in pooled and pooled[arm].get("n")]
    if not told:
        return "No inspection has an outcome yet, so there is no rate to show."
    return f"Over all lanes, confirmed of inspected: {'; '.join(told)}. Only the random arm speaks for the rest."


def _table_row(row: Mapping[str, Any]) -> tuple[str, ...]:
    rate = row.get("rate") if row.get("n") else None
    return (
        shown_name(row.get("lane"), "lane"),
        text_of(row.get("arm")),
        numbers.count(row.get("n")),
        numbers.count(row.get("found")),
        numbers.share(rate.get("value")) if rate else numbers.ABSENT,
        numbers.interval(rate),
    )
