"""How strong the evidence is that a text names a substance: rules that a reader can apply by hand.

The strength is no probability. It is built in this order, and `docs/methods/substances.md` prints the same
table:

1. base by how the substance is written (`BASES`); a CAS number that agrees with a name has its own base;
2. times the factor of the name's ambiguity (`AMBIGUITY`); names of ambiguity 2 and 3 count only beside other
   evidence;
3. plus small amounts for a salt, a purity, words of the chemical trade, a quantity (`ADDED`);
4. capped by how much lawful trade the substance has (`CAPS`);
5. times the factor of what lowers it (a negation, a test kit, a book that bears the name) and, for a name read
   out of a disguise, `DISGUISED`, for one with a letter wrong, `MISSPELT`;
6. held inside 0.01 .. 0.97: no text is certain.
"""

from __future__ import annotations

from counterflow.reference.registry import Substance
from counterflow.screen.substances.context import Context
from counterflow.screen.substances.places import Place

__all__ = ["ADDED", "AMBIGUITY", "BASES", "CAPS", "DISGUISED", "MISSPELT", "strength_of"]

BASES = {
    "CAS and name": 0.92,
    "CAS": 0.85,
    "InChIKey": 0.85,
    "UNII": 0.85,
    "DEA code": 0.75,
    "statutory": 0.80,
    "INN": 0.80,
    "chemical": 0.80,
    "foreign": 0.75,
    "trade": 0.70,
    "abbreviation": 0.60,
    "street": 0.60,
}
AMBIGUITY = {0: 1.0, 1: 0.85, 2: 0.60, 3: 0.30}
ADDED = {"salt": 0.04, "purity": 0.03, "chemical": 0.02, "quantity": 0.01}
CAPS = {"solvent": 0.30, "watch": 0.35, "wide": 0.45}
#: Factor on a name that had to be read out of a disguise: the reading is a little less sure.
DISGUISED = 0.90
#: Factor on a name one letter away from what the list prints.
MISSPELT = 0.85
_LOWEST, _HIGHEST = 0.01, 0.97


def cap_of(substance: Substance) -> float:
    """Return the cap for a substance: by grade first, then by wide lawful trade."""
    if substance.grade in CAPS:
        return CAPS[substance.grade]
    return CAPS["wide"] if substance.trade == "wide" else _HIGHEST


def strength_of(substance: Substance, place: Place, context: Context) -> float:
    """Return the strength by the rules of this module.

    Args:
        substance: what is named.
        place: how it is written, how ambiguous that is, whether in disguise or with a letter wrong.
        context: the words beside it.
    """
    value = BASES[place.written] * AMBIGUITY[place.ambiguity]
    value += ADDED["salt"] * bool(context.salt) + ADDED["purity"] * context.purity
    value += ADDED["chemical"] * context.chemical + ADDED["quantity"] * context.quantity
    value = min(value, cap_of(substance)) * context.factor
    value *= (DISGUISED if place.disguised else 1.0) * (MISSPELT if place.misspelt else 1.0)
    return round(min(max(value, _LOWEST), _HIGHEST), 4)
