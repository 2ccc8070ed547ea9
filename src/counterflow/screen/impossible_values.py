"""Figures that cannot be: no mass, no pieces, more than its kind can weigh, arrived before it was posted.

Two checks, one for consignments and one for goods lines, each within one record and without any exchange
rate: what is held against each other stands in the same row and the same unit. Negative figures are refused
by intake; should one come by another way, it is found here too.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.check import Resources, Subject
from counterflow.core.units import KILOGRAMS_PER
from counterflow.screen.masks import in_row_order, told
from counterflow.screen.rules import Rule, by_code, codes_of, own_settings

__all__ = ["ImpossibleLinesCheck", "ImpossibleValuesCheck", "make_for_consignments", "make_for_lines"]

RULES = 1
#: Heaviest gross mass by kind, in kg, with its source. Kinds without a common limit have none.
HEAVIEST = {
    "letter": (
        5.0,
        "Universal Postal Union, Convention Regulations: letter-post items to 2 kg, books to 5 kg (recalled)",
    ),
    "container": (36_000.0, "ISO 668:2020, rating of series 1 freight containers: 36 000 kg (recalled)"),
}
#: Lighter than a milligram a piece is no piece of goods.
LIGHTEST_PIECE_KG = 1e-6
LONGEST_TRANSIT_DAYS = 365
#: Quantity in kilograms and net mass of the same line may differ by packing and rounding, not by this factor.
MASS_RATIO = 10.0
_MEANING = "judgement: how plainly the figures cannot be right; no probability"
_SAID = {"meaning": _MEANING, "citation": "docs/methods/goods-checks.md"}
_OF_VALUES = by_code(
    Rule(
        "mass-not-positive", "data", 0.40, "mass_kg", "The gross mass is {} kg.",
        "the gross mass is zero, negative or no number",
    ),
    Rule(
        "mass-over-limit", "declaration", 0.30, "mass_kg", "It weighs {} kg, more than its kind can.",
        "heavier than its kind can be",
    ),
    Rule(
        "pieces-not-positive", "data", 0.35, "pieces", "The number of pieces is {}.",
        "the number of pieces is zero or negative",
    ),
    Rule(
        "mass-per-piece", "data", 0.30, "pieces", "The gross mass is spread over {} pieces.",
        "less than a milligram a piece",
    ),
    Rule(
        "value-not-positive", "declaration", 0.20, "value", "The declared value is {}.",
        "the declared value is zero, negative or no number",
    ),
    Rule(
        "arrived-before-posted", "data", 0.40, "arrived_at", "It arrived at {}, before it was posted.",
        "it arrived before it was posted",
    ),
    Rule(
        "transit-too-long", "data", 0.20, "arrived_at", "It was {} days on its way.",
        "more than a year from posting to arrival",
    ),
)  # fmt: skip
_OF_LINES = by_code(
    Rule(
        "line-mass-not-positive", "data", 0.35, "mass_kg", "The net mass is {} kg.",
        "the net mass of the line is zero, negative or no number",
    ),
    Rule(
        "line-value-not-positive", "declaration", 0.20, "value", "The value of the line is {}.",
        "the value of the line is zero, negative or no number",
    ),
    Rule(
        "quantity-not-positive", "data", 0.30, "quantity", "The quantity is {}.",
        "the quantity is zero, negative or no number",
    ),
    Rule(
        "quantity-against-mass", "declaration", 0.35, "quantity", "Quantity and net mass are far apart.",
        "quantity in a unit of mass and net mass differ tenfold or more",
    ),
)  # fmt: skip


class ImpossibleValuesCheck:
    """Impossible figures and dates of a consignment."""

    id = "impossible-values"
    title = "Impossible figures and dates of a consignment"
    subject: Subject = "consignment"
    reads: tuple[str, ...] = ("kind", "mass_kg", "value", "pieces", "posted_at", "arrived_at")
    codes = codes_of(_OF_VALUES)
    version = f"{RULES}"

    def run(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return findings; see `counterflow.core.check.Check`."""
        mass, value, pieces = (batch.column(name) for name in ("mass_kg", "value", "pieces"))
        per_piece = pc.divide(mass, pc.if_else(pc.greater(pieces, 0), pieces, pa.scalar(None, pieces.type)))
        too_light = pc.and_(pc.greater(mass, 0), pc.less(per_piece, LIGHTEST_PIECE_KG))
        rules = _OF_VALUES
        return in_row_order(
            [
                rules["mass-not-positive"].found(_not_positive(mass), batch, mass, **_SAID),
                rules["pieces-not-positive"].found(pc.less_equal(pieces, 0), batch, pieces, **_SAID),
                rules["mass-per-piece"].found(too_light, batch, pieces, **_SAID),
                rules["value-not-positive"].found(_not_positive(value), batch, value, **_SAID),
                *_too_heavy(batch, mass),
                *_transit(batch),
            ]
        )


class ImpossibleLinesCheck:
    """Impossible figures of a goods line."""

    id = "impossible-lines"
    title = "Impossible figures of a goods line"
    subject: Subject = "goods_line"
    reads: tuple[str, ...] = ("quantity", "unit", "mass_kg", "value")
    codes = codes_of(_OF_LINES)
    version = f"{RULES}"

    def run(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return findings; see `counterflow.core.check.Check`."""
        mass, value, quantity = (batch.column(name) for name in ("mass_kg", "value", "quantity"))
        rules = _OF_LINES
        return in_row_order(
            [
                rules["line-mass-not-positive"].found(_not_positive(mass), batch, mass, **_SAID),
                rules["line-value-not-positive"].found(_not_positive(value), batch, value, **_SAID),
                rules["quantity-not-positive"].found(_not_positive(quantity), batch, quantity, **_SAID),
                _far_apart(batch, quantity, mass),
            ]
        )


def make_for_consignments(resources: Resources) -> ImpossibleValuesCheck:
    """Return the check on consignments (entry point)."""
    own_settings(resources, ImpossibleValuesCheck.id)
    return ImpossibleValuesCheck()


def make_for_lines(resources: Resources) -> ImpossibleLinesCheck:
    """Return the check on goods lines (entry point)."""
    own_settings(resources, ImpossibleLinesCheck.id)
    return ImpossibleLinesCheck()


def _not_positive(figures: pa.Array) -> pa.Array:
    """Return where a figure is given and is not a positive, finite number."""
    return pc.or_(pc.invert(pc.is_finite(figures)), pc.less_equal(figures, 0))


def _too_heavy(batch: pa.RecordBatch, mass: pa.Array) -> list[pa.RecordBatch]:
    return [
        _OF_VALUES["mass-over-limit"].found(
            pc.and_(pc.equal(batch.column("kind"), kind), pc.greater(mass, limit)),
            batch,
            mass,
            meaning=_MEANING,
            citation=source,
            sentence=told(f"A {kind} weighs at most {limit:g} kg; declared are ", mass, " kg."),
        )
        for kind, (limit, source) in HEAVIEST.items()
    ]


def _transit(batch: pa.RecordBatch) -> list[pa.RecordBatch]:
    posted, arrived = batch.column("posted_at"), batch.column("arrived_at")
    days = pc.days_between(posted, arrived)
    return [
        _OF_VALUES["arrived-before-posted"].found(
            pc.less(arrived, posted),
            batch,
            arrived,
            sentence=told("It was posted at ", posted, " and arrived at ", arrived, "."),
            **_SAID,
        ),
        _OF_VALUES["transit-too-long"].found(pc.greater(days, LONGEST_TRANSIT_DAYS), batch, days, **_SAID),
    ]


def _far_apart(batch: pa.RecordBatch, quantity: pa.Array, mass: pa.Array) -> pa.RecordBatch:
    """Hold a quantity in a unit of mass against the net mass of the same line."""
    unit = batch.column("unit")
    in_kilograms = pc.multiply(quantity, _kilograms_per(unit))
    ratio = pc.divide(in_kilograms, pc.if_else(pc.greater(mass, 0), mass, pa.scalar(None, pa.float64())))
    apart = pc.or_(pc.greater_equal(ratio, MASS_RATIO), pc.less_equal(ratio, 1 / MASS_RATIO))
    return _OF_LINES["quantity-against-mass"].found(
        pc.and_(apart, pc.greater(in_kilograms, 0)),
        batch,
        matched=told(quantity, " ", unit),
        sentence=told("The quantity is ", in_kilograms, " kg, the net mass ", mass, " kg."),
        **_SAID,
    )


def _kilograms_per(units: pa.Array) -> pa.Array:
    """Return kilograms per unit; null for units that are no mass."""
    index = pc.index_in(pc.utf8_lower(pc.utf8_trim_whitespace(units)), pa.array(list(KILOGRAMS_PER)))
    return pa.array(list(KILOGRAMS_PER.values())).take(index)
