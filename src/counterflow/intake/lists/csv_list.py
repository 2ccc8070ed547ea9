"""Any list that comes as columns: the user says which column holds what."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from counterflow.core.errors import InputError, UnknownName
from counterflow.intake.lists.files import ListFile, read_list_file
from counterflow.intake.lists.load import Gathered, ListLoad, digest_of, is_narcotics, schema_of

__all__ = ["ListColumns", "load_list_csv"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListColumns:
    """Which column of a list holds what; several names in one cell stand between semicolons.

    Args:
        name: the name.
        entry_id: the list's own id; where there is none, an id is made from the row's content.
        schema: person, entity, vessel or aircraft, in the list's own words.
        alias: columns of further names.
        weak_alias: columns of names that are too common to go by alone.
        program: programmes or grounds.
        country: countries of addresses.
        address: address.
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
    remarks: str | None = None

    def named(self) -> tuple[str, ...]:
        """Return every column that is named."""
        single = (
            self.name,
            self.entry_id,
            self.schema,
            self.program,
            self.country,
            self.address,
            self.remarks,
        )
        return (*(column for column in single if column), *self.alias, *self.weak_alias)


def load_list_csv(path: Path, list_name: str, columns: ListColumns, published: dt.date | None = None) -> ListLoad:
    """Read one edition of a list in columns; nothing is stored yet.

    Args:
        path: CSV with a header line, plain or gzip.
        list_name: what the list is called here; letters, digits, ``-`` and ``_``.
        columns: which column holds what.
        published: the day the edition was published.

    Raises:
        InputError: the file cannot be read, or the list's name cannot be used.
        UnknownName: a column is not in the header; the nearest ones are shown.
    """
    if not list_name.replace("-", "").replace("_", "").isalnum() or not list_name.isascii():
        raise InputError(
            "A list's name has letters, digits, - and _ only.",
            hint="For example: un-consolidated.",
            value=list_name,
        )
    file = read_list_file(path)
    sha256 = digest_of({"list": file})
    gathered = Gathered(list_name, sha256[:12])
    rows = file.rows()
    header = [cell.strip() for cell in next(rows)[1]]
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
    return gathered.finish({"list": file}, sha256, published)


def _take(
    file: ListFile, line: int, row: list[str], header: list[str], columns: ListColumns, gathered: Gathered,
    seen: set[str],
) -> None:  # fmt: skip
    gathered.read += 1
    if len(row) != len(header):
        hint = f"The header has {len(header)} columns."
        gathered.refuse(file.name, line, row, "wrong-width", value=str(len(row)), hint=hint)
        return
    cells = {column: " ".join(cell.split()) for column, cell in zip(header, row, strict=True)}
    if not cells[columns.name]:
        gathered.refuse(file.name, line, row, "no-name", column=columns.name, hint="The entry has no name.")
        return
    number = cells[columns.entry_id] if columns.entry_id else _made_id(row)
    if not number or number in seen:
        reason, hint = ("double-entry", "An earlier row has this id; the first counts.") if number else (
            "no-number", "The entry has no id.")  # fmt: skip
        gathered.refuse(file.name, line, row, reason, column=columns.entry_id or "", value=number, hint=hint)
        return
    seen.add(number)
    _add(cells, f"{gathered.list_name}:{number}", columns, gathered)
    gathered.accepted += 1


def _add(cells: dict[str, str], entry_id: str, columns: ListColumns, gathered: Gathered) -> None:
    program = cells[columns.program] if columns.program else ""
    country = cells[columns.country] if columns.country else ""
    shared = {
        "entry_id": entry_id,
        "schema": schema_of(cells[columns.schema]) if columns.schema else None,
        "program": program or None,
        "narcotics": is_narcotics(program),
        "country": country or None,
        "remarks": (cells[columns.remarks] or None) if columns.remarks else None,
    }
    gathered.entries += [shared | {"name": name, "name_kind": kind} for name, kind in _names(cells, columns)]
    address = cells[columns.address] if columns.address else ""
    if address or country:
        gathered.addresses.append({"entry_id": entry_id, "address": address or None, "country": country or None})


def _names(cells: dict[str, str], columns: ListColumns) -> Iterator[tuple[str, str]]:
    """Yield each different name of a row with its kind, the primary first."""
    seen = {cells[columns.name]}
    yield cells[columns.name], "primary"
    for kind, named in (("alias", columns.alias), ("weak_alias", columns.weak_alias)):
        for column in named:
            for part in cells[column].split(";"):
                name = part.strip()
                if name and name not in seen:
                    seen.add(name)
                    yield name, kind


def _made_id(row: list[str]) -> str:
    return hashlib.sha256("\x1f".join(row).encode()).hexdigest()[:12]
