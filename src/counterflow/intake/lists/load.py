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
from counterflow.intake.lists.files import ListFile

__all__ = ["Gathered", "ListLoad", "digest_of", "is_narcotics", "schema_of"]

#: Programmes under which the Treasury lists narcotics traffickers: 31 CFR parts 536 and 598, and Executive
#: Order 14059 of 2021-12-15.
NARCOTICS_PROGRAMS = frozenset({"SDNT", "SDNTK", "ILLICIT-DRUGS-EO14059"})
_SCHEMAS = {
    "individual": "Person", "person": "Person", "natural person": "Person",
    "": "Organization", "entity": "Organization", "legalentity": "Organization", "company": "Organization",
    "organization": "Organization", "organisation": "Organization",
    "vessel": "Vessel", "ship": "Vessel", "aircraft": "Aircraft", "airplane": "Aircraft",
}  # fmt: skip
_SHOWN_VALUE = 200


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


@dataclass
class Gathered:
    """Rows as they are read from the files of one list."""

    list_name: str
    version: str
    entries: list[dict[str, Any]] = field(default_factory=list)
    addresses: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    read: int = 0
    accepted: int = 0

    def refuse(self, file: str, line: int, row: Sequence[str], reason: str, **said: str) -> None:
        """Set a row aside; `said` may hold column, value and hint."""
        self.refused.append(
            {
                "source": self.list_name,
                "batch": self.version,
                "row": self.read,
                "line": line,
                "column": said.get("column"),
                "value": said.get("value", "")[:_SHOWN_VALUE],
                "reason": reason,
                "hint": said.get("hint", ""),
                "raw": json.dumps({"file": file, "row": list(row)}, ensure_ascii=False),
                "state": "open",
            }
        )

    def finish(self, files: Mapping[str, ListFile], sha256: str, published: dt.date | None) -> ListLoad:
        """Return everything as tables.

        Raises:
            InputError: no row could be taken. An edition of nothing would stand in for the one that is in force.
        """
        if not self.entries:
            why = ", ".join(f"{reason} {n}" for reason, n in Counter(r["reason"] for r in self.refused).items())
            said = f"None of its {self.read} rows can be used ({why})." if self.read else "It lists nobody: no row."
            hint = "Download it again; nothing was stored, the edition before stays in force."
            raise InputError(said, hint=hint, file=", ".join(file.name for file in files.values()))
        known = {"list": self.list_name, "version": self.version}
        entries = [entry | known for entry in self.entries]
        addresses = [address | known for address in self.addresses]
        return ListLoad(
            list_name=self.list_name,
            sha256=sha256,
            files=tuple(file.name for file in files.values()),
            published=published,
            entries=pa.Table.from_pylist(entries, schema=LIST_ENTRY),
            addresses=pa.Table.from_pylist(addresses, schema=LIST_ADDRESS),
            read=self.read,
            accepted=self.accepted,
            refused=pa.Table.from_pylist(self.refused, schema=QUARANTINE),
        )


def digest_of(files: Mapping[str, ListFile]) -> str:
    """Return the SHA-256 that names a version: of one file, or of all, part and length before each."""
    if len(files) == 1:
        return hashlib.sha256(next(iter(files.values())).content).hexdigest()
    digest = hashlib.sha256()
    for part, file in files.items():
        digest.update(f"{part} {len(file.content)}\n".encode())
        digest.update(file.content)
    return digest.hexdigest()


def is_narcotics(program: str) -> bool:
    """Return whether one of the space-separated programmes is a narcotics programme.

    >>> is_narcotics("SDGT SDNTK"), is_narcotics("SDGT")
    (True, False)
    """
    return not NARCOTICS_PROGRAMS.isdisjoint(program.split())


def schema_of(kind: str) -> str | None:
    """Return Person, Organization, Vessel or Aircraft for a list's own word; None for a word nobody knows."""
    return _SCHEMAS.get(kind.strip().casefold())
