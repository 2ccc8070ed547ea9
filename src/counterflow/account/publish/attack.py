"""What a reader can work out of a withheld cell: the least and the greatest value that agree with all that is shown.

The reader knows every published cell, which sums hold, that no count is below `least` (0; 1 where he also knows the
rule that zeros are always shown) and nothing else. Two linear programs for each withheld cell say how far he gets.
This module takes the table as it goes out, and shares no step with the one that chose what is withheld.

Source: L. Willenborg, T. de Waal, Elements of Statistical Disclosure Control (Springer 2001), ch. 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import EngineError

__all__ = ["Intervals", "intervals"]

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Intervals:
    """What can be derived.

    Args:
        cells: withheld cells, in order.
        low: least value of each.
        high: greatest; infinite where nothing bounds it.
    """

    cells: npt.NDArray[np.int64]
    low: Floats
    high: Floats


def intervals(published: Floats, sums: Sequence[tuple[int, Sequence[int]]], least: Floats | None = None) -> Intervals:
    """Return the interval of each withheld cell.

    Args:
        published: each cell as it goes out, NaN where it is withheld, shape (N,).
        sums: (total, parts): which cell is the sum of which.
        least: what each cell is known to be at least, shape (N,); 0 where not given.

    Raises:
        EngineError: what is shown contradicts itself.

    >>> found = intervals(np.array([np.nan, np.nan, 20.0, 48.0]), [(3, (0, 1, 2))])
    >>> found.low.tolist(), found.high.tolist()
    ([0.0, 0.0], [28.0, 28.0])
    """
    unknown = np.isnan(published)
    cells = np.flatnonzero(unknown)
    floor = np.zeros(len(published)) if least is None else least
    low, high = floor[cells].copy(), np.full(len(cells), np.inf)
    place = {int(cell): at for at, cell in enumerate(cells)}
    open_sums = [(total, tuple(parts)) for total, parts in sums if unknown[[total, *parts]].any()]
    for group in _together(open_sums, unknown):
        mine = sorted({cell for total, parts in group for cell in (total, *parts) if unknown[cell]})
        for cell, (down, up) in _ends(published, group, mine, floor).items():
            low[place[cell]], high[place[cell]] = down, up
    return Intervals(cells, low, high)


def _together(sums: Sequence[tuple[int, tuple[int, ...]]], unknown: Mask) -> list[list[tuple[int, tuple[int, ...]]]]:
    """Return the sums in groups that share no withheld cell."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = [(n, c) for n, (total, parts) in enumerate(sums) for c in (total, *parts) if unknown[c]]
    if not pairs:
        return []
    row, column = np.array(pairs).T
    size = len(sums) + len(unknown)
    graph = coo_array((np.ones(len(row)), (row, column + len(sums))), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    groups: dict[int, list[tuple[int, tuple[int, ...]]]] = {}
    for number, one in enumerate(sums):
        groups.setdefault(int(label[number]), []).append(one)
    return list(groups.values())


def _ends(
    published: Floats, group: Sequence[tuple[int, tuple[int, ...]]], mine: Sequence[int], least: Floats
) -> dict[int, tuple[float, float]]:
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    at = {cell: number for number, cell in enumerate(mine)}
    row: list[int] = []
    column: list[int] = []
    entry: list[float] = []
    right = np.zeros(len(group))
    for number, (total, parts) in enumerate(group):
        for cell, sign in ((total, 1.0), *((part, -1.0) for part in parts)):
            if cell in at:
                row.append(number)
                column.append(at[cell])
                entry.append(sign)
            else:
                right[number] -= sign * published[cell]
    matrix = csr_array((entry, (row, column)), shape=(len(group), len(mine)))
    bounds = [(float(least[cell]), None) for cell in mine]
    found: dict[int, tuple[float, float]] = {}
    for cell in mine:
        ends = []
        for sign in (1.0, -1.0):
            goal = np.zeros(len(mine))
            goal[at[cell]] = sign
            solved = linprog(goal, A_eq=matrix, b_eq=right, bounds=bounds, method="highs")
            if solved.status not in (0, 3):
                raise EngineError(f"What may be derived could not be computed: {solved.message}")
            ends.append(float(sign * solved.fun) if solved.status == 0 else np.inf)
        found[cell] = (ends[0], ends[1])
    return found
