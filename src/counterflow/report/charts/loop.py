"""The weekly loop, strategy beside strategy: precision and schemes found by week, and what a random share costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.chart import Chart, specification

__all__ = ["MEASURES", "named", "shares_chart", "smoothed", "weeks_chart"]

#: measure to its words
MEASURES = {"precision": "finds per inspection", "scheme_found": "share of the scheme's records inspected"}
_WINDOW = 4


def named(said: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return all strategies of a simulation by a name that tells the learner too, those asked for first."""
    every = [each for part in ("strategies", "beside") for each in said[part].values()]
    return {_name(each): each for each in every}


def _name(each: Mapping[str, Any]) -> str:
    if each["learner"] == "none" or each["strategy"] == "adaptive":
        return str(each["strategy"])
    return f"{each['strategy']}, {'own' if each['learner'] == 'counterflow' else each['learner']} learner"


def smoothed(weekly: Sequence[Mapping[str, Any]]) -> list[dict[str, float]]:
    """Return `week`, `value`, `low` and `high`: means over the last four weeks, with one standard deviation of seeds.

    >>> smoothed([{"mean": 0.2, "sd": None}, {"mean": None, "sd": None}, {"mean": 0.4, "sd": 0.1}])[-1]["week"]
    2
    """
    made = []
    for week, last in enumerate(weekly):
        seen = [one for one in weekly[max(week - _WINDOW + 1, 0) : week + 1] if one["mean"] is not None]
        if not seen or last["mean"] is None:
            continue
        value = sum(one["mean"] for one in seen) / len(seen)
        sd = sum(one["sd"] or 0.0 for one in seen) / len(seen)
        made.append({"week": week, "value": value, "low": max(value - sd, 0.0), "high": min(value + sd, 1.0)})
    return made


def weeks_chart(said: Mapping[str, Any], measure: str) -> Chart:
    """Return a measure by week, a line for each strategy with a band of one standard deviation over seeds.

    Args:
        said: what `target simulate` says.
        measure: ``precision`` or ``scheme_found``.
    """
    lines = {name: smoothed(each["weekly"].get(measure, [])) for name, each in named(said).items()}
    values = [{"strategy": name, **point} for name, points in lines.items() for point in points]
    last = {name: each["precision" if measure == "precision" else "scheme_found"] for name, each in named(said).items()}
    told = [
        f"{name} {numbers.share(one['last13']['mean'])}"
        for name, one in last.items()
        if one["last13"]["mean"] is not None
    ]
    summary = f"Last 13 weeks, {MEASURES[measure]}: {'; '.join(told)}." if told else "Nothing to show."
    x = {"field": "week", "type": "quantitative", "title": "week"}
    y = {"type": "quantitative", "axis": {"format": "~%"}, "title": MEASURES[measure]}
    colour = {"field": "strategy", "type": "nominal", "legend": {"title": None, "orient": "top"}}
    band = {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}, "color": colour}
    # A strategy is told by the dash of its line as well as by its colour.
    line = {
        "x": x,
        "y": y | {"field": "value"},
        "color": colour,
        "strokeDash": {"field": "strategy", "type": "nominal"},
    }
    layers = [{"mark": {"type": "area", "opacity": 0.15}, "encoding": band}, {"mark": "line", "encoding": line}]
    rows = tuple((name, *(_shown(one.get(p)) for p in ("last13",))) for name, one in last.items())
    spec = specification(values, summary, height=260, layer=layers) if values else None
    return Chart(
        f"weeks-{measure}",
        f"{MEASURES[measure].capitalize()}, by week",
        summary,
        spec,
        ("Strategy", "Last 13 weeks"),
        rows,
    )


def shares_chart(curve: Sequence[Mapping[str, Any]]) -> Chart:
    """Return what a random share costs and brings: precision elsewhere and scheme found, by share asked for.

    Args:
        curve: `random_share`, `precision_elsewhere`, `scheme_found` (mean and sd each), in order of share.
    """
    values = [
        {"share": one["random_share"], "measure": words, **_with_band(one[key])}
        for one in curve
        for key, words in _CURVES.items()
        if one[key]["mean"] is not None
    ]
    summary = "; ".join(
        f"random share {numbers.share(one['random_share'])}: finds per inspection {_shown(one['precision_elsewhere'])}"
        + (f", scheme found {_shown(one['scheme_found'])}" if one["scheme_found"]["mean"] is not None else "")
        for one in curve
    )
    x = {"field": "share", "type": "quantitative", "axis": {"format": "~%"}, "title": "random share asked for"}
    y = {"type": "quantitative", "axis": {"format": "~%"}, "title": "last 13 weeks"}
    colour = {"field": "measure", "type": "nominal", "legend": {"title": None, "orient": "top"}}
    layers = [
        {"mark": {"type": "rule", "strokeWidth": 2},
         "encoding": {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}, "color": colour}},
        {"mark": {"type": "line", "point": True},
         "encoding": {"x": x, "y": y | {"field": "value"}, "color": colour,
                      "strokeDash": {"field": "measure", "type": "nominal"}}},
    ]  # fmt: skip
    rows = tuple((numbers.share(one["random_share"]), *(_shown(one[key]) for key in _CURVES)) for one in curve)
    spec = specification(values, summary, height=220, layer=layers) if values else None
    return Chart("shares", "Choose the random share", summary, spec, ("Random share", *_CURVES.values()), rows)


_CURVES = {"precision_elsewhere": "finds per inspection outside the scheme", "scheme_found": "scheme found"}


def _with_band(value: Mapping[str, Any]) -> dict[str, float]:
    mean, sd = value["mean"], value["sd"] or 0.0
    return {"value": mean, "low": max(mean - sd, 0.0), "high": min(mean + sd, 1.0)}


def _shown(value: Mapping[str, Any] | None) -> str:
    if value is None or value["mean"] is None:
        return numbers.ABSENT
    return f"{value['mean']:.1%}" + (f" (sd {value['sd']:.1%})" if value["sd"] is not None else "")
