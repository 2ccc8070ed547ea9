"""Overdoses and deaths: from dose, fentanyl and tolerance to witnesses, naloxone and help.

Structure after Lim et al. 2022 (PNAS, 10.1073/pnas.2115714119), in our own terms, with dose mean and variance, lost
tolerance after release and sharing among opioid-naive stimulant users added. Equations H1-H9 stand in
docs/methods/strategy-model.md.
"""

from __future__ import annotations

from math import exp, log

from counterflow.matching.machine_code import njit
from counterflow.strategy.model import positions as at
from counterflow.strategy.model.room import Room, factor, raised

__all__ = [
    "DEPLETION",
    "NALOXONE_AND_CARE",
    "RECENT",
    "RENEWAL",
    "SUPPLY_SHOCK",
    "harm_constants",
    "hazards",
    "overdoses",
]

#: Values of the switch `recent_years`: what may have moved deaths after mid-2022 (as built: everything).
SUPPLY_SHOCK, DEPLETION, NALOXONE_AND_CARE = 1, 2, 3
#: Variance of risk among people with an illicit disorder (gamma frailty), and share of them replaced in a year; own
#: judgement, and only where depletion is taken to be the explanation.
FRAILTY, RENEWAL = 2.0, 0.15
RECENT = 2022.5


@njit
def harm_constants(room: Room) -> int:
    """Work out what stays the same over a run: survival without help (H3) and how risk bends with dose (H1)."""
    p, c = room.p, room.c
    c[at.C_SURVIVE_ILLICIT] = p[at.SURVIVE_RX] * p[at.SURVIVE_ILLICIT_RATIO]
    c[at.C_SURVIVE_FENTANYL] = c[at.C_SURVIVE_ILLICIT] * p[at.SURVIVE_FENTANYL_RATIO]
    c[at.C_DOSE_BEND] = 0.5 * p[at.DOSE_POWER] * (p[at.DOSE_POWER] - 1.0)
    none = p[at.OTHER_DEATH_NONE]
    c[at.C_OTHER_MISUSE] = 0.5 * none * (1.0 + p[at.OTHER_DEATH_MEDICAL_RATIO])
    c[at.C_OTHER_OCCASIONAL] = 0.5 * (c[at.C_OTHER_MISUSE] + p[at.OTHER_DEATH_DISORDER])
    return 0


@njit
def hazards(room: Room) -> int:
    """Work out overdoses and deaths per person-year of every group (H1-H6)."""
    _dose(room)
    _rescue(room)
    p, c, w = room.p, room.c, room.w
    surviving = c[at.C_SURVIVE_ILLICIT]
    w[at.W_SURVIVE_NOW] = max(0.0, surviving + (c[at.C_SURVIVE_FENTANYL] - surviving) * w[at.W_PEN])
    dying = (1.0 - w[at.W_SURVIVE_NOW]) * w[at.W_MISSED_ILLICIT]
    w[at.W_DEATH_ILLICIT] = w[at.W_RATE_ILLICIT] * dying
    w[at.W_RATE_OCCASIONAL] = w[at.W_RATE_ILLICIT] * p[at.OD_OCCASIONAL_RATIO]
    w[at.W_DEATH_OCCASIONAL] = w[at.W_RATE_OCCASIONAL] * dying
    dying_rx = (1.0 - p[at.SURVIVE_RX]) * w[at.W_MISSED_RX]
    w[at.W_DEATH_MISUSE] = p[at.OD_MISUSE] * dying_rx
    w[at.W_DEATH_RX_BASE] = p[at.OD_RX] * dying_rx
    w[at.W_DEATH_SYNTHETIC] = p[at.OD_SYNTHETIC_BASE] * (1.0 - c[at.C_SURVIVE_FENTANYL]) * w[at.W_MISSED_RX]
    w[at.W_RATE_P] = p[at.OD_RX] + p[at.OD_SYNTHETIC_BASE]
    w[at.W_DEATH_P] = w[at.W_DEATH_RX_BASE] + w[at.W_DEATH_SYNTHETIC]
    w[at.W_RATE_P + 1], w[at.W_DEATH_P + 1] = p[at.OD_RX], w[at.W_DEATH_RX_BASE]
    w[at.W_RATE_P + 2], w[at.W_DEATH_P + 2] = w[at.W_RATE_ILLICIT], w[at.W_DEATH_ILLICIT]
    return 0


@njit
def _dose(room: Room) -> int:
    """Work out what fentanyl and dose do to the overdose rate (H1, H2)."""
    p, m, s, w = room.p, room.m, room.s, room.w
    share = room.d[at.D_FENTANYL] * s[at.S_FENTANYL_SHARE] * factor(room, at.M_FENTANYL_SHARE)
    w[at.W_PEN] = min(1.0, share)
    felt = room.k[at.K_RECENT_YEARS] < DEPLETION
    mean = s[at.S_DOSE_MEAN] if felt else 1.0
    spread = (s[at.S_DOSE_VARIANCE] if felt else 1.0) * factor(room, at.M_DOSE_SPREAD)
    met = 1.0
    if mean != 1.0 or spread != 1.0:
        cv2 = p[at.DOSE_CV] * p[at.DOSE_CV]
        met = exp(
            p[at.DOSE_POWER] * log(max(mean, 1e-6)) + room.c[at.C_DOSE_BEND] * log((1.0 + cv2 * spread) / (1.0 + cv2))
        )
    w[at.W_DOSE] = met
    multiplier = p[at.FENTANYL_MULTIPLIER] * max(0.0, 1.0 + m[at.M_FENTANYL_RISK])
    rate = p[at.OD_ILLICIT] * (1.0 + w[at.W_PEN] * (multiplier * met - 1.0))
    if felt and s[at.S_ILLICIT_OPIOID_PRICE] != 1.0:
        rate *= exp(-p[at.EXPOSURE_ELASTICITY] * log(max(s[at.S_ILLICIT_OPIOID_PRICE], 1e-6)))
    if room.k[at.K_RECENT_YEARS] == DEPLETION:
        rate /= 1.0 + FRAILTY * room.x[at.DEPLETED]
    w[at.W_RATE_ILLICIT] = rate
    return 0


@njit
def _rescue(room: Room) -> int:
    """Work out naloxone at hand, help called, and the share of overdoses that neither reaches (H4, H5)."""
    p, w = room.p, room.w
    kits = room.d[at.D_NALOXONE_KITS] * factor(room, at.M_NALOXONE_KITS)
    reach = p[at.KIT_REACH] * factor(room, at.M_NALOXONE_PLACEMENT) * kits / room.d[at.D_POPULATION] * 1e5
    w[at.W_KIT_ILLICIT] = 1.0 - exp(-reach * p[at.KIT_SHARE_ILLICIT])
    w[at.W_KIT_RX] = 1.0 - exp(-reach * (1.0 - p[at.KIT_SHARE_ILLICIT]))
    seen = raised(p[at.WITNESSED], room.m[at.M_WITNESSED])
    called = raised(p[at.EMERGENCY_CALL], room.m[at.M_EMERGENCY_CALL])
    w[at.W_WITNESSED_NOW], w[at.W_CALLED_NOW] = seen, called
    w[at.W_MISSED_ILLICIT] = 1.0 - seen * (1.0 - (1.0 - w[at.W_KIT_ILLICIT]) * (1.0 - called))
    w[at.W_MISSED_RX] = 1.0 - seen * (1.0 - (1.0 - w[at.W_KIT_RX]) * (1.0 - called))
    return 0


@njit
def overdoses(room: Room) -> int:
    """Count overdoses and deaths per year over all groups (H7-H9); people at large are in `W_AT_LARGE_P`."""
    p, x, w = room.p, room.x, room.w
    patients = room.d[at.D_RX_PATIENTS] * factor(room, at.M_RX_PATIENTS) * room.d[at.D_RX_STAY]
    w[at.W_DEATHS_MEDICAL] = patients * p[at.DEATH_MEDICAL]
    w[at.W_DEATHS_MISUSE] = x[at.MISUSE] * w[at.W_DEATH_MISUSE]
    w[at.W_DEATHS_OCCASIONAL] = x[at.OCCASIONAL] * w[at.W_DEATH_OCCASIONAL]
    w[at.W_OVERDOSES_RX] = x[at.MISUSE] * p[at.OD_MISUSE] + w[at.W_DEATHS_MEDICAL]
    w[at.W_OVERDOSES_ILLICIT] = x[at.OCCASIONAL] * w[at.W_RATE_OCCASIONAL]
    w[at.W_DEATHS_RELEASED] = 0.0
    for pathway in range(at.PATHWAYS):
        exposed = _exposed(room, pathway)
        w[at.W_DEATHS_P + pathway] = exposed * w[at.W_DEATH_P + pathway]
        _count(room, pathway, exposed * w[at.W_RATE_P + pathway])
        if pathway == 0:
            w[at.W_OVERDOSES_SYNTHETIC] = exposed * p[at.OD_SYNTHETIC_BASE]
    _naive(room)
    return 0


@njit
def _count(room: Room, pathway: int, overdoses_now: float) -> int:
    if pathway == at.PATHWAYS - 1:
        room.w[at.W_OVERDOSES_ILLICIT] += overdoses_now
    else:
        room.w[at.W_OVERDOSES_RX] += overdoses_now
    return 0


@njit
def _exposed(room: Room, pathway: int) -> float:
    """Return person-years at the untreated rate: each group weighted by its risk against the untreated at large."""
    p, x, w = room.p, room.x, room.w
    risk_two_weeks, risk_year = release_risks(room)
    base = room.c[at.C_NOT_RELEASED + pathway]
    fresh = base * (risk_two_weeks * w[at.W_MEAN_TWO_WEEKS_P + pathway] + risk_year * x[at.YEAR + pathway])
    w[at.W_DEATHS_RELEASED] += fresh * w[at.W_DEATH_P + pathway]
    total = base * x[at.UNTREATED + pathway] + fresh + p[at.CUSTODY_OD] * w[at.W_MEAN_CUSTODY_P + pathway]
    for m in range(at.MEDICATIONS):
        ill = (1.0 - w[at.W_REMITTED_M + m]) * x[at.TREATED + 3 * pathway + m]
        total += ill * p[at.OD_ON_BUPRENORPHINE + m]
    return float(total)


@njit
def release_risks(room: Room) -> tuple[float, float]:
    """Return the overdose rate of people released within two weeks and within a year, times that of others (H6)."""
    changed = factor(room, at.M_RELEASE_RISK)
    two_weeks = 1.0 + (room.p[at.RELEASE_TWO_WEEKS] - 1.0) * changed
    year = 1.0 + (room.p[at.RELEASE_YEAR] - 1.0) * changed
    return two_weeks, year


@njit
def _naive(room: Room) -> int:
    """Count overdoses among stimulant users without tolerance who meet fentanyl unawares (H9)."""
    p, w = room.p, room.w
    meeting = w[at.W_PEN] * w[at.W_DOSE] * factor(room, at.M_NAIVE_SHARING) * room.s[at.S_STIMULANT_AVAILABILITY]
    w[at.W_OVERDOSES_NAIVE] = room.d[at.D_STIMULANT_USERS] * p[at.NAIVE_RATE] * meeting
    dying = (1.0 - room.c[at.C_SURVIVE_FENTANYL]) * w[at.W_MISSED_RX]
    w[at.W_DEATHS_NAIVE] = w[at.W_OVERDOSES_NAIVE] * dying
    return 0
