"""The market harness's loop: the same supply step as in the engine, with users who answer prices by themselves.

Users of each drug are one number: how many take part, relative to the reference. They leave within weeks when the price
is high and come back within seasons; how much each takes is the supply step's own elasticity.
"""

from __future__ import annotations

from math import exp

import numpy as np
import numpy.typing as npt

from counterflow.matching.machine_code import Kernel, njit
from counterflow.strategy.model import supply_places as of
from counterflow.strategy.model.layout import DRUGS
from counterflow.strategy.model.supply import supply_start, supply_step

__all__ = ["MARKET", "MEASURES", "USER_TAKES"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
#: What is kept of each drug at each step.
MEASURES = (
    "price", "purity", "users", "harm", "sold", "seized", "landed", "made_total", "seized_total", "sold_total",
    "lost_total", "stock",
)  # fmt: skip
USER_TAKES = ("leaving_time", "return_time")
_DRUGS, _MEASURES = len(DRUGS), len(MEASURES)


@njit
def _run(  # noqa: PLR0913, PLR0917 - a kernel takes plain arrays
    par: Floats,
    users: Floats,
    mech: Floats,
    switches: Ints,
    clock: Floats,
    state: Floats,
    taking: Floats,
    demand: Floats,
    scale: Floats,
    signals: Floats,
    flows: Floats,
    out: Floats,
) -> int:
    steps, dt = mech.shape[0], clock[1]
    for run in range(par.shape[0]):
        supply_start(state, par[run], scale)
        for drug in range(_DRUGS):
            taking[drug] = 1.0
        for step in range(steps):
            for drug in range(_DRUGS):
                demand[drug] = taking[drug]
            supply_step(state, par[run], mech[step], switches, demand, scale, signals, flows, dt)
            for drug in range(_DRUGS):
                _take_part(state, par[run], users[run], taking, drug, dt)
                _keep(state, par[run], taking, drug, out[run], (step * _DRUGS + drug) * _MEASURES)
    return 0


@njit
def _take_part(state: Floats, par: Floats, users: Floats, taking: Floats, drug: int, dt: float) -> int:
    elasticity = par[of.ELASTICITY + drug] * (1.0 - par[of.QUANTITY_SHARE])
    if state[of.S_PRICE + drug] == 0.0 and taking[drug] == 1.0:
        return 0
    goal = exp(-elasticity * state[of.S_PRICE + drug])
    time = users[0] if goal < taking[drug] else users[1]
    taking[drug] += (1.0 - exp(-dt / time)) * (goal - taking[drug])
    return 0


@njit
def _keep(state: Floats, par: Floats, taking: Floats, drug: int, out: Floats, at: int) -> int:
    out[at] = exp(state[of.S_PRICE + drug])
    out[at + 1] = exp(state[of.S_PURITY + drug])
    out[at + 2] = taking[drug]
    out[at + 3] = taking[drug] * exp((1.0 - par[of.TITRATION]) * state[of.S_PURITY + drug])
    out[at + 4] = state[of.S_SALES + drug]
    out[at + 5] = state[of.S_CONFISCATED + drug]
    seized = state[of.S_SEIZED_SHARE + drug]
    out[at + 6] = state[of.S_CONFISCATED + drug] * (1.0 - seized) / seized
    out[at + 7] = state[of.S_MADE + drug]
    out[at + 8] = state[of.S_TAKEN + drug]
    out[at + 9] = state[of.S_SOLD + drug]
    out[at + 10] = state[of.S_LOST + drug]
    out[at + 11] = state[of.S_STOCK + drug] + state[of.S_SOURCE + drug]
    return 0


MARKET = Kernel(
    "strategy-market", _run,
    [("f8", 2), ("f8", 2), ("f8", 2), ("i8", 1), ("f8", 1), ("f8", 1), ("f8", 1), ("f8", 1), ("f8", 1), ("f8", 1),
     ("f8", 1), ("f8", 2)],
    [__name__, *(f"counterflow.strategy.model.{name}" for name in (
        "layout", "supply", "supply_places", "supply_routes", "supply_signals", "supply_stocks"))],
)  # fmt: skip
