"""The capacity file: who can inspect how long, where and when.

One row is one *pool* of minutes: ``office,lane,day,resource,minutes,service_minutes,detection_rate``.

* ``*`` in office or lane: ONE pool that everything it matches shares (a dog team for all lanes is one row,
  and its minutes are spent once).
* ``*`` in day: that pool again on each day of the period.
* Rows add up: a row for Monday beside a row for ``*`` gives Monday both.
* ``minutes`` are the minutes available, ``service_minutes`` what one inspection takes, ``detection_rate``
  the chance that this resource finds what is there (above 0, at most 1).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from counterflow.core.errors import InputError, nearest
from counterflow.target.csv_file import CsvRows, read_content

__all__ = ["ANY", "COLUMNS", "Capacity", "Pool", "read_capacity"]

ANY = "*"
COLUMNS = ("office", "lane", "day", "resource", "minutes", "service_minutes", "detection_rate")
_LONGEST_NAME = 200
_SHORTEST_MINUTES = 0.01
_MINUTES_IN_A_YEAR_OF_A_THOUSAND = 1000 * 60 * 24 * 366


@dataclass(frozen=True, slots=True)
class Pool:
    """One row of the capacity file; `day` None is any day."""

    office: str
    lane: str
    day: dt.date | None
    resource: str
    minutes: float
    service_minutes: float
    detection_rate: float
    line: int

    @property
    def slots(self) -> int:
        """Whole inspections that fit into the minutes.

        >>> Pool("*", "*", None, "dog", 100.0, 30.0, 0.9, 2).slots
        3
        """
        return math.floor(self.minutes / self.service_minutes + 1e-9)


@dataclass(frozen=True)
class Capacity:
    """The pools of a file, its SHA-256, and what was set aside, in words."""

    pools: tuple[Pool, ...]
    sha256: str
    file: str
    said: tuple[str, ...] = ()

    def within(self, starts: dt.date, ends: dt.date) -> Capacity:
        """Return the pools of these days; rows of other days are left out, and said.

        Raises:
            InputError: no row is left.
        """
        kept = tuple(p for p in self.pools if p.day is None or starts <= p.day <= ends)
        outside = [p for p in self.pools if p not in kept]
        if not kept:
            days = sorted({str(p.day) for p in outside})
            raise InputError(
                f"No row is for a day of {starts} to {ends}; the file's days are {days[0]} to {days[-1]}.",
                hint="Use * in column day for every day, or plan for the days of the file.", file=self.file,
                line=outside[0].line, column="day", value=outside[0].day,
            )  # fmt: skip
        said = (
            (f"{len(outside)} capacity rows are for days outside {starts} to {ends} and were left out",)
            if outside
            else ()
        )
        return Capacity(kept, self.sha256, self.file, self.said + said)

    def require_places(self, offices: Iterable[str], lanes: Iterable[str]) -> None:
        """Check that each named office and lane is one that records have.

        Raises:
            InputError: a row is for an office or lane of no record: a capacity file for somewhere else.
        """
        for column, present in (("office", set(offices)), ("lane", set(lanes))):
            for pool in self.pools:
                name = getattr(pool, column)
                if name != ANY and name not in present:
                    raise _unknown_place(self.file, pool.line, column, name, present)


def _unknown_place(file: str, line: int, column: str, name: str, present: set[str]) -> InputError:
    close = nearest(name, present)
    if close:
        hint = f"Did you mean {' or '.join(repr(c) for c in close)}?"
    elif present:
        hint = f"Records have: {', '.join(sorted(present)[:12])}."
    else:
        hint = f"No record names its {column}; use * there."
    message = f"No record has this {column}."
    return InputError(message, hint=hint, file=file, line=line, column=column, value=name)


def read_capacity(path: Path) -> Capacity:
    """Read a capacity file.

    Args:
        path: a CSV file with exactly the columns of `COLUMNS`, in any order, in UTF-8.

    Raises:
        InputError: anything in it that cannot be used, with line, column and value.
    """
    return parse_capacity(read_content(path, "a capacity CSV"), path.name)


def parse_capacity(content: bytes, file: str) -> Capacity:
    """Read the bytes of a capacity file; see `read_capacity`."""
    rows = CsvRows(content, file, COLUMNS)
    pools = [_pool(_cells(row, rows.header, line, file), line, file) for line, row in rows]
    if not pools:
        raise InputError("It holds no capacity.", file=file, line=2, hint="Write at least one row under the header.")
    _refuse_twins(pools, file)
    return Capacity(tuple(pools), hashlib.sha256(content).hexdigest(), file)


def _cells(row: list[str], header: tuple[str, ...], line: int, file: str) -> dict[str, str]:
    """Return a row by column; raises where it has another number of fields than the header."""
    if len(row) != len(header):
        message = f"The row has {len(row)} fields, the header {len(header)}."
        raise InputError(message, hint="Each row gives each column.", file=file, line=line)
    return dict(zip(header, (value.strip() for value in row), strict=True))


def _pool(row: dict[str, str], line: int, file: str) -> Pool:
    for column in ("office", "lane", "day", "resource"):
        if not row[column]:
            raise InputError("This is empty.", hint="Write * for any.", file=file, line=line, column=column)
        if len(row[column]) > _LONGEST_NAME or not row[column].isprintable():
            raise _bad("This is too long, or no text.", "Write a name.", row, column, line, file)
    minutes = _number(row, "minutes", line, file)
    service = _number(row, "service_minutes", line, file)
    detection = _number(row, "detection_rate", line, file)
    if minutes > _MINUTES_IN_A_YEAR_OF_A_THOUSAND:
        raise _bad("More minutes than a thousand people have in a year.", "Write minutes.", row, "minutes", line, file)
    if service < _SHORTEST_MINUTES:
        hint = f"Write minutes, from {_SHORTEST_MINUTES}."
        raise _bad("An inspection that takes no time is not one.", hint, row, "service_minutes", line, file)
    if not 0 < detection <= 1:
        hint = "Write a share, as 0.85; ask what the resource missed in blind re-inspections."
        raise _bad("A detection rate lies above 0 and is at most 1.", hint, row, "detection_rate", line, file)
    return Pool(row["office"], row["lane"], _day(row, line, file), row["resource"], minutes, service, detection, line)


def _number(row: dict[str, str], column: str, line: int, file: str) -> float:
    try:
        value = float(row[column])
    except ValueError:
        raise _bad("This is not a number.", "Write a number with a point, as 12.5.", row, column, line, file) from None
    if not math.isfinite(value) or value < 0:
        raise _bad("This must be a number from 0.", "Write a number with a point, as 12.5.", row, column, line, file)
    return value


def _day(row: dict[str, str], line: int, file: str) -> dt.date | None:
    if row["day"] == ANY:
        return None
    try:
        return dt.date.fromisoformat(row["day"])
    except ValueError:
        raise _bad("This is not a day.", "Write YYYY-MM-DD, or * for each day.", row, "day", line, file) from None


def _bad(message: str, hint: str, row: dict[str, str], column: str, line: int, file: str) -> InputError:
    return InputError(message, hint=hint, file=file, line=line, column=column, value=row[column])


def _refuse_twins(pools: list[Pool], file: str) -> None:
    seen: dict[tuple[str, str, dt.date | None, str], int] = {}
    for pool in pools:
        key = (pool.office, pool.lane, pool.day, pool.resource)
        if key in seen:
            raise InputError(
                f"The same office, lane, day and resource stand on line {seen[key]} already.",
                hint="Add the minutes up in one row, or name the resources apart.", file=file, line=pool.line,
                column="resource", value=pool.resource,
            )  # fmt: skip
        seen[key] = pool.line
