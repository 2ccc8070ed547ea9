"""The p-median: sites from which people have the least way in sum, with a proof of how near to the best it is.

Three steps. Interchange: a greedy choice, then the best exchange of one site for another as long as one helps (M. B.
Teitz, P. Bart, Operations Research 16 (1968) 955-961; gains of all exchanges at once: M. G. C. Resende, R. F. Werneck,
European Journal of Operational Research 174 (2006) 54-68, equations 1 to 5). Lagrangian relaxation of "each place has
one site" bounds the optimum from below (S. C. Narula, U. I. Ogbu, H. M. Samuelsson, Operations Research 25 (1977)
709-713; subgradient steps after M. L. Fisher, Management Science 27 (1981) 1-18, equation 2.5), and its reduced costs
settle sites. What is left is an integer program for HiGHS, where it is small enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from counterflow.account.care.problem import Chosen, Floats, Mask, Places, Problem, served_cost

__all__ = ["bounded_below", "interchanged", "p_median"]

_ROUNDS = 1500
_NEAR = 1e-9
#: a rise of the bound below this share is none; the step below which nothing moves any more
_SLIGHT = 1e-6
#: rounds without a rise until steps get shorter; how much of the last direction is kept (P. M. Camerini, L. Fratta, F.
#: Maffioli, Mathematical Programming Study 3 (1975) 26-34); rounds between full searches from where the bound stands
_PATIENCE, _KEPT, _THOROUGH = 20, 0.7, 40
#: pairs of place and site that the last step takes on to close any gap, and to close one that is wide
MOST_PAIRS, MOST_PAIRS_WIDE = 4_000, 120_000
_WIDE = 0.01


@dataclass(frozen=True)
class _Bound:
    low: float
    best: Places
    value: float
    closed: Mask
    opened: Mask


def p_median(problem: Problem, tolerance: float = 1e-6) -> Chosen:
    """Return sites for which the sum of people times way is least, within `tolerance` of it where that can be proved.

    Args:
        problem: what is asked.
        tolerance: share of the value up to which the gap is taken for nothing.
    """
    start = interchanged(problem, _greedy(problem))
    found = bounded_below(problem, start, tolerance)
    bound, method = found.low, "interchange and Lagrangian bound"
    best, value = found.best, found.value
    if value - bound > tolerance * abs(value):
        pairs = _pairs(problem, found)
        wide = value - bound > _WIDE * abs(value)
        if len(pairs[0]) <= (MOST_PAIRS_WIDE if wide else MOST_PAIRS):
            best, value, bound = _exact(problem, found, pairs, tolerance)
            method = "integer program (HiGHS)"
    assigned = best[problem.cost[:, best].argmin(axis=1)]
    return Chosen(best, value, min(bound, value), method, assigned)


def _greedy(problem: Problem) -> Places:
    """Add, one after the other, the site that saves most."""
    chosen = [int(site) for site in np.flatnonzero(problem.fixed)]
    near = problem.cost[:, chosen].min(axis=1) if chosen else np.full(len(problem.people), problem.cost.max() + 1.0)
    for _ in range(problem.new):
        saved = problem.people @ np.maximum(near[:, None] - problem.cost, 0.0)
        saved[~problem.free] = -np.inf
        saved[chosen] = -np.inf
        site = int(saved.argmax())
        chosen.append(site)
        near = np.minimum(near, problem.cost[:, site])
    return np.array(sorted(chosen), np.int64)


def interchanged(problem: Problem, sites: Places) -> Places:
    """Return the sites after the best exchanges of one for another, as long as one helps."""
    current = sites.copy()
    while True:
        swap = _best_swap(problem, current)
        if swap is None:
            return np.sort(current)
        current[swap[0]] = swap[1]


def _best_swap(problem: Problem, current: Places) -> tuple[int, int] | None:
    """Return (place in `current`, site that takes it) of the exchange that saves most, or None.

    Saved by putting f_i in for f_r (Resende and Werneck 2006): gain(f_i) - loss(f_r) + extra(f_i, f_r).
    """
    movable = np.flatnonzero(~problem.fixed[current])
    outside = problem.free.copy()
    outside[current] = False
    if not len(movable) or not outside.any():
        return None
    cost, people = problem.cost, problem.people
    own = cost[:, current]
    first = own.argmin(axis=1)
    near = own[np.arange(len(own)), first]
    second = np.partition(own, 1, axis=1)[:, 1] if len(current) > 1 else np.full(len(own), cost.max() * 2 + 1.0)
    candidates = np.flatnonzero(outside)
    way = cost[:, candidates]
    gain = people @ np.maximum(near[:, None] - way, 0.0)
    extra_of = people[:, None] * np.maximum(second[:, None] - np.maximum(way, near[:, None]), 0.0)
    belongs = np.zeros((len(current), len(people)))
    belongs[first, np.arange(len(people))] = 1.0
    loss = belongs @ (people * (second - near))
    saved = gain[None, :] - loss[:, None] + belongs @ extra_of
    saved = saved[movable]
    at = int(saved.argmax())
    row, column = divmod(at, len(candidates))
    if saved[row, column] <= _NEAR * max(1.0, float(people @ near)):
        return None
    return int(movable[row]), int(candidates[column])


def bounded_below(problem: Problem, sites: Places, tolerance: float, rounds: int = _ROUNDS) -> _Bound:
    """Return a lower bound, the best choice met on the way, and the sites that the bound settles.

    L(u) = sum_i u_i + sum over the sites taken of sum_i min(0, w_i d_ij - u_i); the fixed sites and the `new` least of
    the free ones are taken.
    """
    weighted = problem.people[:, None] * problem.cost
    best, value = sites, served_cost(problem, sites)
    multiplier = weighted[:, sites].min(axis=1)
    low, theta, stale, top = -np.inf, 1.0, 0, multiplier
    reduced_at_top = np.zeros(weighted.shape[1])
    direction = np.zeros(len(weighted))
    for turn in range(rounds):
        slack = weighted - multiplier[:, None]
        reduced = np.minimum(slack, 0.0).sum(axis=0)
        taken = _taken(problem, reduced)
        here = float(multiplier.sum() + reduced[taken].sum())
        stale = 0 if here > low + _SLIGHT * abs(here) else stale + 1
        if here > low:
            low, top, reduced_at_top = here, multiplier.copy(), reduced
        best, value = _better(problem, taken, best, value, thorough=turn % _THOROUGH == _THOROUGH - 1)
        if value - low <= tolerance * abs(value) or theta < _SLIGHT:
            break
        if stale > _PATIENCE:
            theta, stale, multiplier, direction = theta * 0.6, 0, top.copy(), np.zeros(len(weighted))
            continue
        direction = 1.0 - (slack[:, taken] < 0).sum(axis=1) + _KEPT * direction
        length = float(direction @ direction)
        if length == 0:
            break
        multiplier = np.maximum(multiplier + theta * (value - here) / length * direction, 0.0)
    closed, opened = _settled(problem, reduced_at_top, low, value)
    return _Bound(low, best, value, closed, opened)


def _better(problem: Problem, taken: Places, best: Places, value: float, *, thorough: bool) -> tuple[Places, float]:
    """Return the better of the best choice so far and what the sites that a bound took lead to.

    Exchanges end in a choice that no single one improves, and there are many of those: other starts find other ones.
    """
    cost = served_cost(problem, taken)
    if thorough or cost < value * (1 - _NEAR):
        taken = interchanged(problem, taken)
        cost = served_cost(problem, taken)
    return (taken, cost) if cost < value else (best, value)


def _taken(problem: Problem, reduced: Floats) -> Places:
    free = np.flatnonzero(problem.free)
    least = free[np.argsort(reduced[free], kind="stable")[: problem.new]]
    return np.sort(np.concatenate((np.flatnonzero(problem.fixed), least)))


def _settled(problem: Problem, reduced: Floats, low: float, value: float) -> tuple[Mask, Mask]:
    """Return sites that no better choice has, and those that every better one has."""
    closed, opened = ~(problem.free | problem.fixed), problem.fixed.copy()
    free = np.flatnonzero(problem.free)
    order = free[np.argsort(reduced[free], kind="stable")]
    taken, left = order[: problem.new], order[problem.new :]
    if len(taken):
        closed[left[low - reduced[taken[-1]] + reduced[left] > value * (1 + _NEAR)]] = True
    if len(left):
        opened[taken[low - reduced[taken] + reduced[left[0]] > value * (1 + _NEAR)]] = True
    return closed, opened


def _pairs(problem: Problem, found: _Bound) -> tuple[Places, Places]:
    """Return the pairs that an optimum can have: for each place the sites up to the first that is surely there."""
    left = np.flatnonzero(~found.closed)
    way = problem.cost[:, left]
    sure = way[:, found.opened[left]].min(axis=1) if found.opened.any() else np.full(len(way), np.inf)
    place, at = np.nonzero(way <= sure[:, None])
    return place.astype(np.int64), left[at]


def _exact(
    problem: Problem, found: _Bound, pairs: tuple[Places, Places], tolerance: float
) -> tuple[Places, float, float]:
    """Return the optimum of what is left: minimise sum w_i d_ij x_ij, x_ij <= y_j, sum_j x_ij = 1, sum_j y_j = p."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array, vstack

    place, site = pairs
    left = np.unique(site)
    where = np.searchsorted(left, site)
    count, sites = len(place), len(left)
    goal = np.concatenate((problem.people[place] * problem.cost[place, site], np.zeros(sites)))
    number = np.arange(count)
    each = coo_array((np.ones(count), (place, number)), shape=(len(problem.people), count + sites))
    linked = coo_array(
        (np.concatenate((np.ones(count), -np.ones(count))),
         (np.concatenate((number, number)), np.concatenate((number, count + where)))),
        shape=(count, count + sites),
    )  # fmt: skip
    many = coo_array((np.ones(sites), (np.zeros(sites, int), count + np.arange(sites))), shape=(1, count + sites))
    total = problem.new + int(problem.fixed.sum())
    low = np.concatenate((np.ones(len(problem.people)), np.full(count, -np.inf), [total]))
    high = np.concatenate((np.ones(len(problem.people)), np.zeros(count), [total]))
    matrix = vstack((each, linked, many), format="csc")
    least = np.concatenate((np.zeros(count), found.opened[left].astype(np.float64)))
    solved = milp(
        goal, integrality=np.concatenate((np.zeros(count), np.ones(sites))), bounds=Bounds(least, 1.0),
        constraints=LinearConstraint(matrix, low, high), options={"mip_rel_gap": tolerance, "node_limit": 2000},
    )  # fmt: skip
    if solved.x is None:
        return found.best, found.value, found.low
    chosen = left[solved.x[count:] > 0.5]
    value = served_cost(problem, chosen)
    if value > found.value:
        chosen, value = found.best, found.value
    bound = solved.mip_dual_bound if solved.mip_dual_bound is not None else -np.inf
    return chosen, value, float(min(max(found.low, bound), value))
