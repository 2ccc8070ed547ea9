"""What counts alone lead to expect in a window to come, with their doubt: a season, a level, and how far both miss.

The rate of a day is exp(level + one yearly wave), fitted by weighted maximum likelihood of a Poisson model (McCullagh &
Nelder, Generalized Linear Models, 1989, ch. 6), older periods weighing half for each year of age. How much more than
Poisson the counts vary is taken from two places: the residuals of single periods, and what the same rule missed when it
forecast windows of the same length that are past by now, as far ahead. Doubt of that spread gives the tails (a scaled
inverse chi-square); the count itself is negative binomial. No trend is carried forward: a rise that goes on shows as
misses of the past windows, and widens the interval.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.account.actions.counts import Counts

__all__ = ["FEWEST", "LEVELS", "Expected", "expect", "quantiles_of"]

Array = npt.NDArray[np.float64]

#: levels of the quantiles that are sealed: intervals of 50, 80, 90 and 98 %
LEVELS = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
#: fewest periods of history
FEWEST = 26
_YEAR = 365.25
_HALF_LIFE = 365.25
_OLDEST_DAYS = 3 * _YEAR
#: days of history from which a yearly wave is fitted
_SEASON_FROM = 1.8 * _YEAR
#: weight, in windows, of what single periods say of the spread
_PRIOR_DF = 8.0
_MOST_ORIGINS = 24
_DRAWS = 4000
_STEPS = 25


@dataclass(frozen=True, slots=True)
class Expected:
    """What is to be expected of a sum over a window.

    Args:
        mean: expected sum.
        excess: variance over mean.
        freedom: degrees of freedom that the excess rests on.
        origins: past windows that were forecast to learn it.
        starts: first day of the periods summed.
        ends: last day of them.
    """

    mean: float
    excess: float
    freedom: float
    origins: int
    starts: dt.date
    ends: dt.date

    def draws(self, rng: np.random.Generator, ratio: Array | float = 1.0, shift: Array | float = 0.0) -> Array:
        """Return draws of the sum, shape (4000,), its mean times `ratio` plus `shift`.

        Args:
            rng: where randomness comes from.
            ratio: number or shape (4000,).
            shift: likewise; a mean below 0 counts as 0.
        """
        excess = self.excess * self.freedom / rng.chisquare(self.freedom, _DRAWS)
        mean = np.maximum(self.mean * ratio + shift, 1e-9) * np.ones(_DRAWS)
        over = np.maximum(excess - 1.0, 1e-6)
        return rng.poisson(rng.gamma(mean / over, over)).astype(float)


def quantiles_of(draws: Array) -> tuple[float, ...]:
    """Return the quantiles of draws at `LEVELS`."""
    return tuple(float(q) for q in np.quantile(draws, LEVELS))


def window_of(counts: Counts, starts: dt.date, ends: dt.date) -> tuple[dt.date, dt.date, list[int]] | None:
    """Return first and last day of the whole periods that fit into a window, and each one's days.

    Periods go on after the last one as long as that one; calendar months as months. None where none fits.
    """
    periods, found = counts.periods[-1], []
    monthly = periods.starts.day == 1 and (periods.ends + dt.timedelta(days=1)).day == 1
    first = periods.ends + dt.timedelta(days=1)
    while True:
        last = _month_end(first) if monthly else first + dt.timedelta(days=periods.days - 1)
        if last > ends:
            break
        if first >= starts:
            found.append((first, last))
        first = last + dt.timedelta(days=1)
    if not found:
        return None
    return found[0][0], found[-1][1], [(b - a).days + 1 for a, b in found]


def _month_end(first: dt.date) -> dt.date:
    later = first.replace(day=28) + dt.timedelta(days=4)
    return later - dt.timedelta(days=later.day)


def expect(counts: Counts, starts: dt.date, ends: dt.date) -> tuple[Expected | None, str]:
    """Return what the counts lead to expect from one day to another, or why that cannot be told.

    Args:
        counts: history; all of it ends before `starts`.
        starts: first day of the window.
        ends: last day of it.
    """
    if len(counts.periods) < FEWEST:
        return None, f"{len(counts.periods)} periods of history; {FEWEST} are the fewest"
    gaps = [b.starts for a, b in zip(counts.periods, counts.periods[1:], strict=False)
            if (b.starts - a.ends).days != 1]  # fmt: skip
    if gaps:
        return None, f"the history has a gap before {gaps[-1]}"
    window = window_of(counts, starts, ends)
    if window is None:
        return None, f"no whole period fits between {starts} and {ends}"
    y, days, middle = counts.arrays()
    kept = middle > middle[-1] - _OLDEST_DAYS
    y, days, middle = y[kept], days[kept], middle[kept]
    if y.sum() <= 0:
        return None, "nothing was counted in the history"
    lead = (window[0] - counts.periods[-1].ends).days - 1
    lengths = np.array(window[2], float)
    begun = window[0].toordinal() + np.concatenate([[0.0], np.cumsum(lengths)[:-1]]) + (lengths - 1) / 2
    mean = float((_rate(y, days, middle, begun) * lengths).sum())
    gap = round(lead / float(np.median(days)))
    excess, freedom, origins = _spread(y, days, middle, gap, len(lengths))
    return Expected(mean, excess, freedom, origins, window[0], window[1]), ""


def _wave(middle: Array, season: bool) -> Array:
    columns = [np.ones_like(middle)]
    if season:
        columns += [np.cos(2 * np.pi * middle / _YEAR), np.sin(2 * np.pi * middle / _YEAR)]
    return np.stack(columns, axis=1)


def _rate(y: Array, days: Array, middle: Array, at: Array) -> Array:
    """Return the rate per day at some days, fitted to counts y of so many days around `middle`."""
    season = float(middle[-1] - middle[0]) > _SEASON_FROM
    x, weight = _wave(middle, season), 0.5 ** ((middle[-1] - middle) / _HALF_LIFE)
    beta = np.zeros(x.shape[1])
    beta[0] = np.log(max(float((weight * y).sum() / (weight * days).sum()), 1e-9))
    for _ in range(_STEPS):
        mu = days * np.exp(np.clip(x @ beta, -30, 30))
        slope = x.T @ (weight * (y - mu))
        curve = (x * (weight * mu)[:, None]).T @ x + 1e-9 * np.eye(x.shape[1])
        step = np.linalg.solve(curve, slope)
        beta += np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-10:
            break
    return np.asarray(np.exp(np.clip(_wave(at, season) @ beta, -30, 30)), dtype=float)


def _spread(y: Array, days: Array, middle: Array, gap: int, length: int) -> tuple[float, float, int]:
    """Return variance over mean of a window's sum, its degrees of freedom and the past windows it was learned from."""
    fitted = _rate(y, days, middle, middle) * days
    single = max(1.0, float(((y - fitted) ** 2 / np.maximum(fitted, 1e-9)).sum() / max(len(y) - 3, 1)))
    whole = np.concatenate([[0.0], np.cumsum(y)])
    misses = []
    last = len(y) - length - gap
    for origin in range(last, FEWEST - 1, -max(length, -(-last // _MOST_ORIGINS), 1)):
        at = slice(origin + gap, origin + gap + length)
        mean = float((_rate(y[:origin], days[:origin], middle[:origin], middle[at]) * days[at]).sum())
        seen = float(whole[at.stop] - whole[at.start])
        misses.append((seen - mean) ** 2 / max(mean, 1e-9))
    freedom = _PRIOR_DF + len(misses)
    return max(1.0, (_PRIOR_DF * single + sum(misses)) / freedom), freedom, len(misses)
