"""Officers and firms: who handles whose consignments more often than work and shift explain, and whom does he let go?

Affinity: of a firm's consignments, each falls to an officer with the chance that the officer has of any other work of
the same kind and day. The count that an officer has of a firm is then beta-binomial over the firm's consignments (the
hypergeometric when work is all alike), with a spread for honest habit: that of all pairs, or that of the officer's own
other pairs where it is larger, so that an officer with a special portfolio is far from nobody.

Favour: of the decisions of one officer on one firm, how many set the recommendation aside, beside what this officer
does with other firms and other officers with this one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.account.oversight.tails import FLOOR, beta_binomial_tail, least_of_many

__all__ = ["PairTails", "affinity", "favour"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: firms that a colluding officer may have, of which the strongest are looked at together
_FIRMS = 3
#: consignments that a firm needs before its pairs are looked at
_LEAST = 5
#: smallest honest spread of pairs: nobody's habit is exactly that of the day
_LEAST_SPREAD = 0.02


@dataclass(frozen=True)
class PairTails:
    """What pairs say of each officer.

    Args:
        p: of each officer, over all of their firms (m,); nan without exposure.
        x, expected: decisions with the firm that stands out most, and how many were expected (m,).
        firm: place of that firm, -1 without (m,).
        spread: honest spread of pairs.
    """

    p: Floats
    x: Ints
    expected: Floats
    firm: Ints
    spread: float


def affinity(officer: Ints, firm: Ints, cell: Ints, place: Ints, officers: int, firms: int) -> PairTails:
    """Return how much each officer's work leans to single firms.

    Args:
        officer: places, of decisions with a firm (n,).
        firm: places (n,).
        cell: place and day, within which work is dealt out (n,).
        place: lane, shift and the like, on which days with little work lean (n,).
        officers: how many there are.
        firms: how many there are.
    """
    x = np.zeros((officers, firms), np.int64)
    np.add.at(x, (officer, firm), 1)
    dealt = _dealt(officer, firm, cell, place, officers, firms)
    total = x.sum(axis=0)
    return _pair_tails(x, dealt, total, total >= _LEAST)


#: consignments of the same place and day that weigh as much as the place over all days
_LEAN = 5.0
#: consignments of a place that weigh as much as all work: what is rare there says little
_LEAN_ALL = 10.0
#: share of work that falls to anybody whatever its place: strays, swaps, somebody's day off
_STRAYS = 0.05
#: groups of firm and day that are worked on at once, to bound memory
_AT_ONCE = 20_000


@dataclass(frozen=True)
class _Dealt:
    """How consignments fall to officers: `expected` counts (officers, firms), and on how much it rests (firms,)."""

    expected: Floats
    weight: Floats


def _dealt(officer: Ints, firm: Ints, cell: Ints, place: Ints, officers: int, firms: int) -> _Dealt:
    """Return how each firm's consignments would have fallen, by who else's work of that place and day fell to whom.

    A firm's own consignments do not count for where they would have gone: else steering them would explain itself.
    """
    usual = np.bincount(officer, minlength=officers) / officer.size
    places, in_place = _groups(place, firm, firms)
    wide = _without_own(officer, place, in_place, places.size, officers) + _LEAN_ALL * usual
    cells, in_cell = _groups(cell, firm, firms)
    count = np.bincount(in_cell, minlength=cells.size).astype(float)
    of_place = np.zeros(cells.size, np.int64)
    of_place[in_cell] = in_place
    expected, weight = np.zeros((firms, officers)), np.zeros(firms)
    near = _table(officer, cell, officers).T
    for start in range(0, cells.size, _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        inside = (in_cell >= start) & (in_cell < start + _AT_ONCE)
        rest = near[cells[part] // firms].copy()
        np.subtract.at(rest, (in_cell[inside] - start, officer[inside]), 1.0)
        held = wide[of_place[part]]
        total = held.sum(axis=1, keepdims=True)
        rest += _LEAN * held / total
        chance = (1 - _STRAYS) * rest / rest.sum(axis=1, keepdims=True) + _STRAYS * usual
        np.add.at(expected, cells[part] % firms, chance * count[part][:, None])
        np.add.at(weight, cells[part] % firms, total[:, 0] * count[part])
    return _Dealt(expected.T, weight / np.maximum(np.bincount(firm, minlength=firms), 1))


def _groups(group: Ints, firm: Ints, firms: int) -> tuple[Ints, Ints]:
    found, inverse = np.unique(group * firms + firm, return_inverse=True)
    return found, inverse


def _without_own(officer: Ints, place: Ints, in_group: Ints, groups: int, officers: int) -> Floats:
    """Return who had how much of a place's work, less the firm's own, for each place and firm (groups, officers)."""
    of = np.zeros(groups, np.int64)
    of[in_group] = place
    rest = _table(officer, place, officers).T[of].copy()
    np.subtract.at(rest, (in_group, officer), 1.0)
    return np.asarray(rest)


def _table(officer: Ints, group: Ints, officers: int) -> Floats:
    made = np.zeros((officers, int(group.max(initial=0)) + 1))
    np.add.at(made, (officer, group), 1.0)
    return made


def _pair_tails(x: Ints, dealt: _Dealt, total: Ints, wanted: npt.NDArray[np.bool_]) -> PairTails:
    officers = x.shape[0]
    p, firm = np.full(officers, np.nan), np.full(officers, -1, np.int64)
    if not wanted.any():
        return PairTails(p, np.zeros(officers, np.int64), np.zeros(officers), firm, 0.0)
    held, mean, of = x[:, wanted], np.maximum(dealt.expected[:, wanted], 1e-6), total[wanted]
    # what is expected was itself seen on so many consignments of other firms, and no more
    seen = 1 / (dealt.weight[wanted] + 1)
    places = np.flatnonzero(wanted)
    spread = max(_spread(held, mean), _LEAST_SPREAD)
    best_x, best_e = np.zeros(officers, np.int64), np.zeros(officers)
    for one in range(officers):
        own = max(spread, _own_spread(held[one], mean[one]))
        look = np.flatnonzero((held[one] >= 3) & (held[one] > mean[one]))
        if not held[one].any():
            continue
        share = np.clip(mean[one, look] / of[look], 1e-6, 0.98)
        rho = own * mean[one, look] / np.maximum((of[look] - 1) * (1 - share), 1e-9) + seen[look]
        rho = np.clip(rho, 0.0, 0.95)
        tails = np.array([
            beta_binomial_tail(held[one, [j]], of[[j]], share[[i]], float(rho[i]))[0][0] for i, j in enumerate(look)
        ])  # fmt: skip
        p[one] = least_of_many(np.clip(tails, FLOOR, 1), _FIRMS, int(wanted.sum()))
        if look.size:
            top = look[int(np.argmin(tails))]
            best_x[one], best_e[one], firm[one] = held[one, top], mean[one, top], places[top]
    return PairTails(p, best_x, best_e, firm, spread)


def _spread(x: Ints, mean: Floats) -> float:
    """Return the honest spread of pairs: (var - mean) / mean², over pairs without the highest five in a thousand."""
    ratio = ((x - mean) ** 2 - mean).ravel()
    weight = (mean**2).ravel()
    surprise = ((x - mean) / np.sqrt(mean + 0.1 * mean**2)).ravel()
    keep = surprise <= np.quantile(surprise, 0.995)
    return float(max(ratio[keep].sum() / max(weight[keep].sum(), 1e-9), 0.0))


def _own_spread(x: Ints, mean: Floats) -> float:
    """Return the spread of one officer's pairs without the three that stand out most."""
    surprise = (x - mean) / np.sqrt(mean + 0.1 * mean**2)
    keep = np.argsort(surprise)[: max(x.size - _FIRMS, 1)]
    return float(max((((x - mean) ** 2 - mean)[keep]).sum() / max((mean[keep] ** 2).sum(), 1e-9), 0.0))


def favour(y: Ints, share: Floats, officer: Ints, firm: Ints, officers: int, firms: int) -> PairTails:
    """Return how much more each officer sets recommendations aside for single firms than for others.

    Args:
        y: 1 where the recommendation was set aside (n,).
        share: what is expected of each decision from other officers (n,).
        officer: places (n,).
        firm: places (n,).
        officers: how many there are.
        firms: how many there are.
    """
    shape = (officers, firms)
    x, n, mean = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape)
    np.add.at(x, (officer, firm), y)
    np.add.at(n, (officer, firm), 1)
    np.add.at(mean, (officer, firm), share)
    # the officer's own way with all other firms, leaning on everybody's by as much as ten set aside
    rest_x, rest_e = x.sum(axis=1, keepdims=True) - x, mean.sum(axis=1, keepdims=True) - mean
    own = (rest_x + 10) / (rest_e + 10)
    chance = np.clip(_times_odds(mean / np.maximum(n, 1), own), 0.002, 0.98)
    rho = _pair_rho(x, n, chance)
    p, best = np.full(officers, np.nan), np.full(officers, -1, np.int64)
    best_x, best_e = np.zeros(officers, np.int64), np.zeros(officers)
    for one in range(officers):
        met = n[one] >= 3
        if not met.any():
            continue
        look = np.flatnonzero(met & (x[one] > n[one] * chance[one]))
        tails = beta_binomial_tail(x[one, look], n[one, look], chance[one, look], rho)[0] if look.size else np.empty(0)
        p[one] = least_of_many(np.clip(tails, FLOOR, 1), _FIRMS, int(met.sum()))
        if look.size:
            top = look[int(np.argmin(tails))]
            best[one], best_x[one], best_e[one] = top, x[one, top], n[one, top] * chance[one, top]
    return PairTails(p, best_x, best_e, best, rho)


def _times_odds(share: Floats, ratio: Floats) -> Floats:
    odds = share / np.maximum(1 - share, 1e-9) * ratio
    return np.asarray(odds / (1 + odds))


def _pair_rho(x: Ints, n: Ints, p: Floats) -> float:
    """Return the honest spread of what officers do with single firms, without the pairs that stand out most."""
    v = n * p * (1 - p)
    seen = n >= 3
    surprise = np.where(seen, (x - n * p) / np.sqrt(np.maximum(v, 1e-9)), -np.inf)
    keep = seen & (surprise <= np.quantile(surprise[seen], 0.995)) if seen.any() else seen
    over = ((x - n * p) ** 2 - v)[keep].sum() / max((v * (n - 1))[keep].sum(), 1e-9)
    return float(np.clip(over, 0.01, 0.5))
