"""XLSX workbooks: cells as the text a CSV would hold; a formula is no data and its row is refused.

A cell that the spreadsheet itself holds as a number or a day is one, whatever marks the mapping states for text in the
same column: it is written as the mapping reads it, so that a column may hold both.
"""

from __future__ import annotations

import datetime as dt
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from counterflow.core.errors import InputError, UnknownName
from counterflow.intake.readers.csv_rows import raw_row
from counterflow.intake.readers.rows import SHOWN_VALUE, RawRows, ReaderOptions, RefusedRow, plain_value

__all__ = ["XlsxFile"]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: a workbook that unpacks to more than this is refused before it fills the memory
_LARGEST = 4 << 30
#: what openpyxl and the archive under it raise on a file that is not whole
_DAMAGE = (
    KeyError, ValueError, TypeError, IndexError, AttributeError, SyntaxError, OSError, EOFError, NotImplementedError,
    RuntimeError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


class XlsxFile:
    """One sheet of a workbook (see `RowSource`); its first row with something in it is the header.

    Raises:
        InputError: the file is protected, damaged, of the old format, or has several sheets and none is named.
    """

    fixed = True
    #: the sheet that was chosen by its name, where there are several and none was asked for
    sheet_by_name: str | None = None

    def __init__(self, path: Path, options: ReaderOptions) -> None:
        self.path, self.options = path, options
        self._refuse_unreadable()
        self._sheet = self._choose_sheet()
        self.columns, self._header_row = self._read_header()

    def batches(self) -> Iterator[RawRows]:
        """Yield the rows; see `RowSource`. The line of a row is its number in the sheet."""
        taken: list[list[str | None]] = []
        places: list[tuple[int, int]] = []
        refused: list[RefusedRow] = []
        for line, cells in self._cells():
            if line <= self._header_row or all(c.value is None for c in cells):
                continue
            found = self._read_row(cells, line)
            if isinstance(found, RefusedRow):
                refused.append(found)
            else:
                taken.append(found)
                places.append((line - self._header_row, line))
            if len(taken) + len(refused) >= self.options.batch_rows:
                yield self._batch(taken, places, refused)
                taken, places, refused = [], [], []
        if taken or refused:
            yield self._batch(taken, places, refused)

    def _refuse_unreadable(self) -> None:
        with self.path.open("rb") as file:
            head = file.read(8)
        if head == _OLE:
            raise InputError(
                "The workbook is protected by a password, or in the old .xls format.",
                hint="Open it, take the protection off and save it as .xlsx, or export the sheet as CSV.",
                file=self.path,
            )
        try:
            with zipfile.ZipFile(self.path) as archive:
                size = sum(entry.file_size for entry in archive.infolist())
                names = set(archive.namelist())
        except zipfile.BadZipFile as error:
            raise self._damaged(str(error)) from error
        if size > _LARGEST:
            raise InputError(f"The workbook unpacks to {size:,} bytes.", hint="Export it as CSV.", file=self.path)
        if "xl/workbook.xml" not in names:
            raise self._damaged("it holds no workbook")

    def _damaged(self, why: str) -> InputError:
        return InputError(
            f"This is no whole XLSX workbook: {why}.",
            hint="It may have been cut off on its way; ask the sender for it again, or export it as CSV.",
            file=self.path,
        )

    def _workbook(self) -> Any:
        from openpyxl import load_workbook

        try:
            with warnings.catch_warnings():
                # openpyxl warns about styles and extensions it leaves out; none of them is data.
                warnings.simplefilter("ignore", UserWarning)
                return load_workbook(self.path, read_only=True, data_only=False, keep_links=False)
        except _DAMAGE as error:
            raise self._damaged(str(error).splitlines()[0] if str(error) else "it cannot be parsed") from error

    def _choose_sheet(self) -> str:
        book = self._workbook()
        try:
            sheets = [s.title for s in book.worksheets]
        finally:
            book.close()
        wanted = self.options.sheet
        if wanted is not None:
            if wanted not in sheets:
                raise UnknownName("sheet", wanted, sheets, file=self.path)
            return wanted
        called = [s for s in sheets if s.strip().casefold() in self.options.sheet_called]
        if len(sheets) > 1 and len(called) == 1:
            self.sheet_by_name = str(called[0])
            return self.sheet_by_name
        if len(sheets) != 1:
            listed = ", ".join(repr(s) for s in sheets)
            raise InputError(
                f"The workbook has {len(sheets)} sheets: {listed}.",
                hint=f'Say which in the mapping: [reader] sheet = "{sheets[0] if sheets else ""}".',
                file=self.path,
            )
        return str(sheets[0])

    def _cells(self) -> Iterator[tuple[int, Sequence[Any]]]:
        book = self._workbook()
        try:
            sheet = book[self._sheet]
            sheet.reset_dimensions()
            yield from enumerate(sheet.iter_rows(), start=1)
        except _DAMAGE as error:
            raise self._damaged(str(error).splitlines()[0] if str(error) else "a sheet cannot be parsed") from error
        finally:
            book.close()

    def _read_header(self) -> tuple[tuple[str, ...], int]:
        for line, cells in self._cells():
            if line <= self.options.skip_lines or all(c.value is None for c in cells):
                continue
            if any(c.data_type == "f" for c in cells):
                raise InputError(
                    "The header holds a formula.", hint="Write the names as text.", file=self.path, line=line
                )
            names = [(plain_value(c.value) or f"column {i}").strip() for i, c in enumerate(cells, start=1)]
            doubled = sorted({n for n in names if names.count(n) > 1})
            if doubled:
                raise InputError(
                    f"The header names {doubled[0]!r} more than once.",
                    hint="Give each column its own name.",
                    file=self.path,
                    line=line,
                    column=doubled[0],
                )
            return tuple(names), line
        raise InputError(f"The sheet {self._sheet!r} is empty.", file=self.path)

    def _read_row(self, cells: Sequence[Any], line: int) -> list[str | None] | RefusedRow:
        width = len(self.columns)
        values = [self._text(c.value, self.columns[i] if i < width else "") for i, c in enumerate(cells)]
        values += [None] * (width - len(values))
        for i, cell in enumerate(cells):
            column = self.columns[i] if i < width else ""
            fault = self._fault(cell, values[i], beyond=i >= width)
            if fault:
                return RefusedRow(
                    line - self._header_row,
                    line,
                    column,
                    (values[i] or "")[:SHOWN_VALUE],
                    *fault,
                    raw_row(self.columns, values),
                )
        null = self.options.null
        return [None if v in null else v for v in values[:width]]

    def _text(self, value: Any, column: str) -> str | None:
        """Return a cell as the text of a CSV, numbers and days as the column's mapping writes them."""
        form = self.options.day_formats.get(column)
        if form is not None and isinstance(value, dt.date):
            return value.strftime(form)
        text = plain_value(value)
        mark = self.options.number_marks.get(column, ".")
        return text.replace(".", mark) if text is not None and isinstance(value, float) else text

    def _fault(self, cell: Any, value: str | None, *, beyond: bool) -> tuple[str, str] | None:
        if cell.data_type == "f":
            return (
                "formula",
                "The cell holds a formula. Paste the column as values and save the workbook again.",
            )
        if cell.data_type == "e":
            return "cell-error", f"The spreadsheet itself says {value}."
        if beyond and value is not None:
            return "ragged-row", f"The row goes on beyond the {len(self.columns)} columns of the header."
        if value is not None and len(value) > self.options.field_limit:
            return (
                "field-too-long",
                f"The field has {len(value):,} characters; the limit is {self.options.field_limit:,}.",
            )
        return None

    def _batch(
        self, taken: list[list[str | None]], places: list[tuple[int, int]], refused: list[RefusedRow]
    ) -> RawRows:
        columns = list(zip(*taken, strict=True)) if taken else [()] * len(self.columns)
        table = pa.Table.from_arrays([pa.array(c, pa.string()) for c in columns], names=list(self.columns))
        where = np.array(places, dtype=np.int64).reshape(-1, 2)
        return RawRows(table, where[:, 0], where[:, 1], tuple(refused))
