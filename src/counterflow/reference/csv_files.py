"""Reading the reference files shipped inside the package, and naming their version by their content."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from counterflow.core.errors import ConfigError

__all__ = ["Source", "content_version", "read_lines", "read_rows", "read_sources", "table_files"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where lines of a reference file come from.

    Args:
        id: the name lines use in their column `source`.
        title: what it is.
        citation: law, publication and edition.
        read: "text at hand", "recalled" (from memory, to be checked) or "own judgement".
    """

    id: str
    title: str
    citation: str
    read: str


@cache
def _content(folder: str, name: str) -> bytes:
    try:
        return files("counterflow.reference").joinpath(folder, name).read_bytes()
    except OSError as error:
        raise ConfigError(
            f"The reference file {folder}/{name} is missing from this installation.",
            hint="Install counterflow again; its wheel holds the file.",
        ) from error


def read_text(folder: str, name: str) -> str:
    """Return the text of one reference file."""
    return _content(folder, name).decode("utf-8")


def read_rows(folder: str, name: str) -> list[dict[str, str]]:
    """Return the lines of one reference file as dictionaries of text."""
    header, lines = _read(folder, name)
    return [dict(zip(header, line, strict=True)) for line in lines]


def read_lines(folder: str, name: str, columns: tuple[str, ...]) -> list[list[str]]:
    """Return the lines of one reference file as lists of text; a third of the time of `read_rows` for large tables.

    Args:
        folder: folder below `reference/`.
        name: file below it.
        columns: the columns that the file must have, in this order; raises ConfigError else.
    """
    header, lines = _read(folder, name)
    if tuple(header) != columns:
        raise ConfigError(
            f"The reference file {folder}/{name} has the columns {', '.join(header)}, not {', '.join(columns)}.",
            hint="Install counterflow again; a file of this installation was changed.",
        )
    return lines


def _read(folder: str, name: str) -> tuple[list[str], list[list[str]]]:
    header, *lines = csv.reader(_content(folder, name).decode("utf-8").splitlines())
    if any(len(line) != len(header) for line in lines):
        raise ConfigError(
            f"The reference file {folder}/{name} has a line with more or fewer than its {len(header)} columns.",
            hint="Install counterflow again; a file of this installation was changed.",
        )
    return header, lines


@cache
def table_files(folder: str, table: str) -> tuple[str, ...]:
    """Return the CSV files that make up one table kept as a folder, in order of name."""
    try:
        found = [f.name for f in files("counterflow.reference").joinpath(folder, table).iterdir()]
    except OSError as error:
        raise ConfigError(
            f"The reference table {folder}/{table} is missing from this installation.",
            hint="Install counterflow again; its wheel holds the table.",
        ) from error
    return tuple(f"{table}/{name}" for name in sorted(found) if name.endswith(".csv"))


def read_sources(folder: str) -> Mapping[str, Source]:
    """Return the sources of the files in `folder`, by id."""
    return {row["id"]: Source(**row) for row in read_rows(folder, "sources.csv")}


def content_version(folder: str, names: Iterable[str]) -> str:
    """Return the version of a set of files: the first 12 hex digits of a SHA-256 over names and contents."""
    digest = hashlib.sha256()
    for name in sorted(names):
        digest.update(name.encode() + b"\0" + _content(folder, name) + b"\0")
    return digest.hexdigest()[:12]
