"""What was expected of counts, by whom, and what happened: intervals, 1 being what counts alone expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report.charts.chart import Chart, Spec, specification

__all__ = ["expected_chart"]

_ROW_HEIGHT = 34


def expected_chart(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """Return the chart of forecasts of counts.

    Args:
        rows: `name` (measure, window and whose), `measure`, `low`, `high`, `low50`, `high50`, `middle` as multiples of
            what counts alone led to expect, `happened` likewise (None where not known or too small to be told), and
            `text` for the table.
    """
    values = [
        {key: row[key] for key in ("name", "low", "high", "low50", "high50", "middle", "happened")} for row in rows
    ]
    known = [row for row in rows if row["happened"] is not None]
    outside = [row for row in known if not row["low"] <= row["happened"] <= row["high"]]
    summary = (
        f"{len(rows)} forecasts of counts: 90 % as a line, 50 % as a bar, as multiples of what the counts alone led to"
        " expect (dashed)."
    )
    happened = f" What happened, as a diamond, lies outside {len(outside)} of {len(known)}."
    summary += happened if known else " What happened is not known yet of any of these."
    spec = specification(values, summary, height=_ROW_HEIGHT * len(rows), layer=_layers(values)) if rows else None
    return Chart(
        "expected", "Forecasts of counts", summary, spec, ("Forecast", "Middle", "90 %", "Happened"),
        tuple(tuple(str(cell) for cell in row["text"]) for row in rows),
    )  # fmt: skip


def _layers(values: Sequence[Mapping[str, Any]]) -> list[Spec]:
    y = {"field": "name", "type": "nominal", "sort": [row["name"] for row in values], "title": None}
    x = {"type": "quantitative", "title": "counts alone = 1", "axis": {"tickCount": 6}, "scale": {"zero": False}}
    told = [{"field": name, "type": "quantitative", "format": ".2f"} for name in ("low", "middle", "high", "happened")]
    scale = {"domain": ["expected", "happened", "counts alone"]}

    def colour(name: str) -> Spec:
        # The sentence above says which is which; by shape, too.
        return {"datum": name, "type": "nominal", "scale": scale, "legend": None}

    shared = {"y": y, "tooltip": told}
    wide = shared | {"x": x | {"field": "low"}, "x2": {"field": "high"}, "color": colour("expected")}
    half = shared | {"x": x | {"field": "low50"}, "x2": {"field": "high50"}, "color": colour("expected")}
    happened = shared | {"x": x | {"field": "happened"}, "color": colour("happened")}
    alone = {"x": {"datum": 1, "type": "quantitative"}, "color": colour("counts alone")}
    layers: list[Spec] = [
        {"mark": {"type": "rule", "strokeWidth": 2}, "encoding": wide},
        {"mark": {"type": "bar", "height": 10}, "encoding": half},
        {"mark": {"type": "rule", "strokeDash": [4, 4]}, "encoding": alone},
    ]
    if any(row["happened"] is not None for row in values):
        point = {"type": "point", "filled": True, "size": 110, "shape": "diamond", "opacity": 1}
        layers.append({"mark": point, "encoding": happened})
    return layers
