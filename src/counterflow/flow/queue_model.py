"""The queue's own store: one row per record, kept beside the tables and made again from them at any time.

`cache/queue.duckdb` holds nothing that the tables do not: deleting it costs the time to make it. It is a store of its
own so that reading a million rows and writing facts do not wait for one another, and so that keeping it up never
meets an act in a transaction. What changed since it was last brought up is read by loads, screenings, plans, outcomes
and acts; decision 0019 says what that costs.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from counterflow.core.errors import CounterflowError, StoreBusy, WorkspaceError
from counterflow.flow import queue_rows as rows
from counterflow.flow.queue_choices import choices_in
from counterflow.flow.queue_taking import Taking

if TYPE_CHECKING:
    from counterflow.store.duckdb_store import DuckDBStore
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["QueueModel", "Standing"]

_MEMORY = "512MB"
#: a refresh is not begun before this many seconds since the last, or as long as that one took
_PAUSE = 1.0
_VERSION = hashlib.sha256(rows.CREATE.encode() + b"5").hexdigest()[:12]
_COUNTED = ("consignment", "batch", "screening", "finding", "party_clearing", "plan", "outcome", "queue_act")
_COUNTS = " UNION ALL ".join(
    [
        *(f"SELECT {place} AS place, count(*) AS n FROM {table}" for place, table in enumerate(_COUNTED)),
        f"SELECT {len(_COUNTED)}, count(*) FROM queue_act WHERE person = '[erased]'",
    ]
)
_COUNTS = f"SELECT n FROM ({_COUNTS}) ORDER BY place"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the queue is.

    Args:
        as_of: when it was last brought up; None while it is made for the first time.
        records: records in it.
        behind: records that the tables hold and it does not yet.
        stale: whether something changed since it was last brought up.
        version: changes whenever its rows did.
        trouble: why it could not be brought up, in words; empty where it could.
    """

    as_of: dt.datetime | None
    records: int
    behind: int
    stale: bool
    version: int
    trouble: str = ""


class QueueModel:
    """The rows of the queue of one workspace; use `QueueModel.of`."""

    _made: ClassVar[weakref.WeakKeyDictionary[Workspace, QueueModel]] = weakref.WeakKeyDictionary()
    _making: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = weakref.ref(workspace)
        self.store = _open(workspace.cache / "queue.duckdb", workspace.id)
        self._turn = threading.Lock()
        self._state: tuple[object, ...] | None = None
        self._as_of: dt.datetime | None = self.store.query("SELECT as_of FROM made").column("as_of")[0].as_py()
        self._version = 0
        self._trouble = ""
        self._ended, self._took = 0.0, 0.0
        self._thread: threading.Thread | None = None
        self._choosing = threading.Lock()
        self._choices: dict[str, Any] | None = None
        #: counts that were asked for, as `queue.counted` keeps them
        self.counts: OrderedDict[tuple[object, ...], int] = OrderedDict()
        weakref.finalize(workspace, self.store.close)

    @classmethod
    def of(cls, workspace: Workspace) -> QueueModel:
        """Return the queue of an opened workspace, the same for everybody who asks."""
        with cls._making:
            held = cls._made.get(workspace)
            if held is None:
                held = cls._made[workspace] = cls(workspace)
            return held

    def standing(self, *, wait: float = 0.25) -> Standing:
        """Say how far the queue is, after up to `wait` seconds of bringing it up where something small changed.

        Loads do not keep a reader waiting: their records come in the background and are counted as `behind`.
        """
        workspace = self._open_workspace()
        state = _state_of(workspace.store)
        if state != self._state:
            self._begin(workspace)
            small = self._state is None or state[:2] == self._state[:2]
            if small and self._thread is not None:
                self._thread.join(wait)
        held, there = self._rows(), int(str(state[0]))
        return Standing(self._as_of, held, max(there - held, 0), state != self._state, self._version, self._trouble)

    def refresh(self) -> Standing:
        """Bring the queue up now, however long it takes, and say how far it is."""
        self._bring_up(self._open_workspace(), raising=True)
        return self.standing(wait=0)

    def close(self) -> None:
        """Wait for what is being brought up, and give the file back."""
        thread = self._thread
        if thread is not None:
            thread.join()
        self.store.close()
        workspace = self._workspace()
        if workspace is not None:
            self._made.pop(workspace, None)

    def _open_workspace(self) -> Workspace:
        workspace = self._workspace()
        if workspace is None:
            raise WorkspaceError("The workspace of this queue was closed.", hint="Open it again.")
        return workspace

    def _rows(self) -> int:
        return int(str(self.store.rows("SELECT count(*) AS n FROM record")[0]["n"]))

    def _begin(self, workspace: Workspace) -> None:
        """Bring it up in the background, unless that goes on already or has only just ended."""
        with self._making:
            busy = self._thread is not None and self._thread.is_alive()
            if busy or (time.monotonic() - self._ended < min(max(_PAUSE, self._took), 30.0) and self._took > _PAUSE):
                return
            self._thread = threading.Thread(target=self._bring_up, args=(workspace,), name="queue", daemon=True)
            self._thread.start()

    def _bring_up(self, workspace: Workspace, *, raising: bool = False) -> None:
        with self._turn:
            began = time.monotonic()
            try:
                self._take(workspace)
            except CounterflowError as error:
                self._trouble = error.message
                _log.warning("the queue could not be brought up: %s", error)
                if raising:
                    raise
            finally:
                self._ended = time.monotonic()
                self._took = self._ended - began

    def _take(self, workspace: Workspace) -> None:
        store = workspace.store
        state, now = _state_of(store), workspace.clock()
        if state == self._state:
            return
        taking = Taking(store, self.store)
        if taking.foreign():
            self._empty()
        for changed in taking.steps(self._state, state):
            self._version += changed
        self.store.execute("UPDATE made SET as_of = ?", [now])
        self._state, self._as_of, self._trouble = state, now, ""
        self._version += 1
        # Counted here and not when somebody asks: a reader never waits for it.
        fresh = choices_in(self.store)
        with self._choosing:
            self._choices = fresh

    def _empty(self) -> None:
        with self.store.transaction():
            for table in ("record", "taken", "taken_plan"):
                self.store.execute(f"DELETE FROM {table}")
        self._state = None

    def choices(self) -> dict[str, Any]:
        """Return what the rows can be filtered by, with how many there are of each; see `queue.choices`."""
        with self._choosing:
            if self._choices is None:
                self._choices = choices_in(self.store)
            return self._choices


def _state_of(store: Store) -> tuple[object, ...]:
    """Return what differs once the queue has to be brought up: counts, which the store knows without looking."""
    return tuple(row["n"] for row in store.rows(_COUNTS))


def _open(path: Path, workspace_id: str) -> DuckDBStore:
    """Open the file; one that is damaged, of another program or of another workspace is made anew."""
    from counterflow.store.duckdb_store import DuckDBStore

    try:
        store = DuckDBStore(path, memory_limit=_MEMORY, bare=True)
        if _is_ours(store, workspace_id):
            return store
        store.close()
    except StoreBusy:
        raise
    except WorkspaceError:
        _log.warning("the queue's file was damaged and is made anew: %s", path)
    for old in (path, path.with_name(path.name + ".wal")):
        old.unlink(missing_ok=True)
    store = DuckDBStore(path, memory_limit=_MEMORY, bare=True)
    for statement in (
        rows.CREATE,
        "CREATE TABLE taken (source VARCHAR, batch VARCHAR, screenings VARCHAR)",
        "CREATE TABLE taken_plan (plan VARCHAR)",
        "CREATE TABLE made (version VARCHAR, workspace VARCHAR, as_of TIMESTAMPTZ)",
    ):
        store.execute(statement)
    store.execute("INSERT INTO made VALUES (?, ?, NULL)", [_VERSION, workspace_id])
    return store


def _is_ours(store: DuckDBStore, workspace_id: str) -> bool:
    tables = store.rows("SELECT table_name FROM duckdb_tables() WHERE table_name = 'made'")
    held: Sequence[dict[str, object]] = store.rows("SELECT * FROM made") if tables else ()
    return bool(held) and (held[0]["version"], held[0]["workspace"]) == (_VERSION, workspace_id)
