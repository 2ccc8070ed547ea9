"""Burden adjusted for the risk that was declared beforehand: would others of the same band have been opened as often?

Two ways, both shown. To the whole: indirect standardisation, what was seen over what would be expected had each band
been opened as often as in the whole (Breslow & Day 1987, vol. II, chapter 2). To all others: Mantel-Haenszel over the
bands, with the variance of Greenland & Robins (Biometrics 41 (1985) 55-68). Where units or months scatter more than
chance lets them, the intervals are widened by that much (quasi-likelihood; McCullagh & Nelder 1989, 4.5).

What this cannot do: declared risk may itself carry the disparity. A score that is higher for a group without cause
makes its burden look deserved. Only the random arm speaks to that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.account.fairness.rates import Ratio, Span, poisson_span, rate_ratio

__all__ = ["Adjusted", "Strata", "adjusted", "holm", "scatter", "strata_of"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: a count below which the interval of Mantel-Haenszel is not trusted and an exact one is used
_FEW = 5
_LEAST_EXPECTED = 1.0


@dataclass(frozen=True)
class Strata:
    """Consignments and events by group (rows) and band (columns)."""

    consignments: Floats
    events: Floats

    @property
    def expected(self) -> Floats:
        """Events of each group, had each band been opened as often as in the whole; shape (groups,)."""
        whole = self.consignments.sum(axis=0)
        rate = np.divide(self.events.sum(axis=0), whole, out=np.zeros_like(whole), where=whole > 0)
        return np.asarray(self.consignments @ rate)


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A group's events beside what would be expected.

    Args:
        expected: events, had it been treated as the whole is at the same declared risk.
        to_whole: events over expected, with its interval.
        to_others: ratio to all others at the same declared risk.
        method: how `to_others` was made.
    """

    expected: float
    to_whole: Span | None
    to_others: Ratio
    method: str


def strata_of(group: Ints, band: Ints, consignments: Floats, events: Floats) -> Strata:
    """Return the table of groups and bands; codes from 0, shape (rows,) each."""
    shape = (int(group.max()) + 1, int(band.max()) + 1)
    made = []
    for weight in (consignments, events):
        table = np.zeros(shape)
        np.add.at(table, (group, band), weight)
        made.append(table)
    return Strata(*made)


def scatter(group: Ints, band: Ints, cell: Ints, consignments: Floats, events: Floats) -> float | None:
    """Return how much more cells of a group and band scatter than chance lets them: 1 as much, None not known.

    Pearson's statistic over its degrees of freedom, over cells with an expected count of at least one; never below 1:
    that chance was kind does not make an interval shorter.

    Args:
        group: code of the group of each row.
        band: code of its band.
        cell: code of the unit and month of each row.
        consignments: of each row.
        events: of each row.
    """
    pairs = group * (int(band.max()) + 1) + band
    _, at = np.unique(pairs, return_inverse=True)
    cells, of = np.unique(at * (int(cell.max()) + 1) + cell, return_inverse=True)
    parent = np.zeros(len(cells), np.int64)
    parent[of] = at
    n, seen = np.bincount(of, consignments), np.bincount(of, events)
    rate = np.bincount(at, events) / np.bincount(at, consignments)
    expected = n * rate[parent]
    used = (expected >= _LEAST_EXPECTED) & (rate[parent] < 1)
    free = int(used.sum()) - len(np.unique(parent[used]))
    if free < 2:
        return None
    spread = (seen[used] - expected[used]) ** 2 / (expected[used] * (1 - rate[parent][used]))
    return max(1.0, float(spread.sum()) / free)


def adjusted(strata: Strata, place: int, level: float, spread: float = 1.0) -> Adjusted:
    """Return the events of one group beside what would be expected.

    Args:
        strata: of all groups.
        place: which group.
        level: nominal coverage.
        spread: how much more than chance cells scatter; counts are worth so much less.
    """
    seen, expected = float(strata.events[place].sum()), float(strata.expected[place])
    to_whole = poisson_span(seen / spread, expected / spread, level) if expected > 0 else None
    others = strata.events.sum(axis=0) - strata.events[place]
    rest = strata.consignments.sum(axis=0) - strata.consignments[place]
    both = (strata.consignments[place] > 0) & (rest > 0)
    a, b = strata.events[place][both], others[both]
    n, m = strata.consignments[place][both], rest[both]
    if min(a.sum(), b.sum()) >= _FEW:
        return Adjusted(expected, to_whole, _mantel_haenszel(a, b, n, m, level, spread), "Mantel-Haenszel over bands")
    rate = np.divide(a + b, n + m, out=np.zeros_like(n), where=n + m > 0)
    here, there = float((n * rate).sum()), float((m * rate).sum())
    if min(here, there) <= 0:
        return Adjusted(expected, to_whole, Ratio(None, 0.0, math.inf, 1.0), "nothing to compare with")
    ratio = rate_ratio(float(a.sum()) / spread, here / spread, float(b.sum()) / spread, there / spread, level)
    return Adjusted(expected, to_whole, ratio, "exact, over expected counts")


def _mantel_haenszel(a: Floats, b: Floats, n: Floats, m: Floats, level: float, spread: float) -> Ratio:
    from scipy.special import ndtr, ndtri

    total = n + m
    over, under = float((a * m / total).sum()), float((b * n / total).sum())
    variance = float((((a + b) * n * m - a * b * total) / total**2).sum()) / (over * under)
    error = math.sqrt(max(variance, 0.0) * spread)
    value, reach = over / under, float(ndtri(0.5 + level / 2)) * error
    p = 2 * float(ndtr(-abs(math.log(value)) / error)) if error > 0 else 1.0
    return Ratio(value, value * math.exp(-reach), value * math.exp(reach), p)


def holm(chances: Sequence[float]) -> list[float]:
    """Return chances adjusted for having looked at all of them (Holm, Scand. J. Stat. 6 (1979) 65-70).

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(chances)), key=lambda i: chances[i])
    made, most = [0.0] * len(chances), 0.0
    for turn, i in enumerate(order):
        most = max(most, min(1.0, (len(chances) - turn) * chances[i]))
        made[i] = most
    return made
