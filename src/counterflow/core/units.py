"""Mass as people write it, turned into the unit that tables carry: kilograms.

Conversion factors are exact by definition: the avoirdupois pound is 0.45359237 kg and the troy ounce
31.1034768 g (International Yard and Pound Agreement, 1959; NIST SP 811, appendix B).
"""

from __future__ import annotations

__all__ = ["KILOGRAMS_PER"]

#: kilograms in one of each unit; keys are casefolded. UN/ECE Rec 20 codes stand beside the common words.
KILOGRAMS_PER: dict[str, float] = {
    "kg": 1.0, "kgm": 1.0, "kilogram": 1.0, "kilograms": 1.0, "kgs": 1.0,
    "g": 1e-3, "grm": 1e-3, "gram": 1e-3, "grams": 1e-3,
    "mg": 1e-6, "mgm": 1e-6,
    "t": 1e3, "tne": 1e3, "tonne": 1e3, "tonnes": 1e3,
    "lb": 0.45359237, "lbr": 0.45359237, "lbs": 0.45359237, "pound": 0.45359237, "pounds": 0.45359237,
    "oz": 0.028349523125, "onz": 0.028349523125, "ounce": 0.028349523125,
    "ozt": 0.0311034768, "apz": 0.0311034768,
}  # fmt: skip
