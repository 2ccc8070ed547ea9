"""What a test says: a bar set before the model was run, a value with its interval, and a verdict in words."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import asdict, dataclass
from functools import cache
from typing import Literal

from counterflow.core.errors import UnknownName
from counterflow.reference.csv_files import read_rows

__all__ = ["Bar", "Row", "bars", "row", "unjudged"]

_SIGNS = re.compile(r"[^A-Za-z0-9]+")  # no part of an id
Sense = Literal["at most", "at least", "below", "between", "exactly", "reported"]


@dataclass(frozen=True, slots=True)
class Bar:
    """What a value must meet; set from the literature before the model was run.

    Args:
        id: "V2.mean_error": the test, and what of it.
        name: what is measured, in words.
        sense: how the value is held against `least` and `most`.
        least: lower end, or the exact value; None where there is none.
        most: upper end; None where there is none.
        unit: unit of the value.
        method: how the value and its interval are made.
        source: who set the bar.
    """

    id: str
    name: str
    sense: Sense
    least: float | None
    most: float | None
    unit: str
    method: str
    source: str

    @property
    def test(self) -> str:
        """The test of the protocol it belongs to: V1 to V9."""
        return self.id.partition(".")[0]

    @property
    def words(self) -> str:
        """The bar as a person reads it.

        >>> bars()["V3.coverage"].words
        'at least 0.85'
        """
        if self.sense == "reported":
            return "reported, not judged"
        if self.sense == "between":
            return f"{self.least:g} to {self.most:g}"
        return f"{self.sense} {self.most if self.least is None else self.least:g}"

    def met(self, value: float | None) -> bool | None:
        """Return whether `value` meets the bar; None where it is only reported, or could not be had."""
        if value is None or self.sense == "reported":
            return None
        if math.isnan(value):
            return False
        if self.sense == "exactly":
            return value == self.least
        if self.sense == "below":
            return self.most is not None and value < self.most
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the validation.

    Args:
        id: which bar; "V2.series.HUD" adds of what.
        test: V1 to V9.
        name: what is measured.
        value: the value; None where it could not be had, and `note` says why.
        low: lower end of the 95 % interval (equal to the value where that is exact), None without value.
        high: upper end.
        unit: unit of all three.
        bar: the bar in words.
        passed: whether the bar is met; None where the value is only reported or could not be had.
        verdict: "met", "MISSED", "reported" or "not judged".
        n: number of things that the value rests on (points, policies, runs).
        method: how value and interval were made.
        source: of the bar or of what the value is held against.
        as_of: last day of the data it rests on.
        note: what else a reader must know; of a missed bar, what it means.
    """

    id: str
    test: str
    name: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    bar: str
    passed: bool | None
    verdict: str
    n: int
    method: str
    source: str
    as_of: dt.date
    note: str

    def as_dict(self) -> dict[str, object]:
        """Return plain data, the date as ISO text."""
        return asdict(self) | {"as_of": self.as_of.isoformat()}


def _number(text: str) -> float | None:
    return float(text) if text else None


@cache
def bars() -> dict[str, Bar]:
    """Return every bar of the protocol by id."""
    senses: dict[str, Sense] = {
        "at most": "at most", "at least": "at least", "below": "below", "between": "between", "exactly": "exactly",
        "reported": "reported",
    }  # fmt: skip
    return {
        line["id"]: Bar(
            line["id"], line["name"], senses[line["sense"]], _number(line["least"]), _number(line["most"]),
            line["unit"], line["method"], line["source"],
        )
        for line in read_rows("strategy", "bars.csv")
    }  # fmt: skip


def row(
    bar_id: str,
    value: float,
    interval: tuple[float, float] | None = None,
    *,
    n: int,
    as_of: dt.date,
    note: str = "",
    of: str = "",
    source: str = "",
) -> Row:
    """Return the line of one bar, judged.

    Args:
        bar_id: which bar.
        value: what was found.
        interval: its 95 % interval; the value itself where it is exact.
        n: how many things it rests on.
        as_of: last day of the data it rests on.
        note: what else must be known.
        of: what of it, where a bar has several lines (a series, a model).
        source: what it is held against, where that differs from the bar's.
    """
    bar = bars().get(bar_id)
    if bar is None:
        raise UnknownName("bar of the validation", bar_id, bars())
    passed = bar.met(value)
    verdict = "reported" if passed is None else ("met" if passed else "MISSED")
    low, high = interval or (value, value)
    if not all(map(math.isfinite, (value, low, high))):
        note = f"the result is not a finite number ({value:g}, {low:g} to {high:g}). {note}".strip()
    place = f"{bar.id}.{_SIGNS.sub('-', of).strip('-')}" if of else bar.id
    return Row(
        id=place, test=bar.test, name=f"{bar.name}: {of}" if of else bar.name,
        value=_finite(value), low=_finite(low), high=_finite(high), unit=bar.unit, bar=bar.words, passed=passed,
        verdict=verdict, n=n, method=bar.method, source=source or bar.source, as_of=as_of, note=note,
    )  # fmt: skip


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def unjudged(bar_id: str, why: str, *, as_of: dt.date) -> Row:
    """Return the line of a bar that could not be judged here, with the reason: neither met nor missed."""
    bar = bars()[bar_id]
    return Row(
        id=bar.id, test=bar.test, name=bar.name, value=None, low=None, high=None, unit=bar.unit, bar=bar.words,
        passed=None, verdict="not judged", n=0, method=bar.method, source=bar.source, as_of=as_of, note=why,
    )  # fmt: skip
