"""An evaluation as charts: effects before and after the start, and the true effect among placebos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.chart import Chart, Spec, specification
from counterflow.report.evaluation_plots import effects_words, placebos_words

__all__ = ["effects_chart", "placebos_chart"]

BEFORE, AFTER = "before the start", "after the start"
OTHERS, OWN = "nothing was done to it", "the treated"
_HEIGHT, _STRIP, _MOST_LABELS = 280, 150, 8


def effects_chart(name: str, unit: str, rows: Sequence[Mapping[str, Any]], *, since: bool) -> Chart:
    """Return effects over time with their intervals, what lies before the start in another colour.

    Args:
        name: the estimator.
        unit: of the effect.
        rows: `at`, `effect`, `low`, `high` (None where there is no interval) and `pre`, in order.
        since: whether `at` counts periods since the start; else it is a period.
    """
    known = [row for row in rows if row["effect"] is not None]
    values = [
        {"at": str(row["at"]), "effect": row["effect"], "low": row["low"], "high": row["high"],
         "what": BEFORE if row["pre"] else AFTER}
        for row in known
    ]  # fmt: skip
    summary = f"{effects_words(rows)} By {name}."
    spec = specification(values, summary, height=_HEIGHT, layer=_effect_layers(values, unit, since)) if values else None
    table = tuple(
        (str(row["at"]), BEFORE if row["pre"] else AFTER, *(_told(row[end]) for end in ("effect", "low", "high")))
        for row in rows
    )
    heads = ("Periods since the start" if since else "Period", "When", "Effect", "From", "To")
    return Chart("effects", "Before and after", summary, spec, heads, table, left_out=0)


def _effect_layers(values: Sequence[Mapping[str, Any]], unit: str, since: bool) -> list[Spec]:
    order = [row["at"] for row in values]
    x: Spec = {
        "field": "at", "type": "ordinal", "sort": order, "title": "Periods since the start" if since else None,
        "axis": {"labelAngle": 0, "values": order[:: 1 + len(order) // _MOST_LABELS]},
    }  # fmt: skip
    y: Spec = {"type": "quantitative", "title": unit or "effect", "axis": {"tickCount": 5}}
    colour = _colour([BEFORE, AFTER], values)
    told = [{"field": name, "type": "nominal"} for name in ("at", "effect", "low", "high")]
    intervals: list[Spec] = [
        {"transform": [{"filter": "datum.low !== null"}], "mark": {"type": "rule", "strokeWidth": 2},
         "encoding": {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}, "color": colour}}
    ] if any(row["low"] is not None for row in values) else []  # fmt: skip
    return [
        {"mark": {"type": "rule", "strokeDash": [4, 3], "opacity": 0.7}, "encoding": {"y": {"datum": 0}}},
        *intervals,
        {"mark": {"type": "point", "filled": True, "size": 50},
         "encoding": {"x": x, "y": y | {"field": "effect"}, "color": colour, "tooltip": told}},
    ]  # fmt: skip


def placebos_chart(name: str, unit: str, own: float, rows: Sequence[Mapping[str, Any]]) -> Chart:
    """Return the effect of every placebo as a dot and the true one as a larger one.

    Args:
        name: the estimator.
        unit: of the effect.
        own: the true effect.
        rows: `name` and `effect` of each unit that nothing was done to.
    """
    values = [{"name": str(row["name"]), "effect": row["effect"], "what": OTHERS} for row in rows]
    values.append({"name": OWN, "effect": own, "what": OWN})
    summary = f"{placebos_words(own, rows)} By {name}."
    spec = specification(values, summary, height=_STRIP, layer=_placebo_layers(values, unit)) if rows else None
    ranked = sorted(values, key=lambda row: -abs(float(row["effect"])))
    table = tuple((str(row["name"]), _told(row["effect"])) for row in ranked)
    return Chart("placebos", "Among placebos", summary, spec, ("Unit", "Effect"), table, left_out=0)


def _placebo_layers(values: Sequence[Mapping[str, Any]], unit: str) -> list[Spec]:
    stacked = [
        {"bin": {"maxbins": 60}, "field": "effect", "as": "column"},
        {"window": [{"op": "row_number", "as": "place"}], "groupby": ["column"]},
    ]
    x: Spec = {"field": "effect", "type": "quantitative", "title": unit or "effect"}
    y: Spec = {"field": "place", "type": "quantitative", "title": None, "axis": None, "scale": {"domainMin": 0}}
    colour = _colour([OTHERS, OWN], values)
    told = [{"field": name, "type": "nominal"} for name in ("name", "effect")]
    return [
        {"transform": [{"filter": f"datum.what === '{OTHERS}'"}, *stacked],
         "mark": {"type": "point", "filled": True, "size": 40},
         "encoding": {"x": x, "y": y, "color": colour, "tooltip": told}},
        {"transform": [{"filter": f"datum.what === '{OWN}'"}],
         "mark": {"type": "point", "filled": True, "size": 130, "shape": "triangle-down"},
         "encoding": {"x": x, "y": {"datum": 1, "type": "quantitative"}, "color": colour, "tooltip": told}},
    ]  # fmt: skip


def _colour(order: Sequence[str], values: Sequence[Mapping[str, Any]]) -> Spec:
    there = {row["what"] for row in values}
    return {
        "field": "what", "type": "nominal", "scale": {"domain": [name for name in order if name in there]},
        "legend": {"title": None, "orient": "top", "symbolType": "circle"},
    }  # fmt: skip


def _told(value: float | None) -> str:
    return "" if value is None else f"{'−' if value < 0 else ''}{numbers.amount(float(f'{abs(value):.4g}'))}"
