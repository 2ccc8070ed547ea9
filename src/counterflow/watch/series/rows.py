"""Rows of a file, block by block, each distinct word parsed once; and the rows that were refused.

Only the columns that are asked for are read at all: a name or an age that stands beside them never enters memory as
such, and nothing of a refused row of an event file is kept but its number, the column and the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.refused import Refused
from counterflow.watch.series.csv_text import CsvText

__all__ = ["Block", "Refusals", "Words", "blocks"]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Words:
    """A column: distinct words, stripped, and which of them stands in each row."""

    words: list[str]
    codes: npt.NDArray[np.int64]

    def each(self, parse: Callable[[str], Any], kind: str) -> npt.NDArray[Any]:
        """Return `parse` of each row's word as an array of a NumPy type; each distinct word is parsed once."""
        parsed = np.array([parse(word) for word in self.words], kind)
        return np.asarray(parsed[self.codes])

    def objects(self, parse: Callable[[str], Any] = str) -> npt.NDArray[np.object_]:
        """Return `parse` of each row's word as objects."""
        made = np.empty(len(self.words), object)
        for number, word in enumerate(self.words):
            made[number] = parse(word)
        return np.asarray(made[self.codes])


@dataclass(frozen=True)
class Block:
    """Rows that were read together.

    Args:
        first: number of the first of them among the rows of the file, from 0.
        n: how many.
        columns: by the file's own names.
    """

    first: int
    n: int
    columns: dict[str, Words]


@dataclass
class Refusals:
    """The rows that were not taken.

    Args:
        quiet: True where nothing of a row may be kept: events and people.
    """

    quiet: bool
    found: dict[int, tuple[str, str, str, str]] = field(default_factory=dict)
    ragged: list[int] = field(default_factory=list)

    def refuse(self, block: Block, where: Mask, column: str, reason: str, hint: str) -> None:
        """Refuse the rows of a block at which `where` is true; the first reason of a row stands."""
        for row in np.flatnonzero(where).tolist():
            words = block.columns.get(column)
            value = "" if self.quiet or words is None else words.words[int(words.codes[row])][:200]
            self.found.setdefault(block.first + row, (column, value, reason, hint))

    def good(self, block: Block) -> Mask:
        """Return which rows of a block were not refused so far."""
        mask = np.ones(block.n, bool)
        bad = [row - block.first for row in self.found if block.first <= row < block.first + block.n]
        mask[bad] = False
        return mask

    def listed(self, fields: int) -> tuple[Refused, ...]:
        """Return each refused row with its line; empty lines of the file are not counted."""
        bad = np.array(sorted(self.ragged), np.int64)
        made = [
            Refused(line, line - 1, "", "", "ragged", f"The header has {fields} fields.", "") for line in bad.tolist()
        ]
        for row, (column, value, reason, hint) in sorted(self.found.items()):
            line = _line(row, bad)
            made.append(Refused(line, line - 1, column, value, reason, hint, ""))
        return tuple(sorted(made, key=lambda each: each.line))


def _line(row: int, ragged: npt.NDArray[np.int64]) -> int:
    """Return the line of a row, the header being line 1, where lines of the wrong length were left out."""
    line = row + 2
    for each in ragged.tolist():
        if each <= line:
            line += 1
    return line


def blocks(text: CsvText, wanted: Sequence[str], refusals: Refusals) -> Iterator[Block]:
    """Yield the rows of a file with the columns wanted, as words.

    Raises:
        InputError: not UTF-8, or the quotes break off.
    """
    types = dict.fromkeys(wanted, pa.dictionary(pa.int32(), pa.string()))
    first = 0
    try:
        for batch in text.blocks(types, ragged=refusals.ragged):
            if batch.num_rows:
                columns = {name: _words(batch.column(name)) for name in wanted}
                yield Block(first, batch.num_rows, columns)
                first += batch.num_rows
    except pa.ArrowInvalid as error:
        said = re.sub(r"\s+", " ", str(error)).split(". Row")[0]
        text.first_fault(lambda _: None, said[:200])


def _words(column: pa.DictionaryArray) -> Words:
    own = column.dictionary.to_pylist()
    codes = column.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return Words([str(word).strip() for word in own], codes)
