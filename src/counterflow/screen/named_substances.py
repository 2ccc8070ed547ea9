"""The substance that a text names against what is declared beside it: the HS code and the net mass.

Codes of earlier editions of the HS (`reference/goods/hs_former.csv`) fit as well: a code that was right until 2021 is
no contradiction. A mass counts only where the text gives it to the substance itself, and only where it is more than the
whole line is declared to weigh: a line may well hold many packages of the size its text tells.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.check import Code, FindingRows
from counterflow.reference.goods_tables import load_goods_tables
from counterflow.reference.registry import Registry
from counterflow.screen.substances.places import Mention
from counterflow.screen.substances.read_once import mentions_by_row

__all__ = ["CODES", "DISTANCE", "MASS_RATIO", "WEAKEST_MENTION", "named_against_declared"]

#: Weakest mention of a substance that is held against the code.
WEAKEST_MENTION = 0.25
#: Factor on the mention's strength by how far the code lies off.
DISTANCE = {"chapter": 0.75, "heading": 0.50, "subheading": 0.25}
#: The mass that the text gives is at least so many times the declared net mass: rounding and packing explain less.
MASS_RATIO = 2.0
_STRENGTH_OF_MASS = 0.35
#: Where medicines and diagnostic goods may lawfully stand whatever their substance.
_PREPARATIONS = ("3002", "3003", "3004", "3006", "3822")
_GRAMS_PER_KG = 1_000.0
_HS = "Harmonized System 2022 (WCO)"
CODES = (
    Code("hs-substance", "declaration", "the text names a substance that has no place in the declared heading"),
    Code("mass-in-text", "declaration", "the text gives a named substance more mass than the line is declared to have"),
)


def named_against_declared(batch: pa.RecordBatch, hs: pa.Array, exists: pa.Array, registry: Registry) -> pa.RecordBatch:
    """Return contradictions between the substances that texts name and the code and net mass declared with them.

    Args:
        batch: columns `row`, `description`, `mass_kg`.
        hs: the declared codes, digits only.
        exists: whether the code has a chapter.
        registry: what is listed, and under which codes.
    """
    found, rows, masses = FindingRows(), batch.column("row"), batch.column("mass_kg")
    for place, named in mentions_by_row(batch.column("description"), registry):
        row = rows[place].as_py()
        if exists[place].as_py():
            _hold_against_code(found, row, named, hs[place].as_py(), registry)
        _hold_against_mass(found, row, named, masses[place].as_py(), registry)
    return found.batch()


def _hold_against_code(found: FindingRows, row: int, named: list[Mention], declared: str, registry: Registry) -> None:
    """Hold the substances that a text names against its code; fitting one of them is enough."""
    far = [(met, _distance(declared, met, registry)) for met in named]
    if not all(distance for _, distance in far):
        return
    for met, distance in far:
        if met.context.factor >= 1 and met.strength >= WEAKEST_MENTION * _leeway(met):
            _add_code(found, row, met, declared, distance or "", registry)


def _leeway(met: Mention) -> float:
    """Lower the bar to a third for substances whose strength is capped for their lawful trade."""
    return 1 / 3 if met.substance.grade in {"solvent", "watch"} else 1.0


def _add_code(found: FindingRows, row: int, met: Mention, declared: str, distance: str, registry: Registry) -> None:
    places = ", ".join(f"{code[:4]}.{code[4:]}" for code in registry.hs_codes[met.substance.id])
    found.add(
        row,
        code="hs-substance",
        strength=round(met.strength * DISTANCE[distance], 4),
        meaning="strength of the mention, times a factor for how far the code lies off; no probability",
        harm_class="declaration",
        sentence=f"The text names {met.substance.name}, which belongs to HS {places}; "
        f"declared is {declared}, another {distance}.",
        field="description",
        start=met.start,
        end=met.end,
        matched=met.matched[:200],
        reference=f"substances:{met.substance.id}",
        reference_text=f"{met.substance.name}: HS {places}",
        reference_version=registry.version,
        citation=_HS,
    )


def _distance(declared: str, met: Mention, registry: Registry) -> str | None:
    """Return the coarsest level (chapter, heading, subheading) at which the code fits none, or None."""
    own = registry.hs_codes.get(met.substance.id, ())
    if declared.startswith(_PREPARATIONS) or not own:
        return None
    fitting = (*own, *load_goods_tables().former_codes.get(met.substance.id, ()))
    for digits, level in ((2, "chapter"), (4, "heading"), (6, "subheading")):
        if len(declared) < digits:
            return None
        if not any(code.startswith(declared[:digits]) for code in fitting):
            return level
    return None


def _hold_against_mass(
    found: FindingRows, row: int, named: list[Mention], net_kg: float | None, registry: Registry
) -> None:
    """Hold the largest mass that a text gives to a substance against the net mass of its line."""
    given = [(m.amount.grams, m) for m in named if m.amount and m.amount.grams and m.context.factor >= 1]
    if not given or net_kg is None or not net_kg > 0:
        return
    grams, met = max(given, key=lambda pair: pair[0])
    if met.amount is None or grams < MASS_RATIO * net_kg * _GRAMS_PER_KG:
        return
    found.add(
        row,
        code="mass-in-text",
        strength=_STRENGTH_OF_MASS,
        meaning="judgement: how plainly text and figure cannot both be right; no probability",
        harm_class="declaration",
        sentence=f"The text gives “{met.amount.text}” ({grams / _GRAMS_PER_KG:g} kg) of {met.substance.name}; "
        f"the line is declared to weigh {net_kg:g} kg net.",
        field="description",
        start=met.amount.start,
        end=met.amount.end,
        matched=met.amount.text[:200],
        reference=f"substances:{met.substance.id}",
        reference_text=met.substance.name,
        reference_version=registry.version,
        citation="docs/methods/goods-checks.md",
    )
