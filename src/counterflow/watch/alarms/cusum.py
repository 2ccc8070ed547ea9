"""CUSUM on Rossi's transform (Rossi, Lampugnani and Marchi 1999): small rises that last.

    z = (y - 3 m + 2 sqrt(m y)) / (2 sqrt(m)),    S(t) = max(0, S(t-1) + z - k),    alarm where S(t) >= h

with m the mean of all counts before the first period judged. S is not set back after an alarm. Where m is 0 the
transform is not defined and no verdict is given.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UsageError
from counterflow.watch.alarms.judged import NOT_JUDGED, Judged
from counterflow.watch.alarms.settings import Asked, Setting, years_of

__all__ = ["ROSSI", "judge", "reach"]

ROSSI: dict[str, Setting] = {"b": None, "k": 1.04, "h": 2.26, "m": None, "start": None}


def reach(asked: Asked) -> npt.NDArray[np.int64]:
    """Return for each series how many periods lie before its first judged one: as for Farrington's."""
    frequency = asked.grid.frequency
    years = years_of(asked.last - asked.first + 1, frequency, asked.settings["b"])
    return frequency * years + round(31 * frequency / 52) - 1


def judge(asked: Asked) -> Judged:
    """Judge a block of series."""
    y, k, h = asked.grid.counts, asked.number("k"), asked.number("h")
    if not h > 0:
        raise UsageError("h, the decision boundary, lies above 0.")
    place = np.arange(y.shape[1])
    before = (place < asked.begin[:, None]) & ~np.isnan(y)
    with np.errstate(divide="ignore", invalid="ignore"):
        m = np.where(before, y, 0.0).sum(axis=1) / before.sum(axis=1)
        if asked.settings["m"] is not None:
            m = np.full(len(m), asked.number("m"))
        z = (y - 3 * m[:, None] + 2 * np.sqrt(y * m[:, None])) / (2 * np.sqrt(m[:, None]))
    score, upper = np.full(y.shape, np.nan), np.full(y.shape, np.nan)
    state = np.zeros(len(y))
    for t in range(int(asked.begin.min(initial=0)), y.shape[1]):
        on = (t >= asked.begin) & (t <= asked.last)
        upper[:, t] = np.where(on, _cases(m, k + h - state), np.nan)
        # a count that is not known leaves the sum as it stood
        step = np.where(np.isnan(y[:, t]) & (m > 0), state, np.maximum(0.0, state + z[:, t] - k))
        state = np.where(on, step, state)
        score[:, t] = state
    shown = asked.judged
    alarm = np.where(shown & ~np.isnan(score), score >= h, NOT_JUDGED).astype(np.int8)
    expected = np.broadcast_to(m[:, None], y.shape)
    expected, upper, score = (np.where(shown, values, np.nan) for values in (expected, upper, score))
    return Judged("", expected, upper, score, alarm, np.where(asked.first >= 0, asked.first, -1))


def _cases(m: npt.NDArray[np.float64], z: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the count whose transform is `z`; 0 where none would be as low, or m is 0."""
    with np.errstate(invalid="ignore"):
        cases: npt.NDArray[np.float64] = (np.sqrt(4 * m + 2 * np.sqrt(m) * z) - np.sqrt(m)) ** 2
    return np.where(np.isnan(cases), 0.0, cases)
