"""Routes: how much of what is sent is seized, by which route it is sent, and what a kilogram landed costs.

Shippers weigh routes by what a delivered kilogram is expected to cost and by how much they believe they lose; they
learn of a change over weeks (Caulkins, Crawford & Reuter 1993; Magliocca et al. 2019). A seized kilogram costs them its
replacement at source and what is lost beside it (vehicle, courier, time), never its street value.
Equations (R1) to (R8) of docs/methods/strategy-supply.md.
"""

from __future__ import annotations

from math import exp, log

import numpy as np
import numpy.typing as npt

from counterflow.matching.machine_code import njit
from counterflow.strategy.model import supply_places as of
from counterflow.strategy.model.layout import DRUGS, ROUTES

__all__ = ["chosen", "drug_routes", "follow_finds", "learn_hazards"]

Floats = npt.NDArray[np.float64]
_MAIL = ROUTES.index("mail_express")
_ROUTES, _DRUGS = len(ROUTES), len(DRUGS)


@njit
def chosen(inspected: float, lift: float) -> float:
    """Return the share of loaded units that is chosen for inspection (R1).

    Args:
        inspected: share of all units that is inspected.
        lift: odds of a loaded unit being chosen against those of any other; 1 is at random.

    Random choice finds what it inspects; whatever the lift, inspecting all chooses all.

    >>> round(chosen(0.02, 1.0), 3), round(chosen(0.02, 5.0), 3), chosen(1.0, 5.0)
    (0.02, 0.093, 1.0)
    """
    return inspected * lift / (1.0 - inspected + inspected * lift)


@njit
def learn_hazards(state: Floats, par: Floats, mech: Floats, dt: float) -> bool:
    """Set the hazard of each route against the reference, and what shippers believe of it (R2, R3).

    Returns whether every route is as in the reference, and believed to be.
    """
    quiet = True
    faster = 1.0 - exp(-12.0 * par[of.ROUTE_LEARNING] * dt)  # learning is per month
    found0 = par[of.DETECTION]
    found = min(found0 * (1.0 + mech[of.M_DETECTION]), 1.0)
    covered0 = par[of.COVERAGE]
    covered = min(covered0 * (1.0 + mech[of.ADVANCE_DATA]), 1.0)
    lift0 = par[of.LIFT]
    lift = max(lift0 * (1.0 + mech[of.M_LIFT]), 0.0)
    for route in range(_ROUTES):
        share0 = par[of.INSPECTED + route]
        share = min(max(share0 * state[of.S_EFFORT + route] * (1.0 + mech[of.M_INSPECTED[route]]), 0.0), 1.0)
        now, before = chosen(share, lift), chosen(share0, lift0)
        if route == _MAIL:  # who is not announced in advance is chosen at random
            now = covered * now + (1.0 - covered) * share
            before = covered0 * before + (1.0 - covered0) * share0
        hazard = now * found / (before * found0)
        state[of.S_HAZARD + route] = hazard
        believed = state[of.S_PERCEIVED + route]
        state[of.S_PERCEIVED + route] = believed + faster * (hazard - believed)
        state[of.S_BELIEVED + route] = 0.5 * (believed + state[of.S_PERCEIVED + route])
        if hazard != 1.0 or state[of.S_PERCEIVED + route] != 1.0:
            quiet = False
    return quiet


@njit
def follow_finds(state: Floats, par: Floats, dt: float) -> int:
    """Move inspections towards routes that give most finds for each inspection; their number stays (R9)."""
    faster = 1.0 - exp(-12.0 * par[of.FOLLOWING] * dt)  # per month
    total = 0.0
    for route in range(_ROUTES):
        total += of.WORK[route] * _finds(state, route) / state[of.S_EFFORT + route]
    for route in range(_ROUTES):
        goal = _finds(state, route) / state[of.S_EFFORT + route] / total
        state[of.S_EFFORT + route] += faster * (goal - state[of.S_EFFORT + route])
    return 0


@njit
def _finds(state: Floats, route: int) -> float:
    """Return what is found on a route, all drugs alike, against the reference."""
    now, before = 0.0, 0.0
    for drug in range(_DRUGS):
        place = drug * _ROUTES + route
        if state[of.S_SHARE0 + place] > 0.0:
            before += state[of.S_SHARE0 + place] * state[of.S_HAZARD0 + place]
            found = 1.0 - exp(state[of.S_LOG_SURVIVE + place] * state[of.S_HAZARD + route])
            now += state[of.S_SHARE + place] * found
    return now / before


@njit
def drug_routes(
    state: Floats, par: Floats, drug: int, quiet: bool, source: float, brokers: float, vendors: float
) -> int:
    """Set a drug's shares of routes, share seized and landed cost (R4 to R8).

    Args:
        state: state of the run.
        par: its parameters.
        drug: place of the drug.
        quiet: whether all routes are as in the reference.
        source: cost of replacement at source, relative change.
        brokers: fee of brokers, relative change.
        vendors: online vendors, 1 as in the reference.
    """
    dearer = par[of.SOURCE_SHARE + drug] * source + par[of.BROKER_FEE] * brokers
    if quiet and dearer == 0.0 and vendors == 1.0:
        return _as_in_reference(state, drug)
    online = par[of.SOLD_ONLINE + drug]
    posted = log(1.0 - online + online * exp(par[of.SALES_PER_VENDOR] * log(vendors)))
    total = 0.0
    for route in range(_ROUTES):
        place = drug * _ROUTES + route
        if state[of.S_SHARE0 + place] > 0.0:
            pull = _pull(state, par, place, route, dearer) + (posted if route == _MAIL else 0.0)
            state[of.S_SHARE + place] = pull  # a logarithm until the total is known
            total += state[of.S_SHARE0 + place] * exp(pull)
    log_total = log(total)
    # Who moves readily between routes finds them nearly alike: what moving costs is read from how readily he moves.
    easy = par[of.ROUTE_CHOICE] + (1.0 - state[of.S_SEIZED0 + drug]) / (
        (1.0 + par[of.LOSS_BESIDE]) * par[of.LOSS_TOLERANCE]
    )
    cost, seized = 0.0, 0.0
    for route in range(_ROUTES):
        place = drug * _ROUTES + route
        if state[of.S_SHARE0 + place] > 0.0:
            moved = state[of.S_SHARE + place] - log_total
            share = state[of.S_SHARE0 + place] * exp(moved)
            h0 = state[of.S_HAZARD0 + place]
            h = 1.0 - exp(state[of.S_LOG_SURVIVE + place] * state[of.S_HAZARD + route])
            state[of.S_SHARE + place] = share
            seized += share * h
            cost += share * (log(_unit_cost(h, h0, par[of.LOSS_BESIDE], dearer)) + moved / easy)
    state[of.S_SEIZED_SHARE + drug] = seized
    state[of.S_COST + drug] = min(cost, log(par[of.BACKSTOP]))
    return 0


@njit
def _as_in_reference(state: Floats, drug: int) -> int:
    for route in range(_ROUTES):
        state[of.S_SHARE + drug * _ROUTES + route] = state[of.S_SHARE0 + drug * _ROUTES + route]
    state[of.S_SEIZED_SHARE + drug] = state[of.S_SEIZED0 + drug]
    state[of.S_COST + drug] = 0.0
    return 0


@njit
def _pull(state: Floats, par: Floats, place: int, route: int, dearer: float) -> float:
    """Return how a route's weight has changed, as a logarithm: by expected cost, and by losses above tolerance (R5)."""
    h0 = state[of.S_HAZARD0 + place]
    h = 1.0 - exp(state[of.S_LOG_SURVIVE + place] * state[of.S_BELIEVED + route])
    cost = log(_unit_cost(h, h0, par[of.LOSS_BESIDE], dearer))
    return float(-par[of.ROUTE_CHOICE] * cost - (h - h0) / par[of.LOSS_TOLERANCE])


@njit
def _unit_cost(h: float, h0: float, beside: float, dearer: float) -> float:
    """Return the cost of a landed kilogram, 1 in the reference (R4)."""
    return (1.0 - h0 + beside * (h - h0) + dearer) / (1.0 - h)
