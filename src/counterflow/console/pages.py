"""Where the pages' figures come from when a workspace is served."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterflow.console.kept import Kept
from counterflow.console.layout import BoardSource, SheetSource
from counterflow.flow.board import board_of
from counterflow.flow.papers import sheets_of
from counterflow.flow.watch_room import room_of
from counterflow.store.workspace import Workspace

__all__ = ["pages_of", "watch_of"]

#: How long a board is shown again while nothing changes: the coverage of a million records takes time.
_KEEP_SECONDS = 60.0
#: All that the page of early warning shows comes in through the ledger; only deadlines pass by themselves.
_KEEP_WATCH_SECONDS = 600.0


def pages_of(workspace: Workspace) -> tuple[BoardSource, SheetSource]:
    """Return what gives the board and the sheets of an opened workspace."""
    board: BoardSource = Kept(lambda: board_of(workspace), lambda: _state(workspace), seconds=_KEEP_SECONDS)

    def sheets(**which: str) -> Mapping[str, Any]:
        return sheets_of(workspace, **which)

    return board, sheets


def watch_of(workspace: Workspace) -> BoardSource:
    """Return what gives the page of early warning of an opened workspace."""
    return Kept(lambda: room_of(workspace), lambda: _watch_state(workspace), seconds=_KEEP_WATCH_SECONDS)


def _watch_state(workspace: Workspace) -> object:
    """Return what differs once counts, alarms, nowcasts or acts came in, and on another day: each is in the ledger."""
    return workspace.ledger.size, workspace.clock().date()


def _state(workspace: Workspace) -> object:
    """Return what differs once anything was loaded, screened, drawn or recorded, and on another day.

    Loads, draws and outcomes each leave a ledger entry; findings are counted.
    """
    findings = workspace.store.rows("SELECT count(*) AS findings FROM finding")
    return workspace.ledger.size, findings, workspace.clock().date()
