"""Treatment: seeking, barriers, capacity, stay and leaving.

Structure after Lim et al. 2022 (PNAS, 10.1073/pnas.2115714119), in our own terms; equations T1-T6 stand in
docs/methods/strategy-model.md.
"""

from __future__ import annotations

from math import exp

from counterflow.matching.machine_code import njit
from counterflow.strategy.model import positions as at
from counterflow.strategy.model.room import Room, factor

__all__ = ["engagement", "leaving", "remitted_shares", "treatment_constants"]

#: Office-based buprenorphine became lawful in 2000 (Drug Addiction Treatment Act); a year's figure stands at mid-year.
UPTAKE_STARTS = 2000.5


@njit
def treatment_constants(room: Room) -> int:
    """Work out the rates of seeking each medication (T1)."""
    p, c = room.p, room.c
    for pathway in range(at.PATHWAYS):
        illicit = pathway == 2
        rate = p[at.SEEK] * (p[at.SEEK_ILLICIT_RATIO] if illicit else 1.0)
        bup = p[at.SEEK_BUP_ILLICIT] if illicit else p[at.SEEK_BUP_RX]
        met = p[at.SEEK_MET_ILLICIT] if illicit else p[at.SEEK_MET_RX]
        c[at.C_SEEK + 3 * pathway] = rate * bup
        c[at.C_SEEK + 3 * pathway + 1] = rate * met
        c[at.C_SEEK + 3 * pathway + 2] = rate * max(0.0, 1.0 - bup - met)
    return 0


@njit
def remitted_shares(room: Room) -> int:
    """Work out the mean stay and the share in remission of each medication (T4)."""
    p, w, change = room.p, room.w, room.m[at.M_TREATMENT_DURATION]
    for m in range(at.MEDICATIONS):
        w[at.W_STAY_M + m] = p[at.STAY_BUP + m]
        w[at.W_REMITTED_M + m] = p[at.REMITTED_BUP + m]
        if change != 0.0:
            stay = p[at.STAY_BUP + m] * max(0.05, 1.0 + change)
            gained = exp(p[at.REMITTED_GAIN] * (stay - p[at.STAY_BUP + m]))
            w[at.W_STAY_M + m], w[at.W_REMITTED_M + m] = stay, min(0.85, p[at.REMITTED_BUP + m] * gained)
    return 0


@njit
def leaving(room: Room) -> int:
    """Work out who leaves treatment, in remission or with a disorder (T5), and deaths in treatment."""
    p, x, w = room.p, room.x, room.w
    none, ill = p[at.OTHER_DEATH_NONE], p[at.OTHER_DEATH_DISORDER]
    for m in range(at.MEDICATIONS):
        well = w[at.W_REMITTED_M + m]
        other = (1.0 - well) * ill * p[at.OTHER_DEATH_ON_BUPRENORPHINE + m] + well * none
        w[at.W_EXITS_M + m], w[at.W_TREATED_TOTAL_M + m] = 0.0, 0.0
        for pathway in range(at.PATHWAYS):
            place = 3 * pathway + m
            here = x[at.TREATED + place]
            out = here / w[at.W_STAY_M + m]
            w[at.W_EXIT_REMITTED_PM + place] = out * well
            w[at.W_EXIT_DISORDER_PM + place] = out - out * well
            dying = (1.0 - well) * w[at.W_DEATH_P + pathway] * p[at.OD_ON_BUPRENORPHINE + m]
            w[at.W_DEATHS_TREATED_PM + place] = here * dying
            w[at.W_OTHER_TREATED_PM + place] = here * other
            w[at.W_EXITS_M + m] += out + here * (dying + other)
            w[at.W_TREATED_TOTAL_M + m] += here * (1.0 + well * p[at.REMITTED_COUNTED_AGAIN])
    return 0


@njit
def _capacity(room: Room, medication: int) -> float:
    """Return people who can be treated at once (T3)."""
    p, d = room.p, room.d
    if medication == 1:
        return float(d[at.D_METHADONE_PLACES] * factor(room, at.M_METHADONE_CAPACITY))
    if medication == 2:
        return float(d[at.D_NALTREXONE_PLACES] * factor(room, at.M_NALTREXONE_CAPACITY))
    providers = d[at.D_BUP_PROVIDERS] * factor(room, at.M_BUP_PROVIDERS)
    crowding = p[at.BUP_CROWDING] * max(0.01, 1.0 + room.m[at.M_BUP_CAPACITY_DECAY])
    uptake = room.x[at.UPTAKE_2] * 2.0 / p[at.BUP_UPTAKE_YEARS]
    return float(p[at.BUP_PER_PROVIDER] / crowding * (1.0 - exp(-crowding * providers)) * uptake)


@njit
def engagement(room: Room) -> int:
    """Work out who enters treatment: demand after barriers, up to what intake allows (T1, T2)."""
    p, c, w = room.p, room.c, room.w
    lost = (p[at.LOSS_COST] + p[at.LOSS_BARRIERS]) * min(1.0, max(0.0, 1.0 - room.m[at.M_TREATMENT_BARRIERS]))
    through = (1.0 - min(1.0, lost)) * factor(room, at.M_TREATMENT_SEEKING)
    for pathway in range(at.PATHWAYS):
        w[at.W_ENGAGE_P + pathway] = 0.0
    for m in range(at.MEDICATIONS):
        wanted = 0.0
        for pathway in range(at.PATHWAYS):
            wanted += w[at.W_AT_LARGE_P + pathway] * c[at.C_SEEK + 3 * pathway + m] * through
        free = _capacity(room, m) - w[at.W_TREATED_TOTAL_M + m]
        intake = max(0.0, (room.x[at.LEAVING + m] + free) / p[at.INTAKE_DELAY])
        met = min(1.0, intake / wanted) if wanted > 0.0 else 0.0
        w[at.W_FULFIL_M + m] = met
        for pathway in range(at.PATHWAYS):
            rate = c[at.C_SEEK + 3 * pathway + m] * through * met
            w[at.W_ENGAGED_PM + 3 * pathway + m] = rate
            w[at.W_ENGAGE_P + pathway] += rate
    return 0
