"""From signals to a chance: how likely is it that this officer's pattern is not honest, and whom does one ask first?

Two groups (Efron 2008, Statistical Science 23:1-22): honest officers, whose normal scores z are N(0, 1) after the
honest spread is taken out, and a few others, of whom a share `SHOWN` shows in each signal with a shift drawn from the
positive half of N(0, 3²). The ratio of the two densities is then

    B(z) = (1 - SHOWN) + SHOWN · 2 φ(z / √10) Φ(3 z / √10) / (√10 φ(z)).

Signals of one family rest on the same act: their ratios are averaged. Families are independent for an honest officer:
theirs are multiplied. The prior share of others is estimated, from Beta(1, 50). Officers are flagged from the top as
long as the mean local false-discovery chance of those flagged stays within the level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.account.oversight.signals import FAMILIES, Signal

__all__ = ["LEVEL", "SECOND", "Weighed", "bayes_factor", "flag", "q_values", "weigh"]

Floats = npt.NDArray[np.float64]

#: mean share of false discoveries among those flagged, at most
LEVEL = 0.05
#: tail at which a signal of another family counts as the second one
SECOND = 0.01
#: share of signals of one who is not honest that show it
SHOWN = 0.6
#: standard deviation of the shift where it shows
_SHIFT = 3.0
#: no single family weighs more than this: one strange record is not a career
_MOST = 1e5
#: chance below which nobody is flagged on their own account, whatever the mean allows
_LEAST = 0.8
_PRIOR = (1.0, 50.0)


@dataclass(frozen=True)
class Weighed:
    """What the signals say together, arrays over officers (m,).

    Args:
        score: log10 of the ratio of densities over all families; ranks officers.
        posterior: chance that the pattern is not honest.
        flagged: whether an inspector should ask.
        families: names of the families with evidence of their own, of each officer.
        prior: estimated share of officers that are not honest.
    """

    score: Floats
    posterior: Floats
    flagged: npt.NDArray[np.bool_]
    families: tuple[tuple[str, ...], ...]
    prior: float


def bayes_factor(p: Floats) -> Floats:
    """Return the ratio of densities at the normal score of each tail; 1 without exposure.

    >>> [round(float(b), 2) for b in bayes_factor(np.array([np.nan, 0.5, 0.001]))]
    [1.0, 0.59, 28.24]
    """
    from scipy.stats import norm

    z = norm.isf(np.where(np.isnan(p), 0.5, p))
    wide = np.sqrt(1 + _SHIFT**2)
    log = norm.logpdf(z / wide) + norm.logcdf(_SHIFT * z / wide) - np.log(wide) + np.log(2) - norm.logpdf(z)
    ratio = (1 - SHOWN) + SHOWN * np.exp(np.minimum(log, 50.0))
    return np.where(np.isnan(p), 1.0, ratio)


def weigh(signals: Sequence[Signal], officers: int, *, level: float = LEVEL) -> Weighed:
    """Return what some signals say together of each officer."""
    logs = np.zeros(officers)
    shown: list[list[str]] = [[] for _ in range(officers)]
    for family in FAMILIES:
        own = [signal for signal in signals if signal.kind.family == family]
        if not own:
            continue
        ratios = np.vstack([bayes_factor(signal.p) for signal in own])
        logs += np.log(np.minimum(ratios.mean(axis=0), _MOST))
        # of several signals of a family the least tail pays for their number
        least = np.nanmin(np.vstack([np.where(np.isnan(s.p), 1.0, s.p) for s in own]), axis=0) * len(own)
        for one in np.flatnonzero(least <= SECOND):
            shown[int(one)].append(family)
    prior, posterior = _posterior(logs)
    flagged = flag(posterior, level)
    return Weighed(logs / np.log(10), posterior, flagged, tuple(tuple(names) for names in shown), prior)


def _posterior(logs: Floats) -> tuple[float, Floats]:
    """Return the share of those who are not honest, and the chance of each, by expectation and maximisation."""
    a, b = _PRIOR
    prior = a / (a + b)
    posterior = np.zeros(logs.size)
    for _ in range(200):
        posterior = 1 / (1 + np.exp(-np.clip(logs + np.log(prior / (1 - prior)), -500, 500)))
        fresh = (a + posterior.sum()) / (a + b + logs.size)
        if abs(fresh - prior) < 1e-10:
            break
        prior = float(fresh)
    return prior, posterior


def flag(posterior: Floats, level: float = LEVEL) -> npt.NDArray[np.bool_]:
    """Return who is flagged: from the top, while the mean chance of being wrong stays within `level`.

    >>> flag(np.array([0.99, 0.2, 0.97])).tolist()
    [True, False, True]
    """
    order = np.argsort(-posterior, kind="stable")
    wrong = 1 - posterior[order]
    mean = np.cumsum(wrong) / np.arange(1, order.size + 1)
    keep = (mean <= level) & (wrong <= 1 - _LEAST)
    flagged = np.zeros(posterior.size, bool)
    flagged[order[: int(np.argmin(keep)) if not keep.all() else order.size]] = True
    return flagged


def q_values(p: Floats) -> Floats:
    """Return Benjamini and Hochberg's (1995) adjusted tails; nan stays nan."""
    made = np.full(p.size, np.nan)
    have = np.flatnonzero(~np.isnan(p))
    if not have.size:
        return made
    order = have[np.argsort(p[have], kind="stable")]
    stepped = p[order] * order.size / np.arange(1, order.size + 1)
    made[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    return made
