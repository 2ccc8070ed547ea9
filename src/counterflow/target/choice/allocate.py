"""Filling minutes: which records the remaining inspections go to, so that most expected harm is found.

Minutes of one pool cannot be spent in another, so most harm found per minute is most harm found in all.
Records are taken in falling order of expected harm; one is taken as long as some inspection can be freed for
it, if need be by moving earlier ones to another pool that also reaches them (an augmenting path). For the
sum of expected harm this greedy rule is exact, because sets of records that pools can serve are the
independent sets of a transversal matroid (Edmonds 1971, "Matroids and the greedy algorithm", Mathematical
Programming 1:127-136). Which resource then takes which record follows the rearrangement inequality: within
one office, lane and day the highest harm goes to the resource that misses least.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Sequence

import numpy as np

from counterflow.target.choice.cells import Cell, Groups, Ints
from counterflow.target.choice.draw import Floats

__all__ = ["Allocation"]


class Allocation:
    """Inspections being given out, cell by cell.

    Args:
        cells: pools by day.
        groups: groups of the records.
        taken: inspections of each cell that are spoken for (the random arm).
        harm: expected harm of each record.
        tiebreak: for each record a number drawn at random; equal harm goes by it.
    """

    def __init__(self, cells: Sequence[Cell], groups: Groups, taken: Ints, harm: Floats, tiebreak: Floats) -> None:
        self._groups = groups
        self._harm = self._value = harm
        self._tiebreak = tiebreak
        self._detection = [cell.pool.detection_rate for cell in cells]
        self.left = [cell.pool.slots - int(t) for cell, t in zip(cells, taken, strict=True)]
        self._cells_of: list[list[int]] = [[] for _ in groups.keys]
        self._groups_of = [cell.groups for cell in cells]
        for index in sorted(range(len(cells)), key=lambda i: (-self._detection[i], i)):
            for group in cells[index].groups:
                self._cells_of[group].append(index)
        self._given: list[dict[int, int]] = [{} for _ in cells]  # cell -> group -> inspections
        self._chosen: list[Ints] = []

    def take(self, candidates: Ints, *, value: Floats | None = None, room: Ints | None = None) -> Ints:
        """Give inspections to as many of `candidates` (rows) as fit, highest first; return them.

        Args:
            candidates: rows.
            value: what goes first, one for each record of the frame; the expected harm where None.
            room: how many of each cell's inspections these may take at most; None for all that are left.
        """
        if not len(candidates):
            return candidates
        self._value = self._harm if value is None else value
        before = self.left
        held = [0] * len(before) if room is None else [max(b - int(r), 0) for b, r in zip(before, room, strict=True)]
        self.left = [b - h for b, h in zip(before, held, strict=True)]
        taken = self._taken(candidates)
        self.left = [now + h for now, h in zip(self.left, held, strict=True)]
        self._chosen.append(taken)
        return taken

    def _taken(self, candidates: Ints) -> Ints:
        of_group = self._groups.of_record[candidates]
        keys = (candidates, self._tiebreak[candidates], -self._value[candidates], of_group)
        order = np.lexsort(keys)
        present, starts = np.unique(of_group[order], return_index=True)
        parted = np.split(candidates[order], starts[1:])
        queues = {int(g): queue for g, queue in zip(present, parted, strict=True)}
        taken = [row for part in self._components(queues) for row in self._fill(part, queues)]
        return np.concatenate(taken) if taken else np.zeros(0, np.int64)

    def cell_of_each(self) -> Ints:
        """Return for each record the cell that inspects it, -1 for none."""
        result = np.full(len(self._harm), -1, np.int64)
        rows = np.concatenate([*self._chosen, np.zeros(0, np.int64)])
        if not len(rows):
            return result
        order = rows[np.lexsort((rows, self._tiebreak[rows], -self._harm[rows], self._groups.of_record[rows]))]
        groups, starts = np.unique(self._groups.of_record[order], return_index=True)
        for group, members in zip(groups.tolist(), np.split(order, starts[1:]), strict=True):
            place = 0
            for cell in self._cells_of[group]:
                count = self._given[cell].get(group, 0)
                result[members[place : place + count]] = cell
                place += count
        return result

    def _components(self, queues: dict[int, Ints]) -> list[list[int]]:
        """Split the groups that have candidates into sets that share no cell."""
        parts, seen = [], set()
        for start in queues:
            if start in seen:
                continue
            seen.add(start)
            part, open_ = [], [start]
            while open_:
                group = open_.pop()
                part.append(group)
                near = {g for cell in self._cells_of[group] for g in self._groups_of[cell]}
                open_ += sorted(near - seen)
                seen |= near
            parts.append([g for g in part if g in queues])
        return parts

    def _fill(self, part: list[int], queues: dict[int, Ints]) -> list[Ints]:
        """Serve the groups of one component: always the one whose next record has the highest harm."""
        place = dict.fromkeys(part, 0)
        heap = [(*self._rank(queues[g][0]), g) for g in part]
        heapq.heapify(heap)
        while heap:
            _, _, group = heapq.heappop(heap)
            cell = self._open_cell(group)
            if cell is None:
                continue  # nothing can be freed for this group any more
            queue = queues[group]
            count = self._run(queue, place[group], heap[0][0] if heap else np.inf, self.left[cell])
            self.left[cell] -= count
            self._given[cell][group] = self._given[cell].get(group, 0) + count
            place[group] += count
            if place[group] < len(queue):
                heapq.heappush(heap, (*self._rank(queue[place[group]]), group))
        return [queues[g][: place[g]] for g in part]

    def _rank(self, row: np.int64) -> tuple[float, float]:
        return -float(self._value[row]), float(self._tiebreak[row])

    def _run(self, queue: Ints, start: int, next_rank: float, room: int) -> int:
        """Return how many records from `start` come before any other group's next one, at least 1."""
        ahead = -self._value[queue[start : start + room]]
        return max(1, int(np.searchsorted(ahead, next_rank, side="left")))

    def _open_cell(self, group: int) -> int | None:
        """Return a cell with room for `group`, moving others aside along an augmenting path if need be."""
        first = self._cells_of[group]
        for cell in first:
            if self.left[cell] > 0:
                return cell
        came_from: dict[int, tuple[int, int]] = {}  # cell -> (cell before, group that moves from it)
        waiting = deque(first)
        while waiting:
            cell = waiting.popleft()
            if self.left[cell] > 0:
                return self._shift(cell, came_from)
            for other, count in self._given[cell].items():
                for beyond in self._cells_of[other] if count else ():
                    if beyond not in came_from and beyond not in first:
                        came_from[beyond] = (cell, other)
                        waiting.append(beyond)
        return None

    def _shift(self, cell: int, came_from: dict[int, tuple[int, int]]) -> int:
        """Move one inspection back along the path, so that its first cell has room; return that cell."""
        while cell in came_from:
            before, group = came_from[cell]
            self.left[cell] -= 1
            self._given[cell][group] = self._given[cell].get(group, 0) + 1
            self.left[before] += 1
            self._given[before][group] -= 1
            cell = before
        return cell
