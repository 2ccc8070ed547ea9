"""Work shared between two threads: compiled code lets go of the interpreter, so both cores are used."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["in_parts"]

T = TypeVar("T")
_LEAST_PART = 2_000
_MOST_PART = 20_000


def in_parts(work: Callable[[int, int], T], total: int) -> list[T]:
    """Return what `work(first, last)` gives for parts of `range(total)`, in order, whoever did them."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    size = min(max(-(-total // (4 * cores)), _LEAST_PART), _MOST_PART)
    parts = [(first, min(first + size, total)) for first in range(0, total, size)]
    if len(parts) < 2 or cores < 2:
        return [work(*part) for part in parts]
    with ThreadPoolExecutor(cores) as pool:
        return list(pool.map(lambda part: work(*part), parts))
