"""What is to be said of each line, gathered piece by piece and joined at the end without a loop over lines."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["ANSWERS", "CLEAR", "HOLD", "NEEDS", "Said"]

CLEAR, NEEDS, HOLD = 0, 1, 2
#: The words of the answer, by level.
ANSWERS = ("clear", "needs", "hold")
_TEXT = pa.large_string()
_PREFIX = pa.array(["", "needs: ", "hold: "], _TEXT)
_BETWEEN = "; "

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
        self._texts: dict[str, list[pa.Array]] = {}
        self._held: dict[str, int] = {}

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
        if isinstance(texts, str):
            texts, at = pa.array([texts]), np.zeros(len(lines), np.int64)
        held = self._held.get(column, 0)
        places = np.arange(len(lines)) if at is None else at
        self._texts.setdefault(column, []).append(texts)
        self._held[column] = held + len(texts)
        self._pieces.setdefault(column, []).append((lines, levels, places + held))

    def joined(self, column: str, *, prefix: bool = False) -> pa.Array:
        """Return the pieces of a column per line, worst first, otherwise in the order said; empty where nothing was.

        Args:
            column: which.
            prefix: whether each piece says its level.
        """
        count = len(self.level)
        if column not in self._pieces:
            return pa.array([""]).take(pa.array(np.zeros(count, np.int64)))
        lines, levels, at = (np.concatenate(parts) for parts in zip(*self._pieces[column], strict=True))
        by = np.lexsort((np.arange(len(lines)), -levels, lines))
        strings = pa.concat_arrays([texts.cast(_TEXT) for texts in self._texts[column]]).take(pa.array(at[by]))
        if prefix:
            said = _PREFIX.take(pa.array(levels[by].astype(np.int64)))
            strings = pc.binary_join_element_wise(said, strings, pa.scalar("", _TEXT))
        offsets = np.concatenate([[0], np.cumsum(np.bincount(lines, minlength=count))])
        lists = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), strings)
        return pc.fill_null(pc.binary_join(lists, pa.scalar(_BETWEEN, _TEXT)), "")
