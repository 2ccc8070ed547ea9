"""One target over time: what was counted, the straight path that it asks for, the forecast with its doubt, breaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.chart import Chart, Spec, specification

__all__ = ["target_chart"]

COUNTED, PATH, FORECAST, BREAK = "counted", "path to the target", "forecast, 80 %", "definition changed"
_HEIGHT = 300
_X: Spec = {
    "field": "day",
    "type": "temporal",
    "title": None,
    "axis": {"format": "%Y", "tickCount": {"interval": "year", "step": 1}, "labelOverlap": True},
}


def target_chart(
    title: str,
    unit: str,
    counted: Sequence[Mapping[str, Any]],
    path: Sequence[Mapping[str, Any]],
    forecast: Sequence[Mapping[str, Any]] = (),
    breaks: Sequence[Mapping[str, Any]] = (),
    *,
    place: str = "target",
) -> Chart:
    """Return the chart; its axis starts at zero.

    Args:
        title: what is shown, with the reading.
        unit: of the values.
        counted: rows with `day`, `value`, and `low`, `high` where there is an interval, `period` in words.
        path: rows with `day`, `value` and `what` (baseline, milestone, target).
        forecast: rows with `day`, `value`, `low`, `high`.
        breaks: rows with `day` and `words`.
        place: short name, unique on the page.
    """
    values = [dict(row) | {"series": COUNTED} for row in counted]
    values += [dict(row) | {"series": PATH} for row in path]
    values += [dict(row) | {"series": FORECAST} for row in forecast]
    values += [dict(row) | {"series": BREAK} for row in breaks]
    summary = _summary(title, unit, counted, path, forecast, breaks)
    there = {COUNTED: counted, PATH: path, FORECAST: forecast, BREAK: breaks}
    domain = [name for name, rows in there.items() if rows]
    spec = (
        specification(
            _named(values),
            summary,
            height=_HEIGHT,
            layer=_layers(unit, domain, any(row.get("low") is not None for row in counted)),
        )
        if values
        else None
    )
    return Chart(place, title, summary, spec, ("Day", "What", "Value", "From", "To"), tuple(_table(there)))


def _named(values: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    kept = ("series", "day", "value", "low", "high", "period", "words")
    return [{name: row.get(name) for name in kept if row.get(name) is not None} for row in values]


def _layers(unit: str, domain: list[str], doubt: bool) -> list[Spec]:
    colour = {
        "field": "series", "type": "nominal", "scale": {"domain": domain},
        "legend": {"title": None, "orient": "top", "symbolOpacity": 1, "symbolType": "square"},
    }  # fmt: skip
    y = {"type": "quantitative", "title": unit, "axis": {"tickCount": 5}, "scale": {"zero": True, "nice": True}}
    told = [{"field": name, "type": "nominal"} for name in ("series", "day", "value", "low", "high")]

    def layer(of: str, mark: Spec, encoding: Spec) -> Spec:
        only = [{"filter": f"datum.series === '{of}'"}]
        return {"transform": only, "mark": mark, "encoding": {"x": _X, "color": colour} | encoding}

    drawn = {
        FORECAST: [
            layer(FORECAST, {"type": "area", "opacity": 0.2}, {"y": y | {"field": "low"}, "y2": {"field": "high"}}),
            layer(FORECAST, {"type": "line", "strokeWidth": 2}, {"y": y | {"field": "value"}, "tooltip": told}),
        ],
        PATH: [
            layer(PATH, {"type": "line", "strokeDash": [6, 4], "point": {"filled": False}},
                  {"y": y | {"field": "value"}, "tooltip": told}),
        ],
        COUNTED: [
            layer(COUNTED, {"type": "rule"}, {"y": y | {"field": "low"}, "y2": {"field": "high"}}),
            layer(COUNTED, {"type": "point", "filled": True, "size": 46},
                  {"y": y | {"field": "value"}, "tooltip": told}),
        ],
        BREAK: [layer(BREAK, {"type": "rule", "strokeDash": [2, 2]}, {"tooltip": [{"field": "words"}]})],
    }  # fmt: skip
    if not doubt:
        del drawn[COUNTED][0]
    return [one for name in (FORECAST, PATH, COUNTED, BREAK) if name in domain for one in drawn[name]]


def _summary(
    title: str, unit: str, counted: Sequence[Mapping[str, Any]], path: Sequence[Mapping[str, Any]],
    forecast: Sequence[Mapping[str, Any]], breaks: Sequence[Mapping[str, Any]],
) -> str:  # fmt: skip
    said = [f"{title}, in {unit}."] if unit else [f"{title}."]
    if counted:
        said.append(f"Last counted: {numbers.amount(counted[-1]['value'])} in {counted[-1]['period']}; "
                    "each count stands at the end of its period.")  # fmt: skip
    if path:
        said.append(f"To be reached: {numbers.amount(path[-1]['value'])} by {path[-1]['day']}.")
    if forecast:
        end = forecast[-1]
        ends = f"{numbers.amount(end['low'])} to {numbers.amount(end['high'])}"
        said.append(f"Forecast for {end['day']}: {numbers.amount(end['value'])}, 80 % between {ends}.")
    if breaks:
        said.append(f"The definition changed on {', '.join(str(row['day']) for row in breaks)}.")
    return " ".join(said)


def _table(there: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[tuple[str, ...]]:
    rows = []
    for name, held in there.items():
        for row in held:
            what = f"{name}: {row['what']}" if name == PATH else f"{name}: {row['words']}" if name == BREAK else name
            ends = [numbers.amount(row.get(end)) if row.get(end) is not None else "" for end in ("low", "high")]
            value = numbers.amount(row["value"]) if row.get("value") is not None else ""
            rows.append((str(row.get("period") or row["day"]), what, value, *ends))
    return rows
