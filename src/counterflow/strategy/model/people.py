"""Starting, developing a disorder, stopping, remission and relapse, and what presses on them.

Structure after Lim et al. 2022 (PNAS, 10.1073/pnas.2115714119), in our own terms: each rate is multiplied by powers of
what presses on it (supply, how many use, how deadly it seems), worked out as one exponential of a sum of logarithms.
Equations P1-P9 stand in docs/methods/strategy-model.md.
"""

from __future__ import annotations

from math import exp, log

from counterflow.matching.machine_code import njit
from counterflow.strategy.model import positions as at
from counterflow.strategy.model.room import Room, factor, with_disorder

__all__ = ["at_large", "never_used", "people_start", "pressures", "prevalence", "rates", "starting"]

#: Highest rate under pressure, per year, and highest share of those who never used who start in a year. Neither is
#: reached near history; they keep far corners of the priors from running away.
MOST, MOST_STARTING = 2.5, 0.1


@njit(inline="always")
def _drawn(rate: float, pressure: float) -> float:
    """Return a rate under pressure, at most `MOST`."""
    return min(MOST, rate * exp(pressure))


@njit
def people_start(room: Room) -> int:
    """Put everybody where they were in 1999."""
    p, x = room.p, room.x
    for place in range(at.STATES):
        x[place] = 0.0
    x[at.MISUSE], x[at.OCCASIONAL] = p[at.START_MISUSE], p[at.START_OCCASIONAL]
    for pathway in range(at.PATHWAYS):
        on_methadone = p[at.START_METHADONE_RX + pathway]
        x[at.TREATED + 3 * pathway + 1] = on_methadone
        ill = (1.0 - p[at.REMITTED_MET]) * on_methadone
        x[at.UNTREATED + pathway] = p[at.START_RX + pathway] - ill
        x[at.EARLY + pathway] = p[at.START_EARLY_RX + pathway]
        x[at.STABLE + pathway] = p[at.START_STABLE_RX + pathway]
    return 0


@njit
def at_large(room: Room) -> int:
    """Add up people with a disorder who are neither on medication nor in custody, per pathway."""
    x = room.x
    for pathway in range(at.PATHWAYS):
        total = x[at.UNTREATED + pathway] + x[at.TWO_WEEKS + pathway] + x[at.YEAR + pathway]
        room.w[at.W_AT_LARGE_P + pathway] = total
    return 0


@njit
def prevalence(room: Room) -> int:
    """Work out how many use, are ill and in remission, and the demand for prescription opioids (P1, P2)."""
    p, x, w = room.p, room.x, room.w
    rx, both, illicit = with_disorder(room, 0), with_disorder(room, 1), with_disorder(room, 2)
    some_rx = p[at.RX_SHARE_OCCASIONAL] * x[at.OCCASIONAL]
    w[at.W_RX_USERS] = x[at.MISUSE] + rx + both + some_rx
    w[at.W_RX_DISORDER], w[at.W_ILLICIT_DISORDER] = rx + both, illicit
    w[at.W_ILLICIT_USERS] = illicit + x[at.OCCASIONAL] + both
    demand = x[at.MISUSE] * p[at.MME_MISUSE] + some_rx * p[at.MME_OCCASIONAL]
    remission = 0.0
    for pathway in range(at.PATHWAYS):
        taking = w[at.W_AT_LARGE_P + pathway]
        remission += x[at.EARLY + pathway] + x[at.STABLE + pathway]
        for m in range(at.MEDICATIONS):
            here = x[at.TREATED + 3 * pathway + m]
            taking += here * p[at.MME_ON_BUPRENORPHINE + m]
            remission += here * w[at.W_REMITTED_M + m]
        share = p[at.RX_SHARE_ILLICIT] if pathway == 2 else 1.0
        demand += taking * p[at.MME_RX + pathway] * share
    w[at.W_RX_DEMAND], w[at.W_REMISSION_ALL] = demand, remission
    return 0


@njit
def pressures(room: Room) -> int:
    """Work out the logarithms of what presses on people, each 0 in 1999 (P3-P5)."""
    c, d, x, w, s = room.c, room.d, room.x, room.w, room.s
    per_head = -log(d[at.D_POPULATION])
    on = float(room.k[at.K_SOCIAL_INFLUENCE])
    w[at.W_LOG_RX_USERS] = on * (log(w[at.W_RX_USERS] / c[at.C_REF_RX_USERS]) + per_head)
    w[at.W_LOG_ILLICIT_USERS] = on * (log(w[at.W_ILLICIT_USERS] / c[at.C_REF_ILLICIT_USERS]) + per_head)
    w[at.W_LOG_RX_DISORDER] = on * (log(w[at.W_RX_DISORDER] / c[at.C_REF_RX_DISORDER]) + per_head)
    w[at.W_LOG_ILLICIT_DISORDER] = on * (log(w[at.W_ILLICIT_DISORDER] / c[at.C_REF_ILLICIT_DISORDER]) + per_head)
    on = float(room.k[at.K_PERCEIVED_RISK])
    w[at.W_LOG_RISK_RX] = on * log(x[at.RISK_RX] / c[at.C_REF_RISK_RX])
    w[at.W_LOG_RISK_ILLICIT] = on * log(x[at.RISK_ILLICIT] / c[at.C_REF_RISK_ILLICIT])
    on = float(room.k[at.K_AVAILABILITY])
    supply = d[at.D_RX_SUPPLY] * factor(room, at.M_RX_PATIENTS) * factor(room, at.M_MME_PER_DAY)
    supply *= s[at.S_DIVERTED_RX_AVAILABILITY]
    street = log(max(supply, 1e-9) * c[at.C_REF_RX_DEMAND] / w[at.W_RX_DEMAND])
    easy = s[at.S_ILLICIT_OPIOID_AVAILABILITY]
    illicit = log(max(easy, 1e-6) / (d[at.D_ILLICIT_PRICE] * s[at.S_ILLICIT_OPIOID_PRICE]))
    w[at.W_LOG_RX_SUPPLY], w[at.W_LOG_ILLICIT_SUPPLY] = on * street, on * illicit
    w[at.W_LOG_RELATIVE] = on * (street + log(max(1.0 - x[at.STREET_LOSS], 0.01)) - illicit)
    return 0


@njit
def starting(room: Room) -> int:
    """Work out how many start (P6)."""
    p, d, x, w = room.p, room.d, room.x, room.w
    street, illicit, relative = w[at.W_LOG_RX_SUPPLY], w[at.W_LOG_ILLICIT_SUPPLY], w[at.W_LOG_RELATIVE]
    users, illicit_users = w[at.W_LOG_RX_USERS], w[at.W_LOG_ILLICIT_USERS]
    risk_rx, risk = w[at.W_LOG_RISK_RX], w[at.W_LOG_RISK_ILLICIT]
    patients = d[at.D_RX_PATIENTS] * factor(room, at.M_RX_PATIENTS) * d[at.D_RX_STAY]
    own = p[at.RX_OWN_START] * factor(room, at.M_OWN_RX_INITIATION)
    w[at.W_START_OWN] = patients * _drawn(own, -p[at.RISK_RX_OWN] * risk_rx)
    drawn = p[at.SUPPLY_RX_START] * street + p[at.INFLUENCE_RX_START] * users - p[at.RISK_RX_DIVERTED] * risk_rx
    w[at.W_START_DIVERTED] = p[at.RX_DIVERTED_START] * factor(room, at.M_DIVERTED_INITIATION) * exp(drawn)
    fewer = factor(room, at.M_ILLICIT_INITIATION)
    drawn = p[at.SUPPLY_ILLICIT_START] * illicit + p[at.INFLUENCE_ILLICIT_DIRECT] * illicit_users
    w[at.W_START_DIRECT] = p[at.ILLICIT_DIRECT_START] * fewer * exp(drawn - p[at.RISK_ILLICIT_DIRECT] * risk)
    drawn = p[at.INFLUENCE_ILLICIT_MISUSE] * illicit_users - p[at.RELATIVE_SUPPLY_MISUSE] * relative
    drawn -= p[at.RISK_ILLICIT_RX] * risk
    w[at.W_START_MISUSE] = x[at.MISUSE] * _drawn(p[at.ILLICIT_MISUSE_START] * fewer, drawn)
    drawn = p[at.INFLUENCE_ILLICIT_DISORDER] * illicit_users - p[at.RELATIVE_SUPPLY_DISORDER] * relative
    drawn -= p[at.RISK_ILLICIT_RX] * risk + p[at.DETERRENT_STRENGTH] * d[at.D_DETERRENT_SHARE]
    w[at.W_RATE_START_BOTH] = _drawn(p[at.ILLICIT_MISUSE_START] * p[at.ILLICIT_DISORDER_START_RATIO], drawn)
    return _spare_the_rest(room)


@njit
def never_used(room: Room) -> float:
    """Return people who neither use nor have used: all the others of the population."""
    living = room.x[at.FORMER]
    for place in range(at.PEOPLE):
        living += room.x[place]
    return float(max(0.0, room.d[at.D_POPULATION] - living))


@njit
def _spare_the_rest(room: Room) -> int:
    """Let no more people start than a share of those who never used."""
    w, most = room.w, MOST_STARTING * never_used(room)
    total = w[at.W_START_OWN] + w[at.W_START_DIVERTED] + w[at.W_START_DIRECT]
    if total > most:
        for place in range(at.W_START_OWN, at.W_START_DIRECT + 1):
            w[place] *= most / total
    return 0


@njit
def rates(room: Room) -> int:
    """Work out developing a disorder, stopping (P7, P8) and relapse (P9)."""
    p, x, w = room.p, room.x, room.w
    street, illicit, relative = w[at.W_LOG_RX_SUPPLY], w[at.W_LOG_ILLICIT_SUPPLY], w[at.W_LOG_RELATIVE]
    risk_rx, risk = w[at.W_LOG_RISK_RX], w[at.W_LOG_RISK_ILLICIT]
    fewer = factor(room, at.M_DEVELOPING_DISORDER)
    drawn = p[at.SUPPLY_RX_DISORDER] * street + p[at.INFLUENCE_RX_DISORDER] * w[at.W_LOG_RX_DISORDER]
    w[at.W_DEVELOP_RX] = x[at.MISUSE] * _drawn(p[at.RX_DISORDER_RATE] * fewer, drawn)
    peers = p[at.INFLUENCE_ILLICIT_DEVELOP] * w[at.W_LOG_ILLICIT_DISORDER]
    drawn = peers - p[at.RELATIVE_SUPPLY_DEVELOP] * relative
    w[at.W_RATE_DEVELOP_BOTH] = _drawn(p[at.ILLICIT_DISORDER_RATE_WITH_RX] * fewer, drawn)
    drawn = peers + p[at.SUPPLY_ILLICIT_DEVELOP] * illicit
    w[at.W_DEVELOP_DIRECT] = x[at.OCCASIONAL] * _drawn(p[at.ILLICIT_DISORDER_RATE_DIRECT] * fewer, drawn)
    left = p[at.RISK_STOP_MISUSE] * risk_rx - p[at.SUPPLY_STOP_MISUSE] * street
    w[at.W_LEAVE_MISUSE] = x[at.MISUSE] * _drawn(p[at.STOP_MISUSE], left)
    left = p[at.RISK_STOP_OCCASIONAL] * risk - p[at.SUPPLY_STOP_OCCASIONAL] * illicit
    w[at.W_LEAVE_OCCASIONAL] = x[at.OCCASIONAL] * _drawn(p[at.STOP_OCCASIONAL], left)
    back = _drawn(p[at.STOP_OCCASIONAL_TO_MISUSE], p[at.RISK_STOP_OCCASIONAL_TO_MISUSE] * risk)
    w[at.W_BACK_TO_MISUSE] = x[at.OCCASIONAL] * back
    w[at.W_RATE_STOP_BOTH] = _drawn(p[at.STOP_ILLICIT_WITH_RX], p[at.RISK_STOP_ILLICIT_WITH_RX] * risk)
    w[at.W_RATE_RELAPSE] = p[at.RELAPSE] * factor(room, at.M_RELAPSE)
    strength = p[at.PEER_STRENGTH] + room.m[at.M_PEER_INFLUENCE]
    if strength != 0.0:
        here = w[at.W_REMISSION_ALL] / room.d[at.D_POPULATION] / room.c[at.C_REF_REMISSION]
        w[at.W_RATE_RELAPSE] *= exp(-strength * log(here))
    return 0
