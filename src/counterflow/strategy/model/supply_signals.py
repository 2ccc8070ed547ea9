"""What the supply chain tells people and counts: price, dose, spread, availability, fentanyl's share, kilograms.

Equations (G1) to (G8) of docs/methods/strategy-supply.md.
"""

from __future__ import annotations

from math import exp, log

import numpy as np
import numpy.typing as npt

from counterflow.matching.machine_code import njit
from counterflow.strategy.model import supply_places as of
from counterflow.strategy.model.layout import ROUTES

__all__ = ["tell", "turmoil"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_FENTANYL, _HEROIN, _METH, _COCAINE, _RX = range(5)
_ROUTES = len(ROUTES)


@njit
def turmoil(state: Floats, par: Floats, mech: Floats, scale: Floats, dt: float) -> int:
    """Remember seizures of opioids beyond the reference for some weeks (G7)."""
    usual, now = 0.0, 0.0
    for drug in range(2):
        h = state[of.S_SEIZED0 + drug]
        usual += par[of.CONSUMED + drug] * scale[drug] * h / (1.0 - h)
        now += state[of.S_CONFISCATED + drug]
    beyond = mech[of.M_TURMOIL] + max(now / usual - 1.0, 0.0)
    state[of.S_TURMOIL] += (1.0 - exp(-dt / par[of.TURMOIL_TIME])) * (beyond - state[of.S_TURMOIL])
    return 0


@njit
def tell(
    state: Floats,
    par: Floats,
    mech: Floats,
    switches: Ints,
    scale: Floats,
    diverted: float,
    signals: Floats,
    flows: Floats,
) -> int:
    """Write kilograms and measures, and the signals once anything has changed."""
    for place in range(4):
        flows[place] = state[of.S_CONFISCATED + place]
    flows[4] = state[of.S_SALES + _FENTANYL] + state[of.S_SALES + _HEROIN]
    doses = par[of.DOSE_SHARE + _FENTANYL] * scale[_FENTANYL]
    part = doses / (doses + par[of.DOSE_SHARE + _HEROIN] * scale[_HEROIN])
    flows[5] = part * state[of.S_SEIZED_SHARE + _FENTANYL] + (1.0 - part) * state[of.S_SEIZED_SHARE + _HEROIN]
    work = 1.0
    for route in range(_ROUTES):
        work += of.WORK[route] * (state[of.S_EFFORT + route] * (1.0 + mech[of.M_INSPECTED[route]]) - 1.0)
    flows[6] = work
    if state[of.S_DISTURBED] != 0.0:
        _signal(state, par, mech, switches, scale, part, diverted, signals)
    return 0


@njit
def _signal(
    state: Floats,
    par: Floats,
    mech: Floats,
    switches: Ints,
    scale: Floats,
    part: float,
    diverted: float,
    signals: Floats,
) -> int:
    signals[of.G_PRICE] = exp(_mixed(part, state[of.S_PRICE_MID + _FENTANYL], state[of.S_PRICE_MID + _HEROIN]))
    found = _mixed(part, _found(state, par, _FENTANYL, scale), _found(state, par, _HEROIN, scale))
    signals[of.G_AVAILABLE] = exp(found) * (1.0 + mech[of.M_AVAILABLE])
    taken = part * state[of.S_SALES + _FENTANYL] / (par[of.CONSUMED + _FENTANYL] * scale[_FENTANYL])
    rest = (1.0 - part) * state[of.S_SALES + _HEROIN] / (par[of.CONSUMED + _HEROIN] * scale[_HEROIN])
    signals[of.G_FENTANYL] = taken / (taken + rest) / part if taken + rest > 0.0 else 1.0
    thinner = _mixed(part, state[of.S_PURITY_MID + _FENTANYL], state[of.S_PURITY_MID + _HEROIN])
    signals[of.G_DOSE] = exp((1.0 - par[of.TITRATION]) * thinner) * (1.0 + mech[of.M_DOSE])
    replaced = _mixed(part, state[of.S_REPLACED + _FENTANYL], state[of.S_REPLACED + _HEROIN])
    spread = exp(-par[of.UNEVEN] * thinner) * (1.0 + par[of.REPLACEMENT_SPREAD] * replaced)
    if switches[of.W_HARM] == 1:
        spread *= 1.0 + par[of.TURMOIL_SPREAD] * state[of.S_TURMOIL]
    signals[of.G_SPREAD] = spread
    signals[of.G_DIVERTED] = (1.0 + diverted) * exp(_found(state, par, _RX, scale) - state[of.S_PRICE_MID + _RX])
    doses = par[of.DOSE_SHARE + _METH] * scale[_METH]
    meth = doses / (doses + par[of.DOSE_SHARE + _COCAINE] * scale[_COCAINE])
    signals[of.G_STIMULANT_PRICE] = exp(_mixed(meth, state[of.S_PRICE_MID + _METH], state[of.S_PRICE_MID + _COCAINE]))
    found = _mixed(meth, _found(state, par, _METH, scale), _found(state, par, _COCAINE, scale))
    signals[of.G_STIMULANT_AVAILABLE] = exp(found)
    return 0


@njit
def _mixed(part: float, first: float, second: float) -> float:
    """Return the mean of two logarithms."""
    return part * first + (1.0 - part) * second


@njit
def _found(state: Floats, par: Floats, drug: int, scale: Floats) -> float:
    """Return how easily a drug is found at a given price, as a logarithm: emptier shelves, longer search (G2)."""
    usual = par[of.CONSUMED + drug] * scale[drug] * max(state[of.S_EXPECTED + drug], 0.01)
    cover = state[of.S_STOCK_MID + drug] / (par[of.STOCK_COVER + drug] * usual)
    return float(par[of.SEARCH_COST] * log(min(max(cover, 0.02), 1.0)))
