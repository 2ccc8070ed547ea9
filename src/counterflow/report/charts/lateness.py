"""How late advance data came: hours between when it was due and when it was there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.chart import Chart, specification

__all__ = ["lateness_bars"]


def lateness_bars(bins: Sequence[Mapping[str, Any]]) -> Chart:
    """Return the histogram of lateness.

    Args:
        bins: `low` and `high` in hours after it was due (negative: early; None at the open ends) and `count`, in order.
    """
    values = [_value(row.get("low"), row.get("high"), int(row.get("count") or 0)) for row in bins]
    total = sum(int(row.get("count") or 0) for row in bins)
    summary = _summary(total, sum(v["count"] for v in values if v["when"] == "late"))
    spec = specification(values, summary, height=180, mark="bar", encoding=_encoding(values)) if total else None
    return Chart(
        "lateness",
        "How late advance data came",
        summary,
        spec,
        ("Hours after due", "When", "Records"),
        tuple((v["bin"], v["when"], numbers.count(v["count"])) for v in values),
    )


def _value(low: float | None, high: float | None, count: int) -> dict[str, Any]:
    return {
        "bin": _name(low, high),
        "count": count,
        "when": "late" if low is not None and low >= 0 else "on time",
    }


def _summary(total: int, late: int) -> str:
    if not total:
        return "No record has both a due time and an arrival time."
    told = f"{numbers.count(late)} ({numbers.share(late / total)})"
    return f"Of {numbers.count(total)} records with both times, {told} came after they were due."


def _name(low: object, high: object) -> str:
    if low is None:
        return f"under {high} h"
    return f"{low} h and more" if high is None else f"{low} to {high} h"


def _encoding(values: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    order = [v["bin"] for v in values]
    return {
        "x": {"field": "bin", "type": "ordinal", "sort": order, "title": "hours after it was due"},
        "y": {"field": "count", "type": "quantitative", "title": "records", "axis": {"tickCount": 4}},
        "color": {
            "field": "when",
            "type": "nominal",
            "scale": {"domain": ["late", "on time"]},
            "legend": {"title": None, "orient": "top", "symbolType": "square"},
        },
        "tooltip": [
            {"field": "bin", "type": "nominal"},
            {"field": "when", "type": "nominal"},
            {"field": "count", "type": "quantitative"},
        ],
    }
