"""EARS C1, C2 and C3 (Hutwagner et al. 2003; Fricker et al. 2008): a threshold from the last seven periods.

    C1, C2:  U(t) = mean + z sd of seven periods that end one (C1) or three (C2) before t
    C3:      U(t) = mean + sd (z - sum over t-1, t-2 of max(0, C2 - 1)),   C2(i) = (y(i) - mean(i)) / sd(i)

Where C3's own or an earlier baseline does not vary, C2 is 0/0 or infinite: the sum is not defined, and no verdict is
given. A constant baseline of C1 or C2 gives the threshold at its mean.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UsageError
from counterflow.watch.alarms.judged import NOT_JUDGED, Judged
from counterflow.watch.alarms.settings import Asked, Setting

__all__ = ["C1", "C2", "C3", "judge", "reach"]

Floats = npt.NDArray[np.float64]

C1: dict[str, Setting] = {
    "lag": 0,
    "sums": 0,
    "baseline": 7,
    "min_sigma": 0.0,
    "alpha": 0.001,
    "form": "r",
    "start": 10,
}
C2: dict[str, Setting] = {**C1, "lag": 2}
C3: dict[str, Setting] = {**C2, "sums": 2, "alpha": 0.025, "start": 12}


def reach(asked: Asked) -> npt.NDArray[np.int64]:
    """Return for each series how many periods lie before its first judged one."""
    before = asked.whole("baseline") + asked.whole("lag") + asked.whole("sums")
    return np.full(len(asked.first), before, np.int64)


def judge(asked: Asked) -> Judged:
    """Judge a block of series."""
    from scipy import stats

    alpha, window, lag, sums = asked.number("alpha"), *(asked.whole(n) for n in ("baseline", "lag", "sums"))
    if not (0 < alpha < 1 and window >= 2) or asked.settings["form"] not in ("r", "paper"):
        raise UsageError("alpha lies between 0 and 1, a baseline has at least 2 periods, and form is r or paper.")
    y = asked.grid.counts
    mean, sd = _moments(y, window, lag)
    sd = np.maximum(sd, asked.number("min_sigma"))
    with np.errstate(divide="ignore", invalid="ignore"):
        score = (y - mean) / sd
        upper = mean + stats.norm.isf(alpha) * sd
        if sums:
            over = np.maximum(score - 1, 0)
            before = np.full(y.shape, np.nan)
            before[:, sums:] = sum(over[:, sums - i : -i] for i in range(1, sums + 1))
            # R's earsC puts the count itself where the definition has the baseline's mean; see the method's page
            around = y if asked.settings["form"] == "r" else mean
            upper, score = around + sd * (stats.norm.isf(alpha) - before), over + before
            upper = np.maximum(upper, 0.0) if asked.settings["form"] == "r" else upper
    mine = asked.judged & ~np.isnan(upper)
    alarm = np.where(mine, y > upper, NOT_JUDGED).astype(np.int8)
    mean, upper, score = (np.where(mine, values, np.nan) for values in (mean, upper, score))
    start = np.where(asked.last >= 0, np.maximum(asked.last - lag - window, -1), -1)
    return Judged("", mean, upper, score, alarm, start)


def _moments(y: Floats, window: int, lag: int) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of the `window` periods that end 1 + `lag` before each."""
    mean, sd = np.full(y.shape, np.nan), np.full(y.shape, np.nan)
    at = window + lag
    if y.shape[1] <= at:
        return mean, sd
    parts = [y[:, i : y.shape[1] - at + i] for i in range(window)]
    centre = sum(parts) / window
    spread = sum((part - centre) ** 2 for part in parts)
    # seven equal counts may leave a last bit of their sum; they do not vary
    same = np.logical_and.reduce([part == parts[0] for part in parts[1:]])
    mean[:, at:], sd[:, at:] = centre, np.where(same, 0.0, np.sqrt(spread / (window - 1)))
    return mean, sd
