"""Reading the rows of a list file: plain or gzip, UTF-8 or Latin-1, with the line each row begins on."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from counterflow.core.errors import InputError

__all__ = ["ListFile", "read_list_file"]

_MOST_BYTES = 1 << 30
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

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each row that is not blank with the line it begins on.

        Raises:
            InputError: the file stops inside a quoted field, or is not CSV.
        """
        reader = csv.reader(io.StringIO(self._text(), newline=""), strict=True)
        line = 1
        try:
            for row in reader:
                if any(cell.strip() for cell in row):
                    yield line, row
                line = reader.line_num + 1
        except csv.Error as error:
            hint = "Download the file again; it may be cut off."
            raise InputError(f"This is not whole CSV: {error}.", hint=hint, file=self.name, line=line) from error

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


def _unpacked(content: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
        plain = packed.read(_MOST_BYTES + 1)
    if len(plain) > _MOST_BYTES:
        raise OSError(f"it unpacks to more than {_MOST_BYTES:,} bytes")
    return plain
