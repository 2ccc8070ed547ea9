"""What a rule says, as data: tests on a goods line and its record, joined by and, or, not.

Every test knows its place in the text, for messages; two rules that say the same are equal whatever their places.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

__all__ = [
    "And",
    "Between",
    "Compare",
    "Condition",
    "Finding",
    "Is",
    "Key",
    "Missing",
    "New",
    "Not",
    "Or",
    "Past",
    "Place",
    "Rule",
    "Starts",
    "Test",
    "Value",
    "look_back_days",
    "tests_of",
]

#: columns that together name something: ("consignor", "hs6"); an attribute of the source is "attributes.NAME"
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column in the text, from 1."""

    line: int
    column: int


NOWHERE = Place(1, 1)


@dataclass(frozen=True, slots=True)
class Value:
    """A number as written, with its unit: kg, g, t, l, ml, pieces, hours, days, %, USD, USD per kg; or none."""

    number: Decimal
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Is:
    """The text or code is one of these values."""

    name: str
    values: tuple[str, ...]
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Starts:
    """The text or code starts with one of these."""

    name: str
    prefixes: tuple[str, ...]
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Missing:
    """The field is empty."""

    name: str
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """A number (with its unit) or a day against a bound; `op` is one of < <= = >= >."""

    name: str
    op: str
    value: Value | dt.date
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Between:
    """A number or a day from `low` to `high`, both included."""

    name: str
    low: Value | dt.date
    high: Value | dt.date
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class New:
    """Nothing with the same key was declared on the `days` days before."""

    key: Key
    days: int
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding on the record, by code or by harm class, at least this strong."""

    code: str = ""
    harm_class: str = ""
    at_least: Decimal = Decimal(0)
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Past:
    """What inspections of records with the same key showed in the days before.

    Args:
        what: "finds" (records confirmed), "rate" (per cent of those inspected) or "inspections".
        harm_class: class that was found, "any" for any; empty for inspections.
        key: what the records have in common.
        days: how far back.
        op: comparison.
        bound: number, or per cent for a rate.
        least: inspections below which a rate is not known; 0 otherwise.
    """

    what: str
    harm_class: str
    key: Key
    days: int
    op: str
    bound: Decimal
    least: int = 0
    place: Place = field(default=NOWHERE, compare=False)


Test = Is | Starts | Missing | Compare | Between | New | Finding | Past


@dataclass(frozen=True, slots=True)
class And:
    """All of these."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of these."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Not this."""

    part: Condition


Condition = Test | And | Or | Not


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it was written.

    Args:
        title: what people call it.
        condition: what it asks.
        minutes: minutes that one inspection takes, for its cost.
        cap: hits taken a day at most; None for all.
        cap_by: "" where the cap is over everything, else `office` or `lane`: so many in each.
        ground: why, in words; empty where nobody said.
    """

    title: str
    condition: Condition
    minutes: Decimal
    cap: int | None = None
    cap_by: str = ""
    ground: str = ""


def tests_of(condition: Condition) -> list[Test]:
    """Return every test of a condition, in the order of the text."""
    if isinstance(condition, And | Or):
        return [test for part in condition.parts for test in tests_of(part)]
    if isinstance(condition, Not):
        return tests_of(condition.part)
    return [condition]


def look_back_days(rule: Rule) -> int:
    """Return how many days of the past a rule asks for; 0 where it asks for none."""
    return max((test.days for test in tests_of(rule.condition) if isinstance(test, New | Past)), default=0)
