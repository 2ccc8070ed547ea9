"""Figures that cannot be: no mass, no pieces, more than its kind can weigh, arrived before it was posted.

Two checks, one for consignments and one for goods lines, each within one record and without any exchange
rate: what is held against each other stands in the same row and the same unit. Negative figures are refused
by intake; should one come by another way, it is found here too.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.check import Code, Resources, Subject
from counterflow.core.units import KILOGRAMS_PER
from counterflow.screen.masks import findings_where, in_row_order, told

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
_OWN = "docs/methods/goods-checks.md"
_VALUE_CODES = (
    Code("mass-not-positive", "data", "the gross mass is zero, negative or no number"),
    Code("mass-over-limit", "declaration", "heavier than its kind can be"),
    Code("pieces-not-positive", "data", "the number of pieces is zero or negative"),
    Code("mass-per-piece", "data", "less than a milligram a piece"),
    Code("value-not-positive", "declaration", "the declared value is zero, negative or no number"),
    Code("arrived-before-posted", "data", "it arrived before it was posted"),
    Code("transit-too-long", "data", "more than a year from posting to arrival"),
)
_LINE_CODES = (
    Code("line-mass-not-positive", "data", "the net mass of the line is zero, negative or no number"),
    Code("line-value-not-positive", "declaration", "the value of the line is zero, negative or no number"),
    Code("quantity-not-positive", "data", "the quantity is zero, negative or no number"),
    Code(
        "quantity-against-mass",
        "declaration",
        "quantity in a unit of mass and net mass differ tenfold or more",
    ),
)


class ImpossibleValuesCheck:
    """Impossible figures and dates of a consignment."""

    id = "impossible-values"
    title = "Impossible figures and dates of a consignment"
    subject: Subject = "consignment"
    reads: tuple[str, ...] = ("kind", "mass_kg", "value", "pieces", "posted_at", "arrived_at")
    codes = _VALUE_CODES
    version = f"{RULES}"

    def run(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return findings; see `counterflow.core.check.Check`."""
        mass, value, pieces = (batch.column(name) for name in ("mass_kg", "value", "pieces"))
        per_piece = pc.divide(mass, pc.if_else(pc.greater(pieces, 0), pieces, pa.scalar(None, pieces.type)))
        too_light = pc.and_(pc.greater(mass, 0), pc.less(per_piece, LIGHTEST_PIECE_KG))
        return in_row_order(
            [
                _found(
                    batch,
                    _not_positive(mass),
                    "mass-not-positive",
                    0.40,
                    "mass_kg",
                    mass,
                    "The gross mass is ",
                    " kg.",
                ),
                *_too_heavy(batch, mass),
                _found(
                    batch,
                    pc.less_equal(pieces, 0),
                    "pieces-not-positive",
                    0.35,
                    "pieces",
                    pieces,
                    "The number of pieces is ",
                    ".",
                ),
                _found(
                    batch,
                    too_light,
                    "mass-per-piece",
                    0.30,
                    "pieces",
                    pieces,
                    "The gross mass is spread over ",
                    " pieces.",
                ),
                _found(
                    batch,
                    _not_positive(value),
                    "value-not-positive",
                    0.20,
                    "value",
                    value,
                    "The declared value is ",
                    ".",
                    harm="declaration",
                ),
                *_transit(batch),
            ]
        )


class ImpossibleLinesCheck:
    """Impossible figures of a goods line."""

    id = "impossible-lines"
    title = "Impossible figures of a goods line"
    subject: Subject = "goods_line"
    reads: tuple[str, ...] = ("quantity", "unit", "mass_kg", "value")
    codes = _LINE_CODES
    version = f"{RULES}"

    def run(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return findings; see `counterflow.core.check.Check`."""
        mass, value, quantity = (batch.column(name) for name in ("mass_kg", "value", "quantity"))
        in_kilograms = pc.multiply(quantity, _kilograms_per(batch.column("unit")))
        ratio = pc.divide(in_kilograms, pc.if_else(pc.greater(mass, 0), mass, pa.scalar(None, pa.float64())))
        apart = pc.or_(pc.greater_equal(ratio, MASS_RATIO), pc.less_equal(ratio, 1 / MASS_RATIO))
        apart = pc.and_(apart, pc.greater(in_kilograms, 0))
        return in_row_order(
            [
                _found(
                    batch,
                    _not_positive(mass),
                    "line-mass-not-positive",
                    0.35,
                    "mass_kg",
                    mass,
                    "The net mass is ",
                    " kg.",
                ),
                _found(
                    batch,
                    _not_positive(value),
                    "line-value-not-positive",
                    0.20,
                    "value",
                    value,
                    "The value of the line is ",
                    ".",
                    harm="declaration",
                ),
                _found(
                    batch,
                    _not_positive(quantity),
                    "quantity-not-positive",
                    0.30,
                    "quantity",
                    quantity,
                    "The quantity is ",
                    ".",
                ),
                findings_where(
                    apart,
                    batch,
                    code="quantity-against-mass",
                    harm_class="declaration",
                    strength=0.35,
                    meaning=_MEANING,
                    citation=_OWN,
                    field="quantity",
                    matched=told(quantity, " ", batch.column("unit")),
                    sentence=told("The quantity is ", in_kilograms, " kg, the net mass ", mass, " kg."),
                ),
            ]
        )


def make_for_consignments(resources: Resources) -> ImpossibleValuesCheck:  # noqa: ARG001 - the factory's signature
    """Return the check on consignments (entry point)."""
    return ImpossibleValuesCheck()


def make_for_lines(resources: Resources) -> ImpossibleLinesCheck:  # noqa: ARG001 - the factory's signature
    """Return the check on goods lines (entry point)."""
    return ImpossibleLinesCheck()


def _not_positive(figures: pa.Array) -> pa.Array:
    """Return where a figure is given and is not a positive, finite number."""
    return pc.or_(pc.invert(pc.is_finite(figures)), pc.less_equal(figures, 0))


def _found(  # noqa: PLR0913, PLR0917 - one line of a table of rules
    batch: pa.RecordBatch,
    mask: pa.Array,
    code: str,
    strength: float,
    field: str,
    figures: pa.Array,
    before: str,
    behind: str,
    harm: str = "data",
) -> pa.RecordBatch:
    return findings_where(
        mask,
        batch,
        code=code,
        harm_class=harm,
        strength=strength,
        meaning=_MEANING,
        citation=_OWN,
        field=field,
        matched=told(figures),
        sentence=told(before, figures, behind),
    )


def _too_heavy(batch: pa.RecordBatch, mass: pa.Array) -> list[pa.RecordBatch]:
    return [
        findings_where(
            pc.and_(pc.equal(batch.column("kind"), kind), pc.greater(mass, limit)),
            batch,
            code="mass-over-limit",
            harm_class="declaration",
            strength=0.30,
            meaning=_MEANING,
            citation=source,
            field="mass_kg",
            matched=told(mass),
            sentence=told(f"A {kind} weighs at most {limit:g} kg; declared are ", mass, " kg."),
        )
        for kind, (limit, source) in HEAVIEST.items()
    ]


def _transit(batch: pa.RecordBatch) -> list[pa.RecordBatch]:
    posted, arrived = batch.column("posted_at"), batch.column("arrived_at")
    days = pc.cast(pc.days_between(posted, arrived), pa.float64())
    common = {
        "harm_class": "data",
        "meaning": _MEANING,
        "citation": _OWN,
        "field": "arrived_at",
        "matched": told(arrived),
    }
    return [
        findings_where(
            pc.less(arrived, posted),
            batch,
            code="arrived-before-posted",
            strength=0.40,
            sentence=told("It was posted at ", posted, " and arrived at ", arrived, "."),
            **common,
        ),
        findings_where(
            pc.greater(days, LONGEST_TRANSIT_DAYS),
            batch,
            code="transit-too-long",
            strength=0.20,
            sentence=told("It was ", days, " days on its way."),
            **common,
        ),
    ]


def _kilograms_per(units: pa.Array) -> pa.Array:
    """Return kilograms per unit; null for units that are no mass."""
    index = pc.index_in(pc.utf8_lower(pc.utf8_trim_whitespace(units)), pa.array(list(KILOGRAMS_PER)))
    return pa.array(list(KILOGRAMS_PER.values())).take(index)
