"""What every benchmark prints: wall and CPU seconds, peak memory of all processes, and a ratio to a reference job.

Absolute seconds on shared cores say little; the ratio to a fixed job timed in the same run says more.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Measured:
    """Seconds and memory of one piece of work, this process and all its descendants together."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_mb: float = 0.0


@contextmanager
def measured() -> Iterator[Measured]:
    """Measure what happens inside.

    CPU: this process, children that it waited for, and what was seen of grandchildren (a pool's workers hang below a
    server process, and nobody waits for them before the end). Memory: the largest sum of proportional set sizes, a
    sample every tenth of a second. Linux only.
    """
    taken = Measured()
    watch = _Watch()
    wall, cpu = time.perf_counter(), _own_cpu()
    watch.start()
    try:
        yield taken
    finally:
        watch.stop()
        taken.wall_s = time.perf_counter() - wall
        taken.cpu_s = _own_cpu() - cpu + watch.grandchildren_cpu
        taken.peak_mb = watch.peak_mb


class _Watch:
    def __init__(self) -> None:
        self.peak_mb = 0.0
        self._first: dict[int, float] = {}
        self._last: dict[int, float] = {}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def grandchildren_cpu(self) -> float:
        return sum(self._last[pid] - self._first[pid] for pid in self._last)

    def start(self) -> None:
        for pid in _below(_children(os.getpid())):
            self._first[pid] = _cpu_of(pid)
        self._thread.start()

    def stop(self) -> None:
        self._done.set()
        self._thread.join()
        self._look()

    def _run(self) -> None:
        while not self._done.wait(0.1):
            self._look()

    def _look(self) -> None:
        children = _children(os.getpid())
        grandchildren = _below(children)
        for pid in grandchildren:
            self._first.setdefault(pid, 0.0)
            self._last[pid] = max(_cpu_of(pid), self._last.get(pid, 0.0), self._first[pid])
        family = [os.getpid(), *children, *grandchildren]
        self.peak_mb = max(self.peak_mb, sum(_pss_kb(pid) for pid in family) / 1024)


def _own_cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                found += [int(text) for text in (task / "children").read_text().split()]
    return found


def _below(pids: list[int]) -> list[int]:
    return [found for pid in pids for child in _children(pid) for found in (child, *_below([child]))]


def _cpu_of(pid: int) -> float:
    with suppress(OSError, IndexError, ValueError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS
    return 0.0


def _pss_kb(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def peak_mb() -> float:
    """Return the largest resident size so far of this process alone, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def reference_seconds() -> float:
    """CPU seconds of the reference job: canonical JSON and SHA-256 of 200,000 small objects."""
    started = time.process_time()
    digest = b""
    for number in range(200_000):
        text = json.dumps({"n": number, "prev": digest.hex(), "what": "reference"}, sort_keys=True)
        digest = hashlib.sha256(text.encode()).digest()
    return time.process_time() - started
