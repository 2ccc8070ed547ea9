"""What a page or an endpoint works on: the opened workspace, who may do what in it, and views that are kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from fastapi import Request

from counterflow.access.doors import Doors
from counterflow.core.errors import StoreBusy
from counterflow.store.workspace import Workspace

if TYPE_CHECKING:
    from counterflow.web.visitor import Doorman

__all__ = ["SheetSource", "Site", "View", "Views", "acts", "site_of"]

View = Callable[[], Mapping[str, Any]]

#: One act at a time, whoever asks for it: pages, programs, and commands sent by other processes of this user.
_one_at_a_time = threading.Lock()


class SheetSource(Protocol):
    """Gives the list of sheets, or one sheet."""

    def __call__(self, **which: str) -> Mapping[str, Any]:
        """Return the list without arguments; with `office`, `lane`, `day`, `plan` that sheet."""
        ...


@dataclass(frozen=True, slots=True)
class Views:
    """Views that take time to make and are kept until something changed."""

    board: View
    sheets: SheetSource
    watch: View


@dataclass(slots=True)
class Site:
    """What is served.

    Args:
        workspace: opened by this process.
        access: its people, sessions, tokens, requests and reads.
        views: views that are kept.
        doorman: says who is asking.
    """

    workspace: Workspace
    access: Doors
    views: Views
    doorman: Doorman
    extra: dict[str, Any] = field(default_factory=dict)

    def board(self) -> Mapping[str, Any]:
        """Return the board's figures."""
        return self.views.board()

    def sheets(self, **which: str) -> Mapping[str, Any]:
        """Return the list of sheets, or one sheet."""
        return self.views.sheets(**which)

    def watch(self) -> Mapping[str, Any]:
        """Return what the room of early warning shows."""
        return self.views.watch()

    def close(self) -> None:
        """Give back what the site holds beside the workspace."""
        self.access.close()

    @contextmanager
    def acting(self, timeout: float = 10.0) -> Iterator[Workspace]:
        """Have everything inside happen while nobody else changes anything; reading needs none of this.

        Raises:
            StoreBusy: another act still runs after `timeout` seconds.
        """
        with acts(timeout):
            yield self.workspace


@contextmanager
def acts(timeout: float = -1.0) -> Iterator[None]:
    """Take the turn of whoever changes something.

    Args:
        timeout: seconds to wait; -1 waits as long as it takes.

    Raises:
        StoreBusy: the turn did not come in time.
    """
    if not _one_at_a_time.acquire(timeout=timeout):
        raise StoreBusy("Somebody else's work is being written just now.", hint="Try again in a moment.")
    try:
        yield
    finally:
        _one_at_a_time.release()


def site_of(request: Request) -> Site:
    """Return what the application that is asked serves."""
    found: Site = request.app.state.site
    return found
