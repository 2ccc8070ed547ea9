"""Which pages there are."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from fastapi import APIRouter, FastAPI

from counterflow.console import (
    board,
    campaigns,
    find,
    guide,
    intake,
    maps,
    own,
    parties,
    rules,
    sheets,
    signin,
    substances,
    today,
    training,
    upload,
    watch,
)
from counterflow.web.packed import PackedFiles

__all__ = ["ROUTERS", "mount_static"]

ROUTERS: tuple[APIRouter, ...] = (
    board.router,
    campaigns.router,
    find.router,
    guide.router,
    intake.router,
    maps.router,
    own.router,
    parties.router,
    rules.router,
    sheets.router,
    signin.router,
    substances.router,
    today.router,
    training.router,
    upload.router,
    watch.router,
)


def mount_static(app: FastAPI) -> None:
    """Serve styles, scripts, fonts and icons."""
    folder = Path(str(resources.files("counterflow.console") / "static"))
    app.mount("/static", PackedFiles(folder), name="static")
