"""CSV files that people write by hand, capacity and outcomes: the same header rules, and every fault with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from counterflow.core.errors import InputError, nearest

__all__ = ["CsvRows", "read_content"]


def read_content(path: Path, what: str) -> bytes:
    """Return the bytes of the file at `path`; `what` it should be is said where it cannot be read.

    Raises:
        InputError: there is no such file, or it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError("There is no such file.", file=path.name, hint=f"Give the path of {what}.") from None
    except OSError as error:
        raise InputError(f"It cannot be read: {error.strerror}.", file=path.name, hint=f"Give {what}.") from error


class CsvRows:
    """The rows of a CSV in UTF-8 under a header of known columns, in any order; empty lines are passed over.

    Fields stand between commas, or between the semicolons or tabs that spreadsheets write in many countries: the
    header says which.

    Args:
        content: the bytes of the file.
        file: its name, for messages.
        required: columns that must be there.
        optional: columns that may be there.

    Raises:
        InputError: not UTF-8, not CSV, or a column is missing, unknown or there twice.
    """

    def __init__(self, content: bytes, file: str, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
        self._file = file
        if not content.strip(b"\xef\xbb\xbf\0\r\n\t "):
            raise InputError("The file is empty.", hint=f"The header is {','.join(required)}.", file=file)
        text = _text(content, file)
        mark = next((mark for mark in ",;\t" if mark in text.partition("\n")[0]), ",")
        self._rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
        self.header = tuple(name.strip() for name in self._next() or ())
        _check_header(self.header, file, required, optional)

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each row with the line it ends on."""
        while (row := self._next()) is not None:
            if any(value.strip() for value in row):
                yield self._rows.line_num, row

    def _next(self) -> list[str] | None:
        try:
            return next(self._rows, None)
        except csv.Error as error:
            hint, line = "Mend the quotes; no row was taken.", self._rows.line_num
            raise InputError(f"The CSV breaks off: {error}.", file=self._file, line=line, hint=hint) from error


def _text(content: bytes, file: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError("This is not UTF-8.", file=file, line=line, hint="Save it as CSV UTF-8.") from error


def _check_header(header: tuple[str, ...], file: str, required: tuple[str, ...], optional: tuple[str, ...]) -> None:
    known = required + optional
    for name in header:
        if name not in known:
            close = nearest(name, known, 1)
            hint = f"Did you mean {close[0]!r}?" if close else f"Columns: {','.join(known)}."
            raise InputError("This column is not known.", hint=hint, file=file, line=1, column=name)
        if header.count(name) > 1:
            raise InputError("This column stands twice.", hint="Keep one.", file=file, line=1, column=name)
    for name in required:
        if name not in header:
            hint = f"The header is {','.join(required)}."
            raise InputError("A column is missing.", hint=hint, file=file, line=1, column=name)
