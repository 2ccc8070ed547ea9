"""Which endpoints there are."""

from __future__ import annotations

from fastapi import APIRouter

from counterflow.api import (
    audit,
    board,
    coverage,
    entities,
    intake,
    intake_work,
    maps,
    openapi,
    orders,
    parties,
    plans,
    queue,
    rates,
    record_files,
    records,
    redress,
    requests,
    rules,
    screen,
    strategy,
    substances,
    targets,
    today,
    watch,
    watch_desk,
)

__all__ = ["ROUTERS"]

#: one line per room
ROUTERS: tuple[APIRouter, ...] = (
    openapi.router,
    intake.router,
    intake_work.router,
    coverage.router,
    screen.router,
    record_files.router,  # before records: an id there may hold a slash
    records.router,
    queue.router,
    plans.router,
    today.router,
    rules.router,
    rates.router,
    strategy.router,
    entities.router,
    watch.router,
    watch_desk.router,
    maps.router,
    board.router,
    redress.router,
    audit.router,
    requests.router,
    orders.router,
    substances.router,
    targets.router,
    parties.router,
)
