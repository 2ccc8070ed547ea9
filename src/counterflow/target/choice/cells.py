"""Where minutes meet records: pools become cells (one per day), records become groups."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.target.choice.capacity import ANY, Pool

__all__ = ["Cell", "Groups", "build_cells", "group_records"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Groups:
    """Records of one day, office and lane: all that capacity can tell apart.

    Args:
        keys: day, office and lane of each group ("" where the record names none), in sorted order.
        of_record: group of each record.
    """

    keys: tuple[tuple[dt.date, str, str], ...]
    of_record: Ints

    @cached_property
    def _ordered(self) -> tuple[Ints, Ints]:
        order = np.argsort(self.of_record, kind="stable")
        bounds = np.searchsorted(self.of_record[order], np.arange(len(self.keys) + 1))
        return order, bounds

    def members(self, group: int) -> Ints:
        """Return the rows of the records in `group`, in the order of the records."""
        order, bounds = self._ordered
        return order[bounds[group] : bounds[group + 1]]

    @cached_property
    def sizes(self) -> Ints:
        """Number of records in each group."""
        return np.diff(self._ordered[1])


@dataclass(frozen=True)
class Cell:
    """One pool on one day, with the groups that it can reach."""

    pool: Pool
    day: dt.date
    groups: tuple[int, ...]

    @property
    def name(self) -> tuple[str, str, str, str]:
        """What names the cell's own stream of random numbers: office, lane, day, resource."""
        return (self.pool.office, self.pool.lane, self.day.isoformat(), self.pool.resource)


def group_records(records: pa.Table) -> Groups:
    """Return the groups of `records` (columns ``day``, ``office``, ``lane``)."""
    codes = np.zeros(records.num_rows, np.int64)
    levels: list[list[object]] = []
    for name in ("day", "office", "lane"):
        column = records.column(name)
        if name != "day":
            column = pc.fill_null(column, "")
        known = sorted(pc.unique(column).to_pylist())
        place = pc.index_in(column, value_set=pa.array(known, column.type)).to_numpy()
        codes = codes * max(len(known), 1) + place
        levels.append(known)
    present, of_record = np.unique(codes, return_inverse=True)
    offices, lanes = max(len(levels[1]), 1), max(len(levels[2]), 1)
    keys = tuple(
        (levels[0][c // (offices * lanes)], levels[1][c // lanes % offices], levels[2][c % lanes])
        for c in present.tolist()
    )
    return Groups(keys, of_record.astype(np.int64))


def build_cells(pools: Sequence[Pool], groups: Groups, days: Sequence[dt.date]) -> list[Cell]:
    """Return one cell for each pool and each of its days, in order of day, then line of the file."""
    served: defaultdict[tuple[dt.date, str, str], list[int]] = defaultdict(list)
    for index, (day, office, lane) in enumerate(groups.keys):
        for key in {(day, o, lane_) for o in (office, ANY) for lane_ in (lane, ANY)}:
            served[key].append(index)
    return [
        Cell(pool, day, tuple(served[day, pool.office, pool.lane]))
        for day in days
        for pool in pools
        if pool.day is None or pool.day == day
    ]
