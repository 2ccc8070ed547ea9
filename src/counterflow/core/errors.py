"""Every error a user can meet, as one tree.

    CounterflowError
    ├── InputError        a file, row or value given to us is unusable            exit 3   HTTP 422
    │   └── UnknownName   a name we do not know; the nearest known ones are shown exit 3   HTTP 404
    ├── UsageError        the call itself is wrong                                exit 2   HTTP 400
    ├── ConfigError       settings, mappings or the installation are wrong        exit 4   HTTP 500
    │   └── WorkspaceError  no workspace, a broken one, or one from another version
    ├── EngineError       the store or an engine failed; the query is shown       exit 5   HTTP 500
    │   └── StoreBusy     another process owns the store; trying again may help   exit 5   HTTP 503
    └── AccessError       this user may not do this                               exit 6   HTTP 403

A message says what happened, which value, the nearest valid values, and what to do. Whoever prints it
(command line, API, console) adds nothing but layout. Bad *rows* do not raise: they go to quarantine with a
reason (see `counterflow.intake.quarantine`); these errors are for what stops the work.
"""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

__all__ = [
    "AccessError",
    "ConfigError",
    "CounterflowError",
    "EngineError",
    "InputError",
    "StoreBusy",
    "UnknownName",
    "UsageError",
    "WorkspaceError",
    "nearest",
    "refused_by_system",
]

_SHOWN_VALUE = 120


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return up to `count` known names that look like `name`, best first.

    >>> nearest("sceen", ["screen", "target", "account"])
    ['screen']
    """
    by_folded = {k.casefold(): k for k in known}
    hits = difflib.get_close_matches(name.casefold(), by_folded, n=count, cutoff=0.6)
    return [by_folded[h] for h in hits]


class CounterflowError(Exception):
    """The root: carries what a person, a program and a web client each need to go on.

    Args:
        message: what happened, in one sentence.
        hint: what to do about it, in one sentence.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def as_dict(self) -> dict[str, str | int | bool]:
        """Return the error as plain data, for JSON answers."""
        return {"code": self.code, "message": self.message, "hint": self.hint, "retryable": self.retryable}


class InputError(CounterflowError):
    """Something the user gave us cannot be used: names the file, line, column and value it met."""

    code = "input"
    exit_code = 3
    http_status = 422

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        file: str | Path | None = None,
        line: int | None = None,
        column: str | None = None,
        value: object = None,
    ) -> None:
        self.file = None if file is None else str(file)
        self.line = line
        self.column = column
        self.value = None if value is None else str(value)[:_SHOWN_VALUE]
        super().__init__(message, hint=hint)

    def __str__(self) -> str:
        where = [self.file] if self.file else []
        if self.line is not None:
            where.append(f"line {self.line}")
        if self.column is not None:
            where.append(f"column {self.column!r}")
        if self.value is not None:
            where.append(f"value {self.value!r}")
        prefix = ", ".join(where)
        return f"{prefix}: {super().__str__()}" if prefix else super().__str__()

    def as_dict(self) -> dict[str, str | int | bool]:
        """Return the error as plain data, with the place it was met."""
        place = {"file": self.file, "line": self.line, "column": self.column, "value": self.value}
        return super().as_dict() | {k: v for k, v in place.items() if v is not None}


class UnknownName(InputError):  # noqa: N818 - reads as what it is in a traceback-free message
    """A name that nothing here answers to: shows the nearest known ones."""

    code = "unknown-name"
    http_status = 404

    def __init__(self, what: str, name: str, known: Iterable[str], *, file: str | Path | None = None) -> None:
        listed = sorted(known)
        close = nearest(name, listed)
        if close:
            hint = f"Did you mean {' or '.join(repr(c) for c in close)}?"
        elif listed:
            hint = f"Known: {', '.join(listed[:12])}{' …' if len(listed) > 12 else ''}."
        else:
            hint = "None is known yet."
        super().__init__(f"There is no {what} {name!r}.", hint=hint, file=file)


class UsageError(CounterflowError):
    """The call is wrong before any data was read."""

    code = "usage"
    exit_code = 2
    http_status = 400


class ConfigError(CounterflowError):
    """Settings, a mapping or the installation are wrong; says the line to write."""

    code = "config"
    exit_code = 4


class WorkspaceError(ConfigError):
    """There is no usable workspace where one was named."""

    code = "workspace"


class EngineError(CounterflowError):
    """The store or an engine failed; the query is shown so that a maintainer can run it again."""

    code = "engine"
    exit_code = 5

    def __init__(self, message: str, *, hint: str = "", query: str = "") -> None:
        self.query = query
        super().__init__(message, hint=hint)

    def __str__(self) -> str:
        return f"{super().__str__()}\n  query: {self.query}" if self.query else super().__str__()


class StoreBusy(EngineError):  # noqa: N818
    """Another process owns the store right now."""

    code = "store-busy"
    http_status = 503
    retryable = True


class AccessError(CounterflowError):
    """This user may not do this; says which right is missing."""

    code = "access"
    exit_code = 6
    http_status = 403


#: what the user's own choice of file brings about, and what to do then
_FILE_FAULTS = {
    errno.ENOENT: "Check the path.",
    errno.ENOTDIR: "A part of the path is a file, not a folder.",
    errno.EISDIR: "Name a file, not a folder.",
    errno.EEXIST: "Name another place, or move away what stands there.",
    errno.ENOTEMPTY: "Name another place, or move away what stands there.",
    errno.EACCES: "Ask for the right to it, or name another place.",
    errno.EPERM: "Ask for the right to it, or name another place.",
    errno.EROFS: "Name a place that can be written.",
    errno.ENAMETOOLONG: "Check the path.",
    errno.ELOOP: "The link leads back to itself.",
}


def refused_by_system(error: OSError, workspace: Path | None = None) -> CounterflowError:
    """Return what the operating system refused as an error of ours, with the file named.

    Args:
        error: what it said.
        workspace: the folder of the workspace at work; what is refused inside it is the workspace's fault.
    """
    said = f"{error.strerror or error}."
    name = error.filename2 or error.filename
    if workspace is not None and name is not None and workspace in Path(str(name)).absolute().parents:
        hint = "Every command writes there: give this user the right to it, or make room."
        return WorkspaceError(f"The workspace {workspace} cannot be used: {name}: {said}", hint=hint)
    what_to_do = _FILE_FAULTS.get(error.errno or 0)
    if name is not None and what_to_do is not None:
        return InputError(said, hint=what_to_do, file=str(name).removesuffix(".part"))
    place = f" ({name})" if name is not None else ""
    return EngineError(f"The system refused a file operation{place}: {said}", hint="Mend that, and run it again.")
