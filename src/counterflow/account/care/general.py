"""The p-median with rules besides: sites of limited capacity, and a floor of coverage or a ceiling of way for groups.

Minimise sum w_i d_ij x_ij with sum_j x_ij = 1, x_ij <= y_j, sum_i w_i x_ij <= c_j y_j; a place may be shared among
sites where capacity asks for it. The program is dense, so the size is limited. Source of the capacitated form: R. Z.
Farahani, M. Hekmatfar (eds.), Facility Location (Physica 2009), chapter 8.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from counterflow.account.care.problem import Chosen, Floats, Problem
from counterflow.core.errors import EngineError, UsageError

__all__ = ["MOST_PAIRS", "median_with_rules"]

MOST_PAIRS = 60_000


def median_with_rules(
    problem: Problem, capacity: Floats, groups: dict[str, Floats] | None = None, ceiling: float = np.inf
) -> Chosen | None:
    """Return the sites with least way under the rules, or None where nothing keeps them.

    Args:
        problem: what is asked.
        capacity: people each site can serve, shape (S,), infinite where it does not matter.
        groups: people of each group at each place.
        ceiling: longest mean way of any group.

    Raises:
        UsageError: the question is too large.
    """
    from scipy.optimize import Bounds, milp

    places, sites = problem.cost.shape
    pairs = places * sites
    if pairs > MOST_PAIRS:
        message = f"{places:,} places and {sites:,} sites are too many for capacity or a rule on the way of groups."
        raise UsageError(message, hint=f"Up to {MOST_PAIRS:,} pairs: go region by region, or take max-cover.")
    goal = np.concatenate(((problem.people[:, None] * problem.cost).ravel(), np.zeros(sites)))
    low = np.concatenate((np.zeros(pairs), problem.fixed.astype(np.float64)))
    high = np.concatenate((np.ones(pairs), (problem.fixed | problem.free).astype(np.float64)))
    solved = milp(
        goal, integrality=np.concatenate((np.zeros(pairs), np.ones(sites))), bounds=Bounds(low, high),
        constraints=_rules(problem, capacity, groups or {}, ceiling), options={"mip_rel_gap": 1e-6},
    )  # fmt: skip
    if solved.status == 2:
        return None
    if solved.x is None:
        raise EngineError(f"The placement could not be computed: {solved.message}", hint="Ask for fewer sites.")
    chosen = np.flatnonzero(solved.x[pairs:] > 0.5)
    assigned = solved.x[:pairs].reshape(places, sites).argmax(axis=1).astype(np.int64)
    bound = solved.mip_dual_bound if solved.mip_dual_bound is not None else solved.fun
    return Chosen(chosen, float(solved.fun), float(min(bound, solved.fun)), "integer program (HiGHS)", assigned)


def _rules(problem: Problem, capacity: Floats, groups: dict[str, Floats], ceiling: float) -> list[Any]:
    from scipy.optimize import LinearConstraint
    from scipy.sparse import coo_array, csc_array

    places, sites = problem.cost.shape
    pairs = places * sites
    number = np.arange(pairs)
    place, site = np.divmod(number, sites)
    shape = (places, pairs + sites)
    each = coo_array((np.ones(pairs), (place, number)), shape=shape)
    linked = coo_array(
        (np.concatenate((np.ones(pairs), -np.ones(pairs))),
         (np.concatenate((number, number)), np.concatenate((number, pairs + site)))), shape=(pairs, pairs + sites),
    )  # fmt: skip
    total = problem.new + int(problem.fixed.sum())
    many = np.concatenate((np.zeros(pairs), np.ones(sites)))[None, :]
    rules = [
        LinearConstraint(each.tocsc(), 1.0, 1.0),
        LinearConstraint(linked.tocsc(), -np.inf, 0.0),
        LinearConstraint(csc_array(many), total, total),
    ]
    for one in np.flatnonzero(np.isfinite(capacity)):
        row = np.zeros(pairs + sites)
        row[one:pairs:sites] = problem.people
        row[pairs + one] = -capacity[one]
        rules.append(LinearConstraint(csc_array(row[None, :]), -np.inf, 0.0))
    if np.isfinite(ceiling):
        for held in groups.values():
            if held.sum() > 0:
                way = np.concatenate(((held[:, None] / held.sum() * problem.cost).ravel(), np.zeros(sites)))
                rules.append(LinearConstraint(csc_array(way[None, :]), -np.inf, ceiling * (1 + 1e-9)))
    return rules
