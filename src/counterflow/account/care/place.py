"""Where new sites go: the choice, how good it is proved to be, what fairness costs, how it holds in other futures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from counterflow.account.care.cover import Covering, covered_by, highest_floor, most_covered
from counterflow.account.care.general import median_with_rules
from counterflow.account.care.median import p_median
from counterflow.account.care.places import Demand, Sites
from counterflow.account.care.problem import Chosen, Floats, Mask, Places, Problem, served_cost
from counterflow.account.care.travel import Travel
from counterflow.account.care.withheld import too_small
from counterflow.core.errors import InputError, UsageError

__all__ = ["OBJECTIVES", "Equity", "Placement", "place"]

OBJECTIVES = ("p-median", "max-cover")
#: a journey that does not exist counts as so many times the longest one, so that nobody is left out for little
_NO_JOURNEY = 10.0
LIMITS = (
    "The choice is the best for these people, journeys and candidates; other data can choose other sites.",
    "Nobody's need is measured: people stand for need unless the column of people holds another weight.",
)


@dataclass(frozen=True)
class Equity:
    """A floor for groups.

    Args:
        groups: people of each group at each place, shape (D,).
        floor: share of each group to be covered; None: the highest that any choice reaches.
    """

    groups: dict[str, Floats]
    floor: float | None


@dataclass(frozen=True)
class Placement:
    """What is asked.

    Args:
        objective: p-median or max-cover.
        new: how many sites to choose besides those that are open.
        radius: how far covers; None where only the way counts.
        equity: a floor for groups.
        scenarios: name to (probability, people at each place, shape (D,)).
        small: counts of people from 1 to one less are withheld.
        capacity: whether the capacity of sites counts.
    """

    objective: str
    new: int
    radius: float | None = None
    equity: Equity | None = None
    scenarios: dict[str, tuple[float, Floats]] | None = None
    small: int = 10
    capacity: bool = False


def place(demand: Demand, sites: Sites, travel: Travel, asked: Placement) -> dict[str, Any]:
    """Return the choice with its proof, its groups, the price of equity and how it does in each scenario.

    Raises:
        UsageError: what is asked does not go together.
        InputError: more sites than candidates; no place has a journey; the floor cannot be reached (the best is said).
    """
    _check(asked, sites)
    problem, served = _problem(demand, sites, travel, asked)
    covering = Covering.within(problem, asked.radius) if asked.radius is not None else None
    free_choice = _chosen(problem, sites, asked, covering)
    fair = None
    if asked.equity is not None and covering is not None:
        fair = _fair(problem, covering, asked, served)
    best = fair[0] if fair else free_choice
    told = _told(demand, sites, travel, asked, served, problem, best, covering)
    if fair and covering is not None:
        told["price_of_equity"] = _price(demand, sites, served, covering, free_choice, fair)
    if asked.scenarios:
        told["scenarios"] = _scenarios(problem, served, sites, asked, covering, best)
    return told


def _check(asked: Placement, sites: Sites) -> None:
    if asked.objective not in OBJECTIVES:
        raise UsageError(f"There is no objective {asked.objective!r}.", hint=f"Use {' or '.join(OBJECTIVES)}.")
    if asked.radius is None and (asked.objective == "max-cover" or asked.equity):
        raise UsageError("Nothing says how far a site covers.", hint="Give --radius 2km, or 15min with --costs.")
    if asked.equity and asked.objective != "max-cover":
        raise UsageError("A floor for groups goes with max-cover.", hint="Give --objective max-cover --radius 2km.")
    if asked.capacity and asked.objective != "p-median":
        raise UsageError("Capacity goes with p-median.", hint="Leave --capacity out, or take --objective p-median.")
    candidates = int((~sites.open & ~sites.excluded).sum())
    if asked.new > candidates:
        message = f"{asked.new} sites are to be chosen, and there are {candidates} candidates."
        raise InputError(message, file=sites.file, hint="Sites that are open or excluded are none.")


def _problem(demand: Demand, sites: Sites, travel: Travel, asked: Placement) -> tuple[Problem, Mask]:
    """Return the question for the places that have a journey to some site, and which those are."""
    usable = ~sites.excluded | sites.open
    served = np.asarray(np.isfinite(travel.cost[:, usable]).any(axis=1), bool)
    if not served.any():
        raise InputError("No place has a journey to any site.", file=demand.file, hint="Compare the names in --costs.")
    cost = travel.cost[served]
    longest = float(cost[np.isfinite(cost)].max())
    cost = np.where(np.isfinite(cost), cost, _NO_JOURNEY * max(longest, 1.0))
    people = _expected(demand, asked)[served]
    return Problem(cost, people, asked.new, sites.open, ~sites.open & ~sites.excluded), served


def _expected(demand: Demand, asked: Placement) -> Floats:
    """Return the people that count: with scenarios their mean, which is all that either objective needs."""
    if not asked.scenarios:
        return demand.people
    return np.asarray(sum(share * people for share, people in asked.scenarios.values()), np.float64)


def _chosen(problem: Problem, sites: Sites, asked: Placement, covering: Covering | None) -> Chosen:
    if asked.objective == "max-cover" and covering is not None:
        found = most_covered(problem, covering)
    elif asked.capacity:
        found = median_with_rules(problem, sites.capacity)
    else:
        found = p_median(problem)
    if found is None:
        room = float(sites.capacity[problem.fixed | problem.free].sum())
        message = f"No {asked.new} sites have room for {float(problem.people.sum()):,.0f} people (all: {room:,.0f})."
        raise InputError(message, file=sites.file, column="capacity", hint="Choose more sites.")
    return found


def _fair(problem: Problem, covering: Covering, asked: Placement, served: Mask) -> tuple[Chosen, float]:
    """Return the choice that gives each group its floor, and the floor."""
    assert asked.equity is not None  # noqa: S101 - for the type checker
    groups = {name: held[served] for name, held in asked.equity.groups.items()}
    floor = asked.equity.floor
    if floor is None:
        floor = highest_floor(problem, covering, groups)
    found = most_covered(problem, covering, groups, floor)
    if found is None:
        best = highest_floor(problem, covering, groups)
        shown = np.floor(best * 10_000) / 10_000
        raise InputError(
            f"No choice of {asked.new} sites covers {floor:.1%} of each group; the best is {shown:.2%}.",
            hint=f"Take that ({shown:.4f}), or `max`, or choose more sites.",
        )
    return found, floor


def _told(
    demand: Demand, sites: Sites, travel: Travel, asked: Placement, served: Mask, problem: Problem, best: Chosen,
    covering: Covering | None,
) -> dict[str, Any]:  # fmt: skip
    nearest = best.sites[problem.cost[:, best.sites].argmin(axis=1)] if best.assigned is None else best.assigned
    way = travel.cost[served][np.arange(len(nearest)), nearest]
    people = float(problem.people.sum())
    journeys = served_cost(problem, best.sites) if best.assigned is None else best.value
    told: dict[str, Any] = {
        "objective": asked.objective,
        "new": asked.new,
        "radius": asked.radius,
        "unit": travel.unit,
        "chosen": [sites.ids[site] for site in best.sites if not sites.open[site]],
        "open_already": [sites.ids[site] for site in best.sites if sites.open[site]],
        "value": best.value,
        "bound": best.bound,
        "gap": best.gap,
        "method": best.method,
        "people": people,
        "person_journeys": journeys,
        "mean_way": journeys / people if people > 0 else None,
    }
    if covering is not None:
        told["covered"] = float(problem.people @ covered_by(covering, best.sites))
        told["covered_share"] = told["covered"] / people if people > 0 else None
        told["groups"] = _groups(demand, served, covering, best.sites, asked.small)
    told["places"] = [
        {"id": demand.ids[at], "people": float(problem.people[n]), "site": sites.ids[nearest[n]],
         "way": float(way[n]) if np.isfinite(way[n]) else None}
        for n, at in enumerate(np.flatnonzero(served))
    ]  # fmt: skip
    told["places_without_any_journey"] = [demand.ids[at] for at in np.flatnonzero(~served)]
    told["said"] = [*demand.said, *(words for words in sites.said if "counts as one" not in words), *travel.said]
    told["limits"] = list(LIMITS)
    return told


def _groups(demand: Demand, served: Mask, covering: Covering, chosen: Places, small: int) -> list[dict[str, Any]]:
    """Return how many of everybody and of each group are covered; too few are withheld."""
    inside = np.zeros(len(demand.people), bool)
    inside[served] = covered_by(covering, chosen)
    rows = []
    few = too_small(demand.people, demand.groups, inside, small)
    for name, held, hide in zip(
        ("everybody", *demand.groups), (demand.people, *demand.groups.values()), few, strict=True
    ):
        whole, covered = float(held.sum()), float(held[inside].sum())
        rows.append({
            "group": name, "people": whole, "covered": None if hide else covered,
            "share": None if hide or not whole else covered / whole, "withheld": hide,
        })  # fmt: skip
    return rows


def _price(
    demand: Demand, sites: Sites, served: Mask, covering: Covering, free_choice: Chosen, fair: tuple[Chosen, float]
) -> dict[str, Any]:
    """Return what the floor costs: people covered without it less people covered with it."""
    lost = free_choice.value - fair[0].value
    return {
        "floor": fair[1],
        "covered_without_floor": free_choice.value,
        "covered_with_floor": fair[0].value,
        "people_not_covered_for_it": lost,
        "share_of_coverage": lost / free_choice.value if free_choice.value > 0 else None,
        "chosen_without_floor": [sites.ids[site] for site in free_choice.sites if not sites.open[site]],
        "groups_without_floor": _groups(demand, served, covering, free_choice.sites, 10),
    }


def _scenarios(
    problem: Problem, served: Mask, sites: Sites, asked: Placement, covering: Covering | None, best: Chosen
) -> list[dict[str, Any]]:
    """Return for each scenario what the choice gives, and what the best choice for it alone would give."""
    rows = []
    for name, (share, people) in (asked.scenarios or {}).items():
        own = replace(problem, people=people[served])
        if covering is not None and asked.objective == "max-cover":
            value = float(own.people @ covered_by(covering, best.sites))
        else:
            value = served_cost(own, best.sites)
        alone = _chosen(own, sites, replace(asked, capacity=False), covering)
        rows.append({
            "scenario": name, "probability": share, "value": value, "best_alone": alone.value,
            "regret": abs(alone.value - value),
            "chosen_alone": [sites.ids[site] for site in alone.sites if not sites.open[site]],
        })  # fmt: skip
    return rows
