"""Which of a few rules sees most of the outbreaks put into the user's own past, at the same rate of false alarms.

A handful of rules, one of them the favourite: another takes its place only where the user's own series say so beyond
the doubt of the back-test. That doubt is taken from resampling series *and* the thresholds that go with them, for with
a rate of one in a hundred a threshold rests on a few weeks, and its noise is larger than the differences between
sensible rules. Each is compared at the rate asked for, at twice and at four times it. With few or short series the
favourite stays, and that is said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from counterflow.core.seeds import generator
from counterflow.watch.detect.baseline import BY_GRAIN, Baseline, Rule, foresee
from counterflow.watch.detect.inject import LONGEST, Outbreaks, outbreaks, peaks
from counterflow.watch.detect.strange import strangeness

__all__ = ["FAVOURITE", "Choice", "choose", "rules"]

Floats = npt.NDArray[np.float64]
FAVOURITE = "short-memory"
_SERIES, _OUTBREAKS = 60, 480
_SIZES = (4.0, 8.0)
#: rates at which rules are compared, in multiples of the one asked for
_FACTORS = (1.0, 2.0, 4.0)
#: resamplings, and the gain in the share of outbreaks seen that is worth a change
_DRAWS, _WORTH = 100, 0.02


def rules(grain: str) -> dict[str, Rule]:
    """Return the rules to choose among, the favourite first."""
    own = BY_GRAIN[grain]
    found = {FAVOURITE: own}
    if grain in {"day", "week"}:
        found["single-period"] = replace(own, weights=(1.0,))
        found["slow-rise"] = replace(own, weights=(1.0,) * 4, gap=max(own.gap, 5))
    if grain in {"day", "week", "month"}:
        found["steady-season"] = replace(own, half_life=own.half_life * 4, season=0.5)
    return found


@dataclass(frozen=True)
class Choice:
    """What was chosen for the periods from one on, and why.

    Args:
        start: place of the first period that it holds for.
        name: name of the rule.
        rule: the rule.
        seen: share of outbreaks that each rule saw, by name; empty where there was too little past to ask.
        said: why, in a sentence.
    """

    start: int
    name: str
    rule: Rule
    seen: dict[str, float]
    said: str


def choose(
    counts: Floats, season: npt.NDArray[np.int64], frequency: int, grain: str, rate: float, start: int, seed: int = 1
) -> Choice:
    """Choose a rule for the periods from `start` on, from what lies before `start` only.

    Args:
        counts: series by periods.
        season: place of each period in the year.
        frequency: periods in a year.
        grain: length of a period.
        rate: rate of false alarms per series-period at which they are compared.
        start: place of the first period that the choice is for.
        seed: of the sample of series and of the outbreaks.
    """
    known = rules(grain)
    window = (max(start - 2 * frequency, frequency), start)
    few = Choice(start, FAVOURITE, known[FAVOURITE], {}, "too little past to compare rules: the favourite holds")
    if len(known) == 1 or window[1] - window[0] < max(frequency, LONGEST + 1):
        return few
    past = _sample(counts[:, :start], window, seed)
    if len(past) == 0 or past[:, window[0] :].size * rate < 1.0:
        return few
    put = outbreaks(past, window, sizes=_SIZES, replicates=max(1, _OUTBREAKS // (2 * len(past))), seed=seed)
    scored = {name: _scored(past, put, season[:start], frequency, rule, window) for name, rule in known.items()}
    rates = [min(rate * factor, 0.5) for factor in _FACTORS]
    everything = np.arange(len(past))
    shares = {name: _share(each, put, everything, rates) for name, each in scored.items()}
    best = max(shares, key=lambda name: shares[name])
    if best == FAVOURITE:
        said = f"{FAVOURITE} saw {shares[best]:.2f} of {len(put)} outbreaks put into the past, none saw more"
        return Choice(start, FAVOURITE, known[FAVOURITE], shares, said)
    gain, low = shares[best] - shares[FAVOURITE], _least_gain(scored[best], scored[FAVOURITE], put, rates, seed)
    if low <= 0 or gain < _WORTH:
        said = f"{FAVOURITE} saw {shares[FAVOURITE]:.2f} of {len(put)} outbreaks put into the past; {best} saw"
        said = f"{said} {shares[best]:.2f}, no more than chance or too little to matter"
        return Choice(start, FAVOURITE, known[FAVOURITE], shares, said)
    said = (
        f"{best} saw {shares[best]:.2f} of {len(put)} outbreaks put into the past, {FAVOURITE} {shares[FAVOURITE]:.2f}"
    )
    return Choice(start, best, known[best], shares, said)


def _sample(counts: Floats, window: tuple[int, int], seed: int) -> Floats:
    """Return at most some series in which something was counted, drawn by the seed."""
    alive = np.flatnonzero((np.nan_to_num(counts[:, window[0] :]) > 0).any(axis=1))
    if len(alive) > _SERIES:
        alive = np.sort(generator(seed, "watch-choose").choice(alive, _SERIES, replace=False))
    return counts[alive]


@dataclass(frozen=True)
class _Scored:
    """Strangeness of the quiet periods of a window, by series, and the strangest period of each outbreak."""

    quiet: Floats
    peak: Floats


def _scored(
    past: Floats, put: Outbreaks, season: npt.NDArray[np.int64], frequency: int, rule: Rule, window: tuple[int, int]
) -> _Scored:
    since = max(window[0] - len(rule.weights), 0)

    def strange(counts: Floats) -> Floats:
        seen = foresee(counts, season, frequency, rule)
        late = Baseline(seen.mean[:, since:], seen.doubt[:, since:], seen.spread[:, since:])
        return strangeness(counts[:, since:], late, rule)[:, window[0] - since :]

    return _Scored(np.nan_to_num(strange(past)), peaks(strange(put.into(past)), put.added[:, window[0] :]))


def _share(scored: _Scored, put: Outbreaks, rows: npt.NDArray[np.int64], rates: list[float]) -> float:
    """Return the share of outbreaks seen in the series drawn, with thresholds of these series, over the rates."""
    weight = np.bincount(rows, minlength=len(scored.quiet))[put.row].astype(np.float64)
    if not weight.sum():
        return 0.0
    bars = np.quantile(scored.quiet[rows], [1.0 - rate for rate in rates], method="higher")
    return float(((scored.peak[:, None] > bars).mean(axis=1) * weight).sum() / weight.sum())


def _least_gain(one: _Scored, other: _Scored, put: Outbreaks, rates: list[float], seed: int) -> float:
    """Return what the gain of one rule over the other exceeds in all but one of a hundred resamplings of series."""
    rng, n = generator(seed, "watch-choose-doubt"), len(one.quiet)
    gains = np.empty(_DRAWS)
    for draw in range(_DRAWS):
        rows = rng.integers(0, n, n)
        gains[draw] = _share(one, put, rows, rates) - _share(other, put, rows, rates)
    return float(np.quantile(gains, 0.01)) if n > 1 else -1.0
