"""Amounts as people write them, turned into the units that tables carry.

What is sent is carried in kilograms; what is ordered in grams, litres or pieces.

Conversion factors are exact by definition: the avoirdupois pound is 0.45359237 kg and the troy ounce
31.1034768 g (International Yard and Pound Agreement, 1959; NIST SP 811, appendix B); the US gallon is 231 cubic inches,
the imperial gallon 4.54609 L (NIST Handbook 44, appendix C). Letters in brackets such as KGM are UN/ECE
Recommendation 20.

Two words hold more than one unit. `gal`, `fl oz`, `qt` and `pt` are read as the US measures, and whoever reads a file
says so (`Unit.remark`); `ton` alone is 907, 1,000 or 1,016 kg and is refused (`UNCLEAR`).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["KILOGRAMS_PER", "UNCLEAR", "UNITS", "Amount", "Unit", "amount", "fold_unit", "unit_of"]

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

UnitKind = Literal["mass", "volume", "pieces", "packs"]


@dataclass(frozen=True, slots=True)
class Unit:
    """What one of a unit is.

    Args:
        kind: mass (grams), volume (litres), pieces (dosage units, tablets, items) or packs (of a size not said).
        factor: grams, litres, pieces or packs in one of it.
        remark: what a person should know about how it was read.
    """

    kind: UnitKind
    factor: float
    remark: str = ""


_GRAMS: dict[float, str] = {
    1.0: "g grm gm gms gramm gramme grammes gram grams gramo gramos",
    1e3: "kg kgm kgs kilo kilos kilogram kilograms kilogramm kilogramme kilogrammes kilogramo kilogramos",
    1e-3: "mg mgm mgs milligram milligrams milligramm milligramme milligrammes miligramo miligramos",
    1e-6: "ug µg mcg microgram micrograms",
    1e6: "t tne mt tonne tonnes tonnen metric_ton metric_tons metric_tonne metric_tonnes",
    453.59237: "lb lbr lbs pound pounds",
    28.349523125: "oz onz ozs ounce ounces",
    0.06479891: "grain grains",
    31.1034768: "ozt apz troy_ounce troy_ounces",
    907184.74: "short_ton short_tons us_ton us_tons stn",
    1016046.9088: "long_ton long_tons imperial_ton ltn",
}
_LITRES: dict[float, str] = {
    1.0: "l ltr ltrs lt lts lit liter liters litern litre litres litro litros",
    1e-3: "ml mlt mls milliliter milliliters millilitre millilitres mililitro mililitros cc cm3 ccm cmq",
    1e-6: "ul µl mcl microliter microlitre",
    1e-2: "cl clt centiliter centilitre",
    1e-1: "dl dlt deciliter decilitre",
    1e2: "hl hlt hectoliter hectolitre",
    1e3: "kl m3 mtq cbm cubic_meter cubic_metre cubic_meters cubic_metres",
    4.54609: "gli imperial_gallon imperial_gallons uk_gal uk_gallon imp_gal",
    3.785411784: "gll us_gal us_gallon us_gallons",
}
_US_LITRES: dict[float, str] = {
    3.785411784: "gal gals gallon gallons",
    0.946352946: "qt qts quart quarts",
    0.473176473: "pt pts pint pints",
    0.0295735295625: "fl_oz floz fluid_ounce fluid_ounces fl_ounce",
}
_PIECES = (
    "pc pcs pce piece pieces ea each unit units c62 h87 item items du dosage_unit dosage_units dose doses tablet "
    "tablets tab tabs pill pills capsule capsules cap caps softgel softgels patch patches ampoule ampoules amp "
    "amps ampule ampules suppository suppositories lozenge lozenges film films vial vials syringe syringes stück stk "
    "tablette tabletten kapsel kapseln ampulle ampullen pièce pièces comprimé comprimés gélule gélules unité unités "
    "unidad unidades comprimido comprimidos tableta tabletas cápsula cápsulas ampolla ampollas pieza piezas"
)
_PACKS = (
    "pack packs package packages pkg pkgs pkt packet packets box boxes bx carton cartons ctn drum drums barrel "
    "barrels bag bags sack sacks bottle bottles btl btls can cans canister canisters jerrycan jerrycans "
    "ibc ibcs pallet pallets plt case cases cs container containers tub tubs tin tins keg kegs cylinder cylinders "
    "flask flasks jar jars pail pails bucket buckets tank tanks tote totes kit kits roll rolls strip strips blister "
    "blisters bulk_bag fass fässer kanister flasche flaschen karton kartons palette paletten packung packungen gebinde "
    "sack säcke beutel fût fûts bidon bidons bidón bidones sac sacs bouteille bouteilles flacon flacons boîte boîtes "
    "palettes tambor tambores saco sacos botella botellas frasco frascos caja cajas envase envases"
)


def _built() -> dict[str, Unit]:
    found = {word: Unit("mass", factor) for factor, words in _GRAMS.items() for word in words.split()}
    found |= {word: Unit("volume", factor) for factor, words in _LITRES.items() for word in words.split()}
    for factor, words in _US_LITRES.items():
        remark = f"read as the US measure, {factor:g} L"
        found |= {word: Unit("volume", factor, remark) for word in words.split()}
    found |= {word: Unit("pieces", 1.0) for word in _PIECES.split()}
    return found | {word: Unit("packs", 1.0) for word in _PACKS.split()}


#: every unit that is known, by its folded name
UNITS: dict[str, Unit] = _built()
#: words that hold more than one unit, with what to write instead
UNCLEAR: dict[str, str] = {
    **dict.fromkeys(("ton", "tons"), "A ton is 907, 1,000 or 1,016 kg: write t (1,000 kg), short ton or long ton."),
    "gr": "gr is grams to some and grains (0.065 g) to others: write g or grain.",
}
_BETWEEN = re.compile(r"[\s._-]+")


def fold_unit(text: str) -> str:
    """Return a unit as names are compared.

    >>> fold_unit(" Fl. Oz "), fold_unit("KG."), fold_unit("Dosage-Units")
    ('fl_oz', 'kg', 'dosage_units')
    """
    plain = unicodedata.normalize("NFKC", text).casefold().replace("μ", "µ")
    return _BETWEEN.sub("_", plain.removesuffix("(s)")).strip("_ ")


def unit_of(text: str) -> Unit | None:
    """Return the unit that a text names, or None.

    >>> unit_of("Kgs").factor, unit_of("mL").kind, unit_of("drums").kind, unit_of("ton")
    (1000.0, 'volume', 'packs', None)
    """
    return UNITS.get(fold_unit(text))


@dataclass(frozen=True, slots=True)
class Amount:
    """Quantities in the units of the house, each null where the unit does not give it.

    Args:
        mass_g: grams.
        volume_l: litres.
        pieces: dosage units or pieces.
        packs: packs of a size that is not said.
        unknown: rows whose unit is written and not known (boolean).
    """

    mass_g: pa.Array
    volume_l: pa.Array
    pieces: pa.Array
    packs: pa.Array
    unknown: pa.Array


def amount(quantity: pa.Array, unit: pa.Array) -> Amount:
    """Return quantities as grams, litres, pieces or packs. Litres never become grams here: that takes a density.

    Args:
        quantity: numbers (float64); null where not given.
        unit: units as written (text); null where not given.

    >>> import pyarrow as pa
    >>> made = amount(pa.array([2.0, 5.0, 1.0]), pa.array(["kg", "mL", "furlong"]))
    >>> made.mass_g.to_pylist(), made.volume_l.to_pylist(), made.unknown.to_pylist()
    ([2000.0, None, None], [None, 0.005, None], [False, False, True])
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    encoded = unit.cast(pa.string()).dictionary_encode()
    units = [unit_of(word) for word in encoded.dictionary.to_pylist()]
    kinds: tuple[UnitKind, ...] = ("mass", "volume", "pieces", "packs")
    made = []
    for kind in kinds:
        factors = pa.array([u.factor if u is not None and u.kind == kind else None for u in units], pa.float64())
        made.append(pc.multiply(quantity, factors.take(encoded.indices)))
    unknown = pa.array([u is None for u in units], pa.bool_()).take(encoded.indices)
    return Amount(made[0], made[1], made[2], made[3], pc.fill_null(unknown, False))
