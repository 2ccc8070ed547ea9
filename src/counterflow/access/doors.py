"""One object per opened workspace that knows its people, sessions, tokens, requests and reads."""

from __future__ import annotations

from counterflow.store.workspace import Workspace

__all__ = ["Doors"]


class Doors:
    """What the console and the API ask about access.

    Args:
        workspace: opened by this process.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def close(self) -> None:
        """Give back what is held."""
