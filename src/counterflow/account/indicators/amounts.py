"""Amounts as people write them: `1.2 billion doses`, `33 %`, `more than 100,000`, `$46.1 billion`, `1 in 5`."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

__all__ = ["Amount", "as_text", "read_amount", "same_unit", "unit_name", "unscaled"]

_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "millions": 1e6, "mn": 1e6, "billion": 1e9,
    "billions": 1e9, "bn": 1e9, "trillion": 1e12,
}  # fmt: skip
_COMPARED = (
    ("more than", "over", "above", "at least", "exceeding", ">=", ">", "≥"),
    ("less than", "under", "below", "at most", "fewer than", "up to", "<=", "<", "≤"),
    ("about", "around", "roughly", "nearly", "almost", "approximately", "approx.", "an estimated", "estimated", "~",
     "just over", "just under"),
)  # fmt: skip
_SIGNS = ("more than", "less than", "about")
_UNITS = {
    "%": "percent", "per cent": "percent", "pct": "percent", "percentage": "percent",
    "$": "usd", "us$": "usd", "dollar": "usd", "us dollar": "usd", "lb": "pound", "kilogram": "kg",
    "kilo": "kg", "ton": "tonne", "metric ton": "tonne", "t": "tonne", "people": "person", "number": "count",
    "fraction": "share", "proportion": "share",
}  # fmt: skip
_NUMBER = re.compile(r"[-+−]?(?:\d{1,3}(?:[,\u2009\u202f\u00a0' ]\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?")
_ONE_IN = re.compile(r"(?:^|\s)(\d+) in (\d+)\b")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit.

    Args:
        value: in `unit`.
        unit: as written, without the number; "" where none is.
        half: half of the last digit that was written, in `unit`: what rounding may have hidden. 0 where not known.
        sign: "" | more than | less than | about: how exactly its author meant it.
    """

    value: float
    unit: str = ""
    half: float = 0.0
    sign: str = ""

    def scaled(self, factor: float) -> Amount:
        """Return it times `factor`, its rounding likewise."""
        return Amount(self.value * factor, self.unit, self.half * abs(factor), self.sign)


def read_amount(value: object, unit: str = "") -> Amount:
    """Return the amount that `value` says.

    Args:
        value: a number, or a text with one.
        unit: of a bare number.

    Raises:
        ValueError: there is no number in it, or more than one; says so.

    >>> read_amount("1.2 billion doses")
    Amount(value=1200000000.0, unit='doses', half=50000000.0, sign='')
    >>> read_amount("33%").unit, read_amount("more than 100,000 deaths").sign
    ('%', 'more than')
    """
    if isinstance(value, bool) or value is None:
        raise ValueError("it is no number")
    factor, unit = unscaled(unit)
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise ValueError("it is not finite")
        try:
            return Amount(float(value) * factor, unit, _half(repr(value)) * factor)
        except OverflowError:
            raise ValueError("it is too large") from None
    if not isinstance(value, str):
        raise ValueError("write a number, with its unit where it has one")  # noqa: TRY004 - one kind of refusal
    read = _in_text(" ".join(value.split()), "")
    return read if read.unit else replace(read.scaled(factor), unit=unit)


def unscaled(unit: str) -> tuple[float, str]:
    """Return what a unit multiplies by, and the unit without it.

    >>> unscaled("million doses"), unscaled("doses")
    ((1000000.0, 'doses'), (1.0, 'doses'))
    """
    first, _, rest = unit.strip().partition(" ")
    factor = _SCALES.get(first.casefold()) if rest else None
    return (factor, rest.removeprefix("of ").strip()) if factor and first.casefold() != "k" else (1.0, unit)


def _in_text(text: str, unit: str) -> Amount:
    sign, rest = _signed(text)
    one_in = _ONE_IN.search(rest)
    if one_in and int(one_in[2]):
        return Amount(int(one_in[1]) / int(one_in[2]), "share", 0.0, sign)
    found = list(_NUMBER.finditer(rest))
    whole = [one for one in found if not _belongs_to_a_rate(rest, one)]
    if not whole:
        raise ValueError("there is no number in it")
    if len(whole) > 1:
        raise ValueError(f"it holds {len(whole)} numbers; a value is one number")
    at = whole[0]
    digits = re.sub(r"[,\u2009\u202f\u00a0' ]", "", at[0]).replace("−", "-")
    before, after = rest[: at.start()].strip(), rest[at.end() :].strip()
    factor = 1.0
    scale = re.match(r"([A-Za-z]+)\b\.?", after)
    if scale and scale[1].casefold() in _SCALES:
        factor, after = _SCALES[scale[1].casefold()], after[scale.end() :].strip()
    said = f"{before} {after}".strip(" ,.;")
    number = float(digits)
    if not math.isfinite(number * factor):
        raise ValueError("it is not finite")
    return Amount(number * factor, said or unit, _half(digits) * factor, sign)


def _signed(text: str) -> tuple[str, str]:
    for sign, words in zip(_SIGNS, _COMPARED, strict=True):
        for one in words:
            if text.casefold().startswith(one):
                return sign, text[len(one) :].strip()
    return "", text


def _belongs_to_a_rate(text: str, found: re.Match[str]) -> bool:
    """Say whether a number is part of a unit, as in `per 100,000 people`."""
    return bool(re.search(r"(?:\bper|/|\bof every)\s*$", text[: found.start()]))


def _half(digits: str) -> float:
    """Return half of the last digit written; whole numbers count as exact to one."""
    body, _, power = digits.lower().partition("e")
    scale = 10.0 ** int(power or 0) if abs(int(power or 0)) < 300 else 1.0
    decimals = len(body.partition(".")[2]) if "." in body and body.partition(".")[2] != "0" else 0
    return float(0.5 * 10.0**-decimals * scale) if decimals else (0.5 * scale if power else 0.0)


def unit_name(unit: str) -> str:
    """Return a unit in one spelling: lower case, singular, known short forms written out.

    >>> unit_name("Doses"), unit_name("%"), unit_name("lbs"), unit_name("deaths per 100,000 people")
    ('dose', 'percent', 'pound', 'death per 100000 person')
    """
    plain = " ".join(unit.casefold().replace(",", "").replace("/", " per ").split())
    plain = _UNITS.get(plain, plain)
    words = [_UNITS.get(word, word) for word in (_singular(word) for word in plain.split())]
    joined = " ".join(words)
    return _UNITS.get(joined, joined)


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 2 and word.endswith("s") and not word.endswith("ss") else word


def same_unit(one: str, other: str) -> bool:
    """Say whether two units are the same one; an empty unit fits any."""
    return not one or not other or unit_name(one) == unit_name(other)


def as_text(value: float) -> str:
    """Return a number as people read it.

    >>> as_text(1.2e9), as_text(0.33), as_text(107941)
    ('1.2 billion', '0.33', '107,941')
    """
    for word, scale in (("trillion", 1e12), ("billion", 1e9), ("million", 1e6)):
        if abs(value) >= scale:
            return f"{value / scale:.4g} {word}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
