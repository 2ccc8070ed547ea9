"""The board as the visitor who asks may see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from counterflow.web.visitor import Visitor

__all__ = ["board_for"]


def board_for(board: Mapping[str, Any], who: Visitor) -> Mapping[str, Any]:
    """Return a board as a visitor may see it: its sheet names single records, the rest names nobody."""
    if not who.may("sheet"):
        return {**board, "sheet": []}
    ids = [f"{row.get('source')}/{row.get('record_id')}" for row in board.get("sheet") or ()]
    if ids:
        who.saw(ids)
    return board
