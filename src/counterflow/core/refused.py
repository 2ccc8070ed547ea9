"""A row that was not taken, and why: what receipts show and quarantine keeps."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["LONGEST_VALUE", "Refused"]

#: letters of a value that are kept
LONGEST_VALUE = 200


@dataclass(frozen=True, slots=True)
class Refused:
    """One refused row of a file.

    Args:
        line: line of the file, from 1.
        row: number of the row among those read, from 1.
        column: column that is wrong; "" where the row as a whole is.
        value: what stood there.
        reason: short word for it.
        hint: what to do.
        raw: the row as it came; empty where what it says must not be kept.
    """

    line: int
    row: int
    column: str
    value: str
    reason: str
    hint: str
    raw: str

    def in_words(self) -> str:
        """Return one line for the person who sent the row."""
        where = f", {self.column} {self.value!r}" if self.column else ""
        return f"line {self.line}{where}: {self.reason}. {self.hint}"

    def as_dict(self) -> dict[str, Any]:
        """Return what a receipt shows: not the whole row."""
        return {k: v for k, v in asdict(self).items() if k not in {"raw", "row"}}

    def as_quarantine(self) -> dict[str, Any]:
        """Return the columns of a quarantine row."""
        return {**asdict(self), "value": self.value[:LONGEST_VALUE]}
