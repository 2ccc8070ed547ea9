"""Counts by period of one measure: read from a file or given by another room, and summed over a window."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from counterflow.account.actions.terms import MEASURES
from counterflow.account.given import Rows, read_rows
from counterflow.core.errors import InputError, UnknownName

__all__ = ["Counts", "Period", "Summed", "read_counts"]

_COLUMNS = ("measure", "starts", "ends", "value")
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """What was counted from one day to another.

    Args:
        starts: first day.
        ends: last day, included.
        value: what was counted, or what it is expected to come to.
        low: least that it may come to; None where it is final.
        high: most.
        complete: share of reports that are in; None where nobody says.
    """

    starts: dt.date
    ends: dt.date
    value: float
    low: float | None = None
    high: float | None = None
    complete: float | None = None

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.ends - self.starts).days + 1


@dataclass(frozen=True, slots=True)
class Summed:
    """What a window comes to, its least and most where late reports are still out, or why it cannot be told."""

    value: float = math.nan
    low: float | None = None
    high: float | None = None
    complete: float | None = None
    why_not: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of one measure by period, in order of time.

    Args:
        measure: measure of a forecast.
        periods: periods, none of which overlap.
        source: where they stand.
        as_of: day as of which they were known.
    """

    measure: str
    periods: tuple[Period, ...]
    source: str
    as_of: dt.date

    def before(self, day: dt.date) -> Counts:
        """Return those of periods that ended before a day."""
        return Counts(self.measure, tuple(p for p in self.periods if p.ends < day), self.source, self.as_of)

    def arrays(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return values, days and middle day (as proleptic ordinal), each of shape (periods,)."""
        values = np.array([p.value for p in self.periods], float)
        days = np.array([p.days for p in self.periods], float)
        middle = np.array([p.starts.toordinal() for p in self.periods], float) + (days - 1) / 2
        return values, days, middle

    def over(self, starts: dt.date, ends: dt.date) -> Summed:
        """Return the sum of the periods that lie in a window as a whole.

        A window whose periods are not all there cannot be told; days at its ends that lie in no whole period are said.
        """
        inside = [p for p in self.periods if p.starts >= starts and p.ends <= ends]
        if not inside:
            last = max((p.ends for p in self.periods), default=None)
            known = f"counts end on {last}" if last else "nothing is counted"
            return Summed(why_not=f"no whole period lies between {starts} and {ends}; {known}")
        gaps = [b.starts for a, b in pairwise(inside) if b.starts != a.ends + _DAY]
        before, after = (inside[0].starts - starts).days, (ends - inside[-1].ends).days
        longest = max(p.days for p in inside)
        if gaps or before >= longest or after >= longest:
            where = gaps[0] if gaps else inside[0].starts if before >= longest else inside[-1].ends
            return Summed(why_not=f"counts do not cover {starts} to {ends}: a gap at {where}")
        said = f"{before + after} days at the ends lie in no whole period" if before + after else ""
        open_ones = [p for p in inside if p.low is not None and p.high is not None]
        low = sum(p.value if p.low is None else p.low for p in inside) if open_ones else None
        high = sum(p.value if p.high is None else p.high for p in inside) if open_ones else None
        told = [p.complete for p in inside if p.complete is not None]
        return Summed(sum(p.value for p in inside), low, high, min(told, default=None), "", said)


def read_counts(path: Path, as_of: dt.date) -> dict[str, Counts]:
    """Read a table with columns measure, starts, ends, value (and source), one line per measure and period.

    A line without a value is a period of which nothing is known.

    Raises:
        InputError: a column is missing, a cell is no day or number, or periods of one measure overlap.
    """
    rows = read_rows(path, f"counts by period with columns {','.join(_COLUMNS)}")
    values = rows.numbers("value")
    measures, starts, ends = (rows.column(name) for name in _COLUMNS[:3])
    sources = rows.column("source") if "source" in rows.places else [""] * len(values)
    found: dict[str, list[tuple[int, Period]]] = {}
    named: dict[str, str] = {}
    for n, value in enumerate(values):
        if measures[n] not in MEASURES:
            raise UnknownName("measure", measures[n], MEASURES, file=path)
        first, last = _day(rows, n, "starts", starts[n]), _day(rows, n, "ends", ends[n])
        if last < first:
            raise rows.fault(n, "ends", "A period ends before it starts.", "Swap the days.")
        if math.isfinite(value):
            found.setdefault(measures[n], []).append((rows.lines[n], Period(first, last, value)))
            named.setdefault(measures[n], sources[n] or path.name)
    return {name: Counts(name, _in_order(periods, path), named[name], as_of) for name, periods in sorted(found.items())}


def _day(rows: Rows, n: int, column: str, text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise rows.fault(n, column, "This is no day.", "Write days as 2026-03-31.") from None


def _in_order(periods: Sequence[tuple[int, Period]], path: Path) -> tuple[Period, ...]:
    ordered = sorted(periods, key=lambda one: one[1].starts)
    for (_, first), (line, second) in pairwise(ordered):
        if second.starts <= first.ends:
            raise InputError("Two periods of one measure overlap.", file=path, line=line, column="starts",
                             value=second.starts, hint="A day is counted once.")  # fmt: skip
    return tuple(period for _, period in ordered)
