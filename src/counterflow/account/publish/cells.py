"""The cells of a table with the sums that hold between them, those that are published and those that others know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.account.publish.layout import TOTAL, Layout
from counterflow.account.publish.sheet import Row, Sheet, number_of
from counterflow.core.errors import InputError

__all__ = ["Cells", "cells_of"]

Key = tuple[str, ...]

#: labels beyond these make a table of too many margins to be protected as one
MOST_LABELS = 4
MOST_CELLS = 60_000


@dataclass(frozen=True)
class Cells:
    """A table as numbers.

    Args:
        keys: labels of each cell, `TOTAL` where it is a total over that label.
        values: shape (N,).
        sums: each (total, parts), places in `values`.
        place: (row, column of counts) to the cell that stands there.
        assumed: cells that the file does not have and a reader may know: margins, shape (N,).
        line_of: line of each cell in the file; 0 for assumed ones.
    """

    keys: tuple[Key, ...]
    values: npt.NDArray[np.float64]
    sums: tuple[tuple[int, tuple[int, ...]], ...]
    place: dict[tuple[int, int], int]
    assumed: npt.NDArray[np.bool_]
    line_of: tuple[int, ...]

    def depth(self) -> npt.NDArray[np.int64]:
        """Return over how many labels each cell is a total, shape (N,)."""
        return np.array([sum(part == TOTAL for part in key) for key in self.keys], np.int64)


def cells_of(sheet: Sheet, layout: Layout, *, margins_known: bool, blanks_are_zero: bool, whole: bool) -> Cells:
    """Return the cells and sums of a table.

    Args:
        sheet: the table.
        layout: how it is laid out.
        margins_known: whether a reader is taken to know totals that the file does not have.
        blanks_are_zero: whether an empty field of counts is a zero.
        whole: whether counts must be whole numbers.

    Raises:
        InputError: text, nothing, a negative or a part of a count where a count should be; the same labels twice; a
            total that is not the sum of its parts; more labels or cells than can be protected together.
    """
    keys: list[Key] = []
    values: list[float] = []
    lines: list[int] = []
    place: dict[tuple[int, int], int] = {}
    at: dict[Key, int] = {}
    names = [number for number, _ in enumerate(layout.labels)] or [0]
    kept = _distinct(layout.key_of, names)
    for number, row in enumerate(sheet.rows):
        for column, name in enumerate(layout.counts):
            own = tuple(layout.key_of[number][label] for label in kept)
            key = (*own, layout.column_of[column]) if layout.wide else own
            if key in at:
                message = f"The same labels stand in line {lines[at[key]]} too."
                hint = "Add them up, or name what tells them apart."
                if TOTAL in key:
                    hint = "Subtotals need a column that says of what: region, county, with Total in the county."
                raise sheet.fault(message, row, name, hint)
            at[key] = place[number, column] = len(keys)
            keys.append(key)
            values.append(_count(sheet, row, name, blanks_are_zero, whole))
            lines.append(row.line)
    if len(keys[0]) > MOST_LABELS:
        message = f"The table has {len(keys[0])} labels; up to {MOST_LABELS} can be protected together."
        raise InputError(message, file=sheet.file, hint="Leave labels out, or publish tables of fewer labels.")
    return _closed(sheet, keys, values, lines, at, place, margins_known)


def _closed(
    sheet: Sheet, keys: list[Key], values: list[float], lines: list[int], at: dict[Key, int],
    place: dict[tuple[int, int], int], margins_known: bool,
) -> Cells:  # fmt: skip
    """Return the cells with their sums, and with the margins that a reader may know besides."""
    own = len(keys)
    if margins_known:
        _add_margins(keys, values, at)
    if len(keys) > MOST_CELLS:
        message = f"With its margins the table has {len(keys):,} cells; up to {MOST_CELLS:,} can be protected together."
        raise InputError(message, file=sheet.file, hint="Publish it in parts, or with fewer labels.")
    lines += [0] * (len(keys) - own)
    sums = _sums(at, len(keys[0]))
    for total, parts in sums:
        found = float(sum(values[part] for part in parts))
        if abs(found - values[total]) > 1e-6 * max(1.0, abs(found)):
            raise InputError(
                f"{_words(keys[total])} is {values[total]:g}, and its parts are {found:g} together.",
                file=sheet.file, line=lines[total] or lines[parts[0]],
                hint="Mend the total or its parts; where that label is no total: --total none, or --total WORD.",
            )  # fmt: skip
    assumed = np.arange(len(keys)) >= own
    return Cells(tuple(keys), np.array(values), tuple(sums), place, assumed, tuple(lines))


def _distinct(keys: Sequence[Key], labels: Sequence[int]) -> list[int]:
    """Return the labels that are not another one in other words (a name beside its code)."""
    kept: list[int] = []
    for label in labels:
        same = any(
            len({(key[other], key[label]) for key in keys})
            == len({key[other] for key in keys})
            == len({key[label] for key in keys})
            and all((key[other] == TOTAL) == (key[label] == TOTAL) for key in keys)
            for other in kept
        )
        if not same:
            kept.append(label)
    return kept or [0]


def _add_margins(keys: list[Key], values: list[float], at: dict[Key, int]) -> None:
    """Add every total that the file does not have, over one label after the other; a total of one cell is that cell."""
    for label in range(len(keys[0])):
        for key, parts in _parts(at, label).items():
            if key in at:
                continue
            at[key] = parts[0] if len(parts) == 1 else len(keys)
            if len(parts) > 1:
                keys.append(key)
                values.append(float(sum(values[part] for part in parts)))


def _parts(at: dict[Key, int], label: int) -> dict[Key, list[int]]:
    """Return for each total over one label, there or not, the cells it is the sum of."""
    parts: dict[Key, list[int]] = {}
    for key, cell in at.items():
        if key[label] != TOTAL:
            parts.setdefault((*key[:label], TOTAL, *key[label + 1 :]), []).append(cell)
    return parts


def _sums(at: dict[Key, int], labels: int) -> list[tuple[int, tuple[int, ...]]]:
    """Return every sum once; a total of one cell that is that cell says nothing."""
    found = [
        (at[key], tuple(sorted(parts)))
        for label in range(labels)
        for key, parts in _parts(at, label).items()
        if key in at and parts != [at[key]]
    ]
    return list(dict.fromkeys(found))


def _count(sheet: Sheet, row: Row, column: str, blanks_are_zero: bool, whole: bool) -> float:
    text = row.fields[sheet.at(column)]
    if not text:
        if blanks_are_zero:
            return 0.0
        hint = "An empty field may be a zero (--blanks zero) or not known: fill it in."
        raise sheet.fault("There is no count.", row, column, hint)
    value = number_of(text)
    if value is None:
        hint = "Give the table with its true counts: what was withheld before cannot be protected again."
        raise sheet.fault("This is no count.", row, column, hint)
    if value < 0:
        raise sheet.fault("A count is not negative.", row, column, "Corrections belong into the cell they correct.")
    if whole and value != int(value):
        hint = "Weighted counts: --weighted. Rates and shares are left out: --columns names the counts."
        raise sheet.fault("A count is a whole number.", row, column, hint)
    return value


def _words(key: Key) -> str:
    return "The total " + ", ".join("(all)" if part == TOTAL else part for part in key)
