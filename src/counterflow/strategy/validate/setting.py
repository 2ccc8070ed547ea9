"""What every test runs on: draws of the parameters, the base scenario, and what others published."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from counterflow.reference.csv_files import read_rows
from counterflow.strategy.model.layout import MECHANISMS, VARIABLES, places
from counterflow.strategy.validate.published import Reference, published

if TYPE_CHECKING:
    from collections.abc import Mapping

    from counterflow.strategy.model.draws import Draws
    from counterflow.strategy.model.engine import Changes, Runs
    from counterflow.strategy.model.posterior import Posterior

__all__ = ["FIRST_POLICY_YEAR", "HISTORY", "LAST_POLICY_YEAR", "SERIES", "Setting", "change", "end_of", "summed"]

Floats = npt.NDArray[np.float64]
HISTORY = tuple(range(1999, 2021))
FIRST_POLICY_YEAR, LAST_POLICY_YEAR = 2022, 2032
#: id of a public series -> the variable of the model that answers to it
SERIES: Mapping[str, str] = {each.target: each.name for each in VARIABLES if each.target}


def end_of(year: int) -> dt.date:
    """Return the last day of a year: how far data that end with it reach."""
    return dt.date(year, 12, 31)


def change(name: str, amount: float, *, start: float = 2022.5, ramp: float = 3.0) -> Changes:
    """Return the change of one mechanism as the published policies ran: from 2022.5 over three years, then kept."""
    from counterflow.strategy.model.engine import Changes

    return Changes(
        np.array([places(MECHANISMS)[name]], dtype=np.int32), np.array([start]), np.array([ramp]), np.array([np.inf]),
        np.array([[amount]]),
    )  # fmt: skip


def summed(run: Runs, name: str, first: int = FIRST_POLICY_YEAR, last: int = LAST_POLICY_YEAR) -> Floats:
    """Return a flow summed over calendar years, both ends in, shape (n,)."""
    return np.asarray(run.of(name)[:, (run.years >= first) & (run.years <= last)].sum(axis=1))


@dataclass
class Setting:
    """One validation.

    Args:
        quick: fewer draws and only tests that take moments.
        seed: seed of draws and intervals.
        reference: what is held against.
        posterior: fitted rows; those shipped if not given.
    """

    quick: bool = False
    seed: int = 1
    reference: Reference = field(default_factory=published)
    posterior: Posterior | None = None

    @property
    def count(self) -> int:
        """How many draws."""
        return 100 if self.quick else 500

    @cached_property
    def draws(self) -> Draws:
        """Draws of the parameters."""
        from counterflow.strategy.model.draws import draw

        return draw(self.count, self.seed, self.posterior)

    @cached_property
    def base(self) -> Runs:
        """The base scenario without policy, 1999 to 2032."""
        from counterflow.strategy.model.drivers import drivers
        from counterflow.strategy.model.engine import simulate

        return simulate(self.draws.values, drivers("base"))

    @cached_property
    def observed(self) -> dict[str, dict[int, float]]:
        """Observed values of the 21 series, 1999 to 2020: the folder's, else our own table's (3 significant digits)."""
        if self.reference.observed is not None:
            return self.reference.observed
        found: dict[str, dict[int, float]] = {}
        for line in read_rows("strategy", "targets.csv"):
            if int(line["year"]) in HISTORY:
                found.setdefault(line["id"], {})[int(line["year"])] = float(line["value"])
        return found
