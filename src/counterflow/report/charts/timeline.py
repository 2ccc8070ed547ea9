"""A customer's orders of one product by month, with what was to be expected and the alarms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.chart import Chart, specification

__all__ = ["timeline_chart"]

_HEIGHT = 220


def timeline_chart(rows: Sequence[Mapping[str, Any]], *, measure: str, product: str) -> Chart:
    """Return the chart.

    Args:
        rows: one per month, in order: `month` (YYYY-MM), `quantity`, and where known `baseline`, `alarm` and `open`
            (true or false).
        measure: unit of quantity and baseline.
        product: what was ordered.
    """
    values = [
        {
            "month": row["month"], "quantity": float(row["quantity"]), "baseline": row.get("baseline"),
            "state": _state(row),
        }
        for row in rows
    ]  # fmt: skip
    summary = _summary(rows, measure, product)
    x = {"field": "month", "type": "ordinal", "title": None, "axis": {"labelOverlap": True, "labelAngle": 0}}
    y = {"type": "quantitative", "title": f"{measure} a month", "axis": {"tickCount": 4}}
    tooltip = [{"field": name, "type": "nominal"} for name in ("month", "quantity", "baseline", "state")]
    colour = {
        "field": "state", "type": "nominal", "scale": {"domain": ["quiet", "open", "alarm"]},
        "legend": {"title": None, "orient": "top"},
    }  # fmt: skip
    layers = [
        {"mark": "bar", "encoding": {"x": x, "y": y | {"field": "quantity"}, "color": colour, "tooltip": tooltip}},
        {
            "mark": {"type": "line", "interpolate": "step", "strokeWidth": 2},
            "encoding": {"x": x, "y": y | {"field": "baseline"}},
        },
    ]
    return Chart(
        "timeline",
        f"Orders of {product} by month",
        summary,
        specification(values, summary, height=_HEIGHT, layer=layers) if values else None,
        ("Month", f"Ordered ({measure})", "To be expected", "Alarm"),
        tuple(
            (str(r["month"]), numbers.amount(r["quantity"]), numbers.amount(r.get("baseline")), _state(r)) for r in rows
        ),
    )


def _state(row: Mapping[str, Any]) -> str:
    return "alarm" if row.get("alarm") else "open" if row.get("open") else "quiet"


def _summary(rows: Sequence[Mapping[str, Any]], measure: str, product: str) -> str:
    if not rows:
        return f"There is no order of {product}."
    last, alarms = rows[-1], [str(row["month"]) for row in rows if row.get("alarm")]
    told = f"{numbers.amount(last['quantity'])} {measure} of {product} in {last['month']}"
    if last.get("baseline") is not None:
        told += f", {numbers.amount(last['baseline'])} to be expected"
    raised = f"alarms in {', '.join(alarms[-3:])}" if alarms else "no alarm"
    return f"{told}; {numbers.counted(len(rows), 'month')} shown, {raised}."
