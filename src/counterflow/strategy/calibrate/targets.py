"""The public series that the model is fitted to: 21 for the United States, 1999 to 2020, deaths to 2022.

Beside them four single figures (`anchors`): what was found once, of care met, naloxone at hand and remission.

A series that is a sum of others does not count twice: each of a family of k independent series and their sum weighs
k / (k + 1). Values were typed to three significant digits, treatment counts of IQVIA origin to two ("identification
only", decision 0022). Whoever holds the official file reads it in their place (`official`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UnknownName, UsageError
from counterflow.reference.csv_files import read_rows
from counterflow.strategy.model.layout import FIRST_YEAR, VARIABLES

__all__ = [
    "EARLIEST_END",
    "REDEFINED",
    "Series",
    "Targets",
    "anchors",
    "series",
    "targets",
    "variable_of",
    "with_anchors",
]

Floats = npt.NDArray[np.float64]
#: NSDUH asked for misuse in new words from 2015.
REDEFINED = 2015
#: A fit on fewer years than these says nothing.
EARLIEST_END = 2005


@dataclass(frozen=True, slots=True)
class Series:
    """One public series, and how far it may be trusted.

    Args:
        id: its short name.
        family: "deaths", "survey stocks", "initiation", "treatment" or "anchors".
        kind: "count" (deaths), "survey", "treatment" or "anchor"; says which likelihood.
        weight: how much of an independent series it is.
        error: usual relative error expected of it, model and measurement together.
        bias: spread of its lasting bias, in units of that error.
        redefined: "yes" where the change of definition of 2015 touches it, "part" where it does in part, else "no".
        parts: ids that it is the sum of, or empty.
        published: its name in the official file, or empty where it is made from others.
        use: "fit" or "identification only".
        source: who counted.
        read: how we came by it.
    """

    id: str
    family: str
    kind: str
    weight: float
    error: float
    bias: float
    redefined: str
    parts: tuple[str, ...]
    published: str
    use: str
    source: str
    read: str


@dataclass(frozen=True)
class Targets:
    """Series by year.

    Args:
        series: S of them.
        years: T calendar years without gap.
        values: shape (T, S), nan where there is none.
        fitted: shape (T, S), whether the value is fitted to (a value carried over from the year before is not).
    """

    series: tuple[Series, ...]
    years: tuple[int, ...]
    values: Floats
    fitted: npt.NDArray[np.bool_]

    @property
    def ids(self) -> tuple[str, ...]:
        """Short names in order."""
        return tuple(s.id for s in self.series)

    @property
    def digest(self) -> str:
        """First 12 hex digits of a SHA-256 over names, years, values and standing."""
        said = repr((self.ids, self.years)).encode() + np.nan_to_num(self.values, nan=-1.0).tobytes()
        return hashlib.sha256(said + self.fitted.tobytes()).hexdigest()[:12]

    def place(self, name: str) -> int:
        """Return the place of a series.

        Raises:
            UnknownName: there is none of this name.
        """
        if name not in self.ids:
            raise UnknownName("series", name, self.ids)
        return self.ids.index(name)

    def until(self, year: int) -> Targets:
        """Return the same up to and with `year`.

        Raises:
            UsageError: too early to fit anything, or after the last year held.
        """
        if not EARLIEST_END <= year <= self.years[-1]:
            raise UsageError(
                f"The series cannot end with {year}.", hint=f"Give a year from {EARLIEST_END} to {self.years[-1]}."
            )
        count = self.years.index(year) + 1
        return replace(self, years=self.years[:count], values=self.values[:count], fitted=self.fitted[:count])


def _series(row: dict[str, str]) -> Series:
    parts = tuple(row["parts"].split("+")) if row["parts"] else ()
    return Series(
        row["id"], row["family"], row["kind"], float(row["weight"]), float(row["error"]), float(row["bias"]),
        row["redefined"], parts, row["published"], row["use"], row["source"], row["read"],
    )  # fmt: skip


@cache
def series() -> tuple[Series, ...]:
    """Return the 21 series in the order of the shipped table."""
    return tuple(s for s in _table() if s.kind != "anchor")


@cache
def anchors() -> tuple[Series, ...]:
    """Return the single figures; the id of each is the name of the model's variable."""
    return tuple(s for s in _table() if s.kind == "anchor")


def _table() -> tuple[Series, ...]:
    return tuple(_series(row) for row in read_rows("strategy", "target_series.csv"))


@cache
def targets() -> Targets:
    """Return the 21 series as shipped."""
    known = {s.id for s in series()}
    rows = [row for row in read_rows("strategy", "targets.csv") if row["id"] in known]
    values = {(r["id"], int(r["year"])): float(r["value"]) for r in rows}
    carried = {(r["id"], int(r["year"])) for r in rows if r["standing"] != "observed"}
    return assembled(values, carried)


def with_anchors(held: Targets) -> Targets:
    """Return the series with the single figures of their years behind them."""
    extra = np.full((len(held.years), len(anchors())), np.nan)
    places = {s.id: place for place, s in enumerate(anchors())}
    for row in read_rows("strategy", "targets.csv"):
        if row["id"] in places and int(row["year"]) in held.years:
            extra[held.years.index(int(row["year"])), places[row["id"]]] = float(row["value"])
    values = np.concatenate([held.values, extra], axis=1)
    fitted = np.concatenate([held.fitted, np.isfinite(extra)], axis=1)
    return Targets((*held.series, *anchors()), held.years, values, fitted)


def assembled(values: dict[tuple[str, int], float], carried: set[tuple[str, int]]) -> Targets:
    """Return values by (id, year) as a table over all years from the first the model knows."""
    listed = series()
    years = tuple(range(FIRST_YEAR, max(year for _, year in values) + 1))
    table = np.array([[values.get((s.id, year), np.nan) for s in listed] for year in years])
    fitted = np.array([[(s.id, year) in values and (s.id, year) not in carried for s in listed] for year in years])
    return Targets(listed, years, table, fitted)


@cache
def variable_of() -> dict[str, int]:
    """Return id of a series or single figure -> place of the model's variable that answers to it."""
    answers = {v.target: place for place, v in enumerate(VARIABLES) if v.target}
    single = {s.id for s in anchors()}
    return answers | {v.name: place for place, v in enumerate(VARIABLES) if v.name in single}
