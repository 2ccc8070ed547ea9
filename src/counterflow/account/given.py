"""Reading a table as people save it: any delimiter, decimal comma, gaps marked their way; text, gzip or Parquet.

The one way in for the files that this room's commands take. Nothing is guessed in silence: what the reader decided
about a file stands in `Rows.said`; every fault names file, line, column and value.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from counterflow.core.errors import InputError, UnknownName

__all__ = ["MISSING", "Rows", "label_of", "read_rows", "rows_of"]

#: how files write that a value is not there
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "."})

_DELIMITERS = ",;\t|"
_WHOLE = re.compile(r"[+-]?\d+\.0+\Z")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?\Z")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?\Z")
_LARGEST = 256 * 1024 * 1024


@dataclass(frozen=True)
class Rows:
    """The rows of a file as text, each with the line it stands on.

    Args:
        path: the file, or the name that it was sent under.
        digest: SHA-256 of its bytes.
        header: names of the columns.
        lines: the line each row ends on, from 1 (the header's is 1).
        cells: one list of texts for each row, as long as the header.
        delimiter: what stands between cells.
        said: what the reader decided, in words.
    """

    path: Path
    digest: str
    header: tuple[str, ...]
    lines: tuple[int, ...]
    cells: tuple[tuple[str, ...], ...]
    delimiter: str
    said: tuple[str, ...] = ()

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each column stands."""
        return {name: place for place, name in enumerate(self.header)}

    def column(self, name: str) -> list[str]:
        """Return the texts of a column.

        Raises:
            UnknownName: there is no such column; the nearest are shown.
        """
        if name not in self.places:
            raise UnknownName("column", name, self.header, file=self.path)
        place = self.places[name]
        return [row[place] for row in self.cells]

    def fault(self, row: int, column: str, words: str, hint: str) -> InputError:
        """Return the error of one cell, `row` from 0."""
        value = self.cells[row][self.places[column]]
        return InputError(words, file=self.path, line=self.lines[row], column=column, value=value, hint=hint)

    def numbers(self, name: str) -> list[float]:
        """Return a column as numbers, nan where a value is missing.

        Raises:
            InputError: a cell is neither a number nor a mark of a missing value; with its line.
        """
        texts = self.column(name)
        change = _commas(texts, self.delimiter)
        return [self._number(text, name, line, change) for text, line in zip(texts, self.lines, strict=True)]

    def _number(self, text: str, name: str, line: int, change: str | None) -> float:
        if text.casefold() in MISSING:
            return math.nan
        if change is not None and "," in text:
            text = text.replace(",", change)
        try:
            value = float(text)
        except ValueError:
            value = math.inf
        if "_" in text or not math.isfinite(value):
            raise InputError(
                "This is not a number.",
                hint="Write numbers plainly (12.5 or 12,5); leave the cell empty or write NA where there is none.",
                file=self.path,
                line=line,
                column=name,
                value=text,
            )
        return value


def label_of(text: str) -> str:
    """Return a name or number as people write it: `8001.0` and `8001` are one unit.

    >>> label_of("8001.0"), label_of("New York")
    ('8001', 'New York')
    """
    return text.split(".", 1)[0] if _WHOLE.match(text) else text


def _commas(texts: Sequence[str], delimiter: str) -> str | None:
    """Return what a comma within numbers stands for: "." (decimal), "" (thousands), None (there is none)."""
    with_comma = [text for text in texts if "," in text]
    if not with_comma:
        return None
    point = any("." in text for text in texts if text.casefold() not in MISSING)
    if all(_THOUSANDS.match(text) for text in with_comma) and (point or delimiter == ","):
        return ""
    if not point and all(_DECIMAL_COMMA.match(text) for text in with_comma):
        return "."
    return None


def read_rows(path: Path, what: str = "a table with a header") -> Rows:
    """Read a delimited file (plain or gzip) or a Parquet table as rows of text.

    Args:
        path: the file.
        what: what it should be, for messages.

    Raises:
        InputError: there is none, or as in `rows_of`.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError("The file is larger than 256 MB.", hint="Keep the columns needed.", file=path)
        return rows_of(path.read_bytes(), path, what)
    except FileNotFoundError:
        raise InputError("There is no such file.", hint=f"Give the path of {what}.", file=path) from None
    except IsADirectoryError:
        raise InputError("This is a folder, not a file.", hint=f"Give the path of {what}.", file=path) from None
    except OSError as error:
        raise InputError(f"It cannot be read: {error.strerror}.", hint=f"Give {what}.", file=path) from error


def rows_of(content: bytes, path: Path, what: str = "a table with a header") -> Rows:
    """Return the rows of text in the bytes of a file; its name tells Parquet.

    Raises:
        InputError: it is empty, too large, not text, has a column twice or without name, or a row of another length.
    """
    digest = hashlib.sha256(content).hexdigest()
    if path.suffix in (".parquet", ".pq"):
        return _parquet_rows(content, path, digest)
    if content[:2] == b"\x1f\x8b":
        content = _unpacked(content, path)
    text, said = _decoded(content, path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first:
        raise InputError("The file is empty.", hint=f"Give {what}.", file=path)
    delimiter = max(_DELIMITERS, key=lambda mark: (_outside_quotes(first, mark), mark == ","))
    return _parsed(text, delimiter, path, digest, said, what)


def _unpacked(raw: bytes, path: Path) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
            whole = packed.read(_LARGEST + 1)
    except (OSError, EOFError) as error:
        raise InputError("The gzip file cannot be unpacked.", hint="Save it again.", file=path) from error
    if len(whole) > _LARGEST:
        raise InputError("Unpacked, the file is larger than 256 MB.", hint="Keep the columns needed.", file=path)
    return whole


def _decoded(raw: bytes, path: Path) -> tuple[str, tuple[str, ...]]:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", errors="replace"), ("Read as UTF-16.",)
    if b"\x00" in raw:
        raise InputError("This is not a text file.", hint="Save it as CSV.", file=path)
    try:
        return raw.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace"), ("Not UTF-8: read as Windows-1252.",)


def _outside_quotes(line: str, mark: str) -> int:
    return re.sub(r'"[^"]*"', "", line).count(mark)


def _parsed(text: str, delimiter: str, path: Path, digest: str, said: tuple[str, ...], what: str) -> Rows:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        found = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(map(str.strip, row))]
    except csv.Error as error:
        hint = "Mend the quotes; no row was taken."
        raise InputError(f"It breaks off: {error}.", hint=hint, file=path, line=reader.line_num) from error
    header = tuple(found[0][1])
    _check_header(header, path)
    for line, row in found[1:]:
        if len(row) != len(header):
            raise InputError(
                f"This row has {len(row)} cells, the header has {len(header)}.",
                hint="Put text that holds the delimiter into double quotes.",
                file=path,
                line=line,
            )
    lines, cells = tuple(line for line, _ in found[1:]), tuple(tuple(row) for _, row in found[1:])
    if not cells:
        raise InputError("There is a header and no row.", hint=f"Give {what}.", file=path)
    return Rows(path, digest, header, lines, cells, delimiter, said)


def _check_header(header: tuple[str, ...], path: Path) -> None:
    if all(not name for name in header):
        raise InputError("No column has a name.", hint="The first line is the header.", file=path, line=1)
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise InputError(f"The column {twice[0]!r} stands twice in the header.", hint="Rename one.", file=path, line=1)


def _parquet_rows(content: bytes, path: Path, digest: str) -> Rows:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(pa.BufferReader(content))
    except (pa.ArrowException, OSError) as error:
        raise InputError("This is not a Parquet file.", hint="Write it again.", file=path) from error
    columns = [["" if v is None else str(v).strip() for v in column.to_pylist()] for column in table.columns]
    cells = tuple(zip(*columns, strict=True))
    return Rows(path, digest, tuple(table.column_names), tuple(range(2, len(cells) + 2)), cells, ",")
