"""Riebler's Bayes system (2004; Höhle 2007): the predictive distribution of counts like those of the same season.

Counts of the reference weeks (windows of past years and the weeks just before) are taken as one Poisson mean with
Jeffreys' prior; the next count is then negative binomial with size sum + 1/2 and probability n / (n + 1). The upper
bound is its 1 - alpha quantile, and a count above it is an alarm.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UsageError
from counterflow.watch.alarms.cusum import reach as reach_of_years
from counterflow.watch.alarms.judged import NOT_JUDGED, Judged
from counterflow.watch.alarms.settings import Asked, Setting, years_of

__all__ = ["BAYES", "judge", "reach"]

Floats = npt.NDArray[np.float64]

BAYES: dict[str, Setting] = {"b": None, "w": 3, "this_year": True, "alpha": 0.05, "start": None}

reach = reach_of_years


def judge(asked: Asked) -> Judged:
    """Judge a block of series."""
    y, half, alpha = asked.grid.counts, asked.whole("w"), asked.number("alpha")
    if not 0 < alpha < 1:
        raise UsageError("alpha lies between 0 and 1.")
    frequency = asked.grid.frequency
    years = years_of(asked.last - asked.first + 1, frequency, asked.settings["b"])
    counts, known = np.where(np.isnan(y), 0.0, y), (~np.isnan(y)).astype(float)
    total, n = np.zeros(y.shape), np.zeros(y.shape)
    for j in range(1, int(years.max(initial=0)) + 1):
        for sums, of in ((total, counts), (n, known)):
            _add(sums, of, frequency * j - half, frequency * j + half, years >= j)
    if asked.settings["this_year"]:
        for sums, of in ((total, counts), (n, known)):
            _add(sums, of, 1, half, years >= 0)
    mine = asked.judged & (n > 0)
    if asked.settings["this_year"] is False and not years.any():
        raise UsageError("There is no reference week: b is 0 and this_year is no.")
    expected, upper = np.full(y.shape, np.nan), np.full(y.shape, np.nan)
    expected[mine] = (total[mine] + 0.5) / n[mine]
    upper[mine] = _quantile(total[mine] + 0.5, n[mine], alpha)
    score = np.full(y.shape, np.nan)
    score[mine] = (y[mine] - expected[mine]) / np.sqrt(expected[mine] * (1 + 1 / n[mine]))
    alarm = np.where(mine, y > upper, NOT_JUDGED).astype(np.int8)
    start = np.where(asked.last >= 0, np.maximum(asked.last - frequency * years - half, -1), -1)
    return Judged("", expected, upper, score, alarm, start)


def _add(sums: Floats, of: Floats, nearest: int, farthest: int, rows: npt.NDArray[np.bool_]) -> None:
    """Add to each period what lay from `farthest` to `nearest` periods before it."""
    for back in range(max(nearest, 1), min(farthest, of.shape[1] - 1) + 1):
        sums[:, back:] += of[:, :-back] * rows[:, None]


def _quantile(size: Floats, n: Floats, alpha: float) -> Floats:
    """Return quantiles by distinct pair: reference sums repeat, and a distribution is dear."""
    from counterflow.watch.alarms.tails import upper_quantiles

    pairs, back = np.unique(np.stack([size, n]), axis=1, return_inverse=True)
    found = upper_quantiles(pairs[0] / pairs[1], 1 + 1 / pairs[1], alpha)
    quantile: Floats = found[back.reshape(-1)]
    return quantile
