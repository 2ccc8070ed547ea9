"""What every reader gives: rows as they stand in the file, with their numbers, and the rows it could not take apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.errors import InputError

__all__ = [
    "FORMATS",
    "FileFormat",
    "RawRows",
    "ReaderOptions",
    "RefusedRow",
    "RowSource",
    "check_file",
    "plain_value",
]

FileFormat = Literal["csv", "xlsx", "parquet", "ndjson", "edifact"]
FORMATS: tuple[FileFormat, ...] = ("csv", "xlsx", "parquet", "ndjson", "edifact")

Numbers = npt.NDArray[np.int64]

#: how much of a refused value is kept beside the reason
SHOWN_VALUE = 200


@dataclass(frozen=True, kw_only=True)
class ReaderOptions:
    """How a file is to be read; `[reader]` of a mapping.

    Args:
        format: kind of file; None lets its first bytes and its name say.
        encoding: text encoding; a byte-order mark in the file is stronger. None is UTF-8.
        delimiter: separator of CSV fields; None finds it among comma, semicolon, tab and bar.
        null: texts that mean "empty", beside the empty text.
        sheet: sheet of a workbook; None is the only one, or an error that names them.
        sheet_called: names (lower case) of the sheet that is meant where several are there and none is said.
        skip_lines: lines above the header.
        field_limit: longest field taken, in characters.
        batch_rows: rows handed on at a time by the readers that count rows.
        number_marks: column to the decimal mark of its mapping: number cells of a workbook are written with it.
        day_formats: column to the first date format of its mapping: date cells of a workbook are written in it.
        consignment: EDIFACT segment that opens a record.
        goods: EDIFACT segment that opens a goods item within a record.
    """

    format: FileFormat | None = None
    encoding: str | None = None
    delimiter: str | None = None
    null: tuple[str, ...] = ()
    sheet: str | None = None
    sheet_called: tuple[str, ...] = ()
    skip_lines: int = 0
    field_limit: int = 100_000
    batch_rows: int = 50_000
    number_marks: Mapping[str, str] = field(default_factory=dict)
    day_formats: Mapping[str, str] = field(default_factory=dict)
    consignment: str = "CNI"
    goods: str = "GID"


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that could not be taken, whole, with the reason.

    Args:
        row: number in the file, from 1, header not counted.
        line: line it starts on, where there are lines.
        column: column that would not do; empty when the row itself would not.
        value: the value met.
        reason: short code.
        hint: what to do.
        raw: the row as read, column to text.
    """

    row: int
    line: int | None
    column: str
    value: str
    reason: str
    hint: str
    raw: Mapping[str, str | None]


@dataclass(frozen=True)
class RawRows:
    """Some rows of a file, in order.

    Args:
        table: columns as read: text, or the types of a Parquet file; empty is null.
        row: row numbers, int64, as long as `table`.
        line: line numbers, or None where the format has none.
        refused: rows of this stretch that could not be taken apart.
    """

    table: pa.Table
    row: Numbers
    line: Numbers | None
    refused: tuple[RefusedRow, ...] = ()


class RowSource(Protocol):
    """An opened file. `columns` are known before any row; `fixed` says that no others can turn up later."""

    columns: tuple[str, ...]
    fixed: bool

    def batches(self) -> Iterator[RawRows]:
        """Yield the rows in order. Every row of the file comes once: in a table, or refused."""
        ...


def check_file(path: Path) -> None:
    """Raise InputError where there is no file with something in it."""
    if path.is_dir():
        raise InputError("This is a folder, not a file.", hint="Load its files one by one.", file=path)
    if not path.exists():
        beside = sorted({p.name for p in path.parent.iterdir()} - {path.name}) if path.parent.is_dir() else []
        from counterflow.core.errors import nearest

        close = nearest(path.name, beside)
        raise InputError(
            "There is no such file.", hint=f"Did you mean {close[0]!r}?" if close else "Check the path.", file=path
        )
    if path.stat().st_size == 0:
        raise InputError("The file is empty: not one byte.", hint="Ask the sender for it again.", file=path)


def plain_value(value: object) -> str | None:
    """Return a cell as the text a CSV of the same table would hold; None where it is empty.

    >>> plain_value(440890.0), plain_value(True), plain_value("")
    ('440890', 'true', None)
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    isoformat = getattr(value, "isoformat", None)
    return str(isoformat()) if isoformat else str(value)
