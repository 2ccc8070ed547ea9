"""The web application: which pages there are, and the guard around them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles

from counterflow import __version__
from counterflow.console import board as board_pages
from counterflow.console import health
from counterflow.console import sheets as sheet_pages
from counterflow.console import watch as watch_pages
from counterflow.console.guard import LOOPBACK_HOSTS, Guard
from counterflow.console.layout import BoardSource, SheetSource, Sources
from counterflow.console.problems import answer_problems

__all__ = ["create_app"]


def create_app(
    board: BoardSource,
    sheets: SheetSource,
    *,
    watch: BoardSource = watch_pages.nothing,
    token: str | None = None,
    extra_routers: Sequence[APIRouter] = (),
    allowed_hosts: Sequence[str] = LOOPBACK_HOSTS,
) -> FastAPI:
    """Return the console.

    Args:
        board: gives the board's figures, as `counterflow.account.board` makes them; asked once per page, from
            a thread of its own.
        sheets: without arguments gives `synthetic` and `sheets`, a row per sheet: `office`, `lane`, `day`,
            `plan`, `records`; given the first four, that sheet. Raises `UnknownName` where there is none.
        watch: gives what the page of early warning shows, as `counterflow.flow.watch_room` makes it.
        token: who shows it may look: as ``Authorization: Bearer``, or once as ``/?token=…``, which is then
            kept in a cookie. None lets every visitor of an allowed host in.
        extra_routers: further pages or endpoints, behind the same guard.
        allowed_hosts: names by which the console may be asked for; any other name is refused, so that a page
            elsewhere cannot read the board through a name that it points at this machine.
    """
    # The interactive API pages of FastAPI load scripts from another host: they stay off.
    app = FastAPI(title="Counterflow", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.sources = Sources(board=board, sheets=sheets, watch=watch)
    for router in (board_pages.router, sheet_pages.router, watch_pages.router, health.router, *extra_routers):
        app.include_router(router)
    folder = resources.files("counterflow.console") / "static"
    app.mount("/static", StaticFiles(directory=str(folder)), name="static")
    answer_problems(app)
    app.add_middleware(Guard, token=token, allowed_hosts=tuple(allowed_hosts))
    return app
