"""Any method's score held to a budget of false alarms: the bar is what the past of all series was rarely above.

A method's own threshold (an alpha, an h) rarely gives the rate of alarms it names; this replaces it by the quantile of
the scores of the two years before, over all series. Where fewer than one false alarm is to be expected in that past the
bar is the highest score seen: the budget is then kept with room to spare, and `said` tells so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.core.seeds import generator
from counterflow.watch.alarms.judged import NOT_JUDGED, Judged
from counterflow.watch.detect.budget import Budget
from counterflow.watch.detect.realised import Realised, realised
from counterflow.watch.grid import Grid

__all__ = ["Held", "hold", "scores_of"]

Floats = npt.NDArray[np.float64]
_YEARS = 2
#: series on whose past the bar rests at most: a quantile needs no more
_ENOUGH = 4000


@dataclass(frozen=True)
class Held:
    """Verdicts of a method at a budget, and what its bar rests on."""

    judged: Judged
    bar: Floats
    realised: Realised
    said: tuple[str, ...]


def scores_of(judged: Judged, counts: Floats) -> Floats:
    """Return a method's score; where it gives none, how far the count has come from the expected to the threshold."""
    if not np.isnan(judged.score).all():
        return judged.score
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (counts - judged.expected) / (judged.upper - judged.expected)
    return np.where(np.isfinite(found), found, np.nan)


def hold(judged: Judged, grid: Grid, budget: Budget | float) -> Held:
    """Return verdicts with alarms where the score is above what the past was above at the budget's rate.

    `upper` stays what the method gave where its own threshold stands; it is empty here, because the count that would
    reach another bar is not known for every method.
    """
    asked = budget if isinstance(budget, Budget) else Budget(float(budget))
    rate = asked.rate(grid.counts.shape[0], grid.grain)
    score = scores_of(judged, grid.counts)
    sample = score
    if len(score) > _ENOUGH:
        sample = score[np.sort(generator(1, "watch-hold").choice(len(score), _ENOUGH, replace=False))]
    window, bar = _YEARS * grid.frequency, np.full(score.shape[1], np.nan)
    for t in range(score.shape[1]):
        past = sample[:, max(t - window, 0) : t]
        past = past[~np.isnan(past)]
        if len(past) >= grid.frequency:
            bar[t] = np.quantile(past, max(1.0 - rate, 0.0), method="higher")
    known = ~np.isnan(score) & ~np.isnan(bar)
    alarm = np.where(known, np.nan_to_num(score) > np.nan_to_num(bar), NOT_JUDGED).astype(np.int8)
    achieved = realised(alarm)
    said = [f"{judged.method} held to {asked.said()} by the scores of the {_YEARS} years before each {grid.grain}."]
    said.append(achieved.said(rate, grid.grain))
    last = int((~np.isnan(sample[:, -window - 1 : -1])).sum()) if score.size else 0
    if last * rate < 1.0:
        said.append(f"It rests on {last:,} earlier series-{grid.grain}s: the bar is the highest score among them.")
    empty = np.full(score.shape, np.nan)
    return Held(Judged(judged.method, judged.expected, empty, score, alarm, judged.first), bar, achieved, tuple(said))
