"""What is given from outside: population, prescribing, fentanyl's share, price, places, kits; observed and projected.

A year's figure stands at the middle of its year; between years it moves in a straight line. After the last observed
year it follows an S-curve to the value that Lim et al. 2022 (PNAS, 10.1073/pnas.2115714119) projected for 2032, reached
to 99 %, or is held where a scenario says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UnknownName
from counterflow.reference.csv_files import read_rows
from counterflow.strategy.model.layout import FIRST_YEAR, LAST_YEAR
from counterflow.strategy.model.positions import DRIVERS

__all__ = ["FENTANYL_END", "SCENARIOS", "Drivers", "drivers", "drivers_of"]

Floats = npt.NDArray[np.float64]
SCENARIOS = ("base", "constant", "high", "low")
_LAST_FITTED, _END = 2020, 2032
#: Where fentanyl's share is heading in 2032 (cut at 1). High and low are what moves our own baseline's deaths of
#: 2022-32 as far as the published high and low baselines lie from the published base (+23 % and -23 %); a test holds
#: them to it.
FENTANYL_END = {"base": 0.81, "high": 1.02, "low": 0.595}


@dataclass(frozen=True)
class Drivers:
    """Drivers by year.

    Args:
        scenario: name.
        years: calendar years, shape (Y,).
        table: values, shape (Y, D), in the order of `positions.DRIVERS`.
    """

    scenario: str
    years: npt.NDArray[np.int64]
    table: Floats

    def changed(self, name: str, values: Mapping[int, float]) -> Drivers:
        """Return drivers with some years of one of them replaced.

        Raises:
            UnknownName: no such driver, or no such year.
        """
        if name not in DRIVERS:
            raise UnknownName("driver", name, DRIVERS)
        table = self.table.copy()
        for year, value in values.items():
            if not self.years[0] <= year <= self.years[-1]:
                raise UnknownName("year", str(year), [str(y) for y in self.years])
            table[year - self.years[0], DRIVERS.index(name)] = value
        return replace(self, table=table)

    def at(self, times: Floats) -> Floats:
        """Return values at points of time, shape (len(times), D)."""
        middle = self.years + 0.5
        columns = [np.interp(times, middle, self.table[:, place]) for place in range(len(DRIVERS))]
        return np.ascontiguousarray(np.stack(columns, axis=1))


@cache
def drivers(scenario: str = "base") -> Drivers:
    """Return the drivers of a scenario.

    Args:
        scenario: "base": projected; "constant": held at the last observed year; "high" and "low": as base, with
            fentanyl's share ending higher or lower.

    Raises:
        UnknownName: no such scenario.

    >>> drivers("base").table.shape
    (34, 12)
    """
    if scenario not in SCENARIOS:
        raise UnknownName("scenario", scenario, SCENARIOS)
    observed: dict[str, dict[int, float]] = {name: {} for name in DRIVERS}
    for row in read_rows("strategy", "drivers.csv"):
        observed[row["driver"]][int(row["year"])] = float(row["value"])
    ends = {row["driver"]: row["end_2032"] for row in read_rows("strategy", "driver_projections.csv")}
    return drivers_of(scenario, observed, {name: float(end) for name, end in ends.items() if end})


def drivers_of(scenario: str, observed: Mapping[str, Mapping[int, float]], ends: Mapping[str, float]) -> Drivers:
    """Return the drivers of a scenario made of other observations.

    Args:
        scenario: one of `SCENARIOS`.
        observed: per driver, value by year.
        ends: per driver that is projected, its value in 2032.
    """
    years = np.arange(FIRST_YEAR, LAST_YEAR + 1)
    ends = {**ends, "fentanyl": FENTANYL_END.get(scenario, FENTANYL_END["base"])}
    columns = [_column(years, observed[name], None if scenario == "constant" else ends.get(name)) for name in DRIVERS]
    table = np.stack(columns, axis=1)
    fentanyl = DRIVERS.index("fentanyl")
    table[:, fentanyl] = np.minimum(table[:, fentanyl], 1.0)
    return Drivers(scenario, years, table)


def _column(years: npt.NDArray[np.int64], observed: Mapping[int, float], end: float | None) -> Floats:
    known = np.array(sorted(observed))
    if end is not None:
        known = known[known <= _LAST_FITTED]
    values = np.array([observed[year] for year in known])
    out = np.interp(years, known, values)
    last = int(known[-1])
    if end is not None:
        gone = 2 / (1 + np.exp(-5 * (years - last) / (_END - last))) - 1
        out = np.where(years > last, values[-1] + (end - values[-1]) * gone, out)
    return np.asarray(out, dtype=np.float64)
