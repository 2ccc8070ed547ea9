"""One forecast of one measure: whose, for which days, and its quantiles; read from an author's words or a model's form.

A forecast without quantiles says why: not knowing is an answer, silence is none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from counterflow.account.actions.terms import MEASURES
from counterflow.core.errors import InputError, UnknownName
from counterflow.core.estimate import Estimate
from counterflow.store.ledger import decimal_text

__all__ = ["BASES", "Forecast", "from_estimate", "from_model", "from_words"]

#: what the quantiles are of: the value itself, or a change against the same days without the action
BASES = ("value", "change", "relative change")
_KEYS = (
    "measure", "unit", "basis", "from", "to", "value", "low", "high", "level", "low50", "high50", "method", "source",
    "as_of", "why_not",
)  # fmt: skip
_FORM_ENDS = {"low90": 0.05, "low50": 0.25, "median": 0.5, "high50": 0.75, "high90": 0.95}
_DIGITS = 6
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Forecast:
    """What one author expects of one measure in one window.

    Args:
        by: agency, model, record or history.
        measure: one of `MEASURES`.
        window: its name.
        starts: first day of it.
        ends: last day of it.
        unit: unit of the quantiles.
        basis: one of `BASES`.
        levels: probabilities in rising order; empty where nothing can be said.
        quantiles: one for each, rising.
        method: how it was made.
        source: what it rests on.
        as_of: last day of data in it.
        why_not: why there are no quantiles.

    Raises:
        ValueError: quantiles are crossed or no numbers, or there are none and no reason.
    """

    by: str
    measure: str
    window: str
    starts: dt.date
    ends: dt.date
    unit: str
    basis: str
    levels: tuple[float, ...]
    quantiles: tuple[float, ...]
    method: str
    source: str
    as_of: dt.date
    why_not: str = ""

    def __post_init__(self) -> None:
        if len(self.levels) != len(self.quantiles) or not np.all(np.isfinite(self.quantiles)):
            raise ValueError("each level needs one quantile, a number")
        if list(self.levels) != sorted(set(self.levels)) or list(self.quantiles) != sorted(self.quantiles):
            raise ValueError(f"an interval needs low <= high, not {', '.join(map(str, self.quantiles))}")
        if any(not 0 < level < 1 for level in self.levels):
            raise ValueError("levels lie between 0 and 1")
        if not self.levels and not self.why_not:
            raise ValueError("a forecast that says nothing says why")

    @property
    def kind(self) -> str:
        """Whether it is an outcome, a counter-indicator, a burden or an activity."""
        return MEASURES[self.measure]

    def at(self, level: float) -> float | None:
        """Return the quantile at a level; None where it was not said."""
        found = [q for p, q in zip(self.levels, self.quantiles, strict=True) if abs(p - level) < _CLOSE]
        return found[0] if found else None

    def interval(self, level: float) -> tuple[float, float] | None:
        """Return the central interval of a level; None where it was not said."""
        low, high = self.at((1 - level) / 2), self.at((1 + level) / 2)
        return None if low is None or high is None else (low, high)

    def widest(self) -> tuple[float, float, float] | None:
        """Return level, low and high of the widest interval; None where nothing is said."""
        if len(self.levels) < 2:
            return None
        return 2 * self.levels[-1] - 1, self.quantiles[0], self.quantiles[-1]

    def z_of(self, value: float) -> float | None:
        """Return where a value falls, on the normal scale, straight between the quantiles and on beyond them.

        None where the forecast has fewer than two different quantiles.
        """
        q, first = np.unique(np.asarray(self.quantiles), return_index=True)
        if len(q) < 2:
            return None
        normal = np.array([NormalDist().inv_cdf(p) for p in self.levels])[first]
        if value <= q[0]:
            return float(normal[0] + (value - q[0]) * (normal[1] - normal[0]) / (q[1] - q[0]))
        if value >= q[-1]:
            return float(normal[-1] + (value - q[-1]) * (normal[-1] - normal[-2]) / (q[-1] - q[-2]))
        return float(np.interp(value, q, normal))

    def as_row(self) -> dict[str, Any]:
        """Return plain data in one spelling: numbers as decimal text."""
        return {
            "by": self.by, "measure": self.measure, "kind": self.kind, "window": self.window,
            "starts": self.starts.isoformat(), "ends": self.ends.isoformat(), "unit": self.unit, "basis": self.basis,
            "levels": [decimal_text(p) for p in self.levels], "quantiles": [_text(q) for q in self.quantiles],
            "method": self.method, "source": self.source, "as_of": self.as_of.isoformat(), "why_not": self.why_not,
        }  # fmt: skip

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Forecast:
        """Return what `as_row` wrote."""
        return cls(
            row["by"], row["measure"], row["window"], dt.date.fromisoformat(row["starts"]),
            dt.date.fromisoformat(row["ends"]), row["unit"], row["basis"], tuple(map(float, row["levels"])),
            tuple(map(float, row["quantiles"])), row["method"], row["source"], dt.date.fromisoformat(row["as_of"]),
            row["why_not"],
        )  # fmt: skip


def _text(value: float) -> str:
    return decimal_text(float(f"{value:.{_DIGITS}g}") + 0.0)


def from_estimate(estimate: Estimate, measure: str, starts: dt.date, ends: dt.date) -> Forecast:
    """Return an agency's estimate as a forecast of the action's own days."""
    half = (1 - estimate.level) / 2
    middle = [] if estimate.value is None else [(0.5, estimate.value)]
    parts = [(half, estimate.low), *middle, (1 - half, estimate.high)]
    return Forecast(
        "agency", measure, "action", starts, ends, estimate.unit, "value", tuple(_level(p) for p, _ in parts),
        tuple(q for _, q in parts), estimate.method, estimate.source, estimate.as_of,
    )  # fmt: skip


def _level(value: float) -> float:
    """Return a level without the dust of arithmetic."""
    return round(value, 9)


def from_words(tree: object, starts: dt.date, ends: dt.date, path: Path) -> Forecast:
    """Return one author's forecast from a table of the file.

    Raises:
        InputError: a key is missing, unknown or of another type, or the interval is crossed.
    """
    if not isinstance(tree, dict):
        raise InputError("A forecast is a table.", file=path, column="forecast", hint="Write [[forecast]].")
    for name in tree:
        if name not in _KEYS:
            raise UnknownName("key of a forecast", name, _KEYS, file=path)
    measure = str(tree.get("measure", "other"))
    if measure not in MEASURES:
        raise UnknownName("measure", measure, MEASURES, file=path)
    basis = str(tree.get("basis", "value"))
    if basis not in BASES:
        raise UnknownName("basis of a forecast", basis, BASES, file=path)
    why_not = _word(tree, "why_not", path) if "why_not" in tree else ""
    said = {name: _word(tree, name, path) if not why_not or name in tree else "" for name in
            ("method", "source", "unit")}  # fmt: skip
    parts = [] if why_not else _parts(tree, path)
    first = _day(tree, "from", path) if "from" in tree else starts
    last = _day(tree, "to", path) if "to" in tree else ends
    if first < starts or last < first:
        hint = "The days of a forecast begin with the action or after it, and end after they begin."
        raise InputError("The days of a forecast are crossed.", file=path, column="forecast.to", value=last, hint=hint)
    named = "action" if (first, last) == (starts, ends) else f"{first} to {last}"
    as_of = _day(tree, "as_of", path) if not why_not or "as_of" in tree else starts
    try:
        return Forecast(
            "agency", measure, named, first, last, said["unit"], basis, tuple(_level(p) for p, _ in parts),
            tuple(q for _, q in parts), said["method"], said["source"], as_of, why_not,
        )  # fmt: skip
    except ValueError as error:
        raise InputError(f"The forecast does not hold together: {error}.", file=path, column="forecast") from error


def _parts(tree: Mapping[str, Any], path: Path) -> list[tuple[float, float]]:
    low, high, level = (_number(tree, name, path) for name in ("low", "high", "level"))
    if not 0 < level < 1:
        hint = "Write 0.9 for an interval that holds nine times of ten."
        raise InputError("A level lies between 0 and 1.", file=path, column="forecast.level", value=level, hint=hint)
    parts = [((1 - level) / 2, low), ((1 + level) / 2, high)]
    if "value" in tree:
        parts.append((0.5, _number(tree, "value", path)))
    if "low50" in tree or "high50" in tree:
        parts += [(0.25, _number(tree, "low50", path)), (0.75, _number(tree, "high50", path))]
    return sorted(parts)


def from_model(form: Mapping[str, Any], starts: dt.date, ends: dt.date) -> list[Forecast]:
    """Return the measures of a checked forecast of the strategy model (its form, decision 25) for this action.

    Raises:
        InputError: it is a forecast of another start.
    """
    begun = dt.date.fromisoformat(form["action"]["starts"])
    if (begun.year, begun.month) != (starts.year, starts.month):
        hint = "Make the forecast again with --start as the action has it."
        raise InputError(f"The model's action starts in {begun:%Y-%m}.", column="starts", value=starts, hint=hint)
    made = []
    for row in form["measures"]:
        if row["measure"] not in MEASURES:
            raise UnknownName("measure", row["measure"], MEASURES)
        first, last = _days_of(row["window"], begun, ends, int(form["action"]["months"]))
        ends_of = {p: float(row[name]) for name, p in _FORM_ENDS.items() if row[name] is not None}
        relative = row["unit"] == "relative change"
        basis = "relative change" if relative else "change" if "less without" in row["what"] else "value"
        made.append(
            Forecast(
                "model",
                row["measure"],
                row["window"],
                first,
                last,
                row["unit"],
                basis,
                tuple(ends_of),
                tuple(ends_of.values()),
                row["method"],
                f"{row['source']}; forecast {form['forecast'][:12]}",
                dt.date.fromisoformat(row["as_of"]),
                row["why_not"],
            )
        )
    return made


def _days_of(window: str, begun: dt.date, ends: dt.date, months: int) -> tuple[dt.date, dt.date]:
    """Return first and last day of a window of the model's form."""
    if window == "action":
        return begun, max(ends, _later(begun, months) - dt.timedelta(days=1))
    year = 0 if window.startswith("first") else 1
    return _later(begun, 12 * year), _later(begun, 12 * (year + 1)) - dt.timedelta(days=1)


def _later(day: dt.date, months: int) -> dt.date:
    index = day.month - 1 + months
    return day.replace(year=day.year + index // 12, month=index % 12 + 1, day=min(day.day, 28))


def _word(tree: Mapping[str, Any], name: str, path: Path) -> str:
    value = tree.get(name)
    if not isinstance(value, str) or not value.strip():
        raise InputError("A forecast needs this, in words.", file=path, column=f"forecast.{name}", value=value)
    return value.strip()


def _day(tree: Mapping[str, Any], name: str, path: Path) -> dt.date:
    value = tree.get(name)
    if type(value) is not dt.date:
        hint = f"Write it without quotes, as {name} = 2026-04-01."
        raise InputError("A forecast needs this date.", file=path, column=f"forecast.{name}", value=value, hint=hint)
    return value


def _number(tree: Mapping[str, Any], name: str, path: Path) -> float:
    value = tree.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError("A forecast needs this number.", file=path, column=f"forecast.{name}", value=value)
    return float(value)
