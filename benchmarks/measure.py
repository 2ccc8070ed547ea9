"""What every benchmark prints: wall and CPU seconds (children included), peak memory, and a ratio to a reference job.

Absolute seconds on shared cores say little; the ratio to a fixed job timed in the same run says more.
"""

from __future__ import annotations

import hashlib
import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Measured:
    """Seconds and memory of one piece of work."""

    wall_s: float = 0.0
    cpu_s: float = 0.0


@contextmanager
def measured() -> Iterator[Measured]:
    """Measure what happens inside, this process and its finished children together."""
    taken = Measured()
    wall, cpu = time.perf_counter(), _cpu()
    yield taken
    taken.wall_s, taken.cpu_s = time.perf_counter() - wall, _cpu() - cpu


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def peak_mb() -> float:
    """Return the largest resident size so far of this process or of any finished child, in MB."""
    sizes = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return max(sizes) / 1024


def reference_seconds() -> float:
    """CPU seconds of the reference job: canonical JSON and SHA-256 of 200,000 small objects."""
    with measured() as taken:
        digest = b""
        for number in range(200_000):
            text = json.dumps({"n": number, "prev": digest.hex(), "what": "reference"}, sort_keys=True)
            digest = hashlib.sha256(text.encode()).digest()
    return taken.cpu_s
