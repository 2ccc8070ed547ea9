"""The two ends of an interval for a stratified draw: exact in one cell, weighted-beta over several.

**One cell** (one chance for all): which numbers of violative records K make what was seen no rarer than the level
allows, under the hypergeometric law of drawing m of N without putting back (Wendell & Schmee, JASA 91 (1996) 825-830,
for one stratum). Clopper-Pearson is its limit for a large frame, and stands in where less than `FEW` of it was seen.

**Several cells**: Fay & Feuer, Statistics in Medicine 16 (1997) 791-801, give a weighted sum of Poisson counts the
interval of a gamma law: the lower end has mean y and variance v, the upper one mean y + w and variance v + w^2, with w
the weight of one more find, where the worst that could come next is the largest weight of any stratum. Two things
differ here. Shares are bounded, so the law is a beta, and its moments are such that one cell gives Clopper-Pearson to
the last digit. And w is not the largest weight but comes from the largest amount that nobody would have seen at this
level, had nothing been found (`most_hidden`): that is exact in the worst case, knows how large each cell is, and what
was already opened, and does not depend on the outcome. `docs/decisions/0011-estimator.md` compares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.account.interdiction.intervals import Floats

__all__ = [
    "FEW",
    "Hiding",
    "exact_ends",
    "heaviest_hidden",
    "hidden_alone",
    "most_hidden",
    "one_more_each",
    "weighted_ends",
]

#: share of a cell below which drawing without putting back is taken as drawing with it, which errs to the wide side
FEW = 0.01
_HALVINGS = 34
_NEAR = 0.001


def exact_ends(
    found: Floats, answered: Floats, records: Floats, level: float, *, finite: bool = True
) -> tuple[Floats, Floats]:
    """Return the exact interval for the number of violative records in each cell.

    Args:
        found: finds, whole numbers; shape (cells,).
        answered: inspected records of the cell.
        records: all records of the cell.
        level: nominal coverage.
        finite: use that opened records are known; False where an inspection may miss what is there.

    >>> [round(float(end[0]), 1) for end in exact_ends(np.zeros(1), np.array([300.0]), np.array([1e6]), 0.95)]
    [0.0, 12221.0]
    """
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    none, all_of_it = found <= 0, found >= answered
    with np.errstate(invalid="ignore"):
        low = np.where(none, 0.0, betaincinv(np.where(none, 1, found), answered - found + 1, tail)) * records
        high = (
            np.where(all_of_it, 1.0, betaincinv(found + 1, np.where(all_of_it, 1, answered - found), 1 - tail))
            * records
        )
    some = finite & (answered >= FEW * records) & (answered > 0)
    if np.any(some):
        ends = _hypergeometric(found[some], answered[some], records[some], tail)
        low[some], high[some] = ends
    return low, high


def _hypergeometric(found: Floats, answered: Floats, records: Floats, tail: float) -> tuple[Floats, Floats]:
    """Return the least and greatest K that the tails of the hypergeometric law leave, by halving on whole numbers."""
    from scipy.stats import hypergeom

    least, most = found.copy(), records - (answered - found)
    low, too_high = least.copy(), most.copy()  # the answer lies in [low, too_high]
    while np.any(low < too_high):
        middle = np.floor((low + too_high) / 2)
        held = (found <= 0) | (hypergeom.sf(found - 1, records, middle, answered) > tail)
        low, too_high = np.where(held, low, middle + 1), np.where(held, middle, too_high)
    high, too_low = most.copy(), low.copy()
    while np.any(too_low < high):
        middle = np.ceil((too_low + high) / 2)
        held = hypergeom.cdf(found, records, middle, answered) > tail
        too_low, high = np.where(held, middle, too_low), np.where(held, high, middle - 1)
    return low, high


@dataclass(frozen=True)
class Hiding:
    """Where violative records could lie unseen.

    Args:
        records: records of each cell of one chance.
        answered: those inspected, above 0.
        loose: records not inspected in cells of several chances, by chance.
        chance: the chance of each of those to be drawn and answered, rising.
        finite: opened records are known for certain.
    """

    records: Floats
    answered: Floats
    loose: Floats
    chance: Floats
    finite: bool = True

    @classmethod
    def of(cls, records: Floats, answered: Floats, loose: Floats, chance: Floats, *, finite: bool) -> Hiding:
        """Return the same with loose records sorted; chances closer than 1 in 1,000 count as the lower one."""
        bins, at = np.unique(np.floor(np.log(chance) / _NEAR), return_inverse=True)
        loose = np.bincount(at.reshape(-1), loose, minlength=len(bins)).astype(np.float64)
        return cls(records, answered, loose, np.exp(bins * _NEAR), finite)

    def scaled(self, factor: float) -> Hiding:
        """Return the same with `factor` times as many inspections, at most all."""
        answered = np.minimum(self.answered * factor, self.records)
        return Hiding(self.records, answered, self.loose, np.minimum(self.chance * factor, 1.0), self.finite)


def most_hidden(hiding: Hiding, level: float) -> float:
    """Return the largest number of violative records of which, with probability (1 - level) / 2, none is seen.

    Maximises the sum of K over cells under sum of -log P(none seen | K) <= -log((1 - level) / 2). In a cell of one
    chance P is hypergeometric; in the others each record brings 1 - chance, which bounds it from above for every
    design whose draws do not attract each other. All costs are convex in K, so one marginal cost solves it.
    """
    budget = -float(np.log((1 - level) / 2))
    with np.errstate(divide="ignore"):
        cost = -np.log1p(-np.minimum(hiding.chance, 1 - 1e-15))
    counted = np.concatenate([[0.0], np.cumsum(hiding.loose)])
    spent = np.concatenate([[0.0], np.cumsum(hiding.loose * cost)])

    def at(marginal: float) -> tuple[float, float]:
        hidden = _hidden(hiding, marginal)
        place = int(np.searchsorted(cost, marginal, side="right"))
        return float(hidden.sum() + counted[place]), float(_cost(hiding, hidden).sum() + spent[place])

    low, high = 1e-15, 1e3
    if at(high)[1] <= budget:
        return at(high)[0]
    for _ in range(_HALVINGS):
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if at(middle)[1] <= budget else (low, middle)
    amount, used = at(low)
    return amount + (budget - used) / high


def _hidden(hiding: Hiding, marginal: float) -> Floats:
    """Return how many records each cell hides where hiding one more costs `marginal`."""
    seen_per_cost = hiding.answered / (-np.expm1(-marginal) if hiding.finite else marginal)
    room = hiding.records - hiding.answered * hiding.finite
    return np.asarray(np.clip(hiding.records - seen_per_cost, 0.0, room), np.float64)


def _cost(hiding: Hiding, hidden: Floats) -> Floats:
    """Return -log of the chance that none of `hidden` records of a cell is seen."""
    records, answered = hiding.records, hiding.answered
    if not hiding.finite:
        return np.asarray(-answered * np.log1p(-np.minimum(hidden / records, 1 - 1e-15)))
    from scipy.special import gammaln

    made = gammaln(records + 1) - gammaln(records - hidden + 1)
    rest = gammaln(np.maximum(records - answered - hidden, 0) + 1) - gammaln(records - answered + 1)
    return np.asarray(made + rest, np.float64)


def hidden_alone(records: Floats, answered: Floats, level: float, *, finite: bool = True) -> Floats:
    """Return `most_hidden` of each cell by itself.

    >>> hidden_alone(np.array([1e9]), np.array([300.0]), 0.95).round(-6)
    array([12000000.])
    """
    cells = Hiding(records, answered, np.zeros(0), np.zeros(0), finite)
    budget = -float(np.log((1 - level) / 2))
    low, high = np.zeros(len(records)), records - answered if finite else records.astype(np.float64)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        fits = _cost(cells, middle) <= budget
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return low


def heaviest_hidden(
    mass: Floats,
    group: npt.NDArray[np.int64],
    cell: npt.NDArray[np.int64],
    records: Floats,
    answered: Floats,
    chance: Floats,
    level: float,
) -> float:
    """Return the largest mass of violative records of which none would have been seen: `most_hidden` for kilograms.

    Args:
        mass: mass of each record that may hide any, heaviest first.
        group: group of each of those.
        cell: cell of each group.
        records: size of each cell.
        answered: inspected records of each cell of one chance; 0 for other cells.
        chance: chance of each group's records to be drawn and answered, used in those.
        level: nominal coverage.
    """
    budget = -float(np.log((1 - level) / 2))
    at = cell[group]
    order = np.argsort(at, kind="stable")
    first = np.searchsorted(at[order], np.arange(len(records)))
    place = np.empty(len(mass))
    place[order] = np.arange(len(mass)) - first[at[order]]
    plain = answered[at] > 0
    each = np.where(plain, answered[at] / np.maximum(records[at] - place, 1), chance[group])
    cost = -np.log1p(-np.minimum(each, 1 - 1e-12))
    with np.errstate(divide="ignore"):
        best = np.argsort(-(mass / np.maximum(cost, 1e-300)), kind="stable")
    spent = np.cumsum(cost[best])
    count = int(np.searchsorted(spent, budget, side="right"))
    hidden = float(mass[best[:count]].sum())
    if count < len(best):
        left = budget - (spent[count - 1] if count else 0.0)
        hidden += float(mass[best[count]] * left / cost[best[count]])
    return hidden


def one_more_each(hidden_share: npt.ArrayLike, level: float) -> Floats:
    """Return the share of the frame that one find stands for, so that nothing found gives `hidden_share`.

    >>> round(float(1 / one_more_each(0.0122209, 0.95)))
    300
    """
    hidden = np.asarray(hidden_share, np.float64)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log1p(-np.minimum(hidden, 1.0)) / np.log((1 - level) / 2))


def weighted_ends(
    share: npt.ArrayLike, variance: npt.ArrayLike, step: npt.ArrayLike, level: float
) -> tuple[Floats, Floats]:
    """Return the ends of the interval for a weighted share; arguments broadcast.

    Args:
        share: the point p, in [0, 1].
        variance: estimated variance v of the point.
        step: share of the frame w that one more find stands for.
        level: nominal coverage.

    The upper law is a beta with mean (p + w) / (1 + w) and variance (v + (1-p) w^2) / ((1 + w)^2 (1 + 2w)); the lower
    one mirrors it. With p = x/n, v = p(1-p)/n and w = 1/n they are Beta(x+1, n-x) and Beta(x, n-x+1): Clopper-Pearson.

    >>> low, high = weighted_ends(0.04, 0.04 * 0.96 / 50, 1 / 50, 0.95)
    >>> round(float(low), 4), round(float(high), 4)  # Clopper-Pearson of 2 in 50
    (0.0049, 0.1371)
    """
    p, v, w = np.broadcast_arrays(*(np.asarray(a, np.float64) for a in (share, variance, step)))
    tail = (1 - level) / 2
    return 1 - _upper(1 - p, v, w, tail), _upper(p, v, w, tail)


def _upper(p: Floats, v: Floats, w: Floats, tail: float) -> Floats:
    from scipy.special import betaincinv

    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (p + w) / (1 + w)
        size = (1 - p) * (p + w) * (1 + 2 * w) / (v + (1 - p) * w * w) - 1
        known = (p < 1) & np.isfinite(w) & np.isfinite(size) & (size > 0)
        end = betaincinv(np.where(known, mean * size, 1.0), np.where(known, (1 - mean) * size, 1.0), 1 - tail)
    return np.where((v == 0) & (w == 0), p, np.where(known, np.maximum(end, p), 1.0))
