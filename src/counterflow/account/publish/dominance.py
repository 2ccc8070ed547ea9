"""The p % rule: a quantity is withheld where its second largest contributor could estimate the largest too well.

A cell of total X whose largest contributions are x1 and x2 is withheld where X - x1 - x2 < p/100 * x1: who knows x2 and
X knows x1 to within p %. What is missing from that is how far X itself must stay in doubt.

Source: A. Hundepool et al., Statistical Disclosure Control (Wiley 2012), section 4.2.2 (p % rule) and table 4.5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.account.publish.cells import Cells
from counterflow.account.publish.layout import Layout
from counterflow.account.publish.sheet import Sheet, number_of
from counterflow.core.errors import UsageError

__all__ = ["Dominance", "dominated"]

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Dominance:
    """The p % rule.

    Args:
        largest: column with the largest contribution to each cell.
        second: column with the second largest.
        percent: p, above 0.
    """

    largest: str
    second: str
    percent: float = 10.0

    def __post_init__(self) -> None:
        if not 0 < self.percent <= 1000:
            raise UsageError(f"{self.percent:g} is no percentage to protect to.", hint="10 is the usual one.")

    @property
    def columns(self) -> tuple[str, str]:
        """The columns of contributions, which never go out."""
        return self.largest, self.second


def dominated(sheet: Sheet, layout: Layout, cells: Cells, rule: Dominance) -> tuple[Mask, Floats, Floats]:
    """Return the cells that one contributor dominates, and the interval that each must stay in doubt over.

    Totals that the file does not have are no primary cells: their contributors are not known.

    Raises:
        UsageError: the table is wide.
        InputError: contributions that are no numbers, or more than the cell.
    """
    if layout.wide:
        raise UsageError("The p % rule needs a long table.", hint="One row for each cell, with its contributors.")
    values = cells.values
    doubt = np.zeros(len(values))
    for number, row in enumerate(sheet.rows):
        cell = cells.place[number, 0]
        parts = [_part(sheet, number, name) for name in rule.columns]
        if parts[1] > parts[0] or sum(parts) > values[cell] * (1 + 1e-9):
            hint = "The largest comes first, and both are parts of the cell."
            raise sheet.fault("These are not the two largest contributions.", row, rule.largest, hint)
        doubt[cell] = rule.percent / 100 * parts[0] - (values[cell] - sum(parts))
    primary = doubt > 1e-9
    reach = np.where(primary, doubt, 0.0)
    return primary, np.maximum(values - reach, 0.0), values + reach


def _part(sheet: Sheet, number: int, name: str) -> float:
    row = sheet.rows[number]
    text = row.fields[sheet.at(name)]
    value = number_of(text) if text else 0.0
    if value is None or value < 0:
        raise sheet.fault("This is no contribution.", row, name, "A number of at least 0; empty where there is none.")
    return value
