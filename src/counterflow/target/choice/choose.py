"""Choosing, as pure arithmetic: records, minutes, harm and grounds in; arms, ranks and probabilities out.

1. The random arm is drawn from everything within reach, and its minutes are taken out first, so that no amount
   of mandatory work can eat it.
2. Mandatory records that were not drawn take what is left, highest expected harm first. Those for which no minute
   is left are counted: "mandatory, not covered" is said aloud, never dropped.
3. Follow-ups of random hits get a small share of each pool's minutes, the most likely first: what a model scores as
   safe is looked at again because chance found something in its like.
4. The rest of the minutes goes to the highest expected harm.

On the sheet of an office, lane and day, records with a mandatory ground come first. After them stand targeted
records in falling order of expected harm, and random ones and follow-ups at places drawn at random among them: an
officer cannot tell the random arm by its place, and leaving out the tail of the sheet leaves out all alike.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.seeds import generator
from counterflow.target.choice.allocate import Allocation
from counterflow.target.choice.capacity import Pool
from counterflow.target.choice.cells import Cell, Groups, Ints, build_cells, group_records
from counterflow.target.choice.draw import Draw, Floats, draw_random
from counterflow.target.loop.strata import Strata

__all__ = ["ARMS", "Choice", "Exploration", "FollowUps", "choose"]

#: arms by their number in `Choice.arm`
ARMS = ("", "mandatory", "random", "followup", "targeted")
_MANDATORY, _RANDOM, _FOLLOWUP, _TARGETED = 1, 2, 3, 4

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class FollowUps:
    """Records worth a follow-up, and how much of the minutes these may take.

    Args:
        rows: the records.
        worth: of each; the higher goes first.
        share: share of each pool's minutes at most.
    """

    rows: Ints
    worth: Floats
    share: float


@dataclass(frozen=True)
class Exploration:
    """How chance looks: strata of the random arm (None: all alike), and what its finds are followed up with."""

    strata: Strata | None = None
    follow: FollowUps | None = None


@dataclass(frozen=True)
class Choice:
    """What was chosen, one place per eligible record.

    Args:
        arm: number of the arm in `ARMS`, 0 where not selected.
        cell: cell whose resource inspects it, -1 where not selected.
        rank: place on its sheet from 1, 0 where not selected.
        probability: of the random arm; 0 where no cell with room for an inspection reaches the record.
        expected_harm: expected harm found: by the resource chosen, else by the best within reach.
        uncovered: mandatory records for which no minutes were left.
        cells: pools by day.
        groups: day, office and lane of each record.
        draw: the random arm by cell.
        strata: its strata; None where all were drawn alike.
    """

    arm: Ints
    cell: Ints
    rank: Ints
    probability: Floats
    expected_harm: Floats
    uncovered: Bools
    cells: Sequence[Cell]
    groups: Groups
    draw: Draw
    strata: Strata | None = None

    @property
    def selected(self) -> Ints:
        """Rows of the selected records."""
        return np.flatnonzero(self.arm)


def choose(
    records: pa.Table,
    pools: Sequence[Pool],
    days: Sequence[dt.date],
    harm: Floats,
    mandatory: Bools,
    *,
    share: float,
    seed: int,
    explore: Exploration | None = None,
) -> Choice:
    """Choose records for inspection.

    Args:
        records: eligible records in canonical order (source, record id): columns day, office, lane.
        pools: capacity.
        days: days of the period.
        harm: expected harm of each record, were nothing missed.
        mandatory: records with a mandatory ground.
        share: share of minutes for the random arm, above 0 and at most 1.
        seed: seed of every draw.
        explore: strata of the random arm, and follow-ups; None draws all alike and follows nothing up.
    """
    explore = explore or Exploration()
    groups = group_records(records)
    cells = build_cells(pools, groups, days)
    draw = draw_random(cells, groups, share, seed, explore.strata)
    drawn, reached = draw.cell >= 0, draw.probability > 0
    tiebreak = generator(seed, "ties").random(records.num_rows)
    work = Allocation(cells, groups, draw.used, harm, tiebreak)
    free = reached & ~drawn
    must = work.take(np.flatnonzero(free & mandatory))
    arm = np.zeros(records.num_rows, np.int64)
    arm[drawn], arm[must] = _RANDOM, _MANDATORY
    if explore.follow is not None:
        arm[_followed(work, cells, explore.follow, free & ~mandatory, seed)] = _FOLLOWUP
    arm[work.take(np.flatnonzero(free & ~mandatory & (arm == 0)))] = _TARGETED
    cell = np.where(drawn, draw.cell, work.cell_of_each())
    expected = harm * _detection(cell, cells, groups)
    return Choice(
        arm, cell, _ranks(arm, mandatory, expected, tiebreak, groups, seed), draw.probability, expected,
        mandatory & (arm == 0), cells, groups, draw, explore.strata,
    )  # fmt: skip


def _followed(work: Allocation, cells: Sequence[Cell], follow: FollowUps, free: Bools, seed: int) -> Ints:
    """Give follow-ups their share of each pool's minutes; a share of an inspection is one by chance."""
    asked = np.array([follow.share * one.pool.minutes / one.pool.service_minutes for one in cells], float)
    room = np.floor(asked + generator(seed, "followup").random(len(cells))).astype(np.int64)
    worth = np.zeros(len(free))
    worth[follow.rows] = follow.worth
    return work.take(follow.rows[free[follow.rows]], value=worth, room=room)


def _detection(cell: Ints, cells: Sequence[Cell], groups: Groups) -> Floats:
    """Return each record's detection rate: of its cell, else the best that reaches it, 0 where none does."""
    best = np.zeros(len(groups.keys))
    for one in cells:
        if one.pool.slots:
            reached = list(one.groups)
            best[reached] = np.maximum(best[reached], one.pool.detection_rate)
    rates = np.array([one.pool.detection_rate for one in cells] + [0.0])
    return np.where(cell >= 0, rates[cell], best[groups.of_record] if len(best) else 0.0)


def _ranks(arm: Ints, mandatory: Bools, expected: Floats, tiebreak: Floats, groups: Groups, seed: int) -> Ints:
    """Return places on the sheets; see the module for the order."""
    rows = np.flatnonzero(arm)
    sheet, first = groups.of_record[rows], ~mandatory[rows]
    by_chance = (arm[rows] == _RANDOM) | (arm[rows] == _FOLLOWUP)
    by_harm = np.lexsort((rows, tiebreak[rows], -expected[rows], by_chance, first, sheet))
    place = np.empty(len(rows))
    targeted = first & ~by_chance
    place[by_harm] = _spread(sheet[by_harm], targeted[by_harm])
    drawn = first & by_chance
    place[drawn] = generator(seed, "places").random(int(drawn.sum()))
    place[~first] = -expected[rows][~first]
    order = np.lexsort((rows, tiebreak[rows], place, first, sheet))
    rank = np.zeros(len(arm), np.int64)
    starts = np.searchsorted(sheet[order], sheet[order], side="left")
    rank[rows[order]] = np.arange(len(rows)) - starts + 1
    return rank


def _spread(sheet: Ints, targeted: Bools) -> Floats:
    """Spread the targeted records of each sheet evenly over (0, 1), in their order."""
    place = np.zeros(len(sheet))
    mine = np.flatnonzero(targeted)
    if len(mine):
        own = sheet[mine]
        starts = np.searchsorted(own, own, side="left")
        counts = np.searchsorted(own, own, side="right") - starts
        place[mine] = (np.arange(len(mine)) - starts + 0.5) / counts
    return place
