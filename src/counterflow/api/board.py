"""`/v1/board`: results beside rate, outcome and counter-indicator; what is refused, and what is missing for it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request

from counterflow.api.openapi import PREFIX
from counterflow.report.rows import plain
from counterflow.web.board_views import board_for
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, tags=["board"])


@router.get("/board")
def show_board(request: Request, who: Annotated[Visitor, needs("board")]) -> dict[str, Any]:
    """Give the board: coverage, results, burden, redress; single records of the sheet only to who may read sheets."""
    told: dict[str, Any] = plain(dict(board_for(site_of(request).board(), who)))
    return told
