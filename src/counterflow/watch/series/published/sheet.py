"""A published table as columns of text, whatever release spelt its header, with every refused row and its line.

Names of columns are compared by their letters and digits alone, so that `Data Value`, `data_value` and `DATA VALUE` are
one column. Values are read once per distinct text, not once per row.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.errors import InputError, nearest
from counterflow.core.refused import Refused

__all__ = ["Sheet", "folded_name", "number", "text_of"]

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
T = TypeVar("T")
_GZIP = b"\x1f\x8b"
#: unpacked bytes beyond which a packed file is not taken for a table
_MOST_BYTES = 2 << 30
_LONGEST_VALUE = 200


def text_of(content: bytes, file: str) -> str:
    """Return the text of a file, unpacked where it is gzip; UTF-8, or Windows-1252 where agencies still write it.

    Raises:
        InputError: it is empty, or no text.
    """
    if content.startswith(_GZIP):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
                content = packed.read(_MOST_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"It cannot be unpacked: {error}.", file=file, hint="Send the file again.") from error
        if len(content) > _MOST_BYTES:
            raise InputError("Unpacked it is larger than 2 GB.", file=file, hint="Split it.")
    if b"\0" in content[:4096]:
        raise InputError(
            "This is no text.", file=file, hint="Export it as CSV or tab-separated text, not as a workbook."
        )
    if not content.strip(b"\xef\xbb\xbf\r\n\t "):
        raise InputError("The file is empty.", file=file, hint="Export it again.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def folded_name(name: str) -> str:
    """Return a column's name as it is compared.

    >>> folded_name("Percent Pending Investigation") == folded_name("percent_pending_investigation")
    True
    """
    return "".join(c for c in name.casefold() if c.isalnum())


def number(text: str) -> float:
    """Return a number as tables write it, with commas between thousands; NaN where it is none.

    >>> number("1,234"), number("12.5"), number("n/a")
    (1234.0, 12.5, nan)
    """
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return float("nan")
    return value if abs(value) != float("inf") else float("nan")


class Sheet:
    """The data rows of a published table.

    Args:
        text: the whole file.
        file: its name, for messages.
        columns: our word for a column to the names it goes by in one release or another.
        required: those of our words that must be there.
        passed_over: tells from a row and its place by word whether it only sums others up; such rows are no data.
        until: a first field that ends the data, as the "---" of CDC WONDER.

    Raises:
        InputError: not a table, or a column is missing.
    """

    def __init__(
        self,
        text: str,
        file: str,
        columns: Mapping[str, Sequence[str]],
        required: Sequence[str],
        *,
        passed_over: Callable[[Sequence[str], Mapping[str, int]], bool] | None = None,
        until: str = "",
    ) -> None:
        self.file = file
        self.sums = 0
        self.after: list[str] = []
        head = text.partition("\n")[0]
        mark = max("\t,;", key=head.count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
        try:
            header = [name.strip().lstrip("\ufeff") for name in next(reader)]
            self.place = _places(header, columns, required, file)
            self._read(reader, len(header), passed_over, until)
        except csv.Error as error:
            raise InputError(
                f"It breaks off: {error}.", file=file, line=reader.line_num, hint="Export it again."
            ) from error
        self.header = header
        self.n = len(self._rows)
        self._reason: dict[int, Refused] = {}
        self._ragged(len(header))

    def _read(self, reader: Any, width: int, passed_over: Any, until: str) -> None:
        self._rows: list[list[str]] = []
        self._lines: list[int] = []
        for row in reader:
            if not any(value.strip() for value in row):
                continue
            if until and row[0].strip() == until:
                self.after = [" ".join(each).strip() for each in reader]
                return
            if passed_over is not None and len(row) == width and passed_over(row, self.place):
                self.sums += 1
                continue
            self._rows.append(row)
            self._lines.append(reader.line_num)

    def _ragged(self, width: int) -> None:
        for at, row in enumerate(self._rows):
            if len(row) != width:
                hint = f"The row has {len(row)} fields, the header {width}."
                self._refuse_one(at, "", "", "ragged", hint)
                self._rows[at] = (row + [""] * width)[:width]

    def __contains__(self, word: str) -> bool:
        """Return whether the file has this column."""
        return word in self.place

    @property
    def kept(self) -> Mask:
        """Return which rows are not refused so far."""
        mask = np.ones(self.n, bool)
        mask[list(self._reason)] = False
        return mask

    @property
    def refused(self) -> tuple[Refused, ...]:
        """Return each refused row, in order."""
        return tuple(self._reason[at] for at in sorted(self._reason))

    def text(self, word: str) -> list[str]:
        """Return a column's values, stripped; empty texts where the file lacks the column."""
        if word not in self.place:
            return [""] * self.n
        place = self.place[word]
        return [row[place].strip() for row in self._rows]

    def each(self, word: str, read: Callable[[str], T]) -> list[T]:
        """Return a column as read by a function that is called once per distinct text."""
        coded = pa.array(self.text(word), pa.string()).dictionary_encode()
        known = [read(value) for value in coded.dictionary.to_pylist()]
        return [known[at] for at in coded.indices.to_pylist()]

    def numbers(self, word: str, *, whole: bool = False, empty: bool = True, highest: float | None = None) -> Floats:
        """Return a column as numbers from 0, NaN where empty; rows with anything else are refused.

        Args:
            word: our word for the column.
            whole: refuse fractions.
            empty: whether nothing is allowed to stand there.
            highest: refuse what lies above.
        """
        texts = self.text(word)
        found = np.array(self.each(word, number), np.float64) if self.n else np.empty(0)
        blank = np.array([not each for each in texts], bool)
        self.refuse(np.isnan(found) & ~blank, word, "no-number", "Write a number, as 1,234 or 12.5.")
        self.refuse(found < 0, word, "negative", "A count or an amount is never below 0.")
        if whole:
            self.refuse(
                found != np.floor(np.nan_to_num(found)), word, "no-count", "A count is whole.", only=~np.isnan(found)
            )
        if highest is not None:
            self.refuse(found > highest, word, "too-large", f"At most {highest:g} is possible.")
        if not empty:
            self.refuse(blank, word, "empty", "A value is needed here.")
        return found

    def refuse(self, rows: Mask, word: str, reason: str, hint: str, *, only: Mask | None = None) -> None:
        """Refuse rows; the first reason that a row meets stands."""
        at = rows if only is None else rows & only
        place = self.place.get(word)
        for row in np.flatnonzero(at).tolist():
            value = self._rows[row][place].strip() if place is not None else ""
            self._refuse_one(row, self.header_name(word), value, reason, hint)

    def refuse_twice(self, *words: str) -> None:
        """Refuse rows whose texts in these columns were met before: they would count twice, or contradict."""
        met: set[tuple[str, ...]] = set()
        again = np.zeros(self.n, bool)
        columns = [self.text(word) for word in words]
        for at, key in enumerate(zip(*columns, strict=True)):
            again[at] = key in met
            met.add(key)
        self.refuse(again, words[0], "twice", "The same cell stands twice in the file; the first was taken.")

    def header_name(self, word: str) -> str:
        """Return a column's name as the file spells it."""
        return self._names.get(word, word)

    def _refuse_one(self, at: int, column: str, value: str, reason: str, hint: str) -> None:
        if at not in self._reason:
            raw = json.dumps(self._rows[at], ensure_ascii=False)
            self._reason[at] = Refused(self._lines[at], at + 1, column, value[:_LONGEST_VALUE], reason, hint, raw)

    @property
    def _names(self) -> dict[str, str]:
        header = getattr(self, "header", [])
        return {word: header[place] for word, place in self.place.items() if header}


def _places(
    header: Sequence[str], columns: Mapping[str, Sequence[str]], required: Sequence[str], file: str
) -> dict[str, int]:
    """Return where each of our words stands in a header."""
    folded = {folded_name(name): place for place, name in reversed(list(enumerate(header)))}
    found = {
        word: folded[folded_name(name)]
        for word, names in columns.items()
        for name in reversed((word, *names))
        if folded_name(name) in folded
    }
    for word in required:
        if word not in found:
            name = (*columns[word], word)[0]
            close = nearest(name, header, 1)
            hint = (
                f"Is it {close[0]!r}? Then name it {name!r}."
                if close
                else f"Columns met: {', '.join(header[:14])[:300]}."
            )
            raise InputError("A column of this form is missing.", file=file, line=1, column=name, hint=hint)
    return found
