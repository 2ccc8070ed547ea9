"""One cell with a quantity: "25 kg", "2 x 5 L", "10 drums of 25 kg", "1 box (100 tablets)", or a bare number.

Only what can mean one thing is read. A range, an "about", two measures in one cell or a mark that may stand for
decimals or thousands is refused, with what to write instead.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from counterflow.core.errors import nearest
from counterflow.core.units import UNCLEAR, UNITS, fold_unit, unit_of
from counterflow.intake.convert.marks import marks_hint, plain_number
from counterflow.intake.identifiers import Unreadable

__all__ = ["Written", "check_unit", "read_amount"]

_BETWEEN = re.compile(r"\s*(?:(?<![a-zµ])[x×✕*](?![a-zµ])|\bof\b|\bà\b|@|\(|\bje\b)\s*")
_PART = re.compile(
    r"(?P<number>[+-]?[\d.,][\d.,'’\s]*(?:e[+-]?\d{1,3}(?![a-z\d]))?)(?P<word>[^\d]*(?:[23](?![\d.,]))?)"
)
_SPACED = re.compile(r"(?<=\d)[\s'’](?=\d{3}(?:\D|$))")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?")
_NOISE = re.compile(r"[\s).,;]+$|\b(each|net|netto)\b[\s).]*$")
_LARGEST = 1e15


@dataclass(frozen=True, slots=True)
class Written:
    """What a cell says.

    Args:
        quantity: the number; per pack, where `packs` is said.
        unit: the unit as written, None where none is.
        packs: how many packs of that quantity, None where none are said.
    """

    quantity: float
    unit: str | None = None
    packs: float | None = None


def read_amount(text: str, decimal: str = ".", thousands: str = "") -> Written:
    """Return quantity, unit and packs of one cell.

    >>> read_amount("10 drums of 25 kg"), read_amount("2 x 5 L")
    (Written(quantity=25.0, unit='kg', packs=10.0), Written(quantity=5.0, unit='L', packs=2.0))
    >>> read_amount("12.5"), read_amount("1 box (100 tablets)").packs
    (Written(quantity=12.5, unit=None, packs=None), 1.0)
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    while (bare := _NOISE.sub("", plain)) != plain:
        plain = bare
    parts = _split(plain)
    *before, last = [
        _part(part, text, decimal, thousands, first=len(parts) > 1 and i == 0) for i, part in enumerate(parts)
    ]
    packs = 1.0
    for number, word in before:
        unit = unit_of(word) if word else None
        if word and (unit is None or unit.kind in {"mass", "volume"}):
            raise Unreadable("amount-form", f"{word!r} is no kind of pack: write it as 10 x 25 kg.")
        packs *= number
    number, word = last
    if before and number < 0:
        raise Unreadable("amount-form", "A sign stands before the whole amount, not before the size of a pack.")
    return Written(number, _unit(word, counted=bool(before)), packs if before else None)


def check_unit(text: str) -> Unreadable | None:
    """Return what is wrong with a unit, or None."""
    folded = fold_unit(text)
    if folded in UNCLEAR:
        return Unreadable("unclear-unit", UNCLEAR[folded])
    if folded in UNITS:
        return None
    close = [c.replace("_", " ") for c in nearest(folded, UNITS)] if len(folded) > 2 else []
    hint = f"Nearest: {', '.join(close)}." if close else "Known: mg, g, kg, t, lb, oz, mL, L, gal, tablets, pieces …"
    return Unreadable("unknown-unit", f"{text!r} is no unit that is known. {hint}")


def _split(text: str) -> list[str]:
    """Return the parts between "x", "of" and brackets, with their letters as written."""
    parts, start = [], 0
    for found in _BETWEEN.finditer(text.casefold()) if len(text.casefold()) == len(text) else ():
        parts.append(text[start : found.start()])
        start = found.end()
    return [*parts, text[start:]]


def _part(part: str, whole: str, decimal: str, thousands: str, *, first: bool) -> tuple[float, str]:
    unit = unit_of(part) if first and part.strip() else None
    if unit is not None and unit.kind == "packs":
        return 1.0, part.strip()  # "drum of 200 L" is one
    found = _PART.fullmatch(part.strip().casefold())
    if found is None:
        raise Unreadable("amount-form", f"{whole!r} cannot be read as an amount. Write it as 25 kg, or 10 x 25 kg.")
    written = found["number"].strip()
    plain = plain_number(_SPACED.sub("", written), decimal, thousands)
    if plain is None or not _NUMBER.fullmatch(plain):
        raise Unreadable("not-a-number", f"{written!r} is no number.{marks_hint(written, decimal, thousands)}")
    value = float(plain)
    if abs(value) > _LARGEST:
        raise Unreadable("not-a-number", "No order is that large.")
    return value, part.strip()[found.start("word") :].strip(" .,;-")


def _unit(word: str, *, counted: bool) -> str | None:
    """Return the unit of the last part; a word for the one pack behind it ("25 kg drum") says nothing more."""
    if not word:
        return None
    if unit_of(word) is None and " " in word:
        unit, _, rest = word.rpartition(" ")
        pack = unit_of(rest)
        if pack is not None and pack.kind == "packs" and check_unit(unit) is None:
            if not counted and rest.casefold().endswith("s"):
                raise Unreadable("amount-form", f"How many {rest}? Write it as 10 x 25 kg.")
            return unit
    problem = check_unit(word)
    if problem is not None:
        raise problem
    return word
