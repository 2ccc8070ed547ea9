"""Rates, means and changes of supply signals, each with its interval; "not informative" is an answer.

Events per month: a Poisson rate whose variance is φ times its mean, φ from the months themselves and at least 1
(McCullagh and Nelder 1989, Generalized Linear Models, section 6.2.3). Without any event the exact upper end of a
Poisson mean stands (Garwood, Biometrika 28 (1936) 437-442).
Where φ is above 1 it is itself estimated, and Student's t takes the place of the normal law.
Mass per month: mean of the months with its standard error by Student's t on the log scale (delta method): a few large
seizures make the sum, and the interval shows it.
Purity and price: mean of the source's figures with spread between them (DerSimonian and Laird, Controlled Clinical
Trials 7 (1986) 177-188), prices in logs.
A change is the ratio of two stretches of time; its interval is on the log scale, the two taken as independent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Change", "Range", "change", "events_a_month", "mass_a_month", "pooled"]

Floats = npt.NDArray[np.float64]
_Z = 1.959963984540054
_FEWEST_MONTHS = 4


@dataclass(frozen=True)
class Range:
    """A value with its 95 % interval, what it rests on, and why it says nothing where it does not."""

    value: float
    low: float
    high: float
    n: int
    why_not: str = ""


@dataclass(frozen=True)
class Change:
    """A ratio of now to before, with its 95 % interval; `way` is up, down or unclear."""

    ratio: float
    low: float
    high: float

    @property
    def way(self) -> str:
        """Return which way it moved, as far as the interval tells."""
        return "up" if self.low > 1 else "down" if self.high < 1 else "unclear"


def events_a_month(months: Sequence[float]) -> Range:
    """Return events a month.

    >>> rate = events_a_month([4, 6, 5, 5])
    >>> rate.value, rate.low < 5 < rate.high
    (5.0, True)
    """
    counts = np.asarray(months, np.float64)
    total, k = float(counts.sum()), len(counts)
    if k == 0:
        return Range(0.0, 0.0, math.inf, 0, "no month is covered")
    if total == 0:
        return Range(0.0, 0.0, -math.log(0.025) / k, 0)
    factor = _overdispersion(counts)
    quantile = _Z if factor <= 1 else _student(k - 1)
    spread = math.exp(quantile * math.sqrt(factor / total))
    return Range(total / k, total / k / spread, total / k * spread, round(total))


def mass_a_month(months: Sequence[float], events: int) -> Range:
    """Return kilograms a month; not informative on fewer than four months or without any mass."""
    kilograms = np.asarray(months, np.float64)
    k = len(kilograms)
    mean = float(kilograms.mean()) if k else 0.0
    if k < _FEWEST_MONTHS or mean <= 0:
        why = f"{k} months say too little of a sum of few seizures" if k < _FEWEST_MONTHS else "nothing was weighed"
        return Range(mean, 0.0, math.inf, events, why)
    spread = math.exp(_student(k - 1) * float(kilograms.std(ddof=1)) / (mean * math.sqrt(k)))
    return Range(mean, mean / spread, mean * spread, events)


def pooled(
    values: Sequence[float], lows: Sequence[float | None], highs: Sequence[float | None], n: int, *, logs: bool
) -> Range:
    """Return the mean of figures that several cells give, with the spread between them.

    Args:
        values: figures, above 0 where `logs`.
        lows: lower ends of their intervals; None where the source gives none.
        highs: upper ends.
        n: samples behind them.
        logs: whether to work on the log scale, as for prices.
    """
    y = np.log(values) if logs else np.asarray(values, np.float64)
    ends = [
        (math.log(max(low, 1e-12)), math.log(high)) if logs else (low, high)
        for low, high in zip(lows, highs, strict=True)
        if low is not None and high is not None
    ]
    back = (lambda x: float(np.exp(x))) if logs else float
    if len(ends) == len(y):
        mean, deviation = _random_effects(y, np.array([(b - a) / (2 * _Z) for a, b in ends]) ** 2)
        half = _Z * deviation
    elif len(y) > 1:
        mean = float(y.mean())
        half = _student(len(y) - 1) * float(y.std(ddof=1)) / math.sqrt(len(y))
    else:
        return Range(float(values[0]), 0.0, math.inf, n, "one figure without an interval")
    return Range(back(mean), back(mean - half), back(mean + half), n)


def change(now: Range, before: Range) -> Change | None:
    """Return how a range compares with an earlier one; None where either says nothing."""
    if now.why_not or before.why_not or min(now.value, before.value) <= 0:
        return None
    error = math.hypot(_log_error(now), _log_error(before))
    ratio = now.value / before.value
    return Change(ratio, ratio * math.exp(-_Z * error), ratio * math.exp(_Z * error))


def _student(freedom: int) -> float:
    """Return the 97.5 % quantile of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))


def _log_error(each: Range) -> float:
    low = max(each.low, each.value * 1e-3)
    return (math.log(max(each.high, each.value)) - math.log(low)) / (2 * _Z)


def _overdispersion(counts: Floats) -> float:
    if len(counts) < 3:
        return 1.0
    return max(1.0, float(counts.var(ddof=1)) / float(counts.mean()))


def _random_effects(y: Floats, variance: Floats) -> tuple[float, float]:
    """Return mean and standard error, the variance between figures by moments."""
    weight = 1 / np.maximum(variance, 1e-12)
    fixed = float((weight * y).sum() / weight.sum())
    spare = float(weight.sum() - (weight**2).sum() / weight.sum())
    between = max(0.0, (float((weight * (y - fixed) ** 2).sum()) - (len(y) - 1)) / spare) if spare > 0 else 0.0
    total = 1 / (np.maximum(variance, 1e-12) + between)
    return float((total * y).sum() / total.sum()), math.sqrt(1 / float(total.sum()))
