"""Where the pages' figures come from when a workspace is served."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from counterflow.console.layout import BoardSource, SheetSource
from counterflow.flow.board import board_of
from counterflow.flow.papers import sheets_of
from counterflow.store.workspace import Workspace

__all__ = ["pages_of"]


def pages_of(workspace: Workspace) -> tuple[BoardSource, SheetSource]:
    """Return what gives the board and the sheets of an opened workspace."""
    board: BoardSource = partial(board_of, workspace)

    def sheets(**which: str) -> Mapping[str, Any]:
        return sheets_of(workspace, **which)

    return board, sheets
