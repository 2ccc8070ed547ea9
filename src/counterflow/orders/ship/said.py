"""What is to be said of each line, gathered piece by piece and joined at the end without a loop over lines."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.orders.ship.arrow import numbers, texts

__all__ = ["ANSWERS", "CLEAR", "HOLD", "NEEDS", "Said"]

CLEAR, NEEDS, HOLD = 0, 1, 2
#: The words of the answer, by level.
ANSWERS = ("clear", "needs", "hold")
_TEXT = pa.large_string()
_PREFIX = texts(["", "needs: ", "hold: "], _TEXT)
_NOTHING, _BETWEEN = texts(["", "; "], _TEXT)

Ints = npt.NDArray[np.int64]
Levels = npt.NDArray[np.int8]


class Said:
    """Pieces of text per line and column; the worst level that was said of a line is its answer.

    Args:
        count: number of lines.
    """

    def __init__(self, count: int) -> None:
        self.level: Levels = np.zeros(count, np.int8)
        self._pieces: dict[str, list[tuple[Ints, Levels, Ints]]] = {}
        self._pools: dict[str, _Pool] = {}

    def add(
        self, column: str, lines: Ints, texts: pa.Array | str, at: Ints | None = None, level: Levels | int = CLEAR
    ) -> None:
        """Say something of some lines.

        Args:
            column: duties | thresholds | reasons | citations.
            lines: positions of lines.
            texts: one text for all of them, or a pool of texts.
            at: which text of the pool each line has; one for each line where None and a pool is given.
            level: one for all lines, or one for each.
        """
        if not len(lines):
            return
        levels = np.full(len(lines), level, np.int8) if isinstance(level, int) else level.astype(np.int8)
        np.maximum.at(self.level, lines, levels)
        pool = self._pools.setdefault(column, _Pool())
        if isinstance(texts, str):
            places = np.full(len(lines), pool.constant(texts), np.int64)
        else:
            places = (np.arange(len(lines)) if at is None else at) + pool.several(texts)
        self._pieces.setdefault(column, []).append((lines, levels, places))

    def joined(self, column: str, *, prefix: bool = False) -> pa.Array:
        """Return the pieces of a column per line, worst first, otherwise in the order said; empty where nothing was.

        Args:
            column: which.
            prefix: whether each piece says its level.
        """
        count = len(self.level)
        if column not in self._pieces:
            return texts([""]).take(numbers(np.zeros(count, np.int64)))
        lines, levels, at = (np.concatenate(parts) for parts in zip(*self._pieces[column], strict=True))
        by = np.lexsort((np.arange(len(lines)), -levels, lines))
        strings = self._pools[column].texts().take(numbers(at[by]))
        if prefix:
            said = _PREFIX.take(numbers(levels[by].astype(np.int64)))
            strings = pc.binary_join_element_wise(said, strings, _NOTHING)
        offsets = np.concatenate([[0], np.cumsum(np.bincount(lines, minlength=count))])
        lists = pa.ListArray.from_arrays(numbers(offsets.astype(np.int32)), strings)
        return pc.fill_null(pc.binary_join(lists, _BETWEEN), _NOTHING)


class _Pool:
    """Texts of one column; those said once for many lines are kept as a list until they are needed."""

    def __init__(self) -> None:
        self._parts: list[pa.Array] = []
        self._ones: list[str] = []
        self._held = 0

    def constant(self, text: str) -> int:
        """Take in one text; return its place."""
        self._ones.append(text)
        self._held += 1
        return self._held - 1

    def several(self, texts: pa.Array) -> int:
        """Take in many; return the place of the first."""
        self._close()
        self._parts.append(texts.cast(_TEXT))
        self._held += len(texts)
        return self._held - len(texts)

    def texts(self) -> pa.Array:
        """Return all of them in one array."""
        self._close()
        return pa.concat_arrays(self._parts)

    def _close(self) -> None:
        if self._ones:
            self._parts.append(texts(self._ones, _TEXT))
            self._ones = []
