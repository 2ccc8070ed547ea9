"""A lagged Shewhart chart for counts, our own: the past year but for the last weeks, no season, no trend.

    m = mean of the periods t - reach .. t - lag,   phi = max(1, variance / m),
    upper = the 1 - alpha quantile of a negative binomial (Poisson where phi = 1) with mean m and variance phi m,
    score = (y - m) / sqrt(phi m (1 + 1 / n)),      alarm where y > upper

The lag keeps an outbreak that is growing out of its own baseline. A mean below that of one case in the whole baseline
is taken as that, so that a place without cases can still be judged. Shewhart 1931; the discrete limits follow
Woodall 2006, section 3.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UsageError
from counterflow.watch.alarms.judged import NOT_JUDGED, Judged
from counterflow.watch.alarms.settings import Asked, Setting

__all__ = ["SHEWHART", "judge", "reach"]

Floats = npt.NDArray[np.float64]

SHEWHART: dict[str, Setting] = {"reach": 60, "lag": 8, "least": 26, "alpha": 0.01, "start": None}


def reach(asked: Asked) -> npt.NDArray[np.int64]:
    """Return for each series how many periods lie before its first judged one."""
    return np.full(len(asked.first), asked.whole("least") + asked.whole("lag") - 1, np.int64)


def judge(asked: Asked) -> Judged:
    """Judge a block of series."""
    from counterflow.watch.alarms.tails import upper_quantiles

    alpha, far, lag = asked.number("alpha"), asked.whole("reach"), asked.whole("lag")
    if not (0 < alpha < 1 and 1 <= lag <= far and asked.whole("least") >= 2):
        raise UsageError("alpha lies between 0 and 1, lag between 1 and reach, and least is at least 2.")
    y = asked.grid.counts
    n, total, squares = (_window(values, far, lag) for values in _sums(y))
    mine = asked.judged & (n >= asked.whole("least"))
    n, total, squares = n[mine], total[mine], squares[mine]
    mean = total / n
    variance = np.maximum(squares - total * mean, 0.0) / (n - 1)
    m = np.maximum(mean, 1 / n)
    phi = np.maximum(1.0, variance / m)
    pairs, back = np.unique(np.stack([m, phi]), axis=1, return_inverse=True)
    expected, upper, score = (np.full(y.shape, np.nan) for _ in range(3))
    expected[mine], upper[mine] = m, upper_quantiles(pairs[0], pairs[1], alpha)[back.reshape(-1)]
    score[mine] = (y[mine] - m) / np.sqrt(phi * m * (1 + 1 / n))
    alarm = np.where(mine, y > upper, NOT_JUDGED).astype(np.int8)
    start = np.where(asked.last >= 0, np.maximum(asked.last - far, np.maximum(asked.first, 0)), -1)
    return Judged("", expected, upper, score, alarm, start)


def _sums(y: Floats) -> tuple[Floats, Floats, Floats]:
    """Return what to sum: known or not, count, its square."""
    known = ~np.isnan(y)
    counts = np.where(known, y, 0.0)
    return known.astype(float), counts, counts * counts


def _window(values: Floats, far: int, lag: int) -> Floats:
    """Return for each period the sum of `values` from `far` to `lag` periods before it."""
    running = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=running[:, 1:])
    t = np.arange(values.shape[1])
    window: Floats = running[:, np.maximum(t - lag + 1, 0)] - running[:, np.maximum(t - far, 0)]
    return window
