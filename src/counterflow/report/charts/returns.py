"""What more inspection brings: harm found by share inspected, and plans side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.chart import Chart, specification

__all__ = ["plans_chart", "returns_chart"]

_HEIGHT, _ROW_HEIGHT = 220, 34
_ORDERS = ("in the order of the score", "in random order")


def returns_chart(rows: Sequence[Mapping[str, Any]], lane: str) -> Chart:
    """Return a lane's curve of diminishing returns, with its interval and the straight line of chance.

    Args:
        rows: `lane`, `share_inspected`, `by_score`, `low`, `high`, `at_random`; rows of other lanes are passed over.
        lane: the lane.
    """
    shown = [row for row in rows if row["lane"] == lane]
    values = [
        {
            "share": float(row["share_inspected"]), "found": float(row[key]), "order": order,
            "low": float(row["low"]) if key == "by_score" else None,
            "high": float(row["high"]) if key == "by_score" else None,
        }
        for row in shown
        for key, order in zip(("by_score", "at_random"), _ORDERS, strict=True)
    ]  # fmt: skip
    summary = _returns_summary(shown, lane)
    x = {"field": "share", "type": "quantitative", "axis": {"format": "~%"}, "title": "share inspected"}
    y = {"type": "quantitative", "axis": {"format": "~%"}, "title": "share of harm found"}
    colour = {"field": "order", "type": "nominal", "scale": {"domain": list(_ORDERS)},
              "legend": {"title": None, "orient": "top"}}  # fmt: skip
    layers = [
        {
            "mark": {"type": "area", "opacity": 0.2},
            "transform": [{"filter": "datum.low !== null"}],
            "encoding": {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}, "color": colour},
        },
        {
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": {
                "x": x, "y": y | {"field": "found"}, "color": colour,
                "strokeDash": {"field": "order", "type": "nominal", "scale": {"domain": list(_ORDERS)}},
            },
        },
    ]  # fmt: skip
    return Chart(
        f"returns-{lane}",
        f"{lane}: what more inspection finds",
        summary,
        specification(values, summary, height=_HEIGHT, layer=layers) if values else None,
        ("Share inspected", "Harm found, by score", "95 % interval", "Harm found, at random"),
        tuple(
            (numbers.share(r["share_inspected"]), numbers.share(r["by_score"]), numbers.interval(r),
             numbers.share(r["at_random"]))
            for r in shown
        ),
    )  # fmt: skip


def _returns_summary(rows: Sequence[Mapping[str, Any]], lane: str) -> str:
    near = [row for row in rows if row["share_inspected"] in (0.02, 0.4, 1.0)]
    if not near:
        return f"Nobody inspects in {lane}, so there is no curve."
    told = [f"{numbers.share(r['share_inspected'])} inspected finds {numbers.share(r['by_score'])}" for r in near]
    return f"{lane}: {'; '.join(told)} of the harm that comes through."


def plans_chart(plans: Sequence[Mapping[str, Any]]) -> Chart:
    """Return plans side by side: harm found with its interval.

    Args:
        plans: `name`, `harm_found` (an estimate's plain data), `burden` with `clean_items_delayed`; the present
            first, the others with `compared_with_present`.
    """
    values = [
        {"plan": p["name"], "found": p["harm_found"]["value"], "low": p["harm_found"]["low"],
         "high": p["harm_found"]["high"]}
        for p in plans
    ]  # fmt: skip
    names = [p["name"] for p in plans]
    summary = _plans_summary(plans)
    y = {"field": "plan", "type": "nominal", "sort": names, "title": None, "axis": {"labelLimit": 240}}
    x = {"type": "quantitative", "title": "expected harm found, severity points", "axis": {"tickCount": 5}}
    layers = [
        {
            "mark": {"type": "rule", "strokeWidth": 2},
            "encoding": {"y": y, "x": x | {"field": "low"}, "x2": {"field": "high"}},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
            "encoding": {"y": y, "x": x | {"field": "found"}},
        },
    ]
    return Chart(
        "plans",
        "Plans side by side",
        summary,
        specification(values, summary, height=_ROW_HEIGHT * len(names), layer=layers) if values else None,
        ("Plan", "Expected harm found", "95 % interval", "Clean items delayed"),
        tuple(
            (str(p["name"]), numbers.amount(p["harm_found"]["value"]), numbers.interval(p["harm_found"], "amount"),
             numbers.amount(p["burden"]["clean_items_delayed"]))
            for p in plans
        ),
    )  # fmt: skip


def _plans_summary(plans: Sequence[Mapping[str, Any]]) -> str:
    if not plans:
        return "There is no plan."
    best = max(plans, key=lambda p: p["harm_found"]["value"])
    told = numbers.amount(best["harm_found"]["value"])
    said = f"Of {numbers.counted(len(plans), 'plan')}, {best['name']!r} finds most: {told} severity points"
    worth = [(p["compared_with_present"]["harm_found_per_further_minute"], p["name"]) for p in plans[1:]]
    paid = [(each, name) for each, name in worth if each]
    if paid:
        each, name = max(paid)
        said += f"; for each further minute worked {name!r} does: {numbers.amount(each)}"
    return f"{said}."
