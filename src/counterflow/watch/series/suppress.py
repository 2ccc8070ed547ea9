"""Small cells are withheld, and others with them, so that no total gives them away.

A count from 1 to k - 1 could point at somebody. Leaving it out is not enough: a row total less the other cells is the
cell. So further cells are withheld until what is published says no more of a small cell than the rule itself does, that
it lies between 1 and k - 1; and no other withheld cell can be computed. `audit` proves it for the very numbers that go
out: for each withheld cell the least and the greatest value that agree with all that is published, by closed form where
it stands in one sum, by linear programming (HiGHS) where sums share withheld cells. What holds for real numbers holds
for whole ones.

Principle: L. Willenborg, T. de Waal, Elements of Statistical Disclosure Control (Springer 2001), ch. 6 (feasibility
intervals, secondary suppression); the choice of cells here is a plain greedy one, the same for the same numbers.
Not covered: what somebody knows from elsewhere, and the difference of two counts published on two days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import EngineError
from counterflow.watch.grid import Grid
from counterflow.watch.series.feasible import Sums, feasible, grouped, unknown_of

__all__ = [
    "Audited",
    "Sums",
    "audit",
    "checked",
    "is_small",
    "place_sums",
    "shown",
    "sums_tell",
    "table_sums",
    "withhold",
    "withhold_grid",
]

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Audited:
    """What can be said of the withheld cells from what is published.

    Args:
        cells: withheld cells.
        low: least value of each that agrees with what is published.
        high: greatest; infinite where nothing bounds it.
        given_away: those of them of which too much is known.
    """

    cells: npt.NDArray[np.int64]
    low: Floats
    high: Floats
    given_away: npt.NDArray[np.int64]


def is_small(counts: npt.ArrayLike, k: int) -> Mask:
    """Return which counts are from 1 to k - 1.

    >>> is_small([0, 1, 9, 10, float("nan")], 10).tolist()
    [False, True, True, False, False]
    """
    values = np.asarray(counts, np.float64)
    return np.asarray((values > 0) & (values < k), bool)


def shown(count: float | None, k: int, *, withheld: bool = False) -> str:
    """Return a count as it may be shown.

    >>> shown(12, 10), shown(3, 10), shown(40, 10, withheld=True), shown(0, 10), shown(None, 10)
    ('12', '1-9', 'withheld', '0', '')
    """
    if count is None or np.isnan(count):
        return ""
    if is_small([count], k)[0]:
        return f"1-{k - 1}"
    return "withheld" if withheld else f"{count:.0f}"


def sums_tell(counts: npt.ArrayLike, withheld: npt.ArrayLike, k: int, axis: int = -1) -> Mask:
    """Return whether the sum over `axis` would tell a withheld cell to whoever sees the others.

    It does where one cell alone is withheld, where those withheld are together less than a small cell may be, and where
    they are all small and so much together that none can be as small as it may.

    >>> sums_tell([[20, 3, 30], [20, 3, 4], [20, 5, 5], [20, 30, 40]],
    ...           [[0, 1, 0], [0, 1, 1], [0, 1, 1], [0, 0, 0]], 10).tolist()
    [True, True, False, False]
    """
    mask = np.asarray(withheld, bool)
    hidden = np.where(mask, np.nan_to_num(np.asarray(counts, np.float64)), 0.0).sum(axis=axis)
    number = mask.sum(axis=axis)
    all_small = np.where(mask, np.nan_to_num(np.asarray(counts, np.float64)) < k, True).all(axis=axis)
    much = all_small & (hidden > (number - 1) * (k - 1) + 1)
    # None of them is zero, so one small one has at most what the others leave when each of them is 1.
    little = hidden < k - 1 + number - 1
    return np.asarray((number == 1) | ((number > 0) & (little | much)), bool)


def withhold(counts: npt.ArrayLike, sums: Sums, k: int, also: Mask | None = None) -> Mask:
    """Return which cells are not shown.

    Args:
        counts: every cell, totals too, shape (N,); NaN where it is not known to anybody.
        sums: each as (total, parts), places in `counts`: the total is the sum of its parts.
        k: counts from 1 to k - 1 are small.
        also: further cells that are not to be shown, shape (N,).

    Returns:
        Small cells and those withheld for their sake, shape (N,). The same numbers give the same cells.
    """
    values = np.asarray(counts, np.float64).ravel()
    mask = is_small(values, k) if also is None else is_small(values, k) | also
    if not mask.any() or not sums:
        return mask
    of_cell = grouped(sums, len(values))
    _cover_sums(values, mask, sums, of_cell, k)
    while True:
        found = audit(values, mask, sums, k)
        if not len(found.given_away):
            return mask
        for cell in found.given_away:
            _cover_cell(int(cell), values, mask, sums, of_cell)
        _cover_sums(values, mask, sums, of_cell, k)


def audit(counts: npt.ArrayLike, withheld: npt.ArrayLike, sums: Sums, k: int) -> Audited:
    """Return what can be derived of the withheld cells; nothing is given away where they are withheld well.

    A small cell is given away where less than the whole of 1 to k - 1 is possible; another withheld one where only
    one value is.
    """
    values, mask = np.asarray(counts, np.float64).ravel(), np.asarray(withheld, bool).ravel()
    cells = np.flatnonzero(mask)
    low, high = feasible(values, mask, sums, cells)
    small = is_small(values[cells], k)
    tight = np.where(small, (low > 1 + 1e-6) | (high < k - 1 - 1e-6), high - low < 1 - 1e-6)
    return Audited(cells, low, high, cells[tight])


def checked(counts: npt.ArrayLike, withheld: npt.ArrayLike, sums: Sums, k: int) -> None:
    """Stop an output that would give a small cell away.

    Raises:
        EngineError: a small cell is shown, or can be derived.
    """
    values, mask = np.asarray(counts, np.float64).ravel(), np.asarray(withheld, bool).ravel()
    if (is_small(values, k) & ~mask).any() or len(audit(values, mask, sums, k).given_away):
        raise EngineError("A small cell could be derived from what would be shown.", hint="Nothing was written.")


def table_sums(rows: int, columns: int) -> list[tuple[int, tuple[int, ...]]]:
    """Return the sums of a table with a margin: the last row and the last column are totals, counted in `rows`.

    >>> table_sums(2, 3)
    [(2, (0, 1)), (5, (3, 4)), (3, (0,)), (4, (1,)), (5, (2,))]
    """
    at = np.arange(rows * columns).reshape(rows, columns)
    across = [(int(row[-1]), tuple(int(cell) for cell in row[:-1])) for row in at]
    down = [(int(column[-1]), tuple(int(cell) for cell in column[:-1])) for column in at.T]
    return across + down


def place_sums(grid: Grid, within: Mapping[str, str]) -> list[tuple[int, tuple[int, ...]]]:
    """Return which series of a grid are the sum of which others: (row of the whole, rows of its parts).

    Only a whole of which each part in `within` is here counts as a sum; source, measure, subject and definition agree.
    """
    names = ("source", "measure", "subject", "definition")
    rows = list(zip(*(grid.key.column(name).to_pylist() for name in ("place", *names)), strict=True))
    at = {row: number for number, row in enumerate(rows)}
    parts: dict[str, list[str]] = {}
    for part, whole in within.items():
        parts.setdefault(whole, []).append(part)
    sums = []
    for place, *rest in rows:
        own = [at.get((part, *rest)) for part in parts.get(place, ())]
        if own and all(number is not None for number in own):
            sums.append((at[place, *rest], tuple(sorted(number for number in own if number is not None))))
    return sums


def withhold_grid(
    grid: Grid, k: int, within: Mapping[str, str] | None = None, also: Mask | None = None
) -> tuple[Grid, Mask]:
    """Return the grid with small cells, and those that would give them away, as NaN; and which those are.

    Args:
        grid: any grid.
        k: counts from 1 to k - 1 are small.
        within: place to the place it lies in, where wholes are shown beside their parts.
        also: further cells that are not to be shown, shape (S, T).

    Raises:
        EngineError: the audit of what would be shown fails.
    """
    mask = is_small(grid.counts, k) if also is None else is_small(grid.counts, k) | also
    sums = place_sums(grid, within) if within else []
    if sums:
        involved = np.unique([cell for total, parts in sums for cell in (total, *parts)])
        for period in np.flatnonzero(mask[involved].any(axis=0)):
            column = np.where(np.isfinite(grid.counts[:, period]), grid.counts[:, period], np.nan)
            agreeing = _that_hold(column, sums)
            mask[:, period] = withhold(column, agreeing, k, mask[:, period])
            checked(column, mask[:, period], agreeing, k)
    counts = np.where(mask, np.nan, grid.counts)
    made = Grid(grid.key, grid.grain, grid.starts, grid.t, counts, grid.complete, grid.as_of, grid.season)
    return made, mask


def _that_hold(values: Floats, sums: Sums) -> list[tuple[int, tuple[int, ...]]]:
    """Return the sums that the numbers do not contradict; a whole with more than its parts tells nothing of them."""
    kept = []
    for total, parts in sums:
        cells = values[[total, *parts]]
        if np.isnan(cells).any() or cells[0] == cells[1:].sum():
            kept.append((total, tuple(parts)))
    return kept


def _cover_sums(values: Floats, mask: Mask, sums: Sums, of_cell: Sequence[Sequence[int]], k: int) -> None:
    """Withhold until no sum has one unknown cell alone, or so few in its unknown ones that all are small."""
    waiting = list(range(len(sums)))
    while waiting:
        number = waiting.pop(0)
        total, parts = sums[number]
        open_cells = unknown_of(values, mask, (total, *parts))
        if not len(open_cells) or not mask[open_cells].any():
            continue
        rest = float(np.nansum(values[open_cells])) if total not in open_cells else np.inf
        known_to_nobody = np.isnan(values[open_cells]).any()
        # Some outputs say which cells are small: two that are 18 together are then 9 each.
        much = bool((values[open_cells] < k).all()) and rest > (len(open_cells) - 1) * (k - 1) + 1
        # Zeros are shown: ten hidden parts of a total of ten are one each.
        little = rest < k - 1 + len(open_cells) - 1
        if len(open_cells) > 1 and (not (little or much) or known_to_nobody):
            continue
        chosen = _cheapest(values, mask, sums, of_cell, number)
        if chosen is None:
            continue
        mask[chosen] = True
        waiting += [other for other in of_cell[chosen] if other not in waiting]


def _cover_cell(cell: int, values: Floats, mask: Mask, sums: Sums, of_cell: Sequence[Sequence[int]]) -> None:
    """Withhold one more cell of a sum that this one stands in, or of one that shares a withheld cell with it."""
    seen, waiting = set(of_cell[cell]), list(of_cell[cell])
    while waiting:
        number = waiting.pop(0)
        chosen = _cheapest(values, mask, sums, of_cell, number)
        if chosen is not None:
            mask[chosen] = True
            return
        for other in unknown_of(values, mask, (sums[number][0], *sums[number][1])):
            fresh = [each for each in of_cell[int(other)] if each not in seen]
            seen.update(fresh)
            waiting += fresh


def _cheapest(values: Floats, mask: Mask, sums: Sums, of_cell: Sequence[Sequence[int]], number: int) -> int | None:
    """Return the shown cell of a sum whose loss costs least and covers most, or None where all are withheld.

    Before all a cell that stands in other sums with a withheld cell too (it covers both), then a part rather than
    the total, then one that is not zero (a zero hides little), then the smallest; last the first in order.
    """
    total, parts = sums[number]
    candidates = [cell for cell in (*parts, total) if not mask[cell] and not np.isnan(values[cell])]

    def cost(cell: int) -> tuple[bool, int, bool, float, int]:
        helped = sum(bool(mask[[sums[other][0], *sums[other][1]]].any()) for other in of_cell[cell] if other != number)
        return values[cell] == 0, -helped, cell == total, float(values[cell]), cell

    return min(candidates, key=cost) if candidates else None
