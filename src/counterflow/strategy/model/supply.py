"""The supply chain of every drug, one step at a time: what the engine calls within its loop.

Order of a step once anything has changed:

1. what has been made up of each restriction (`_make_up`);
2. hazards of routes, and what shippers believe of them (`learn_hazards`);
3. for each drug: making capacity, cost at source, routes, landed cost (`drug_routes`), price that covers costs;
4. what users diverted from other drugs add to demand (`_divert`);
5. in short steps: sales, price, purity, precursors, making, shipping, seizing, stocks (`advance`, supply_stocks);
6. turmoil after seizures, and the signals to people.

A step runs from half a step before the point of time it is called at to half a step after: mechanisms then act at its
middle, and what it tells is of its middle.

As long as nothing has changed the chain stands at its own equilibrium: signals are exactly 1 and only kilograms
move with the reference's demand. Seized kilograms reach people through risk, price, purity and the time it takes to
replace them; nothing is ever taken off consumption. Equations and sources: docs/methods/strategy-supply.md.
"""

from __future__ import annotations

from math import exp, log

import numpy as np
import numpy.typing as npt

from counterflow.matching.machine_code import njit
from counterflow.strategy.model import supply_places as of
from counterflow.strategy.model.layout import DRUGS, ROUTES, SIGNALS
from counterflow.strategy.model.supply_places import SHARES, SUPPLY_MEASURES, SUPPLY_STATE, SUPPLY_TAKES, SUPPLY_TOTALS
from counterflow.strategy.model.supply_routes import drug_routes, follow_finds, learn_hazards
from counterflow.strategy.model.supply_signals import tell, turmoil
from counterflow.strategy.model.supply_stocks import advance, answer, hold_reference, keep_reference

__all__ = [
    "SHARES", "SUPPLY_MEASURES", "SUPPLY_STATE", "SUPPLY_TAKES", "SUPPLY_TOTALS", "supply_start", "supply_step",
]  # fmt: skip

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_DRUGS, _ROUTES, _SIGNALS = len(DRUGS), len(ROUTES), len(SIGNALS)
#: What stands for what in use: opioids for opioids, stimulants for stimulants.
_OPIOID = tuple(drug in {"fentanyl", "heroin", "diverted_rx"} for drug in DRUGS)
_MOST_HAZARD = 0.9
_LEAST_CAPACITY = 0.02
#: What the chain looks at to see whether anything has changed.
_READ = (
    of.M_PRECURSOR, of.M_CAPACITY, of.M_SOURCE, of.M_NETWORK, of.M_BROKER, of.M_ONLINE, of.M_RISK, of.M_LIFT,
    of.M_DETECTION, of.M_DIVERTED, of.M_DOSE, of.M_AVAILABLE, of.M_TURMOIL, of.ADVANCE_DATA, *of.M_INSPECTED,
)  # fmt: skip
_RESTRICTED = (of.M_PRECURSOR, of.M_CAPACITY, of.M_SOURCE, of.M_NETWORK, of.M_BROKER, of.M_ONLINE, of.M_DIVERTED)
_PRECURSOR, _CAPACITY, _SOURCE, _NETWORK, _BROKER, _ONLINE, _DIVERTED = range(len(_RESTRICTED))


@njit
def supply_start(state: Floats, par: Floats, scale: Floats) -> int:
    """Put the chain at its own equilibrium.

    Args:
        state: shape (SUPPLY_STATE,), filled here.
        par: parameters in the order of `SUPPLY_TAKES`.
        scale: reference demand of each drug now, relative to 2021; above 0.
    """
    for place in range(SUPPLY_STATE):
        state[place] = 0.0
    for route in range(_ROUTES):
        state[of.S_HAZARD + route] = 1.0
        state[of.S_PERCEIVED + route] = 1.0
        state[of.S_BELIEVED + route] = 1.0
        state[of.S_EFFORT + route] = 1.0
    for drug in range(_DRUGS):
        _start_routes(state, par, drug)
        state[of.S_EXPECTED + drug] = 1.0
        state[of.S_COST_PRICE + drug] = 1.0
        state[of.S_DEMAND + drug] = 1.0
        hold_reference(state, par, drug, scale[drug])
        state[of.S_BEGUN + drug] = state[of.S_STOCK + drug] + state[of.S_SOURCE + drug]
    return 0


@njit
def _start_routes(state: Floats, par: Floats, drug: int) -> int:
    """Set the reference's shares of routes, and hazards whose mean over them is the drug's share seized (R0)."""
    total, heavy = 0.0, 0.0
    for route in range(_ROUTES):
        place = of.SHARE_PLACE[drug * _ROUTES + route]
        if place >= 0:
            total += par[place]
            heavy += par[place] * par[of.SEIZURE_RELATIVE + route]
    seized = 0.0
    for route in range(_ROUTES):
        place, at = of.SHARE_PLACE[drug * _ROUTES + route], drug * _ROUTES + route
        if place >= 0:
            hazard = min(par[of.SEIZURE_SHARE + drug] * par[of.SEIZURE_RELATIVE + route] * total / heavy, _MOST_HAZARD)
            state[of.S_SHARE0 + at] = par[place] / total
            state[of.S_SHARE + at] = state[of.S_SHARE0 + at]
            state[of.S_LOG_SURVIVE + at] = log(1.0 - hazard)
            state[of.S_HAZARD0 + at] = 1.0 - exp(state[of.S_LOG_SURVIVE + at])
            seized += state[of.S_SHARE0 + at] * hazard
    state[of.S_SEIZED0 + drug] = seized
    state[of.S_SEIZED_SHARE + drug] = seized
    return 0


@njit
def supply_step(  # noqa: PLR0913, PLR0917 - compiled code makes no tuples to hand over
    state: Floats,
    par: Floats,
    mech: Floats,
    switches: Ints,
    demand: Floats,
    scale: Floats,
    signals: Floats,
    flows: Floats,
    dt: float,
) -> int:
    """Move the chain one step; people move after it.

    Args:
        state: shape (SUPPLY_STATE,), changed here.
        par: parameters in the order of `SUPPLY_TAKES`.
        mech: value of each mechanism now; 0 is no change.
        switches: structural alternatives.
        demand: demand of each drug at the reference's price, relative to the reference; exactly 1 in it.
        scale: the reference's demand, relative to 2021; only kilograms hang on it.
        signals: out, shape (len(SIGNALS),): exactly 1 as long as nothing has changed.
        flows: out, `SUPPLY_TOTALS` in kg per year and `SUPPLY_MEASURES`.
        dt: years.
    """
    if state[of.S_DISTURBED] == 0.0 and _changed(mech, demand):
        state[of.S_DISTURBED] = 1.0
    if state[of.S_DISTURBED] == 0.0:
        for drug in range(_DRUGS):
            keep_reference(state, par, drug, scale[drug], dt)
        for signal in range(_SIGNALS):
            signals[signal] = 1.0
        return tell(state, par, mech, switches, scale, 0.0, signals, flows)
    _make_up(state, par, mech, dt)
    if switches[of.W_FOLLOW] == 1:
        follow_finds(state, par, dt)
    quiet = learn_hazards(state, par, mech, dt)
    expecting = 1.0 - exp(-dt / par[of.EXPECTED_TIME])
    for drug in range(_DRUGS):
        state[of.S_EXPECTED + drug] += expecting * (demand[drug] - state[of.S_EXPECTED + drug])
        _costs(state, par, mech, drug, quiet)
    _divert(state, par, demand, scale)
    answer(state, par, dt)
    for drug in range(_DRUGS):
        precursor, capacity = _effective(state, mech, _PRECURSOR), _capacity(state, par, mech, drug)
        if _at_rest(state, par, drug, precursor, capacity):
            keep_reference(state, par, drug, scale[drug], dt)
        else:
            state[of.S_MOVED + drug] = 1.0
            advance(state, par, drug, scale[drug], switches, precursor, capacity, dt)
    turmoil(state, par, mech, scale, dt)
    return tell(state, par, mech, switches, scale, _effective(state, mech, _DIVERTED), signals, flows)


@njit
def _at_rest(state: Floats, par: Floats, drug: int, precursor: float, capacity: float) -> bool:
    """Whether nothing has reached a drug so far: it then stays at its own equilibrium, exactly."""
    if state[of.S_MOVED + drug] != 0.0 or state[of.S_DEMAND + drug] != 1.0 or state[of.S_EXPECTED + drug] != 1.0:
        return False
    if state[of.S_COST_PRICE + drug] != 1.0 or state[of.S_SEIZED_SHARE + drug] != state[of.S_SEIZED0 + drug]:
        return False
    return capacity == 1.0 and par[of.NEEDS_PRECURSOR + drug] * precursor == 0.0


@njit
def _changed(mech: Floats, demand: Floats) -> bool:
    for place in range(len(_READ)):
        if mech[_READ[place]] != 0.0:
            return True
    for drug in range(_DRUGS):  # noqa: SIM110 - compiled code has no generators
        if demand[drug] != 1.0:
            return True
    return False


@njit
def _make_up(state: Floats, par: Floats, mech: Floats, dt: float) -> int:
    """Let suppliers make up for each restriction: a share of it, in its own time (S1)."""
    half = par[of.PRECURSOR_HALF_LIFE] / 0.6931471805599453
    _toward(state, _PRECURSOR, par[of.PRECURSOR_ADAPTABLE] * mech[of.M_PRECURSOR], half, dt)
    _toward(state, _CAPACITY, mech[of.M_CAPACITY], par[of.CAPACITY_TIME], dt)
    _toward(state, _SOURCE, par[of.SOURCE_DISPLACED] * mech[of.M_SOURCE], par[of.SOURCE_TIME], dt)
    _toward(state, _NETWORK, par[of.NETWORK_REPLACED] * mech[of.M_NETWORK], par[of.NETWORK_TIME], dt)
    _toward(state, _BROKER, par[of.BROKER_REPLACED] * mech[of.M_BROKER], par[of.BROKER_TIME], dt)
    _toward(state, _ONLINE, par[of.ONLINE_REPLACED] * mech[of.M_ONLINE], par[of.ONLINE_TIME], dt)
    _toward(state, _DIVERTED, mech[of.M_DIVERTED], par[of.DIVERTED_TIME], dt)
    return 0


@njit
def _toward(state: Floats, which: int, goal: float, time: float, dt: float) -> int:
    before = state[of.S_MADE_UP + which]
    state[of.S_MADE_UP + which] = before + (1.0 - exp(-dt / time)) * (goal - before)
    state[of.S_MADE_MID + which] = 0.5 * (before + state[of.S_MADE_UP + which])
    return 0


@njit
def _effective(state: Floats, mech: Floats, which: int) -> float:
    """Return what is left of a restriction (S2); what was made up never turns it into its opposite."""
    value = mech[_RESTRICTED[which]]
    left = value - state[of.S_MADE_MID + which]
    if value < 0.0:
        return float(max(min(left, 0.0), -1.0))
    return float(max(left, 0.0)) if value > 0.0 else 0.0


@njit
def _capacity(state: Floats, par: Floats, mech: Floats, drug: int) -> float:
    """Return a drug's making and moving capacity, 1 in the reference (S3)."""
    left = (1.0 + _effective(state, mech, _CAPACITY)) * (
        1.0 + par[of.NEEDS_SOURCE + drug] * _effective(state, mech, _SOURCE)
    )
    left *= 1.0 + par[of.NEEDS_NETWORK + drug] * _effective(state, mech, _NETWORK)
    left *= 1.0 + par[of.NEEDS_NETWORK + drug] * _effective(state, mech, _BROKER)
    return float(max(left, _LEAST_CAPACITY))


@njit
def _costs(state: Floats, par: Floats, mech: Floats, drug: int, quiet: bool) -> int:
    """Set routes, landed cost and the price that covers costs (R4 to R8, P1)."""
    capacity = _capacity(state, par, mech, drug)
    material = max(1.0 + par[of.NEEDS_PRECURSOR + drug] * _effective(state, mech, _PRECURSOR), _LEAST_CAPACITY)
    brokers = max(1.0 + _effective(state, mech, _BROKER), _LEAST_CAPACITY)
    vendors = max(1.0 + _effective(state, mech, _ONLINE), _LEAST_CAPACITY)
    drug_routes(state, par, drug, quiet, 1.0 / (capacity * material) - 1.0, 1.0 / brokers - 1.0, vendors)
    landed, carried = exp(state[of.S_COST + drug]), par[of.LANDED_SHARE + drug]
    added = 1.0 + carried * (landed - 1.0)
    price = added + par[of.PASS_THROUGH] * (landed - added)
    price *= 1.0 + par[of.RISK_SHARE] * (1.0 - carried) * mech[of.M_RISK]
    expected = max(state[of.S_EXPECTED + drug], 0.01)
    if expected != 1.0:
        price *= exp(-par[of.CROWDING] * log(expected))
    state[of.S_COST_PRICE + drug] = max(price, 0.01)
    return 0


@njit
def _divert(state: Floats, par: Floats, demand: Floats, scale: Floats) -> int:
    """Let part of the doses given up for price be taken from other drugs of the kind (D1, D2)."""
    for drug in range(_DRUGS):
        gained = 0.0
        for other in range(_DRUGS):
            if other != drug and _OPIOID[other] == _OPIOID[drug]:
                given_up = 1.0 - exp(-par[of.ELASTICITY + other] * par[of.QUANTITY_SHARE] * state[of.S_PRICE + other])
                doses = par[of.DOSE_SHARE + other] * scale[other] * demand[other]
                rest = -doses
                for third in range(_DRUGS):
                    if _OPIOID[third] == _OPIOID[drug]:
                        rest += par[of.DOSE_SHARE + third] * scale[third] * demand[third]
                if rest > 0.0:
                    gained += given_up * doses / rest
        share = par[of.SUBSTITUTION_OPIOIDS] if _OPIOID[drug] else par[of.SUBSTITUTION_STIMULANTS]
        state[of.S_DEMAND + drug] = max(demand[drug] * (1.0 + share * gained), 0.0)
    return 0
