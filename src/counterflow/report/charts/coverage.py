"""The coverage ladder: what reaches us of what was announced, and how much of it can be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.chart import Chart, shown_name, specification

__all__ = ["LEVELS", "RUNGS", "coverage_ladder"]

RUNGS = ("received", "valid", "complete", "on time", "screenable")
#: Round breaks: a level is named by the least share that belongs to it.
LEVELS = ("under 50 %", "50 to 80 %", "80 to 95 %", "95 to 99 %", "99 % and more")
_BREAKS = (0.5, 0.8, 0.95, 0.99)
_DIMENSIONS = ("sender", "departure", "lane", "period")
_WORDS = {"sender": "sender", "departure": "origin", "lane": "lane", "period": "period"}
_MOST_ROWS = 12
_ROW_HEIGHT = 30


def coverage_ladder(rows: Sequence[Mapping[str, Any]], *, by: str = "sender", most: int = _MOST_ROWS) -> Chart:
    """Return the ladder of coverage rows by one dimension: sender, departure (origin), lane or period.

    Rows that are split by another dimension as well are left out, so that nothing is counted twice. Beyond
    `most` rows those with most records (of periods: the latest) stay in the chart; all stay in the table.
    """
    chosen = [row for row in rows if _is_by(row, by)]
    chosen.sort(key=lambda row: (-float(row.get("received") or 0), str(row.get(by))))
    if by == "period":
        chosen.sort(key=lambda row: str(row.get(by)))
    shown = chosen[-most:] if by == "period" else chosen[:most]
    names = [shown_name(row.get(by), _WORDS[by]) for row in shown]
    values = [cell for name, row in zip(names, shown, strict=True) for cell in _cells(name, row)]
    summary = _summary(chosen, by)
    spec = (
        specification(values, summary, height=_ROW_HEIGHT * len(names), layer=_layers(names, _rungs(values)))
        if values
        else None
    )
    return Chart(
        f"coverage-{by}",
        f"What arrives, by {_WORDS[by]}",
        summary,
        spec,
        (_WORDS[by].capitalize(), "Records", "Expected", *(rung.capitalize() for rung in RUNGS)),
        tuple(_table_row(row, by) for row in chosen),
        left_out=len(chosen) - len(shown),
    )


def _is_by(row: Mapping[str, Any], by: str) -> bool:
    others = (row.get(name) for name in _DIMENSIONS if name != by)
    return row.get(by) not in (None, "*") and all(value in (None, "*") for value in others)


def _ladder(row: Mapping[str, Any]) -> dict[str, float | None]:
    """Return the share on each rung; None where it is not known."""
    received, expected = float(row.get("received") or 0), row.get("expected")
    unscreenable = row.get("unscreenable")
    return {
        "received": min(received / expected, 1.0) if expected else None,
        "valid": row.get("valid_share"),
        "complete": row.get("complete_share"),
        "on time": row.get("on_time_share"),
        "screenable": 1 - unscreenable / received if received and unscreenable is not None else None,
    }


def _cells(name: str, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "rung": rung,
            "share": share,
            "level": LEVELS[sum(share >= edge for edge in _BREAKS)],
            "told": numbers.share(share),
        }
        for rung, share in _ladder(row).items()
        if share is not None
    ]


def _rungs(cells: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the rungs that at least one row knows; a column without a cell would say nothing."""
    known = {cell["rung"] for cell in cells}
    return [rung for rung in RUNGS if rung in known]


def _layers(names: list[str], rungs: list[str]) -> list[dict[str, Any]]:
    place = {
        "x": {
            "field": "rung",
            "type": "ordinal",
            "scale": {"domain": rungs},
            "title": None,
            "axis": {"orient": "top", "labelAngle": 0, "domain": False, "ticks": False},
        },
        "y": {
            "field": "name",
            "type": "nominal",
            "sort": names,
            "title": None,
            "axis": {"domain": False, "ticks": False},
        },
        "tooltip": [{"field": name, "type": "nominal"} for name in ("name", "rung", "told")],
    }
    level = {
        "field": "level",
        "type": "ordinal",
        "scale": {"domain": list(LEVELS)},
        "legend": {"title": None, "orient": "bottom", "symbolType": "square"},
    }
    return [
        {"mark": {"type": "rect", "cornerRadius": 2}, "encoding": place | {"color": level}},
        {
            "mark": {"type": "text", "fontSize": 11},
            "encoding": place | {"text": {"field": "told", "type": "nominal"}},
        },
    ]


def _summary(rows: Sequence[Mapping[str, Any]], by: str) -> str:
    total = sum(int(row.get("received") or 0) for row in rows)
    blind = sum(int(row.get("unscreenable") or 0) for row in rows)
    if not total:
        return f"No record has arrived yet, by any {_WORDS[by]}."
    places = numbers.counted(len(rows), _WORDS[by])
    told = f"{numbers.counted(total, 'record')} from {places}; {numbers.count(blind)} cannot be screened at all"
    known = [row for row in rows if row.get("complete_share") is not None]
    if len(known) < 2:
        return f"{told}."
    worst = min(known, key=lambda row: (row["complete_share"], str(row.get(by))))
    name = shown_name(worst.get(by), _WORDS[by])
    return f"{told}; least complete: {name} ({numbers.share(worst['complete_share'])})."


def _table_row(row: Mapping[str, Any], by: str) -> tuple[str, ...]:
    counts = (numbers.count(row.get("received")), numbers.count(row.get("expected")))
    return (shown_name(row.get(by), _WORDS[by]), *counts, *map(numbers.share, _ladder(row).values()))
