"""A CSV of counts as text: packed or not, its header, its blocks as Arrow, and the exact line of a fault.

Blocks are read by Arrow at the types that the caller asks for, so that a hundred thousand series pass without a loop
over rows. Only when something is wrong is the file read a second time, row by row, to say where.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn, cast

import pyarrow as pa

from counterflow.core.errors import InputError, nearest

__all__ = ["MISSING", "CsvText", "Fault", "listed", "open_csv"]

#: what stands for "no count": empty, or how R and Python write a missing one
MISSING = ("", "NA", "NaN", "nan", "N/A", "null", "NULL")
_BLOCK_BYTES = 8 << 20
_LONGEST_HEADER = 64 << 20
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Fault:
    """What is wrong with one value: the column, what was met, what to do."""

    column: str
    value: str
    said: str
    hint: str


@dataclass(frozen=True)
class CsvText:
    """A CSV whose header is read.

    Args:
        path: the file.
        header: names of its columns, stripped, in order.
        delimiter: comma, semicolon or tab, whichever the header has.
    """

    path: Path
    header: tuple[str, ...]
    delimiter: str

    def fail(self, said: str, *, hint: str, line: int | None = None, column: str | None = None,
             value: object = None) -> NoReturn:  # fmt: skip
        """Raise `InputError` at this place of the file."""
        raise InputError(said, hint=hint, file=self.path.name, line=line, column=column, value=value)

    def column(self, *names: str) -> str | None:
        """Return the header's own spelling of the first of these names that it has, or None."""
        folded = {name.casefold(): name for name in reversed(self.header)}
        return next((folded[name.casefold()] for name in names if name.casefold() in folded), None)

    def need(self, *names: str) -> str:
        """Return the header's spelling of the first of these names.

        Raises:
            InputError: it has none; names the nearest that it has.
        """
        found = self.column(*names)
        if found is None:
            close = nearest(names[0], self.header, 1)
            met = f"Columns met: {', '.join(self.header[:12])}."
            hint = f"Is {close[0]!r} meant? Call it {names[0]!r}." if close else met
            self.fail("A column is missing.", hint=hint, line=1, column=names[0])
        return found

    def blocks(self, types: Mapping[str, pa.DataType], ragged: list[int] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the columns of `types`, block by block, with an empty cell of a number as null.

        Args:
            types: name of a column to its type.
            ragged: takes the lines of rows that have more or fewer fields than the header, which are left out; None:
                such a row is an error.

        Raises:
            InputError: the packed file breaks off.
            pa.ArrowInvalid: a value does not fit its type or a row has more or fewer fields; `first_fault` says where.
        """
        from pyarrow import csv as arrow_csv

        def pass_over(row: arrow_csv.InvalidRow) -> str:
            lines.append(int(row.number or 0))
            return "skip"

        lines = [] if ragged is None else ragged
        handler = None if ragged is None else pass_over
        if handler:
            self._refuse_undecodable()
        with _readable(self.path), closing(_bytes_of(self.path)) as stream:
            reader = arrow_csv.open_csv(
                stream,
                read_options=arrow_csv.ReadOptions(
                    use_threads=False, block_size=_BLOCK_BYTES, column_names=list(self.header), skip_rows=1
                ),
                parse_options=arrow_csv.ParseOptions(delimiter=self.delimiter, invalid_row_handler=handler),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict(types), include_columns=list(types), null_values=list(MISSING),
                    strings_can_be_null=False,
                ),
            )  # fmt: skip
            with closing(reader):
                yield from reader

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each row with the line that it ends on; the slow way, for the place of a fault.

        Raises:
            InputError: not UTF-8, the quotes break off, or the packed file does.
        """
        with (
            _readable(self.path),
            closing(_bytes_of(self.path)) as stream,
            io.TextIOWrapper(stream, "utf-8-sig", newline="") as text,
        ):
            reader = csv.reader(text, delimiter=self.delimiter, strict=True)
            try:
                next(reader)
                for row in reader:
                    if row:
                        yield reader.line_num, row
            except csv.Error as error:
                self.fail(f"The CSV breaks off: {error}.", hint="Mend the quotes.", line=reader.line_num)
            except UnicodeDecodeError:
                self.fail("This is not UTF-8.", hint="Save it as CSV UTF-8.", line=self._undecodable())

    def _refuse_undecodable(self) -> None:
        """Raise where the file is not UTF-8: Arrow cannot hand over such a row to be left out."""
        decoder = codecs.getincrementaldecoder("utf-8")()
        with _readable(self.path), closing(_bytes_of(self.path)) as stream:
            try:
                while piece := stream.read(_BLOCK_BYTES):
                    decoder.decode(piece)
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                self.fail("This is not UTF-8.", hint="Save it as CSV UTF-8.", line=self._undecodable())

    def _undecodable(self) -> int:
        with closing(_bytes_of(self.path)) as stream:
            for number, line in enumerate(stream, start=1):
                if line.decode("utf-8", "replace").encode() != line:
                    return number
        return 1

    def first_fault(self, check: Callable[[Mapping[str, str]], Fault | None], otherwise: str) -> NoReturn:
        """Raise `InputError` at the first row that `check` finds fault with; `otherwise` is said if it finds none."""
        for line, values in self.rows():
            if len(values) != len(self.header):
                said = f"The row has {len(values)} fields, the header {len(self.header)}."
                self.fail(said, hint="Mend the row; a name with a comma needs quotes.", line=line)
            fault = check(dict(zip(self.header, (value.strip() for value in values), strict=True)))
            if fault is not None:
                self.fail(fault.said, hint=fault.hint, line=line, column=fault.column, value=fault.value)
        self.fail(otherwise, hint="Save it again as plain CSV UTF-8.")


def open_csv(file: Path | str, what: str) -> CsvText:
    """Return the CSV `file`, its header read; `what` it should be is said where it cannot be.

    Raises:
        InputError: no such file, unreadable, empty, not UTF-8, or a column of the header stands twice or has no name.
    """
    path = Path(file)
    if path.exists() and not path.is_file() and not path.is_dir():
        hint = "Save what comes through it as a file first."
        raise InputError("This is a pipe or a device; the file is read more than once.", file=str(path), hint=hint)
    with _readable(path, what), closing(_bytes_of(path)) as stream:
        head = stream.readline(_LONGEST_HEADER)
    try:
        line = head.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise InputError("This is not UTF-8.", file=path.name, line=1, hint="Save it as CSV UTF-8.") from None
    if not line.strip(" \t,;\0"):
        raise InputError("The file has no header.", file=path.name, line=1, hint=f"Give {what}.")
    if "\r" in line:
        hint = "Save it as CSV UTF-8; a line ends in LF or CR LF."
        raise InputError("Its lines end in CR alone, as on old machines.", file=path.name, line=1, hint=hint)
    delimiter = next((mark for mark in ",;\t" if mark in line), ",")
    header = tuple(name.strip() for name in next(csv.reader([line], delimiter=delimiter)))
    text = CsvText(path, header, delimiter)
    _check(text)
    return text


def _check(text: CsvText) -> None:
    seen: set[str] = set()
    for number, name in enumerate(text.header, start=1):
        if not name:
            text.fail(f"Column {number} has no name.", hint="Name it, or take it out.", line=1)
        if name.casefold() in seen:
            text.fail("This column stands twice.", hint="Keep one.", line=1, column=name)
        seen.add(name.casefold())


@contextmanager
def _readable(path: Path, what: str = "the whole file") -> Iterator[None]:
    """Say of which file it is that it is not there, is a folder, or breaks off while it is unpacked."""
    name = path.name or str(path)
    try:
        yield
    except FileNotFoundError:
        raise InputError("There is no such file.", file=name, hint=f"Give the path of {what}.") from None
    except IsADirectoryError:
        raise InputError("This is a folder, not a file.", file=name, hint=f"Give {what}.") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        hint = "Fetch or pack it again."
        raise InputError(f"The packed file is cut short or spoilt: {error}.", file=name, hint=hint) from error
    except OSError as error:
        raise InputError(f"It cannot be read: {error}.", file=name, hint=f"Give {what}.") from error


def _bytes_of(path: Path) -> IO[bytes]:
    with path.open("rb") as stream:
        packed = stream.read(2) == _GZIP
    return cast("IO[bytes]", gzip.open(path, "rb")) if packed else path.open("rb")


def listed(names: Sequence[str], count: int = 3) -> str:
    """Return the first few names, and how many more.

    >>> listed(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    shown = ", ".join(names[:count])
    return f"{shown} and {len(names) - count} more" if len(names) > count else shown
