"""The board: what the figures of `account board` say, as tiles and charts that any page can lay out.

A number of finds never stands alone: beside it stand the rate, its interval, what is missed and the burden.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from counterflow.report import numbers
from counterflow.report.charts import Chart, capacity_bars, coverage_ladder, interval_chart, lateness_bars
from counterflow.report.charts.chart import records
from counterflow.report.grid import Grid, grid

__all__ = ["Tile", "board_charts", "board_tiles", "scan_grid", "scan_words"]

Tone = Literal["plain", "doubt", "warn"]
_SCAN_KEYS = (
    "what", "crossings", "scanned_share", "at_most_share", "entering_share", "target_share", "unreadable", "unrecorded",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure with what keeps it honest: its interval or its counterpart, in words."""

    label: str
    value: str
    detail: str
    tone: Tone = "plain"


def board_tiles(board: Mapping[str, Any]) -> list[Tile]:
    """Return the tiles at the head of the board: coverage, rate, what is missed, burden."""
    return [_received(board), _interdiction(board), _undetected(board), _burden(board)]


def board_charts(board: Mapping[str, Any]) -> dict[str, Chart]:
    """Return the board's charts by name; one with nothing to draw still says so in its sentence."""
    plan = board.get("plan") or {}
    coverage = records(board.get("coverage"))
    return {
        "intervals": interval_chart(records(board.get("interdiction"))),
        "coverage": coverage_ladder(coverage),
        "origins": coverage_ladder(coverage, by="departure"),
        "periods": coverage_ladder(coverage, by="period"),
        "capacity": capacity_bars(records(plan.get("cells"))),
        "lateness": lateness_bars(records(board.get("lateness"))),
    }


def scan_grid(board: Mapping[str, Any]) -> Grid:
    """Return what was scanned of what crossed, over all and by port and class, with the target beside it."""
    rows = []
    for row in records(board.get("scans")):
        cut = [str(row[d]) for d in ("port", "vehicle_class") if row.get(d) not in (None, "*")]
        rows.append({**row, "what": ", ".join(cut) or "all crossings"})
    # Where every crossing says whether it was scanned, the most that it can be is what it is.
    doubted = any(row.get("unrecorded") for row in rows)
    return grid(rows, [key for key in _SCAN_KEYS if doubted or key not in {"at_most_share", "unrecorded"}])


def scan_words(board: Mapping[str, Any]) -> str:
    """Return the target in words, and what a scan is not."""
    target = board.get("scan_target") or {}
    said = "A scan is an input, not a result: it says nothing of what was found or missed."
    if not target:
        return said
    asked = f"Target: {numbers.share(target.get('share'))} of what enters"
    due = f" by {numbers.when(target.get('due'))}" if target.get("due") else ""
    doubt = " (the day is recalled, not read in the law)" if due and "due" in str(target.get("recalled")) else ""
    return f"{said} {asked}{due}{doubt}. {target.get('law')}."


def pooled_row(board: Mapping[str, Any], arm: str) -> Mapping[str, Any]:
    """Return the interdiction row of an arm over all lanes; empty where there is none."""
    rows = records(board.get("interdiction"))
    return next((r for r in rows if r.get("lane") == "*" and r.get("arm") == arm), {})


def _received(board: Mapping[str, Any]) -> Tile:
    ladder = records(board.get("coverage"))
    overall = [r for r in ladder if all(r.get(d) in (None, "*") for d in ("sender", "departure", "lane", "period"))]
    by_sender = [r for r in ladder if r.get("sender") not in (None, "*")]
    rows = overall or by_sender
    if not rows:
        return Tile("Records received", numbers.ABSENT, "nothing has been loaded yet", "doubt")
    received = sum(int(r.get("received") or 0) for r in rows)
    blind = sum(int(r.get("unscreenable") or 0) for r in rows)
    part = f" ({numbers.share(blind / received)})" if received else ""
    return Tile("Records received", numbers.count(received), f"{numbers.count(blind)}{part} cannot be screened at all")


def _interdiction(board: Mapping[str, Any]) -> Tile:
    label = "Found, of all there is to find"
    row = pooled_row(board, "random")
    found = row.get("interdiction")
    if not found:
        return Tile(label, numbers.ABSENT, str(row.get("why_not") or "needs outcomes of the random arm"), "doubt")
    return _doubted(label, found, row, "share")


def _undetected(board: Mapping[str, Any]) -> Tile:
    label = "Undetected in the recorded flow"
    row = pooled_row(board, "random")
    missed = row.get("undetected")
    if not missed:
        return Tile(label, numbers.ABSENT, str(row.get("why_not") or "needs outcomes of the random arm"), "doubt")
    return _doubted(label, missed, row, "amount")


def _doubted(label: str, found: Mapping[str, Any], row: Mapping[str, Any], unit: str) -> Tile:
    """Return a tile whose value gives way to its interval where the estimate is not informative."""
    told = numbers.interval(found, unit)
    level = f"{float(found['level']) * 100:.3g} % interval" if found.get("level") else "interval"
    shown = numbers.share if unit == "share" else numbers.amount
    if row.get("informative") is False or found.get("informative") is False:
        why = found.get("why_not") or row.get("why_not") or "too wide"
        return Tile(label, told, f"{level}; not informative: {why}", "doubt")
    return Tile(label, shown(found.get("value")), f"{level} {told}")


def _burden(board: Mapping[str, Any]) -> Tile:
    """Return what was opened for nothing, and beside it the finds, where those may be shown as a result."""
    label = "Inspected with nothing found"
    counter = next((row for row in records(board.get("burden")) if row.get("by") == "*"), None)
    if counter is None:
        return Tile(label, numbers.ABSENT, "no inspection has an outcome yet", "doubt")
    told = [f"{numbers.amount(counter.get('fruitless_per_1000'))} per 1\u202f000 records"]
    told += [f"{numbers.count(counter.get(key))} {key.replace('_', ' ')}" for key in ("refuted", "not_presented")]
    outputs = records(board.get("outputs"))
    told += [f"{str(o.get('what')).lower()}: {numbers.count(o.get('value'))}" for o in outputs]
    return Tile(label, numbers.count(counter.get("fruitless")), "; ".join(told))
