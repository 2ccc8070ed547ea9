"""What reading a list gives: its entries, its addresses, and every row that was refused, with the reason."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from counterflow.core.errors import InputError
from counterflow.core.tables import LIST_ADDRESS, LIST_ENTRY, QUARANTINE
from counterflow.intake.lists.entry import ADDRESS_FIELDS, ENTRY_FIELDS, Listed
from counterflow.intake.lists.files import ListFile
from counterflow.intake.lists.names import names_nobody, why_unusable
from counterflow.intake.lists.programs import is_narcotics

__all__ = ["Gathered", "ListLoad", "digest_of"]

_SHOWN_VALUE = 200
_RAW = 4000  # characters of a refused row that are kept
_CHUNK = 20_000  # entries that are held as Python objects at a time
#: columns of LIST_ENTRY that are the same for all names of an entry
_SHARED = tuple(name for name in ENTRY_FIELDS if name not in ("name", "name_kind"))


@dataclass(frozen=True, kw_only=True)
class ListLoad:
    """One version of a list, read and not yet stored; `read` = `accepted` + `rejected`, always.

    Args:
        list_name: name of the list, as `ofac-sdn`.
        sha256: SHA-256 of the files; its first 12 digits are the version.
        files: names of the files.
        published: day of publication, where somebody said it.
        entries: rows of schema LIST_ENTRY, one per name.
        addresses: rows of schema LIST_ADDRESS.
        read: rows read in all files.
        accepted: rows taken.
        refused: rows of schema QUARANTINE, one per row that could not be taken.
        noted: what parts of rows that were taken could not be used, by reason.
        skipped: rows of a kind that is not about a listed party, by kind; not counted as read.
    """

    list_name: str
    sha256: str
    files: tuple[str, ...]
    published: dt.date | None
    entries: pa.Table
    addresses: pa.Table
    read: int
    accepted: int
    refused: pa.Table
    noted: Mapping[str, int] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """The version: same files, same version."""
        return self.sha256[:12]

    @property
    def rejected(self) -> int:
        """Rows that could not be taken."""
        return int(self.refused.num_rows)

    @property
    def reasons(self) -> dict[str, int]:
        """Reason to count of refused rows."""
        return dict(sorted(Counter(self.refused.column("reason").to_pylist()).items()))

    def __post_init__(self) -> None:
        if self.read != self.accepted + self.rejected:
            raise ValueError(f"{self.read} read but {self.accepted} accepted + {self.rejected} rejected")


class Gathered:
    """Rows as they are read from the files of one list: few at a time as objects, the rest as columns.

    Args:
        list_name: name of the list.
    """

    def __init__(self, list_name: str) -> None:
        self.list_name = list_name
        self.read = 0
        self.accepted = 0
        self.noted: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()
        self._waiting: list[Listed] = []
        self._entries: list[pa.Table] = []
        self._addresses: list[pa.Table] = []
        self._refused: list[dict[str, Any]] = []

    def refuse(self, file: str, line: int, row: Sequence[object] | str, reason: str, **said: str) -> None:
        """Set a row aside; `said` may hold column, value and hint."""
        held = row if isinstance(row, str) else list(row)
        self._refused.append(
            {
                "source": self.list_name,
                "row": self.read,
                "line": line,
                "column": said.get("column"),
                "value": said.get("value", "")[:_SHOWN_VALUE],
                "reason": reason,
                "hint": said.get("hint", ""),
                "raw": json.dumps({"file": file, "row": held}, ensure_ascii=False, default=str)[:_RAW],
                "state": "open",
            }
        )

    def usable(self, file: str, line: int, row: Sequence[object] | str, name: str, column: str) -> bool:
        """Return whether an entry can go by `name`; where it cannot, the row is set aside with the reason."""
        why = why_unusable(name)
        if why is not None:
            self.refuse(file, line, row, why[0], column=column, value=name, hint=why[1])
        return why is None

    def take(self, entry: Listed) -> None:
        """Take an entry whose primary name is usable; further names that are not are left out, and noted."""
        self._waiting.append(entry)
        if len(self._waiting) >= _CHUNK:
            self._to_columns()

    def _to_columns(self) -> None:
        """Turn the waiting entries to columns; what all names of an entry share is converted once and repeated."""
        waiting, self._waiting = self._waiting, []
        names: list[str] = []
        kinds: list[str] = []
        owners: list[int] = []
        for owner, entry in enumerate(waiting):
            usable = self._usable_names(entry)
            names += usable.keys()
            kinds += usable.values()
            owners += [owner] * len(usable)
        said = [(entry.entry_id, *entry.said(narcotics=is_narcotics(entry.program))) for entry in waiting]
        shared = _table(_SHARED, said, LIST_ENTRY).take(pa.array(owners, pa.int64()))
        own = {"name": pa.array(names, pa.string()), "name_kind": pa.array(kinds, pa.string())}
        columns = [own[name] if name in own else shared.column(name) for name in ENTRY_FIELDS]
        self._entries.append(pa.table(columns, names=ENTRY_FIELDS))
        places = [place.row(entry.entry_id) for entry in waiting for place in entry.places()]
        self._addresses.append(_table(ADDRESS_FIELDS, places, LIST_ADDRESS))

    def _usable_names(self, entry: Listed) -> dict[str, str]:
        """Return each different name of an entry that can be used, with its kind."""
        usable: dict[str, str] = {}
        for name, kind in entry.names:
            if not name or name in usable:
                continue
            if why := why_unusable(name):
                self.noted[why[0]] += 1
                continue
            usable[name] = kind
            if names_nobody(name):
                self.noted["names-nobody"] += 1
        return usable

    def finish(self, files: Sequence[str], sha256: str, published: dt.date | None) -> ListLoad:
        """Return everything as tables.

        Raises:
            InputError: no row could be taken. An edition of nothing would stand in for the one that is in force.
        """
        self._to_columns()
        entries = pa.concat_tables(self._entries)
        if not entries.num_rows:
            why = ", ".join(f"{reason} {n}" for reason, n in Counter(r["reason"] for r in self._refused).items())
            said = f"None of its {self.read} rows can be used ({why})." if self.read else "It lists nobody: no row."
            hint = "Download it again; nothing was stored, the edition before stays in force."
            raise InputError(said, hint=hint, file=", ".join(files))
        version = sha256[:12]
        refused = [row | {"batch": version} for row in self._refused]
        return ListLoad(
            list_name=self.list_name,
            sha256=sha256,
            files=tuple(files),
            published=published,
            entries=_of_version(entries, LIST_ENTRY, self.list_name, version),
            addresses=_of_version(pa.concat_tables(self._addresses), LIST_ADDRESS, self.list_name, version),
            read=self.read,
            accepted=self.accepted,
            refused=pa.Table.from_pylist(refused, schema=QUARANTINE),
            noted=dict(sorted((+self.noted).items())),
            skipped=dict(self.skipped.most_common()),
        )


def _table(names: Sequence[str], rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    fields = [schema.field(name) for name in names]
    columns = list(zip(*rows, strict=True)) or [()] * len(fields)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, fields, strict=True)]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _of_version(table: pa.Table, schema: pa.Schema, list_name: str, version: str) -> pa.Table:
    """Return the table with the columns that say which version of which list it is."""
    known = {"list": list_name, "version": version}
    repeated = {name: pa.repeat(pa.scalar(value), table.num_rows) for name, value in known.items()}
    columns = [repeated[name] if name in known else table.column(name) for name in schema.names]
    return pa.table(columns, schema=schema)


def digest_of(files: Mapping[str, ListFile]) -> str:
    """Return the SHA-256 that names a version: of one file, or of all, part and length before each."""
    if len(files) == 1:
        return hashlib.sha256(next(iter(files.values())).content).hexdigest()
    digest = hashlib.sha256()
    for part, file in files.items():
        digest.update(f"{part} {len(file.content)}\n".encode())
        digest.update(file.content)
    return digest.hexdigest()
