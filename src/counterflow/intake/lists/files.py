"""Reading the files of a list: plain or gzip, UTF-8 or Latin-1, with the line each row begins on.

Lists in columns are small and read whole (`read_list_file`); XML and JSON lines may be large and are read in pieces
(`StreamedFile`), never held whole.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from counterflow.core.errors import InputError

__all__ = ["ListFile", "StreamedFile", "read_list_file"]

_MOST_BYTES = 1 << 30
_MOST_STREAMED = 1 << 36
_PIECE = 1 << 18
_LONGEST_LINE = 1 << 24
_GZIP = b"\x1f\x8b"
_NOT_TEXT = {
    b"PK\x03\x04": "a ZIP or XLSX file", b"%PDF": "a PDF", b"<?xm": "XML", b"<htm": "a web page",
    b"<!DO": "a web page", b"PAR1": "Parquet",
}  # fmt: skip
csv.field_size_limit(1 << 24)


@dataclass(frozen=True, slots=True)
class ListFile:
    """One file of a list, unpacked: `content` is what its version is computed from."""

    name: str
    content: bytes

    def delimiter(self) -> str:
        """Return what stands between the columns of the first line: comma, tab, semicolon or bar."""
        first = self.content[:_PIECE].lstrip(b"\xef\xbb\xbf\r\n ").split(b"\n", 1)[0]
        return max(",\t;|", key=lambda mark: first.count(mark.encode()))

    def rows(self, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
        """Yield each row that is not blank with the line it begins on.

        Raises:
            InputError: the file stops inside a quoted field, is not CSV, or holds no row.
        """
        reader = csv.reader(io.StringIO(self._text(), newline=""), strict=True, delimiter=delimiter)
        line, found = 1, False
        try:
            for row in reader:
                if any(cell.strip() for cell in row):
                    found = True
                    yield line, row
                line = reader.line_num + 1
        except csv.Error as error:
            hint = "Download the file again; it may be cut off."
            raise InputError(f"This is not whole CSV: {error}.", hint=hint, file=self.name, line=line) from error
        if not found:
            raise InputError("The file holds no row.", hint="Download it again.", file=self.name)

    def _text(self) -> str:
        # The Treasury ends its files with the end-of-file mark of CP/M, and writes accents as Latin-1.
        content = self.content.rstrip(b"\x1a\r\n ")
        try:
            return content.decode("utf-8-sig").replace("\0", "")
        except UnicodeDecodeError:
            return content.decode("latin-1").replace("\0", "")


def read_list_file(path: Path) -> ListFile:
    """Return the file at `path`, unpacked where it is gzip.

    Raises:
        InputError: there is no such file, it is empty, a folder, damaged, or of another format.
    """
    if path.is_dir():
        raise InputError("This is a folder, not a file.", hint="Name the list's CSV file.", file=path)
    try:
        content = path.read_bytes()
        if content.startswith(_GZIP):
            content = _unpacked(content)
    except FileNotFoundError:
        raise InputError("There is no such file.", hint="Check the path.", file=path) from None
    except (OSError, EOFError, zlib.error) as error:
        hint = "Download the file again; it may be cut off."
        raise InputError(f"It cannot be read: {error}.", hint=hint, file=path) from error
    if not content.strip(b"\x1a\r\n \0"):
        raise InputError("The file is empty.", hint="Download it again.", file=path)
    for start, kind in _NOT_TEXT.items():
        if content.lstrip(b"\xef\xbb\xbf \r\n").startswith(start):
            raise InputError(f"This is {kind}, not CSV.", hint="Take the list's CSV edition.", file=path)
    return ListFile(path.name, content)


class StreamedFile:
    """A file of a list that is read in pieces; its digest is known once it has been read to the end.

    Args:
        path: the file; gzip is unpacked on the way.

    Raises:
        InputError: there is no such file, or it is a folder or empty.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self._digest = hashlib.sha256()
        if path.is_dir():
            raise InputError("This is a folder, not a file.", hint="Name the list's file.", file=path)
        if not next(self._read(), b"").strip():
            raise InputError("The file is empty.", hint="Download it again.", file=path)

    @property
    def sha256(self) -> str:
        """SHA-256 of what the last reading to the end has read, unpacked."""
        return self._digest.hexdigest()

    def pieces(self) -> Iterator[bytes]:
        """Yield the file, unpacked, in pieces.

        Raises:
            InputError: it is cut off, damaged, or unpacks to more than is sensible.
        """
        self._digest = hashlib.sha256()
        read = 0
        for piece in self._read():
            read += len(piece)
            if read > _MOST_STREAMED:
                raise InputError(f"It unpacks to more than {_MOST_STREAMED:,} bytes.", file=self.path)
            self._digest.update(piece)
            yield piece

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield each line that is not blank with its number.

        Raises:
            InputError: as `pieces`; or a line is longer than any line of a list.
        """
        number, kept = 0, b""
        for piece in self.pieces():
            *whole, kept = (kept + piece).split(b"\n") if b"\n" in piece else (kept + piece,)
            for line in whole:
                number += 1
                if line.strip():
                    yield number, line
            if len(kept) > _LONGEST_LINE:
                said = f"This line is longer than {_LONGEST_LINE:,} bytes."
                raise InputError(said, hint="Is this JSON lines, one entity a line?", file=self.name, line=number + 1)
        if kept.strip(b"\x1a\r\n \0"):
            yield number + 1, kept

    def _read(self) -> Iterator[bytes]:
        try:
            with self._open() as opened:
                while piece := opened.read(_PIECE):
                    yield piece
        except FileNotFoundError:
            raise InputError("There is no such file.", hint="Check the path.", file=self.path) from None
        except (OSError, EOFError, zlib.error) as error:
            hint = "Download the file again; it may be cut off."
            raise InputError(f"It cannot be read: {error}.", hint=hint, file=self.path) from error

    def _open(self) -> IO[bytes]:
        with self.path.open("rb") as opened:
            packed = opened.read(2) == _GZIP
        return cast("IO[bytes]", gzip.open(self.path, "rb")) if packed else self.path.open("rb")


def _unpacked(content: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
        plain = packed.read(_MOST_BYTES + 1)
    if len(plain) > _MOST_BYTES:
        raise OSError(f"it unpacks to more than {_MOST_BYTES:,} bytes")
    return plain
