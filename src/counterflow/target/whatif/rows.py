"""The answer as rows: everything for programs, and for people the present whole and then only what changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["rows_of", "shown_rows"]

_ALL = "all lanes"
_SAME = 1e-9


def rows_of(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the answer as rows: one per scenario and lane, for a table or a CSV."""
    return [
        {
            "scenario": each["name"], "lane": lane["lane"], "share_inspected": lane["share_inspected"],
            "inspections_per_day": lane["inspections_per_day"], "utilisation": lane["utilisation"],
            "overloaded": lane["overloaded"], "mean_wait_minutes": lane["wait"]["mean_minutes"],
            "p95_wait_minutes": lane["wait"]["p95_minutes"], "harm_found": lane["harm_found"]["value"],
            "harm_found_low": lane["harm_found"]["low"], "harm_found_high": lane["harm_found"]["high"],
            "clean_items_delayed": lane["burden"]["clean_items_delayed"], "period_days": told["period_days"],
            "rests_on": lane["rests_on"],
        }
        for each in told["scenarios"]
        for lane in each["lanes"]
    ]  # fmt: skip


def shown_rows(told: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the answer as a table for people: the present, then of each what-if the lanes that change, and a sum.

    Numbers have three digits; harm found is in severity points for the period, brackets hold 95 % intervals.
    """
    present = {lane["lane"]: lane for lane in told["scenarios"][0]["lanes"]}
    rows: list[dict[str, str]] = []
    for each in told["scenarios"]:
        whole = each is told["scenarios"][0]
        shown = (lane for lane in each["lanes"] if whole or _differs(lane, present[lane["lane"]]))
        rows += [_lane(each["name"], lane) for lane in shown]
        rows.append(_sum(each))
    return rows


def _lane(scenario: str, lane: Mapping[str, Any]) -> dict[str, str]:
    wait = lane["wait"]
    return {
        "scenario": scenario, "lane": lane["lane"], "inspected": f"{_digits(lane['share_inspected'] * 100)} %",
        "busy": "OVERLOAD" if lane["overloaded"] else f"{_digits((lane['utilisation'] or 0.0) * 100)} %",
        "wait_mean_min": _digits(wait["mean_minutes"]), "wait_95_min": _digits(wait["p95_minutes"]),
        "harm_found": _estimate(lane["harm_found"]), "more_than_present": "",
        "clean_delayed": _digits(lane["burden"]["clean_items_delayed"]), "rests_on": lane["rests_on"],
    }  # fmt: skip


def _sum(each: Mapping[str, Any]) -> dict[str, str]:
    other = each.get("compared_with_present")
    hours = each["burden"]["hours_waited_by_them"]
    return {
        "scenario": each["name"], "lane": _ALL, "inspected": "", "busy": "",
        "wait_mean_min": f"{_digits(hours)} h waited in all", "wait_95_min": "",
        "harm_found": _estimate(each["harm_found"]),
        "more_than_present": _estimate(other["harm_found"]) if other else "",
        "clean_delayed": _digits(each["burden"]["clean_items_delayed"]), "rests_on": "",
    }  # fmt: skip


def _differs(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    pairs = [
        (one["share_inspected"], other["share_inspected"]), (one["utilisation"], other["utilisation"]),
        (one["harm_found"]["value"], other["harm_found"]["value"]),
        (one["arrivals_per_day"], other["arrivals_per_day"]),
        (one["wait"]["p95_minutes"], other["wait"]["p95_minutes"]),
    ]  # fmt: skip
    return any(abs((a or 0.0) - (b or 0.0)) > _SAME * max(abs(a or 0.0), 1.0) for a, b in pairs)


def _estimate(found: Mapping[str, Any]) -> str:
    return f"{_digits(found['value'])} [{_digits(found['low'])}, {_digits(found['high'])}]"


def _digits(value: float | None) -> str:
    """Return a number with three digits, whole from a hundred on.

    >>> _digits(12345.6), _digits(0.012345), _digits(None)
    ('12,300', '0.0123', '–')
    """
    if value is None:
        return "–"
    return f"{float(f'{value:.3g}'):,.0f}" if abs(value) >= 100 else f"{value:.3g}"
