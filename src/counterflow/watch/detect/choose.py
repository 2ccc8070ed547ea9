"""Which of a few rules sees most of the outbreaks put into the user's own past, at the same rate of false alarms.

A handful of rules, one of them the favourite: another takes its place only where the user's own series say so by more
than three standard errors of the paired difference (series as the unit). With few or short series the noise of a
back-test is larger than the differences between sensible rules; then the favourite stays, and that is said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from counterflow.core.seeds import generator
from counterflow.watch.detect.baseline import BY_GRAIN, Rule, foresee
from counterflow.watch.detect.inject import LONGEST, Outbreaks, detected, outbreaks
from counterflow.watch.detect.strange import strangeness

__all__ = ["FAVOURITE", "Choice", "choose", "rules"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
FAVOURITE = "short-memory"
_SERIES, _OUTBREAKS = 60, 480
_SIZES = (4.0, 8.0)
#: standard errors by which another rule must beat the favourite: several are compared, year after year
_CLEAR = 3.0


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
    seen = {name: _seen(past, put, season[:start], frequency, rule, rate, window) for name, rule in known.items()}
    shares = {name: float(hit.mean()) for name, hit in seen.items()}
    best = max(shares, key=lambda name: shares[name])
    gain, doubt = _paired(seen[best], seen[FAVOURITE], put.row)
    if best == FAVOURITE or gain <= _CLEAR * doubt:
        other = "" if best == FAVOURITE else f"; {best} saw {shares[best]:.2f}, which is within the doubt"
        said = f"{FAVOURITE} saw {shares[FAVOURITE]:.2f} of {len(put)} outbreaks put into the past{other}"
        return Choice(start, FAVOURITE, known[FAVOURITE], shares, said)
    said = f"{best} saw {gain:.2f} (standard error {doubt:.2f}) more of {len(put)} outbreaks than {FAVOURITE}"
    return Choice(start, best, known[best], shares, said)


def _sample(counts: Floats, window: tuple[int, int], seed: int) -> Floats:
    """Return at most some series in which something was counted, drawn by the seed."""
    alive = np.flatnonzero((np.nan_to_num(counts[:, window[0] :]) > 0).any(axis=1))
    if len(alive) > _SERIES:
        alive = np.sort(generator(seed, "watch-choose").choice(alive, _SERIES, replace=False))
    return counts[alive]


def _seen(
    past: Floats, put: Outbreaks, season: npt.NDArray[np.int64], frequency: int, rule: Rule, rate: float,
    window: tuple[int, int],
) -> Bools:  # fmt: skip
    """Return which outbreaks a rule sees where the share `rate` of the series' own periods is stranger."""
    quiet = strangeness(past, foresee(past, season, frequency, rule), rule)[:, window[0] : window[1]]
    if np.isnan(quiet).all():
        return np.zeros(len(put), np.bool_)
    bar = np.nanquantile(quiet, 1.0 - rate, method="higher")
    with_them = put.into(past)
    found = strangeness(with_them, foresee(with_them, season, frequency, rule), rule)
    return detected(np.nan_to_num(found) > bar, put.added).seen


def _paired(
    one: npt.NDArray[np.bool_], other: npt.NDArray[np.bool_], row: npt.NDArray[np.int64]
) -> tuple[float, float]:
    """Return the mean difference and its standard error with series as the unit."""
    each = one.astype(np.float64) - other
    gain = float(each.mean())
    groups = np.bincount(row, weights=each - gain)
    n = len(np.unique(row))
    return gain, float(np.sqrt((groups**2).sum() * n / max(n - 1, 1)) / len(each)) if n > 1 else np.inf
