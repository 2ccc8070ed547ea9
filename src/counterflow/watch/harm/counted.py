"""Harm of one place over whole years, from whatever grain it was counted in: sums with the range that is left open.

Years tile backwards from a last day, so that sums over twelve months never overlap. A withheld count is any number of
its range. A count that is not final lies in the range of its stored nowcast, else between what is reported and the most
of what the source predicts and what its share of reports makes of it. A year that is not covered whole is left out,
never scaled up.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from counterflow.core.errors import InputError

__all__ = ["OUTCOMES", "Counted", "counted", "years_back"]

#: what is counted to the outcome that it stands for in severities; naloxone given is taken for an overdose survived
OUTCOMES: Mapping[str, str] = {
    "deaths": "death", "overdose-deaths": "death", "nonfatal-overdoses": "nonfatal-overdose",
    "ems-overdoses": "nonfatal-overdose", "ems-naloxone": "nonfatal-overdose", "hospital-stays": "hospital-stay",
    "ed-visits": "ed-visit", "treatment-entries": "treatment-entry",
}  # fmt: skip
_LEVELS = frozenset({"nation", "region", "state", "county"})
#: days of a year that may lie outside whole weeks
_SPARE_DAYS = 8
Stretch = tuple[dt.date, dt.date]


@dataclass(frozen=True)
class Counted:
    """Harm of one kind, by one subject, in one year: at least `low`, at most `high`; equal where it is exact.

    Args:
        withheld: True where a small number was withheld in it.
        final: False where reports are missing.
    """

    stretch: Stretch
    outcome: str
    subject: str
    low: float
    high: float
    withheld: bool
    final: bool
    source: str
    as_of: dt.date


def years_back(last: dt.date, years: int) -> list[Stretch]:
    """Return so many years that end with a day, oldest first.

    >>> [[str(day) for day in each] for each in years_back(dt.date(2022, 9, 30), 2)]
    [['2020-10-01', '2021-09-30'], ['2021-10-01', '2022-09-30']]
    """
    ends = [_same_day(last, last.year - back) for back in range(years, -1, -1)]
    return [(before + dt.timedelta(days=1), end) for before, end in pairwise(ends)]


def counted(
    rows: Iterable[Mapping[str, Any]], stretches: Sequence[Stretch], small: int
) -> tuple[list[Counted], list[str]]:
    """Return harm by year and subject, and what has to be said.

    Args:
        rows: standing rows of `series_count` of one place; `nowcast`, where a row has it, is the range of the final
            count that a nowcast of that row gave.
        stretches: years.
        small: a count from 1 to one less is taken as that range, whatever the source shows.

    Raises:
        InputError: two sources or definitions count the same outcome; or a place below a county.
    """
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    origins: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        outcome = OUTCOMES.get(row["measure"])
        if outcome is None:
            continue
        if row["level"] not in _LEVELS:
            hint = "Severities need no area below a county; harm below it is for health alone."
            raise InputError("Harm weights are not made from sub-county counts.", value=row["place"], hint=hint)
        groups.setdefault((outcome, row["subject"]), []).append(row)
        origins.setdefault(outcome, set()).add((row["source"], row["definition"]))
    for outcome, met in origins.items():
        if len(met) > 1:
            shown = "; ".join(f"{source}: {definition}" for source, definition in sorted(met))
            hint = f"Choose one with --source or --definition: {shown[:400]}"
            raise InputError(f"{outcome} is counted in {len(met)} ways, and they would count twice.", hint=hint)
    made: list[Counted] = []
    missing: dict[str, int] = {}
    for (outcome, subject), mine in sorted(groups.items()):
        for stretch in stretches:
            one = _year(mine, stretch, outcome, subject, small)
            if one is None:
                missing[subject] = missing.get(subject, 0) + 1
            else:
                made.append(one)
    said = [
        f"{subject}: {n} of {len(stretches)} years not covered whole, left out"
        for subject, n in sorted(missing.items())
    ]
    return made, said


def _year(
    rows: Sequence[Mapping[str, Any]], stretch: Stretch, outcome: str, subject: str, small: int
) -> Counted | None:
    """Return one year of one subject, from one row over it or from rows that fill it; None where they do not."""
    first, last = stretch
    whole = [row for row in rows if row["starts"] == first and row["ends"] == last]
    inside = whole[:1] or [
        row for row in rows if row["grain"] != "12-months" and row["starts"] >= first and row["ends"] <= last
    ]
    days = sum((row["ends"] - row["starts"]).days + 1 for row in inside)
    known = all(row["count"] is not None or row["suppressed"] for row in inside)
    if not inside or not known or days < (last - first).days + 1 - _SPARE_DAYS:
        return None
    ranges = [_range(row, small) for row in inside]
    low, high = sum(r[0] for r in ranges), sum(r[1] for r in ranges)
    if high > 0 and low < small and low == high:
        low, high = 1.0, float(small - 1)
    withheld = any(row["suppressed"] for row in inside) or (0 < low < small and high < small)
    final = all(_final(row) for row in inside)
    return Counted(
        stretch, outcome, subject, low, high, withheld, final, inside[0]["source"], max(r["as_of"] for r in inside)
    )


def _range(row: Mapping[str, Any], small: int) -> tuple[float, float]:
    if row["count"] is None:
        return 1.0, float(small - 1)
    count = float(row["count"])
    if row.get("nowcast") is not None:
        return max(count, row["nowcast"][0]), max(count, row["nowcast"][1])
    share = row["complete"]
    most = max(count, row["predicted"] or 0.0, count / share if share else count)
    return count, round(most, 6)


def _final(row: Mapping[str, Any]) -> bool:
    return row["count"] is None or _range(row, 2)[1] == float(row["count"])


def _same_day(day: dt.date, year: int) -> dt.date:
    """Return the day in another year; the last day of a month stays one."""
    length = calendar.monthrange(year, day.month)[1]
    at_end = day.day == calendar.monthrange(day.year, day.month)[1]
    return dt.date(year, day.month, length if at_end else min(day.day, length))
