r"""A table as people and programs take it away: CSV, JSON, Parquet, or text for a terminal.

The same table gives the same bytes. Row order is the table's own; sort before exporting.

* **csv**: UTF-8, comma, `\n`, quoted where needed. Null, empty text and not-a-number are all an empty field.
  A text value that a spreadsheet would run as a formula (it starts with ``= + - @``, their full-width forms, a
  tab or a line break) gets a leading apostrophe; so does one that already starts with apostrophes before such
  a character, so that `restored` can always give the original back. Only text is touched: numbers stay.
* **json**: one array, one record a line. Instants are ISO 8601 in UTC; not-a-number is null.
* **parquet**: Zstandard, no file metadata that differs between runs.
* **table**: aligned text. Control and direction-changing characters are shown, never sent to the terminal.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, TextIO

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import UsageError, nearest

__all__ = ["FORMATS", "csv_blocks", "json_lines", "restored", "visible", "write"]

FORMATS = ("table", "csv", "json", "parquet")

_FORMULA_START = r"[=+\-@\t\r\n＝＋－＠]"
_NEUTRALISED = re.compile(f"^'('*{_FORMULA_START})")
#: C0 and C1 controls (tab and line feed too: a cell is one line), and the marks that reorder or hide text.
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_BLOCK = 65_536


def restored(text: str) -> str:
    """Return what stood in a CSV text cell before it was made safe for spreadsheets.

    >>> restored("'-5 kg"), restored("'twas")
    ('-5 kg', "'twas")
    """
    return _NEUTRALISED.sub(r"\1", text, count=1)


def visible(text: str) -> str:
    r"""Return `text` with control and direction-changing characters spelled out, for terminals and pages.

    >>> visible("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    return _UNSHOWN.sub(lambda m: ascii(m.group())[1:-1], text)


def write(table: pa.Table, format: str, out: Path | TextIO) -> None:  # noqa: A002 - the user's own word
    """Write `table` to a file or an open text stream.

    A file is written beside its place and then renamed, so that a reader never meets half of one.

    Args:
        table: any Arrow table; lists and structs become JSON text in CSV and terminal text.
        format: one of `FORMATS`.
        out: a path, or a text stream (Parquet goes to its byte buffer).

    Raises:
        UsageError: the format is unknown, or Parquet was asked onto a stream that takes text only.
    """
    writers: dict[str, Callable[[pa.Table, IO[bytes]], None]] = {
        "csv": _write_csv,
        "json": _write_json,
        "parquet": _write_parquet,
        "table": _write_text,
    }
    if format not in writers:
        close = nearest(format, FORMATS) or list(FORMATS)
        raise UsageError(f"There is no format {format!r}.", hint=f"Use {', '.join(close)}.")
    if isinstance(out, Path):
        half = out.with_name(out.name + ".part")
        with half.open("wb") as stream:
            writers[format](table, stream)
        half.replace(out)
    elif format == "table" and out is sys.stdout:
        _print_text(table, out)
    else:
        _to_text_stream(table, out, writers[format], binary=format == "parquet")


def _to_text_stream(
    table: pa.Table, out: TextIO, writer: Callable[[pa.Table, IO[bytes]], None], *, binary: bool
) -> None:
    buffer = getattr(out, "buffer", None)
    if buffer is not None:
        out.flush()
        writer(table, buffer)
        buffer.flush()
    elif binary:
        raise UsageError("Parquet cannot be written to a text stream.", hint="Name a file with --out.")
    else:
        sink = pa.BufferOutputStream()
        writer(table, sink)
        out.write(sink.getvalue().to_pybytes().decode())


# --- CSV: every column becomes text in Arrow, and the joined lines are one buffer; no loop over rows.


def _write_csv(table: pa.Table, stream: IO[bytes]) -> None:
    for block in csv_blocks(table):
        stream.write(block)


def csv_blocks(table: pa.Table) -> Iterator[bytes]:
    """Yield the CSV file in pieces: the header, then blocks of rows."""
    header = _cell_text(pa.array(table.column_names, pa.string())).to_pylist()
    yield (",".join(header) + "\n").encode()
    if not table.num_columns:
        return
    for batch in table.to_batches(max_chunksize=_BLOCK):
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
    return None if value is None else json.dumps(_plain(value), ensure_ascii=False)


# --- JSON


def json_lines(table: pa.Table) -> Iterator[str]:
    """Yield each record as one line of JSON, keys in the table's order."""
    for batch in table.to_batches(max_chunksize=_BLOCK):
        for row in batch.to_pylist():
            yield json.dumps(_plain(row), ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    """Return `value` as JSON has it: instants and dates as ISO text, bytes as hex, not-a-number as null."""
    if isinstance(value, dict):
        return {str(key): _plain(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return value.hex()
    if value is None or isinstance(value, str | int | bool):
        return value
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return text.replace("+00:00", "Z")


def _write_json(table: pa.Table, stream: IO[bytes]) -> None:
    before = "[\n"
    for line in json_lines(table):
        stream.write((before + line).encode())
        before = ",\n"
    stream.write(("[]\n" if before == "[\n" else "\n]\n").encode())


# --- Parquet


def _write_parquet(table: pa.Table, stream: IO[bytes]) -> None:
    import pyarrow.parquet as pq  # noqa: PLC0415 - not needed by `--help`

    pq.write_table(table, stream, compression="zstd", row_group_size=131_072)


# --- Text


def _write_text(table: pa.Table, stream: IO[bytes]) -> None:
    """Write the table as wide as it needs to be: a file is not cut at a terminal's edge."""
    names, rows, right = _text_cells(table)
    widths = [
        max(map(_shown_width, (name, *column)))
        for name, column in zip(names, _columns(rows, names), strict=True)
    ]
    rule = "  ".join("─" * w for w in widths)
    for line in (_aligned(names, widths, right), rule, *(_aligned(row, widths, right) for row in rows)):
        stream.write((line.rstrip() + "\n").encode())


def _columns(rows: list[list[str]], names: list[str]) -> list[tuple[str, ...]]:
    return list(zip(*rows, strict=True)) if rows else [() for _ in names]


def _shown_width(text: str) -> int:
    from rich.cells import cell_len  # noqa: PLC0415 - rich is slow to import

    return cell_len(text)


def _aligned(cells: list[str], widths: list[int], right: list[bool]) -> str:
    parts = []
    for cell, width, to_right in zip(cells, widths, right, strict=True):
        gap = " " * (width - _shown_width(cell))
        parts.append(gap + cell if to_right else cell + gap)
    return "  ".join(parts)


def _print_text(table: pa.Table, out: TextIO) -> None:
    """Print to the terminal's width, folding long text; without a terminal, as wide as it needs to be."""
    from rich import box  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(file=out, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        _to_text_stream(table, out, _write_text, binary=False)
        return
    names, rows, right = _text_cells(table)
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name, to_right in zip(names, right, strict=True):
        shown.add_column(Text(name), justify="right" if to_right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))
    console.print(shown)


def _text_cells(table: pa.Table) -> tuple[list[str], list[list[str]], list[bool]]:
    right = [pa.types.is_integer(f.type) or pa.types.is_floating(f.type) for f in table.schema]
    rows = [[_text_cell(v) for v in row.values()] for row in table.to_pylist()]
    return [visible(name) for name in table.column_names], rows, right


def _text_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    plain = _plain(value)
    return visible(plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False))
