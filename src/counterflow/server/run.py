"""Serving a workspace: the console for eyes, the API for programs, and the owner's route for commands."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Sequence

import uvicorn

from counterflow.core.errors import ConfigError
from counterflow.server.app import create_app, site_for
from counterflow.server.owner import router
from counterflow.store.owner import Owner
from counterflow.store.workspace import Workspace

__all__ = ["serve_workspace"]


def serve_workspace(
    workspace: Workspace, port: int, answer: Callable[[Sequence[str]], int], say: Callable[[str], None]
) -> None:
    """Serve until stopped.

    Args:
        workspace: opened by this process, which stays its owner.
        port: port on 127.0.0.1; 0 takes a free one.
        answer: runs the command line on arguments, for commands sent by other processes of this user.
        say: takes a line for the person.

    Raises:
        ConfigError: the port is taken.
    """
    listener = _listen(port)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    token = secrets.token_urlsafe(32)
    app = create_app(site_for(workspace), extra_routers=[router(answer, token)])
    workspace.ownership.announce(Owner(os.getpid(), "counterflow serve", url, token))
    say(f"The console is at {url} . Stop with Ctrl-C.")
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
    uvicorn.Server(config).run(sockets=[listener])


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"Port {port} cannot be had: {error.strerror}.", hint="Give another with --port, or --port 0."
        ) from error
    listener.listen(128)
    return listener
