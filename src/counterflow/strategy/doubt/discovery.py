"""What would have to be true for this policy to beat that one: simple conditions, in plain words, beside the sources.

Bryant & Lempert 2010, "Thinking inside the box": draws over everything that is not known, the draws in which the first
policy comes out ahead, and the box that holds them (PRIM, `prim`). A share of draws is no probability: the draws cover
what is possible, structures in equal number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from counterflow.core.proportions import clopper_pearson
from counterflow.strategy.doubt.prim import Found, discover
from counterflow.strategy.doubt.space import Floats

__all__ = ["Answer", "Column", "Condition", "conditions"]

#: fewer hits than these cannot be described
FEWEST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Something that may decide, beside what the sources say of it.

    Args:
        name: its name.
        unit: its unit.
        low: lower end of what sources say (or what the fit says).
        value: their usual value.
        high: upper end.
        source: who says so.
        informed: whether data inform it.
        kinds: where it is a question of structure, the names of its answers.
    """

    name: str
    unit: str = ""
    low: float = np.nan
    value: float = np.nan
    high: float = np.nan
    source: str = ""
    informed: bool = False
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of the box.

    Args:
        column: what it is about.
        low: least value, -inf where open.
        high: greatest value, inf where open.
        kinds: answers allowed, for a question of structure.
        met: share of draws that meet this condition alone.
        p_value: quasi-p-value.
    """

    column: Column
    low: float
    high: float
    kinds: tuple[str, ...]
    met: float
    p_value: float

    @property
    def words(self) -> str:
        """The condition as people say it, with the sources' values beside it."""
        name = self.column.name.replace("_", " ")
        if self.kinds:
            return f"{name}: {' or '.join(self.kinds)} ({self.met:.0%} of draws)"
        bounds = " and ".join(
            [*([f"at least {self.low:.3g}"] if np.isfinite(self.low) else []),
             *([f"at most {self.high:.3g}"] if np.isfinite(self.high) else [])]
        )  # fmt: skip
        unit = f" {self.column.unit}" if self.column.unit not in ("", "1") else ""
        who = "the fit says" if self.column.informed else "sources say"
        said = f"{who} {self.column.value:.3g}, {self.column.low:.3g} to {self.column.high:.3g}"
        return f"{name} {bounds}{unit} ({said}; {self.met:.0%} of draws{self._beyond})"

    @property
    def _beyond(self) -> str:
        if self.low > self.column.high or self.high < self.column.low:
            return "; outside all that they say"
        if self.low > self.column.value or self.high < self.column.value:
            return "; their usual value does not meet it"
        return ""

    def as_dict(self) -> dict[str, object]:
        """Return plain data for JSON; an open end is null."""
        return {
            "parameter": self.column.name, "unit": self.column.unit, "low": _finite(self.low),
            "high": _finite(self.high), "answers": list(self.kinds), "draws_that_meet_it": self.met,
            "quasi_p_value": self.p_value, "informed": self.column.informed, "source_low": _finite(self.column.low),
            "source_value": _finite(self.column.value), "source_high": _finite(self.column.high),
            "source": self.column.source, "words": self.words,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What would have to be true.

    Args:
        ahead: share of draws in which the first policy is ahead, with its exact 95 % interval.
        ties: share of draws in which both give the same.
        draws: draws in all.
        conditions: what the box asks, all together; empty where nothing simple tells.
        found: the box itself; None where there is none.
        words: the answer in plain words.
    """

    ahead: float
    ahead_low: float
    ahead_high: float
    ties: float
    draws: int
    conditions: tuple[Condition, ...]
    found: Found | None
    words: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """Return plain data for JSON."""
        box = None
        if self.found is not None:
            box = {
                "coverage": self.found.coverage, "density": self.found.density,
                "density_low": self.found.density_low, "density_high": self.found.density_high,
                "mass": self.found.mass, "judged_on_draws": self.found.draws, "judged_on_hits": self.found.hits,
            }  # fmt: skip
        return {
            "ahead": self.ahead, "ahead_low": self.ahead_low, "ahead_high": self.ahead_high, "ties": self.ties,
            "draws": self.draws, "box": box, "conditions": [c.as_dict() for c in self.conditions],
            "words": list(self.words),
        }  # fmt: skip


def conditions(
    table: Floats, lead: Floats, columns: Sequence[Column], seed: int, *, names: tuple[str, str] = ("A", "B"),
    density: float = 0.75, most: int = 4,
) -> Answer:  # fmt: skip
    """Return what would have to be true for the first policy to be ahead.

    Args:
        table: draws (n, columns); a question of structure holds the place of its answer.
        lead: by how much the first policy is ahead in each draw, (n,); above 0 is ahead.
        columns: what each column is.
        seed: seed of the search.
        names: names of the two policies.
        density: share of draws ahead that the box should reach.
        most: conditions at most.
    """
    n, hits = len(table), lead > 0
    count = int(hits.sum())
    low, high = clopper_pearson(count, n)
    found = None
    if FEWEST <= count <= n - FEWEST:
        kinds = tuple(place for place, column in enumerate(columns) if column.kinds)
        found = discover(table, hits, seed, kinds=kinds, density=density, most=most, lead=lead)
    if found is not None and (not found.restrictions or found.density_low <= found.base):
        # On draws that did not search, it is no better than no condition: chance.
        found = None
    told = () if found is None else tuple(_conditions(found, table, columns))
    return Answer(
        ahead=count / n, ahead_low=low, ahead_high=high, ties=float((lead == 0).mean()), draws=n, conditions=told,
        found=found, words=tuple(_words(count, n, (low, high), told, found, names)) + _short_of(found, density),
    )  # fmt: skip


def _short_of(found: Found | None, density: float) -> tuple[str, ...]:
    """Return a sentence where the conditions do not reach the density that was asked for."""
    if found is None or found.density_high >= density:
        return ()
    return (f"No simple conditions reach {density:.0%}: not even under these is it ahead that often.",)


def _conditions(found: Found, table: Floats, columns: Sequence[Column]) -> list[Condition]:
    told = []
    for restriction in found.restrictions:
        column = columns[restriction.column]
        met = float(found.box.holds(table, restriction.column).mean())
        kinds = tuple(column.kinds[k] for k in restriction.kinds)
        told.append(
            Condition(
                column=column, low=restriction.low, high=restriction.high, kinds=kinds, met=met,
                p_value=restriction.p_value,
            )
        )  # fmt: skip
    return sorted(told, key=lambda condition: condition.met)


def _words(
    count: int, n: int, ends: tuple[float, float], told: tuple[Condition, ...], found: Found | None,
    names: tuple[str, str],
) -> list[str]:  # fmt: skip
    a, b = names
    first = f"{a} is ahead of {b} in {count:,} of {n:,} draws ({count / n:.1%}, 95 % {ends[0]:.1%} to {ends[1]:.1%})."
    if count < FEWEST:
        return [first, f"That is too seldom to say under which conditions: nothing that was drawn makes {a} win often."]
    if count > n - FEWEST:
        return [first, f"{a} is ahead almost whatever is true: no condition is needed."]
    if found is None or not told:
        return [first, "No simple condition tells these draws from the others better than chance does."]
    sure = f"{found.density:.0%} ({found.density_low:.0%} to {found.density_high:.0%})"
    inside = f"{found.mass:.0%} of all draws, and in {found.coverage:.0%} of those in which {a} is ahead"
    judged = f"both were counted on {found.draws:,} draws that did not search for the conditions"
    return [
        first,
        f"{a} beats {b} in {sure} of draws where {'all of these hold' if len(told) > 1 else 'this holds'}:",
        *(f"{number}. {condition.words}" for number, condition in enumerate(told, 1)),
        f"They hold in {inside}; {judged}.",
        "A share of draws is not a probability: the draws cover what is possible.",
    ]


def _finite(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None
