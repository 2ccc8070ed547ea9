"""CSV files: fast where they are regular, careful where they are not, and line numbers right in both.

The fast way is Arrow's parser. It is told to hand over rows with too many or too few fields instead of failing; what it
cannot do (one column, a record longer than its block) the careful way does, from the row where the fast one stopped.
"""

from __future__ import annotations

import codecs
import csv
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from counterflow.core.errors import InputError
from counterflow.intake.readers.byte_stream import find_encoding, open_utf8
from counterflow.intake.readers.csv_rows import RowNumbers, TextCheck, raw_row
from counterflow.intake.readers.rows import RawRows, ReaderOptions, RefusedRow

__all__ = ["CsvFile"]

_DELIMITERS = ",;\t|"
_HEAD_BYTES = 1 << 20
_BLOCK_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class _Ragged:
    """A record with the wrong number of fields, as Arrow hands it over."""

    number: int
    expected: int
    text: str


class CsvFile:
    """An opened CSV file (see `RowSource`).

    Raises:
        InputError: no header, two columns of one name, or an encoding that does not fit.
    """

    fixed = True

    def __init__(self, path: Path, options: ReaderOptions) -> None:
        self.path, self.options = path, options
        self._encoding, self._mark = find_encoding(path, options.encoding)
        head = self._read_head()
        self.delimiter = options.delimiter or find_delimiter(head[options.skip_lines :])
        names, self._header_lines = _read_header(head, self.delimiter, options.skip_lines, path)
        self._header_bytes = sum(len(line.encode()) for line in head[: self._header_lines])
        self.columns = tuple(names)
        self._check = TextCheck(self.columns, options)

    _blank, _clean, _tail = False, True, b""

    def batches(self) -> Iterator[RawRows]:
        """Yield the rows; see `RowSource`."""
        numbers = RowNumbers(self._header_lines)
        self._scan()
        if self._blank:
            return
        if len(self.columns) > 1 and self._clean:
            try:
                yield from self._fast(numbers)
            except pa.ArrowInvalid:
                # A record that is longer than Arrow's block. All rows given so far are numbered; go on from there.
                pass
            else:
                return
        yield from self._careful(numbers)

    def _open(self) -> BinaryIO:
        return open_utf8(self.path, self._encoding, self._mark)

    def _read_head(self) -> list[str]:
        with self._open() as file:
            head = file.read(_HEAD_BYTES)
        whole = len(head) < _HEAD_BYTES
        cut = head if whole else head[: max(head.rfind(b"\n"), head.rfind(b"\r")) + 1] or head
        try:
            header = list(io.StringIO(cut.decode("utf-8", "surrogateescape"), newline=""))
            "".join(header[: self.options.skip_lines + 1]).encode()
        except UnicodeEncodeError as error:
            raise InputError(
                f"The header is not UTF-8 text (character {error.start + 1}).",
                hint='Save the file as CSV UTF-8, or name its encoding in a mapping: [reader] encoding = "cp1252"'
                " (counterflow intake map FILE --encoding cp1252 writes one).",
                file=self.path,
                line=self.options.skip_lines + 1,
            ) from None
        return [line.encode("utf-8", "replace").decode() if not _is_text(line) else line for line in header]

    # -- the fast way ---------------------------------------------------------------------------------------------

    def _fast(self, numbers: RowNumbers) -> Iterator[RawRows]:
        with self._open() as file:
            file.read(self._header_bytes)
            ragged: list[_Ragged] = []
            pending: pa.RecordBatch | None = None
            for batch in self._arrow_batches(file, ragged):
                if pending is not None:
                    yield self._numbered(pending, ragged, numbers)
                pending = batch
            if pending is not None:
                yield self._numbered(pending, ragged, numbers, last=True)
            if ragged:
                yield self._numbered(
                    pa.RecordBatch.from_pydict({n: pa.array([], pa.binary()) for n in self.columns}),
                    ragged,
                    numbers,
                )

    def _arrow_batches(self, file: BinaryIO, ragged: list[_Ragged]) -> Iterator[pa.RecordBatch]:
        from pyarrow import csv as arrow_csv

        def set_aside(row: Any) -> str:
            ragged.append(_Ragged(row.number, row.expected_columns, row.text))
            return "skip"

        yield from arrow_csv.open_csv(
            pa.PythonFile(file, mode="r"),
            read_options=arrow_csv.ReadOptions(
                use_threads=False,
                block_size=_BLOCK_BYTES,
                column_names=[str(i) for i in range(len(self.columns))],
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=set_aside,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={str(i): pa.binary() for i in range(len(self.columns))},
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
                null_values=[""],
            ),
        )

    def _numbered(
        self, batch: pa.RecordBatch, ragged: list[_Ragged], numbers: RowNumbers, *, last: bool = False
    ) -> RawRows:
        """Give `batch` its row and line numbers, between which the ragged rows of the same stretch fall."""
        rows, lines, aside = numbers.place(batch, [(r.number, r.text.count("\n")) for r in ragged])
        refused = [self._ragged(r, line) for r, line in zip(ragged[: len(aside)], aside, strict=True)]
        del ragged[: len(aside)]
        # Only a record that nothing follows can run to the end of the file in an open quote.
        unclosed = last and not ragged and self._last_quote_is_open(batch)
        table = pa.Table.from_batches([batch]).rename_columns(list(self.columns))
        return self._check.apply(table, rows, lines, refused, unclosed=unclosed)

    def _ragged(self, row: _Ragged, line: int) -> RefusedRow:
        fields = next(csv.reader([row.text], delimiter=self.delimiter), [])
        return self._refuse_ragged(row.number, line, fields, row.text)

    def _refuse_ragged(self, number: int, line: int, fields: list[str], text: str) -> RefusedRow:
        hint = f"The header has {len(self.columns)} fields, this row {len(fields)}. Is a delimiter unquoted or missing?"
        if newlines := text.count("\n"):
            hint += f" A quote holds {newlines + 1} lines together; perhaps it was never closed."
        return RefusedRow(number, line, "", text[:200], "ragged-row", hint, raw_row(self.columns, fields))

    def _last_quote_is_open(self, batch: pa.RecordBatch) -> bool:
        """Tell whether the last field runs to the end of the file inside a quote that nothing closes."""
        last = batch.column(batch.num_columns - 1)[-1].as_py() if batch.num_rows else None
        return last is not None and b"\n" in last and not self._tail.endswith(b'"')

    def _scan(self) -> None:
        """Pass once over the bytes after the header: is there anything, is it all UTF-8, how does it end?

        Arrow prints a traceback of its own where a ragged row holds a byte that is not UTF-8, so only clean files
        go the fast way; the pass costs about a second for a gigabyte.
        """
        decoder = codecs.getincrementaldecoder("utf-8")()
        self._blank, self._clean, self._tail = True, True, b""
        with self._open() as file:
            file.read(self._header_bytes)
            while block := file.read(_HEAD_BYTES):
                self._blank = self._blank and not block.strip()
                self._tail = (self._tail + block)[-64:]
                self._clean = self._clean and _decodes(decoder, block)
        self._clean = self._clean and _decodes(decoder, b"", final=True)
        self._tail = self._tail.rstrip(b"\r\n")

    # -- the careful way ------------------------------------------------------------------------------------------

    def _careful(self, numbers: RowNumbers) -> Iterator[RawRows]:
        """Read on, record by record, from the row after the last one that `numbers` has placed."""
        csv.field_size_limit(sys.maxsize)
        done = numbers.placed
        with io.TextIOWrapper(self._open(), "utf-8", errors="surrogateescape", newline="") as file:
            for _ in range(self._header_lines):
                file.readline()
            reader = csv.reader(file, delimiter=self.delimiter)
            taken: list[list[str]] = []
            places: list[tuple[int, int]] = []
            refused: list[RefusedRow] = []
            line = self._header_lines + 1
            fields: list[str] = []
            for number, fields in enumerate(reader, start=1):
                place, line = (number, line), self._header_lines + reader.line_num + 1
                if number <= done or not any(fields):
                    continue
                if len(fields) == len(self.columns):
                    taken.append(fields)
                    places.append(place)
                else:
                    shown = [f.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for f in fields]
                    refused.append(self._refuse_ragged(*place, shown, self.delimiter.join(shown)))
                if len(taken) + len(refused) >= self.options.batch_rows:
                    yield self._careful_batch(taken, places, refused)
                    taken, places, refused = [], [], []
            unclosed = bool(taken) and fields is taken[-1] and "\n" in fields[-1] and not self._tail.endswith(b'"')
            if taken or refused:
                yield self._careful_batch(taken, places, refused, unclosed=unclosed)

    def _careful_batch(
        self,
        taken: list[list[str]],
        places: list[tuple[int, int]],
        refused: list[RefusedRow],
        *,
        unclosed: bool = False,
    ) -> RawRows:
        columns = list(zip(*taken, strict=True)) if taken else [()] * len(self.columns)
        arrays = [pa.array([v.encode("utf-8", "surrogateescape") or None for v in c], pa.binary()) for c in columns]
        where = np.array(places, dtype=np.int64).reshape(-1, 2)
        table = pa.Table.from_arrays(arrays, names=list(self.columns))
        return self._check.apply(table, where[:, 0], where[:, 1], refused, unclosed=unclosed)


def find_delimiter(lines: list[str]) -> str:
    r"""Return the delimiter under which the first lines agree best with their header; a comma where none splits it.

    >>> find_delimiter(["a;b;c\n", "1,5;2;3\n"])
    ';'
    """
    sample = lines[:50]

    def merit(delimiter: str) -> tuple[float, int]:
        counts = [len(fields) for fields in csv.reader(sample, delimiter=delimiter) if fields]
        if not counts or counts[0] < 2:
            return 0.0, 0
        return sum(c == counts[0] for c in counts) / len(counts), counts[0]

    csv.field_size_limit(sys.maxsize)
    best = max(_DELIMITERS, key=merit)
    return best if merit(best)[1] else ","


def _read_header(head: list[str], delimiter: str, skip: int, path: Path) -> tuple[list[str], int]:
    """Return the names of the columns and the number of lines down to the end of the header."""
    reader = csv.reader(head[skip:], delimiter=delimiter)
    fields: list[str] = []
    for fields in reader:
        if any(f.strip() for f in fields):
            break
    names = [f.strip() or f"column {i}" for i, f in enumerate(fields, start=1)]
    line = skip + reader.line_num
    if not any(f.strip() for f in fields):
        raise InputError("The file has no header: it holds only empty lines.", file=path, line=1)
    doubled = sorted({n for n in names if names.count(n) > 1})
    if doubled:
        raise InputError(
            f"The header names {doubled[0]!r} more than once.",
            hint="Give each column its own name; a mapping could not tell them apart.",
            file=path,
            line=line,
            column=doubled[0],
        )
    return names, line


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final=final)
    except UnicodeDecodeError:
        return False
    return True


def _is_text(line: str) -> bool:
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True
