"""Which endpoints there are."""

from __future__ import annotations

from fastapi import APIRouter

from counterflow.api import coverage, entities, intake, openapi, plans, records, screen

__all__ = ["ROUTERS"]

#: one line per room
ROUTERS: tuple[APIRouter, ...] = (
    openapi.router,
    intake.router,
    coverage.router,
    screen.router,
    records.router,
    plans.router,
    entities.router,
)
