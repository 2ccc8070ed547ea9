"""From how strange a count is under a model to how often a count so strange has come: false alarms as they happened.

A model's tail is never quite right; what a budget promises is how often an alarm will come where nothing happens. So
each period's strangeness is ranked among that of all series in all periods *before* it (a rank that uses the past only
is a conformal p-value; Vovk, Gammerman & Shafer, Algorithmic Learning in a Random World, 2005), with the model's own
tail as a few hundred periods of prior past, and, beyond what was ever seen often enough, an exponential tail (Pickands
1975 for excesses over a high threshold, with its shape 0). True outbreaks of the past are in that rank too: it errs
towards fewer alarms. A series whose own past was stranger than that of the others is asked for more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Past", "add_past", "own_share", "rank", "tails", "threshold"]

Floats = npt.NDArray[np.float64]

#: width and number of steps in which strangeness is counted
_STEP, _STEPS = 0.05, 241
#: periods' worth of the model's own tail that every past begins with
_PRIOR = 200.0
#: a rate is read from the past where at least this many periods were as strange; beyond it the tail is exponential
_SEEN = 20.0
#: mean excess of an exponential tail whose probability falls tenfold per unit, and the weight it begins with
_EXCESS, _EXCESS_PRIOR = 0.4343, 20.0
#: a series' own share of strange periods is drawn to that of all as if this many periods had been like all
_OWN = 104.0
_STRANGE = 1.0


@dataclass(frozen=True)
class Past:
    """How many periods were how strange, by period.

    Args:
        seen: shape (T, steps): counts of series by step of strangeness in each period.
    """

    seen: Floats

    @classmethod
    def none(cls, periods: int) -> Past:
        """Return a past in which nothing was judged yet."""
        return cls(np.zeros((periods, _STEPS)))


def add_past(past: Past, strange: Floats) -> None:
    """Count a block of series, shape (S, T), into the past of all; the order of blocks does not matter."""
    series, periods = strange.shape
    known = ~np.isnan(strange)
    step = np.minimum((np.where(known, strange, 0.0) / _STEP).astype(np.int64), _STEPS - 1)
    flat = (np.broadcast_to(np.arange(periods), (series, periods)) * _STEPS + step)[known]
    past.seen[...] += np.bincount(flat, minlength=periods * _STEPS).reshape(periods, _STEPS)


def tails(past: Past, window: int) -> Floats:
    """Return -log10 of the rate of periods at least so strange, before each period, shape (T, steps), rising in steps.

    Row t uses the `window` periods before t: what a year long ago called strange may be ordinary now.
    """
    upto = np.vstack([np.zeros((1, _STEPS)), np.cumsum(past.seen, axis=0)])
    t = np.arange(len(past.seen))
    before = upto[t] - upto[np.maximum(t - window, 0)]
    total = before.sum(axis=1, keepdims=True)
    tail = np.cumsum(before[:, ::-1], axis=1)[:, ::-1]
    at = np.arange(_STEPS) * _STEP
    rate = (tail + _PRIOR * 10.0**-at) / (total + _PRIOR)
    # The last step at which enough was seen, counting the prior's share; from there on excesses are exponential.
    enough = (tail + _PRIOR * 10.0**-at) >= _SEEN
    last = np.maximum(enough.sum(axis=1) - 1, 0)
    rows = np.arange(len(rate))
    excess = np.clip(at[None, :] - at[last][:, None] + _STEP / 2, 0.0, None) * (np.arange(_STEPS) >= last[:, None])
    mean = ((before * excess).sum(axis=1) + _EXCESS_PRIOR * _EXCESS) / (tail[rows, last] + _EXCESS_PRIOR)
    beyond = -np.log10(rate[rows, last])[:, None] + (at[None, :] - at[last][:, None]) * (_EXCESS / mean)[:, None]
    found = np.where(np.arange(_STEPS)[None, :] > last[:, None], beyond, -np.log10(rate))
    return np.asarray(np.maximum.accumulate(np.maximum(found, 0.0), axis=1))


def rank(strange: Floats, tail: Floats) -> Floats:
    """Return -log10 of the rate at which periods so strange came before, shape (S, T); NaN where not judged."""
    place = np.clip(np.nan_to_num(strange) / _STEP, 0.0, _STEPS - 1.0)
    low = np.minimum(place.astype(np.int64), _STEPS - 2)
    t = np.broadcast_to(np.arange(strange.shape[1]), strange.shape)
    found = tail[t, low] + (place - low) * (tail[t, low + 1] - tail[t, low])
    return np.where(np.isnan(strange), np.nan, found)


def own_share(ranked: Floats, window: int) -> Floats:
    """Return log10 of how much more often each series' past was strange than everybody's, shape (S, T); never below 0.

    Strange is what came to all in at most one period of ten; a series' own share of it is drawn to that. It uses the
    `window` periods before each. A series that was less strange than others is not given a lower bar: with small whole
    counts there is little between one alarm too few and ten too many.
    """
    known = ~np.isnan(ranked)
    odd = _moving(known & (np.nan_to_num(ranked) >= _STRANGE), window)
    n, expected = _moving(known, window), 10.0**-_STRANGE
    return np.asarray(np.maximum(np.log10((odd + _OWN * expected) / ((n + _OWN) * expected)), 0.0))


def _moving(each: npt.NDArray[np.bool_], window: int) -> Floats:
    """Return how often `each` held in the `window` periods before each period."""
    upto = np.cumsum(np.pad(each, ((0, 0), (1, 0))), axis=1, dtype=np.float64)
    t = np.arange(each.shape[1])
    return np.asarray(upto[:, t] - upto[:, np.maximum(t - window, 0)])


def threshold(tail: Floats, rarity: Floats) -> Floats:
    """Return how strange a period must be to be as rare (-log10 of its rate) as asked, shapes (S, T).

    The inverse of `rank`.
    """
    at, found = np.arange(_STEPS) * _STEP, np.empty(np.shape(rarity))
    for t, row in enumerate(tail):
        found[:, t] = np.interp(rarity[:, t], row, at, right=np.inf)
    return found
