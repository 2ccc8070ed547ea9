"""A table that a stranger brings: columns found by their usual names, every fault with its line.

The names people give to the same thing differ; what was taken for what is always said, and an option names another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from counterflow.account.given import MISSING, Rows, read_rows
from counterflow.core.errors import InputError, nearest

__all__ = ["GivenTable", "read_table"]

_YES = frozenset(("1", "true", "yes", "y", "t", "x", "1.0"))
_NO = frozenset(("0", "false", "no", "n", "f", "0.0", "-"))


def _plain(name: str) -> str:
    """Return a column's name in small letters, blanks and signs as one low line: `Delay (h)` is `delay_h`."""
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_")


@dataclass(frozen=True)
class GivenTable:
    """A file's columns, looked for by the names people give them."""

    rows: Rows

    def __len__(self) -> int:
        return len(self.rows.lines)

    @property
    def header(self) -> tuple[str, ...]:
        """Names of the columns, as written."""
        return self.rows.header

    @property
    def file(self) -> Path:
        """The file, for messages."""
        return self.rows.path

    def named(self, asked: str, option: str) -> str:
        """Return the column that an option names, whatever its capitals; refuse one that is not there."""
        for name in self.header:
            if name == asked or _plain(name) == _plain(asked):
                return name
        close = nearest(asked, self.header, 2)
        hint = f"Did you mean {' or '.join(repr(c) for c in close)}?" if close else ""
        told = f"There is no such column, and {option} names it."
        raise InputError(
            told, file=self.file, line=1, column=asked, hint=hint or f"Columns: {', '.join(self.header[:20])}."
        )

    def find(self, asked: str | None, option: str, usual: Sequence[str], *, taken: Sequence[str] = ()) -> str | None:
        """Return the column that an option names, else the first of the usual names that is there, else None."""
        if asked is not None:
            return self.named(asked, option)
        by_plain = {_plain(name): name for name in reversed(self.header) if name not in taken}
        return next((by_plain[name] for name in usual if name in by_plain), None)

    def needed(self, asked: str | None, option: str, usual: Sequence[str], what: str) -> str:
        """Return what `find` returns; refuse where no column is known to hold `what`."""
        found = self.find(asked, option, usual)
        if found is None:
            hint = f"Name it with {option}; columns: {', '.join(self.header[:20])}."
            raise InputError(f"No column looks like {what}.", file=self.file, line=1, hint=hint)
        return found

    def texts(self, name: str) -> npt.NDArray[np.object_]:
        """Return a column as text without blanks around it."""
        return np.array(self.rows.column(name), dtype=object)

    def numbers(self, name: str, *, least: float | None = 0.0, empty: float | None = None) -> npt.NDArray[np.float64]:
        """Return a column of numbers; an empty cell is `empty`, or refused where that is None.

        Raises:
            InputError: a cell is no number, is not finite, or lies below `least`.
        """
        made = np.array(self.rows.numbers(name), np.float64)
        gaps = np.flatnonzero(np.isnan(made))
        if len(gaps) and empty is None:
            raise self.fault(int(gaps[0]), name, "This cell is empty.", "Give a number, or leave out the row.")
        below = np.flatnonzero(made < least) if least is not None else gaps[:0]
        if len(below):
            raise self.fault(int(below[0]), name, f"This is below {least:g}.", "Mend the number.")
        made[gaps] = np.nan if empty is None else empty
        return made

    def marks(self, name: str, *, empty: float | None) -> npt.NDArray[np.float64]:
        """Return a column of yes and no as 1 and 0; an empty cell is `empty`, or refused where that is None."""
        made = np.zeros(len(self))
        for row, text in enumerate(self.rows.column(name)):
            value = text.casefold()
            if value in _YES:
                made[row] = 1.0
            elif value in MISSING:
                if empty is None:
                    raise self.fault(row, name, "This cell is empty.", "Write 1 or 0.")
                made[row] = empty
            elif value not in _NO:
                raise self.fault(row, name, "This is neither yes nor no.", "Write 1 or 0, or yes or no.")
        return made

    def fault(self, row: int, column: str, words: str, hint: str) -> InputError:
        """Return the error of one cell."""
        return self.rows.fault(row, column, words, hint)


def read_table(path: Path, what: str) -> GivenTable:
    """Read a table in any form that `account.given` reads.

    Args:
        path: the file.
        what: what it should be, for messages.

    Raises:
        InputError: no such file, no header, no rows, a column twice, or a row of another width.
    """
    return GivenTable(read_rows(path, what))
