"""Readers: a file becomes Arrow tables of text with row and line numbers; what cannot be taken apart is refused."""

from __future__ import annotations

from pathlib import Path

from counterflow.core.errors import InputError
from counterflow.intake.readers.rows import (
    FileFormat,
    RawRows,
    ReaderOptions,
    RefusedRow,
    RowSource,
    check_file,
)

__all__ = ["RawRows", "ReaderOptions", "RefusedRow", "RowSource", "find_format", "open_source"]

_SUFFIXES: dict[str, FileFormat] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".tab": "csv",
    ".xlsx": "xlsx", ".xlsm": "xlsx", ".xls": "xlsx",
    ".parquet": "parquet", ".pq": "parquet",
    ".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "ndjson",
    ".edi": "edifact", ".edifact": "edifact",
}  # fmt: skip
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def open_source(path: Path, options: ReaderOptions | None = None) -> RowSource:
    """Open a file for reading by the reader of its format.

    Raises:
        InputError: there is no such file, nothing is in it, or it is not of the format that was named.
    """
    check_file(path)
    options = options or ReaderOptions()
    form = options.format or find_format(path)
    if form == "xlsx":
        from counterflow.intake.readers.xlsx_file import XlsxFile

        return XlsxFile(path, options)
    if form == "parquet":
        from counterflow.intake.readers.parquet_file import ParquetFile

        return ParquetFile(path, options)
    if form == "ndjson":
        from counterflow.intake.readers.ndjson_file import NdjsonFile

        return NdjsonFile(path, options)
    if form == "edifact":
        from counterflow.intake.readers.edifact_file import EdifactFile

        return EdifactFile(path, options)
    from counterflow.intake.readers.csv_file import CsvFile

    return CsvFile(path, options)


def find_format(path: Path) -> FileFormat:
    """Tell the format by the first bytes, else by the name.

    Raises:
        InputError: neither says.
    """
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith((b"PK\x03\x04", _OLE)):
        return "xlsx"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"UNA", b"UNB+", b"UNH+")):
        return "edifact"
    suffixes = [s.lower() for s in path.suffixes if s.lower() != ".gz"]
    if suffixes and suffixes[-1] in _SUFFIXES:
        return _SUFFIXES[suffixes[-1]]
    raise InputError(
        "Neither its first bytes nor its name say what kind of file this is.",
        hint='Say it in the mapping: [mapping] format = "csv" (or xlsx, parquet, ndjson, edifact).',
        file=path,
    )
