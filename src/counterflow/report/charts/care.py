"""Care on a map, and who reaches it by group: before and with new sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.chart import Chart, specification

__all__ = ["care_map", "reach_chart"]

_STATES = ("reached", "reached by a new site", "not reached")
_SITES = ("open", "chosen", "candidate")
_SHAPES = ("square", "triangle-up", "circle")
_LARGE = {"open": 0.6, "chosen": 1.0, "candidate": 0.0}
_MOST_ROWS = 60


def care_map(places: Sequence[Mapping[str, Any]], sites: Sequence[Mapping[str, Any]], near: str) -> Chart:
    """Return a map of places by people and whether a site is near, with the sites.

    Args:
        places: id, lat, lon, people, state (reached | reached by a new site | not reached).
        sites: id, lat, lon, state (open | chosen | candidate).
        near: how far is near, in words.
    """
    people = {state: sum(float(p["people"]) for p in places if p["state"] == state) for state in _STATES}
    summary = (
        f"Within {near} of a site: {numbers.amount(people[_STATES[0]])} people now, "
        f"{numbers.amount(people[_STATES[1]])} more with the new sites; {numbers.amount(people[_STATES[2]])} not."
    )
    at = {"longitude": {"field": "lon", "type": "quantitative"}, "latitude": {"field": "lat", "type": "quantitative"}}
    told = [{"field": name, "type": "nominal"} for name in ("id", "people", "state")]
    circles = {
        "mark": {"type": "circle", "opacity": 0.6},
        "encoding": at | {
            "size": {"field": "people", "type": "quantitative", "scale": {"range": [20, 420]}, "legend": None},
            "color": {"field": "state", "type": "nominal", "scale": {"domain": list(_STATES)},
                      "legend": {"title": "People", "orient": "top"}},
            "tooltip": told,
        },
    }  # fmt: skip
    marks = {
        "data": {"values": [dict(site) | {"site": site["state"], "large": _LARGE[site["state"]]} for site in sites]},
        "mark": {"type": "point", "strokeWidth": 2},
        "encoding": at | {
            "shape": {"field": "site", "type": "nominal", "scale": {"domain": list(_SITES), "range": list(_SHAPES)},
                      "legend": {"title": "Sites", "orient": "top"}},
            "size": {"field": "large", "type": "quantitative", "scale": {"domain": [0, 1], "range": [40, 220]},
                     "legend": None},
            "tooltip": [{"field": name, "type": "nominal"} for name in ("id", "site")],
        },
    }  # fmt: skip
    spec = specification(
        places,
        summary,
        height=380,
        projection={"type": "mercator"},
        layer=[circles, marks],
        resolve={"scale": {"size": "independent"}},
    )
    order = sorted(places, key=lambda p: (_STATES.index(p["state"]) * -1, -float(p["people"]), str(p["id"])))
    rows = tuple((str(p["id"]), numbers.amount(p["people"]), str(p["state"])) for p in order[:_MOST_ROWS])
    return Chart(
        "care-map", "Where people and sites are", summary, spec if places and sites else None,
        ("Place", "People", "State"), rows, max(len(places) - _MOST_ROWS, 0),
    )  # fmt: skip


def reach_chart(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], near: str) -> Chart:
    """Return the share of each group that lives near a site, now and with the new ones; withheld ones are left out.

    Args:
        before: rows of groups: group, people, in_desert, share (in a desert), withheld.
        after: the same with the new sites.
        near: how far is near, in words.
    """
    values, rows = [], []
    for now, then in zip(before, after, strict=True):
        few = now["withheld"] or then["withheld"] or now["share"] is None
        if not few:
            values += [
                {"group": now["group"], "when": when, "share": 1 - float(row["share"])}
                for when, row in (("now", now), ("with the new sites", then))
            ]
        cells = ("withheld", "withheld") if few else (_told(now), _told(then))
        rows.append((str(now["group"]), numbers.amount(now["people"]), *cells))
    shown = {str(value["group"]): float(value["share"]) for value in values if value["when"] != "now"}
    summary = f"No group has enough people to be shown within {near}."
    if shown:
        least = min(shown, key=lambda group: (shown[group], group))
        summary = f"With the new sites {least} is least well served: {shown[least]:.1%} within {near}."
    spec = specification(
        values, summary, height=60 + 40 * len(before), mark={"type": "bar"},
        encoding={
            "y": {"field": "group", "type": "nominal", "sort": None, "title": None},
            "x": {"field": "share", "type": "quantitative", "axis": {"format": ".0%"}, "scale": {"domain": [0, 1]},
                  "title": f"share of people within {near}"},
            "yOffset": {"field": "when", "type": "nominal", "sort": None},
            "color": {"field": "when", "type": "nominal", "sort": None, "legend": {"title": None, "orient": "top"}},
            "tooltip": [{"field": "group", "type": "nominal"}, {"field": "when", "type": "nominal"},
                        {"field": "share", "type": "quantitative", "format": ".1%"}],
        },
    )  # fmt: skip
    return Chart(
        "care-reach", "Who lives near a site", summary, spec if values else None,
        ("Group", "People", "Near a site now", "With the new sites"), tuple(rows),
    )  # fmt: skip


def _told(row: Mapping[str, Any]) -> str:
    near = float(row["people"]) - float(row["in_desert"])
    return f"{numbers.amount(near)} ({1 - float(row['share']):.1%})"
