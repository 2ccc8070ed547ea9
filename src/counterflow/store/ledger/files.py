"""Bytes on disk that survive a power cut: files replaced whole, and numbered segments that only grow."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from counterflow.core.errors import EngineError
from counterflow.store.durable import sync

__all__ = ["LONGEST_LINE", "Place", "Segments", "replace_file"]

#: longest line that the format allows, line end included: a verifier never has to read more at once
LONGEST_LINE = 1 << 20

_NAME = re.compile(r"entries-(\d{6,})\.jsonl")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in the ledger's files: segment number (from 1) and byte offset in it."""

    segment: int
    offset: int


def replace_file(path: Path, content: bytes, *, mode: int = 0o644, durable: bool = True) -> None:
    """Write `content` to `path` so that a reader, or a crash, meets the old file or the new one, whole."""
    waiting = path.with_name(f".{path.name}.tmp")
    waiting.unlink(missing_ok=True)
    handle = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        _write_all(handle, content)
        if durable:
            os.fsync(handle)
    finally:
        os.close(handle)
    waiting.rename(path)
    if durable:
        sync(path.parent)


def _write_all(handle: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]


class Segments:
    """The files `entries-000001.jsonl`, `entries-000002.jsonl`, …: appended to, and cut only at a torn tail.

    Args:
        folder: where they stand.
        limit: bytes after which the next append begins a new one.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder
        self.limit = limit
        self._handle: int | None = None
        self._at = Place(1, 0)

    def path(self, number: int) -> Path:
        """Return the file of segment `number`."""
        return self.folder / f"entries-{number:06d}.jsonl"

    def numbers(self) -> list[int]:
        """Return the numbers of the segments that exist, in order."""
        found = (_NAME.fullmatch(path.name) for path in self.folder.iterdir())
        return sorted(int(match[1]) for match in found if match)

    def open_at(self, place: Place) -> None:
        """Go on writing at `place`, which must be the end of the last segment.

        Raises:
            EngineError: the file does not end there.
        """
        self.close()
        path = self.path(place.segment)
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        size = os.fstat(handle).st_size
        if size != place.offset:
            os.close(handle)
            raise EngineError(
                f"{path} has {size} bytes where the ledger expects {place.offset}.",
                hint="Someone else wrote to it. Close the workspace and open it again.",
            )
        self._handle, self._at = handle, place

    @property
    def end(self) -> Place:
        """Where the next batch will begin."""
        return Place(self._at.segment + 1, 0) if self._at.offset >= self.limit else self._at

    def append(self, content: bytes) -> Place:
        """Write `content` in one go, wait until the disk has it, and return where it ends.

        Raises:
            EngineError: the disk would not take it; what was half written is cut off again.
        """
        start = self.end
        try:
            if start.segment != self._at.segment or self._handle is None:
                self.open_at(start)
                sync(self.folder)
            handle = self._handle
            assert handle is not None  # noqa: S101 - opened just above
            _write_all(handle, content)
            os.fsync(handle)
        except OSError as error:
            self._take_back(start)
            raise EngineError(
                f"The ledger could not be written: {error.strerror or error}.",
                hint="Nothing was recorded. Make room or mend the disk, then repeat.",
            ) from error
        self._at = Place(start.segment, start.offset + len(content))
        return self._at

    def _take_back(self, start: Place) -> None:
        """Cut a failed write off and let go of the file; the next append looks whether that held."""
        self.close()
        self._at = start
        path = self.path(start.segment)
        with contextlib.suppress(OSError):
            os.truncate(path, start.offset)

    def lines(self, start: Place) -> Iterator[tuple[Place, bytes]]:
        """Yield each line from `start` on, line end included, with the place where it begins.

        A last line may lack its end; a line beyond `LONGEST_LINE` comes in pieces, which no parser will take.
        """
        for number in (n for n in self.numbers() if n >= start.segment):
            offset = start.offset if number == start.segment else 0
            with self.path(number).open("rb", buffering=1 << 18) as file:
                file.seek(offset)
                while line := file.readline(LONGEST_LINE):
                    yield Place(number, offset), line
                    offset += len(line)

    def set_tail_aside(self, good: Place) -> list[Path]:
        """Move all bytes after `good` into files `torn-*.part`, and return these."""
        moved = []
        for number in (n for n in self.numbers() if n >= good.segment):
            keep = good.offset if number == good.segment else 0
            path = self.path(number)
            with path.open("rb") as file:
                file.seek(keep)
                tail = file.read()
            if tail:
                digest = hashlib.sha256(tail).hexdigest()[:12]
                aside = self.folder / f"torn-{number:06d}-{keep}-{digest}.part"
                replace_file(aside, tail)
                moved.append(aside)
                with path.open("r+b") as file:
                    file.truncate(keep)
                    os.fsync(file.fileno())
            if number > good.segment:
                path.unlink()
        sync(self.folder)
        return moved

    def close(self) -> None:
        """Let go of the file."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
