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
        f"{len(rows)} forecasts of counts as 90 % and 50 % intervals, against what the counts alone led to expect (1)."
    )
    summary += f" What happened lies outside {len(outside)} of {len(known)}." if known else " Nothing has happened yet."
    spec = specification(values, summary, height=_ROW_HEIGHT * len(rows), layer=_layers(values)) if rows else None
    return Chart(
        "expected", "Expected, and what happened", summary, spec, ("Forecast", "Middle", "90 %", "Happened"),
        tuple(tuple(str(cell) for cell in row["text"]) for row in rows),
    )  # fmt: skip


def _layers(values: Sequence[Mapping[str, Any]]) -> list[Spec]:
    y = {"field": "name", "type": "nominal", "sort": [row["name"] for row in values], "title": None,
         "axis": {"labelLimit": 260}}  # fmt: skip
    x = {"type": "quantitative", "title": "times what the counts alone led to expect", "scale": {"zero": False}}
    told = [{"field": name, "type": "quantitative", "format": ".2f"} for name in ("low", "middle", "high", "happened")]
    scale = {"domain": ["expected", "happened"]}
    legend = {"title": None, "orient": "top"}

    def colour(name: str) -> Spec:
        return {"datum": name, "type": "nominal", "scale": scale, "legend": legend}

    shared = {"y": y, "tooltip": told}
    wide = shared | {"x": x | {"field": "low"}, "x2": {"field": "high"}, "color": colour("expected")}
    half = shared | {"x": x | {"field": "low50"}, "x2": {"field": "high50"}, "color": colour("expected")}
    # What happened is told by its shape as well as by its colour.
    happened = shared | {"x": x | {"field": "happened"}, "color": colour("happened")}
    return [
        {"mark": {"type": "rule", "strokeWidth": 2}, "encoding": wide},
        {"mark": {"type": "bar", "height": 10}, "encoding": half},
        {"mark": {"type": "rule", "strokeDash": [4, 4]}, "encoding": {"x": {"datum": 1}}},
        {
            "mark": {"type": "point", "filled": True, "size": 110, "shape": "diamond", "opacity": 1},
            "encoding": happened,
        },
    ]
