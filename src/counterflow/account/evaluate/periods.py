"""Periods as files write them: years, running numbers, ISO days, months, quarters, weeks; one kind in a column."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from counterflow.account.given import MISSING, Rows, label_of
from counterflow.core.errors import InputError

__all__ = ["Period", "place_among", "read_period", "read_periods", "read_span"]

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?\Z")
_MONTH = re.compile(r"(\d{4})[-/mM](\d{1,2})\Z")
_QUARTER = re.compile(r"(\d{4})[- ]?[qQ]([1-4])\Z")
_WEEK = re.compile(r"(\d{4})-?[wW](\d{2})\Z")
_DAY = re.compile(r"(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?\Z")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One period.

    Args:
        place: where it stands among periods of its kind: the number itself, months, quarters, weeks or days since
            year 0; differences are distances in that kind.
        label: as people write it.
        kind: number, month, quarter, week or day.
    """

    place: float
    label: str
    kind: str


def read_period(text: str) -> Period | None:  # noqa: PLR0911 - one way out for each form
    """Return the period that a text names, or None.

    >>> read_period("1989.0")
    Period(place=1989.0, label='1989', kind='number')
    >>> read_period("2018Q2").place - read_period("2017-Q4").place
    2.0
    """
    text = text.strip()
    if _NUMBER.match(text):
        return Period(float(text), label_of(text), "number")
    if found := _MONTH.match(text):
        year, month = int(found[1]), int(found[2])
        return Period(year * 12.0 + month - 1, f"{year:04d}-{month:02d}", "month") if 1 <= month <= 12 else None
    if found := _QUARTER.match(text):
        return Period(int(found[1]) * 4.0 + int(found[2]) - 1, f"{found[1]}Q{found[2]}", "quarter")
    try:
        if found := _WEEK.match(text):
            monday = dt.date.fromisocalendar(int(found[1]), int(found[2]), 1)
            return Period(float(monday.toordinal() // 7), f"{found[1]}-W{found[2]}", "week")
        if found := _DAY.match(text):
            day = dt.date(int(found[1]), int(found[2]), int(found[3]))
            return Period(float(day.toordinal()), day.isoformat(), "day")
    except ValueError:
        return None
    return None


def read_periods(rows: Rows, column: str) -> list[Period]:
    """Return the period of each row.

    Days that are all the first of a month are months; the label stays the day.

    Raises:
        InputError: a cell names no period, or one of another kind than the first; with its line.
    """
    texts, known = rows.column(column), dict[str, Period]()
    for text, line in zip(texts, rows.lines, strict=True):
        if text in known:
            continue
        period = None if text.casefold() in MISSING else read_period(text)
        first = next(iter(known.values()), None)
        if period is None or (first is not None and period.kind != first.kind):
            raise InputError(
                "This is not a period."
                if period is None
                else f"This is a {period.kind}, the first is a {first.kind}."
                if first is not None
                else "",
                hint="Write a year or number, 2018-03, 2018Q1, 2018-W07 or 2018-03-01; the same form in every row.",
                file=rows.path,
                line=line,
                column=column,
                value=text,
            )
        known[text] = period
    if all(p.kind == "day" and p.label.endswith("-01") for p in known.values()):
        known = {text: _as_month(period) for text, period in known.items()}
    return [known[text] for text in texts]


def _as_month(day: Period) -> Period:
    year, month, _ = map(int, day.label.split("-"))
    return Period(year * 12.0 + month - 1, day.label, "month")


def place_among(named: Period, known: Sequence[Period]) -> float | None:
    """Return where a period stands on the axis of `known` periods, though it may be written in another form.

    A year names the one period of that year, the first day of a month that month, New Year's day its year. None where
    that would be a guess: a year among months, a day within a month.
    """
    kind = known[0].kind
    if named.kind == kind:
        return named.place
    years = [period.label[:4] for period in known]
    if named.kind == "number":
        year = int(named.place)
        if named.place != year or not 1000 <= year <= 9999 or len(set(years)) < len(years):
            return None
        at = years.index(str(year)) if str(year) in years else None
        starts = {"month": year * 12.0, "quarter": year * 4.0, "day": float(dt.date(year, 1, 1).toordinal())}
        return known[at].place if at is not None else starts.get(kind, starts["day"] // 7)
    if named.kind == "day" and kind in ("month", "number") and named.label.endswith("-01"):
        named = _as_month(named)
    if named.kind == "month" and kind == "number":
        plain = all(1000 <= period.place <= 9999 for period in known)
        return named.place / 12 if plain and named.place % 12 == 0 else None
    if named.kind == "month" and kind == "day":
        return float(dt.date(int(named.place // 12), int(named.place % 12) + 1, 1).toordinal())
    return named.place if named.kind == kind else None


def read_span(text: str, what: str) -> tuple[frozenset[float], tuple[float, float] | None]:
    """Return the periods that `1961,1963`, `1960-1969`, `1969` or `1960:1969` name, as places and one range.

    Args:
        text: the span; several parts between commas or semicolons.
        what: the option, for the message.

    Returns:
        Single places, and the first and last place of a range or None.

    Raises:
        InputError: a part is not a period or the range is backwards.
    """
    singles: set[float] = set()
    span: tuple[float, float] | None = None
    for part in [p for p in re.split(r"[,; ]+", text.strip()) if p]:
        if (period := read_period(part)) is not None and not re.fullmatch(r"\d{4}-\d{4}", part):
            singles.add(period.place)
            continue
        ends = _range_ends(part)
        if ends is None or ends[1].place < ends[0].place or span is not None:
            raise InputError(
                f"{what}: {part!r} names no periods.",
                hint="Write 1969, 1961,1963,1965 or 1960-1969; for months and days 2018-01..2018-12.",
                value=text,
            )
        span = (ends[0].place, ends[1].place)
    if not singles and span is None:
        raise InputError(f"{what}: no period is named.", hint="Write 1969, 1961,1963 or 1960-1969.", value=text)
    return frozenset(singles), span


def _range_ends(part: str) -> tuple[Period, Period] | None:
    pieces: Sequence[str] = ()
    for mark in ("..", "–", ":"):
        if part.count(mark) == 1:
            pieces = part.split(mark)
            break
    else:
        pieces = re.fullmatch(r"(\d+)-(\d+)", part).groups() if re.fullmatch(r"(\d+)-(\d+)", part) else ()  # type: ignore[union-attr]
    if len(pieces) != 2:
        return None
    first, last = read_period(pieces[0]), read_period(pieces[1])
    return (first, last) if first and last and first.kind == last.kind else None
