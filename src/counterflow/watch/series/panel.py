"""Changes of what is looked for and how: entered by hand or from a file, kept with who and when, shown by day."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import InputError, UsageError, nearest
from counterflow.watch.series.kept import CountsReceipt, digest_of, keep
from counterflow.watch.series.reader import COUNTS, PANELS, Read, table_for

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["CHANGES", "add_changes", "change_of", "panel_rows", "read_panel_file"]

CHANGES = ("added", "dropped", "definition", "date-basis", "coverage")
_NEEDED = ("source", "from_day", "change", "said")
_ANY = ("place", "measure", "subject")


def add_changes(workspace: Workspace, rows: Sequence[dict[str, Any]], *, file: str = "by hand") -> CountsReceipt:
    """Keep changes of panel; the same again changes nothing."""
    n = len(rows)
    columns = {name: [row[name] for row in rows] for name in PANELS.names}
    read = Read(n, COUNTS.empty_table(), panel=table_for(PANELS, n, columns))
    said = hashlib.sha256(json.dumps(list(rows), sort_keys=True, default=str).encode()).hexdigest()
    return keep(workspace, read, file=file, form="panel", digest=digest_of(said, {"form": "panel"}))


def read_panel_file(path: Path) -> list[dict[str, Any]]:
    """Read a CSV of changes: source, from_day, change, said; place, measure and subject where it is not for all.

    Raises:
        InputError: a column is missing, or a row is unusable; names the line.
    """
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise InputError("There is no such file.", file=path.name, hint="Give a CSV of changes.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"It cannot be read: {error}.", file=path.name, hint="Save it as CSV UTF-8.") from error
    reader = csv.DictReader(text.splitlines())
    header = [name.strip() for name in reader.fieldnames or ()]
    for name in _NEEDED:
        if name not in header:
            close = nearest(name, header, 1)
            hint = f"Is {close[0]!r} meant?" if close else f"Columns: {', '.join((*_NEEDED, *_ANY))}."
            raise InputError("A column is missing.", file=path.name, line=1, column=name, hint=hint)
    rows = []
    for row in reader:
        try:
            rows.append(change_of({str(key).strip(): value or "" for key, value in row.items() if key is not None}))
        except InputError as error:
            error.file, error.line = path.name, reader.line_num
            raise
    if not rows:
        raise InputError("It holds no row.", file=path.name, line=2, hint="Write at least one row.")
    return rows


def change_of(said: dict[str, str]) -> dict[str, Any]:
    """Return a change as it is kept.

    Raises:
        InputError: a day or a change that is none, or words that are missing.
    """
    row: dict[str, Any] = {name: said.get(name, "").strip() for name in (*_NEEDED, *_ANY)}
    row |= {name: row[name] or "*" for name in _ANY}
    try:
        row["from_day"] = dt.date.fromisoformat(row["from_day"])
    except ValueError:
        hint = "Write YYYY-MM-DD."
        raise InputError("This is no day.", column="from_day", value=row["from_day"], hint=hint) from None
    if row["change"] not in CHANGES:
        raise InputError(
            "This change is not known.", column="change", value=row["change"], hint=f"One of {', '.join(CHANGES)}."
        )
    for name in ("source", "said"):
        if not row[name]:
            raise InputError("This is empty.", column=name, hint="Say who counts, and what changed.")
    return row


def panel_rows(store: Store, *, source: str | None = None) -> list[dict[str, Any]]:
    """Return the changes on record by day, each once."""
    if source is not None and not store.rows("SELECT 1 AS one FROM panel WHERE source = ? LIMIT 1", [source]):
        known = [str(row["source"]) for row in store.rows("SELECT DISTINCT source FROM panel")]
        raise UsageError(f"No change of {source!r} is on record.", hint=f"On record: {', '.join(known) or 'none'}.")
    where, values = ("", []) if source is None else ("WHERE source = ?", [source])
    return store.rows(
        f"""SELECT source, place, measure, subject, from_day, change, said, min(first_seen) AS first_seen FROM panel
        {where} GROUP BY ALL ORDER BY from_day, source, measure, subject, place""".replace(
            "GROUP BY ALL", "GROUP BY source, place, measure, subject, from_day, change, said"),
        values,
    )  # fmt: skip
