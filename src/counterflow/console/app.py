"""Which pages there are."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from fastapi import APIRouter, FastAPI

from counterflow.console import (
    actions,
    admin,
    audit,
    board,
    campaigns,
    care,
    evaluations,
    fairness,
    find,
    guide,
    intake,
    maps,
    order_cases,
    orders,
    oversight,
    own,
    parties,
    queue,
    rates,
    record,
    record_files,
    redress,
    requests,
    rules,
    sheets,
    signin,
    strategy,
    substances,
    targets,
    today,
    training,
    upload,
    watch,
    watch_alarm,
    watch_desk,
)
from counterflow.web.packed import PackedFiles

__all__ = ["ROUTERS", "mount_static"]

ROUTERS: tuple[APIRouter, ...] = (
    actions.router,
    admin.router,
    audit.router,
    board.router,
    campaigns.router,
    care.router,
    fairness.router,
    evaluations.router,
    find.router,
    guide.router,
    intake.router,
    maps.router,
    order_cases.router,
    orders.router,
    oversight.router,
    own.router,
    parties.router,
    queue.router,
    record.router,
    record_files.router,
    requests.router,
    rates.router,
    redress.router,
    rules.router,
    sheets.router,
    signin.router,
    strategy.router,
    substances.router,
    targets.router,
    today.router,
    training.router,
    upload.router,
    watch.router,
    watch_alarm.router,
    watch_desk.router,
)


def mount_static(app: FastAPI) -> None:
    """Serve styles, scripts, fonts and icons."""
    folder = Path(str(resources.files("counterflow.console") / "static"))
    app.mount("/static", PackedFiles(folder), name="static")
