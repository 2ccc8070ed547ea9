"""A series out of a file that people keep: a column of periods, a column of values, perhaps intervals and units."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from counterflow.account.given import Rows, label_of, read_rows
from counterflow.account.indicators.days import read_period
from counterflow.account.reach.series import Break, Point, Series
from counterflow.core.errors import InputError, UnknownName, UsageError

__all__ = ["Columns", "Read", "end_of", "read_series"]

_WEEK = re.compile(r"(\d{4})-?[wW](\d{1,2})\Z")
#: usual names of the column of periods
_TIMES = frozenset(("year", "quarter", "month", "week", "day", "date", "period", "period_end", "fiscal_year"))
_PAIR = 2
_PERIODS = "Write 2019, FY 2019, 2019-03, 2019Q1, 2019-W07 or 2019-03-31."


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns; "" where the file has none."""

    time: str
    value: str
    low: str = ""
    high: str = ""
    known_on: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """A series as read, and what was left out or decided on the way, in words."""

    series: Series
    said: tuple[str, ...]


def end_of(text: str) -> dt.date:
    """Return the last day of the period that a text names.

    >>> end_of("2019-W01").isoformat(), end_of("FY 2019").isoformat(), end_of("2019.0").isoformat()
    ('2019-01-06', '2019-09-30', '2019-12-31')

    Raises:
        ValueError: it names none, or several.
    """
    said = label_of(text.strip())
    if found := _WEEK.match(said):
        return dt.date.fromisocalendar(int(found[1]), int(found[2]), 7)
    return read_period(said).last


def read_series(
    path: Path, columns: Columns, *, where: Mapping[str, str] | None = None, breaks: Sequence[Break] = ()
) -> Read:
    """Read a series.

    Args:
        path: CSV, gzip CSV or Parquet.
        columns: where things stand in it; `time` and `value` where they have those names, else as usual.
        where: keep only rows whose column holds this text, by column.
        breaks: changes of definition, as whoever asks knows them.

    Raises:
        InputError: a cell that is no period or number, two rows of one period, two units, or no row left.
    """
    if bool(columns.low) != bool(columns.high):
        raise UsageError("An interval has two ends.", hint="Give --low and --high, or neither.")
    rows = read_rows(path, "a series with a header: a column of periods and one of values")
    columns, said = _found(rows, columns)
    kept = _kept(rows, where or {})
    values = rows.numbers(columns.value)
    missing = [place for place in kept if math.isnan(values[place])]
    used = [place for place in kept if not math.isnan(values[place])]
    if not used:
        raise InputError("No row with a value is left.", file=path, column=columns.value, hint="Check --where.")
    unit = _unit(rows, columns.unit, used) if columns.unit else ""
    points = _points(rows, columns, used, values)
    said += rows.said
    if len(kept) < len(rows.cells):
        said.append(f"{len(rows.cells) - len(kept)} rows of others are left out")
    if missing:
        said.append(f"{len(missing)} rows without a value are left out, the first on line {rows.lines[missing[0]]}")
    return Read(Series(tuple(points), unit, tuple(breaks), path.name), tuple(said))


def _found(rows: Rows, columns: Columns) -> tuple[Columns, list[str]]:
    """Return the columns, the usual ones found where the file calls them otherwise, and what was taken for what."""
    said: list[str] = []
    if columns.time not in rows.header and columns.time == "time":
        usual = [name for name in rows.header if name.casefold() in _TIMES]
        if len(usual) == 1:
            columns = replace(columns, time=usual[0])
            said.append(f"periods: column {usual[0]!r}")
    if columns.value not in rows.header and columns.value == "value" and len(rows.header) == _PAIR:
        other = next((name for name in rows.header if name != columns.time), "")
        columns = replace(columns, value=other)
        said.append(f"values: column {other!r}")
    return columns, said


def _kept(rows: Rows, where: Mapping[str, str]) -> list[int]:
    kept = list(range(len(rows.cells)))
    for column, wanted in where.items():
        texts = rows.column(column)
        kept = [place for place in kept if texts[place] == wanted]
        if not kept:
            raise UnknownName(f"value of {column!r}", wanted, set(texts), file=rows.path)
    return kept


def _unit(rows: Rows, column: str, used: Sequence[int]) -> str:
    texts = rows.column(column)
    first = texts[used[0]]
    for place in used:
        if texts[place] != first:
            raise rows.fault(
                place, column, f"The unit changes: it was {first!r}.", "Bring all rows to one unit; none is guessed."
            )
    return first


def _points(rows: Rows, columns: Columns, used: Sequence[int], values: Sequence[float]) -> list[Point]:
    ends = {place: _day(rows, columns.time, place) for place in used}
    low = rows.numbers(columns.low) if columns.low else []
    high = rows.numbers(columns.high) if columns.high else []
    order = sorted(used, key=lambda place: ends[place])
    for before, after in pairwise(order):
        if ends[before] == ends[after]:
            hint = f"Line {rows.lines[before]} has it too. Keep one series with --where COLUMN=TEXT, or sum the rows."
            raise rows.fault(after, columns.time, "This period stands twice.", hint)
    made = []
    for place in order:
        bounds = (low[place], high[place]) if low else (math.nan, math.nan)
        known = _day(rows, columns.known_on, place) if columns.known_on else None
        if any(math.isnan(end) for end in bounds):
            made.append(Point(ends[place], values[place], known))
            continue
        if not bounds[0] <= values[place] <= bounds[1]:
            words = f"The value lies outside its interval {bounds[0]:g} to {bounds[1]:g}."
            raise rows.fault(place, columns.value, words, "low <= value <= high: a 95 % interval.")
        made.append(Point(ends[place], values[place], known, *bounds))
    return made


def _day(rows: Rows, column: str, place: int) -> dt.date:
    text = rows.column(column)[place]
    try:
        return end_of(text)
    except ValueError as error:
        raise rows.fault(place, column, f"This is no period: {error}.", _PERIODS) from error
