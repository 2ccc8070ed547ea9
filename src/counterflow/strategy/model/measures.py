"""What a step hands out: one figure per variable of `layout.VARIABLES`, as a rate per year or a level now."""

from __future__ import annotations

from counterflow.matching.machine_code import njit
from counterflow.strategy.model import positions as at
from counterflow.strategy.model.people import never_used
from counterflow.strategy.model.room import Floats, Room, factor, treated_with_disorder

__all__ = ["measure"]


@njit
def measure(room: Room, out: Floats) -> int:
    """Write every variable that people give to `out`."""
    _deaths(room, out)
    _kits(room, out)
    _starts(room, out)
    _stocks(room, out)
    _care(room, out)
    _signals(room, out)
    return 0


@njit
def _deaths(room: Room, out: Floats) -> int:
    w = room.w
    illicit = w[at.W_DEATHS_OCCASIONAL] + w[at.W_DEATHS_P + 2]
    rx_all = w[at.W_DEATHS_MEDICAL] + w[at.W_DEATHS_MISUSE] + w[at.W_DEATHS_P] + w[at.W_DEATHS_P + 1]
    synthetic = w[at.W_DEATHS_P] * w[at.W_DEATH_SYNTHETIC] / (w[at.W_DEATH_SYNTHETIC] + w[at.W_DEATH_RX_BASE])
    out[at.V_OVERDOSE_DEATHS] = illicit + rx_all + w[at.W_DEATHS_NAIVE]
    out[at.V_OVERDOSE_DEATHS_RX] = rx_all - synthetic
    out[at.V_OVERDOSE_DEATHS_RX_AND_SYNTHETIC] = rx_all
    out[at.V_OVERDOSE_DEATHS_SYNTHETIC_BASE] = synthetic
    out[at.V_OVERDOSE_DEATHS_ILLICIT] = illicit
    out[at.V_OVERDOSE_DEATHS_NAIVE] = w[at.W_DEATHS_NAIVE]
    out[at.V_OVERDOSE_DEATHS_RELEASED] = w[at.W_DEATHS_RELEASED]
    overdoses = w[at.W_OVERDOSES_RX] + w[at.W_OVERDOSES_ILLICIT] + w[at.W_OVERDOSES_NAIVE]
    out[at.V_NONFATAL_OVERDOSES] = overdoses - out[at.V_OVERDOSE_DEATHS]
    out[at.V_OTHER_DEATHS] = w[at.W_OTHER_DEATHS]
    return 0


@njit
def _kits(room: Room, out: Floats) -> int:
    p, c, w = room.p, room.c, room.w
    seen = w[at.W_WITNESSED_NOW]
    rx = w[at.W_OVERDOSES_RX] + w[at.W_OVERDOSES_NAIVE]
    used_illicit = w[at.W_OVERDOSES_ILLICIT] * seen * w[at.W_KIT_ILLICIT]
    used_rx = rx * seen * w[at.W_KIT_RX]
    synthetic = (w[at.W_OVERDOSES_SYNTHETIC] + w[at.W_OVERDOSES_NAIVE]) / rx
    dying_rx = synthetic * (1.0 - c[at.C_SURVIVE_FENTANYL]) + (1.0 - synthetic) * (1.0 - p[at.SURVIVE_RX])
    averted = used_illicit * (1.0 - w[at.W_SURVIVE_NOW]) + used_rx * dying_rx
    out[at.V_DEATHS_AVERTED_BY_KITS] = averted * (1.0 - w[at.W_CALLED_NOW])
    out[at.V_KITS] = room.d[at.D_NALOXONE_KITS] * factor(room, at.M_NALOXONE_KITS)
    out[at.V_KITS_USED] = used_illicit + used_rx
    out[at.V_NALOXONE_AT_HAND] = w[at.W_KIT_ILLICIT]
    return 0


@njit
def _starts(room: Room, out: Floats) -> int:
    w = room.w
    out[at.V_RX_INITIATION_OWN], out[at.V_RX_INITIATION_DIVERTED] = w[at.W_START_OWN], w[at.W_START_DIVERTED]
    out[at.V_RX_INITIATION] = w[at.W_START_OWN] + w[at.W_START_DIVERTED]
    out[at.V_ILLICIT_INITIATION_DIRECT] = w[at.W_START_DIRECT]
    out[at.V_ILLICIT_INITIATION_FROM_MISUSE] = w[at.W_START_MISUSE]
    from_disorder = w[at.W_PRESENT_P] * w[at.W_RATE_START_BOTH]
    out[at.V_ILLICIT_INITIATION_FROM_DISORDER] = from_disorder
    out[at.V_ILLICIT_INITIATION] = w[at.W_START_DIRECT] + w[at.W_START_MISUSE] + from_disorder
    return 0


@njit
def _stocks(room: Room, out: Floats) -> int:
    x, w = room.x, room.w
    out[at.V_RX_MISUSE], out[at.V_OCCASIONAL_ILLICIT] = x[at.MISUSE], x[at.OCCASIONAL]
    ill = 0.0
    for pathway in range(at.PATHWAYS):
        here = w[at.W_AT_LARGE_P + pathway] + treated_with_disorder(room, pathway)
        out[at.V_RX_DISORDER_NO_ILLICIT + pathway if pathway < 2 else at.V_ILLICIT_DISORDER] = here
        ill += here
    out[at.V_RX_DISORDER] = out[at.V_RX_DISORDER_NO_ILLICIT] + out[at.V_RX_DISORDER_WITH_ILLICIT]
    early = stable = held = released = 0.0
    for pathway in range(at.PATHWAYS):
        early += x[at.EARLY + pathway]
        stable += x[at.STABLE + pathway]
        held += w[at.W_MEAN_CUSTODY_P + pathway]
        released += w[at.W_MEAN_TWO_WEEKS_P + pathway] + x[at.YEAR + pathway]
    out[at.V_REMISSION_EARLY], out[at.V_REMISSION_STABLE] = early, stable
    out[at.V_IN_CUSTODY], out[at.V_RELEASED_YEAR] = held, released
    out[at.V_DISORDER] = ill + held
    out[at.V_DISORDER_PERSON_YEARS] = ill + held
    out[at.V_NEVER] = never_used(room)
    out[at.V_ARRESTS] = w[at.W_ARRESTS_NOW]
    return 0


@njit
def _care(room: Room, out: Floats) -> int:
    w = room.w
    untreated = 0.0
    for pathway in range(at.PATHWAYS):
        untreated += w[at.W_AT_LARGE_P + pathway] + w[at.W_MEAN_CUSTODY_P + pathway]
    for m in range(at.MEDICATIONS):
        out[at.V_ON_BUPRENORPHINE + m] = w[at.W_TREATED_TOTAL_M + m]
    out[at.V_DISORDER_UNTREATED] = untreated
    out[at.V_TREATMENT_GAP] = untreated / out[at.V_DISORDER]
    out[at.V_BUPRENORPHINE_DEMAND_MET] = w[at.W_FULFIL_M]
    return 0


@njit
def _signals(room: Room, out: Floats) -> int:
    s = room.s
    out[at.V_ILLICIT_OPIOID_PRICE] = s[at.S_ILLICIT_OPIOID_PRICE]
    out[at.V_ILLICIT_OPIOID_PURITY] = s[at.S_DOSE_MEAN]
    out[at.V_ILLICIT_OPIOID_DOSE_VARIANCE] = s[at.S_DOSE_VARIANCE] * factor(room, at.M_DOSE_SPREAD)
    out[at.V_ILLICIT_OPIOID_AVAILABILITY] = s[at.S_ILLICIT_OPIOID_AVAILABILITY]
    out[at.V_FENTANYL_SHARE] = room.w[at.W_PEN]
    out[at.V_HEROIN_PRICE] = room.d[at.D_ILLICIT_PRICE] * s[at.S_ILLICIT_OPIOID_PRICE]
    out[at.V_STIMULANT_PRICE] = s[at.S_STIMULANT_PRICE]
    return 0
