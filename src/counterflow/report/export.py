r"""A table as people and programs take it away: CSV, JSON, Parquet, or text for a terminal.

The same table gives the same bytes. Row order is the table's own; sort before exporting.

* **csv**: UTF-8, comma, `\n`, quoted where needed. Null, empty text and not-a-number are all an empty field.
  A text value that a spreadsheet would run as a formula (it starts with ``= + - @``, their full-width forms,
  a tab or a line break) gets a leading apostrophe; so does one that already starts with apostrophes before
  such a character, so that `restored` can always give the original back. Only text is touched: numbers stay.
* **json**: one array, one record a line. Instants are ISO 8601 in UTC; not-a-number is null.
* **parquet**: Zstandard, no file metadata that differs between runs.
* **table**: aligned text. Control and direction-changing characters are shown, never sent to the terminal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, TextIO, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import UsageError, nearest
from counterflow.report.rows import facts_table, plain, records_table
from counterflow.report.text import print_text, write_text

__all__ = ["FORMATS", "csv_blocks", "restored", "write"]

FORMATS = ("table", "csv", "json", "parquet")

_FORMULA_START = r"[=+\-@\t\r\n＝＋－＠]"
_NEUTRALISED = re.compile(f"^'('*{_FORMULA_START})")
_BLOCK = 65_536

Data: TypeAlias = pa.Table | pa.RecordBatchReader | Sequence[Mapping[str, Any]] | Mapping[str, Any]


def restored(text: str) -> str:
    """Return what stood in a CSV text cell before it was made safe for spreadsheets.

    >>> restored("'-5 kg"), restored("'twas")
    ('-5 kg', "'twas")
    """
    return _NEUTRALISED.sub(r"\1", text, count=1)


def write(data: Data, format: str, out: Path | TextIO) -> None:  # noqa: A002 - the user's own word
    """Write a table, a list of records or one record to a file or an open text stream.

    A file is written beside its place and then renamed, so that a reader never meets half of one.

    Args:
        data: an Arrow table; or a reader of record batches, which CSV writes one after the other as they come, so
            that an answer may be larger than memory; or a list of dictionaries; or one dictionary (in JSON an object,
            as text read downwards, elsewhere one row). Nested values become JSON text in CSV and terminal text.
        format: one of `FORMATS`.
        out: a path, or a text stream (Parquet goes to its byte buffer).

    Raises:
        UsageError: the format is unknown, or Parquet was asked onto a stream that takes text only.
    """
    if format not in _WRITERS:
        close = nearest(format, FORMATS) or list(FORMATS)
        raise UsageError(f"There is no format {format!r}.", hint=f"Use {', '.join(close)}.")
    if isinstance(out, Path):
        half = out.with_name(out.name + ".part")
        with half.open("wb") as stream:
            _WRITERS[format](data, stream)
        half.replace(out)
    elif format == "table" and out.isatty():
        print_text(_table(data, down=True), out)
    else:
        _to_text_stream(data, out, _WRITERS[format], binary=format == "parquet")


def _table(data: Data, *, down: bool = False) -> pa.Table:
    if isinstance(data, pa.Table):
        return data
    if isinstance(data, pa.RecordBatchReader):
        return data.read_all()
    if isinstance(data, Mapping):
        return facts_table(data) if down else records_table([data])
    return records_table(data)


def _to_text_stream(data: Data, out: TextIO, writer: Callable[[Data, IO[bytes]], None], *, binary: bool) -> None:
    buffer = getattr(out, "buffer", None)
    if buffer is not None:
        out.flush()
        writer(data, buffer)
        buffer.flush()
    elif binary:
        raise UsageError("Parquet cannot be written to a text stream.", hint="Name a file with --out.")
    else:
        sink = pa.BufferOutputStream()
        writer(data, sink)
        out.write(sink.getvalue().to_pybytes().decode())


# --- CSV: every column becomes text in Arrow, and the joined lines are one buffer; no loop over rows.


def _write_csv(data: Data, stream: IO[bytes]) -> None:
    for block in csv_blocks(data if isinstance(data, pa.RecordBatchReader) else _table(data)):
        stream.write(block)


def csv_blocks(table: pa.Table | pa.RecordBatchReader) -> Iterator[bytes]:
    """Yield the CSV file in pieces: the header, then blocks of rows."""
    header = _cell_text(pa.array(table.schema.names, pa.string())).to_pylist()
    yield (",".join(header) + "\n").encode()
    if not header:
        return
    for batch in table.to_batches(max_chunksize=_BLOCK) if isinstance(table, pa.Table) else table:
        if batch.num_rows:
            columns = [pc.fill_null(_cell_text(column), "") for column in batch.columns]
            yield _joined_lines(columns)


def _joined_lines(columns: list[pa.Array]) -> bytes:
    large = [column.cast(pa.large_string()) for column in columns]
    comma, newline, nothing = (pa.scalar(text, pa.large_string()) for text in (",", "\n", ""))
    rows = pc.binary_join_element_wise(*large, comma) if len(large) > 1 else large[0]
    if len(large) == 1:  # a line with nothing on it is skipped by readers: an empty single cell is quoted
        rows = pc.if_else(pc.equal(rows, nothing), pa.scalar('""', pa.large_string()), rows)
    lines = pc.binary_join_element_wise(rows, newline, nothing)
    offsets, data = lines.buffers()[1:]
    first, last = (int(memoryview(offsets).cast("q")[i + lines.offset]) for i in (0, len(lines)))
    return bytes(memoryview(data)[first:last])


def _cell_text(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _cell_text(column.dictionary_decode())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        text = pc.replace_substring_regex(column.cast(pa.string()), f"^('*{_FORMULA_START})", r"'\1")
        return _quoted(text)
    if pa.types.is_timestamp(kind):
        return _instant_text(column)
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        return _quoted(pa.array([_json_cell(v) for v in column.to_pylist()], pa.string()))
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, kind), column)
    return column.cast(pa.string())


def _quoted(text: pa.Array) -> pa.Array:
    doubled = pc.replace_substring(text, '"', '""')
    wrapped = pc.binary_join_element_wise('"', doubled, '"', "")
    return pc.if_else(pc.match_substring_regex(text, '[",\r\n]'), wrapped, text)


def _instant_text(column: pa.Array) -> pa.Array:
    form = "%Y-%m-%dT%H:%M:%S" + ("Z" if column.type.tz else "")
    in_utc = column.cast(pa.timestamp("us", tz="UTC")) if column.type.tz else column.cast(pa.timestamp("us"))
    return pc.replace_substring(pc.strftime(in_utc, form), ".000000", "")


def _json_cell(value: object) -> str | None:
    return None if value is None else json.dumps(plain(value), ensure_ascii=False)


# --- JSON


def json_lines(table: pa.Table) -> Iterator[str]:
    """Yield each record as one line of JSON, keys in the table's order."""
    for batch in table.to_batches(max_chunksize=_BLOCK):
        for row in batch.to_pylist():
            yield _json_line(row)


def _json_line(record: object) -> str:
    return json.dumps(plain(record), ensure_ascii=False, allow_nan=False)


def _write_json(data: Data, stream: IO[bytes]) -> None:
    if isinstance(data, Mapping):
        stream.write((json.dumps(plain(data), ensure_ascii=False, indent=2) + "\n").encode())
        return
    if isinstance(data, pa.RecordBatchReader):
        data = data.read_all()
    before = "[\n"
    for line in json_lines(data) if isinstance(data, pa.Table) else map(_json_line, data):
        stream.write((before + line).encode())
        before = ",\n"
    stream.write(("[]\n" if before == "[\n" else "\n]\n").encode())


# --- Parquet


def _write_parquet(data: Data, stream: IO[bytes]) -> None:
    import pyarrow.parquet as pq

    pq.write_table(_table(data), stream, compression="zstd", row_group_size=131_072)


def _write_text(data: Data, stream: IO[bytes]) -> None:
    write_text(_table(data, down=True), stream)


_WRITERS: dict[str, Callable[[Data, IO[bytes]], None]] = {
    "table": _write_text,
    "csv": _write_csv,
    "json": _write_json,
    "parquet": _write_parquet,
}
