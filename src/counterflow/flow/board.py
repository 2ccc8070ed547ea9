"""The board as a whole: account's figures with intake's coverage beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from counterflow.store.workspace import Workspace

__all__ = ["board_of", "write_board"]


def board_of(workspace: Workspace) -> dict[str, Any]:
    """Return the board of a workspace, with coverage over all and by sender, country, lane and month."""
    from counterflow.account.board import COVERAGE_CUTS, board
    from counterflow.intake.coverage import coverage

    rows = [row for cut in COVERAGE_CUTS for row in coverage(workspace.store, by=cut).to_pylist()]
    return board(workspace, coverage=rows)


def write_board(shown: Mapping[str, Any], folder: Path) -> Path:
    """Write a board as `board.json` in `folder` and return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "board.json"
    path.write_text(json.dumps(shown, indent=1, sort_keys=True, ensure_ascii=False, default=str) + "\n", "utf-8")
    return path
