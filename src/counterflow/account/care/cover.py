"""Most people covered: sites from which as many as possible live within a radius, also with a floor for each group.

Maximal covering: R. Church, C. ReVelle, Papers of the Regional Science Association 32 (1974) 101-118, maximise
sum w_i z_i with z_i <= the sites in use within the radius of i. A floor for each group adds sum over its people
w_gi z_i >= a W_g; the highest floor that can be reached for all is a program of its own (maximise the least share).
What a floor costs is what fewer people are covered: D. Bertsimas, V. Farias, N. Trichakis, The price of fairness,
Operations Research 59 (2011) 17-31. All programs go to HiGHS (scipy), places that reach the same sites as one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from counterflow.account.care.problem import Chosen, Floats, Mask, Places, Problem
from counterflow.core.errors import EngineError

__all__ = ["Covering", "covered_by", "highest_floor", "most_covered"]

_GAP = 1e-7


@dataclass(frozen=True)
class Covering:
    """Which places each site covers, places that are covered alike put together.

    Args:
        covers: shape (places, S), one row for each distinct set of sites.
        of_place: row of each place, shape (D,).
    """

    covers: Mask
    of_place: Places

    @classmethod
    def within(cls, problem: Problem, radius: float) -> Covering:
        """Return what is within a radius, the end included."""
        usable = problem.free | problem.fixed
        distinct, of_place = np.unique((problem.cost <= radius) & usable, axis=0, return_inverse=True)
        return cls(distinct, of_place.astype(np.int64).ravel())

    def heaped(self, people: Floats) -> Floats:
        """Return people by distinct set of sites."""
        return np.asarray(np.bincount(self.of_place, people, minlength=len(self.covers)), np.float64)


def covered_by(covering: Covering, sites: Places) -> Mask:
    """Return which places any of `sites` covers, shape (D,)."""
    return np.asarray(np.asarray(covering.covers[:, sites].any(axis=1))[covering.of_place], bool)


def most_covered(
    problem: Problem, covering: Covering, groups: dict[str, Floats] | None = None, floor: float = 0.0
) -> Chosen | None:
    """Return the sites that cover most people, or None where none give each group its floor.

    Args:
        problem: what is asked.
        covering: who is covered from where.
        groups: people of each group at each place.
        floor: least share of each group that is to be covered.
    """
    wanted = _floors(covering, groups or {}, floor)
    solved = _solved(problem, covering, -covering.heaped(problem.people), wanted, with_floor=False)
    if solved is None:
        return None
    sites, bound = solved
    value = float(problem.people @ covered_by(covering, sites))
    return Chosen(sites, value, max(-bound, value), "integer program (HiGHS)")


def highest_floor(problem: Problem, covering: Covering, groups: dict[str, Floats]) -> float:
    """Return the highest share of the worst served group that any choice reaches."""
    wanted = _floors(covering, groups, 1.0)
    solved = _solved(problem, covering, np.zeros(len(covering.covers)), wanted, with_floor=True)
    if solved is None:
        raise EngineError("The least share that can be reached could not be computed.")
    reached = covered_by(covering, solved[0])
    return min(float(held @ reached / held.sum()) for held in groups.values() if held.sum() > 0)


def _floors(covering: Covering, groups: dict[str, Floats], floor: float) -> list[tuple[Floats, float]]:
    """Return for each group its people by distinct set of sites, and how many are to be covered."""
    if not floor:
        return []
    return [(covering.heaped(held), floor * float(held.sum())) for held in groups.values() if held.sum() > 0]


def _solved(
    problem: Problem, covering: Covering, goal: Floats, wanted: list[tuple[Floats, float]], *, with_floor: bool
) -> tuple[Places, float] | None:
    """Return the sites of the optimum and its bound; variables are y (sites), z (distinct sets), and the floor t."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csc_array, eye_array, hstack

    sites, sets = covering.covers.shape[1], len(covering.covers)
    extra = 1 if with_floor else 0
    blank = csc_array((sets, extra))
    linked = hstack((-csc_array(covering.covers.astype(np.float64)), eye_array(sets), blank), format="csc")
    many = np.concatenate((np.ones(sites), np.zeros(sets + extra)))[None, :]
    total = problem.new + int(problem.fixed.sum())
    rules: list[Any] = [LinearConstraint(linked, -np.inf, 0.0), LinearConstraint(csc_array(many), total, total)]
    for held, least in wanted:
        whole = float(held.sum())
        row = np.concatenate((np.zeros(sites), held / whole, [-1.0] * extra))[None, :]
        rules.append(LinearConstraint(csc_array(row), 0.0 if with_floor else least / whole - 1e-9, np.inf))
    low = np.concatenate((problem.fixed.astype(np.float64), np.zeros(sets + extra)))
    high = np.concatenate(((problem.fixed | problem.free).astype(np.float64), np.ones(sets + extra)))
    whole_numbers = np.concatenate((np.ones(sites), np.zeros(sets + extra)))
    costs = np.concatenate((np.zeros(sites), goal, [-1.0] * extra))
    solved = milp(
        costs, integrality=whole_numbers, bounds=Bounds(low, high), constraints=rules, options={"mip_rel_gap": _GAP}
    )
    if solved.status == 2:
        return None
    if solved.x is None:
        raise EngineError(f"The placement could not be computed: {solved.message}", hint="Ask for fewer sites.")
    bound = solved.mip_dual_bound if solved.mip_dual_bound is not None else solved.fun
    return np.flatnonzero(solved.x[:sites] > 0.5), float(bound)
