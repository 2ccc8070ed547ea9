"""Serving a workspace: the console for eyes, the API for programs, and the owner's route for commands."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from counterflow.flow.order_room import room_of
from counterflow.flow.queue_model import QueueModel
from counterflow.server.app import create_app, site_for
from counterflow.server.owner import router
from counterflow.server.reach import Reach, listen, reach_of
from counterflow.server.warmth import warm_model_soon, warm_soon
from counterflow.server.wire import BoundedProtocol
from counterflow.store.owner import Owner
from counterflow.store.workspace import Workspace
from counterflow.web.guard import Guard

__all__ = ["serve_workspace", "uvicorn_config"]

Answer = Callable[[Sequence[str]], int]

#: a head of a request: the longest cookie, address and headers that browsers send, with room
_MOST_HEAD_BYTES = 32 * 1024
_KEEP_ALIVE_SECONDS = 15
_LEAVE_SECONDS = 10
_HERE = Reach("127.0.0.1", 0, (), None)


def serve_workspace(workspace: Workspace, port: int, answer: Answer, say: Callable[[str], None]) -> None:
    """Serve until stopped.

    Args:
        workspace: opened by this process, which stays its owner.
        port: port to listen on; 0 takes a free one.
        answer: runs the command line on arguments, for commands sent by other processes of this user.
        say: takes a line for the person.

    Raises:
        ConfigError: the address cannot be had, or may not be taken; see `reach`.
    """
    site, queue = site_for(workspace), QueueModel.of(workspace)
    queue.standing(wait=0)  # made in the background while the door is being opened
    beside = (room_of(workspace).warm_soon(), warm_soon(site))
    model = warm_model_soon()
    try:
        people = site.access.people.anybody()
        reach = reach_of(workspace.settings.serve, workspace.path, port, people=people)
        listener = listen(reach)
        token = secrets.token_urlsafe(32)
        commands = router(answer, token)
        # Commands come in the clear from this machine; where the console is encrypted they get a door of their own.
        app = create_app(site, extra_routers=() if reach.certificate else [commands], reach=reach)
        url = reach.url(listener.getsockname()[1])
        with _door_for_commands(commands) if reach.certificate else _no_door(url) as door:
            workspace.ownership.announce(Owner(os.getpid(), "counterflow serve", door, token))
            say(f"The console is at {url} . Stop with Ctrl-C.")
            if not people:
                say("Nobody is named yet: this machine's own user may do everything, and nobody else gets in.")
            uvicorn.Server(uvicorn_config(app, reach)).run(sockets=[listener])
    finally:
        model.cancel()
        # A thread that still asks the store when the process ends would end it in an abort.
        for thread in beside:
            thread.join()
        queue.close()
        site.close()


def uvicorn_config(app: ASGIApp, reach: Reach) -> uvicorn.Config:
    """Return how an application is served: bounded heads and connections, nothing believed of proxies, no extras."""
    certificate, key = reach.certificate or (None, None)
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # else anybody on this machine could say that they came from elsewhere
        h11_max_incomplete_event_size=_MOST_HEAD_BYTES,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_LEAVE_SECONDS,
        ssl_certfile=certificate,
        ssl_keyfile=None if key is None else str(key),
    )


@contextmanager
def _no_door(url: str) -> Iterator[str]:
    yield url


@contextmanager
def _door_for_commands(commands: object) -> Iterator[str]:
    """Serve the owner's route alone on this machine while the block lasts; give its address."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(commands)  # type: ignore[arg-type]
    app.add_middleware(Guard, allowed_hosts=("127.0.0.1",))
    reach = replace(_HERE)
    listener = listen(reach)
    server = uvicorn.Server(uvicorn_config(app, reach))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="commands", daemon=True)
    thread.start()
    try:
        yield reach.url(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(timeout=_LEAVE_SECONDS)
