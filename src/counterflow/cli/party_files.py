"""Reading the CSV that `parties …` takes: queries, pairs, traffic; plain or gzip, every fault with its line."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from counterflow.core.errors import InputError, UnknownName, nearest

__all__ = ["PartyFile", "read_party_file"]

_GZIP = b"\x1f\x8b"
_MOST_BYTES = 1 << 31
_LONGEST_CELL = 1 << 24
_SHOWN_FAULTS = 5
#: lines of one row; a quote that nobody closed swallows all that follows
_MOST_LINES = 20
#: stands alone at the end of a file unless a quote is open there; no text holds a NUL when it comes here
_END = "\n\0"
#: rows held as Python's own before they become columns
_PART = 20_000


@dataclass(frozen=True, slots=True)
class PartyFile:
    """The rows of a file as columns of text; `read` = rows of `table` + `refused`, always.

    Args:
        name: file name.
        table: every column of the file, empty cells as null.
        lines: line that each row of `table` begins on.
        refused: what was wrong with each row that could not be taken, in words.
        noted: what was wrong with rows that were taken all the same.
        short: rows that end before the header does; their last cells are empty, as spreadsheets leave them off.
    """

    name: str
    table: pa.Table
    lines: Sequence[int]
    refused: Sequence[str]
    noted: Sequence[str] = ()
    short: int = 0

    @property
    def read(self) -> int:
        """Rows in the file."""
        return int(self.table.num_rows) + len(self.refused)

    def in_words(self) -> str:
        """Return how many rows were read, taken and refused, and the first faults."""
        said = f"{self.name}: {self.read} rows read, {self.table.num_rows} taken, {len(self.refused)} refused"
        for faults in (self.refused, self.noted):
            shown = "; ".join(faults[:_SHOWN_FAULTS])
            if shown:
                said += f" ({shown}{' …' if len(faults) > _SHOWN_FAULTS else ''})"
        if self.short:
            said += f"; {self.short} end before the header does, their last cells taken as empty"
        return f"{said}; {len(self.noted)} with a schema that is not known" if self.noted else said

    def with_schemas_known(self, known: Sequence[str]) -> PartyFile:
        """Return the file with schemas that nobody knows left empty, each told with its line and the nearest known.

        Such a party is asked as one of any kind: one slip in a million rows loses neither the row nor the run.
        """
        if "schema" not in self.table.column_names:
            return self
        folded = {name.casefold() for name in known}
        values: list[str | None] = self.table.column("schema").to_pylist()
        noted = []
        for place, value in enumerate(values):
            if value and value.strip().casefold() not in folded:
                hint = UnknownName("schema", value.strip(), known).hint
                noted.append(f"line {self.lines[place]}: schema {value!r} is not known, taken as of any kind. {hint}")
                values[place] = None
        if not noted:
            return self
        at = self.table.column_names.index("schema")
        table = self.table.set_column(at, "schema", pa.array(values, pa.string()))
        return replace(self, table=table, noted=noted)


def read_party_file(
    path: Path, required: Sequence[str], optional: Sequence[str], *, most_lines: int = _MOST_LINES
) -> PartyFile:
    """Read a CSV under a header line, between commas, semicolons or tabs; other columns are kept.

    Columns that are asked for are known in any case: `CAS` is `cas`.

    Args:
        path: the file.
        required: columns that must be there.
        optional: columns that may be there.
        most_lines: lines that one row may go over.

    Raises:
        InputError: no such file, not UTF-8 CSV, or a column is missing or there twice.
    """
    text = _text(path)
    mark = next((mark for mark in ",;\t" if mark in text.partition("\n")[0]), ",")
    limit = csv.field_size_limit(_LONGEST_CELL)
    try:
        rows = _rows(csv.reader(io.StringIO(text + _END, newline=""), delimiter=mark), path.name, most_lines)
        known = {name.casefold(): name for name in (*required, *optional)}
        header = [known.get(cell.strip().casefold(), cell.strip()) for cell in next(rows, (1, []))[1]]
        _check(header, path.name, required, optional)
        return _taken(path.name, header, rows, 1 + max((header.index(column) for column in required), default=0))
    finally:
        csv.field_size_limit(limit)


def _taken(name: str, header: list[str], rows: Iterator[tuple[int, list[str]]], needed: int) -> PartyFile:
    """Return the rows that have the cells needed and no more than the header."""
    taken: list[list[str]] = []
    parts: list[pa.Table] = []
    lines, refused, short = array("q"), [], 0
    for line, row in rows:
        if needed <= len(row) < len(header):
            row.extend([""] * (len(header) - len(row)))
            short += 1
        if len(row) != len(header):
            refused.append(f"line {line}: {len(row)} cells, the header has {len(header)}")
            continue
        taken.append(row)
        lines.append(line)
        if len(taken) == _PART:
            parts.append(_columns(taken, header))
            taken.clear()
    return PartyFile(name, pa.concat_tables([*parts, _columns(taken, header)]), lines, refused, short=short)


def _columns(taken: list[list[str]], header: list[str]) -> pa.Table:
    columns = zip(*taken, strict=True) if taken else [()] * len(header)
    cells = [pa.array([cell or None for cell in column], pa.string()) for column in columns]
    return pa.table(cells, names=header)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        if content.startswith(_GZIP):
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
                content = packed.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise InputError("There is no such file.", hint="Check the path.", file=path) from None
    except IsADirectoryError:
        raise InputError("This is a folder, not a file.", hint="Name a CSV file.", file=path) from None
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"It cannot be read: {error}.", hint="Is it whole?", file=path.name) from error
    if len(content) > _MOST_BYTES:
        raise InputError("It is larger than 2 GB unpacked.", hint="Give it in parts.", file=path.name)
    try:
        return content.decode("utf-8-sig").replace("\0", "")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError("This is not UTF-8.", hint="Save it as CSV UTF-8.", file=path.name, line=line) from error


def _rows(reader: Iterator[list[str]], file: str, most_lines: int) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not blank with the line it begins on; a stray quote inside a name is part of it."""
    line = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            hint = "Mend the line; nothing was asked."
            raise InputError(f"The CSV breaks off: {error}.", hint=hint, file=file, line=line) from error
        if row is None:
            return
        ends: int = reader.line_num  # type: ignore[attr-defined]
        if ends - line > most_lines:
            hint = "Close the quote on this line; nothing was asked."
            raise InputError(f"A cell goes over {ends - line + 1} lines.", hint=hint, file=file, line=line)
        if row == ["\0"]:
            return
        if row and row[-1].endswith("\0"):
            row[-1] = row[-1].rstrip("\0\r\n")
            if "\n" in row[-1] or "\r" in row[-1]:
                hint = "Close it, or write it twice where it is meant; nothing was asked."
                raise InputError("A quote on this line is never closed.", hint=hint, file=file, line=line)
        if any(cell.strip() for cell in row):
            yield line, row
        line = ends + 1


def _check(header: Sequence[str], file: str, required: Sequence[str], optional: Sequence[str]) -> None:
    if not any(header):
        hint = f"The header is {','.join(required)}." if required else "Its first line names the columns."
        raise InputError("The file is empty.", hint=hint, file=file)
    for name in header:
        if header.count(name) > 1:
            raise InputError("This column stands twice.", hint="Keep one.", file=file, line=1, column=name)
    for name in required:
        if name not in header:
            close = nearest(name, [one for one in header if one not in (*required, *optional)], 1)
            hint = f"Is it {close[0]!r}?" if close else f"The header is {','.join((*required, *optional))}."
            raise InputError("A column is missing.", hint=hint, file=file, line=1, column=name)
