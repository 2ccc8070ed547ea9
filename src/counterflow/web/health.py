"""What browsers and watchdogs ask for by habit: whether the server is up, and its mark; no records."""

from __future__ import annotations

from importlib import resources

from fastapi import APIRouter
from fastapi.responses import Response

from counterflow import __version__

__all__ = ["router"]

router = APIRouter()


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """Return that it is up, and its version."""
    return {"status": "ok", "version": __version__}


@router.get("/favicon.ico")
def favicon() -> Response:
    """Give the mark, for pages that do not name one."""
    mark = resources.files("counterflow.console") / "static" / "mark.svg"
    return Response(mark.read_bytes(), media_type="image/svg+xml")
