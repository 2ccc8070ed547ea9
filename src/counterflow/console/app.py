"""Which pages there are."""

from __future__ import annotations

from importlib import resources

from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles

from counterflow.console import board, own, sheets, watch

__all__ = ["ROUTERS", "mount_static"]

ROUTERS: tuple[APIRouter, ...] = (
    board.router,
    own.router,
    sheets.router,
    watch.router,
)


def mount_static(app: FastAPI) -> None:
    """Serve styles, scripts, fonts and icons."""
    folder = resources.files("counterflow.console") / "static"
    app.mount("/static", StaticFiles(directory=str(folder)), name="static")
