"""An evaluation drawn: effects before and after the start, and the true effect among placebos."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.marks import Area, Drawing, Mark, Path, Triangle, Words

__all__ = ["effects_drawing", "effects_words", "placebos_drawing", "placebos_words"]

_WIDTH, _LEFT, _RIGHT, _TOP, _BOTTOM = 760.0, 62.0, 14.0, 14.0, 28.0
_HEIGHT, _ROW = 250.0, 7.0
_DOT = 5.0
_MOST_LABELS = 8


def effects_words(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return what the drawing of effects shows, in a sentence."""
    before = [abs(row["effect"]) for row in rows if row["pre"] and row["effect"] is not None]
    after = [row["effect"] for row in rows if not row["pre"] and row["effect"] is not None]
    if not after:
        return "No effect after the start could be estimated."
    mean = sum(after) / len(after)
    largest = f"; before the start at most {numbers.amount(max(before))} in size" if before else ""
    return f"After the start the effect is {_signed(mean)} on average{largest}."


def effects_drawing(rows: Sequence[Mapping[str, Any]]) -> Drawing | None:
    """Return effects over time with their intervals; None where there is nothing to draw.

    Args:
        rows: `at`, `effect`, `low`, `high` (None where there is no interval) and `pre`, in order.
    """
    shown = [row for row in rows if row["effect"] is not None]
    if not shown:
        return None
    ends = [float(row[name]) for row in shown for name in ("effect", "low", "high") if row[name] is not None]
    low, high = min(0.0, *ends), max(0.0, *ends)
    step = (_WIDTH - _LEFT - _RIGHT) / len(shown)

    def up(value: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * (value - low) / ((high - low) or 1.0)

    marks: list[Mark] = [mark for value in _ticks(low, high) for mark in _rule(up(value), value)]
    marks.append(Path(((_LEFT, up(0)), (_WIDTH - _RIGHT, up(0))), "base"))
    every = max(1, math.ceil(len(shown) / _MOST_LABELS))
    for place, row in enumerate(shown):
        x = _LEFT + (place + 0.5) * step
        if row["low"] is not None:
            marks.append(Path(((x, up(row["low"])), (x, up(row["high"]))), "base"))
        marks.append(Area(x - _DOT / 2, up(row["effect"]) - _DOT / 2, _DOT, _DOT, "bar" if row["pre"] else "bar open"))
        if place % every == 0:
            marks.append(Words(x, _HEIGHT - 8, str(row["at"]), "middle"))
    first = next((i for i, row in enumerate(shown) if not row["pre"]), None)
    if first:
        edge = _LEFT + first * step
        marks.append(Path(((edge, _TOP), (edge, _HEIGHT - _BOTTOM)), "limit"))
    return Drawing(_WIDTH, _HEIGHT, tuple(marks), effects_words(rows))


def placebos_words(own: float, rows: Sequence[Mapping[str, Any]]) -> str:
    """Return how the true effect stands among placebos, in a sentence."""
    as_large = sum(abs(row["effect"]) >= abs(own) for row in rows)
    return f"Of {len(rows)} units that nothing was done to, {as_large} show an effect as large as {_signed(own)}."


def placebos_drawing(own: float, rows: Sequence[Mapping[str, Any]]) -> Drawing | None:
    """Return the effect of every placebo as a dot and the true one as a triangle; None without placebos."""
    if not rows:
        return None
    effects = sorted(float(row["effect"]) for row in rows)
    low, high = min(own, effects[0], 0.0), max(own, effects[-1], 0.0)
    width = _WIDTH - _LEFT - _RIGHT

    def across(value: float) -> float:
        return _LEFT + width * (value - low) / ((high - low) or 1.0)

    stacks: dict[int, int] = {}
    dots: list[Mark] = []
    for effect in effects:
        column = int((across(effect) - _LEFT) // _ROW)
        stacks[column] = stacks.get(column, 0) + 1
        dots.append(Area(_LEFT + column * _ROW, -stacks[column] * _ROW, _DOT, _DOT, "bar"))
    tall = (max(stacks.values()) + 4) * _ROW
    height = tall + _BOTTOM
    marks: list[Mark] = [Path(((_LEFT, tall), (_WIDTH - _RIGHT, tall)), "base")]
    for value in _ticks(low, high):
        marks.append(Path(((across(value), tall), (across(value), tall + 4)), "rule"))
        marks.append(Words(across(value), height - 8, numbers.amount(value), "middle"))
    marks += [Area(d.x, d.y + tall - 1, d.width, d.height, d.kind) for d in dots if isinstance(d, Area)]
    marks.append(Triangle(across(own), tall - 1, "alarm"))
    return Drawing(_WIDTH, height, tuple(marks), placebos_words(own, rows))


def _ticks(low: float, high: float) -> list[float]:
    """Return three to six round values between two ends."""
    raw = (high - low) / 4 or 1.0
    size = 10 ** math.floor(math.log10(raw))
    step = next(size * m for m in (1, 2, 5, 10) if size * m >= raw)
    return [round(k * step, 12) for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _rule(y: float, value: float) -> list[Mark]:
    return [Path(((_LEFT, y), (_WIDTH - _RIGHT, y)), "rule"), Words(_LEFT - 8, y + 4, numbers.amount(value), "end")]


def _signed(value: float) -> str:
    return f"{'−' if value < 0 else '+'}{numbers.amount(float(f'{abs(value):.3g}'))}"
