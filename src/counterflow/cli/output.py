"""How commands answer: data to stdout (or --out), words to stderr."""

from __future__ import annotations

import datetime as dt
import enum
import sys
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.core.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Format", "FormatOption", "OutOption", "emit", "in_a_folder", "keep_quiet", "refuse_backwards", "say"]

_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


class Format(enum.StrEnum):
    """Forms that data can be written in."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


FormatOption = Annotated[Format, typer.Option("--format", help="Form of the output.")]


def in_a_folder(out: Path | None) -> Path | None:
    """Refuse a place that cannot be written before any work is done for it."""
    if out is not None and not out.absolute().parent.is_dir():
        raise UsageError(f"There is no folder {out.parent} for {out.name}.", hint="Make it, or name another place.")
    if out is not None and out.is_dir():
        raise UsageError(f"{out} is a folder, not a file to write.", hint="Name a file in it.")
    return out


OutOption = Annotated[
    Path | None,
    typer.Option("--out", help="File to write; stdout where not given.", show_default=False, callback=in_a_folder),
]


def refuse_backwards(start: dt.datetime | None, end: dt.datetime | None) -> None:
    """Refuse days of `--from` and `--to` that were given the wrong way round."""
    if start is not None and end is not None and end < start:
        raise UsageError(
            f"The period ends ({end:%Y-%m-%d}) before it starts ({start:%Y-%m-%d}).", hint="Swap the days."
        )


def emit(data: pa.Table | list[dict[str, Any]] | dict[str, Any], form: Format, out: Path | None = None) -> None:
    """Write `data` in the form asked for, in a fixed order of columns."""
    from counterflow.report.export import write

    write(data, form.value, out if out is not None else sys.stdout)


def say(words: str) -> None:
    """Say something to the person, on stderr; silent under --quiet."""
    if not _quiet.get():
        typer.echo(words, err=True)


def keep_quiet(quiet: bool) -> None:
    """Say nothing more in this command, where `quiet`."""
    _quiet.set(quiet)
