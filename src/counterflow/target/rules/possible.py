"""Whether a condition can ever be true: a rule that cannot be met would lie there and be taken for protection.

The condition is written as alternatives of tests that must all hold (disjunctive form). Within an alternative, bounds
on one number must leave something between them, values of one text must agree, and nothing may be both missing and
compared. An alternative that nothing can meet is an error, also where others can be met: it says what nobody meant.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product

from counterflow.target.rules.conditions import (
    And,
    Between,
    Compare,
    Condition,
    Finding,
    Is,
    Missing,
    New,
    Not,
    Or,
    Past,
    Place,
    Rule,
    Starts,
    Test,
    Value,
)
from counterflow.target.rules.mistakes import RuleError
from counterflow.target.rules.names import ATTRIBUTES
from counterflow.target.rules.values import in_base_unit, measure_of

__all__ = ["require_possible"]

_MOST_ALTERNATIVES = 2000
_HS = {"hs2": 2, "hs4": 4, "hs6": 6}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}

#: a test, and whether it must hold (True) or must not
Literal = tuple[Test, bool]


def require_possible(rule: Rule) -> None:
    """Refuse a rule with a part that nothing can meet.

    Raises:
        RuleError: names the test at which it becomes impossible.
    """
    if _size(rule.condition, holds=True) > _MOST_ALTERNATIVES:
        hint = "Split it: several short rules can be read, tested and retired one by one."
        raise RuleError("This rule has too many alternatives to be reviewed.", Place(1, 1), hint=hint)
    for alternative in _alternatives(rule.condition, holds=True):
        _require(alternative)


def _size(condition: Condition, *, holds: bool) -> int:
    """Return how many alternatives a condition has."""
    if isinstance(condition, Not):
        return _size(condition.part, holds=not holds)
    if isinstance(condition, And | Or):
        sizes = [_size(part, holds=holds) for part in condition.parts]
        if isinstance(condition, Or) == holds:
            return sum(sizes)
        total = 1
        for size in sizes:
            total = min(total * size, _MOST_ALTERNATIVES + 1)
        return total
    return 1


def _alternatives(condition: Condition, *, holds: bool) -> Iterator[tuple[Literal, ...]]:
    if isinstance(condition, Not):
        yield from _alternatives(condition.part, holds=not holds)
    elif isinstance(condition, And | Or):
        if isinstance(condition, Or) == holds:
            for part in condition.parts:
                yield from _alternatives(part, holds=holds)
        else:
            for parts in product(*(list(_alternatives(part, holds=holds)) for part in condition.parts)):
                yield tuple(literal for part in parts for literal in part)
    else:
        yield ((condition, holds),)


@dataclass
class _Span:
    """What is left of a number: from `low` to `high`, each end included or not."""

    low: Decimal | None = None
    low_in: bool = True
    high: Decimal | None = None
    high_in: bool = True

    def narrow(self, op: str, bound: Decimal) -> bool:
        """Take a comparison in; say whether anything is left."""
        if op in {">", ">=", "="}:
            if self.low is None or bound > self.low:
                self.low, self.low_in = bound, op != ">"
            elif bound == self.low:
                self.low_in = self.low_in and op != ">"
        if op in {"<", "<=", "="}:
            if self.high is None or bound < self.high:
                self.high, self.high_in = bound, op != "<"
            elif bound == self.high:
                self.high_in = self.high_in and op != "<"
        if self.low is None or self.high is None:
            return True
        return self.low < self.high or (self.low == self.high and self.low_in and self.high_in)


@dataclass
class _Text:
    """What is left of a text: the values allowed (None for all), those shut out, and how it starts."""

    allowed: set[str] | None = None
    shut_out: set[str] = field(default_factory=set)
    starts: list[tuple[str, ...]] = field(default_factory=list)

    def is_possible(self) -> bool:
        if self.allowed is not None:
            return any(v not in self.shut_out and all(v.startswith(p) for p in self.starts) for v in self.allowed)
        # Two beginnings go together where one of the first begins one of the second, or the other way round.
        return all(
            any(a.startswith(b) or b.startswith(a) for a in one for b in other)
            for i, one in enumerate(self.starts)
            for other in self.starts[:i]
        )


class _Facts:
    """What one alternative asks, test after test."""

    def __init__(self) -> None:
        self.spans: dict[tuple[object, ...], _Span] = {}
        self.texts: dict[str, _Text] = {}
        self.missing: dict[str, bool] = {}
        self.flags: dict[Test, bool] = {}
        self.currency: str | None = None

    def take(self, test: Test, *, holds: bool) -> bool:
        """Take a test in; say whether all of them can still hold together."""
        match test:
            case Missing(name):
                return self._presence(name, empty=holds)
            case Is() | Starts():
                return self._text(test, holds=holds)
            case Compare(name, op, value):
                return self._compare(name, op, value, holds=holds)
            case Between(name, low, high):
                return not holds or (
                    self._compare(name, ">=", low, holds=True) and self._compare(name, "<=", high, holds=True)
                )
            case Past():
                return self._past(test, holds=holds)
            case New() | Finding():
                return self.flags.setdefault(test, holds) == holds

    def _presence(self, name: str, *, empty: bool) -> bool:
        name = "hs" if name in _HS else name
        return self.missing.setdefault(name, empty) == empty

    def _text(self, test: Is | Starts, *, holds: bool) -> bool:
        if not self._presence(test.name, empty=False):
            return False
        known = self.texts.setdefault("hs" if test.name in _HS else test.name, _Text())
        values = test.values if isinstance(test, Is) else test.prefixes
        if isinstance(test, Starts) or test.name in _HS:
            if holds:
                known.starts.append(tuple(values))
        elif not holds:
            known.shut_out |= set(values)
        else:
            known.allowed = set(values) if known.allowed is None else known.allowed & set(values)
        return known.is_possible() and self._same_currency()

    def _same_currency(self) -> bool:
        allowed = self.texts["currency"].allowed if "currency" in self.texts else None
        return self.currency is None or allowed is None or self.currency in allowed

    def _compare(self, name: str, op: str, value: Value | dt.date, *, holds: bool) -> bool:
        if not self._presence(name, empty=False):
            return False
        if not holds:
            if op == "=":
                return True
            op = _OPPOSITE[op]
        if isinstance(value, dt.date):
            return self._narrow((name,), op, Decimal(value.toordinal()), low=None)
        measure = measure_of(value.unit)
        if name in {"value", "value per kg"}:
            currency = measure.partition(" ")[0]
            if self.currency not in {None, currency}:
                return False
            self.currency = currency
            if not self._same_currency():
                return False
        low = None if name == "lead" or name.startswith(ATTRIBUTES) else Decimal(0)
        return self._narrow((name, measure), op, in_base_unit(value), low=low)

    def _past(self, test: Past, *, holds: bool) -> bool:
        if not holds and test.op == "=":
            return True
        op = test.op if holds else _OPPOSITE[test.op]
        key = (test.what, test.harm_class, test.key, test.days)
        if not self._narrow(key, op, test.bound, low=Decimal(0)):
            return False
        return test.what != "rate" or self._narrow(key, "<=", Decimal(100), low=Decimal(0))

    def _narrow(self, key: tuple[object, ...], op: str, bound: Decimal, *, low: Decimal | None) -> bool:
        span = self.spans.setdefault(key, _Span(low=low))
        return span.narrow(op, bound)


def _require(alternative: tuple[Literal, ...]) -> None:
    facts = _Facts()
    for test, holds in alternative:
        if not facts.take(test, holds=holds):
            from counterflow.target.rules.wording import condition_words

            words = condition_words(test if holds else Not(test))
            hint = "Together with the tests before it nothing is left; mend a bound, or write or instead of and."
            raise RuleError("This can never be true.", test.place, value=words, hint=hint)
