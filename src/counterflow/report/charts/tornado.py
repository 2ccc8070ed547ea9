"""What drives a result: how far it swings when one parameter goes from the low to the high end of its range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.chart import Chart, Spec, specification

__all__ = ["tornado_chart"]

_ROW_HEIGHT = 26
_MOST = 10


def tornado_chart(title: str, unit: str, rows: Sequence[Mapping[str, Any]]) -> Chart:
    """Return bars from the result at a parameter's low end to that at its high end, the widest first.

    Args:
        title: what the result is.
        unit: of the result.
        rows: `name`, `low` and `high` (the result at either end), `middle` (as it is), `informed` (whether data inform
            the parameter). The ten widest are drawn, all stay in the table.
    """
    widest = sorted(rows, key=lambda row: -abs(float(row["high"]) - float(row["low"])))
    shown = widest[:_MOST]
    values = [
        {
            "name": str(row["name"]), "low": float(row["low"]), "high": float(row["high"]),
            "what": "data inform it" if row["informed"] else "no data inform it", "middle": float(row["middle"]),
        }
        for row in shown
    ]  # fmt: skip
    summary = _summary(title, shown)
    spec = specification(values, summary, height=_ROW_HEIGHT * max(len(shown), 1), layer=_layers(unit, values))
    return Chart(
        "tornado", f"What drives it: {title}", summary, spec if values else None,
        ("Parameter", "At its low end", "At its high end", "Informed"),
        tuple(
            (str(r["name"]), numbers.amount(r["low"]), numbers.amount(r["high"]), "by data" if r["informed"] else "no")
            for r in widest
        ),
        left_out=len(widest) - len(shown),
    )  # fmt: skip


def _layers(unit: str, values: Sequence[Mapping[str, Any]]) -> list[Spec]:
    y = {"field": "name", "type": "nominal", "sort": [row["name"] for row in values], "title": None}
    x = {"type": "quantitative", "title": unit, "axis": {"tickCount": 5}}
    colour = {
        "field": "what", "type": "nominal", "scale": {"domain": ["no data inform it", "data inform it"]},
        "legend": {"title": None, "orient": "top", "symbolType": "square"},
    }  # fmt: skip
    told = [{"field": name, "type": "nominal"} for name in ("name", "low", "high", "what")]
    return [
        {"mark": {"type": "bar", "height": 14},
         "encoding": {"y": y, "x": x | {"field": "low"}, "x2": {"field": "high"}, "color": colour, "tooltip": told}},
        {"mark": {"type": "tick", "thickness": 2, "size": 20}, "encoding": {"y": y, "x": x | {"field": "middle"}}},
    ]  # fmt: skip


def _summary(title: str, shown: Sequence[Mapping[str, Any]]) -> str:
    if not shown:
        return f"Nothing is known to drive {title}."
    most = shown[0]
    unheard = sum(not row["informed"] for row in shown)
    return (
        f"{most['name']} moves it most: from {numbers.amount(most['low'])} to {numbers.amount(most['high'])}."
        f" {unheard} of the {len(shown)} shown are informed by no data. One parameter at a time; the rest stay."
    )
