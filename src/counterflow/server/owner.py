"""Commands sent to the process that owns the workspace.

While the server runs, nobody else can open the store; `counterflow …` on the same machine then sends its arguments
here, with the token from the owner's note (readable by this user alone), and prints what comes back. Commands run one
after another: they are what one person at a keyboard would do.
"""

from __future__ import annotations

import contextlib
import hmac
import io
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException
from pydantic import BaseModel, Field

from counterflow.web.site import acts

__all__ = ["OWNER_PATH", "Command", "Told", "router"]

OWNER_PATH = "/owner/command"

Answer = Callable[[Sequence[str]], int]


class Command(BaseModel):
    """Arguments as typed, and the folder that relative paths in them start from."""

    arguments: list[str] = Field(max_length=200)
    folder: str = Field(max_length=4096)


class Told(BaseModel):
    """What the command wrote, and how it ended."""

    stdout: str
    stderr: str
    exit_code: int


def router(answer: Answer, token: str) -> APIRouter:
    """Return the one route; `answer` runs the program on arguments and returns its exit code."""
    routes = APIRouter()

    @routes.post(OWNER_PATH, include_in_schema=False)
    def run_command(command: Command, authorization: Annotated[str, Header()] = "") -> Told:
        if not hmac.compare_digest(authorization, f"Bearer {token}"):
            raise HTTPException(403, "This route takes commands from the workspace's own user only.")
        return _run(answer, command)

    return routes


def _run(answer: Answer, command: Command) -> Told:
    out, err = io.StringIO(), io.StringIO()
    with acts(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        here = Path.cwd()
        os.chdir(command.folder)
        try:
            code = answer(command.arguments)
        finally:
            os.chdir(here)
    return Told(stdout=out.getvalue(), stderr=err.getvalue(), exit_code=code)
