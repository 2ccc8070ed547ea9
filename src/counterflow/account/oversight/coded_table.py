"""Columns of text with each distinct word held once: years of decisions are few words, many times over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.account.given import Rows, read_rows

__all__ = ["CodedTable", "read_coded", "table_of_columns"]


@dataclass(frozen=True)
class CodedTable:
    """Columns of text, coded.

    Args:
        columns: name to distinct words and the place of each row's; an empty value has the place after the last word.
        rows: how many rows there are.
        file: what errors call it.
        lines: line of each row; empty where it was never a file.
        said: what the reader decided about the file.
    """

    columns: Mapping[str, tuple[list[str], npt.NDArray[np.int64]]]
    rows: int
    file: str
    lines: Sequence[int] = ()
    said: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Return the names of the columns."""
        return list(self.columns)

    def coded(self, name: str) -> tuple[list[str], npt.NDArray[np.int64]]:
        """Return the distinct words of a column, and the place of each row's (n,)."""
        return self.columns[name]

    def line(self, row: int) -> int | None:
        """Return the line of the file on which row `row` (from 0) stands."""
        return self.lines[row] if self.lines else None


def read_coded(path: Path) -> CodedTable:
    """Read a delimited or Parquet file of events.

    Raises:
        InputError: as `account.given.read_rows`.
    """
    rows: Rows = read_rows(path, "one row per decision or look-up, with a header")
    columns = {name: [row[place] for row in rows.cells] for name, place in rows.places.items() if name}
    return table_of_columns(columns, path.name, rows.lines, rows.said)


def table_of_columns(
    columns: Mapping[str, Sequence[str]], file: str, lines: Sequence[int] = (), said: tuple[str, ...] = ()
) -> CodedTable:
    """Return columns of text, coded; `file` is what errors call them."""
    made = {name: _coded(values) for name, values in columns.items()}
    count = len(next(iter(columns.values()), ()))
    return CodedTable(made, count, file, lines, said)


def _coded(values: Sequence[str]) -> tuple[list[str], npt.NDArray[np.int64]]:
    coded = pa.array([value.strip() or None for value in values], pa.string()).dictionary_encode()
    words = [str(word) for word in coded.dictionary.to_pylist()]
    return words, coded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False).astype(np.int64)
