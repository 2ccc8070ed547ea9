"""Volumes that a customer declared, as kilograms a month."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["expected_kilos"]

_MONTHS = {"week": 7 / 30.4375, "month": 1.0, "quarter": 3.0, "year": 12.0}


def expected_kilos(expected: pa.Table, *, litre: float | None = None) -> pa.Array:
    """Return kilograms a month of each declared volume; empty where unit or period do not give them.

    Args:
        expected: rows of schema `CUSTOMER_EXPECTED`.
        litre: kilograms to take for a litre; volumes in litres stay empty where None.
    """
    each = [
        _kilograms(unit, litre, _MONTHS.get((period or "").strip().casefold()))
        for unit, period in zip(expected.column("unit").to_pylist(), expected.column("period").to_pylist(), strict=True)
    ]
    return pc.multiply(expected.column("quantity"), pa.array(each, pa.float64()))


def _kilograms(unit: str | None, litre: float | None, months: float | None) -> float | None:
    from counterflow.core.units import KILOGRAMS_PER

    plain = (unit or "").strip().casefold().rstrip(".")
    kilos = litre if plain in _LITRES else KILOGRAMS_PER.get(plain)
    return None if kilos is None or months is None else kilos / months


_LITRES = frozenset({"l", "ltr", "litre", "litres", "liter", "liters"})
