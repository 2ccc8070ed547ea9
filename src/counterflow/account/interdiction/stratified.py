"""The share of a frame that is violative, from a random draw whose chances differ between and within strata.

Records of one stratum and one chance are alike to the draw, so counts per such *group* hold everything. Groups with
enough expected draws are *cells* of their own: known size, equal chance, exact law. The others join others of their
stratum, and what is still too small joins the strata whose chances are next to its own. Which groups join is decided
by stratum, chance and size alone, never by what was found.

In a cell of one chance each answered record stands for N/m records. In a joined cell it stands for 1/chance, raised
by the non-response of its stratum, and all are scaled to the size of the cell (Hajek 1971). That is unbiased where who
answers does not depend on what is inside, within a stratum; rates of answering may differ between strata.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from counterflow.account.interdiction.intervals import Floats, Share
from counterflow.account.interdiction.stratified_ends import (
    Hiding,
    exact_ends,
    most_hidden,
    one_more_each,
    weighted_ends,
)

__all__ = ["ENOUGH", "Cells", "Groups", "Sampled", "cells_of", "estimate_share", "sampled", "summed"]

#: expected draws below which a group joins others (`docs/decisions/0011-estimator.md`)
ENOUGH = 10.0
#: draws in a stratum below which its own rate of answering is not used
_OWN_RATE = 5

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Groups:
    """A frame and what was drawn from it at random, by group: records of one stratum and one chance.

    Args:
        stratum: code of the stratum.
        chance: stored chance of a record to be drawn; 0 where no draw could reach it.
        records: records of the frame.
        drawn: records drawn at random.
        answered: those inspected.
        total: sum over answered records of what was found (1 each; more where detection is weaker).
        square: sum of its squares.
    """

    stratum: Ints
    chance: Floats
    records: Floats
    drawn: Floats
    answered: Floats
    total: Floats
    square: Floats

    def take(self, which: npt.NDArray[np.bool_]) -> Groups:
        """Return the groups where `which` is true."""
        return Groups(*(getattr(self, name)[which] for name in self.__dataclass_fields__))

    def with_missing(self, each: float) -> Groups:
        """Return the same with every unanswered draw taken as inspected and as having shown `each`."""
        missing = self.drawn - self.answered
        return replace(
            self, answered=self.drawn, total=self.total + each * missing, square=self.square + each * each * missing
        )


@dataclass(frozen=True)
class Cells:
    """Which groups are estimated together.

    Args:
        of: cell of each group.
        plain: per cell, True where all its records have one chance and one stratum.
        joined: strata that had to be joined with others, by code, one list per cell that joins several.
    """

    of: Ints
    plain: npt.NDArray[np.bool_]
    joined: tuple[tuple[int, ...], ...]


def summed(place: Ints, values: Floats, many: int = 0) -> Floats:
    """Return the sum of `values` at each place, `many` places at least."""
    return np.bincount(place, values, minlength=many).astype(np.float64)


def cells_of(groups: Groups, enough: float = ENOUGH) -> Cells:
    """Return the cells of groups with chances above 0; see the module for the rule."""
    stratum, chance = groups.stratum, groups.chance
    expected = groups.records * chance
    kind = _pairs(stratum, np.unique(chance, return_inverse=True)[1])
    large = (summed(kind, expected) >= enough) & (summed(kind, groups.answered) > 0)
    cell = np.where(large[kind], kind, -1)
    count = len(large)
    cell, count = _by_stratum(groups, cell, count, enough)
    cell = _with_neighbours(groups, cell, count, enough)
    _, cell = np.unique(cell, return_inverse=True)
    cell = cell.reshape(-1)
    many = int(cell.max()) + 1 if len(cell) else 0
    strata = _several(cell, stratum, many)
    order = np.argsort(cell, kind="stable")
    ends = np.searchsorted(cell[order], np.arange(many + 1))
    joined = tuple(tuple(np.unique(stratum[order[ends[c] : ends[c + 1]]]).tolist()) for c in np.flatnonzero(strata))
    return Cells(cell, ~_several(cell, kind, many), joined)


def _pairs(first: Ints, second: Ints) -> Ints:
    """Return one code per distinct pair, from 0."""
    second = second.reshape(-1)
    both = first * (int(second.max(initial=0)) + 1) + second
    return np.asarray(np.unique(both, return_inverse=True)[1], np.int64).reshape(-1)


def _several(cell: Ints, kind: Ints, many: int) -> npt.NDArray[np.bool_]:
    """Return per cell whether it holds more than one kind."""
    least, most = np.full(many, np.iinfo(np.int64).max), np.full(many, -1)
    np.minimum.at(least, cell, kind)
    np.maximum.at(most, cell, kind)
    return least < most


def _by_stratum(groups: Groups, cell: Ints, count: int, enough: float) -> tuple[Ints, int]:
    """Join what is left of each stratum, where that is enough."""
    left = cell < 0
    codes, at = np.unique(groups.stratum[left], return_inverse=True)
    at = at.reshape(-1)
    expected = summed(at, (groups.records * groups.chance)[left], len(codes))
    large = (expected >= enough) & (summed(at, groups.answered[left], len(codes)) > 0)
    cell = cell.copy()
    cell[left] = np.where(large[at], count + at, -1)
    return cell, count + len(codes)


def _with_neighbours(groups: Groups, cell: Ints, count: int, enough: float) -> Ints:
    """Join what is left over strata, in order of chance; a last part too small joins the cell next in chance."""
    left = np.flatnonzero(cell < 0)
    if len(left) == 0:
        return cell
    codes, at = np.unique(groups.stratum[left], return_inverse=True)
    at = at.reshape(-1)
    records = summed(at, groups.records[left])
    expected = summed(at, (groups.records * groups.chance)[left])
    answered = summed(at, groups.answered[left])
    order = np.lexsort((codes, expected / records))
    part_of = np.empty(len(codes), np.int64)
    part, sum_expected, sum_answered, first = 0, 0.0, 0.0, True
    for place in order:  # strata, not records
        if sum_expected >= enough and sum_answered > 0:
            part, sum_expected, sum_answered, first = part + 1, 0.0, 0.0, False
        part_of[place] = part
        sum_expected, sum_answered = sum_expected + expected[place], sum_answered + answered[place]
    cell = cell.copy()
    small = sum_expected < enough or sum_answered == 0
    if small and not first:
        part_of[part_of == part] = part - 1
    cell[left] = count + part_of[at]
    if small and first and np.any(cell < count):
        cell[left] = _next_in_chance(groups, cell, count, float(expected.sum() / records.sum()))
    return cell


def _next_in_chance(groups: Groups, cell: Ints, count: int, chance: float) -> int:
    there = cell < count
    codes, at = np.unique(cell[there], return_inverse=True)
    at = at.reshape(-1)
    mean = summed(at, (groups.records * groups.chance)[there]) / summed(at, groups.records[there])
    return int(codes[np.argmin(np.abs(np.log(mean / chance)))])


@dataclass(frozen=True)
class Sampled:
    """A draw with its weights: what the point, the variance and the bounds are made of.

    Args:
        records: size of the frame in reach.
        weight: per group, how many records of the frame one answered record stands for.
        spread: per group, sum over answered records of (found - mean of its cell)^2, for the variance.
        share: the weighted share found.
        hiding: where violative records could lie unseen.
        cells: how groups were joined.
        found: finds in each plain cell (used where there is but one).
        answered: per group, records inspected.
    """

    records: float
    weight: Floats
    spread: Floats
    share: float
    hiding: Hiding
    cells: Cells
    found: Floats
    answered: Floats

    def variance(self, factor: float = 1.0) -> float:
        """Return the variance of the share, with `factor` times as many inspections."""
        each = self.weight * np.maximum(self.weight / factor - 1, 0) if self.hiding.finite else self.weight**2 / factor
        return float((each * self.spread).sum() / self.records**2)

    def step(self, level: float, factor: float = 1.0) -> float:
        """Return the share of the frame that one more find stands for, with `factor` times as many inspections."""
        hiding = self.hiding if factor == 1 else self.hiding.scaled(factor)
        return float(one_more_each(most_hidden(hiding, level) / self.records, level))

    def with_finds(self, total: Floats, square: Floats) -> Sampled:
        """Return the same draw with another amount per find, such as its mass."""
        cell = self.cells.of
        many = len(self.cells.plain)
        mean = summed(cell, self.weight * total, many) / summed(cell, self.weight * self.answered, many)
        seen = summed(cell, self.answered, many)
        share = float((self.weight * total).sum() / self.records)
        return replace(self, spread=_spread(total, square, self.answered, mean[cell], seen[cell]), share=share)

    @property
    def single(self) -> bool:
        """True where one cell of one chance is all there is."""
        return len(self.cells.plain) == 1 and bool(self.cells.plain[0])

    def ends(self, level: float) -> tuple[float, float]:
        """Return the interval of the share."""
        whole = bool(np.all(self.found == np.round(self.found)))
        if self.single and whole:
            size, seen = self.hiding.records, self.hiding.answered
            low, high = exact_ends(self.found, seen, size, level, finite=self.hiding.finite)
            return float(low[0] / self.records), float(high[0] / self.records)
        low, high = weighted_ends(self.share, self.variance(), self.step(level), level)
        return float(low), float(high)


def sampled(groups: Groups, *, finite: bool = True, enough: float = ENOUGH) -> Sampled | None:
    """Return the draw with its weights; None where nothing in reach was inspected."""
    if not groups.answered.sum() > 0:
        return None
    cells = cells_of(groups, enough)
    many = len(cells.plain)

    def per_cell(values: Floats) -> Floats:
        return summed(cells.of, values, many)

    size, seen = per_cell(groups.records), per_cell(groups.answered)
    response = _response(groups, cells)
    raw = np.where(cells.plain[cells.of], 1.0, 1 / (groups.chance * response))
    stands = per_cell(raw * groups.answered)
    weight = raw * np.divide(size, stands, out=np.zeros(many), where=stands > 0)[cells.of]
    mean = per_cell(weight * groups.total) / size
    spread = _spread(groups.total, groups.square, groups.answered, mean[cells.of], seen[cells.of])
    loose = ~cells.plain[cells.of]
    hiding = Hiding.of(
        size[cells.plain], seen[cells.plain],
        (groups.records - groups.answered * finite)[loose], np.minimum(groups.chance * response, 1.0)[loose],
        finite=finite,
    )  # fmt: skip
    records = float(groups.records.sum())
    share = min(float((weight * groups.total).sum() / records), 1.0)
    found = per_cell(groups.total)[cells.plain]
    return Sampled(records, weight, spread, share, hiding, cells, found, groups.answered)


def _spread(total: Floats, square: Floats, answered: Floats, mean: Floats, seen: Floats) -> Floats:
    """Return per group the sum of (amount - mean of the cell)^2, raised by n/(n-1) of the cell."""
    return np.maximum(square - 2 * mean * total + mean**2 * answered, 0) * (seen / np.maximum(seen - 1, 1))


def _response(groups: Groups, cells: Cells) -> Floats:
    """Return per group the rate of answering: of its stratum in the cell where that was drawn often enough."""
    place = _pairs(cells.of, np.unique(groups.stratum, return_inverse=True)[1])
    drawn, answered = summed(place, groups.drawn), summed(place, groups.answered)
    own = (drawn >= _OWN_RATE) & (answered > 0)
    rest = ~own[place]
    cell_drawn = summed(cells.of, groups.drawn * rest)
    cell_answered = summed(cells.of, groups.answered * rest)
    of_cell = np.divide(cell_answered, cell_drawn, out=np.ones(len(cell_drawn)), where=cell_answered > 0)
    of_stratum = np.divide(answered, drawn, out=np.ones(len(drawn)), where=own)
    return np.where(own[place], of_stratum[place], of_cell[cells.of])


def estimate_share(groups: Groups, level: float, *, finite: bool = True, enough: float = ENOUGH) -> Share:
    """Return the share of the frame in reach that is violative, with its interval.

    Args:
        groups: frame and draw; groups with chance 0 are not in reach and must be left out.
        level: nominal coverage.
        finite: opened records are known for certain (inspection misses nothing).
        enough: expected draws below which groups are joined.

    >>> one = np.array([0]), np.array([0.02]), *(np.array([float(x)]) for x in (10_000, 200, 200, 4, 4))
    >>> got = estimate_share(Groups(*one), 0.95)
    >>> got.value, round(got.low, 4), round(got.high, 4)
    (0.02, 0.0056, 0.0501)
    """
    made = sampled(groups, finite=finite, enough=enough)
    if made is None:
        return Share(None, 0.0, 1.0, 0.0)
    low, high = made.ends(level)
    variance = made.variance()
    seen = float(groups.answered.sum())
    worth = min(made.share * (1 - made.share) / variance, seen) if variance > 0 else seen
    return Share(made.share, min(low, made.share), max(high, made.share), worth)
