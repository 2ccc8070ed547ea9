"""The parameters of the model: what each is, what it may be, who says so, and which data inform it.

They are lines of `reference/strategy/parameters_*.csv`, in the order of the files' names; the flat array of the engine
has one place per line. A parameter that no series informs keeps its prior in every draw, and what hangs on such
parameters is called assumption-driven (docs/methods/strategy-doubt.md).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UnknownName
from counterflow.reference.csv_files import read_rows
from counterflow.strategy.model.layout import MODEL_VERSION

__all__ = ["FILES", "Parameter", "Parameters", "parameters"]

Floats = npt.NDArray[np.float64]
#: What the past depends on, and so what a posterior is fitted over; no policy acted in the past of the model.
FITTED_FILES = ("parameters_people.csv", "parameters_harm.csv", "parameters_justice.csv")
FILES = (*FITTED_FILES, "parameters_supply.csv", "parameters_levers.csv")
SCALES = ("fixed", "uniform", "log", "logit", "normal")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter.

    Args:
        name: its name.
        group: part of the model.
        value: usual value (median of the prior).
        low: lower end of the prior: a bound where `scale` is uniform, else its 2.5 % point.
        high: upper end, likewise 97.5 %.
        scale: form of the prior: "fixed" (no doubt kept), "uniform", "normal", "log" (log-normal) or "logit".
        unit: unit.
        grade: grade of the evidence: A (trial, or full count), B (cohort, or fitted by others), C (expert, one source),
            D (our judgement).
        informed: ids of the series that inform it, or empty.
        source: who says so, citable.
        note: what else must be known.
    """

    name: str
    group: str
    value: float
    low: float
    high: float
    scale: str
    unit: str
    grade: str
    informed: tuple[str, ...]
    source: str
    note: str = ""


@dataclass(frozen=True)
class Parameters:
    """All parameters in the order of the engine's flat array.

    Args:
        rows: the parameters.
        past: how many of them, from the first, the past depends on; all if not given.
    """

    rows: tuple[Parameter, ...]
    past: int | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names in order."""
        return tuple(row.name for row in self.rows)

    @property
    def index(self) -> dict[str, int]:
        """Name -> place."""
        return {row.name: place for place, row in enumerate(self.rows)}

    @property
    def values(self) -> Floats:
        """Usual values, shape (P,)."""
        return np.array([row.value for row in self.rows])

    @property
    def low(self) -> Floats:
        """Lower ends, shape (P,)."""
        return np.array([row.low for row in self.rows])

    @property
    def high(self) -> Floats:
        """Upper ends, shape (P,)."""
        return np.array([row.high for row in self.rows])

    @property
    def version(self) -> str:
        """Version of the model with the names that its past depends on: what a posterior must agree with."""
        names = hashlib.sha256("\n".join(self.names[: self.past]).encode()).hexdigest()[:12]
        return f"{MODEL_VERSION}-{names}"

    def place(self, name: str) -> int:
        """Return the place of a parameter.

        Raises:
            UnknownName: there is no such parameter.
        """
        places = self.index
        if name not in places:
            raise UnknownName("parameter", name, places)
        return places[name]


def _parameter(row: dict[str, str]) -> Parameter:
    return Parameter(
        row["name"], row["group"], float(row["value"]), float(row["low"]), float(row["high"]), row["scale"],
        row["unit"], row["grade"], tuple(row["informed"].split()), row["source"], row["note"],
    )  # fmt: skip


@cache
def parameters() -> Parameters:
    """Return all parameters of the model as shipped."""
    rows = {file: [_parameter(row) for row in read_rows("strategy", file)] for file in FILES}
    past = sum(len(rows[file]) for file in FITTED_FILES)
    return Parameters(tuple(row for file in FILES for row in rows[file]), past)
