"""What was read, by whom, for which purpose: one row for each look at what can name a person or a case.

A look is on record before it is answered: its line is in a file of the workspace (`reads/pending.jsonl`) when `note`
returns, so that a killed server loses none. Lines are taken into the table in groups, with the digest of each group in
the ledger; so fifty people at work cost two small writes a minute. If the line cannot be written, the look is refused.

A row holds ids and the keyed digest of what was asked for. Whoever has the words can ask whether they were looked up
(`was_asked`); the words themselves are not kept.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import logging
import os
import secrets
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import CounterflowError, EngineError
from counterflow.core.tables import ACCESS_READ
from counterflow.store.access_payloads import ACCESS_UNDER
from counterflow.store.salts import salt_of

if TYPE_CHECKING:
    from counterflow.access.people import People
    from counterflow.access.who import Who
    from counterflow.store.workspace import Workspace

__all__ = ["PENDING", "Reads"]

PENDING = "reads/pending.jsonl"
#: records named in one row; of longer lists the row says how many, and `query` which
MOST_IDS = 100
#: seconds between two groups, and rows that make a group at once
EVERY_SECONDS, AT_ROWS = 30.0, 2_000
_KEY = "reads"

_log = logging.getLogger(__name__)


class Reads:
    """The log of reads of a workspace; safe to call from several threads.

    Args:
        workspace: opened by this process.
        known: the people, for their ids.
        every: seconds between two groups; 0 writes none by itself (`settle` does).
        beside: what else is to be done now and then, in the same thread.
    """

    def __init__(
        self, workspace: Workspace, known: People, *, every: float = EVERY_SECONDS,
        beside: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        self._workspace, self._every, self._people, self._beside = workspace, every, known, beside
        self._path: Path = workspace.path / PENDING
        self._lock = threading.Lock()
        self._settling = threading.Lock()
        self._lines: list[str] = []
        self._file: int | None = None
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        #: groups that this process put into the ledger: views kept by the ledger's size need not be made anew for them
        self.groups = 0
        # what a killed server left: first the group that was on its way in
        for left in (self._path.with_suffix(".group"), self._path):
            if left.exists():
                self._take_in(left.read_text("utf-8").splitlines())
                left.unlink()

    def note(
        self, who: Who, resource: str, action: str = "read", *, ids: Iterable[str] = (), query: str = "",
        allowed: bool = True, reason: str = "",
    ) -> None:  # fmt: skip
        """Put a look on record.

        Args:
            who: who looked.
            resource: kind of thing.
            action: what they wanted to do with it.
            ids: records or cases shown.
            query: what was asked for, in words; only its digest is kept.
            allowed: whether it was allowed.
            reason: the rule that allowed it, or why not.

        Raises:
            EngineError: the line cannot be written; then nothing may be shown.
        """
        shown = list(ids)
        row = {
            "read": secrets.token_hex(8), "at": self._workspace.clock().isoformat(),
            "person": self._people.of(who), "roles": " ".join(sorted(who.roles)), "purpose": who.purpose,
            "resource": resource, "action": action, "via": who.session, "ids": shown[:MOST_IDS], "count": len(shown),
            "query": self.digest(query) if query else None, "allowed": allowed, "reason": reason,
        }  # fmt: skip
        self._write(json.dumps(row, ensure_ascii=False))

    def digest(self, query: str) -> str:
        """Return the keyed digest under which words are on record, without their case and needless blanks."""
        return hmac.new(self._key, " ".join(query.casefold().split()).encode(), hashlib.sha256).hexdigest()

    def was_asked(self, query: str) -> list[dict[str, Any]]:
        """Return the looks that asked for exactly these words, newest first."""
        self.settle()
        return self._workspace.store.rows(
            'SELECT * FROM access_read WHERE query = ? ORDER BY "at" DESC LIMIT 500', [self.digest(query)]
        )

    def settle(self) -> int:
        """Take what is pending into the table and its digest into the ledger; return how many rows."""
        with self._settling:
            with self._lock:
                lines, self._lines = self._lines, []
                behind = self._path.with_suffix(".group")
                if lines and self._file is not None:
                    os.close(self._file)
                    self._file = None
                    with suppress(FileNotFoundError):  # taken in by a later opening already: rows have ids
                        self._path.rename(behind)
            if not lines:
                return 0
            try:
                count = self._take_in(lines)
            except CounterflowError:
                with self._lock:  # they stay pending, and on disk
                    self._lines = lines + self._lines
                    self._append_back(behind)
                raise
            behind.unlink(missing_ok=True)
            return count

    def close(self) -> None:
        """Take in what is pending and stop."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=30)
        self.settle()
        with self._lock:
            if self._file is not None:
                os.close(self._file)
                self._file = None

    @cached_property
    def _key(self) -> bytes:
        return salt_of(self._workspace.store, ACCESS_UNDER, _KEY)

    def _write(self, line: str) -> None:
        with self._lock:
            try:
                if self._file is None:
                    self._path.parent.mkdir(mode=0o700, exist_ok=True)
                    self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                os.write(self._file, line.encode() + b"\n")
            except OSError as error:
                raise EngineError(
                    f"This look cannot be put on record: {error.strerror}.",
                    hint="Nothing is shown unrecorded. Make room on the disk of the workspace.",
                ) from error
            self._lines.append(line)
            full = len(self._lines) >= AT_ROWS
            if self._thread is None and self._every and not self._stop.is_set():
                self._thread = threading.Thread(target=self._keep_settling, name="reads", daemon=True)
                self._thread.start()
        if full:
            self._wake.set()

    def _keep_settling(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(self._every)
            self._wake.clear()
            try:
                self.settle()
                if self._beside is not None:
                    self._beside()
            except CounterflowError as error:
                _log.warning("looks stay pending: %s", error)
                self._stop.wait(self._every)

    def _take_in(self, lines: Sequence[str]) -> int:
        """Write a group: rows that are there already (a kill between two steps) are not written twice."""
        rows = [row for row in map(_row_of, lines) if row is not None]
        if not rows:
            return 0
        digest = hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
        entry = self._workspace.ledger.append(
            "reads", {"rows": len(rows), "first": rows[0]["read"], "last": rows[-1]["read"], "sha256": digest},
            key=f"reads/{rows[0]['read']}/{rows[-1]['read']}",
        )  # fmt: skip
        self.groups += 1
        table = pa.Table.from_pylist([row | {"ledger_seq": entry.seq} for row in rows], schema=ACCESS_READ)
        store = self._workspace.store
        with store.transaction():
            held = store.query(
                "SELECT read FROM access_read WHERE read IN (SELECT read FROM incoming)", incoming=table
            ).num_rows
            if held:
                table = store.query(
                    "SELECT * FROM incoming WHERE read NOT IN (SELECT read FROM access_read)", incoming=table
                )
            store.append("access_read", table)
        return int(table.num_rows)

    def _append_back(self, behind: Path) -> None:
        """Put lines that could not be taken in before those that came since."""
        if not behind.exists():
            return
        with behind.open("ab") as group:
            if self._file is not None:
                os.close(self._file)
                self._file = None
            if self._path.exists():
                group.write(self._path.read_bytes())
        behind.rename(self._path)


def _row_of(line: str) -> dict[str, Any] | None:
    """Return a pending line as a row; None for one that a kill cut off (it was never answered)."""
    try:
        row: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    return row | {"at": dt.datetime.fromisoformat(row["at"])}
