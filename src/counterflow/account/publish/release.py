"""A table made fit to be published: small cells withheld, others with them, attacked, and written in its own shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.account.publish.attack import Intervals, intervals
from counterflow.account.publish.cells import Cells, cells_of
from counterflow.account.publish.dominance import Dominance, dominated
from counterflow.account.publish.layout import TOTAL, Layout, layout_of
from counterflow.account.publish.protect import Pattern, System, floors, protect
from counterflow.account.publish.sheet import Sheet, number_of
from counterflow.core.errors import EngineError, InputError, UsageError

__all__ = ["Ask", "Release", "hide_small", "release"]

ZEROS = ("shown", "cover", "protect")
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: a total is dearer than a cell of the table, one that others are likely to have published dearer again
_MARGIN, _ASSUMED = 30.0, 100.0
_NEAR = 1e-6


@dataclass(frozen=True)
class Ask:
    """What is asked of a release.

    Args:
        columns: columns of counts; found where none is named.
        minimum: counts from 1 to `minimum` - 1 are small.
        interval: what every small cell must be possible to be; (0, minimum) where None.
        zeros: shown (always published), cover (may be withheld for others' sake), protect (are small cells too).
        margins_known: whether a reader is taken to know totals that the file does not have.
        blanks_are_zero: whether an empty field is a zero.
        weighted: whether counts may be fractions.
        totals: labels that mean a total.
        mark: what stands where a cell is withheld.
        dominance: the p % rule on the largest contributors, in place of the rule of small counts.
    """

    columns: tuple[str, ...] = ()
    minimum: int = 10
    interval: tuple[float, float] | None = None
    zeros: str = "shown"
    margins_known: bool = True
    blanks_are_zero: bool = False
    weighted: bool = False
    totals: tuple[str, ...] = ()
    mark: str = "*"
    dominance: Dominance | None = None

    def __post_init__(self) -> None:
        if self.minimum < 2:
            raise UsageError("With a minimum below 2 no cell is small.", hint="10 is the usual one.")
        if self.zeros not in ZEROS:
            raise UsageError(f"Zeros cannot be treated {self.zeros!r}.", hint=f"Use {', '.join(ZEROS)}.")
        if number_of(self.mark) is not None:
            raise UsageError("The mark of a withheld cell cannot be a number.", hint='"*" is the usual one.')


@dataclass(frozen=True)
class Release:
    """What goes out, and what the house should know of it.

    Args:
        sheet: the table as it came.
        layout: how it was read.
        cells: its cells and sums.
        pattern: what is withheld.
        low: what each primary cell had to be possible to be, downwards, shape (N,).
        high: the same upwards.
        plain: what a reader can derive of each withheld cell.
        knowing: the same for one who knows that zeros are always shown; None where they are not.
        ask: what was asked.
    """

    sheet: Sheet
    layout: Layout
    cells: Cells
    pattern: Pattern
    low: Floats
    high: Floats
    plain: Intervals
    knowing: Intervals | None
    ask: Ask

    def rows(self) -> list[dict[str, str]]:
        """Return the table as it may be published: the same rows and columns, withheld cells as the mark."""
        kept = [name for name in self.sheet.header if name not in self.layout.left_out]
        column_of = {name: number for number, name in enumerate(self.layout.counts)}
        made = []
        for number, row in enumerate(self.sheet.rows):
            fields = dict(zip(self.sheet.header, row.fields, strict=True))
            for name, column in column_of.items():
                cell = self.cells.place[number, column]
                fields[name] = self.ask.mark if self.pattern.hidden[cell] else fields[name] or "0"
            made.append({name: fields[name] for name in kept})
        return made

    def counts(self) -> dict[str, int]:
        """Return how many cells the file has, how many are withheld and why."""
        own, pattern = ~self.cells.assumed, self.pattern
        return {
            "cells": int(own.sum()),
            "primary": int((pattern.primary & own).sum()),
            "complementary": int((pattern.hidden & ~pattern.primary & own).sum()),
            "shown": int((~pattern.hidden & own).sum()),
            "margins_not_to_publish": int((pattern.hidden & ~own).sum()),
        }

    def audit(self) -> list[dict[str, Any]]:
        """Return every withheld cell with what had to stay possible and what is; never a true count."""
        rows = []
        knowing = self.knowing
        for number, cell in enumerate(self.plain.cells):
            primary = bool(self.pattern.primary[cell])
            row: dict[str, Any] = {
                "cell": [("(all)" if part == TOTAL else part) for part in self.cells.keys[cell]],
                "line": self.cells.line_of[cell] or None,
                "why": "primary" if primary else "complementary",
                "in_file": not bool(self.cells.assumed[cell]),
                "required": {"low": float(self.low[cell]), "high": float(self.high[cell])} if primary
                else {"width": float(self.ask.minimum)},
                "feasible": _ends(self.plain, number),
            }  # fmt: skip
            if knowing is not None:
                row["feasible_knowing_zeros"] = _ends(knowing, number)
            rows.append(row)
        return rows


def release(sheet: Sheet, ask: Ask, earlier: Sheet | None = None) -> Release:
    """Return a table made fit to be published.

    Args:
        sheet: the table with its true counts.
        ask: what is asked of the release.
        earlier: the same table as it was published before; what was withheld then and is still the same count stays
            withheld, what was shown then is known to all and protects nothing.

    Raises:
        InputError: the table cannot be read, or cannot be protected.
        EngineError: the attack on what would go out succeeds; nothing is written.
    """
    beside = ask.dominance.columns if ask.dominance else ()
    whole = not (ask.weighted or ask.dominance)
    layout = layout_of(sheet, ask.columns, ask.totals, beside, whole=whole)
    cells = cells_of(
        sheet, layout, margins_known=ask.margins_known, blanks_are_zero=ask.blanks_are_zero, whole=whole
    )  # fmt: skip
    zeros_shown = ask.zeros == "shown" and whole
    least = floors(cells.values, cells.sums, zeros_shown)
    primary, low, high = _small(sheet, layout, cells, ask, least)
    fixed = (cells.values == 0) & ~primary if ask.zeros == "shown" else np.zeros(len(primary), bool)
    before = _earlier(earlier, sheet, layout, cells) if earlier is not None else None
    if before is not None:
        fixed |= before[1] & ~primary
    width = float(ask.minimum) if ask.dominance is None else 0.0
    system = System(cells.values, cells.sums, _cost(cells), fixed, least, whole)
    pattern = protect(system, primary, low.copy(), high.copy(), width, None if before is None else before[0])
    return _attacked(
        Release(sheet, layout, cells, pattern, low, high, *_attack(cells, pattern, least, zeros_shown), ask)
    )


def hide_small(counts: Sequence[int], *, total_shown: bool = True, minimum: int = 10) -> list[bool]:
    """Return which counts of one list are withheld; where their total is shown, the last place says it of the total.

    >>> hide_small([3, 25, 40])
    [True, True, False, False]
    >>> hide_small([3, 25, 40], total_shown=False)
    [True, False, False]
    """
    values = np.array([*counts, sum(counts)] if total_shown else counts, np.float64)
    last = len(counts)
    sums = [(last, tuple(range(last)))] if total_shown and last else []
    least = floors(values, sums, zeros_shown=True)
    cost = 1.0 + np.log1p(values)
    if total_shown:
        cost[-1] *= _MARGIN
    primary = (values > 0) & (values < minimum)
    system = System(values, sums, cost, values == 0, least)
    high = np.full(len(values), float(minimum))
    return [bool(one) for one in protect(system, primary, least.copy(), high, float(minimum)).hidden]


def _small(sheet: Sheet, layout: Layout, cells: Cells, ask: Ask, least: Floats) -> tuple[Mask, Floats, Floats]:
    """Return the cells that are withheld for what they are, and what each must be possible to be."""
    values = cells.values
    if ask.dominance is not None:
        return dominated(sheet, layout, cells, ask.dominance)
    primary = (values > 0) & (values < ask.minimum)
    if ask.zeros == "protect":
        primary |= values == 0
    given = ask.interval or (0.0, float(ask.minimum))
    low = np.maximum(given[0], least)
    return primary, np.minimum(low, values), np.maximum(np.full(len(values), given[1]), values)


def _cost(cells: Cells) -> Floats:
    """Return what withholding each cell loses: a little more for larger counts, much more for totals."""
    base = 1.0 + np.log1p(cells.values)
    return np.asarray(base * _MARGIN ** cells.depth() * np.where(cells.assumed, _ASSUMED, 1.0), np.float64)


def _attack(cells: Cells, pattern: Pattern, least: Floats, zeros_shown: bool) -> tuple[Intervals, Intervals | None]:
    published = np.where(pattern.hidden, np.nan, cells.values)
    plain = intervals(published, cells.sums)
    return plain, intervals(published, cells.sums, least) if zeros_shown else None


def _attacked(made: Release) -> Release:
    """Return the release where the attack fails on each cell.

    Raises:
        EngineError: it does not.
    """
    for found in (made.plain, made.knowing):
        if found is None:
            continue
        cells = found.cells
        primary = made.pattern.primary[cells]
        low, high = made.low[cells], made.high[cells]
        out = primary & ((found.low > low + _NEAR) | (found.high < high - _NEAR))
        out |= ~primary & (found.high - found.low < _NEAR)
        if out.any():
            words = ", ".join("(all)" if part == TOTAL else part for part in made.cells.keys[int(cells[out][0])])
            raise EngineError(f"The cell {words} could be derived from what would go out.", hint="Nothing was written.")
    return made


def _earlier(earlier: Sheet, sheet: Sheet, layout: Layout, cells: Cells) -> tuple[Mask, Mask]:
    """Return which cells were withheld before, and which were shown with the count that they have now."""
    withheld, known = np.zeros(len(cells.values), bool), np.zeros(len(cells.values), bool)
    missing = [name for name in (*layout.labels, *layout.counts) if name not in earlier.header]
    if missing:
        message = f"The earlier release has no column {missing[0]!r}."
        raise InputError(message, file=earlier.file, hint="Give the release of the same table.")
    rows = {tuple(row.fields[earlier.at(name)] for name in layout.labels): row for row in earlier.rows}
    met = 0
    for number, row in enumerate(sheet.rows):
        before = rows.get(tuple(row.fields[sheet.at(name)] for name in layout.labels))
        if before is None:
            continue
        met += 1
        for column, name in enumerate(layout.counts):
            cell = cells.place[number, column]
            value = number_of(before.fields[earlier.at(name)])
            withheld[cell] = value is None
            known[cell] = value is not None and value == cells.values[cell]
    if not met:
        hint = "Give the release of the same table: labels are compared as they stand."
        raise InputError("No row of the earlier release is in this table.", file=earlier.file, hint=hint)
    return withheld, known


def _ends(found: Intervals, number: int) -> dict[str, float | None]:
    high = float(found.high[number])
    return {"low": round(float(found.low[number]), 6), "high": round(high, 6) if np.isfinite(high) else None}
