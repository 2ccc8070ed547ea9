"""One step of the model, and the run of steps.

A step goes in this order; everything is worked out from the stocks at its start, and then everybody moves at once:

1. drivers of the step, and mechanisms: what the policy has changed by now;
2. supply: price, purity, spread of doses and availability, from people's demand (`supply.supply_step`);
3. treatment: mean stay and share in remission of each medication (T4);
4. harm: overdoses and deaths per person-year of every group (H1-H6);
5. people: prevalence, demand, and the pressures of supply, others and risk (P1-P5);
6. people: starting, developing a disorder, stopping, relapse (P6-P9);
7. treatment: leaving, then entering up to capacity (T1-T6);
8. justice: arrest, custody, release, exactly over the step (J1-J6);
9. harm: overdoses and deaths counted (H7-H9);
10. the year's figures: flows added up, stocks averaged (`measures.measure`);
11. everybody moves (M1), perceived risk follows what is seen (P5), street supply recovers (P3).
"""

from __future__ import annotations

from math import exp

from counterflow.matching.machine_code import njit
from counterflow.strategy.model import positions as at
from counterflow.strategy.model.harm import RECENT, RENEWAL, harm_constants, hazards, overdoses
from counterflow.strategy.model.justice import custody, justice_constants, justice_start, move_custody
from counterflow.strategy.model.people import at_large, people_start, pressures, prevalence, rates, starting
from counterflow.strategy.model.room import Floats, Room, factor
from counterflow.strategy.model.treatment import (
    UPTAKE_STARTS,
    engagement,
    leaving,
    remitted_shares,
    treatment_constants,
)  # fmt: skip

__all__ = ["advance", "begin", "people_demand", "work_out"]

#: Use of illicit opioids per person against one with an untreated disorder (own judgement; only for kilograms and how
#: demand moves): both prescription and illicit, occasional, on medication.
BOTH, OCCASIONALLY, ON_MEDICATION = 0.5, 0.15, 0.3
#: The same in 2021, to which kilograms are scaled: people-equivalents of illicit use, stimulant users, street MME.
ILLICIT_2021, STIMULANTS_2021, DIVERTED_2021 = 1.8e6, 8.0e6, 5.0e10

#: Years over which the reformulation of 2010 took hold.
SHOCK_LASTS = 0.25


@njit
def begin(room: Room) -> int:
    """Work out the constants of a run and put everybody in place; what presses on people is 1 by definition."""
    _ = harm_constants(room), justice_constants(room), treatment_constants(room)
    _ = people_start(room), justice_start(room)
    c, x, w = room.c, room.x, room.w
    for place in range(at.C_REF_RX_USERS, at.C_REF_RISK_ILLICIT + 1):
        c[place] = 1.0
    x[at.RISK_RX] = x[at.RISK_ILLICIT] = 1.0
    work_out(room, 1.0 / 16.0)
    people = room.d[at.D_POPULATION]
    for place in range(5):
        c[at.C_REF_RX_USERS + place] = w[at.W_RX_USERS + place] / people
    c[at.C_REF_RX_DEMAND] = w[at.W_RX_DEMAND]
    c[at.C_REF_RISK_RX] = x[at.RISK_RX] = w[at.W_FELT_RX]
    c[at.C_REF_RISK_ILLICIT] = x[at.RISK_ILLICIT] = w[at.W_FELT_ILLICIT]
    for m in range(at.MEDICATIONS):
        x[at.LEAVING + m] = w[at.W_EXITS_M + m] * room.p[at.INTAKE_DELAY]
    for place in range(at.PEOPLE):
        x[at.ENTERED] += x[place]
    return 0


@njit
def work_out(room: Room, dt: float) -> int:
    """Do points 3 to 9 of a step."""
    _ = remitted_shares(room), hazards(room), at_large(room), prevalence(room), pressures(room)
    _ = starting(room), rates(room), leaving(room), engagement(room)
    w, p = room.w, room.p
    unaided = p[at.REMISSION_UNAIDED] * factor(room, at.M_REMISSION)
    for pathway in range(at.PATHWAYS):
        remitting = unaided if pathway == 2 else unaided * p[at.REMISSION_RX_RATIO]
        w[at.W_HAZARD_P + pathway] = remitting + w[at.W_ENGAGE_P + pathway] + p[at.OTHER_DEATH_DISORDER]
    w[at.W_HAZARD_P] += w[at.W_RATE_START_BOTH]
    w[at.W_HAZARD_P + 1] += w[at.W_RATE_DEVELOP_BOTH] + w[at.W_RATE_STOP_BOTH]
    _ = custody(room, dt), overdoses(room)
    rx = w[at.W_DEATHS_MEDICAL] + w[at.W_DEATHS_MISUSE] + w[at.W_DEATHS_P] + w[at.W_DEATHS_P + 1]
    illicit = w[at.W_DEATHS_OCCASIONAL] + w[at.W_DEATHS_P + 2]
    weight = p[at.RISK_NONFATAL_WEIGHT]
    w[at.W_FELT_RX] = rx + weight * (w[at.W_OVERDOSES_RX] - rx)
    w[at.W_FELT_ILLICIT] = illicit + weight * (w[at.W_OVERDOSES_ILLICIT] - illicit)
    w[at.W_OTHER_DEATHS] = _other_deaths(room)
    return 0


@njit
def _other_deaths(room: Room) -> float:
    p, x, w = room.p, room.x, room.w
    total = x[at.MISUSE] * room.c[at.C_OTHER_MISUSE] + x[at.OCCASIONAL] * room.c[at.C_OTHER_OCCASIONAL]
    for pathway in range(at.PATHWAYS):
        ill = w[at.W_PRESENT_P + pathway] + w[at.W_MEAN_CUSTODY_P + pathway]
        total += ill * p[at.OTHER_DEATH_DISORDER]
        total += (x[at.EARLY + pathway] + x[at.STABLE + pathway]) * p[at.OTHER_DEATH_NONE]
        for m in range(at.MEDICATIONS):
            total += w[at.W_OTHER_TREATED_PM + 3 * pathway + m]
    return float(total)


@njit
def advance(room: Room, t: float, dt: float) -> int:
    """Do point 11 of a step: everybody moves."""
    p, x, w = room.p, room.x, room.w
    former = x[at.FORMER] * p[at.OTHER_DEATH_NONE]
    drug_deaths = w[at.W_DEATHS_MISUSE] + w[at.W_DEATHS_OCCASIONAL]
    for pathway in range(at.PATHWAYS):
        drug_deaths += w[at.W_DEATHS_P + pathway]
    left = w[at.W_LEAVE_MISUSE] + w[at.W_LEAVE_OCCASIONAL]
    x[at.ENTERED] += dt * (w[at.W_START_OWN] + w[at.W_START_DIVERTED] + w[at.W_START_DIRECT])
    x[at.DEAD_OVERDOSE] += dt * drug_deaths
    x[at.DEAD_OTHER] += dt * (w[at.W_OTHER_DEATHS] + former)
    x[at.FORMER] += dt * (left - former)
    for pathway in range(at.PATHWAYS):
        _move_disorder(room, pathway, dt)
    _move_use(room, dt)
    _move_slow(room, t, dt)
    return 0


@njit
def _move_use(room: Room, dt: float) -> int:
    x, w, c = room.x, room.w, room.c
    into = w[at.W_START_OWN] + w[at.W_START_DIVERTED] + w[at.W_BACK_TO_MISUSE]
    out = w[at.W_DEVELOP_RX] + w[at.W_START_MISUSE] + w[at.W_LEAVE_MISUSE] + w[at.W_DEATHS_MISUSE]
    misuse = into - out - x[at.MISUSE] * c[at.C_OTHER_MISUSE]
    into = w[at.W_START_DIRECT] + w[at.W_START_MISUSE]
    out = w[at.W_DEVELOP_DIRECT] + w[at.W_BACK_TO_MISUSE] + w[at.W_LEAVE_OCCASIONAL] + w[at.W_DEATHS_OCCASIONAL]
    occasional = into - out - x[at.OCCASIONAL] * c[at.C_OTHER_OCCASIONAL]
    x[at.MISUSE] += dt * misuse
    x[at.OCCASIONAL] += dt * occasional
    x[at.UNTREATED] += dt * (w[at.W_DEVELOP_RX] + w[at.W_PRESENT_P + 1] * w[at.W_RATE_STOP_BOTH])
    x[at.UNTREATED + 1] += dt * w[at.W_PRESENT_P] * w[at.W_RATE_START_BOTH]
    x[at.UNTREATED + 2] += dt * (w[at.W_DEVELOP_DIRECT] + w[at.W_PRESENT_P + 1] * w[at.W_RATE_DEVELOP_BOTH])
    return 0


@njit
def _move_disorder(room: Room, pathway: int, dt: float) -> int:
    p, x, w = room.p, room.x, room.w
    early, stable = x[at.EARLY + pathway], x[at.STABLE + pathway]
    none = p[at.OTHER_DEATH_NONE]
    relapse = early * w[at.W_RATE_RELAPSE] * (1.0 if pathway == 2 else p[at.RELAPSE_RX_RATIO])
    settling = early / p[at.YEARS_TO_STABLE]
    unaided = p[at.REMISSION_UNAIDED] * factor(room, at.M_REMISSION)
    present = w[at.W_PRESENT_P + pathway]
    remitting = present * (unaided if pathway == 2 else unaided * p[at.REMISSION_RX_RATIO])
    back = 0.0
    move_custody(room, pathway, dt)
    for m in range(at.MEDICATIONS):
        place = 3 * pathway + m
        well, ill = w[at.W_EXIT_REMITTED_PM + place], w[at.W_EXIT_DISORDER_PM + place]
        out = well + ill + w[at.W_DEATHS_TREATED_PM + place] + w[at.W_OTHER_TREATED_PM + place]
        x[at.TREATED + place] += dt * (present * w[at.W_ENGAGED_PM + place] - out)
        remitting += well
        back += ill
    x[at.EARLY + pathway] += dt * (remitting - relapse - settling - early * none)
    x[at.STABLE + pathway] += dt * (settling - stable * none)
    x[at.UNTREATED + pathway] += dt * (relapse + back)
    return 0


@njit
def _street_loss(share: float, recovery: float, since: float) -> float:
    """Return the share of street supply that is lost: it builds up over three months, then recovers (P3, solved)."""
    if since <= 0.0:
        return 0.0
    built = share * recovery / SHOCK_LASTS * (1.0 - exp(-min(since, SHOCK_LASTS) / recovery))
    return built * exp(-max(0.0, since - SHOCK_LASTS) / recovery)


@njit
def _move_slow(room: Room, t: float, dt: float) -> int:
    """Move perceived risk, street supply, the uptake of prescribing and the queue for places."""
    p, x, w = room.p, room.x, room.w
    for place in range(2):
        felt, held = w[at.W_FELT_RX + place], x[at.RISK_RX + place]
        years = p[at.RISK_RISE_YEARS] if held < felt else p[at.RISK_FALL_YEARS]
        x[at.RISK_RX + place] += dt * (felt - held) / years
    x[at.STREET_LOSS] = _street_loss(p[at.STREET_SHOCK], p[at.STREET_RECOVERY_YEARS], t + dt - p[at.STREET_SHOCK_TIME])
    pace = 2.0 / p[at.BUP_UPTAKE_YEARS]
    first = x[at.UPTAKE_1]
    x[at.UPTAKE_1] += dt * ((1.0 if t >= UPTAKE_STARTS - 1e-9 else 0.0) - first * pace)
    x[at.UPTAKE_2] += dt * pace * (first - x[at.UPTAKE_2])
    if t >= RECENT - 1e-9:
        x[at.DEPLETED] += dt * (w[at.W_DEATH_ILLICIT] - RENEWAL * x[at.DEPLETED])
    for m in range(at.MEDICATIONS):
        x[at.LEAVING + m] += dt * (w[at.W_EXITS_M + m] - x[at.LEAVING + m] / p[at.INTAKE_DELAY])
    return 0


@njit
def people_demand(room: Room, demand: Floats) -> int:
    """Write what people want of each drug (`layout.DRUGS`), against 2021; treatment lowers it, custody ends it."""
    x, w, d = room.x, room.w, room.d
    large = at.W_AT_LARGE_P
    using = w[large + 2] + BOTH * w[large + 1] + OCCASIONALLY * x[at.OCCASIONAL]
    for m in range(at.MEDICATIONS):
        using += ON_MEDICATION * (x[at.TREATED + 6 + m] + BOTH * x[at.TREATED + 3 + m])
    fentanyl = min(0.999, max(0.001, d[at.D_FENTANYL]))
    demand[0], demand[1] = using / ILLICIT_2021 * fentanyl, using / ILLICIT_2021 * (1.0 - fentanyl)
    demand[2] = demand[3] = max(1.0, d[at.D_STIMULANT_USERS]) / STIMULANTS_2021
    demand[4] = w[at.W_RX_DEMAND] / DIVERTED_2021
    return 0
