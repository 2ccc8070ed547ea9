"""The random arm: who is inspected by chance, and with what probability anyone could have been.

For each cell (a pool on a day) with `m` minutes of which a share `f` is random, inspections of `s` minutes,
and `N` eligible records within reach::

    x = min(f * m / s, whole inspections that fit)          expected number of random inspections
    k = floor(x), or one more with probability x - floor(x)  so that E[k] = x exactly
    p = min(1, x / N)                                        each record's probability in this cell

`k` records are a simple random sample without replacement from *all* `N`, whatever other arms would choose:
each has the same chance, E[k]/N = x/N (Tillé 2006, "Sampling Algorithms", chapter 4, simple random sampling
without replacement). Cells draw independently, so a record that several cells reach has::

    p = 1 - product over its cells of (1 - p_cell)

This is the inclusion probability that Horvitz and Thompson (1952, JASA 47:663-685) need, and it is above 0
for every record that any cell with room for one inspection can reach. Records that no cell reaches stand in the
frame with probability 0: nothing can be said about them from this plan, and they are counted as out of reach.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.core.seeds import generator
from counterflow.target.choice.cells import Cell, Groups, Ints

__all__ = ["Draw", "draw_random", "expected_count"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Draw:
    """The random arm.

    Args:
        cell: for each record the cell whose resource inspects it, -1 where it was not drawn.
        probability: for each record its inclusion probability over all seeds; 0 where no cell reaches it.
        expected: expected number of random inspections of each cell.
        used: inspections of each cell that the draw takes (a record drawn twice is inspected once).
    """

    cell: Ints
    probability: Floats
    expected: Floats
    used: Ints


def expected_count(cell: Cell, share: float) -> float:
    """Return `x`: the expected number of random inspections of a cell."""
    return min(share * cell.pool.minutes / cell.pool.service_minutes, float(cell.pool.slots))


def draw_random(cells: Sequence[Cell], groups: Groups, share: float, seed: int) -> Draw:
    """Draw the random arm of every cell.

    Args:
        cells: pools by day, as `build_cells` returns them.
        groups: groups of the eligible records, records in canonical order.
        share: share of each cell's minutes, above 0 and at most 1.
        seed: seed of the plan; each cell has its own stream under it.
    """
    count = len(groups.of_record)
    log_missed = np.zeros(len(groups.keys))  # in logarithms, so that a tiny probability stays above 0
    expected = np.zeros(len(cells))
    drawn = np.full(count, -1, np.int64)
    used = np.zeros(len(cells), np.int64)
    # a record drawn by two cells goes to the resource that finds more
    for index in sorted(range(len(cells)), key=lambda i: (-cells[i].pool.detection_rate, i)):
        cell = cells[index]
        reach = int(groups.sizes[list(cell.groups)].sum()) if cell.groups else 0
        expected[index] = wanted = min(expected_count(cell, share), float(reach))
        if wanted <= 0:
            continue
        log_missed[list(cell.groups)] += math.log1p(-wanted / reach) if wanted < reach else -math.inf
        rows = _sample(cell, groups, wanted, reach, seed)
        fresh = rows[drawn[rows] < 0]
        drawn[fresh] = index
        used[index] = len(fresh)
    probability = -np.expm1(log_missed)
    return Draw(drawn, probability[groups.of_record] if count else np.zeros(0), expected, used)


def _sample(cell: Cell, groups: Groups, wanted: float, reach: int, seed: int) -> Ints:
    """Return the rows that a cell draws: a simple random sample of a size rounded by chance."""
    rng = generator(seed, "draw", *cell.name)
    whole = math.floor(wanted)
    size = min(whole + int(rng.random() < wanted - whole), reach)
    places = np.sort(rng.choice(reach, size=size, replace=False, shuffle=False))
    starts = np.concatenate([[0], np.cumsum(groups.sizes[list(cell.groups)])])
    which = np.searchsorted(starts, places, side="right") - 1
    rows = [groups.members(cell.groups[i])[places[which == i] - starts[i]] for i in np.unique(which)]
    return np.concatenate(rows) if rows else np.zeros(0, np.int64)
