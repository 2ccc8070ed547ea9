"""A figure that takes time to make is made again when something changed, and not for every visitor."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["Kept"]

Made = TypeVar("Made")


class Kept(Generic[Made]):
    """Gives what `make` made last, until `state` changes or it is too old.

    Args:
        make: makes it.
        state: gives something that differs once it has to be made again; asked each time, so be cheap.
        seconds: how old it may grow.

    >>> made = iter("ab")
    >>> state = [1]
    >>> kept = Kept(lambda: next(made), lambda: state[0], seconds=60)
    >>> kept(), kept(), state.append(0), state.reverse(), kept()
    ('a', 'a', None, None, 'b')
    """

    def __init__(self, make: Callable[[], Made], state: Callable[[], object], *, seconds: float) -> None:
        self._make, self._state, self._seconds = make, state, seconds
        self._lock = threading.Lock()
        self._held: tuple[object, float, Made] | None = None

    def __call__(self) -> Made:
        """Return it."""
        with self._lock:
            state, now = self._state(), time.monotonic()
            if self._held is None or self._held[0] != state or now - self._held[1] > self._seconds:
                self._held = (state, now, self._make())
            return self._held[2]
