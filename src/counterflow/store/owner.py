"""One owner per store: a lock on a file, and a note beside it that says who holds it and where to reach them.

The lock is the kernel's (`flock`), so it dies with its process, however that ends; the note may be stale and is only
believed while the lock is held.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from counterflow.core.errors import StoreBusy

__all__ = ["Owner", "Ownership", "who_owns"]

LOCK = "owner.lock"
NOTE = "owner.json"


@dataclass(frozen=True)
class Owner:
    """Who owns a workspace: a process, and where it takes commands if it serves (empty where it does not)."""

    pid: int
    doing: str
    url: str = ""
    token: str = ""


class Ownership:
    """Holds the lock of a workspace from creation until `release`.

    Args:
        folder: workspace folder.
        doing: what this process is at, for whoever has to wait.
        wait_seconds: how long to wait for another owner to finish.

    Raises:
        StoreBusy: someone else still holds it after that time.
    """

    def __init__(self, folder: Path, doing: str, wait_seconds: float = 0.0) -> None:
        self._folder = folder
        self._handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    os.close(self._handle)
                    raise _busy(folder) from None
                time.sleep(0.05)
        try:
            self.announce(Owner(os.getpid(), doing))
        except OSError:
            os.close(self._handle)
            raise

    def announce(self, owner: Owner) -> None:
        """Write the note; readable by this user only, since a token may stand in it."""
        temporary = self._folder / f".{NOTE}"
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as note:
            json.dump(asdict(owner), note)
        temporary.rename(self._folder / NOTE)

    def release(self) -> None:
        """Let go; the next owner may come. Letting go twice is letting go."""
        if self._handle < 0:
            return
        (self._folder / NOTE).unlink(missing_ok=True)
        os.close(self._handle)
        self._handle = -1


def who_owns(folder: Path) -> Owner | None:
    """Return the owner that the note names, if there is a readable one."""
    try:
        return Owner(**json.loads((folder / NOTE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _busy(folder: Path) -> StoreBusy:
    owner = who_owns(folder)
    who = f"process {owner.pid} ({owner.doing})" if owner else "another process"
    return StoreBusy(
        f"The workspace {folder} is in use by {who}.",
        hint=f"Its board is at {owner.url} ." if owner and owner.url else "Wait until it is done.",
    )
