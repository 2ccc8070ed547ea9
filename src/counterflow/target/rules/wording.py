"""The canonical text of a rule: one way to write each, so that a digest of it is a digest of what it says."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from counterflow.target.rules.conditions import (
    And,
    Between,
    Compare,
    Condition,
    Finding,
    Is,
    Key,
    Missing,
    New,
    Not,
    Or,
    Past,
    Rule,
    Starts,
    Test,
    Value,
)
from counterflow.target.rules.names import ATTRIBUTES

__all__ = ["condition_words", "rule_text"]


def rule_text(rule: Rule, *, ground: bool = True) -> str:
    """Return the canonical text of a rule; without its ground where `ground` is false.

    >>> from counterflow.target.rules.language import parse
    >>> written = 'rule  "r" when (mass>20.0 kg) and lane is one of "a" then inspect first, 5 minutes each'
    >>> print(rule_text(parse(written)))
    rule "r"
    when mass > 20 kg and lane is "a"
    then inspect first, 5 minutes each
    """
    action = ["inspect first", f"{_number(rule.minutes)} minutes each"]
    if rule.cap is not None:
        action.append(f"at most {rule.cap} a day" + (f" in each {rule.cap_by}" if rule.cap_by else ""))
    lines = [f'rule "{rule.title}"', f"when {condition_words(rule.condition)}", f"then {', '.join(action)}"]
    if ground and rule.ground:
        lines.append(f'because "{rule.ground}"')
    return "\n".join(lines)


def condition_words(condition: Condition) -> str:
    """Return a condition in the language, with no more brackets than it needs."""
    if isinstance(condition, Or):
        return " or ".join(condition_words(part) for part in condition.parts)
    if isinstance(condition, And):
        return " and ".join(_bracketed(part, Or) for part in condition.parts)
    if isinstance(condition, Not):
        return _negated(condition.part)
    return _test(condition)


def _bracketed(part: Condition, *kinds: type) -> str:
    words = condition_words(part)
    return f"({words})" if isinstance(part, kinds) else words


def _negated(part: Condition) -> str:
    if isinstance(part, Missing):
        return f"{_name(part.name)} is known"
    if isinstance(part, Is):
        one_of = "one of " if len(part.values) > 1 else ""
        return f"{_name(part.name)} is not {one_of}{_listed(part.values)}"
    return f"not {_bracketed(part, And, Or)}"


def _test(test: Test) -> str:
    match test:
        case Is(name, values):
            words = f"{_name(name)} is {'one of ' if len(values) > 1 else ''}{_listed(values)}"
        case Starts(name, prefixes):
            words = f"{_name(name)} starts with {_listed(prefixes)}"
        case Missing(name):
            words = f"{_name(name)} is missing"
        case Compare(name, op, value):
            words = f"{_name(name)} {op} {_value(value)}"
        case Between(name, low, high):
            words = f"{_name(name)} between {_value(low)} and {_value(high)}"
        case New(key, days):
            words = f"{_key(key)} is new within {days} days"
        case Finding(code, harm_class, at_least):
            words = f'finding "{code}"' if code else f"finding of {harm_class}"
            words += f" at least {_number(at_least)}" if at_least else ""
        case Past():
            words = _past(test)
    return words


def _past(test: Past) -> str:
    over = f"by {_key(test.key)} in {test.days} days"
    bound = f"{test.op} {_number(test.bound)}"
    if test.what == "finds":
        return f"finds of {test.harm_class} {over} {bound}"
    if test.what == "rate":
        return f"find rate of {test.harm_class} {over} from {test.least} inspections {bound} %"
    return f"inspections {over} {bound}"


def _key(key: Key) -> str:
    return " with ".join(_name(name) for name in key)


def _name(name: str) -> str:
    return f'attribute "{name.removeprefix(ATTRIBUTES)}"' if name.startswith(ATTRIBUTES) else name


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(f'"{value}"' for value in values)


def _value(value: Value | dt.date) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    unit = f" {value.unit}" if value.unit else ""
    return f"{_number(value.number)}{unit}"


def _number(number: Decimal) -> str:
    return format(number, "f")
