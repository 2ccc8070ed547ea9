"""The board as a whole: account's figures with coverage, harm counted by others, and redress beside them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from counterflow.store.workspace import Workspace

__all__ = ["board_of", "write_board"]


def board_of(workspace: Workspace, *, since: dt.date | None = None, until: dt.date | None = None) -> dict[str, Any]:
    """Return the board of a workspace.

    Coverage stands over all and by sender, country, lane and month; scan coverage over all, by port and by class.

    Args:
        workspace: whose board.
        since: first planned day of the estimates; None for all.
        until: last planned day.
    """
    from counterflow.account.board import COVERAGE_CUTS, SCAN_CUTS, board
    from counterflow.flow.board_outcome import harm_outcomes
    from counterflow.flow.redress_counts import counts
    from counterflow.intake.coverage import coverage
    from counterflow.intake.scans import scan_target, scans

    store = workspace.store
    return board(
        workspace,
        coverage=[row for cut in COVERAGE_CUTS for row in coverage(store, by=cut).to_pylist()],
        scans=[row for cut in SCAN_CUTS for row in scans(store, by=cut).to_pylist()],
        scan_target=scan_target(),
        outcomes=harm_outcomes(workspace),
        redress=counts(workspace),
        since=since,
        until=until,
    )


def write_board(shown: Mapping[str, Any], folder: Path) -> Path:
    """Write a board as `board.json` in `folder` and return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "board.json"
    path.write_text(json.dumps(shown, indent=1, sort_keys=True, ensure_ascii=False, default=str) + "\n", "utf-8")
    return path
