"""The ledger of a workspace: append in durable batches, hand out heads, read back.

One batch is one write and one wait for the disk. Its last line is a signed head; a batch counts once that
line is on disk, and until then it was never there. So a process may be killed at any moment: the next opening
moves an unfinished tail into `torn-*.part`, says so in `repairs`, and whoever repeats the batch under its key
gets it in once.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from counterflow.core.clock import Clock, system_clock
from counterflow.core.errors import (
    ConfigError,
    EngineError,
    StoreBusy,
    UnknownName,
    UsageError,
    WorkspaceError,
)
from counterflow.store.ledger.checkpoints import NOTE_SIGNATURE, Checkpoint, Line, key_id, origin_of
from counterflow.store.ledger.entry import Entry, check_kind, entry_line, entry_of, read_entry
from counterflow.store.ledger.files import Place, Segments, replace_file
from counterflow.store.ledger.heads import Head, SignedHead, first_head, instant_text, read_instant
from counterflow.store.ledger.keys import Signer
from counterflow.store.ledger.merkle import leaf_hash
from counterflow.store.ledger.replay import (
    CHECKPOINT,
    State,
    at_first_head,
    load_checkpoint,
    replay,
    save_checkpoint,
)

__all__ = ["Ledger"]

KEY_FILE = "ledger.key"
PUBLIC_FILE = "ledger.pub"
#: the head of the last batch once more: a tail that was cut off leaves it standing
ROLLING_HEAD = "head.json"
LOCK = "lock"

SEGMENT_BYTES = 128 << 20
LONGEST_KEY = 512
#: entries, or batches, after which the checkpoint is written again
CHECKPOINT_ENTRIES = 50_000
CHECKPOINT_BATCHES = 2_000

_HEAD_START = b'{"head":'
_CUT = "Restore the ledger's folder from a copy; do not delete head.json, which is the proof of what is missing."


class Ledger:
    """An opened ledger; one process at a time may hold it, and any thread of that process may append.

    Use `Ledger.open`. `repairs` tells in words what opening had to mend; empty when there was nothing.
    """

    def __init__(self, folder: Path, signer: Signer, state: State, segments: Segments, clock: Clock, lock: int) -> None:
        self.folder = folder
        self.repairs: tuple[str, ...] = ()
        self._signer = signer
        self._state = state
        self._segments = segments
        self._clock = clock
        self._lock = lock
        self._mutex = threading.Lock()
        self._saved = (state.frontier.size, len(state.index))

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        keys: Path,
        ledger_id: str,
        clock: Clock = system_clock,
        segment_bytes: int = SEGMENT_BYTES,
    ) -> Self:
        """Open the ledger in `folder`, and begin it there when neither ledger nor key exists.

        Args:
            folder: the ledger's folder, which may be copied to a verifier whole.
            keys: folder of the private key, which stays on this machine.
            ledger_id: which ledger this is; stands in every head.
            clock: where the time of entries and heads comes from.
            segment_bytes: size at which a new file of entries is begun.

        Raises:
            StoreBusy: another process has it open.
            ConfigError: the key is missing, open to others, or of another ledger.
            EngineError: the ledger was damaged or cut; nothing is appended to it.
        """
        folder.mkdir(parents=True, exist_ok=True)
        lock = _take_lock(folder)
        try:
            segments = Segments(folder, segment_bytes)
            repairs: list[str] = []
            if not (keys / KEY_FILE).exists():
                _begin(segments, keys / KEY_FILE, ledger_id, clock)
            signer = Signer.load(keys / KEY_FILE)
            state = _read_back(segments, signer, ledger_id, repairs)
            ledger = cls(folder, signer, state, segments, clock, lock)
            ledger._settle(repairs)
        except BaseException:
            os.close(lock)
            raise
        return ledger

    def _settle(self, repairs: list[str]) -> None:
        """Compare with the rolling head, move a torn tail aside, and stand ready to write."""
        _check_rolling_head(self.folder, self._signer, self._state.last, repairs)
        repairs += [
            f"A write ({part.stat().st_size:,} bytes) was cut off and moved to {part.name}; it never counted."
            for part in self._segments.set_tail_aside(self._state.place)
        ]
        self._segments.open_at(self._state.place)
        public = self.folder / PUBLIC_FILE
        if not public.exists() or public.read_bytes() != self._signer.public_pem():
            replace_file(public, self._signer.public_pem())
            repairs.append(f"{PUBLIC_FILE} was missing or of another key; it was written again from the private key.")
        self._write_rolling_head()
        self.repairs = tuple(repairs)

    @property
    def size(self) -> int:
        """How many entries there are, which is also the number of the last one."""
        return self._state.frontier.size

    @property
    def ledger_id(self) -> str:
        """Which ledger this is."""
        return self._state.last.head.ledger_id

    def append(self, kind: str, body: Mapping[str, object], *, key: str | None = None) -> Entry:
        """Write one entry durably and return it; see `append_many`."""
        return self.append_many([(kind, body)], key=key)[0]

    def append_many(
        self, entries: Sequence[tuple[str, Mapping[str, object]]], *, key: str | None = None
    ) -> list[Entry]:
        """Write entries as one batch: when this returns all are on disk, when it raises none is.

        Args:
            entries: kind and body of each, in order. A body holds text, whole numbers, true, false, null,
                lists and objects; numbers with decimals as `decimal_text(x)`; personal text never, only ids
                and salted digests.
            key: what makes the batch repeatable. Where a batch was written under it before, nothing is
                written and that batch's entries are returned as they stand, whatever `entries` says now.

        Raises:
            UsageError: a kind, key or body cannot be written.
            EngineError: the disk would not take it.
        """
        if key is not None and not 0 < len(key) <= LONGEST_KEY:
            raise UsageError(f"A key has 1 to {LONGEST_KEY} characters, not {len(key)}.")
        with self._mutex:
            batch = None if key is None else self._state.index.with_key(key)
            if batch is not None:
                return self._batch(batch, key)
            return self._write(entries, key) if entries else []

    def _write(self, entries: Sequence[tuple[str, Mapping[str, object]]], key: str | None) -> list[Entry]:
        state = self._state
        frontier, chain = state.frontier.copy(), state.last.head.chain
        time = instant_text(self._clock())
        moment = read_instant(time)
        lines: list[bytes] = []
        written: list[Entry] = []
        for kind, body in entries:
            check_kind(kind)
            seq, plain = frontier.size + 1, dict(body)
            line, entry, digest = entry_line(seq, time, kind, plain, chain)
            frontier.push(leaf_hash(entry))
            lines.append(line)
            written.append(Entry(seq, moment, kind, plain, chain, digest))  # type: ignore[arg-type]
            chain = digest
        head = Head(state.last.head.batch + 1, chain, key, self.ledger_id, frontier.root().hex(), frontier.size, time)
        signed = SignedHead.sign(head, self._signer)
        lines.append(signed.line() + b"\n")
        start = self._segments.end
        place = self._segments.append(b"".join(lines))
        state.index.add(written[0].seq, start, key)
        self._state = State(signed, place, frontier, state.index)
        self._write_rolling_head()
        self._checkpoint_if_due()
        return written

    def head(self) -> SignedHead:
        """Return a head of what the ledger holds now, signed now; to be handed out and kept by others."""
        with self.still() as signed:
            return signed

    def checkpoint(self) -> Checkpoint:
        """Return a head as a signed text that a second party can co-sign (`store.ledger.checkpoints`)."""
        with self._mutex:
            last = self._state.last.head
        origin, public = origin_of(last.ledger_id), self._signer.public_bytes()
        bare = Checkpoint(origin, last.size, bytes.fromhex(last.root))
        return bare.signed(Line(origin, key_id(origin, NOTE_SIGNATURE, public), self._signer.sign(bare.body())))

    def leaves(self) -> Iterator[bytes]:
        """Yield the hash of each leaf of the Merkle tree, in order."""
        if not self.size:
            return
        left = self.size
        for _, line in self._segments.lines(self._state.index.place(1)):
            if left and not line.startswith(_HEAD_START):
                left -= 1
                yield leaf_hash(entry_of(line))

    @contextlib.contextmanager
    def still(self) -> Iterator[SignedHead]:
        """Nothing is appended inside; gives a head of what stands then. For noting how far a copy of the files goes."""
        with self._mutex:
            last = self._state.last.head
            head = Head(last.batch, last.chain, None, last.ledger_id, last.root, last.size, instant_text(self._clock()))
            yield SignedHead.sign(head, self._signer)

    def entries(self, kind: str | None = None, *, start: int = 1) -> Iterator[Entry]:
        """Yield entries in order, from number `start` on, of one kind or of all; no later ones than now.

        Raises:
            EngineError: a line was changed since it was written.
        """
        return self._between(max(start, 1), self.size, None if kind is None else f',"kind":"{kind}","prev":"'.encode())

    def entry(self, seq: int) -> Entry:
        """Return entry number `seq`; raises UnknownName when there is none."""
        for entry in self._between(seq, seq, None) if 1 <= seq <= self.size else ():
            return entry
        raise UnknownName("ledger entry", str(seq), [f"1 to {self.size}"] if self.size else [])

    def _between(self, start: int, stop: int, needle: bytes | None) -> Iterator[Entry]:
        if start > stop:
            return
        batch = self._state.index.holding(start)
        seq = self._state.index.first_seq(batch)
        for _, line in self._segments.lines(self._state.index.place(batch)):
            if line.startswith(_HEAD_START):
                continue
            if seq >= start and (needle is None or needle in line):
                entry = read_entry(line)
                if needle is None or f',"kind":"{entry.kind}","prev":"'.encode() == needle:
                    yield entry
            seq += 1
            if seq > stop:
                return

    def _batch(self, batch: int, key: str | None) -> list[Entry]:
        """Return the entries of one batch, having seen that it was written under `key`."""
        found: list[Entry] = []
        for _, line in self._segments.lines(self._state.index.place(batch)):
            if not line.startswith(_HEAD_START):
                found.append(read_entry(line))
                continue
            if SignedHead.read(line.removesuffix(b"\n")).head.key == key:
                return found
            break
        raise EngineError(
            f"The ledger's {CHECKPOINT} does not fit its entries.",
            hint="Close the workspace, delete that file, and open it again.",
        )

    def _write_rolling_head(self) -> None:
        replace_file(self.folder / ROLLING_HEAD, self._state.last.line() + b"\n", durable=False)

    def _checkpoint_if_due(self) -> None:
        size, batches = self._state.frontier.size, len(self._state.index)
        due = max(CHECKPOINT_BATCHES, batches // 50)
        if size - self._saved[0] >= CHECKPOINT_ENTRIES or batches - self._saved[1] >= due:
            self._checkpoint()

    def _checkpoint(self) -> None:
        save_checkpoint(self.folder, self._state)
        self._saved = (self._state.frontier.size, len(self._state.index))

    def close(self) -> None:
        """Write the checkpoint and let the next process in; closing twice does nothing more."""
        with self._mutex:
            if self._lock < 0:
                return
            if self._saved[0] != self.size:
                self._checkpoint()
            self._segments.close()
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _take_lock(folder: Path) -> int:
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise StoreBusy(
            f"The ledger in {folder} is open in another process.", hint="Wait until that process is done."
        ) from None
    return handle


def _begin(segments: Segments, key: Path, ledger_id: str, clock: Clock) -> None:
    """Begin a ledger. The key is written last: without it, a beginning that was cut off is begun again."""
    if (
        segments.numbers() not in ([], [1])
        or sum(1 for _ in zip(segments.lines(Place(1, 0)), range(2), strict=False)) > 1
    ):
        raise ConfigError(
            f"The private key {key} of the ledger is missing.",
            hint="Restore it. Without it the ledger can be verified but not written.",
        )
    signer = Signer.create()
    signed = SignedHead.sign(first_head(ledger_id, clock()), signer)
    replace_file(segments.folder / PUBLIC_FILE, signer.public_pem())
    replace_file(segments.folder / ROLLING_HEAD, signed.line() + b"\n")
    replace_file(segments.path(1), signed.line() + b"\n")
    signer.save(key)


def _read_back(segments: Segments, signer: Signer, ledger_id: str, repairs: list[str]) -> State:
    if not segments.numbers():
        raise EngineError(
            f"The ledger in {segments.folder} was emptied: its key exists, its entries do not.", hint=_CUT
        )
    checkpoint = load_checkpoint(segments, signer)
    if checkpoint is None and (segments.folder / CHECKPOINT).exists():
        repairs.append(f"{CHECKPOINT} did not fit the ledger; it was made again from the entries.")
    start = checkpoint or at_first_head(segments, signer)
    if start is None:
        raise EngineError(
            f"{segments.path(1)} does not begin with a head signed by this workspace's key.",
            hint="Restore the ledger's folder and the key from the same copy.",
        )
    if start.last.head.ledger_id != ledger_id:
        raise WorkspaceError(
            f"The ledger in {segments.folder} is {start.last.head.ledger_id!r}, not {ledger_id!r}.",
            hint="Give the workspace its own ledger back.",
        )
    state = replay(segments, start, signer)
    if checkpoint is None or state.place != checkpoint.place:
        save_checkpoint(segments.folder, state)
    return state


def _check_rolling_head(folder: Path, signer: Signer, last: SignedHead, repairs: list[str]) -> None:
    """Raise when the rolling head knows of entries that are gone."""
    rolling = None
    with contextlib.suppress(OSError, ValueError):
        rolling = SignedHead.read((folder / ROLLING_HEAD).read_bytes().removesuffix(b"\n"))
    if rolling is None or not rolling.genuine(signer):
        repairs.append(f"{ROLLING_HEAD} was missing or unreadable; it was written again.")
    elif rolling.head.batch > last.head.batch:
        gone = rolling.head.size - last.head.size
        raise EngineError(
            f"The ledger in {folder} was cut: {gone:,} entries after number {last.head.size:,} are gone.",
            hint=_CUT,
        )
