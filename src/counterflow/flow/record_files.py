"""Files beside a record: added by whoever works on it, given back as they came, taken back by who added them.

Photographs (PNG, JPEG), PDF and plain text or CSV; both the name and the first bytes must say so. Nothing here opens
or draws a file: it is kept and given back byte for byte, with all that a camera wrote into it.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import AccessError, InputError, UnknownName, WorkspaceError, refused_by_system
from counterflow.core.persons import folded, same_person
from counterflow.core.tables.record_files import RECORD_FILE
from counterflow.store.durable import sync
from counterflow.store.record_file_payloads import FOLDER, RECORD_FILE_UNDER, sweep_files
from counterflow.store.salts import salt_of

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = [
    "ENDINGS", "MOST_BYTES", "MOST_FILES", "FileTooLarge", "Given", "add_file", "file_of", "files_of", "kind_of",
    "require_record", "take_back",
]  # fmt: skip

#: largest file
MOST_BYTES = 10 << 20
#: files that stand beside one record at a time
MOST_FILES = 20
#: files that one record ever had, those taken back with them
_MOST_EVER = 200
_LONGEST_NAME, _LONGEST_WORDS, _SHORTEST_GROUND = 120, 1000, 8
#: ending of a name to what it says
ENDINGS: Mapping[str, str] = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".pdf": "application/pdf",
    ".csv": "text/csv", ".txt": "text/plain",
}  # fmt: skip
_SIGNATURES = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"%PDF-", "application/pdf"))
#: bytes that no text holds (WHATWG MIME Sniffing, section 3, "binary data byte")
_BINARY = bytes([*range(0x09), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)])
#: what a page or drawing that a browser would run begins with
_MARKUP = (b"<!", b"<?", b"<html", b"<head", b"<body", b"<script", b"<svg", b"<iframe")
_TAKEN = "Photographs (.png, .jpg), PDF (.pdf) and plain text (.txt, .csv) are taken."
_SHOWN = "file, source, record_id, name, kind, size, words, person, added_at, taken_back_at, ground"


class FileTooLarge(InputError):  # noqa: N818 - reads as what it is
    """More bytes than one file may have."""

    code = "too-large"
    http_status = 413


@dataclass(frozen=True, slots=True)
class Given:
    """A file as it is given back.

    Args:
        row: what is known of it.
        content: its bytes, as they came.
    """

    row: Mapping[str, Any]
    content: bytes


def files_of(store: Store, source: str, record_id: str) -> list[dict[str, Any]]:
    """Return the files of one record, oldest first, those taken back with their ground; erased ones are not told.

    Returns:
        `file`, `source`, `record_id`, `name`, `kind`, `size`, `words`, `person`, `added_at`, `taken_back_at`, `ground`,
        `ledger_seq`, `taken_back_seq`.
    """
    return store.rows(
        f"SELECT {_SHOWN}, ledger_seq, taken_back_seq FROM record_file"
        " WHERE source = ? AND record_id = ? AND sha256 <> '' ORDER BY added_at, ledger_seq",
        [source, record_id],
    )


def require_record(store: Store, source: str, record_id: str) -> None:
    """Refuse what is no record here.

    Raises:
        UnknownName: there is none under this source and id.
    """
    if not store.rows(
        "SELECT 1 AS one FROM consignment WHERE source = ? AND record_id = ? LIMIT 1", [source, record_id]
    ):
        raise UnknownName("record", f"{source}/{record_id}", [])


def add_file(
    workspace: Workspace, source: str, record_id: str, file: Path, name: str, *, person: str, words: str = ""
) -> dict[str, Any]:
    """Keep a copy of `file` beside a record; return its row.

    Args:
        workspace: whose record.
        source: the record's source.
        record_id: the record.
        file: where the bytes lie.
        name: what its sender calls it; folders in it are left out, and it never names anything on the disk.
        person: who adds it.
        words: what it shows.

    Raises:
        UnknownName: no such record.
        FileTooLarge: it has more than `MOST_BYTES`.
        InputError: it is empty or of a kind that is not taken, its name and its bytes say different things, the record
            has its `MOST_FILES`, or the words are too long.
    """
    if not folded(person):
        raise InputError("This is nobody's name.", hint="Name a person.", column="person", value=person)
    require_record(workspace.store, source, record_id)
    said, plain = _worded(words, "words", 0), _plain(name)
    _refuse_more(workspace.store, source, record_id)
    if file.stat().st_size > MOST_BYTES:
        size = f"{file.stat().st_size:,}"
        hint = "Send a smaller picture, or only the pages that matter."
        raise FileTooLarge(f"The file has {size} bytes; {MOST_BYTES:,} are taken.", hint=hint, file=plain)
    content = file.read_bytes()
    kind = kind_of(plain, content)
    row: dict[str, Any] = {
        "file": f"F-{secrets.token_hex(12)}", "source": source, "record_id": record_id, "name": plain, "kind": kind,
        "size": len(content), "words": said, "person": person, "added_at": workspace.clock(),
        "sha256": hashlib.sha256(content).hexdigest(), "stored": secrets.token_hex(16),
    }  # fmt: skip
    _write(workspace, str(row["stored"]), content)
    try:
        with workspace.store.transaction():
            row["ledger_seq"] = _seal(workspace, row, "added")
            workspace.store.append("record_file", pa.Table.from_pylist([row], schema=RECORD_FILE))
    except BaseException:
        (workspace.path / FOLDER / str(row["stored"])).unlink(missing_ok=True)
        raise
    return _row(workspace.store, row["file"])


def file_of(workspace: Workspace, file: str) -> Given:
    """Return one file with its bytes.

    Raises:
        UnknownName: there is none, it was taken back, or it was erased.
        WorkspaceError: its bytes are not those that were added.
    """
    row = _row(workspace.store, file)
    held = workspace.store.rows("SELECT stored, sha256 FROM record_file WHERE file = ?", [file])[0]
    if row["taken_back_at"] is not None:
        raise UnknownName("file", file, [])
    try:
        content = (workspace.path / FOLDER / str(held["stored"])).read_bytes()
    except FileNotFoundError:
        content = b""
    if hashlib.sha256(content).hexdigest() != held["sha256"]:
        hint = "Restore the folder from a copy; the ledger holds a digest of what was added."
        raise WorkspaceError(f"The bytes of {file} in {FOLDER}/ are not those that were added.", hint=hint)
    return Given(row, content)


def take_back(workspace: Workspace, file: str, *, person: str, ground: str) -> dict[str, Any]:
    """Take one's own file back: its bytes are deleted; that it was there, and why it went, stays. Return its row.

    Raises:
        UnknownName: there is no such file, or it was taken back or erased.
        AccessError: somebody else added it.
        InputError: no ground.
    """
    row, why = _row(workspace.store, file), _worded(ground, "ground", _SHORTEST_GROUND)
    if row["taken_back_at"] is not None:
        raise UnknownName("file", file, [])
    if not same_person(str(row["person"]), person):
        hint = "Ask whoever added it; a wrong file about a person can also be erased."
        raise AccessError("Only who added a file takes it back.", hint=hint)
    store, now = workspace.store, workspace.clock()
    with store.transaction():
        seq = _seal(workspace, row | {"ground": why}, "taken-back")
        store.execute(
            "UPDATE record_file SET stored = '', taken_back_at = ?, ground = ?, taken_back_seq = ? WHERE file = ?",
            [now, why, seq, file],
        )
        store.after_commit(lambda: sweep_files(workspace.path, store))
    return _row(store, file)


def kind_of(name: str, content: bytes) -> str:
    r"""Return the kind of a file, on which its name and its bytes must agree.

    >>> kind_of("parcel.JPG", b"\xff\xd8\xff\xe0...")
    'image/jpeg'

    Raises:
        InputError: it is empty, of another kind, or they do not agree.
    """
    if not content:
        raise InputError("The file is empty: not one byte.", hint="Send it again.", file=name)
    named = ENDINGS.get(Path(name).suffix.lower())
    if named is None:
        raise InputError("Files of this kind are not taken.", hint=_TAKEN, file=name)
    found = next((kind for start, kind in _SIGNATURES if content.startswith(start)), "")
    if not found and named.startswith("text/") and _is_text(content):
        found = named
    if found != named:
        really = f"its bytes say {found}" if found else "its bytes do not"
        hint = f"{_TAKEN} Text is UTF-8 or the like, and no page of markup. Save it anew as what it is."
        raise InputError(f"Its name says {named}, {really}.", hint=hint, file=name)
    return named


def _is_text(content: bytes) -> bool:
    start = content[:64].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return not start.startswith(_MARKUP) and len(content.translate(None, _BINARY)) == len(content)


def _refuse_more(store: Store, source: str, record_id: str) -> None:
    counted = store.rows(
        "SELECT count(*) AS ever, count(*) FILTER (stored <> '') AS standing FROM record_file"
        " WHERE source = ? AND record_id = ?",
        [source, record_id],
    )[0]
    if int(str(counted["standing"])) >= MOST_FILES or int(str(counted["ever"])) >= _MOST_EVER:
        hint = "Take one of yours back, or put pages together into one PDF."
        raise InputError(f"A record has at most {MOST_FILES} files.", hint=hint)


def _row(store: Store, file: str) -> dict[str, Any]:
    rows = store.rows(f"SELECT {_SHOWN} FROM record_file WHERE file = ? AND sha256 <> ''", [file])
    if not rows:
        raise UnknownName("file", file, [])
    return rows[0]


def _worded(text: str, column: str, least: int) -> str:
    said = " ".join(text.split())
    if not least <= len(said) <= _LONGEST_WORDS:
        hint = f"Write {least} to {_LONGEST_WORDS} characters that another person can follow."
        raise InputError("This needs words." if said == "" else "These words do not fit.", hint=hint, column=column)
    return said


def _plain(name: str) -> str:
    r"""Return the last part of a name without what a terminal or a file system would read otherwise; its ending stays.

    >>> _plain("../../etc/lab sheet.pdf"), _plain("C:\\photos\\a.png"), _plain("..")
    ('lab sheet.pdf', 'a.png', 'file')
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable() and c not in '<>:"|?*')[-_LONGEST_NAME:].strip(" .") or "file"


def _write(workspace: Workspace, stored: str, content: bytes) -> None:
    """Write the bytes whole under another name, for this user alone, and then give them theirs."""
    folder = workspace.path / FOLDER
    part = folder / f"{stored}.part"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(content)
        sync(part)
        part.rename(folder / stored)
        sync(folder)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise refused_by_system(error, workspace.path.absolute()) from error


def _seal(workspace: Workspace, row: Mapping[str, Any], act: str) -> int:
    """Put an act on a file into the ledger by ids and salted digests; return the entry's number."""
    from counterflow.store.ledger import salted_digest

    salt = salt_of(workspace.store, RECORD_FILE_UNDER, str(row["file"]))
    body: dict[str, object] = {
        "file": row["file"], "act": act, "source": row["source"], "record_id": row["record_id"],
        "person": salted_digest(salt, f"person:{folded(str(row['person']))}"),
    }  # fmt: skip
    if act == "added":
        body["bytes"] = salted_digest(salt, f"bytes:{row['sha256']}")
    else:
        body["ground"] = salted_digest(salt, f"ground:{row['ground']}")
    return workspace.ledger.append("record-file", body).seq
