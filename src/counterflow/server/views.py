"""Views that take time to make: made again when something changed, not for every visitor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterflow.access.doors import Doors
from counterflow.flow.board import board_of
from counterflow.flow.papers import sheets_of
from counterflow.flow.watch_room import room_of
from counterflow.store.workspace import Workspace
from counterflow.web.kept import Kept
from counterflow.web.site import Views

__all__ = ["views_of"]

#: How long a board is shown again while nothing changes: the coverage of a million records takes time.
_KEEP_SECONDS = 60.0
#: All that the page of early warning shows comes in through the ledger; only deadlines pass by themselves.
_KEEP_WATCH_SECONDS = 600.0


def views_of(workspace: Workspace, access: Doors) -> Views:
    """Return the kept views of an opened workspace; `access` knows which ledger entries only say who read."""

    def sheets(**which: str) -> Mapping[str, Any]:
        return sheets_of(workspace, **which)

    return Views(
        board=Kept(lambda: board_of(workspace), lambda: _state(workspace, access), seconds=_KEEP_SECONDS),
        sheets=sheets,
        watch=Kept(lambda: room_of(workspace), lambda: _watch_state(workspace, access), seconds=_KEEP_WATCH_SECONDS),
    )


def _written(workspace: Workspace, access: Doors) -> int:
    """Return how many ledger entries there are, but for those of looks: looking changes no view."""
    return workspace.ledger.size - int(getattr(access.reads, "groups", 0))


def _watch_state(workspace: Workspace, access: Doors) -> object:
    """Return what differs once counts, alarms, nowcasts or acts came in, and on another day: each is in the ledger."""
    return _written(workspace, access), workspace.clock().date()


def _state(workspace: Workspace, access: Doors) -> object:
    """Return what differs once anything was loaded, screened, drawn or recorded, and on another day.

    Loads, draws and outcomes each leave a ledger entry; findings are counted.
    """
    findings = workspace.store.rows("SELECT count(*) AS findings FROM finding")
    return _written(workspace, access), findings, workspace.clock().date()
