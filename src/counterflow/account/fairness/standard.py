"""Rates made comparable between groups of different ages, by a declared standard population.

Directly standardised rate R = sum over ages of w_a d_a / n_a, w the standard's shares. Its interval is the gamma one of
Fay & Feuer, Statistics in Medicine 16 (1997) 791-801, which holds for few deaths: with variance v = sum w_a^2 d_a /
n_a^2 and largest weight k = max w_a / n_a,

    low  = v / (2 R) chi2(2 R^2 / v; alpha/2),
    high = (v + k^2) / (2 (R + k)) chi2(2 (R + k)^2 / (v + k^2); 1 - alpha/2).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt

from counterflow.account.fairness.rates import Span
from counterflow.core.errors import InputError

__all__ = ["STANDARDS", "AgeSpan", "Standard", "age_span", "shipped_standard", "standardised", "weights_for"]

Floats = npt.NDArray[np.float64]

#: standard populations that ship, by name
STANDARDS = ("us2000",)
_OLDEST = 200

_SPAN = re.compile(r"\s*(\d{1,3})\s*(?:-|to|–|_)\s*(\d{1,3})\s*(?:years?|yrs?|y)?\s*\Z")
_UP = re.compile(r"\s*(\d{1,3})\s*(?:\+|and (?:over|older|up|above)|or (?:over|older|more)|years? and (?:over|older))")
_UNDER = re.compile(r"\s*(?:<|under|below|less than)\s*(\d{1,3})")
_ONE = re.compile(r"\s*(\d{1,3})\s*(?:years?|yrs?|y)?\s*\Z")


@dataclass(frozen=True, order=True)
class AgeSpan:
    """Ages from `first` to `last`, both included, in completed years."""

    first: int
    last: int


@dataclass(frozen=True)
class Standard:
    """A standard population: people by age span, with where the numbers come from."""

    name: str
    people: Mapping[AgeSpan, float]
    citation: str


def age_span(text: str) -> AgeSpan | None:
    """Return the ages that a label names; None where it names none.

    >>> age_span("25-34"), age_span("85+"), age_span("<1"), age_span("all")
    (AgeSpan(first=25, last=34), AgeSpan(first=85, last=200), AgeSpan(first=0, last=0), None)
    """
    plain = text.strip().casefold().removeprefix("ages ").removeprefix("age ")
    for pattern, make in ((_SPAN, lambda a, b: (a, b)), (_UP, lambda a: (a, _OLDEST)), (_UNDER, lambda a: (0, a - 1)),
                          (_ONE, lambda a: (a, a))):  # fmt: skip
        found = pattern.match(plain)
        if found:
            first, last = make(*(int(part) for part in found.groups()))
            return AgeSpan(first, last) if first <= last else None
    return None


def shipped_standard(name: str) -> Standard:
    """Return a standard population that ships (`reference/account/standard_populations.csv`)."""
    folder = resources.files("counterflow.reference") / "account"
    with (folder / "standard_populations.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["standard"] == name]
    people = {AgeSpan(int(r["first_age"]), int(r["last_age"])): float(r["people"]) for r in rows}
    return Standard(name, people, rows[0]["citation"])


def weights_for(standard: Standard, labels: Sequence[str], file: Path | None = None) -> Floats:
    """Return the standard's shares of age groups; together they must be whole spans of it, without overlap.

    Raises:
        InputError: a label names no ages, cuts through a span of the standard, or two overlap.
    """
    spans = []
    for label in labels:
        span = age_span(label)
        if span is None:
            hint = "Write 25-34, 85+ or <1."
            raise InputError("This names no ages.", file=file, column="age", value=label, hint=hint)
        spans.append(span)
    made = np.zeros(len(spans))
    taken: dict[AgeSpan, str] = {}
    for i, (span, label) in enumerate(zip(spans, labels, strict=True)):
        for own, people in standard.people.items():
            if own.first > span.last or own.last < span.first:
                continue
            inside = span.first <= own.first and (own.last <= span.last or own.last == _OLDEST == span.last)
            if not inside:
                told = f"{standard.name} has the ages {own.first} to {own.last} as one."
                words = "This age group cuts through one of the standard's."
                raise InputError(words, file=file, column="age", value=label, hint=told)
            if own in taken:
                hint = f"It overlaps {taken[own]!r}."
                raise InputError("Two age groups overlap.", file=file, column="age", value=label, hint=hint)
            taken[own] = label
            made[i] += people
        if made[i] == 0:
            hint = "Check the label."
            raise InputError("The standard has nobody of this age.", file=file, column="age", value=label, hint=hint)
    return np.asarray(made / made.sum())


def standardised(events: Floats, population: Floats, weights: Floats, level: float = 0.95) -> Span:
    """Return the directly standardised rate per person with the gamma interval.

    Args:
        events: by age; shape (a,).
        population: persons or person-years by age, all positive.
        weights: the standard's shares, summing to 1.
        level: nominal coverage.
    """
    from scipy.special import gammaincinv

    each = weights / population
    rate = float((each * events).sum())
    variance, most = float((each**2 * events).sum()), float(each.max())
    tail = (1 - level) / 2
    low = variance / rate * float(gammaincinv(rate**2 / variance, tail)) if rate > 0 else 0.0
    shift, wide = rate + most, variance + most**2
    return Span(rate, low, wide / shift * float(gammaincinv(shift**2 / wide, 1 - tail)))
