"""A table as it came: header, rows with their lines, and numbers as people write them in tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from counterflow.account.given import Rows, read_rows
from counterflow.core.errors import InputError, UnknownName

__all__ = ["Row", "Sheet", "number_of", "read_sheet", "sheet_of"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line that it ends on, and its fields as text without blanks around them."""

    line: int
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """A table as text.

    Args:
        file: its name, for messages.
        header: names of the columns, each once.
        rows: the rows that are not empty.
        said: what the reader decided, in words.
    """

    file: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    said: tuple[str, ...] = ()

    def at(self, column: str) -> int:
        """Return the place of a column.

        Raises:
            UnknownName: there is none of that name.
        """
        if column not in self.header:
            raise UnknownName("column", column, self.header, file=self.file)
        return self.header.index(column)

    def column(self, name: str) -> list[str]:
        """Return the fields of one column."""
        at = self.at(name)
        return [row.fields[at] for row in self.rows]

    def fault(self, message: str, row: Row, column: str, hint: str = "") -> InputError:
        """Return an error at a row and a column."""
        value = row.fields[self.at(column)]
        return InputError(message, file=self.file, line=row.line, column=column, value=value, hint=hint)


def read_sheet(path: Path) -> Sheet:
    """Return the table in a file.

    Raises:
        InputError: as in `account.given.read_rows`.
    """
    return sheet_of(read_rows(path, "the table to publish"))


def sheet_of(given: Rows) -> Sheet:
    """Return rows as a table."""
    rows = tuple(Row(line, fields) for line, fields in zip(given.lines, given.cells, strict=True))
    return Sheet(given.path.name, given.header, rows, given.said)


def number_of(text: str) -> float | None:
    """Return a number as people write it in tables, or None where the text is none.

    Thousands may be parted by commas, blanks or apostrophes in threes; a comma that parts no threes is not guessed at.

    >>> number_of("1,234"), number_of("12.5"), number_of("-3"), number_of("1,23"), number_of("nan"), number_of("<10")
    (1234.0, 12.5, -3.0, None, None, None)
    """
    bare = text.replace("\u00a0", " ").replace("\u202f", " ").strip()
    for mark in ",' ":
        if mark in bare:
            whole, dot, rest = bare.partition(".")
            head, *threes = whole.lstrip("+-").split(mark)
            if not (head.isdigit() and len(head) <= 3 and all(len(t) == 3 and t.isdigit() for t in threes)):
                return None
            bare = whole.replace(mark, "") + dot + rest
    if not bare or not all(c in "+-.0123456789eE" for c in bare):
        return None
    try:
        value = float(bare)
    except ValueError:
        return None
    return value if abs(value) < 1e15 else None
