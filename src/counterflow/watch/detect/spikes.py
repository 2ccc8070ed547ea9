"""More events in 24 hours than a place's own past allows for: a rule for times of events, with its false-alarm rate.

A place is in a spike from the event that brings its last 24 hours to the threshold. How often would that happen by
chance? Where events come as a Poisson process of rate L a day, an event finds j others in the 24 hours before it with
probability Poisson(j; L), so the 24-hour count reaches k from below L * Poisson(k - 1; L) = k * Poisson(k; L) times a
day (PASTA: Wolff, Operations Research 30 (1982) 223-231). With the rate itself in doubt (Gamma) the same identity gives
k * NegBin(k). The threshold is the smallest count for which this, summed over no more than one place, keeps to the
budget; it is made each day anew from days before yesterday. It is told beside the rate at which onsets really came.

Rules in use compare a 24-hour count with one number per place (ODMAP's spike alerts: set by the agency or from its past
mean and deviation) and do not tell a rate of false alarms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.core.proportions import clopper_pearson
from counterflow.watch.detect.baseline import Rule, foresee
from counterflow.watch.detect.budget import Budget

__all__ = ["Spikes", "spikes", "thresholds"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Times = npt.NDArray[np.datetime64]

#: yesterday and today have no part in today's threshold; two months of days speak, fading
RULE = Rule(half_life=60.0, gap=2, weights=(1.0,), week=7, least=56, season=0.2, lasting=28)
_DAY = np.timedelta64(1, "D")
_LEAST_COUNT = 2


@dataclass(frozen=True)
class Spikes:
    """Onsets of spikes, oldest first.

    Args:
        place: place of each, as numbered in the call, shape (N,).
        onset: time of the event that reached the threshold, shape (N,).
        count: events in the 24 hours up to it.
        most: most events in any 24 hours until the spike was over.
        threshold: count that had to be reached that day.
        expected: events a day that were to be expected.
        rate: onsets per place-day that the threshold allows for, over all place-days judged.
        days: place-days judged.
        said: in sentences.
    """

    place: Ints
    onset: Times
    count: Ints
    most: Ints
    threshold: Ints
    expected: Floats
    rate: float
    days: int
    said: tuple[str, ...]


def spikes(place: Ints, time: Times, places: int, budget: Budget | float) -> Spikes:
    """Return the spikes in a file of events.

    Args:
        place: number of the place of each event, from 0.
        time: when it was; minutes or finer are best: with days alone the 24 hours are calendar days.
        places: how many places there are; one without events has days too.
        budget: onsets that are borne; a plain number is per place and day.
    """
    if not len(place):
        none, day = np.empty(0, np.int64), np.empty(0, "datetime64[s]")
        return Spikes(none, day, none, none, none, np.empty(0), 0.0, 0, ("There are no events.",))
    asked = budget if isinstance(budget, Budget) else Budget(float(budget))
    order = np.lexsort((time, place))
    where, when = place[order], time[order].astype("datetime64[s]")
    first = when.min().astype("datetime64[D]")
    day = (when.astype("datetime64[D]") - first).astype(np.int64)
    counts = np.bincount(where * (day.max() + 1) + day, minlength=places * (day.max() + 1)).reshape(places, -1)
    allowed = asked.rate(places, "day")
    needed, expected, chance = thresholds(counts.astype(np.float64), first, allowed)
    within = _in_24_hours(where, when)
    onset, most = _onsets(where, when, within, needed[where, day])
    judged = int((needed >= 0).sum())
    rate = float(chance[needed >= 0].mean()) if judged else 0.0
    said = _said(len(onset), judged, rate, allowed, asked, counts.shape[1])
    by_time = np.argsort(when[onset], kind="stable")
    at, peak = onset[by_time], most[by_time]
    bar, mean = needed[where, day][at], expected[where, day][at]
    return Spikes(where[at], when[at], within[at], peak, bar, mean, rate, judged, said)


def thresholds(counts: Floats, first: np.datetime64, allowed: float) -> tuple[Ints, Floats, Floats]:
    """Return the count to be reached, the expected count and the chance of an onset, for each place and day.

    Args:
        counts: events by place and day.
        first: the first day.
        allowed: onsets per place-day that are borne.

    Returns:
        thresholds (-1 where too little is known), expected counts, and onsets per day at the threshold.
    """
    days = np.arange(counts.shape[1])
    season = (first + days * _DAY).astype("datetime64[D]").astype(np.int64) % 365
    seen = foresee(counts, season, 365, RULE)
    known = ~np.isnan(seen.mean)
    mean = np.where(known, seen.mean, 1.0)
    extra = np.where(known, mean * (seen.spread - 1.0) + seen.doubt * mean**2, 0.1)
    size = mean**2 / np.maximum(extra, 1e-9)
    needed = np.maximum(_LEAST_COUNT, np.floor(mean).astype(np.int64) + 1)
    chance = _upcrossings(needed, mean, size)
    while (over := chance > allowed).any():
        needed = needed + over
        chance = np.where(over, _upcrossings(needed, mean, size), chance)
    return np.where(known, needed, -1), seen.mean, chance


def _upcrossings(k: Ints, mean: Floats, size: Floats) -> Floats:
    """Return how often a day the 24-hour count reaches k from below: k times the negative binomial probability of k."""
    from scipy.special import gammaln

    log_p = gammaln(k + size) - gammaln(size) - gammaln(k + 1.0) - size * np.log1p(mean / size)
    return np.asarray(np.exp(log_p + k * np.log(mean / (mean + size))) * k)


def _in_24_hours(where: Ints, when: Times) -> Ints:
    """Return how many events of the same place lie in the 24 hours up to each event, itself included."""
    # One line of time for all places, far enough apart that no window reaches another place.
    seconds = (when - when.min()).astype(np.int64)
    line = where * (int(seconds.max()) + 3 * 86400) + seconds
    return np.asarray(np.arange(len(line)) - np.searchsorted(line, line - 86400, side="right") + 1, np.int64)


def _onsets(where: Ints, when: Times, within: Ints, needed: Ints) -> tuple[Ints, Ints]:
    """Return the events that begin a spike, and the most events in 24 hours until it is over.

    A spike is over when the threshold was not reached for 24 hours.
    """
    over = np.flatnonzero((needed >= 0) & (within >= needed))
    if not len(over):
        return over, over
    apart = np.diff(when[over]) > _DAY
    new = np.concatenate([[True], apart | (np.diff(where[over]) != 0)])
    return over[new], np.maximum.reduceat(within[over], np.flatnonzero(new))


def _said(onsets: int, judged: int, rate: float, allowed: float, budget: Budget, days: int) -> tuple[str, ...]:
    if not judged:
        return (f"No place-day was judged: {days} days of events, {RULE.least + RULE.gap} are needed.",)
    low, high = clopper_pearson(min(onsets, judged), judged)
    came = f"{onsets / judged:.2g} ({low:.2g} to {high:.2g})"
    by_chance = f"one false spike in {1 / max(rate, 1e-12):,.0f} place-days where nothing happens"
    return (
        f"24-hour spikes: budget {budget.said()}, {allowed:.2g} per place and day; kept by whole counts: {by_chance}.",
        f"{onsets:,} spikes began in {judged:,} place-days: {came}, true ones among them.",
    )
