"""The supply chain alone, with users who only answer prices: for what is known of markets, one at a time.

The step is the engine's own (`supply_step`); only people are simpler. Used for the facts that any model of drug markets
must show (`market_facts`), for cocaine in 1992 (`cocaine_1992`), and for the reach of a planned action.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UnknownName, UsageError
from counterflow.strategy.model.layout import DRUGS, MECHANISMS, SIGNALS, SWITCHES, places
from counterflow.strategy.model.market_kernel import MARKET, MEASURES, USER_TAKES
from counterflow.strategy.model.parameters import parameters
from counterflow.strategy.model.supply_places import SUPPLY_MEASURES, SUPPLY_STATE, SUPPLY_TAKES, SUPPLY_TOTALS

__all__ = ["USUAL_USERS", "Market", "Push", "packed", "run_market"]

Floats = npt.NDArray[np.float64]
#: Years in which users leave a dearer market and come back to a cheaper one: weeks, and seasons. Our judgement, from
#: admissions after the shortage of 1995 (down within months, back in about 18: Dobkin & Nicosia 2009).
USUAL_USERS = {"leaving_time": 0.2, "return_time": 0.75}


@dataclass(frozen=True, slots=True)
class Push:
    """A mechanism moved for a time.

    Args:
        mechanism: name in `layout.MECHANISMS`.
        amount: its value at full strength, or one per draw.
        start: years from the beginning.
        ramp: years to full strength; 0 is at once.
        stop: when it ends.
    """

    mechanism: str
    amount: float
    start: float = 0.0
    ramp: float = 0.0
    stop: float = float("inf")

    def at(self, times: Floats) -> Floats:
        """Return the value at each time."""
        if self.ramp <= 0.0:
            return np.asarray(self.amount * ((times >= self.start) & (times < self.stop)))
        up = np.clip((times - self.start) / self.ramp, 0.0, 1.0)
        down = np.clip((times - self.stop) / self.ramp, 0.0, 1.0)
        return np.asarray(self.amount * np.minimum(up, 1.0 - down))


@dataclass(frozen=True)
class Market:
    """What a market did.

    Args:
        times: end of each step, years.
        values: shape (n, steps, drugs, measures).
    """

    times: Floats
    values: Floats

    def of(self, measure: str, drug: str) -> Floats:
        """Return one measure of one drug, shape (n, steps).

        Raises:
            UnknownName: no such measure or drug.
        """
        if measure not in MEASURES:
            raise UnknownName("measure", measure, MEASURES)
        if drug not in DRUGS:
            raise UnknownName("drug", drug, DRUGS)
        return np.asarray(self.values[:, :, DRUGS.index(drug), MEASURES.index(measure)])


def packed(values: Floats, changed: Mapping[str, float | Floats] | None = None) -> Floats:
    """Return the supply chain's own parameters of whole parameter vectors.

    Args:
        values: shape (n, P), in the order of `parameters()`.
        changed: parameters to set, by name: for a market of another time or another drug.

    Raises:
        UnknownName: a changed parameter is not one of the chain.
    """
    held = parameters().index
    out = np.ascontiguousarray(values[:, [held[name] for name in SUPPLY_TAKES]], dtype=np.float64)
    at = places(SUPPLY_TAKES)
    for name, value in (changed or {}).items():
        if name not in at:
            raise UnknownName("parameter of the supply chain", name, SUPPLY_TAKES)
        out[:, at[name]] = value
    return out


def run_market(
    par: Floats,
    pushes: Sequence[Push],
    *,
    years: float,
    steps_per_year: int = 52,
    users: Floats | None = None,
    switches: Mapping[str, int] | None = None,
    scale: Floats | None = None,
) -> Market:
    """Run the market.

    Args:
        par: `packed` parameters, shape (n, len(SUPPLY_TAKES)).
        pushes: what is moved, and when.
        years: how long.
        steps_per_year: at least 16.
        users: how fast users leave and return, shape (n, 2); the usual ones if not given.
        switches: structural alternatives that are not at their default.
        scale: demand of each drug against 2021, shape (drugs,).

    Raises:
        UsageError: no time, or steps too long.
        UnknownName: no such mechanism or switch.
    """
    if not (years > 0.0 and steps_per_year >= 16):
        raise UsageError(f"{years} years in {steps_per_year} steps a year were asked for.", hint="Ask for at least 16.")
    steps = round(years * steps_per_year)
    times = (np.arange(steps) + 1.0) / steps_per_year
    if users is None:
        users = np.tile([USUAL_USERS[name] for name in USER_TAKES], (len(par), 1))
    out = np.zeros((len(par), steps * len(DRUGS) * len(MEASURES)))
    MARKET(
        par, np.ascontiguousarray(users, dtype=np.float64), _mechanisms(pushes, times - 0.5 / steps_per_year),
        _switches(switches or {}), np.array([0.0, 1.0 / steps_per_year]), np.zeros(SUPPLY_STATE), np.ones(len(DRUGS)),
        np.ones(len(DRUGS)), np.ones(len(DRUGS)) if scale is None else np.ascontiguousarray(scale, dtype=np.float64),
        np.ones(len(SIGNALS)), np.zeros(len(SUPPLY_TOTALS) + len(SUPPLY_MEASURES)), out,
    )  # fmt: skip
    return Market(times, out.reshape(len(par), steps, len(DRUGS), len(MEASURES)))


def _mechanisms(pushes: Sequence[Push], times: Floats) -> Floats:
    at = places(MECHANISMS)
    out = np.zeros((len(times), len(MECHANISMS)))
    for push in pushes:
        if push.mechanism not in at:
            raise UnknownName("mechanism", push.mechanism, at)
        out[:, at[push.mechanism]] += push.at(times)
    return out


def _switches(changed: Mapping[str, int]) -> npt.NDArray[np.int64]:
    out = np.array([switch.values[0] for switch in SWITCHES], dtype=np.int64)
    at = places(SWITCHES)
    for name, value in changed.items():
        if name not in at:
            raise UnknownName("switch", name, at)
        out[at[name]] = value
    return out
