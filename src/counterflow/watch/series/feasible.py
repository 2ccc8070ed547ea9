"""Which values a withheld cell can have, given what is published: the feasibility interval of each.

Cells are at least 0; each sum is an equation. Sums that share withheld cells form a group; a cell in a group of one
sum has a closed form, the others are two linear programs each (scipy, HiGHS).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import EngineError

__all__ = ["Sums", "feasible", "grouped", "unknown_of"]

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Cells = npt.NDArray[np.int64]
#: each sum: place of the total, places of its parts
Sums = Sequence[tuple[int, Sequence[int]]]


def grouped(sums: Sums, cells: int) -> list[list[int]]:
    """Return for each cell the sums that it stands in."""
    of_cell: list[list[int]] = [[] for _ in range(cells)]
    for number, (total, parts) in enumerate(sums):
        for cell in {total, *parts}:
            of_cell[cell].append(number)
    return of_cell


def unknown_of(values: Floats, mask: Mask, cells: Iterable[int]) -> Cells:
    """Return which of the cells a reader does not see: withheld, or known to nobody."""
    return np.array([cell for cell in cells if mask[cell] or np.isnan(values[cell])], np.int64)


def feasible(values: Floats, mask: Mask, sums: Sums, cells: Cells) -> tuple[Floats, Floats]:
    """Return the least and the greatest value of each of `cells` that agree with what is published."""
    low, high = np.zeros(len(cells)), np.full(len(cells), np.inf)
    place = {int(cell): number for number, cell in enumerate(cells)}
    for group in _groups(values, mask, sums):
        unknown = unknown_of(values, mask, sorted({c for n in group for c in (sums[n][0], *sums[n][1])}))
        wanted = [int(cell) for cell in unknown if int(cell) in place]
        bounds = _closed(values, unknown, sums[group[0]]) if len(group) == 1 else None
        for cell in wanted:
            at = place[cell]
            found = bounds[cell] if bounds is not None else None
            low[at], high[at] = found or _programs(values, unknown, [sums[n] for n in group], cell)
    return low, high


def _groups(values: Floats, mask: Mask, sums: Sums) -> list[list[int]]:
    """Return the sums that have an unknown cell, those that share one together."""
    first_of: dict[int, int] = {}
    parent = list(range(len(sums)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    open_sums = []
    for number, (total, parts) in enumerate(sums):
        unknown = unknown_of(values, mask, (total, *parts))
        if len(unknown):
            open_sums.append(number)
        for cell in unknown.tolist():
            parent[root(number)] = root(first_of.setdefault(cell, number))
    groups: dict[int, list[int]] = {}
    for number in open_sums:
        groups.setdefault(root(number), []).append(number)
    return [groups[key] for key in sorted(groups)]


def _closed(values: Floats, unknown: Cells, one: tuple[int, Sequence[int]]) -> dict[int, tuple[float, float]]:
    """Return the interval of each unknown cell of a sum that shares none with another."""
    total, parts = one
    hidden = set(unknown.tolist())
    seen = float(sum(values[cell] for cell in parts if cell not in hidden))
    if total in hidden:
        exact = len(hidden) == 1
        bounds = dict.fromkeys(hidden, (0.0, np.inf))
        bounds[total] = (seen, seen if exact else np.inf)
        return bounds
    rest = float(values[total]) - seen
    return {cell: (rest if len(hidden) == 1 else 0.0, rest) for cell in hidden}


def _programs(values: Floats, unknown: Cells, group: Sums, cell: int) -> tuple[float, float]:
    """Return the interval of one cell by two linear programs."""
    from scipy.optimize import linprog

    matrix, right = _equations(values, unknown, group)
    goal = (unknown == cell).astype(np.float64)
    ends = []
    for sign in (1.0, -1.0):
        solved = linprog(sign * goal, A_eq=matrix, b_eq=right, bounds=(0, None), method="highs")
        if solved.status == 3:
            ends.append(np.inf)
        elif solved.status == 0:
            ends.append(float(sign * solved.fun))
        else:
            hint = "Totals must be the sums of their parts. Nothing was written."
            raise EngineError(f"What may be derived could not be computed: {solved.message}", hint=hint)
    return ends[0], ends[1]


def _equations(values: Floats, unknown: Cells, group: Sums) -> tuple[Any, Floats]:
    """Return the sums as a sparse matrix over the unknown cells, and what the published cells leave on the right."""
    from scipy.sparse import csr_array

    place = {int(cell): number for number, cell in enumerate(unknown)}
    row, column, entry, right = [], [], [], np.zeros(len(group))
    for number, (total, parts) in enumerate(group):
        for cell, sign in ((total, -1.0), *((part, 1.0) for part in parts)):
            if cell in place:
                row.append(number)
                column.append(place[cell])
                entry.append(sign)
            else:
                right[number] -= sign * values[cell]
    return csr_array((entry, (row, column)), shape=(len(group), len(unknown))), right
