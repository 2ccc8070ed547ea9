"""Doses from what was weighed: the amount as people write it, a published purity, a precursor's bound, a claim to test.

The conversion itself (mass x purity / dose, by draws) is that of supply signals; a flow brings it. Here stands what the
words of a seizure, a target or a press release need before and after it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from counterflow.core.errors import InputError, UnknownName
from counterflow.core.units import UNCLEAR, fold_unit, unit_of
from counterflow.reference.csv_files import read_rows

__all__ = ["Bound", "Mass", "Published", "claim_of", "precursor_bound", "published_purity", "read_mass"]

_AMOUNT = re.compile(r"\s*(?P<number>\d[\d,_ ]*(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*(?P<unit>[^\d\s].*)?\Z")
_TABLETS = frozenset(("tablet", "tablets", "tab", "tabs", "pill", "pills"))
_THOUSANDS = re.compile(r"\d{1,3}(?:[, _]\d{3})+(?:\.\d+)?\Z")


@dataclass(frozen=True, slots=True)
class Mass:
    """An amount: kilograms, or tablets where it is counted; the other is None."""

    kg: float | None
    tablets: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Published:
    """A purity that was published for a whole market: mean with a 95 % interval, as shares, and who says so."""

    mean: float
    low: float
    high: float
    source: str


@dataclass(frozen=True, slots=True)
class Bound:
    """The most of a product, as a multiple of a precursor's mass, that conservation of mass allows for a class."""

    name: str
    product: str
    most: float
    words: str
    source: str


def read_mass(text: str) -> Mass:
    """Return an amount as people write it.

    >>> round(read_mass("10,000 pounds").kg, 2), read_mass("2.5 t").kg, read_mass("80e6 pills").tablets
    (4535.92, 2500.0, 80000000.0)

    Raises:
        InputError: no number above zero, no unit, one that holds several, or one that is no mass.
    """
    found = _AMOUNT.match(text)
    hint = "Write 10000 lb, 4.5 t, 250 kg, 30 g or 80000 tablets."
    if found is None or not found["unit"]:
        raise InputError("An amount is a number with its unit.", value=text, column="mass", hint=hint)
    number = found["number"].strip()
    if "," in number or " " in number or "_" in number:
        if not _THOUSANDS.match(number):
            raise InputError("The commas or blanks of this number are unclear.", value=text, column="mass", hint=hint)
        number = re.sub(r"[, _]", "", number)
    value, word = float(number), fold_unit(found["unit"])
    if not (value > 0 and math.isfinite(value)):
        raise InputError("An amount is above zero.", value=text, column="mass", hint=hint)
    if word in _TABLETS:
        return Mass(None, value, text.strip())
    if word in UNCLEAR:
        raise InputError("This unit holds several.", value=text, column="mass", hint=UNCLEAR[word])
    unit = unit_of(found["unit"])
    if unit is None or unit.kind != "mass":
        raise InputError("This is no unit of mass.", value=text, column="mass", hint=hint)
    return Mass(value * unit.factor / 1000, None, text.strip())


def published_purity(substance: str) -> Published:
    """Return the published purity of a market.

    Raises:
        UnknownName: none is held for the substance.
    """
    rows = {row["substance"]: row for row in read_rows("account", "purity_published.csv")}
    if substance not in rows:
        raise UnknownName("published purity of", substance, rows)
    row = rows[substance]
    return Published(float(row["mean"]), float(row["low"]), float(row["high"]), f"{row['source']} ({row['read']})")


def precursor_bound(name: str) -> Bound:
    """Return the bound of a class of precursors.

    Raises:
        UnknownName: no such class.
    """
    rows = {row["class"]: row for row in read_rows("account", "precursor_bounds.csv")}
    if name not in rows:
        raise UnknownName("class of precursors", name, rows)
    row = rows[name]
    return Bound(name, row["product"], float(row["most"]), row["words"], f"{row['source']} ({row['read']})")


def claim_of(claimed: float, kg: float, low: float, high: float) -> dict[str, Any]:
    """Return what a claimed number of doses implies, and whether the interval holds it.

    Args:
        claimed: doses, as somebody said.
        kg: gross mass that they are said to lie in.
        low: lower end of the interval of doses.
        high: upper end.
    """
    inside = low <= claimed <= high
    each = kg * 1e6 / claimed
    words = "lies inside the interval" if inside else f"lies {'above' if claimed > high else 'below'} the interval"
    return {
        "claimed": claimed, "inside": inside, "gross_mg_per_dose": each,
        "words": f"the claim {words}; it takes {each:.3g} mg as seized for one dose",
    }  # fmt: skip
