"""Small CSV files that people keep by hand: contacts, places, stocks. Rows that do not fit go to quarantine.

Read = accepted + rejected, always. The same file again changes nothing; a later row under the same name supersedes.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import InputError, nearest
from counterflow.core.tables import TABLES

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["Bad", "FileReceipt", "Kind", "a_day", "a_number", "a_word", "load_file", "one_of"]

_LONGEST = 200


class Bad(Exception):  # noqa: N818 - never leaves this room
    """A row that is not taken: column, value, reason and what to do."""

    def __init__(self, column: str, value: str, reason: str, hint: str) -> None:
        self.place = (column, value[:_LONGEST], reason, hint)
        super().__init__(reason)


@dataclass(frozen=True)
class Kind:
    """One kind of file.

    Args:
        table: table that its rows go to.
        required: columns that must be there.
        optional: columns that may be there.
        parse: row as text to row of the table; raises `Bad`.
        check: looks at all accepted rows together; returns those refused after all, by place.
    """

    table: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    parse: Callable[[Mapping[str, str]], dict[str, Any]]
    check: Callable[[list[dict[str, Any]]], dict[int, Bad]] | None = None


@dataclass(frozen=True)
class FileReceipt:
    """What became of a file: read = accepted + rejected."""

    table: str
    accepted: int
    rejected: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    refused: tuple[Mapping[str, Any], ...] = ()
    repeated: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "table": self.table, "accepted": self.accepted, "rejected": self.rejected, "repeated": self.repeated,
            "reasons": dict(self.reasons), "refused": [dict(row) for row in self.refused],
        }  # fmt: skip

    def in_words(self) -> str:
        """Return one line for the person who loaded it."""
        if self.repeated:
            return "This file was taken before; nothing changed."
        return f"{self.accepted} row(s) accepted, {self.rejected} rejected."


def load_file(workspace: Workspace, path: Path, kind: Kind) -> FileReceipt:
    """Take the rows of a CSV into their table.

    Raises:
        InputError: the file cannot be read at all, or lacks a column. A bad row does not raise.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"The file cannot be read: {error.strerror}.", file=path.name, hint="Give a CSV.") from error
    rows, refused = _parsed(content, path.name, kind)
    batch = f"{kind.table}-{hashlib.sha256(content).hexdigest()[:16]}"
    known = workspace.store.rows("SELECT batch FROM batch WHERE source = ? AND batch = ?", [kind.table, batch])
    reasons = dict(sorted(Counter(str(row["reason"]) for row in refused).items()))
    shown = tuple({k: row[k] for k in ("line", "column", "value", "reason", "hint")} for row in refused)
    receipt = FileReceipt(kind.table, len(rows), len(refused), reasons, shown, bool(known))
    if not known:
        _keep(workspace, path.name, content, batch, receipt, rows, refused)
    return receipt


def _parsed(content: bytes, file: str, kind: Kind) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    header, lines = _lines(content, file, kind)
    good: list[tuple[int, list[str], dict[str, Any]]] = []
    refused: list[dict[str, Any]] = []
    for number, (line, values) in enumerate(lines, start=1):
        try:
            good.append((line, values, kind.parse(_by_column(header, values))))
        except Bad as bad:
            refused.append(_refused(bad, line, number, values))
    late = kind.check([row for _, _, row in good]) if kind.check else {}
    refused += [_refused(bad, good[n][0], n + 1, good[n][1]) for n, bad in late.items()]
    if not good and not refused:
        raise InputError("It holds no row.", file=file, line=2, hint="Write at least one row under the header.")
    return [row for n, (_, _, row) in enumerate(good) if n not in late], refused


def _by_column(header: tuple[str, ...], values: list[str]) -> dict[str, str]:
    if len(values) != len(header):
        raise Bad("", "", "ragged", f"The row has {len(values)} fields, the header {len(header)}.")
    return dict(zip(header, (value.strip() for value in values), strict=True))


def _refused(bad: Bad, line: int, number: int, values: list[str]) -> dict[str, Any]:
    column, value, reason, hint = bad.place
    raw = json.dumps(values, ensure_ascii=False)
    return {"line": line, "row": number, "column": column, "value": value, "reason": reason, "hint": hint, "raw": raw}


def _lines(content: bytes, file: str, kind: Kind) -> tuple[tuple[str, ...], list[tuple[int, list[str]]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError("This is not UTF-8.", file=file, line=line, hint="Save it as CSV UTF-8.") from error
    head = text.partition("\n")[0]
    mark = next((mark for mark in ",;\t" if mark in head), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader if any(value.strip() for value in row)]
    except csv.Error as error:
        hint = "Mend the quotes; no row was taken."
        raise InputError(f"The CSV breaks off: {error}.", file=file, line=reader.line_num, hint=hint) from error
    header = tuple(name.strip() for name in rows[0][1]) if rows else ()
    _check_header(header, file, kind)
    return header, rows[1:]


def _check_header(header: tuple[str, ...], file: str, kind: Kind) -> None:
    known = kind.required + kind.optional
    for name in header:
        if name not in known or header.count(name) > 1:
            close = nearest(name, known, 1)
            hint = f"Did you mean {close[0]!r}?" if close and name not in known else f"Columns: {','.join(known)}."
            raise InputError("This column is not known, or stands twice.", hint=hint, file=file, line=1, column=name)
    for name in kind.required:
        if name not in header:
            hint = f"The header is {','.join(kind.required)}; it may have {','.join(kind.optional) or 'no more'}."
            raise InputError("A column is missing.", hint=hint, file=file, line=1, column=name)


def _keep(
    workspace: Workspace,
    file: str,
    content: bytes,
    batch: str,
    receipt: FileReceipt,
    rows: list[dict[str, Any]],
    refused: list[dict[str, Any]],
) -> None:
    store, now, digest = workspace.store, workspace.clock(), hashlib.sha256(content).hexdigest()
    manifest = {
        "source": receipt.table, "batch": batch, "content_sha256": digest, "file": file, "mapping": receipt.table,
        "received_at": now, "read": receipt.accepted + receipt.rejected, "accepted": receipt.accepted,
        "rejected": receipt.rejected, "reasons": json.dumps(dict(receipt.reasons)),
        "tables": json.dumps({receipt.table: receipt.accepted}),
    }  # fmt: skip
    body = {"batch": batch, "table": receipt.table, "accepted": receipt.accepted, "rejected": receipt.rejected}
    with store.transaction():
        workspace.ledger.append("watch-file", body, key=f"watch-file {batch}")
        if rows:
            kept = [row | {"first_seen": now, "batch": batch} for row in rows]
            store.append(receipt.table, pa.Table.from_pylist(kept, schema=TABLES[receipt.table].schema))
        if refused:
            out = [row | {"source": receipt.table, "batch": batch, "state": "open"} for row in refused]
            store.append("quarantine", pa.Table.from_pylist(out))
        store.append("batch", pa.Table.from_pylist([manifest]))


def a_word(row: Mapping[str, str], column: str, *, empty: str | None = None) -> str:
    """Return a short printable text; `empty` for an empty cell where that is allowed."""
    text = row.get(column) or ""
    if not text and empty is not None:
        return empty
    if not text or len(text) > _LONGEST or not text.isprintable():
        raise Bad(column, text, "no-text", f"Write 1 to {_LONGEST} characters.")
    return text


def one_of(row: Mapping[str, str], column: str, known: Collection[str], *, empty: str | None = None) -> str:
    """Return a value of a fixed list, in small letters."""
    text = (row.get(column) or "").casefold() or (empty or "")
    if text not in known:
        close = nearest(text, known, 1)
        hint = f"Did you mean {close[0]!r}?" if close else f"One of {', '.join(sorted(known))}."
        raise Bad(column, row.get(column, ""), f"unknown-{column}", hint)
    return text


def a_number(row: Mapping[str, str], column: str, *, empty: float | None = None, more: bool = False) -> float | None:
    """Return a number from 0 (above 0 where `more`); `empty` for an empty cell."""
    text = row.get(column) or ""
    if not text:
        return empty
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0 or (more and value == 0):
        raise Bad(column, text, "no-number", f"Write a number {'above' if more else 'from'} 0 with a point, as 12.5.")
    return value


def a_day(row: Mapping[str, str], column: str, *, required: bool = True) -> dt.date | None:
    """Return a day."""
    text = row.get(column) or ""
    if not text and not required:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Bad(column, text, "no-day", "Write YYYY-MM-DD.") from None
