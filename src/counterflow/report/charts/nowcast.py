"""A nowcast: what was reported so far as bars, what it will come to as a band, and how such bands did before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.chart import Chart, specification

__all__ = ["nowcast_chart"]

_HEIGHT = 260


def nowcast_chart(
    rows: Sequence[Mapping[str, Any]], *, counted: str, as_of: str, past: Mapping[str, Any] | None = None
) -> Chart:
    """Return the chart.

    Args:
        rows: one per period, in order: `reference_date`, `reported`, `complete`, `median`, and the ends of the 50 % and
            90 % intervals, `low_50`, `high_50`, `low_90`, `high_90`.
        counted: what is counted, in words.
        as_of: day on which the nowcast stands.
        past: scores on past days: `nowcasts`, `coverage_50`, `coverage_90`, `wis`, `mae`, `mae_reported`.
    """
    summary = _summary(rows, counted, as_of, past or {})
    kept = ("reference_date", "reported", "complete", "median", "low_50", "high_50", "low_90", "high_90")
    values = [{name: row[name] for name in kept} for row in rows]
    x = {"field": "reference_date", "type": "temporal", "title": None}
    y = {"type": "quantitative", "title": counted}
    tooltip = [{"field": name, "type": "nominal"} for name in kept]
    layers = [
        {"mark": {"type": "bar", "opacity": 0.6},
         "encoding": {"x": x, "y": y | {"field": "reported"}, "tooltip": tooltip}},
        {"mark": {"type": "area", "opacity": 0.2},
         "encoding": {"x": x, "y": y | {"field": "low_90"}, "y2": {"field": "high_90"}}},
        {"mark": {"type": "area", "opacity": 0.3},
         "encoding": {"x": x, "y": y | {"field": "low_50"}, "y2": {"field": "high_50"}}},
        {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {"x": x, "y": y | {"field": "median"}}},
    ]  # fmt: skip
    return Chart(
        "nowcast",
        f"{counted}: reported, and to be expected",
        summary,
        specification(values, summary, height=_HEIGHT, layer=layers) if values else None,
        ("Period", "Reported", "Expected share in", "Median", "50 % from", "to", "90 % from", "to"),
        tuple(
            (
                str(r["reference_date"]), numbers.amount(r["reported"]), numbers.share(r["complete"]),
                *(numbers.amount(r[name]) for name in kept[3:]),
            )
            for r in rows
        ),
    )  # fmt: skip


def _summary(rows: Sequence[Mapping[str, Any]], counted: str, as_of: str, past: Mapping[str, Any]) -> str:
    if not rows:
        return f"As of {as_of} every count of {counted} is final."
    last = rows[-1]
    told = (
        f"As of {as_of}, {numbers.amount(last['reported'])} {counted} are reported for {last['reference_date']}"
        f" ({numbers.share(last['complete'])} of what is expected); the count will come to"
        f" {numbers.amount(last['low_90'])} to {numbers.amount(last['high_90'])} (90 %)."
    )
    if not past.get("nowcasts"):
        return f"{told} No past nowcast of this series could be judged yet."
    return (
        f"{told} Of {numbers.counted(past['nowcasts'], 'such interval')} on past days,"
        f" {numbers.share(past['coverage_90'])} held the truth."
    )
