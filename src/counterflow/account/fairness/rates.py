"""Rates of counts and ratios of rates with exact intervals: few events give wide ones, never none.

An event here is an inspection, a fruitless one, an arrest, a death: something counted against records or people.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Ratio", "Span", "difference_of_rates", "odds_share", "poisson_span", "rate_ratio", "risk_ratio"]


@dataclass(frozen=True, slots=True)
class Span:
    """A value with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of two rates with its interval.

    Args:
        value: None where the second count is 0.
        low: lower end.
        high: upper end, infinite where nothing bounds it.
        p: two-sided chance of so unequal counts, were the rates equal.
    """

    value: float | None
    low: float
    high: float
    p: float


def poisson_span(count: float, exposure: float, level: float = 0.95, per: float = 1.0) -> Span:
    """Return the exact interval of a rate of `count` events in `exposure`, times `per`.

    Garwood, Biometrika 28 (1936) 437-442, through gamma quantiles.

    >>> span = poisson_span(10, 1000, per=1000)
    >>> round(span.low, 3), round(span.high, 3)
    (4.795, 18.39)
    """
    from scipy.special import gammaincinv

    if exposure <= 0 or count < 0:
        raise ValueError("a rate needs a positive exposure and a count from 0")
    tail = (1 - level) / 2
    low = float(gammaincinv(count, tail)) if count else 0.0
    high = float(gammaincinv(count + 1, 1 - tail))
    return Span(per * count / exposure, per * low / exposure, per * high / exposure)


def odds_share(count: float, of: float, level: float, *, mid: bool) -> tuple[float, float]:
    """Return the interval of a binomial share: exact (Clopper & Pearson 1934), or by mid-p (Lancaster 1961).

    Mid-p counts half of the chance of what was seen, so that the interval keeps its level on average, not at least.
    """
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    if mid:
        return _mid_ends(count, of, tail)
    low = float(betaincinv(count, of - count + 1, tail)) if count else 0.0
    high = float(betaincinv(count + 1, of - count, 1 - tail)) if count < of else 1.0
    return low, high


def _mid_ends(count: float, of: float, tail: float) -> tuple[float, float]:
    from scipy.optimize import brentq
    from scipy.special import bdtr, bdtrc

    k, n = round(count), round(of)

    def above(p: float) -> float:
        """Chance of more than k, and half of k itself."""
        more = float(bdtrc(k, n, p)) if k < n else 0.0
        return more + 0.5 * (float(bdtr(k, n, p)) - (float(bdtr(k - 1, n, p)) if k else 0.0))

    low = 0.0 if k == 0 else float(brentq(lambda p: above(p) - tail, 0.0, 1.0, xtol=1e-12))
    high = 1.0 if k == n else float(brentq(lambda p: above(p) - (1 - tail), 0.0, 1.0, xtol=1e-12))
    return low, high


def rate_ratio(
    count: float, exposure: float, other: float, other_exposure: float, level: float = 0.95, *, mid: bool = False
) -> Ratio:
    """Return the ratio of two Poisson rates with its interval, conditional on the sum of the counts.

    Given the sum, the first count is binomial with odds (ratio x exposure / other exposure) (Przyborowski & Wilenski
    1940), so the ends of an interval of that share are ends of the ratio.

    Args:
        count: events of the first.
        exposure: its records or person-years.
        other: events of the second.
        other_exposure: its exposure.
        level: nominal coverage.
        mid: mid-p in place of exact.

    >>> ratio = rate_ratio(60, 10_000, 10, 10_000)
    >>> round(ratio.value, 2), round(ratio.low, 2), round(ratio.high, 2)
    (6.0, 3.05, 13.15)
    """
    if min(exposure, other_exposure) <= 0:
        raise ValueError("a ratio of rates needs two positive exposures")
    both, scale = count + other, other_exposure / exposure
    if both == 0:
        return Ratio(None, 0.0, math.inf, 1.0)
    low, high = odds_share(count, both, level, mid=mid)
    value = count / other * scale if other else None
    return Ratio(value, _odds(low) * scale, _odds(high) * scale, _two_sided(count, both, 1 / (1 + scale), mid=mid))


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else math.inf


def _two_sided(count: float, of: float, share: float, *, mid: bool) -> float:
    """Return twice the smaller tail of a binomial count, at most 1."""
    from scipy.special import bdtr, bdtrc

    k, n = round(count), round(of)
    below = float(bdtr(k, n, share))
    above = float(bdtrc(k - 1, n, share)) if k else 1.0
    half = 0.5 * (below + above - 1.0) if mid else 0.0
    return min(1.0, 2 * max(min(below, above) - half, 0.0))


def risk_ratio(found: float, of: float, other: float, other_of: float, level: float = 0.95) -> Ratio:
    """Return the ratio of two shares with the score interval of Koopman (Biometrics 40 (1984) 513-517).

    It holds at 0 and at everything, where the logarithm of Katz (1978) fails.

    >>> ratio = risk_ratio(36, 40, 16, 80)
    >>> round(ratio.value, 2), round(ratio.low, 2), round(ratio.high, 2)
    (4.5, 2.94, 7.15)
    """
    from scipy.optimize import brentq
    from scipy.special import chdtrc, chdtri

    if min(of, other_of) <= 0:
        raise ValueError("a ratio of shares needs two samples")
    if found + other == 0:
        return Ratio(None, 0.0, math.inf, 1.0)
    limit = float(chdtri(1, 1 - level))

    def far(log_ratio: float) -> float:
        return _koopman(found, of, other, other_of, math.exp(log_ratio)) - limit

    p = float(chdtrc(1, _koopman(found, of, other, other_of, 1.0)))
    value = found / of / (other / other_of) if other else None
    centre = math.log(value) if value else (math.log(0.5 / of * other_of / other) if other else 0.0)
    if value is None:
        centre = math.log(found / of / (0.5 / other_of))
    low = 0.0 if found == 0 else math.exp(float(brentq(far, -25.0, centre))) if far(centre) < 0 else 0.0
    high = math.inf if other == 0 else math.exp(float(brentq(far, centre, 25.0))) if far(centre) < 0 else math.inf
    return Ratio(value, low, high, p)


def _koopman(x: float, m: float, y: float, n: float, ratio: float) -> float:
    """Return Koopman's statistic: how far both shares lie from the likeliest ones that have this ratio."""
    b = ratio * (m + y) + x + n
    share = (b - math.sqrt(max(b * b - 4 * ratio * (m + n) * (x + y), 0.0))) / (2 * (m + n))
    other = share / ratio
    if not 0 < share < 1 or not 0 < other < 1:
        return 0.0 if x == m * share and y == n * other else math.inf
    return (x - m * share) ** 2 / (m * share * (1 - share)) + (y - n * other) ** 2 / (n * other * (1 - other))


def difference_of_rates(count: float, exposure: float, other: float, other_exposure: float, level: float) -> Span:
    """Return the difference of two Poisson rates, by squaring and adding the distances to their exact ends (MOVER).

    Zou & Donner, Statistics in Medicine 27 (2008) 1693-1702.
    """
    one, two = poisson_span(count, exposure, level), poisson_span(other, other_exposure, level)
    value = one.value - two.value
    low = value - math.hypot(one.value - one.low, two.high - two.value)
    high = value + math.hypot(one.high - one.value, two.value - two.low)
    return Span(value, low, high)
