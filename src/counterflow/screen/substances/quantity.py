"""How much of it the text says there is: "25 kg drum", "500 x 2 mg tablets", "4 x 2.5 l", "99 %".

Only what the text says is read; nothing is guessed from the kind of goods. A mass is given in grams, a volume in
millilitres, pieces as a count; a purity in percent. Figures follow both habits of writing, `1,500.5` and `1.500,5`:
a single sign followed by exactly three digits is read as thousands, any other as the decimal sign.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Amount", "amounts", "nearest_amount", "purity_in"]

_FIGURE = r"\d{1,3}(?:[., \u00a0\u202f]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)?"
_GRAMS = {
    "mcg": 1e-6, "µg": 1e-6, "μg": 1e-6, "ug": 1e-6, "mg": 1e-3, "毫克": 1e-3, "g": 1.0, "gr": 1.0, "gm": 1.0,
    "gram": 1.0, "grams": 1.0, "gramos": 1.0, "gramm": 1.0, "grammes": 1.0, "克": 1.0, "oz": 28.349523125,
    "lb": 453.59237, "lbs": 453.59237, "kg": 1e3, "kgs": 1e3, "kilo": 1e3, "kilos": 1e3, "kilogram": 1e3,
    "kilograms": 1e3, "kilogramos": 1e3, "公斤": 1e3, "千克": 1e3, "кг": 1e3, "г": 1.0, "мг": 1e-3, "mt": 1e6,
    "ton": 1e6, "tons": 1e6, "tonne": 1e6, "tonnes": 1e6, "吨": 1e6,
}  # fmt: skip
_MILLILITRES = {
    "ml": 1.0, "毫升": 1.0, "мл": 1.0, "cl": 10.0, "l": 1e3, "lt": 1e3, "ltr": 1e3, "ltrs": 1e3, "lit": 1e3,
    "liter": 1e3, "liters": 1e3, "litre": 1e3, "litres": 1e3, "litros": 1e3, "升": 1e3, "л": 1e3,
}  # fmt: skip
_PIECES = {
    "tab", "tabs", "tablet", "tablets", "tabletas", "tabletten", "comprimidos", "comprimés", "pill", "pills",
    "capsule", "capsules", "caps", "vial", "vials", "ampoule", "ampoules", "ampollas", "pcs", "pc", "pieces",
    "patch", "patches", "片", "粒", "支", "таблетки",
}  # fmt: skip
_UNITS = _GRAMS | _MILLILITRES | dict.fromkeys(_PIECES, 1.0)
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
#: Factors ("500 x 2 mg", "4 x 2.5 l"), a figure and its unit; what follows may be a concentration ("10 mg/ml").
_AMOUNT = re.compile(
    rf"(?<![\w.,])(?:(?P<times>\d{{1,6}}) ?[x×*] ?)?(?P<figure>{_FIGURE})[ \u00a0-]?(?P<unit>{_UNIT})"
    r"(?![^\W\u4e00-\u9fff])(?P<per> ?/ ?(?:\d* ?)?(?:ml|l|g|kg|h|hr|m³|m3|dl)\b)?(?P<than> ?(?:purity|pure)\b)?",
    re.IGNORECASE,
)
_PURITY = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d+)?|100) ?[%％]")
#: A figure before the mass is a number of dose units where their form stands right behind: "500 x 2 mg tablets".
_DOSES = re.compile(rf"\W{{0,2}}(?:{'|'.join(sorted(_PIECES, key=len, reverse=True))})\b", re.IGNORECASE)
_LIKELY_LARGEST = 1e12
#: What parts two goods of one line; a quantity beyond it is only taken where no nearer one is.
_PARTED = re.compile(r"[;|\n+]|,(?!\d)|\band\b")


@dataclass(frozen=True, slots=True)
class Amount:
    """One quantity as the text gives it.

    Args:
        text: the words of the text.
        start: first character, from 0.
        end: one past the last.
        grams: mass of all pieces together; None where no mass is given.
        millilitres: volume of all pieces together; None where none is given.
        pieces: number of tablets, vials, drums …; None where none is given.
    """

    text: str
    start: int
    end: int
    grams: float | None = None
    millilitres: float | None = None
    pieces: float | None = None


def amounts(text: str) -> tuple[Amount, ...]:
    """Return the quantities of a text in order; concentrations ("10 mg/ml") and rates are no quantities.

    >>> [(a.text, a.grams, a.pieces) for a in amounts("Fentanyl 25 kg drum; 500 x 2 mg tablets, 10 mg/ml")]
    [('25 kg', 25000.0, None), ('500 x 2 mg', 1.0, 500.0)]
    >>> amounts("4 x 2.5 l")[0].millilitres, amounts("1.500,5 kg")[0].grams, amounts("1,500 kg")[0].grams
    (10000.0, 1500500.0, 1500000.0)
    """
    return tuple(amount for met in _AMOUNT.finditer(text) if not met["per"] and (amount := _amount(met)) is not None)


def _amount(met: re.Match[str]) -> Amount | None:
    figure, unit = _figure(met["figure"]), met["unit"].lower()
    times = float(met["times"] or 1)
    total = figure * times * _UNITS[unit]
    if not 0 < total < _LIKELY_LARGEST:
        return None
    start, end = met.span()
    pieces = times if met["times"] else None
    if unit in _GRAMS:
        return Amount(met.group(), start, end, grams=total, pieces=pieces)
    if unit in _MILLILITRES:
        return Amount(met.group(), start, end, millilitres=total, pieces=pieces)
    return Amount(met.group(), start, end, pieces=figure * times)


def _figure(text: str) -> float:
    """Read a figure in either habit; digits in threes after every sign are thousands."""
    plain = re.sub(r"[ \u00a0\u202f]", "", text)
    signs = [c for c in plain if c in ".,"]
    grouped = re.fullmatch(r"[1-9]\d{0,2}(?:[.,]\d{3})+", plain)
    if grouped and len(set(signs)) == 1:
        return float(re.sub("[.,]", "", plain))
    whole, _, rest = plain.rpartition(signs[-1]) if signs else (plain, "", "")
    return float(f"{re.sub('[.,]', '', whole)}.{rest or 0}")


def nearest_amount(text: str, start: int, end: int, window: int = 48) -> Amount | None:
    """Return the quantity that stands nearest to `text[start:end]`; behind it wins a tie.

    A strength of each dose ("2 mg tablets") is no quantity of the goods, and is passed over.

    Args:
        text: the whole text.
        start: first character of the name.
        end: one past its last.
        window: how far to look on either side, characters.
    """
    first = max(0, start - window)
    best: tuple[int, Amount] | None = None
    for met in amounts(text[first : end + window]):
        begins, ends = met.start + first, met.end + first
        if met.grams is not None and met.pieces is None and _DOSES.match(text, ends):
            continue
        gap = begins - end if begins >= end else start - ends
        if gap >= 0:
            gap += window * bool(_PARTED.search(text, min(end, ends), max(start, begins)))
        if gap >= 0 and (best is None or gap <= best[0]):
            best = gap, Amount(met.text, begins, ends, met.grams, met.millilitres, met.pieces)
    return best[1] if best else None


def purity_in(text: str) -> float | None:
    """Return the first purity in percent that a text gives.

    >>> purity_in("Ketamine HCl 99,5 % 25 kg")
    99.5
    """
    met = _PURITY.search(text)
    return float(met[1].replace(",", ".")) if met else None
