"""Which row and line of a CSV file each record is, and whether its text can be taken as it is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.intake.readers.rows import SHOWN_VALUE, Numbers, RawRows, ReaderOptions, RefusedRow

__all__ = ["RowNumbers", "TextCheck", "raw_row"]

_NEWLINE, _NUL = 10, 0
Mask = npt.NDArray[np.bool_]


class RowNumbers:
    """Counts records and lines while batches go by; records that were set aside fall between the others.

    Args:
        header_lines: lines down to the end of the header.
    """

    def __init__(self, header_lines: int) -> None:
        self.placed = 0
        self._header_lines = header_lines
        self._extra_lines = 0

    def place(self, batch: pa.RecordBatch, aside: Sequence[tuple[int, int]]) -> tuple[Numbers, Numbers, list[int]]:
        """Return row and line numbers of `batch`, and the lines of those rows of `aside` that stand before its end.

        Args:
            batch: records taken, binary columns.
            aside: (row number, line ends within) of records set aside and not yet placed, in order.
        """
        numbers = np.array([n for n, _ in aside], dtype=np.int64)
        wanted = batch.num_rows
        # A batch without rows is the end of the file: all that is left stands before its end.
        within = len(numbers) if wanted == 0 else 0
        while (
            found := int(np.searchsorted(numbers, self.placed + wanted + within, side="right"))
        ) != within and wanted:
            within = found
        every = np.arange(self.placed + 1, self.placed + wanted + within + 1, dtype=np.int64)
        is_aside = np.isin(every, numbers[:within])
        inner = np.zeros(len(every), dtype=np.int64)
        inner[~is_aside] = _line_ends(batch)
        inner[is_aside] = [n for _, n in aside[:within]]
        before = np.cumsum(inner) - inner
        lines = self._header_lines + every + self._extra_lines + before
        self.placed += len(every)
        self._extra_lines += int(inner.sum())
        return every[~is_aside], lines[~is_aside], lines[is_aside].tolist()


def _line_ends(batch: pa.RecordBatch) -> Numbers:
    """Return how many line ends each record holds within its fields."""
    total = np.zeros(batch.num_rows, dtype=np.int64)
    for column in batch.columns:
        if _holds(column, _NEWLINE):
            counts = pc.count_substring(column, b"\n").fill_null(0)
            total += counts.to_numpy(zero_copy_only=False).astype(np.int64)
    return total


def _holds(column: pa.Array, byte: int) -> bool:
    """Tell whether a byte stands anywhere in a binary or text column: one pass over its bytes, no look at rows."""
    data = column.buffers()[2]
    return data is not None and bool((np.frombuffer(data, np.uint8) == byte).any())


class TextCheck:
    """Takes out what is no usable text: wrong bytes, NULs, fields without end; turns the rest from bytes into text."""

    def __init__(self, columns: tuple[str, ...], options: ReaderOptions) -> None:
        self._columns = columns
        self._limit = options.field_limit
        self._null = pa.array(options.null, pa.string()) if options.null else None

    def apply(
        self,
        table: pa.Table,
        rows: Numbers,
        lines: Numbers,
        refused: list[RefusedRow],
        *,
        unclosed: bool = False,
    ) -> RawRows:
        """Return the rows of `table` (binary columns) that are text, and the others among the refused."""
        table = table.combine_chunks()
        faults: dict[int, tuple[str, str, str]] = {}
        if unclosed:
            faults[table.num_rows - 1] = (
                self._columns[-1],
                "unclosed-quote",
                "A quote that opens here is never closed and runs to the end of the file. Close it.",
            )
        for name in self._columns:
            for index, reason, hint in self._faults(_array(table.column(name))):
                faults.setdefault(index, (name, reason, hint))
        bad = [self._refuse(table, rows, lines, i, *fault) for i, fault in sorted(faults.items())]
        keep = ~_all_empty(table)
        keep[list(faults)] = False
        if not keep.all():
            table, rows, lines = table.filter(pa.array(keep)), rows[keep], lines[keep]
        return RawRows(self._as_text(table), rows, lines, tuple(sorted([*refused, *bad], key=lambda r: r.row)))

    def _faults(self, column: pa.Array) -> list[tuple[int, str, str]]:
        faults: list[tuple[int, str, str]] = []
        if _holds(column, _NUL):
            where = _indices(pc.match_substring(column, b"\0"))
            faults += [
                (i, "nul-byte", "It holds a zero byte, which no text has. Ask the sender for the file again.")
                for i in where
            ]
        lengths = np.diff(np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1])
        for i in np.flatnonzero(lengths > self._limit).tolist():
            count = len(column[i].as_py().decode("utf-8", "replace"))
            if count > self._limit:
                hint = f"The field has {count:,} characters; the limit is {self._limit:,} ([intake] longest_field)."
                faults.append((i, "field-too-long", hint))
        try:
            column.cast(pa.string())
        except pa.ArrowInvalid:
            faults += [(i, "encoding", hint) for i, hint in _not_utf8(column)]
        return faults

    def _refuse(
        self, table: pa.Table, rows: Numbers, lines: Numbers, index: int, column: str, reason: str, hint: str
    ) -> RefusedRow:
        values = [_shown(c[index].as_py()) for c in table.columns]
        value = values[self._columns.index(column)] or ""
        raw = raw_row(self._columns, [None if v is None else v[: self._limit] for v in values])
        return RefusedRow(int(rows[index]), int(lines[index]), column, value[:SHOWN_VALUE], reason, hint, raw)

    def _without_null(self, column: pa.Array) -> pa.Array:
        """Return a column without the texts that mean nothing; most columns have none, and stay as they are."""
        meant = pc.is_in(column, self._null)
        return pc.if_else(meant, pa.scalar(None, pa.string()), column) if pc.any(meant).as_py() else column

    def _as_text(self, table: pa.Table) -> pa.Table:
        columns = [_array(c).cast(pa.string()) for c in table.columns]
        if self._null is not None:
            columns = [self._without_null(c) for c in columns]
        return pa.Table.from_arrays(columns, names=list(self._columns))


def raw_row(columns: Sequence[str], fields: Sequence[str | None]) -> dict[str, str | None]:
    """Return a row as read: by column, and what is left over under `_extra`, separated by bars.

    >>> raw_row(("a", "b"), ["1", "2", "3"])
    {'a': '1', 'b': '2', '_extra': '3'}
    """
    row = dict(zip(columns, fields, strict=False))
    if len(fields) > len(columns):
        row["_extra"] = "|".join(f or "" for f in fields[len(columns) :])
    return row


def _array(column: pa.ChunkedArray) -> pa.Array:
    return (
        column.chunk(0)
        if column.num_chunks == 1
        else pa.concat_arrays(column.chunks)
        if column.num_chunks
        else pa.array([], column.type)
    )


def _indices(mask: pa.Array) -> list[int]:
    return np.flatnonzero(mask.fill_null(False).to_numpy(zero_copy_only=False)).tolist()


def _not_utf8(column: pa.Array) -> list[tuple[int, str]]:
    """Return the rows whose bytes are not UTF-8, with what stands there. Only called where some are not."""
    found = []
    for i, value in enumerate(column.to_pylist()):
        try:
            (value or b"").decode()
        except UnicodeDecodeError as error:
            bad = value[error.start : error.start + 1]
            meant = bad.decode("cp1252", "replace")
            hint = (
                f"Byte 0x{bad.hex()} is not UTF-8: save the file as CSV UTF-8. Or, if it means {meant!r}, say in a"
                ' mapping [reader] encoding = "cp1252" (counterflow intake map FILE --encoding cp1252 writes one).'
            )
            found.append((i, hint))
    return found


def _all_empty(table: pa.Table) -> Mask:
    """Tell which rows hold nothing at all: empty lines, which are no records."""
    empty = np.ones(table.num_rows, dtype=bool)
    for column in table.columns:
        if not empty.any():
            break
        empty &= column.is_null().to_numpy()
    return empty


def _shown(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace").replace("\0", "␀")
