"""Values in a rule, checked where they stand: texts of a code, numbers with their unit, days, strengths."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from counterflow.core.errors import nearest
from counterflow.target.rules.conditions import Place, Value
from counterflow.target.rules.mistakes import RuleError
from counterflow.target.rules.names import UNIT_WORDS, Field

__all__ = [
    "LONGEST_LOOK_BACK",
    "bound_of",
    "checked_number",
    "checked_text",
    "close_words",
    "in_base_unit",
    "inside",
    "look_back",
    "measure_of",
    "place_of",
    "plain",
    "strength_of",
    "written",
]

#: a rule looks back two years at most: what is older says little and makes every day slower
LONGEST_LOOK_BACK = 730
_MOST_DIGITS = 15
_LENGTHS = {"hs": (2, 10), "hs2": (2, 2), "hs4": (4, 4), "hs6": (6, 6)}
#: one of a unit in the unit of the table (kilograms, litres, pieces, hours)
_FACTORS = {
    "kg": Decimal(1), "g": Decimal("0.001"), "t": Decimal(1000), "l": Decimal(1), "ml": Decimal("0.001"),
    "pieces": Decimal(1), "hours": Decimal(1), "days": Decimal(24),
}  # fmt: skip
_MISSPELT_UNITS = {
    "kgs": "kg", "kilogram": "kg", "kilograms": "kg", "gram": "g", "grams": "g", "tonnes": "t", "tonne": "t",
    "hour": "hours", "h": "hours", "day": "days", "piece": "pieces", "pcs": "pieces", "litre": "l", "litres": "l",
}  # fmt: skip


def place_of(node: Any) -> Place:
    """Return where a token or a subtree stands."""
    source = node if hasattr(node, "type") else node.meta
    return Place(getattr(source, "line", 1) or 1, getattr(source, "column", 1) or 1)


def inside(token: Any) -> str:
    """Return what stands between the quotes."""
    return str(token)[1:-1]


def written(node: Any) -> str:
    """Return a value as it was written, for messages."""
    if node.data == "text":
        return inside(node.children[0])
    parts = [str(node.children[0])]
    if node.data == "amount" and node.children[1] is not None:
        parts.append(_unit_words(node))
    return " ".join(parts)


def close_words(word: str, known: Iterable[str]) -> str:
    """Return a hint with the nearest known words; empty where nothing is near."""
    close = nearest(word, known)
    return f"Did you mean {' or '.join(repr(c) for c in close)}?" if close else ""


def checked_text(field: Field, text: str, place: Place, *, whole: bool) -> str:
    """Return a value of a text field as it is compared.

    Args:
        field: the field.
        text: what was written.
        place: where.
        whole: the whole value (is), else its beginning (starts with).
    """
    if not text.strip():
        hint = f"Write {field.name} is missing, if you mean empty."
        raise RuleError("An empty text meets nothing.", place, value=text, hint=hint)
    if field.type == "code":
        return _code(field, text, place, whole=whole)
    if field.type == "choice":
        low = text.strip().casefold()
        if low not in field.choices:
            hint = close_words(low, field.choices) or f"There are: {', '.join(field.choices)}."
            raise RuleError(f"There is no such {field.name}.", place, value=text, hint=hint)
        return low
    if field.type == "country":
        return _country(field, text, place)
    if field.name == "currency" and whole:
        if not re.fullmatch("[A-Za-z]{3}", text.strip()):
            raise RuleError("A currency is three letters.", place, value=text, hint='Write "USD".')
        return text.strip().upper()
    return text


def _code(field: Field, text: str, place: Place, *, whole: bool) -> str:
    digits = re.sub(r"[.\s]", "", text)
    least, most = _LENGTHS[field.name]
    least = least if whole else 1
    if not (digits.isascii() and digits.isdigit()) or not least <= len(digits) <= most:
        length = f"{least}" if least == most else f"{least} to {most}"
        hint = f'{field.name} has {length} digits; write hs starts with "3907" for a heading.'
        raise RuleError("This is no such code.", place, value=text, hint=hint)
    return digits


def _country(field: Field, text: str, place: Place) -> str:
    from counterflow.reference.countries import country_code

    code = country_code(text)
    if code is None:
        hint = f'{field.name} is a country of the goods, as "NL".'
        raise RuleError("There is no such country.", place, value=text, hint=hint)
    if text.strip().upper() != code:
        raise RuleError("Countries are written by their code.", place, value=text, hint=f'Write "{code}".')
    return code


def checked_number(
    token: Any, *, low: Decimal | None = None, high: Decimal | None = None, whole: bool = False, what: str
) -> Decimal:
    """Return a number within its bounds."""
    text, place = str(token), place_of(token)
    if sum(c.isdigit() for c in text) > _MOST_DIGITS:
        raise RuleError(f"A number has at most {_MOST_DIGITS} digits.", place, value=text, hint="Round it.")
    number = plain(Decimal(text))
    if (low is not None and number < low) or (high is not None and number > high):
        span = f"{low} to {high}" if high is not None else f"{low} or more"
        raise RuleError(f"This is no number of {what}.", place, value=text, hint=f"Write {span}.")
    if whole and number != number.to_integral_value():
        raise RuleError(f"This is no number of {what}.", place, value=text, hint="Write a whole number.")
    return number


def plain(number: Decimal) -> Decimal:
    """Return a number without needless zeros and without an exponent, so that equal numbers are written alike."""
    if number == number.to_integral_value():
        return number.quantize(Decimal(1)) + 0
    return number.normalize()


def bound_of(field: Field, node: Any, like: Value | dt.date | None = None) -> Value | dt.date:
    """Return the bound of a comparison; `like` gives the unit where only the other end of `between` has one."""
    if field.type == "day":
        return _day(node)
    if node.data != "amount":
        hint = f"As in: {field.example}." if field.example else ""
        raise RuleError(f"{field.name} is compared with a number.", place_of(node), value=written(node), hint=hint)
    unit = _unit_words(node) or (like.unit if isinstance(like, Value) else "")
    low = None if field.type in {"duration", "attribute"} else Decimal(0)
    number = checked_number(node.children[0], low=low, whole=field.type == "count", what=field.name)
    return Value(number, _checked_unit(field, unit, place_of(node), str(node.children[0])))


def _day(node: Any) -> dt.date:
    text = written(node)
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise RuleError("This is no day.", place_of(node), value=text, hint="Write 2026-03-01, no quotes.") from None


def _unit_words(node: Any) -> str:
    unit = node.children[1] if len(node.children) > 1 else None
    return "" if unit is None else " per ".join(str(part) for part in unit.children if part is not None)


def _checked_unit(field: Field, unit: str, place: Place, number: str) -> str:
    """Return the unit as the canonical text writes it."""
    unit = _MISSPELT_UNITS.get(unit, unit)
    if field.type in UNIT_WORDS:
        allowed = UNIT_WORDS[field.type]
        if unit not in allowed:
            hint = close_words(unit, allowed) or f"Write {number} {allowed[0]} (units: {', '.join(allowed)})."
            message = f"{field.name} needs a unit." if not unit else f"{unit} is no unit of {field.name}."
            raise RuleError(message, place, value=f"{number} {unit}".strip(), hint=hint)
        return unit
    if field.type in {"money", "price"}:
        return _money(field, unit, place, number)
    if unit:
        hint = f"Write the number alone: {number}."
        raise RuleError(f"{field.name} has no unit.", place, value=f"{number} {unit}", hint=hint)
    return ""


def _money(field: Field, unit: str, place: Place, number: str) -> str:
    currency, _, per = unit.partition(" per ")
    if not re.fullmatch("[A-Z]{3}", currency):
        hint = f"State the currency: {number} USD. Nothing is converted: other currencies are not met."
        raise RuleError(f"{field.name} needs a currency.", place, value=f"{number} {unit}".strip(), hint=hint)
    if field.type == "money":
        if per:
            raise RuleError("value is not per anything.", place, value=f"{number} {unit}", hint="Write value per kg.")
        return currency
    if per not in {"", "kg"}:
        raise RuleError("value per kg is per kg.", place, value=f"{number} {unit}", hint=f"Write {currency} per kg.")
    return f"{currency} per kg"


def in_base_unit(value: Value) -> Decimal:
    """Return the number in the unit of the table: kilograms, litres, pieces, hours; money as it stands.

    >>> in_base_unit(Value(Decimal(2), "t")), in_base_unit(Value(Decimal(5), "USD"))
    (Decimal('2000'), Decimal('5'))
    """
    return value.number * _FACTORS.get(value.unit, Decimal(1))


def measure_of(unit: str) -> str:
    """Return what a unit measures, so that only like is compared with like: mass, volume, …; a currency is itself."""
    if unit in {"kg", "g", "t"}:
        return "mass"
    if unit in {"l", "ml"}:
        return "volume"
    return "time" if unit in {"hours", "days"} else unit


def look_back(token: Any) -> int:
    """Return how many days a test looks back."""
    return int(checked_number(token, low=Decimal(1), high=Decimal(LONGEST_LOOK_BACK), whole=True, what="days"))


def strength_of(token: Any) -> Decimal:
    """Return the least strength of a finding; 0 where none was said."""
    if token is None:
        return Decimal(0)
    return checked_number(token, low=Decimal(0), high=Decimal(1), what="strength")
