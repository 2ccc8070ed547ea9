"""How often somebody may try a password, and how many passwords are checked at once.

Checking one costs a quarter of a CPU-second and 64 MB on purpose; a burst at the door must not take the machine from
those who are inside. So few are checked at once, few wait, and the rest are told when to come back.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from counterflow.core.errors import AccessError

__all__ = ["Attempts", "TooMany", "Turnstile"]


class TooMany(AccessError):  # noqa: N818 - a state, told as an error
    """Too many tries, or too many at once; `wait_seconds` says when to come back."""

    code = "too-many-tries"
    http_status = 429
    retryable = True

    def __init__(self, message: str, wait_seconds: float) -> None:
        self.wait_seconds = max(1, math.ceil(wait_seconds))
        super().__init__(message, hint=f"Try again in {_in_words(self.wait_seconds)}.")


class Attempts:
    """Counts tries by key; each key may try `burst` times at once and gets one more every `every` seconds.

    It remembers at most `keys` keys: the one that tried longest ago is forgotten first.

    >>> now = [0.0]
    >>> tries = Attempts(burst=2, every=60, now=lambda: now[0])
    >>> tries.wait("ann"), tries.wait("ann"), tries.wait("ann"), tries.wait("bob")
    (0.0, 0.0, 60.0, 0.0)
    """

    def __init__(
        self, burst: int, every: float, *, keys: int = 10_000, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._burst, self._every, self._most, self._now = float(burst), every, keys, now
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, key: str) -> float:
        """Take one try; return 0, or the seconds until there is one again (then none was taken)."""
        with self._lock:
            now = self._now()
            left, at = self._left.pop(key, (self._burst, now))
            left = min(self._burst, left + (now - at) / self._every)
            self._left[key] = (left - 1.0 if left >= 1.0 else left, now)
            while len(self._left) > self._most:
                self._left.popitem(last=False)
            return 0.0 if left >= 1.0 else (1.0 - left) * self._every

    def give_back(self, key: str) -> None:
        """Give the try back: it was a right one."""
        with self._lock:
            if key in self._left:
                left, at = self._left[key]
                self._left[key] = (min(self._burst, left + 1.0), at)


class Turnstile:
    """Lets `at_once` through; `waiting` more may wait up to `seconds`, everybody else is sent away at once.

    Args:
        at_once: how many may be inside.
        waiting: how many may stand before it; each one holds a thread of the server.
        seconds: longest wait.
    """

    def __init__(self, at_once: int, waiting: int, seconds: float) -> None:
        self._inside = threading.Semaphore(at_once)
        self._places = threading.Semaphore(at_once + waiting)
        self._seconds = seconds

    @contextmanager
    def through(self) -> Iterator[None]:
        """Pass, stay inside for the length of the block, and leave.

        Raises:
            TooMany: too many are waiting, or it took too long.
        """
        if not self._places.acquire(blocking=False):
            raise TooMany("Many people are signing in just now.", 5)
        try:
            if not self._inside.acquire(timeout=self._seconds):
                raise TooMany("Many people are signing in just now.", 5)
            try:
                yield
            finally:
                self._inside.release()
        finally:
            self._places.release()


def _in_words(seconds: int) -> str:
    return f"{seconds} seconds" if seconds < 120 else f"{math.ceil(seconds / 60)} minutes"
