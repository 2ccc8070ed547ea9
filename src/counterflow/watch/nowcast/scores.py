"""How well nowcasts did: the weighted interval score and its parts, coverage, and errors beside simpler answers.

Bracher, Ray, Gneiting & Reich 2021 (PLoS Comput Biol 17: e1008618), equations 1 and 2: the interval score of a central
interval is its width plus 2/alpha times how far the truth lies outside; the weighted interval score is their mean over
intervals with weights alpha/2, the median's absolute error with weight 1/2.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import InputError
from counterflow.watch.nowcast.default import nowcast
from counterflow.watch.nowcast.nowcasts import LEVELS, Nowcasts
from counterflow.watch.nowcast.triangle import Floats, Triangle

__all__ = ["Score", "Trials", "retrospective", "weighted_interval_score"]

#: a period of which this share is in counts as final in a score
SETTLED = 0.97
_HALF, _NINETY = (0.25, 0.75), (0.05, 0.95)


@dataclass(frozen=True)
class Score:
    """Scores of each nowcast, shape (N,).

    Args:
        wis: weighted interval score; lower is better.
        dispersion: part of it that is width.
        under: part of it for truths above an interval: the nowcast was too low.
        over: part of it for truths below an interval: the nowcast was too high.
    """

    wis: Floats
    dispersion: Floats
    under: Floats
    over: Floats


def weighted_interval_score(levels: Floats, values: Floats, truth: Floats) -> Score:
    """Return the score of quantiles that lie in pairs around a median.

    Args:
        levels: rising, symmetric, with .5 in the middle, shape (Q,), Q odd.
        values: quantiles, shape (N, Q).
        truth: what came, shape (N,).

    Raises:
        ValueError: levels are not symmetric around a median.

    >>> s = weighted_interval_score(np.array([.25, .5, .75]), np.array([[8., 10., 12.]]), np.array([11.]))
    >>> [round(float(part[0]), 3) for part in (s.wis, s.dispersion, s.under, s.over)]
    [1.0, 0.667, 0.333, 0.0]
    """
    pairs = len(levels) // 2
    if len(levels) % 2 == 0 or not np.allclose(levels + levels[::-1], 1.0):
        raise ValueError("levels must be symmetric around .5")
    middle = values[:, pairs]
    below, above = values[:, :pairs], values[:, ::-1][:, :pairs]
    alpha = 2.0 * levels[:pairs]
    scale = pairs + 0.5
    dispersion = (alpha / 2 * (above - below)).sum(axis=1) / scale
    under = (np.maximum(truth[:, None] - above, 0).sum(axis=1) + 0.5 * np.maximum(truth - middle, 0)) / scale
    over = (np.maximum(below - truth[:, None], 0).sum(axis=1) + 0.5 * np.maximum(middle - truth, 0)) / scale
    return Score(dispersion + under + over, dispersion, under, over)


@dataclass(frozen=True)
class Trials:
    """Nowcasts as they would have been made on past days, against what came; arrays of shape (N,) or (N, Q).

    Args:
        as_of: day of each nowcast.
        reference: period.
        horizon: steps between them.
        values: quantiles at `levels`.
        levels: quantile levels.
        reported: reported by that day.
        chain_ladder: reported over the share expected to be in.
        truth: what it came to.
    """

    as_of: npt.NDArray[np.datetime64]
    reference: npt.NDArray[np.datetime64]
    horizon: npt.NDArray[np.int64]
    values: Floats
    levels: Floats
    reported: Floats
    chain_ladder: Floats
    truth: Floats

    def figures(self, rows: npt.NDArray[np.bool_] | None = None) -> dict[str, Any]:
        """Return the scores of some rows, or of all, as plain numbers."""
        at = np.flatnonzero(rows) if rows is not None else np.arange(len(self.truth))
        if not len(at):
            return {"nowcasts": 0}
        truth, values = self.truth[at], self.values[at]
        score = weighted_interval_score(self.levels, values, truth)
        middle = values[:, len(self.levels) // 2]
        return {
            "nowcasts": len(at),
            "wis": float(score.wis.mean()),
            "wis_dispersion": float(score.dispersion.mean()),
            "wis_too_low": float(score.under.mean()),
            "wis_too_high": float(score.over.mean()),
            "mae": float(np.abs(middle - truth).mean()),
            "coverage_50": self._covered(values, truth, _HALF),
            "coverage_90": self._covered(values, truth, _NINETY),
            "mae_reported": float(np.abs(self.reported[at] - truth).mean()),
            "mae_chain_ladder": float(np.abs(self.chain_ladder[at] - truth).mean()),
            "mean_truth": float(truth.mean()),
        }

    def _covered(self, values: Floats, truth: Floats, ends: tuple[float, float]) -> float:
        low, high = (int(np.argmin(np.abs(self.levels - end))) for end in ends)
        return float(((values[:, low] <= truth) & (truth <= values[:, high])).mean())

    def by_horizon(self) -> list[dict[str, Any]]:
        """Return the scores of each horizon, and of all together last."""
        rows = [{"horizon": str(h)} | self.figures(self.horizon == h) for h in np.unique(self.horizon)]
        return [*rows, {"horizon": "all"} | self.figures()]


def retrospective(
    triangle: Triangle,
    as_of: dt.date | None = None,
    *,
    dates: int = 10,
    every: int = 7,
    horizons: int = 14,
    make: Callable[..., Nowcasts] = nowcast,
    **how: Any,
) -> Trials:
    """Try nowcasts on past days, each from what was known on that day, and set what came beside them.

    Args:
        triangle: incident counts by reference period and delay.
        as_of: the day to stand on; what is known then is the truth where a period is settled.
        dates: how many past days to try, the latest that can be judged.
        every: steps between them.
        horizons: largest horizon.
        make: the method.
        how: options of the method.

    Raises:
        InputError: nothing is settled that could be tried.
    """
    horizons = min(horizons, triangle.max_delay - 1)
    final = _settled(triangle, as_of, make, how)
    if not final:
        raise InputError("No period is settled yet, so no past nowcast can be judged.", hint="Wait, or give more days.")
    rows: list[tuple[Any, ...]] = []
    stand = as_of or triangle.last_report
    step = dt.timedelta(triangle.step)
    first = triangle.reference[0].astype("datetime64[D]").astype(dt.date) + max(2 * horizons, 7) * step
    day, tried = stand - every * step, 0
    while tried < dates and day >= first:
        if any(day - horizons * step - step < period <= day for period in final):
            rows += _judged(make(triangle, day, levels=LEVELS, **how), final, horizons, triangle.step)
            tried += 1
        day -= every * step
    if not rows:
        raise InputError("There is too little history to try a past day.", hint="Give at least twice as many periods.")
    columns = list(zip(*rows, strict=True))
    return Trials(
        np.array(columns[0], "datetime64[D]"), np.array(columns[1], "datetime64[D]"), np.array(columns[2], np.int64),
        np.array(columns[3], np.float64), np.asarray(LEVELS), np.array(columns[4], np.float64),
        np.array(columns[5], np.float64), np.array(columns[6], np.float64),
    )  # fmt: skip


def _settled(
    triangle: Triangle, as_of: dt.date | None, make: Callable[..., Nowcasts], how: Mapping[str, Any]
) -> dict[dt.date, float]:
    """Return final counts of the periods that are settled today."""
    day = as_of or triangle.last_report
    known = triangle.known_on(day).settled()[0]
    total = np.nan_to_num(known.counts).sum(axis=1)
    age = len(total) - 1 - np.arange(len(total))
    share = np.ones(len(total))
    now = make(triangle, as_of, levels=LEVELS, **how)
    start = int((now.reference[0] - known.reference[0]) / np.timedelta64(known.step, "D"))
    share[start : start + len(now.complete)] = now.complete[: len(share) - start]
    kept = (age >= known.max_delay) | (share >= SETTLED)
    days = known.reference.astype("datetime64[D]").astype(object)
    return {days[place]: float(total[place] / share[place]) for place in np.flatnonzero(kept)}


def _judged(made: Nowcasts, final: Mapping[dt.date, float], horizons: int, step: int) -> list[tuple[Any, ...]]:
    rows = []
    for place, day in enumerate(made.reference.astype("datetime64[D]").astype(object)):
        horizon = (made.as_of - day).days // step
        if horizon <= horizons and day in final:
            rows.append((
                made.as_of, day, horizon, made.values[place], made.reported[place], made.chain_ladder[place], final[day]
            ))  # fmt: skip
    return rows
