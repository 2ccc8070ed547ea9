"""Files that somebody sent to the console and that wait for a word on what their columns hold.

They lie in the workspace's folder `uploads/`, open to this user alone, until they are loaded, given up, or a day old.
What they hold may name people; nothing of it is copied anywhere else before a person has said what it is.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from counterflow.core.errors import InputError, UnknownName
from counterflow.core.persons import same_person
from counterflow.store.workspace import Workspace

__all__ = ["KEPT_HOURS", "MOST_BYTES", "MOST_WAITING", "Held", "find_held", "hold", "let_go", "waiting"]

#: largest file taken in the console; larger ones go in by `counterflow intake load`
MOST_BYTES = 64 << 20
#: hours that a file waits
KEPT_HOURS = 24
#: files that wait at a time, of all people
MOST_WAITING = 50
_ID = re.compile(r"[0-9a-f]{24}")
_ABOUT = "about.json"
_LONGEST_NAME = 200


@dataclass(frozen=True)
class Held:
    """A file that waits.

    Args:
        id: what it is asked for by.
        name: its name as it came, without folders.
        person: who sent it; nobody else may go on with it.
        came_at: when.
        path: where it lies.
    """

    id: str
    name: str
    person: str
    came_at: dt.datetime
    path: Path

    @property
    def size(self) -> int:
        """Bytes."""
        return self.path.stat().st_size


def hold(workspace: Workspace, file: Path, name: str, person: str) -> Held:
    """Keep a copy of `file` until somebody says what its columns are.

    Args:
        workspace: where it waits.
        file: the file as it came.
        name: its name as its sender calls it.
        person: who sent it.

    Raises:
        InputError: it is empty, too large, or too many wait.
    """
    size = file.stat().st_size
    if size == 0:
        raise InputError("The file is empty: not one byte.", hint="Ask the sender for it again.", file=name)
    if size > MOST_BYTES:
        raise InputError(
            f"The file has {size:,} bytes; {MOST_BYTES:,} are taken here.",
            hint="Larger ones go in by `counterflow intake load FILE --map M.toml`.",
            file=name,
        )
    _sweep(workspace)
    if len(_folders(workspace)) >= MOST_WAITING:
        raise InputError(
            f"{MOST_WAITING} files wait already.",
            hint="Load or give up one of them; after a day they go by themselves.",
        )
    folder = _root(workspace) / secrets.token_hex(12)
    (folder / "sent").mkdir(mode=0o700, parents=True)
    plain = _plain(name)
    held = Held(folder.name, plain, person, workspace.clock(), folder / "sent" / plain)
    shutil.copyfile(file, held.path)
    about = {"name": plain, "person": person, "came_at": held.came_at.isoformat()}
    (folder / _ABOUT).write_text(json.dumps(about, ensure_ascii=False), "utf-8")
    return held


def find_held(workspace: Workspace, upload: str, person: str) -> Held:
    """Return a file that waits, to the one who sent it.

    Raises:
        UnknownName: none of theirs waits under this id.
    """
    folder = _root(workspace) / upload if _ID.fullmatch(upload) else None
    held = _read(folder) if folder is not None and folder.is_dir() else None
    if held is None or not same_person(held.person, person) or _is_old(workspace, held):
        raise UnknownName("upload", upload, [one.id for one in waiting(workspace, person)])
    return held


def waiting(workspace: Workspace, person: str) -> list[Held]:
    """Return the files of a person that wait, the newest first."""
    held = [one for folder in _folders(workspace) if (one := _read(folder)) is not None]
    own = [one for one in held if same_person(one.person, person) and not _is_old(workspace, one)]
    return sorted(own, key=lambda one: one.came_at, reverse=True)


def let_go(workspace: Workspace, upload: str) -> None:
    """Delete a file that waited."""
    if _ID.fullmatch(upload):
        shutil.rmtree(_root(workspace) / upload, ignore_errors=True)


def _root(workspace: Workspace) -> Path:
    root = workspace.path / "uploads"
    root.mkdir(mode=0o700, exist_ok=True)
    return root


def _folders(workspace: Workspace) -> list[Path]:
    return [path for path in _root(workspace).iterdir() if path.is_dir()]


def _read(folder: Path) -> Held | None:
    """Return what a folder holds; None of one that was cut off while it was made."""
    try:
        about = json.loads((folder / _ABOUT).read_text("utf-8"))
        path = folder / "sent" / about["name"]
        came_at = dt.datetime.fromisoformat(about["came_at"])
    except (OSError, ValueError, KeyError):
        return None
    return Held(folder.name, about["name"], about["person"], came_at, path) if path.is_file() else None


def _is_old(workspace: Workspace, held: Held) -> bool:
    return workspace.clock() - held.came_at > dt.timedelta(hours=KEPT_HOURS)


def _sweep(workspace: Workspace) -> None:
    for folder in _folders(workspace):
        held = _read(folder)
        if held is None or _is_old(workspace, held):
            shutil.rmtree(folder, ignore_errors=True)


def _plain(name: str) -> str:
    """Return the last part of a name, as long as a file system takes it; its ending stays.

    >>> _plain("../../May 2026.csv"), _plain("..")
    ('May 2026.csv', 'file')
    """
    last = "".join(c for c in name.replace("\\", "/").rpartition("/")[2] if c.isprintable()).strip(" .")
    return last.encode()[-_LONGEST_NAME:].decode("utf-8", "ignore").strip(" .") or "file"
