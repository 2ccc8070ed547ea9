"""The compiled loop over runs and steps; `engine.simulate` packs what it takes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from counterflow.matching.machine_code import Kernel, njit
from counterflow.strategy.model import positions as at
from counterflow.strategy.model.harm import DEPLETION, RECENT, SUPPLY_SHOCK
from counterflow.strategy.model.layout import DRUGS, MECHANISMS, SIGNALS, VARIABLES, places
from counterflow.strategy.model.measures import measure
from counterflow.strategy.model.room import Floats, Ints, Room
from counterflow.strategy.model.step import advance, begin, people_demand, work_out
from counterflow.strategy.model.supply import supply_start, supply_step
from counterflow.strategy.model.supply_places import SUPPLY_MEASURES, SUPPLY_STATE, SUPPLY_TOTALS

__all__ = ["CHANGED", "DEMAND", "HANDED_OUT", "KNOWN", "ORDER", "PER_YEAR", "RUNS", "SCRATCH", "START", "STEPS"]

Table = npt.NDArray[np.float64]
IntTable = npt.NDArray[np.int64]

#: Middle of the first year: where every run starts.
START = 1999.5
_N_MECHANISMS, _N_SIGNALS, _N_DRUGS, _N_VARIABLES = len(MECHANISMS), len(SIGNALS), len(DRUGS), len(VARIABLES)
_N_DRIVERS = len(at.DRIVERS)
_PLACES = places(VARIABLES)
_FLOWS = tuple(_PLACES[name] for name in (*SUPPLY_TOTALS, *SUPPLY_MEASURES))
_N_FLOWS = len(_FLOWS)
_FIRST_MEASURE = len(SUPPLY_TOTALS)
#: Where each array of a run begins in a thread's scratch.
_C = 0
_D = _C + at.CONSTANTS
_M = _D + _N_DRIVERS
_S = _M + _N_MECHANISMS
_X = _S + _N_SIGNALS
_W = _X + at.STATES
_U = _W + at.WORK
_F = _U + SUPPLY_STATE
_G = _F + _N_FLOWS
_H = _G + _N_DRUGS
_O = _H + _N_DRUGS
_B = _O + _N_VARIABLES
SCRATCH = _B + at.STATES
#: Places of the plan: steps, steps of a year, whether anything changes, order of the method (1 Euler, 2 Heun), and
#: what becomes of the reference's demand: used and forgotten, handed out, or known from an earlier run.
STEPS, PER_YEAR, CHANGED, ORDER, DEMAND = range(5)
FORGOTTEN, HANDED_OUT, KNOWN = range(3)


class Given(NamedTuple):
    """What is read: parameters of people and supply, drivers and their scale, changes, switches, plan and years."""

    par: Table
    supply: Table
    drivers: Table
    scale: Table
    mechanism: Ints
    profile: Table
    amounts: Table
    switches: IntTable
    plan: Ints
    years: Ints
    shares: Floats


class Written(NamedTuple):
    """What is written: the reference's demand, the years' figures, a step's figures, the stocks before a step."""

    wanted: Floats
    kept: Floats
    out: Floats
    before: Floats


class Chain(NamedTuple):
    """Supply's arrays of one run: its state, its flows, demand against the reference, demand in kilograms' scale."""

    state: Floats
    flows: Floats
    demand: Floats
    using: Floats


@njit
def _set_out(room: Room, run: int, step: int, given: Given) -> int:
    """Put the drivers of a step in place; kits and places stay as in 2022 where they are said not to have mattered."""
    for place in range(_N_DRIVERS):
        room.d[place] = given.drivers[step, place] * given.scale[run, place]
    recent = room.k[at.K_RECENT_YEARS]
    held = int((RECENT - START) * given.plan[PER_YEAR])
    if (recent == SUPPLY_SHOCK or recent == DEPLETION) and step > held:  # noqa: PLR1714, SIM109 - compiled: no sets
        for place in range(at.D_BUP_PROVIDERS, at.D_NALOXONE_KITS + 1):
            room.d[place] = given.drivers[held, place] * given.scale[run, place]
    return 0


@njit
def _change(room: Room, run: int, step: int, given: Given) -> int:
    """Work out what is changed now; several changes of one mechanism add up."""
    for place in range(len(given.mechanism)):
        room.m[given.mechanism[place]] = 0.0
    for place in range(len(given.mechanism)):
        room.m[given.mechanism[place]] += given.profile[step, place] * given.amounts[run, place]
    return 0


@njit
def _keep(written: Written, point: int, given: Given) -> int:
    """Add a point of time to the year before and the year after it: half of each step that meets there."""
    for side in range(2 * point, 2 * point + 2):
        if given.years[side] >= 0:
            first = given.years[side] * _N_VARIABLES
            for place in range(_N_VARIABLES):
                written.kept[first + place] += given.shares[side] * written.out[place]
    return 0


@njit
def _supply(room: Room, chain: Chain, run: int, step: int, changed: bool, wanted: Floats, given: Given) -> int:
    """Do point 2 of a step; the first pass keeps the demand that the second is measured against."""
    people_demand(room, chain.using)
    for drug in range(_N_DRUGS):
        place = step * _N_DRUGS + drug
        if changed:
            chain.demand[drug] = chain.using[drug] / wanted[place]
            chain.using[drug] = wanted[place]
        else:
            wanted[place] = chain.using[drug]
            chain.demand[drug] = 1.0
    dt = 1.0 / given.plan[PER_YEAR]
    supply_step(chain.state, given.supply[run], room.m, room.k, chain.demand, chain.using, room.s, chain.flows, dt)
    return 0


@njit
def _mean(room: Room, before: Floats, lost: float) -> int:
    """Go to the mean of where one stood and where two Euler steps led: Heun's method.

    It keeps every person, and makes no stock negative that Euler's step keeps above 0. What is solved exactly (the
    street's loss) stays as one step gave it.
    """
    for place in range(at.STATES):
        room.x[place] = 0.5 * (before[place] + room.x[place])
    room.x[at.STREET_LOSS] = lost
    return 0


@njit
def _pass(run: int, changed: bool, given: Given, scratch: Floats, wanted: Floats, kept: Floats) -> int:
    """Run one parameter vector from mid-1999 on, without or with the changes."""
    room = Room(
        given.par[run], scratch[_C:_D], scratch[_D:_M], scratch[_M:_S], given.switches[run], scratch[_S:_X],
        scratch[_X:_W], scratch[_W:_U],
    )  # fmt: skip
    chain = Chain(scratch[_U:_F], scratch[_F:_G], scratch[_G:_H], scratch[_H:_O])
    written = Written(wanted, kept, scratch[_O:_B], scratch[_B:SCRATCH])
    for place in range(SCRATCH):
        scratch[place] = 0.0
    for place in range(_N_SIGNALS):
        room.s[place] = 1.0
    _set_out(room, run, 0, given)
    begin(room)
    people_demand(room, chain.using)
    supply_start(chain.state, given.supply[run], chain.using)
    for step in range(given.plan[STEPS] + 1):
        _step(room, chain, run, step, changed, given, written)
    return 0


@njit
def _step(room: Room, chain: Chain, run: int, step: int, changed: bool, given: Given, written: Written) -> int:
    """Do one step; at the last point of time nobody moves any more."""
    plan, dt = given.plan, 1.0 / given.plan[PER_YEAR]
    for place in range(at.STATES):
        written.before[place] = room.x[place]
    for stage in range(plan[ORDER] if step < plan[STEPS] else 1):
        _set_out(room, run, step + stage, given)
        if changed:
            _change(room, run, step + stage, given)
        if stage == 0:
            _supply(room, chain, run, step, changed, written.wanted, given)
        work_out(room, dt)
        if stage == 0 and (given.years[2 * step] >= 0 or given.years[2 * step + 1] >= 0):
            measure(room, written.out)
            for place in range(_N_FLOWS):
                written.out[_FLOWS[place]] = chain.flows[place]
            _keep(written, step, given)
        lost = room.x[at.STREET_LOSS]
        if step < plan[STEPS]:
            advance(room, START + (step + stage) * dt, dt)
        if stage == 1:
            _mean(room, written.before, lost)
    return 0


@njit
def _runs(  # noqa: PLR0913, PLR0917 - the border of compiled code takes arrays alone
    par: Table, supply_par: Table, drivers: Table, scale: Table, mechanism: Ints, profile: Table, amounts: Table,
    switches: IntTable, plan: Ints, years: Ints, shares: Floats, scratch: Floats, wanted: Table, kept: Table,
    baseline: Table, final: Table,
) -> int:  # fmt: skip
    """Run every parameter vector; with changes also its own baseline, whose demand supply is measured against."""
    given = Given(
        par, supply_par, drivers, scale, mechanism, profile, amounts, switches, plan, years, shares
    )  # fmt: skip
    for run in range(len(par)):
        row = run if plan[DEMAND] != 0 else 0
        for changed in range(1 if plan[DEMAND] == KNOWN else 0, plan[CHANGED] + 1):
            into = kept if changed == plan[CHANGED] else baseline
            _pass(run, changed == 1, given, scratch, wanted[row], into[run])
        for place in range(at.STATES):
            final[run, place] = scratch[_X + place]
    return len(par)


_MODULES = (
    "layout", "positions", "room", "harm", "treatment", "justice", "people", "measures", "step", "loop", "supply",
    "supply_places", "supply_routes", "supply_signals", "supply_stocks",
)  # fmt: skip
RUNS = Kernel(
    "strategy-runs",
    _runs,
    (
        ("f8", 2), ("f8", 2), ("f8", 2), ("f8", 2), ("i8", 1), ("f8", 2), ("f8", 2), ("i8", 2), ("i8", 1), ("i8", 1),
        ("f8", 1), ("f8", 1), ("f8", 2), ("f8", 2), ("f8", 2), ("f8", 2),
    ),
    tuple(f"counterflow.strategy.model.{module}" for module in _MODULES),
)  # fmt: skip
