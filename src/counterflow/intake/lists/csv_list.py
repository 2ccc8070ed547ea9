"""Any list that comes as columns: the user says which column holds what, by options or in a file of their own."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from counterflow.core.errors import InputError, UnknownName
from counterflow.intake.lists.dates import iso_date
from counterflow.intake.lists.entry import Listed, Place, schema_of
from counterflow.intake.lists.files import ListFile, read_list_file
from counterflow.intake.lists.load import Gathered, ListLoad, digest_of
from counterflow.intake.lists.names import tidy
from counterflow.intake.lists.papers import KINDS, kind_of, paper
from counterflow.intake.lists.programs import one_spelling

__all__ = ["ListColumns", "check_list_name", "load_list_csv", "read_list_map"]

_SEVERAL = ("alias", "weak_alias", "identifier")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListColumns:
    """Which column of a list holds what; several values in one cell stand between semicolons.

    Args:
        name: the name.
        entry_id: the list's own id; where there is none, an id is made from the row's content.
        schema: person, entity, vessel or aircraft, in the list's own words.
        alias: columns of further names.
        weak_alias: columns of names that are too common to go by alone.
        program: programmes or grounds.
        country: countries of addresses.
        address: address.
        city: city.
        postcode: postcode.
        born: days or years of birth.
        nationality: nationalities.
        identifier: columns of papers and numbers; their kind is told by ``kind:number`` or by the column's name.
        remarks: remarks.
    """

    name: str
    entry_id: str | None = None
    schema: str | None = None
    alias: tuple[str, ...] = ()
    weak_alias: tuple[str, ...] = ()
    program: str | None = None
    country: str | None = None
    address: str | None = None
    city: str | None = None
    postcode: str | None = None
    born: str | None = None
    nationality: str | None = None
    identifier: tuple[str, ...] = ()
    remarks: str | None = None

    def named(self) -> tuple[str, ...]:
        """Return every column that is named."""
        values = [getattr(self, field.name) for field in fields(self)]
        return tuple(name for value in values for name in ((value,) if isinstance(value, str) else value or ()))


def read_list_map(path: Path) -> tuple[str, ListColumns]:
    """Return the list's name and its columns from a TOML file: `list`, `name` and the other names of `ListColumns`.

    Raises:
        InputError: the file cannot be read or is not TOML, or a value is of the wrong kind.
        UnknownName: it says something that a list has not.
    """
    try:
        said: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputError("There is no such file.", hint="Check the path.", file=path) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            f"It cannot be read as TOML: {error}.", hint='A line is like name = "Name".', file=path
        ) from None
    known = ["list", *(field.name for field in fields(ListColumns))]
    for key, value in said.items():
        if key not in known:
            raise UnknownName("setting of a list's columns", key, known, file=path)
        parts = value if isinstance(value, list) and key in _SEVERAL else [value]
        if not all(isinstance(part, str) and part for part in parts):
            hint = "It is a column's name in quotes, or several in brackets for alias, weak_alias and identifier."
            raise InputError("This is not a column's name.", hint=hint, file=path, column=key, value=value)
    for key in ("list", "name"):
        if key not in said:
            raise InputError(f"It lacks {key}.", hint=f'Add a line {key} = "…".', file=path)
    several = {key: tuple([said[key]] if isinstance(said[key], str) else said[key]) for key in _SEVERAL if key in said}
    return said["list"], ListColumns(**{k: v for k, v in said.items() if k != "list"} | several)


def check_list_name(list_name: str) -> str:
    """Return a list's name, or refuse it.

    Raises:
        InputError: it has signs that cannot stand in ids and file names.
    """
    if not list_name.replace("-", "").replace("_", "").isalnum() or not list_name.isascii():
        raise InputError(
            "A list's name has letters, digits, - and _ only.",
            hint="For example: un-consolidated.",
            value=list_name,
        )
    return list_name


def load_list_csv(path: Path, list_name: str, columns: ListColumns, published: dt.date | None = None) -> ListLoad:
    """Read one edition of a list in columns; nothing is stored yet.

    Args:
        path: CSV with a header line, plain or gzip; comma, tab, semicolon or bar between the columns.
        list_name: what the list is called here; letters, digits, ``-`` and ``_``.
        columns: which column holds what.
        published: the day the edition was published.

    Raises:
        InputError: the file cannot be read, or the list's name cannot be used.
        UnknownName: a column is not in the header; the nearest ones are shown.
    """
    gathered = Gathered(check_list_name(list_name))
    file = read_list_file(path)
    rows = file.rows(file.delimiter())
    header = [tidy(cell) for cell in next(rows)[1]]
    for column in columns.named():
        if column not in header:
            raise UnknownName("column", column, header, file=path)
        if header.count(column) > 1:
            raise InputError(
                "This column stands twice.", hint="Give each its own name.", file=path, line=1, column=column
            )
    seen: set[str] = set()
    for line, row in rows:
        _take(file, line, row, header, columns, gathered, seen)
    return gathered.finish([file.name], digest_of({"list": file}), published)


def _take(
    file: ListFile, line: int, row: list[str], header: list[str], columns: ListColumns, gathered: Gathered,
    seen: set[str],
) -> None:  # fmt: skip
    gathered.read += 1
    if len(row) != len(header):
        hint = f"The header has {len(header)} columns."
        gathered.refuse(file.name, line, row, "wrong-width", value=str(len(row)), hint=hint)
        return
    cells = {column: tidy(cell) for column, cell in zip(header, row, strict=True)}
    if not gathered.usable(file.name, line, row, cells[columns.name], columns.name):
        return
    number = cells[columns.entry_id] if columns.entry_id else _made_id(row)
    if not number or number in seen:
        reason, hint = ("double-entry", "An earlier row has this id; the first counts.") if number else (
            "no-number", "The entry has no id.")  # fmt: skip
        gathered.refuse(file.name, line, row, reason, column=columns.entry_id or "", value=number, hint=hint)
        return
    seen.add(number)
    gathered.take(_entry(cells, f"{gathered.list_name}:{number}", columns, gathered))
    gathered.accepted += 1


def _entry(cells: dict[str, str], entry_id: str, columns: ListColumns, gathered: Gathered) -> Listed:
    def cell(column: str | None) -> str:
        return cells[column] if column else ""

    born = [(written, iso_date(written)) for written in _parts(cell(columns.born))]
    gathered.noted["birth-not-understood"] += sum(date is None for _, date in born)
    place = Place(
        whole=cell(columns.address), city=cell(columns.city), postcode=cell(columns.postcode),
        country=cell(columns.country),
    )  # fmt: skip
    return Listed(
        entry_id=entry_id,
        names=[(cells[columns.name], "primary"), *_names(cells, columns)],
        schema=schema_of(cells[columns.schema]) if columns.schema else None,
        program=one_spelling(cell(columns.program)),
        born=[date for _, date in born if date],
        nationality=list(_parts(cell(columns.nationality))),
        papers=[found for column in columns.identifier for found in _papers(column, cells[column])],
        addresses=[place],
        remarks=cell(columns.remarks),
    )


def _names(cells: dict[str, str], columns: ListColumns) -> Iterator[tuple[str, str]]:
    """Yield each further name of a row with its kind."""
    for kind, named in (("alias", columns.alias), ("weak_alias", columns.weak_alias)):
        for column in named:
            yield from ((name, kind) for name in _parts(cells[column]))


def _papers(column: str, cell: str) -> Iterator[str]:
    for part in _parts(cell):
        kind, colon, number = part.partition(":")
        told = colon and kind.strip().casefold() in KINDS
        found = paper(kind.strip().casefold(), number) if told else paper(kind_of(_words(column)), part)
        if found:
            yield found


def _words(column: str) -> str:
    """Return a column's name as words: ``passport_no`` and ``PassportNo`` are ``passport no``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_+", " ", column)


def _parts(cell: str) -> Iterator[str]:
    return (part.strip() for part in cell.split(";") if part.strip())


def _made_id(row: list[str]) -> str:
    return hashlib.sha256("\x1f".join(row).encode()).hexdigest()[:12]
