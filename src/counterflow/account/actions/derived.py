"""Forecasts that are made here when an action is sealed.

From counts alone; with the record of such actions; and an author's stated change put on top of the counts. Only
what was known by then is used: counts that ended before, scores that were sealed before.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from counterflow.account.actions.counts import Counts
from counterflow.account.actions.expected import LEVELS, Expected, expect, quantiles_of
from counterflow.account.actions.forecast import Forecast
from counterflow.account.actions.plan import Action
from counterflow.account.actions.terms import ALERT_TAIL, FIRST_WEEKS
from counterflow.core.seeds import generator

__all__ = ["Experience", "derive"]

Array = npt.NDArray[np.float64]

#: what an action of no known kind may do to a count, as a standard deviation on the log scale: nine times in ten it
#: changes it by less than two fifths up or a quarter down
PRIOR_SPREAD = 0.2
#: how far single uses of one class lie from the class's own mean
WITHIN = 0.05
#: weight of "our intervals are as wide as they should be", in scores
_PRIOR_SCORES = 20.0
_MOST_WIDENED = (0.6, 2.5)


@dataclass(frozen=True, slots=True)
class Experience:
    """What the record says of earlier actions, for one measure.

    Args:
        ratios: log of what happened over the middle of what counts alone led to expect, of actions of this class.
        variances: variance of each.
        scores: where what happened fell in our own earlier forecasts, of every class, on the normal scale.
    """

    ratios: tuple[float, ...] = ()
    variances: tuple[float, ...] = ()
    scores: tuple[float, ...] = ()

    def effect(self) -> tuple[float, float]:
        """Return mean and standard deviation of the log ratio of the next use (normal prior, normal evidence)."""
        weights = [1.0 / (v + WITHIN**2) for v in self.variances]
        precision = 1.0 / PRIOR_SPREAD**2 + sum(weights)
        mean = sum(w * r for w, r in zip(weights, self.ratios, strict=True)) / precision
        return mean, math.sqrt(1.0 / precision + WITHIN**2)

    def widening(self) -> float:
        """Return by how much earlier intervals were too narrow: the spread of their scores, held to 1 while few."""
        spread = math.sqrt((_PRIOR_SCORES + sum(z * z for z in self.scores)) / (_PRIOR_SCORES + len(self.scores)))
        return min(max(spread, _MOST_WIDENED[0]), _MOST_WIDENED[1])


def derive(action: Action, counts: Counts, experience: Experience, as_of: dt.date) -> tuple[list[Forecast], list[str]]:
    """Return forecasts of one counted measure, and what could not be made.

    Args:
        action: the action, with its authors' forecasts.
        counts: history of the measure; what ends on or after the first day is left out.
        experience: record of earlier actions.
        as_of: today.
    """
    measure, made, said = counts.measure, [], []
    past = counts.before(min(action.starts, as_of))
    tail = action.ends + ALERT_TAIL
    whole, why = expect(past, action.starts, tail)
    if whole is None:
        return [], [f"{measure}: counts lead to no forecast: {why}"]
    rng = generator(_seed(action, measure), "action", measure)
    about = _About(action, counts, past.periods[-1].ends)
    made.append(about.row("history", "to 3 weeks after", whole, whole.draws(rng), ""))
    first, why = expect(past, action.starts, action.starts + dt.timedelta(weeks=FIRST_WEEKS + 1, days=-1))
    if first is None:
        said.append(f"{measure}: nothing is said of the first weeks alone: {why}")
    else:
        made.append(about.row("history", "first weeks", first, first.draws(rng), ""))
    mean, spread = experience.effect()
    draws = whole.draws(rng, ratio=np.exp(rng.normal(mean, spread, 4000)))
    note = f", times a change learned from {len(experience.ratios)} scored uses of this class"
    ours = about.row("record", "to 3 weeks after", whole, draws, note)
    made.append(replace(ours, quantiles=_widened(ours.quantiles, experience.widening())))
    for one in action.forecasts:
        if one.measure == measure and one.basis != "value" and one.levels:
            put, why = _on_top(one, past, about, rng)
            made += [put] if put else []
            said += [f"{measure}: the change that {one.by} states cannot be put on the counts: {why}"] if why else []
    return made, said


def _seed(action: Action, measure: str) -> int:
    """Return a seed that anyone can make again from what was written."""
    return int(hashlib.sha256(f"{action.action}\x1f{measure}".encode()).hexdigest()[:8], 16)


@dataclass(frozen=True, slots=True)
class _About:
    action: Action
    counts: Counts
    last: dt.date

    def row(self, by: str, window: str, what: Expected, draws: Array, note: str) -> Forecast:
        """Return draws as a forecast of the counts of a window."""
        method = (
            f"level and yearly wave of the counts, spread from {what.origins} past windows"
            f" (variance {what.excess:.2g} times the mean){note}"
        )
        return Forecast(
            by, self.counts.measure, window, what.starts, what.ends, "counted", "value", LEVELS, quantiles_of(draws),
            method, self.counts.source, self.last,
        )  # fmt: skip


def _widened(quantiles: Sequence[float], by: float) -> tuple[float, ...]:
    """Return quantiles drawn away from their middle, on the log scale."""
    middle = quantiles[len(quantiles) // 2]
    if middle <= 0:
        return tuple(quantiles)
    return tuple(middle * (q / middle) ** by if q > 0 else 0.0 for q in quantiles)


def _on_top(said: Forecast, past: Counts, about: _About, rng: np.random.Generator) -> tuple[Forecast | None, str]:
    """Return an author's stated change put on what the counts lead to expect in its own window."""
    base, why = expect(past, said.starts, said.ends)
    if base is None:
        return None, why
    change = _draws_of(said, rng)
    draws = (
        base.draws(rng, ratio=np.maximum(1 + change, 0))
        if said.basis == "relative change"
        else base.draws(rng, shift=change)
    )
    made = about.row(said.by, said.window, base, draws, f"; the change is {said.by}'s: {said.method}")
    return made, ""


def _draws_of(said: Forecast, rng: np.random.Generator) -> Array:
    """Return draws of a forecast, straight between its quantiles on the normal scale and on beyond them."""
    from statistics import NormalDist

    z = np.array([NormalDist().inv_cdf(p) for p in said.levels])
    q, at = np.asarray(said.quantiles), rng.normal(size=4000)
    if len(q) < 2:
        return np.full(4000, q[0])
    inner = np.interp(at, z, q)
    low = q[0] + (at - z[0]) * (q[1] - q[0]) / (z[1] - z[0])
    high = q[-1] + (at - z[-1]) * (q[-1] - q[-2]) / (z[-1] - z[-2])
    return np.asarray(np.where(at < z[0], low, np.where(at > z[-1], high, inner)), dtype=float)
