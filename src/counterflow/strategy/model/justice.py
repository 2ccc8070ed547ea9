"""Arrest, custody and release of people with a disorder.

Stays of days and weeks are shorter than a step, so custody and the first two weeks outside follow their exact
solution over the step (an inflow that is constant, an exponential outflow); equations J1-J6 stand in
docs/methods/strategy-model.md.
"""

from __future__ import annotations

from math import exp

from counterflow.matching.machine_code import njit
from counterflow.strategy.model import positions as at
from counterflow.strategy.model.harm import release_risks
from counterflow.strategy.model.room import Room, factor

__all__ = ["custody", "justice_constants", "justice_start", "move_custody"]

TWO_WEEKS = 14 / 365.25
REST_OF_YEAR = 1.0 - TWO_WEEKS


@njit
def _shares(room: Room, pathway: int) -> tuple[float, float]:
    """Return which share of people at large left custody within two weeks, and within the rest of a year (J5)."""
    taken = room.p[at.ARREST_RX + pathway] * room.p[at.CUSTODY_SHARE]
    two_weeks = taken / (1.0 / TWO_WEEKS + taken)
    year = two_weeks / TWO_WEEKS / (1.0 / REST_OF_YEAR + taken)
    return two_weeks, year


@njit
def justice_constants(room: Room) -> int:
    """Work out the rate of those not lately in custody, so that the mean at large is the base rate (J6)."""
    risk_two_weeks, risk_year = release_risks(room)
    for pathway in range(at.PATHWAYS):
        two_weeks, year = _shares(room, pathway)
        rest = 1.0 - two_weeks - year
        room.c[at.C_NOT_RELEASED + pathway] = 1.0 / (rest + risk_two_weeks * two_weeks + risk_year * year)
    return 0


@njit
def justice_start(room: Room) -> int:
    """Split the people at large by time since release, and add those in custody, as in a steady state (J5)."""
    for pathway in range(at.PATHWAYS):
        large = room.x[at.UNTREATED + pathway]
        two_weeks, year = _shares(room, pathway)
        taken = room.p[at.ARREST_RX + pathway] * room.p[at.CUSTODY_SHARE]
        room.x[at.CUSTODY + pathway] = large * taken * room.p[at.CUSTODY_YEARS]
        room.x[at.TWO_WEEKS + pathway] = large * two_weeks
        room.x[at.YEAR + pathway] = large * year
        room.x[at.UNTREATED + pathway] = large * (1.0 - two_weeks - year)
    return 0


@njit
def _mean(stock: float, inflow: float, rate: float, dt: float) -> float:
    """Return the mean of a stock over a step, with constant inflow and exponential outflow (J3)."""
    level = inflow / rate
    return level + (stock - level) * (1.0 - exp(-rate * dt)) / (rate * dt)


@njit
def custody(room: Room, dt: float) -> int:
    """Work out custody, release and the first two weeks over the step (J1-J4)."""
    p, x, w = room.p, room.x, room.w
    stay = p[at.CUSTODY_YEARS] * max(0.02, 1.0 + room.m[at.M_CUSTODY_LENGTH])
    treated = min(1.0, max(0.0, p[at.JAIL_TREATMENT] + room.m[at.M_JAIL_TREATMENT])) * p[at.JAIL_CONTINUE]
    linked = min(1.0, max(0.0, p[at.REENTRY_LINK] + room.m[at.M_REENTRY_LINK]))
    w[at.W_CARE_SHARE] = treated + (1.0 - treated) * linked
    risk = release_risks(room)[0]
    w[at.W_ARRESTS_NOW] = 0.0
    for pathway in range(at.PATHWAYS):
        arrests = p[at.ARREST_RX + pathway] * factor(room, at.M_ARRESTS)
        taken = arrests * p[at.CUSTODY_SHARE]
        w[at.W_CUSTODY_RATE_P + pathway] = taken
        dying = w[at.W_DEATH_P + pathway]
        others = x[at.UNTREATED + pathway] + x[at.YEAR + pathway]
        out = 1.0 / stay + p[at.OTHER_DEATH_DISORDER] + dying * p[at.CUSTODY_OD]
        held = _mean(x[at.CUSTODY + pathway], taken * others, out, dt)
        w[at.W_MEAN_CUSTODY_P + pathway], w[at.W_RELEASED_P + pathway] = held, held / stay
        dying *= room.c[at.C_NOT_RELEASED + pathway] * risk
        out = 1.0 / TWO_WEEKS + taken + w[at.W_HAZARD_P + pathway] + dying
        fresh = _mean(x[at.TWO_WEEKS + pathway], held / stay * (1.0 - w[at.W_CARE_SHARE]), out, dt)
        w[at.W_MEAN_TWO_WEEKS_P + pathway] = fresh
        w[at.W_PRESENT_P + pathway] = others + fresh
        w[at.W_ARRESTS_NOW] += arrests * (others + fresh)
    return 0


@njit
def move_custody(room: Room, pathway: int, dt: float) -> int:
    """Move people into and out of custody, the two weeks and the year after it."""
    p, x, w = room.p, room.x, room.w
    taken, dying = w[at.W_CUSTODY_RATE_P + pathway], w[at.W_DEATH_P + pathway]
    free, year = x[at.UNTREATED + pathway], x[at.YEAR + pathway]
    held, fresh = w[at.W_MEAN_CUSTODY_P + pathway], w[at.W_MEAN_TWO_WEEKS_P + pathway]
    released, hazard = w[at.W_RELEASED_P + pathway], w[at.W_HAZARD_P + pathway]
    risk_two_weeks, risk_year = release_risks(room)
    base = room.c[at.C_NOT_RELEASED + pathway]
    in_custody = held * (p[at.OTHER_DEATH_DISORDER] + dying * p[at.CUSTODY_OD])
    x[at.CUSTODY + pathway] += dt * (taken * (free + year + fresh) - released - in_custody)
    inside = released * (1.0 - w[at.W_CARE_SHARE]) - fresh / TWO_WEEKS
    x[at.TWO_WEEKS + pathway] += dt * (inside - fresh * (taken + hazard + dying * base * risk_two_weeks))
    out = year * (1.0 / REST_OF_YEAR + taken + hazard + dying * base * risk_year)
    x[at.YEAR + pathway] += dt * (fresh / TWO_WEEKS - out)
    x[at.UNTREATED + pathway] += dt * (year / REST_OF_YEAR - free * (taken + hazard + dying * base))
    bup, met = room.c[at.C_SEEK + 3 * pathway], room.c[at.C_SEEK + 3 * pathway + 1]
    into_care = dt * released * w[at.W_CARE_SHARE]
    x[at.TREATED + 3 * pathway] += into_care * bup / (bup + met)
    x[at.TREATED + 3 * pathway + 1] += into_care * met / (bup + met)
    return 0
