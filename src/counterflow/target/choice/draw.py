"""The random arm: who is inspected by chance, and with what probability anyone could have been.

For each cell (a pool on a day) with `m` minutes of which a share `f` is random, inspections of `s` minutes,
and `N` eligible records within reach::

    x = min(f * m / s, whole inspections that fit)          expected number of random inspections

Records within reach fall into strata (score by lane; one where none are given) with `N_h` records and a rate `r_h`, how
often they are to be drawn against the others. The expected draws are divided by them, none above what there is::

    x_h = min(N_h, t * N_h * r_h),  t such that the sum over h is x
    k_h = floor(x_h), or one more with probability x_h - floor(x_h)   so that E[k_h] = x_h exactly
    p_h = x_h / N_h                                                   each record's probability in this cell

The `k_h` are rounded together by one systematic draw over the strata in an order of chance (Madow 1949, Annals of
Mathematical Statistics 20:333-354), so that their sum is floor(x) or ceil(x) too. `k_h` records are a simple random
sample without replacement from *all* `N_h`, whatever other arms would choose: each has the same chance (Tillé 2006,
"Sampling Algorithms", chapter 4, simple random sampling without replacement). Cells draw independently, so a record
that several cells reach has::

    p = 1 - product over its cells of (1 - p_cell)

This is the inclusion probability that Horvitz and Thompson (1952, JASA 47:663-685) need, and it is above 0
for every record that any cell with room for one inspection can reach. Records that no cell reaches stand in the
frame with probability 0: nothing can be said about them from this plan, and they are counted as out of reach.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.core.seeds import generator
from counterflow.target.choice.cells import Cell, Groups, Ints
from counterflow.target.loop.strata import Strata, expected_draws

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


def draw_random(cells: Sequence[Cell], groups: Groups, share: float, seed: int, strata: Strata | None = None) -> Draw:
    """Draw the random arm of every cell.

    Args:
        cells: pools by day, as `build_cells` returns them.
        groups: groups of the eligible records, records in canonical order.
        share: share of each cell's minutes, above 0 and at most 1.
        seed: seed of the plan; each cell has its own stream under it.
        strata: strata of the records; None draws all alike.
    """
    blocks = _Blocks.of(groups, strata or _alike(len(groups.of_record)))
    log_missed = np.zeros(len(blocks.sizes))  # in logarithms, so that a tiny probability stays above 0
    expected = np.zeros(len(cells))
    drawn = np.full(len(groups.of_record), -1, np.int64)
    used = np.zeros(len(cells), np.int64)
    # a record drawn by two cells goes to the resource that finds more
    for index in sorted(range(len(cells)), key=lambda i: (-cells[i].pool.detection_rate, i)):
        cell = cells[index]
        reached = blocks.within(cell)
        within = np.bincount(blocks.stratum[reached], blocks.sizes[reached], minlength=len(blocks.rate))
        wanted = expected_draws(within.astype(np.int64), blocks.rate, expected_count(cell, share))
        expected[index] = wanted.sum()
        if expected[index] <= 0:
            continue
        chance = np.divide(wanted, within, out=np.zeros(len(within)), where=within > 0)
        with np.errstate(divide="ignore"):
            log_missed[reached] += np.log1p(-np.minimum(chance, 1.0))[blocks.stratum[reached]]
        rows = blocks.sample(reached, wanted, generator(seed, "draw", *cell.name))
        fresh = rows[drawn[rows] < 0]
        drawn[fresh] = index
        used[index] = len(fresh)
    return Draw(drawn, -np.expm1(log_missed)[blocks.of_record], expected, used)


def _alike(records: int) -> Strata:
    """Return all records as one stratum."""
    return Strata(np.zeros(records, np.int32), ("",), np.ones(1))


@dataclass(frozen=True)
class _Blocks:
    """Records by group and stratum: all that a draw can tell apart.

    Args:
        of_record: block of each record.
        stratum: stratum of each block.
        sizes: number of records in each block.
        rate: rate of each stratum.
        of_group: first block of each group, and one past the last.
        order: rows by block, in the order of the records.
        starts: where each block begins in `order`.
    """

    of_record: Ints
    stratum: Ints
    sizes: Ints
    rate: Floats
    of_group: Ints
    order: Ints
    starts: Ints

    @classmethod
    def of(cls, groups: Groups, strata: Strata) -> _Blocks:
        many = len(strata.names)
        codes, of_record = np.unique(groups.of_record * many + strata.of_record, return_inverse=True)
        sizes = np.bincount(of_record, minlength=len(codes))
        of_group = np.searchsorted(codes, np.arange(len(groups.keys) + 1) * many)
        order = np.argsort(of_record, kind="stable")
        starts = np.concatenate([[0], np.cumsum(sizes)])
        return cls(of_record, codes % many, sizes, np.asarray(strata.rate, float), of_group, order, starts)

    def within(self, cell: Cell) -> Ints:
        """Return the blocks that a cell reaches."""
        spans = [np.arange(self.of_group[g], self.of_group[g + 1]) for g in cell.groups]
        return np.concatenate([np.zeros(0, np.int64), *spans])

    def sample(self, reached: Ints, wanted: Floats, rng: np.random.Generator) -> Ints:
        """Return the rows that a cell draws: from each stratum a simple random sample, sizes rounded together."""
        turn = rng.permutation(len(wanted)) if len(wanted) > 1 else np.zeros(1, np.int64)
        ends = np.cumsum(wanted[turn]) + 1 - rng.random()
        # a whole number of draws is not to be lost to the last digit of a sum
        places = np.floor(np.round(np.concatenate([[ends[0] - wanted[turn[0]]], ends]), 9))
        rows = []
        for stratum, size in zip(turn.tolist(), np.diff(places).astype(np.int64).tolist(), strict=True):
            if size:
                rows.append(self._members(reached[self.stratum[reached] == stratum], size, rng))
        return np.concatenate([np.zeros(0, np.int64), *rows])

    def _members(self, blocks: Ints, size: int, rng: np.random.Generator) -> Ints:
        """Return `size` rows of these blocks, each set of so many as likely as any other."""
        ends = np.cumsum(self.sizes[blocks])
        places = np.sort(rng.choice(int(ends[-1]), size=min(size, int(ends[-1])), replace=False, shuffle=False))
        which = np.searchsorted(ends, places, side="right")
        inside = places - np.concatenate([[0], ends])[which]
        return np.asarray(self.order[self.starts[blocks[which]] + inside], np.int64)
