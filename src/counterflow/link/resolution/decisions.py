"""What people decided on pairs of records, as rows of the records at hand: the last word on a pair holds.

*Same* carries on: who calls A and B the same, and B and C, has called A and C the same. Where a later word contradicts
what earlier ones carry on to, the earlier one that leads there is overruled, and said to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

__all__ = ["Decided", "settle"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Decided:
    """Pairs of rows that a person decided on.

    Args:
        left: rows.
        right: rows.
        same: whether the two are one party; else they are two.
        overruled: how many earlier words no longer hold.
    """

    left: Ints
    right: Ints
    same: npt.NDArray[np.bool_]
    overruled: int = 0

    @classmethod
    def none(cls) -> Self:
        """Nobody has decided anything."""
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.bool_))

    def rows(self) -> Ints:
        """Return the rows that any decision is about."""
        return np.unique(np.concatenate([self.left, self.right]))


def settle(words: Iterable[tuple[int, int, str]]) -> Decided:
    """Return the decisions in force, from words in the order they were spoken: (row, row, same | different | open).

    >>> found = settle([(0, 1, "same"), (1, 2, "same"), (0, 2, "different")])
    >>> list(zip(found.left.tolist(), found.right.tolist(), found.same.tolist())), found.overruled
    ([(0, 2, False), (1, 2, True)], 1)
    """
    last: dict[tuple[int, int], str] = {}
    for a, b, verdict in words:
        pair = (min(a, b), max(a, b))
        last.pop(pair, None)
        last[pair] = verdict
    kept = _Groups()
    taken: list[tuple[int, int, bool]] = []
    overruled = 0
    for (a, b), verdict in reversed(last.items()):
        if verdict == "open" or a == b:
            continue
        if kept.allows(a, b, same=verdict == "same"):
            taken.append((a, b, verdict == "same"))
        else:
            overruled += 1
    return _as_arrays(taken, overruled)


def _as_arrays(taken: Sequence[tuple[int, int, bool]], overruled: int) -> Decided:
    rows = np.array([(a, b) for a, b, _ in taken], dtype=np.int64).reshape(-1, 2)
    return Decided(rows[:, 0], rows[:, 1], np.array([same for *_, same in taken], dtype=np.bool_), overruled)


class _Groups:
    """Groups of rows called the same, and pairs of groups called different."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}
        self._apart: dict[int, set[int]] = {}

    def _root(self, row: int) -> int:
        while self._parent.get(row, row) != row:
            row = self._parent[row]
        return row

    def allows(self, a: int, b: int, *, same: bool) -> bool:
        """Take a word in if it contradicts none taken before; say whether it was."""
        a, b = self._root(a), self._root(b)
        if a == b:
            return same
        if same and b in self._apart.get(a, ()):
            return False
        if not same:
            self._apart.setdefault(a, set()).add(b)
            self._apart.setdefault(b, set()).add(a)
            return True
        self._parent[b] = a
        for other in self._apart.pop(b, set()):
            self._apart[other].discard(b)
            self._apart[other].add(a)
            self._apart.setdefault(a, set()).add(other)
        return True
