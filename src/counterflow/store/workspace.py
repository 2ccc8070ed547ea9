"""A workspace: the folder that holds everything one site has loaded, decided and found.

counterflow.toml     identity and settings
counterflow.duckdb   tables
facts/               append-only history as Parquet, by month
spool/               loads on their way in
files/               files that people put beside records, under random names, for this user alone
ledger/              what was known and decided, before the outcome; public key; heads
keys/                the ledger's private key, for this user alone
models/              trained models, each with its digest in the ledger
cache/               indexes built from list versions; may be deleted at any time
"""

from __future__ import annotations

import datetime as dt
import os
import tomllib
import uuid
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from counterflow.core.clock import Clock, system_clock
from counterflow.core.errors import WorkspaceError, refused_by_system
from counterflow.core.settings import LoadedSettings, Settings, load_settings
from counterflow.store.owner import Ownership
from counterflow.store.repository import Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from counterflow.store.ledger import Ledger

__all__ = ["Workspace", "workspace_id"]

_TOML = """\
# A Counterflow workspace. Settings go below; `counterflow config show` lists every key with its value and origin.

[workspace]
id = "{id}"
created = "{created}"
"""


_RESTORE = "Restore it from a copy: [workspace] must hold an id."


class Workspace:
    """An opened workspace. Opening takes ownership: one process at a time (see `owner`).

    Args:
        path: the folder.
        clock: where the time comes from.
        doing: what this process is at, shown to whoever must wait.
        flags: settings from the command line, `section.key` to value.
        wait_seconds: how long to wait for another owner to finish.

    Raises:
        WorkspaceError: there is no workspace at `path`.
        StoreBusy: another process owns it.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock = system_clock,
        doing: str = "working",
        flags: Mapping[str, object] | None = None,
        wait_seconds: float = 0.0,
    ) -> None:
        self.path = path
        self.id = workspace_id(path)
        self.clock = _shifted(clock, path)
        self.loaded_settings: LoadedSettings = load_settings(path, flags=flags)
        self.cache = path / "cache"
        try:
            self.cache.mkdir(exist_ok=True)
            self.ownership = Ownership(path, doing, wait_seconds)
        except OSError as error:
            raise refused_by_system(error, path.absolute()) from error

    @classmethod
    def create(cls, path: Path, *, clock: Clock = system_clock) -> Path:
        """Make an empty workspace at `path` and return its folder; the folder may exist if it is empty.

        Raises:
            WorkspaceError: something is there already.
        """
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise WorkspaceError(f"{path} exists and is not an empty folder.", hint="Name a new folder.")
        toml = _TOML.format(id=uuid.uuid4(), created=clock().isoformat(timespec="seconds"))
        try:
            for folder in ("facts", "spool", "ledger", "keys", "cache"):
                (path / folder).mkdir(parents=True, exist_ok=True)
            # The tables name people: nobody else on this machine needs to read them.
            path.chmod(0o700)
            (path / "keys").chmod(0o700)
            (path / "counterflow.toml").write_text(toml, "utf-8")
        except OSError as error:
            raise WorkspaceError(f"{path} cannot be made: {error.strerror}.", hint="Name another folder.") from error
        with cls(path, clock=clock, doing="creating") as workspace:
            _ = workspace.store, workspace.ledger
        return path

    @classmethod
    def open(
        cls, path: Path, *, clock: Clock = system_clock, doing: str = "working", wait_seconds: float = 0.0
    ) -> Self:
        """Open the workspace at `path` as its owner."""
        return cls(path, clock=clock, doing=doing, wait_seconds=wait_seconds)

    @property
    def settings(self) -> Settings:
        """Settings in force."""
        return self.loaded_settings.settings

    @cached_property
    def store(self) -> Store:
        """The tables."""
        from counterflow.store.duckdb_store import DuckDBStore
        from counterflow.store.record_file_payloads import sweep_files

        store = DuckDBStore(self.path / "counterflow.duckdb", memory_limit=self.settings.engine.memory_limit)
        sweep_files(self.path, store)
        return store

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger."""
        from counterflow.store.ledger import Ledger

        return Ledger.open(self.path / "ledger", keys=self.path / "keys", ledger_id=self.id, clock=self.clock)

    def close(self) -> None:
        """Give everything back and let the next owner come."""
        if "store" in self.__dict__:
            self.store.close()
            del self.__dict__["store"]
        if "ledger" in self.__dict__:
            self.ledger.close()
            del self.__dict__["ledger"]
        self.ownership.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _shifted(clock: Clock, path: Path) -> Clock:
    """Return the clock of a workspace: a training world lives in its own time, which its file says; no other does."""
    shift = tomllib.loads((path / "counterflow.toml").read_text("utf-8"))["workspace"].get("clock_shift_seconds", 0)
    if clock is not system_clock or not shift:
        return clock
    # an instant that somebody set stands as it is
    return lambda: clock() if "COUNTERFLOW_NOW" in os.environ else clock() + dt.timedelta(seconds=shift)


def workspace_id(path: Path) -> str:
    """Return the id of the workspace at `path`.

    Raises:
        WorkspaceError: there is none, or its counterflow.toml cannot be read.
    """
    if not path.is_dir():
        if path.exists():
            raise WorkspaceError(f"{path} is a file; a workspace is a folder.", hint="`counterflow init` makes one.")
        raise WorkspaceError(f"There is no workspace at {path}.", hint=f"`counterflow init {path}` makes one.")
    toml = path / "counterflow.toml"
    try:
        return str(tomllib.loads(toml.read_text("utf-8"))["workspace"]["id"])
    except FileNotFoundError:
        raise WorkspaceError(
            f"{path} is not a workspace: it has no counterflow.toml.",
            hint="`counterflow init` makes one in a new folder.",
        ) from None
    except (KeyError, TypeError):
        raise WorkspaceError(f"{toml} does not say which workspace this is.", hint=_RESTORE) from None
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorkspaceError(f"{toml} is damaged: {error}.", hint=_RESTORE) from error
