"""Where today's inspection minutes go: mandatory, drawn at random, by expected harm, and left over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.chart import ARMS, Chart, shown_name, specification

__all__ = ["capacity_bars"]

USES = (*ARMS, "left over")
_MOST_CELLS = 12
_ROW_HEIGHT = 30


def capacity_bars(cells: Sequence[Mapping[str, Any]]) -> Chart:
    """Return bars of minutes by office and lane.

    Args:
        cells: `office`, `lane`, `minutes` (given) and minutes used as `mandatory`, `random`, `targeted`, `followup`;
            cells of one office and lane (days, resources) are added up. The largest are drawn, all stay in the table.
    """
    added = _added(cells)
    # Where only the minutes used are known, nothing is said about what is left over.
    uses = USES if any(sums["left over"] for sums in added.values()) else ARMS
    busy = [name for name in added if added[name]["minutes"] > 0]
    shown = sorted(busy, key=lambda name: (-added[name]["minutes"], name))[:_MOST_CELLS]
    values = [
        {"cell": name, "use": use, "place": place, "minutes": added[name][use]}
        for name in shown
        for place, use in enumerate(uses)
    ]
    summary = _summary(added, uses)
    drawn = {"height": _ROW_HEIGHT * len(shown), "mark": {"type": "bar"}, "encoding": _encoding(shown, uses)}
    return Chart(
        "capacity",
        "Minutes by office and lane",
        summary,
        specification(values, summary, **drawn) if values else None,
        ("Office, lane", "Minutes", *(use.capitalize() for use in uses)),
        tuple((n, *(numbers.amount(added[n][c]) for c in ("minutes", *uses))) for n in sorted(added)),
        left_out=len(added) - len(shown),
    )


def _added(cells: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    added: dict[str, dict[str, float]] = {}
    for cell in cells:
        name = f"{shown_name(cell.get('office'), 'office')}, {shown_name(cell.get('lane'), 'lane')}"
        sums = added.setdefault(name, dict.fromkeys(("minutes", *USES), 0.0))
        for column in ("minutes", *ARMS):
            sums[column] += float(cell.get(column) or 0)
    for sums in added.values():
        sums["left over"] = max(sums["minutes"] - sum(sums[arm] for arm in ARMS), 0.0)
    return added


def _encoding(names: list[str], uses: tuple[str, ...]) -> dict[str, Any]:
    return {
        "y": {"field": "cell", "type": "nominal", "sort": names, "title": None},
        "x": {"field": "minutes", "type": "quantitative", "title": "minutes", "axis": {"tickCount": 5}},
        "color": {
            "field": "use",
            "type": "nominal",
            "scale": {"domain": list(uses)},
            "legend": {"title": None, "orient": "top", "symbolType": "square"},
        },
        "order": {"field": "place", "type": "quantitative"},
        "tooltip": [
            {"field": "cell", "type": "nominal"},
            {"field": "use", "type": "nominal"},
            {"field": "minutes", "type": "quantitative"},
        ],
    }


def _summary(added: Mapping[str, Mapping[str, float]], uses: tuple[str, ...]) -> str:
    total = sum(sums["minutes"] for sums in added.values())
    if not total:
        return "No inspection minutes are planned."
    parts = [f"{use} {numbers.share(sum(s[use] for s in added.values()) / total)}" for use in uses]
    return f"{numbers.amount(total)} minutes: {', '.join(parts)}."
