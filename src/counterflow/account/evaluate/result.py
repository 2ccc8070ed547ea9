"""What an estimator answers: an effect with its doubt, how it was made, and what was done to break it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

__all__ = ["MethodResult", "agreement", "finite"]


def finite(value: float | None) -> float | None:
    """Return a number that JSON can hold, None where there is none."""
    return None if value is None or not math.isfinite(value) else float(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodResult:
    """The answer of one estimator to one question.

    Args:
        method: its name on the command line.
        words: what it compares with what, and the source of the method.
        effect: the mean effect over the treated periods, in the outcome's unit; None where there is no answer.
        low: lower end of the interval; None where the data give none.
        high: upper end.
        level: nominal coverage of the interval.
        se: standard error, where the method has one.
        interval_method: how the interval was made.
        placebo_p: share of placebos at least as extreme, read between the ranks; None without placebos.
        smallest_p: the smallest p that this many placebos can give.
        weights: donor to weight; None where the method has none.
        limits: what the reader must know, in words.
        more: what only this method has, plain data.
    """

    method: str
    words: str
    effect: float | None
    low: float | None
    high: float | None
    interval_method: str
    level: float = 0.95
    se: float | None = None
    placebo_p: float | None = None
    smallest_p: float | None = None
    weights: dict[str, float] | None = None
    limits: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def excludes_zero(self) -> bool | None:
        """Whether the interval excludes no effect; None where there is no interval."""
        if self.low is None or self.high is None:
            return None
        return self.low > 0 or self.high < 0

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON, what readers look for first."""
        return {
            "effect": finite(self.effect),
            "low": finite(self.low),
            "high": finite(self.high),
            "level": self.level,
            "se": finite(self.se),
            "placebo_p": finite(self.placebo_p),
            "smallest_p": finite(self.smallest_p),
            "weights": self.weights,
            "excludes_zero": self.excludes_zero,
            "method": self.words,
            "interval_method": self.interval_method,
            "limits": list(self.limits),
            **self.more,
        }


def agreement(results: list[MethodResult]) -> dict[str, Any]:
    """Say whether estimators that rest on different assumptions tell the same story.

    Args:
        results: at least one; those without an effect do not count.

    Returns:
        How many agree in sign, whether the intervals overlap, the range of the effects, and words.
    """
    told = [r for r in results if r.effect is not None]
    effects = [r.effect for r in told if r.effect is not None]
    if len(effects) < 2:
        return {
            "estimators": [r.method for r in told],
            "verdict": "one estimator only",
            "words": "One estimator only: nothing to compare it with.",
        }
    same_sign = not (min(effects) < 0 < max(effects))
    bounds = [(r.low, r.high) for r in told if r.low is not None and r.high is not None]
    overlap = not bounds or max(b[0] for b in bounds) <= min(b[1] for b in bounds)
    verdicts = {r.excludes_zero for r in told if r.excludes_zero is not None}
    if same_sign and overlap and len(verdicts) <= 1:
        verdict = "agree"
        words = "The estimators agree in sign, their intervals overlap, and they judge no effect alike."
        words = words if bounds else "The estimators agree in sign; none of them has an interval."
    elif same_sign and overlap:
        verdict = "agree in sign"
        words = "The estimators agree in sign and their intervals overlap; some exclude no effect and some do not."
    else:
        verdict = "disagree"
        words = "The estimators disagree" + ("" if same_sign else " in sign")
        words += ": do not act on one of them alone." if not same_sign else " in size: read them as a range."
    return {
        "estimators": [r.method for r in told],
        "verdict": verdict,
        "words": words,
        "smallest_effect": min(effects),
        "largest_effect": max(effects),
    }
