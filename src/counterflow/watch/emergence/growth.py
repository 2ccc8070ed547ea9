"""How fast a share grows: rate with interval, doubling time, whether it speeds up; places borrow from each other.

Each place keeps its own level and all share one rate: given how much a place found in all, when it found it is
multinomial with weights tested x exp(rate x time) (conditional Poisson regression; Armstrong, Gasparrini & Tobias, BMC
Medical Research Methodology 14 (2014) 122). The interval widens with the dispersion seen (quasi-likelihood;
McCullagh & Nelder 1989, section 9.2) and with Student's t.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Growth", "growth_of", "shrunk"]

Floats = npt.NDArray[np.float64]

_FEWEST_FOUND = 5
_FEWEST_PERIODS = 3
_STEPS = 60
#: standard deviation of the growth per quarter before anything is seen: a factor of e squared either way
_PRIOR_A_QUARTER = 2.0
_MONTHS_A_QUARTER = 3.0


@dataclass(frozen=True)
class Growth:
    """Growth of a share per quarter, as a natural logarithm.

    Args:
        rate: log growth a quarter; NaN where too little was found to say.
        error: standard error.
        low, high: interval, 95 %.
        bend: change of the rate from the first half of the window to the second, in its standard errors; NaN: unknown.
        found: findings it rests on.
    """

    rate: float
    error: float
    low: float
    high: float
    bend: float = math.nan
    found: float = 0.0

    @property
    def known(self) -> bool:
        """Whether anything can be said."""
        return not math.isnan(self.rate)

    def percent(self) -> tuple[float, float, float]:
        """Return growth a quarter in percent, with its interval."""
        rate, low, high = (100 * math.expm1(min(one, 50.0)) for one in (self.rate, self.low, self.high))
        return rate, low, high

    def doubling(self) -> tuple[float, float, float]:
        """Return months to double, shortest and longest; infinite where it may not grow at all."""

        def months(rate: float) -> float:
            return _MONTHS_A_QUARTER * math.log(2) / rate if rate > 0 else math.inf

        return months(self.rate), months(self.high), months(self.low)

    def pace(self) -> str:
        """Return whether the growth itself changes."""
        if math.isnan(self.bend):
            return ""
        return "faster" if self.bend > 2 else "slower" if self.bend < -2 else "steady"


_UNKNOWN = Growth(math.nan, math.nan, math.nan, math.nan)


def growth_of(found: Floats, tested: Floats, frequency: int) -> Growth:
    """Return the growth of the share found / tested over a window.

    Args:
        found: findings by place and period, shape (P, W) or (W,); NaN where not known.
        tested: what they are a share of, same shape; ones where only counts are known.
        frequency: periods in a year.
    """
    x, n = np.atleast_2d(found).astype(float), np.atleast_2d(tested).astype(float)
    valid = ~np.isnan(x) & (n > 0)
    x, n = np.where(valid, x, 0.0), np.where(valid, n, 0.0)
    kept = (x.sum(1) > 0) & (valid.sum(1) >= 2)
    x, n, valid = x[kept], n[kept], valid[kept]
    if x.sum() < _FEWEST_FOUND or not len(x) or valid.any(0).sum() < _FEWEST_PERIODS:
        return _UNKNOWN
    quarters = (np.arange(x.shape[1]) - (x.shape[1] - 1) / 2) * 4.0 / frequency
    rate, error = _fit(x, n, quarters[None, :])
    expected = _expected(x, n, quarters * rate)
    free = int(valid.sum()) - len(x) - 1
    squares = np.where(expected > 0, (x - expected) ** 2 / np.maximum(expected, 1e-12), 0.0).sum()
    wide = math.sqrt(max(squares / free, 1.0)) if free > 0 else 1.0
    # Where samples scatter no more than independent ones do, nothing was estimated and the normal law holds.
    reach = 1.96 * error if wide == 1.0 else _student(free) * error * wide
    error *= wide
    return Growth(rate, error, rate - reach, rate + reach, _bend(x, n, quarters, wide), float(x.sum()))


def _student(free: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(max(free, 1), 0.975))


def _expected(x: Floats, n: Floats, shift: Floats) -> Floats:
    weight = n * np.exp(shift - shift.max())
    share = weight / np.maximum(weight.sum(1, keepdims=True), 1e-300)
    return np.asarray(share * x.sum(1, keepdims=True))


def _fit(x: Floats, n: Floats, design: Floats) -> tuple[float, float]:
    """Return the last coefficient of `design` (K, W) and its standard error, by Newton steps under a weak prior."""
    coefficients = np.zeros(len(design))
    prior = np.eye(len(design)) / _PRIOR_A_QUARTER**2
    total = x.sum(1)
    information = prior
    for _ in range(_STEPS):
        expected = _expected(x, n, coefficients @ design)
        score = design @ (x - expected).sum(0) - prior @ coefficients
        means = expected @ design.T / total[:, None]
        information = (design * expected.sum(0)) @ design.T - (means * total[:, None]).T @ means + prior
        step = np.linalg.solve(information, score)
        step *= min(1.0, 1.0 / max(np.abs(step).max(), 1e-12))
        coefficients = coefficients + step
        if np.abs(step).max() < 1e-8:
            break
    return float(coefficients[-1]), math.sqrt(float(np.linalg.inv(information)[-1, -1]))


def _bend(x: Floats, n: Floats, quarters: Floats, wide: float) -> float:
    if x.shape[1] < 2 * _FEWEST_PERIODS or x.sum() < 4 * _FEWEST_FOUND:
        return math.nan
    late = np.maximum(quarters, 0.0)
    bend, error = _fit(x, n, np.stack([quarters, late]))
    return bend / (error * wide)


def shrunk(own: Growth, others: list[Growth], together: Growth) -> Growth:
    """Return the growth of one place drawn towards that of all places, the more the less it says by itself.

    The variance between places is that of DerSimonian & Laird (Controlled Clinical Trials 7 (1986) 177-188); a place
    that found too little takes the rate of all with that variance.
    """
    known = [one for one in others if one.known]
    if not together.known or len(known) < 3:
        return own
    rates, weights = np.array([one.rate for one in known]), np.array([one.error**-2 for one in known])
    mean = float((rates * weights).sum() / weights.sum())
    surplus = float((weights * (rates - mean) ** 2).sum()) - (len(known) - 1)
    scale = float(weights.sum() - (weights**2).sum() / weights.sum())
    between = max(surplus / scale, 0.0) if scale > 0 else 0.0
    spread = max(between + together.error**2, 1e-12)
    weight = 0.0 if not own.known else spread / (spread + own.error**2)
    rate = weight * own.rate + (1 - weight) * together.rate if own.known else together.rate
    error = math.sqrt(spread * (1 - weight))
    return Growth(rate, error, rate - 1.96 * error, rate + 1.96 * error, own.bend, own.found)
