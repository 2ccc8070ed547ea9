"""Running mixes of levers on one set of draws, and reading windows of years out of the result.

All mixes of one comparison run on the same draws and drivers, so their differences carry no noise of sampling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import InputError, UnknownName
from counterflow.strategy.levers.effects import changes
from counterflow.strategy.levers.policy import Pull
from counterflow.strategy.model.drivers import SCENARIOS, drivers
from counterflow.strategy.model.engine import NONE, Changes, Runs, simulate
from counterflow.strategy.model.layout import FIRST_YEAR, LAST_YEAR

__all__ = ["LEVEL", "QUANTILES", "Interval", "Ran", "interval", "ran", "run", "scenario_names", "total", "without",
           "years_of"]  # fmt: skip

Floats = npt.NDArray[np.float64]
QUANTILES = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)
LEVEL = 0.95
Ran = Runs


@dataclass(frozen=True, slots=True)
class Interval:
    """A median over draws with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def crosses_zero(self) -> bool:
        """Whether the interval holds zero strictly inside, or is zero throughout."""
        return self.low <= 0 <= self.high


def interval(draws: Floats) -> Interval:
    """Return the median of `draws` with the 2.5 and 97.5 % points.

    >>> interval(np.arange(101.0)).value
    50.0
    """
    low, value, high = np.quantile(draws, (0.025, 0.5, 0.975))
    return Interval(float(value), float(low), float(high))


def scenario_names(text: str) -> tuple[str, ...]:
    """Return the scenarios in a list between commas.

    Raises:
        UnknownName: one is not known.
    """
    names = tuple(dict.fromkeys(name.strip().casefold() for name in text.split(",") if name.strip()))
    for name in names:
        if name not in SCENARIOS:
            raise UnknownName("scenario", name, SCENARIOS)
    return names or ("base",)


def ran(values: Floats, changed: Changes = NONE, scenario: str = "base", shares: Floats | None = None) -> Ran:
    """Run the model on parameter vectors.

    Args:
        values: shape (n, P).
        changed: timed changes; none: the baseline.
        scenario: base, constant, high or low.
        shares: share of the people that each run stands for.
    """
    return simulate(values, drivers(scenario), changed, shares=shares)


def run(pulls: Sequence[Pull], values: Floats, scenario: str = "base", shares: Floats | None = None) -> Ran:
    """Run the model on parameter vectors with a mix of levers; no lever or strength 0: exactly the baseline."""
    return ran(values, changes(pulls, values), scenario, shares)


def without(turned: Ran) -> Ran:
    """Return the run of the same draws without the changes, which the engine makes in the same pass."""
    return Runs(turned.years, turned.baseline, turned.baseline, turned.final)


def years_of(since: int, until: int) -> slice:
    """Return the places of a window of calendar years, both ends in.

    Raises:
        InputError: outside the years of the model, or backwards.
    """
    if not FIRST_YEAR <= since <= until <= LAST_YEAR:
        hint = f"Valid: {FIRST_YEAR} to {LAST_YEAR}, the first not after the last."
        raise InputError("These years cannot be shown.", column="years", value=f"{since}..{until}", hint=hint)
    return slice(since - FIRST_YEAR, until - FIRST_YEAR + 1)


def total(out: Ran, name: str, since: int, until: int) -> Floats:
    """Return a flow summed over a window of years, shape (n,)."""
    return np.asarray(out.of(name)[:, years_of(since, until)].sum(axis=1))
