"""The setting of the monitor: every number that decides what is told, with what it does and what it costs."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UsageError

__all__ = ["Setting"]


def _number(default: float, doc: str, low: float = 0.0, high: float = 1e9) -> float:
    value: float = field(default=default, metadata={"doc": doc, "low": low, "high": high})
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is expected, how much more is told, and when it is told again.

    The kernels take these numbers in the order in which they stand here (`as_array`).

    Raises:
        UsageError: a number outside the range in which it means anything.

    >>> Setting().version == Setting(limit=1.8).version != Setting(limit=3).version
    True
    """

    limit: float = _number(1.8, "two-month mean: signed root of the deviance that raises an alarm", 0.01, 50)
    month_limit: float = _number(2.3, "single month: signed root of the deviance that raises an alarm", 0.01, 50)
    sum_limit: float = _number(2.6, "CUSUM that raises an alarm", 0.01, 100)
    allowance: float = _number(0.75, "what a month must exceed before it adds to the CUSUM", 0, 5)
    most_a_month: float = _number(3.0, "the most that one month adds to the CUSUM", 1, 20)
    window: float = _number(36, "clean months that the baseline is the mean of", 6, 120)
    warm_up: float = _number(12, "months after which a baseline is the customer's own, and its growth is capped", 3, 60)
    few: float = _number(3, "months without which, and without peers, nothing is judged", 1, 12)
    lag: float = _number(1, "latest months that do not yet teach", 0, 12)
    growth: float = _number(0.3, "the most that a baseline may grow in a year", 0, 10)
    teach: float = _number(0.8, "strength from which a month teaches nothing", 0.1, 1)
    prior_months: float = _number(12, "months that the usual spread counts as, against the customer's own", 0, 1000)
    lumpiness: float = _number(0.4, "usual variance of a month, in visits' quantities times the mean", 0.01, 10)
    spread: float = _number(0.1, "least spread of a month beside that, as a share of the mean", 0.01, 2)
    wander: float = _number(0.1, "how far a level wanders by itself, as a share", 0, 2)
    new_variance: float = _number(
        0.4, "added variance of the ratio for a new customer, falling to 0 over the window", 0, 10
    )
    least_units: float = _number(500, "dosage units above the baseline below which nothing is told", 0)
    least_visits: float = _number(4, "days with orders above the baseline below which frequency is not told", 0, 1000)
    visits_factor: float = _number(1.5, "how much more evidence frequency needs than quantity", 1, 100)
    again: float = _number(1.5, "growth over the level of the last alarm that raises an open one again", 1.01, 100)
    peers: float = _number(8, "peers without whom they are not asked", 2, 1e9)
    peers_most: float = _number(1.5, "the most that peers' growth lifts the baseline", 1, 10)
    declared_room: float = _number(2.0, "multiple of the own level up to which a declaration is believed", 1, 100)
    stock_months: float = _number(2.0, "months of a declared volume that a new customer may order ahead", 0, 60)
    stock_lots: float = _number(1.5, "orders of its usual size that it may order ahead beside that", 0, 60)
    stock_most: float = _number(6.5, "months of a declared volume that all this may come to", 0.5, 120)
    given_months: float = _number(6, "months that a level accepted by a person counts as", 1, 120)

    def __post_init__(self) -> None:
        for entry in dataclasses.fields(self):
            low, high = entry.metadata["low"], entry.metadata["high"]
            value = getattr(self, entry.name)
            if not low <= value <= high:
                hint = f"{entry.metadata['doc'].capitalize()}; from {low:g} to {high:g}."
                raise UsageError(f"{entry.name} = {value} cannot be.", hint=hint)

    def as_array(self) -> npt.NDArray[np.float64]:
        """Return the numbers in the order in which they are declared."""
        return np.array([float(getattr(self, entry.name)) for entry in dataclasses.fields(self)])

    def quieter(self, times: float) -> Setting:
        """Return this setting with all limits `times` as high: above 1 it tells less, below 1 more."""
        names = ("limit", "month_limit", "sum_limit")
        return dataclasses.replace(self, **{name: getattr(self, name) * times for name in names})

    @property
    def version(self) -> str:
        """A short name of exactly these numbers, for alarms and the ledger."""
        said = ";".join(f"{entry.name}={float(getattr(self, entry.name))!r}" for entry in dataclasses.fields(self))
        return f"monitor-1-{hashlib.sha256(said.encode()).hexdigest()[:12]}"

    @classmethod
    def described(cls) -> dict[str, str]:
        """Return each number's name with what it does."""
        return {entry.name: entry.metadata["doc"] for entry in dataclasses.fields(cls)}
