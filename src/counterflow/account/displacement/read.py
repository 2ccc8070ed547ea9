"""Counts by place and period out of a file, each place put among treated, buffer or control."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from counterflow.account.displacement.quotient import GROUPS, Counts
from counterflow.account.given import Rows, read_rows
from counterflow.account.reach.read import end_of
from counterflow.core.errors import InputError, UnknownName, UsageError

__all__ = ["read_counts"]


def read_counts(
    path: Path, groups: Mapping[str, Sequence[str]], start: dt.date, *, time: str, area: str, value: str
) -> Counts:
    """Read counts.

    Args:
        path: CSV, gzip CSV or Parquet with a row for each place and period.
        groups: names of places by group: treated, buffer, control.
        start: first day of the operation; periods that end on or after it are after.
        time: column of periods.
        area: column of places.
        value: column of counts.

    Raises:
        InputError: a place is not there or in two groups, a count below zero, a place twice in a period, or no period
            before or after the start.
    """
    rows = read_rows(path, "counts with a header: columns of periods, places and counts")
    named = _named(groups, rows, area)
    table = _table(rows, named, time, area, value)
    days = sorted({day for _, day in table})
    whole = [day for day in days if all((place, day) in table for place in named)]
    before = sum(day < start for day in whole)
    if before == 0 or before == len(whole):
        when = "before" if before == 0 else "on or after"
        hint = f"Periods that all places have: {whole[0]} to {whole[-1]}." if whole else "No period has all places."
        raise InputError(f"There is no period {when} the start, {start}.", file=path, column=time, hint=hint)
    said = list(rows.said)
    others = len(set(rows.column(area)) - set(named))
    if others:
        said.append(f"{others} places in no group are left out")
    if len(whole) < len(days):
        said.append(f"{len(days) - len(whole)} of {len(days)} periods are left out: a place has no count in them")
    values = np.array([[table[place, day] for day in whole] for place in named])
    return Counts(tuple(named), tuple(named.values()), values, before, path.name, tuple(said))


def _named(groups: Mapping[str, Sequence[str]], rows: Rows, area: str) -> dict[str, str]:
    """Return the group of each place."""
    known, named = set(rows.column(area)), dict[str, str]()
    for group in GROUPS:
        if not groups.get(group):
            raise UsageError(f"There is no {group} place.", hint=f"Name one or more with --{group}.")
        for place in groups[group]:
            if place not in known:
                raise UnknownName(f"place in column {area!r}", place, known, file=rows.path)
            if named.setdefault(place, group) != group:
                raise UsageError(f"{place!r} is both {named[place]} and {group}.", hint="Put it in one group.")
    return named


def _table(rows: Rows, named: Mapping[str, str], time: str, area: str, value: str) -> dict[tuple[str, dt.date], float]:
    texts, places, values = rows.column(time), rows.column(area), rows.numbers(value)
    made: dict[tuple[str, dt.date], float] = {}
    known: dict[str, dt.date] = {}
    for row, (text, place, count) in enumerate(zip(texts, places, values, strict=True)):
        if place not in named or math.isnan(count):
            continue
        if count < 0:
            raise rows.fault(row, value, "A count is not below zero.", "Give counts, not changes.")
        if text not in known:
            try:
                known[text] = end_of(text)
            except ValueError as error:
                raise rows.fault(row, time, f"This is no period: {error}.", "Write 2019, 2019-03 or 2019Q1.") from error
        if (place, known[text]) in made:
            raise rows.fault(row, area, "This place stands twice in the period.", "Sum the rows first.")
        made[place, known[text]] = count
    return made
