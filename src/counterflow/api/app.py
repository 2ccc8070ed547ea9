"""Which endpoints there are."""

from __future__ import annotations

from fastapi import APIRouter

from counterflow.api import (
    audit,
    coverage,
    entities,
    intake,
    openapi,
    orders,
    parties,
    plans,
    queue,
    rates,
    records,
    requests,
    rules,
    screen,
    substances,
    today,
)

__all__ = ["ROUTERS"]

#: one line per room
ROUTERS: tuple[APIRouter, ...] = (
    openapi.router,
    intake.router,
    coverage.router,
    screen.router,
    records.router,
    queue.router,
    plans.router,
    today.router,
    rules.router,
    rates.router,
    entities.router,
    audit.router,
    requests.router,
    orders.router,
    substances.router,
    parties.router,
)
