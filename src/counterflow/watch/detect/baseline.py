"""What a count would be if nothing new had begun: from the series' own past, up to a few periods before the count.

Level: a discounted Gamma-Poisson rate (West & Harrison, Bayesian Forecasting and Dynamic Models, 2nd ed. 1997, ch. 14:
discount of a conjugate model): old periods fade with a half-life, and the rate is drawn to the series' long-run mean
with the weight of half an event, so that a series of zeros has a small rate and not none. Season: one harmonic pair on
the log scale, drawn to none; it enters only as far as the counts have shown it. Days of the week, for daily counts: a
ratio each, drawn to one. Spread: Pearson's statistic, discounted, drawn to Poisson's and never below it. A gap between
the last period used and the period judged keeps an outbreak's first weeks out of its own yardstick (Stern & Lightfoot,
Epidemiol. Infect. 122 (1999) 103-110, leave out the last weeks for this; Farrington et al. 1996 likewise), and a count
far above what was expected enters only up to a cap, so a past outbreak does not deafen the series (Noufaily et al.,
Stat. Med. 32 (2013) 1206-1222, down-weight it instead). Where ten weeks, more than an outbreak lasts, lay more than a
standard deviation above (or below) what was due and none between them was back at it, the level has moved for good and
is taken from the last ten alone (monitoring and intervention: West & Harrison, ch. 11): the alarm was raised, and would
not end for half a year. Where a series held no case at all before, three periods with cases do: from nothing there
is no yardstick to protect, and a column that began looks the same.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import exp, pi, sqrt

import numpy as np
import numpy.typing as npt

from counterflow.matching.machine_code import Kernel, njit

__all__ = ["BY_GRAIN", "Baseline", "Rule", "foresee"]

Floats = npt.NDArray[np.float64]

#: periods' worth of Poisson counts from which the spread, and a weekday's ratio, begin
_PRIOR_PERIODS = 50.0
#: counts before spread, season and weekdays begin to be learned
_WARM_UP = 8
_LEAST_MEAN = 1e-6
#: periods with counts, one after the other, that make a level where a series held no case before
_FROM_NOTHING = 3
#: half-life, in years, of what is learned of the spread
_SPREAD_YEARS = 1.0


@dataclass(frozen=True)
class Rule:
    """How the past becomes an expectation, and how many periods speak together.

    Args:
        half_life: periods after which a past count weighs half.
        gap: periods just before the one judged that its expectation does not use.
        season: prior standard deviation of the season's harmonic pair on the log scale; 0: no season.
        weights: what this period and those just before it weigh in the sum that is judged.
        cap: a past count enters up to this many standard deviations above what was expected of it.
        week: periods in a short cycle, 7 for days of the week, 1 for none.
        least: known periods a series must have before it is judged.
        lasting: periods more than a standard deviation above, or below, none back between, that make a new level.
    """

    half_life: float = 26.0
    gap: int = 4
    season: float = 0.3
    weights: tuple[float, ...] = (1.0, 0.5, 0.25)
    cap: float = 3.0
    week: int = 1
    least: int = 26
    lasting: int = 10

    def __post_init__(self) -> None:
        if self.half_life <= 0 or self.gap < 1 or self.season < 0 or self.week < 1 or self.least < 2:
            raise ValueError("a rule needs half_life > 0, gap >= 1, season >= 0, week >= 1 and least >= 2")
        if not self.weights or self.weights[0] <= 0 or min(self.weights) < 0 or len(self.weights) > self.gap:
            raise ValueError("weights begin above 0, are never negative, and are no more than the gap")

    def as_dict(self) -> dict[str, object]:
        """Return the settings by name, for a receipt."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


#: one place to begin for each length of period; the half-life is about half a year wherever that leaves enough counts
BY_GRAIN = {
    "day": Rule(half_life=60.0, gap=14, week=7, least=56, lasting=28),
    "week": Rule(),
    "month": Rule(half_life=12.0, gap=2, weights=(1.0,), least=12, lasting=6),
    "quarter": Rule(half_life=6.0, gap=1, weights=(1.0,), least=8, season=0.0, lasting=4),
    "year": Rule(half_life=4.0, gap=1, weights=(1.0,), least=5, season=0.0, lasting=3),
}


@dataclass(frozen=True)
class Baseline:
    """What was to be expected, arrays of shape (S, T); NaN where too little was known.

    Args:
        mean: expected count.
        doubt: relative variance of the expectation itself.
        spread: variance over mean of counts about it, at least 1.
    """

    mean: Floats
    doubt: Floats
    spread: Floats


def foresee(counts: Floats, season: npt.NDArray[np.int64], frequency: int, rule: Rule) -> Baseline:
    """Return what each count was to be from counts at least `rule.gap` periods older.

    Args:
        counts: series by periods; NaN where not known.
        season: place of each period in the year, from 0.
        frequency: periods in a year.
        rule: half-life, gap and so on.
    """
    made = [np.full(counts.shape, np.nan) for _ in range(3)]
    angle = 2 * pi * np.asarray(season, np.float64) / frequency
    fade, slow = 0.5 ** (1.0 / rule.half_life), 0.5 ** (1.0 / (_SPREAD_YEARS * frequency))
    settings = np.array([fade, slow, rule.gap, rule.season**2, rule.cap, rule.least, rule.lasting], np.float64)
    if counts.size:
        _forward(np.ascontiguousarray(counts, np.float64), np.cos(angle), np.sin(angle), settings,
                 np.empty((2, rule.week)), *made)  # fmt: skip
    return Baseline(*made)


@njit
def _fill(
    counts: Floats, cosine: Floats, sine: Floats, settings: Floats, cycle: Floats, mean: Floats, doubt: Floats,
    spread: Floats,
) -> int:  # fmt: skip
    """Fill mean, doubt and spread, one series after the other, forward in time only."""
    series, periods = counts.shape
    fade, slow, gap = settings[0], settings[1], int(settings[2])
    prior, cap, least = settings[3], settings[4], settings[5]
    lasting, week = int(settings[6]), cycle.shape[1]
    for i in range(series):
        events, exposure, total, known = 0.0, 0.0, 0.5, 0
        a, b, p11, p12, p22 = 0.0, 0.0, prior, 0.0, prior
        chi, weight = _PRIOR_PERIODS, _PRIOR_PERIODS
        run, taken = 0, -1
        _begin(cycle)
        for t in range(gap, periods):
            u = t - gap
            y = counts[i, u]
            if y >= 0.0:
                total += y
                known += 1
            if y >= 0.0 and u > taken:
                d = u % week
                factor = exp(a * cosine[u] + b * sine[u]) * cycle[0, d] / cycle[1, d]
                mu = max(_rate(events, exposure, total - y, known - 1) * factor, _LEAST_MEAN)
                phi = max(chi / weight, 1.0)
                unsure = 1.0 / (events + 0.5)
                if known > _WARM_UP:
                    residual = (y - mu) * (y - mu) / (mu + mu * mu * unsure + 0.05)
                    chi, weight = chi * slow + min(residual, 9.0 * phi), weight * slow + 1.0
                    y = min(y, mu + cap * sqrt(mu * phi + mu * mu * unsure) + 1.0)
                    if prior > 0.0:
                        a, b, p11, p12, p22 = _lean(a, b, p11, p12, p22, cosine[u], sine[u], y, mu, phi, unsure)
                    if week > 1:
                        _turn(cycle, d, slow, y, mu)
                events = events * fade + y
                exposure = exposure * fade + factor
            run = _run(run, counts[i, t - 1], mean[i, t - 1], doubt[i, t - 1], spread[i, t - 1])
            enough = min(_FROM_NOTHING, gap) if total < 1.0 else lasting
            if abs(run) >= enough:
                # The level moved for good: what was before it speaks no more.
                events, exposure = _level(counts, i, t, enough, a, b, cosine, sine, cycle)
                run, taken = 0, t - 1
            if known >= least:
                d = t % week
                factor = exp(a * cosine[t] + b * sine[t]) * cycle[0, d] / cycle[1, d]
                phi = max(chi / weight, 1.0)
                mean[i, t] = max(_rate(events, exposure, total, known) * factor, _LEAST_MEAN)
                doubt[i, t] = phi / (events + 0.5) + _leaning(p11, p12, p22, cosine[t], sine[t])
                spread[i, t] = phi
    return 0


@njit(inline="always")
def _begin(cycle: Floats) -> None:
    """Let every place of the short cycle be like all."""
    for d in range(cycle.shape[1]):
        cycle[0, d] = _PRIOR_PERIODS
        cycle[1, d] = _PRIOR_PERIODS


@njit(inline="always")
def _turn(cycle: Floats, d: int, slow: float, y: float, mu: float) -> None:
    """Learn the ratio of one place of the short cycle from a count and what was due."""
    due = mu * cycle[1, d] / cycle[0, d]
    cycle[0, d] = cycle[0, d] * slow + y
    cycle[1, d] = cycle[1, d] * slow + due


@njit(inline="always")
def _leaning(p11: float, p12: float, p22: float, c: float, s: float) -> float:
    """Return the variance that the season's pair brings to the logarithm of the mean."""
    return p11 * c * c + 2.0 * p12 * c * s + p22 * s * s


@njit
def _level(  # noqa: PLR0913, PLR0917 - plain numbers and arrays, as compiled code takes them
    counts: Floats, i: int, t: int, back: int, a: float, b: float, cosine: Floats, sine: Floats, cycle: Floats
) -> tuple[float, float]:
    """Return the events of a series in the periods just before one, and its exposure in them."""
    events, exposure, week = 0.0, 0.0, cycle.shape[1]
    for v in range(t - back, t):
        if counts[i, v] >= 0.0:
            events += counts[i, v]
            exposure += exp(a * cosine[v] + b * sine[v]) * cycle[0, v % week] / cycle[1, v % week]
    return events, exposure


@njit(inline="always")
def _run(run: int, y: float, mean: float, doubt: float, spread: float) -> int:
    """Return how many periods lay more than a standard deviation above (or, negative, below) since one was as due."""
    if not (y >= 0.0 and mean > 0.0):
        return run
    away = sqrt(mean * spread + mean * mean * doubt)
    if y > mean + away:
        return max(run, 0) + 1
    if y < mean - away:
        return min(run, 0) - 1
    return run if (y - mean) * run > 0.0 else 0


@njit(inline="always")
def _rate(events: float, exposure: float, total: float, known: int) -> float:
    """Return the level: recent events by recent exposure, drawn to the long-run mean with half an event's weight."""
    return (events + 0.5) / (exposure + 0.5 * (known + 1.0) / total)


@njit(inline="always")
def _lean(  # noqa: PLR0913, PLR0917 - plain numbers: compiled code makes no tuples of them to hand over
    a: float, b: float, p11: float, p12: float, p22: float, c: float, s: float, y: float, mu: float, phi: float,
    unsure: float,
) -> tuple[float, float, float, float, float]:  # fmt: skip
    """Return the season's pair and its covariance after one count: one step of an extended Kalman filter, log scale."""
    g1, g2 = p11 * c + p12 * s, p12 * c + p22 * s
    gain = 1.0 / (phi / mu + unsure + c * g1 + s * g2)
    step = gain * (y - mu) / mu
    return a + g1 * step, b + g2 * step, p11 - g1 * g1 * gain, p12 - g1 * g2 * gain, p22 - g2 * g2 * gain


_forward = Kernel(
    "watch-baseline", _fill, [("f8", 2), ("f8", 1), ("f8", 1), ("f8", 1), ("f8", 2), ("f8", 2), ("f8", 2), ("f8", 2)],
    [__name__],
)  # fmt: skip
