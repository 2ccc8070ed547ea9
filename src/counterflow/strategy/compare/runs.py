"""Running mixes of levers on one set of draws, and reading windows of years out of the result.

All mixes of one comparison run on the same draws and drivers, so their differences carry no noise of sampling.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import EngineError, InputError, UnknownName, UsageError
from counterflow.strategy.levers.effects import changes
from counterflow.strategy.levers.policy import Pull
from counterflow.strategy.model.draws import Draws
from counterflow.strategy.model.drivers import SCENARIOS, drivers
from counterflow.strategy.model.engine import NONE, Changes, Runs, simulate
from counterflow.strategy.model.layout import FIRST_YEAR, LAST_YEAR

__all__ = [
    "LEVEL", "QUANTILES", "Interval", "Ran", "baseline", "interval", "one_scenario", "ran", "run", "scenario_names",
    "total", "usable", "without", "years_of",
]  # fmt: skip

Floats = npt.NDArray[np.float64]
QUANTILES = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)
LEVEL = 0.95
_UNFIT = "The parameters were not fitted, or to another model: see `counterflow strategy calibrate`."
#: the largest part of draws that may be left out, counted, before an answer is refused
_MOST_LOST = 0.05
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

    Raises:
        EngineError: a draw gave no finite result: it may not be passed over in silence.
    """
    if not np.isfinite(draws).all():
        raise EngineError(
            f"{np.sum(~np.isfinite(draws)):,} of {draws.size:,} draws give no finite result.", hint=_UNFIT
        )
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


def one_scenario(text: str) -> str:
    """Return the one scenario named.

    Raises:
        UnknownName: it is not known.
        UsageError: several are named where one is wanted.
    """
    names = scenario_names(text)
    if len(names) > 1:
        raise UsageError("One scenario at a time here.", hint=f"Give one of {', '.join(names)}.")
    return names[0]


def ran(
    values: Floats,
    changed: Changes = NONE,
    scenario: str = "base",
    shares: Floats | None = None,
    switches: Mapping[str, int] | None = None,
    reference: Ran | None = None,
) -> Ran:
    """Run the model on parameter vectors.

    Args:
        values: shape (n, P).
        changed: timed changes; none: the baseline.
        scenario: base, constant, high or low.
        shares: share of the people that each run stands for.
        switches: structural alternatives by name.
        reference: `baseline` of the same vectors and scenario: a policy then costs half.
    """
    return simulate(values, drivers(scenario), changed, shares=shares, switches=switches, reference=reference)


def baseline(values: Floats, scenario: str = "base", switches: Mapping[str, int] | None = None) -> Ran:
    """Run without any policy, and keep what further runs of the same vectors are measured against."""
    return simulate(values, drivers(scenario), switches=switches, keep=True)


def run(
    pulls: Sequence[Pull],
    values: Floats,
    scenario: str = "base",
    shares: Floats | None = None,
    reference: Ran | None = None,
) -> Ran:
    """Run the model on parameter vectors with a mix of levers; no lever or strength 0: exactly the baseline."""
    return ran(values, changes(pulls, values), scenario, shares, reference=reference)


def usable(draws: Draws, scenario: str = "base") -> tuple[Draws, int]:
    """Return the draws whose baseline is finite, and how many were left out.

    Raises:
        EngineError: more than one in twenty is not.
    """
    good = np.asarray(np.isfinite(run((), draws.values, scenario).values).all(axis=(1, 2)))
    lost = int((~good).sum())
    if lost > _MOST_LOST * len(good):
        raise EngineError(f"{lost:,} of {len(good):,} draws give no finite result.", hint=_UNFIT)
    return (replace(draws, values=draws.values[good]) if lost else draws), lost


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
