"""The compiled loop over runs and steps; `engine.simulate` packs what it takes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterflow.matching.machine_code import Kernel, njit
from counterflow.strategy.model import positions as at
from counterflow.strategy.model.harm import DEPLETION, RECENT, SUPPLY_SHOCK
from counterflow.strategy.model.layout import DRUGS, SIGNALS, VARIABLES, places
from counterflow.strategy.model.measures import measure
from counterflow.strategy.model.room import Floats, Ints, Room
from counterflow.strategy.model.step import advance, begin, people_demand, work_out
from counterflow.strategy.model.supply import supply_start, supply_step
from counterflow.strategy.model.supply_places import SUPPLY_MEASURES, SUPPLY_STATE, SUPPLY_TOTALS

__all__ = ["CHANGED", "ORDER", "PER_YEAR", "RUNS", "SCRATCH", "START", "STEPS"]

Table = npt.NDArray[np.float64]
IntTable = npt.NDArray[np.int64]

#: Middle of the first year: where every run starts.
START = 1999.5
_N_MECHANISMS, _N_SIGNALS, _N_DRUGS, _N_VARIABLES = len(at.MECHANISMS), len(SIGNALS), len(DRUGS), len(VARIABLES)
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
#: Places of the plan: steps, steps of a year, whether anything changes, order of the method (1 Euler, 2 Heun).
STEPS, PER_YEAR, CHANGED, ORDER = range(4)


@njit
def _set_out(room: Room, run: int, step: int, drivers: Table, scale: Table, per_year: int) -> int:
    """Put the drivers of a step in place; kits and places stay as in 2022 where they are said not to have mattered."""
    for place in range(_N_DRIVERS):
        room.d[place] = drivers[step, place] * scale[run, place]
    recent = room.k[at.K_RECENT_YEARS]
    held = int((RECENT - START) * per_year)
    if (recent == SUPPLY_SHOCK or recent == DEPLETION) and step > held:
        for place in range(at.D_BUP_PROVIDERS, at.D_NALOXONE_KITS + 1):
            room.d[place] = drivers[held, place] * scale[run, place]
    return 0


@njit
def _change(room: Room, run: int, step: int, mechanism: Ints, profile: Table, amounts: Table) -> int:
    """Work out what is changed now; several changes of one mechanism add up."""
    for place in range(len(mechanism)):
        room.m[mechanism[place]] = 0.0
    for place in range(len(mechanism)):
        room.m[mechanism[place]] += profile[step, place] * amounts[run, place]
    return 0


@njit
def _keep(out: Floats, kept: Table, run: int, point: int, years: Ints, shares: Floats) -> int:
    """Add a point of time to the year before and the year after it: half of each step that meets there."""
    for side in range(2 * point, 2 * point + 2):
        if years[side] >= 0:
            first = years[side] * _N_VARIABLES
            for place in range(_N_VARIABLES):
                kept[run, first + place] += shares[side] * out[place]
    return 0


@njit
def _supply(
    room: Room, supply: Floats, par: Floats, flows: Floats, demand: Floats, scale: Floats, wanted: Table, step: int,
    changed: bool, dt: float,
) -> int:  # fmt: skip
    """Do point 2 of a step; the first pass keeps the demand that the second is measured against."""
    people_demand(room, scale)
    for drug in range(_N_DRUGS):
        if changed:
            demand[drug] = scale[drug] / wanted[step, drug]
            scale[drug] = wanted[step, drug]
        else:
            wanted[step, drug] = scale[drug]
            demand[drug] = 1.0
    supply_step(supply, par, room.m, room.k, demand, scale, room.s, flows, dt)
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
def _pass(
    run: int, changed: bool, par: Table, supply_par: Table, drivers: Table, scale: Table, mechanism: Ints,
    profile: Table, amounts: Table, switches: IntTable, plan: Ints, years: Ints, shares: Floats, scratch: Floats,
    wanted: Table, kept: Table,
) -> int:  # fmt: skip
    """Run one parameter vector from 1999.5 on, without or with the changes."""
    room = Room(
        par[run], scratch[_C:_D], scratch[_D:_M], scratch[_M:_S], switches[run], scratch[_S:_X], scratch[_X:_W],
        scratch[_W:_U],
    )  # fmt: skip
    supply, flows, out = scratch[_U:_F], scratch[_F:_G], scratch[_O:_B]
    demand, using, before = scratch[_G:_H], scratch[_H:_O], scratch[_B:SCRATCH]
    for place in range(SCRATCH):
        scratch[place] = 0.0
    for place in range(_N_SIGNALS):
        room.s[place] = 1.0
    dt = 1.0 / plan[PER_YEAR]
    _set_out(room, run, 0, drivers, scale, plan[PER_YEAR])
    begin(room)
    people_demand(room, using)
    supply_start(supply, supply_par[run], using)
    for step in range(plan[STEPS] + 1):
        for place in range(at.STATES):
            before[place] = room.x[place]
        for stage in range(plan[ORDER] if step < plan[STEPS] else 1):
            _set_out(room, run, step + stage, drivers, scale, plan[PER_YEAR])
            if changed:
                _change(room, run, step + stage, mechanism, profile, amounts)
            if stage == 0:
                _supply(room, supply, supply_par[run], flows, demand, using, wanted, step, changed, dt)
            work_out(room, dt)
            if stage == 0 and (years[2 * step] >= 0 or years[2 * step + 1] >= 0):
                measure(room, out)
                for place in range(_N_FLOWS):
                    out[_FLOWS[place]] = flows[place]
                _keep(out, kept, run, step, years, shares)
            lost = room.x[at.STREET_LOSS]
            if step < plan[STEPS]:
                advance(room, START + (step + stage) * dt, dt)
            if stage == 1:
                _mean(room, before, lost)
    return 0


@njit
def _runs(
    par: Table, supply_par: Table, drivers: Table, scale: Table, mechanism: Ints, profile: Table, amounts: Table,
    switches: IntTable, plan: Ints, years: Ints, shares: Floats, scratch: Floats, wanted: Table, kept: Table,
    baseline: Table, final: Table,
) -> int:  # fmt: skip
    """Run every parameter vector; with changes also its own baseline, whose demand supply is measured against."""
    for run in range(len(par)):
        for changed in range(plan[CHANGED] + 1):
            _pass(
                run, changed == 1, par, supply_par, drivers, scale, mechanism, profile, amounts, switches, plan,
                years, shares, scratch, wanted, kept if changed == plan[CHANGED] else baseline,
            )  # fmt: skip
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
