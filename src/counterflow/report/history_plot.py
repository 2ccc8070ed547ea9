"""The counts of one series with what was expected, the threshold and the alarms, as a drawing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.marks import Area, Drawing, Mark, Path, Triangle, Words

__all__ = ["history_drawing"]

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 760.0, 250.0, 56.0, 8.0, 20.0, 28.0
_MOST_LABELS, _MOST_PERIODS = 5, 104


def history_drawing(rows: Sequence[Mapping[str, Any]], *, least: int) -> Drawing | None:
    """Return the drawing of the newest periods; None where no count is known.

    Args:
        rows: one per period in order: `period`, `observed` (a number, None where not known, "<10" for a small one,
            "withheld" for one that would tell it), `expected`, `upper` and `alarm`.
        least: smallest count that is shown; a small one is drawn pale, and always as high as the highest it may be.
    """
    rows = rows[-_MOST_PERIODS:]
    seen = [row["observed"] for row in rows if row["observed"] is not None]
    if not seen:
        return None
    tops = [_height(row["observed"], least) for row in rows]
    tops += [float(row[name] or 0) for row in rows for name in ("expected", "upper")]
    most = max(1.0, *tops)
    step = (_WIDTH - _LEFT - _RIGHT) / len(rows)
    bottom = _HEIGHT - _BOTTOM

    def up(value: float) -> float:
        return bottom - (bottom - _TOP) * value / most

    marks: list[Mark] = [mark for value in _ticks(most) for mark in _rule(up(value), value)]
    every = max(1, math.ceil(len(rows) / _MOST_LABELS))
    for place, row in enumerate(rows):
        left, top = _LEFT + place * step, up(_height(row["observed"], least))
        kind = "bar small" if isinstance(row["observed"], str) else "bar open" if row["alarm"] else "bar"
        if row["observed"] is not None and bottom - top > 0:
            marks.append(Area(left + step * 0.1, top, step * 0.8, bottom - top, kind))
        if row["alarm"]:
            marks.append(Triangle(left + step / 2, top - 3, "alarm"))
        if place % every == 0 and left + 90 < _WIDTH:
            marks.append(Words(left, _HEIGHT - 8, str(row["period"])))
    marks += _line(rows, "upper", "limit", step, up)
    marks += _line(rows, "expected", "base", step, up)
    return Drawing(_WIDTH, _HEIGHT, tuple(marks), _summary(rows))


def _height(observed: object, least: int) -> float:
    return float(least - 1) if isinstance(observed, str) else float(observed or 0)  # type: ignore[arg-type]


def _rule(y: float, value: float) -> list[Mark]:
    line = Path(((_LEFT, y), (_WIDTH - _RIGHT, y)), "rule")
    return [line, Words(_LEFT - 6, y + 4, numbers.amount(value), "end")]


def _ticks(most: float) -> list[float]:
    unit = 10.0 ** math.floor(math.log10(most))
    size = next((unit * part for part in (5, 2, 1, 0.5) if most / (unit * part) >= 2), unit * 0.2)
    return [size * count for count in range(int(most / size) + 1)]


def _line(rows: Sequence[Mapping[str, Any]], column: str, kind: str, step: float, up: Any) -> list[Mark]:
    """Return steps where the column is known, broken where it is not."""
    lines: list[Mark] = []
    points: list[tuple[float, float]] = []
    for place, row in enumerate([*rows, {column: None}]):
        if row[column] is None:
            if points:
                lines.append(Path(tuple(points), kind))
            points = []
            continue
        left, y = _LEFT + place * step, up(float(row[column]))
        points += [(left, y), (left + step, y)]
    return lines


def _summary(rows: Sequence[Mapping[str, Any]]) -> str:
    last, raised = rows[-1], [str(row["period"]) for row in rows if row["alarm"]]
    count = last["observed"] if isinstance(last["observed"], str) else numbers.amount(last["observed"])
    told = f"{count} in {last['period']}"
    if last["expected"] is not None:
        told += f", {_rough(last['expected'])} to be expected"
    if last["upper"] is not None:
        told += f", threshold {_rough(last['upper'])}"
    return f"{told}; {numbers.counted(len(rows), 'period')} shown, {numbers.counted(len(raised), 'alarm')} among them."


def _rough(value: float) -> str:
    return numbers.amount(round(value, 1) if abs(value) >= 1 else float(f"{value:.2g}"))
