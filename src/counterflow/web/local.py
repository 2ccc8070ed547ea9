"""The door while nobody is named: this machine's own user, who could do the same on the command line."""

from __future__ import annotations

import getpass
import os
import secrets
from pathlib import Path

from fastapi import Request

from counterflow.access.policy import PURPOSES, ROLES
from counterflow.store.loads import is_synthetic
from counterflow.store.workspace import Workspace
from counterflow.web.visitor import Visitor

__all__ = ["PURPOSE_COOKIE", "LocalDoorman"]

PURPOSE_COOKIE = "counterflow_purpose"
_TABLE = Path("/proc/net/tcp")
#: a connection that both sides hold open, in the kernel's table (include/net/tcp_states.h)
_ESTABLISHED = "01"
#: what a proxy adds: it runs as somebody, and speaks for anybody
_BY_PROXY = ("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "forwarded", "via")


class LocalDoorman:
    """Lets in whoever runs as the user that serves, over a connection from this machine; nobody else.

    Args:
        workspace: what is served.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._csrf = secrets.token_urlsafe(24)

    def __call__(self, request: Request) -> Visitor:
        """Return this machine's user, or nobody."""
        if not _is_ours(request):
            return Visitor("")
        purpose = request.cookies.get(PURPOSE_COOKIE, "")
        invented = is_synthetic(self._workspace.store)
        if purpose not in PURPOSES or (purpose == "training" and not invented):
            purpose = "training" if invented else "inspection"
        return Visitor(getpass.getuser(), frozenset(ROLES), purpose, "local", "local", self._csrf)


def _is_ours(request: Request) -> bool:
    """Whether the connection was opened on this machine by the user that serves: the kernel's own table says who."""
    client, server = request.client, request.scope.get("server")
    if client is None or server is None or client.host != "127.0.0.1":
        return False
    if any(name in request.headers for name in _BY_PROXY):
        return False
    if not _TABLE.exists():
        return False  # a system that does not tell: name people, and sign in
    wanted = f"0100007F:{client.port:04X}", f"0100007F:{server[1]:04X}"
    with _TABLE.open(encoding="ascii") as table:
        next(table)
        for line in table:
            parts = line.split()
            if (parts[1], parts[2]) == wanted:
                # The kernel says user 0 of a connection that its owner has closed, whoever that was: where root
                # serves, anybody could send, close, and be taken for root.
                return parts[3] == _ESTABLISHED and int(parts[7]) == os.getuid()
    return False
