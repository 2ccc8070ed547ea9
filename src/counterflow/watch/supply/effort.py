"""Effort behind seizures, as a person gives it: place, first and last day, and how much was done."""

from __future__ import annotations

import numpy as np

from counterflow.core.errors import InputError
from counterflow.watch.series.published.sheet import Sheet, text_of
from counterflow.watch.series.published.when import day_of
from counterflow.watch.supply.signals import Effort

__all__ = ["read_effort"]

_COLUMNS = {"place": (), "starts": ("from",), "ends": ("to",), "inspections": ("effort", "amount")}


def read_effort(content: bytes, file: str) -> tuple[Effort, ...]:
    """Read a CSV of place (or "all"), starts, ends, inspections.

    Raises:
        InputError: a row that cannot be used, with its line.
    """
    sheet = Sheet(text_of(content, file), file, _COLUMNS, ("starts", "ends", "inspections"))
    starts, ends = sheet.each("starts", day_of), sheet.each("ends", day_of)
    for word, days in (("starts", starts), ("ends", ends)):
        sheet.refuse(np.array([day is None for day in days], bool), word, "no-day", "Write YYYY-MM-DD.")
    turned = np.array([a is not None and b is not None and b < a for a, b in zip(starts, ends, strict=True)], bool)
    sheet.refuse(turned, "ends", "ends-before-start", "Swap the days.")
    amount = sheet.numbers("inspections", empty=False)
    for row in sheet.refused:
        raise InputError(row.reason, file=file, line=row.line, column=row.column, value=row.value, hint=row.hint)
    places = [place or "all" for place in sheet.text("place")]
    return tuple(
        Effort(place, first, last, float(done))
        for place, first, last, done in zip(places, starts, ends, amount, strict=True)
        if first is not None and last is not None
    )
