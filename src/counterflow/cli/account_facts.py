"""`account facts`: what the board rests on, for whoever wants to recompute it without this program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from counterflow.cli.output import Format, FormatOption, emit, say
from counterflow.cli.session import workspace_of
from counterflow.core.errors import UsageError

__all__ = ["add_to"]


def facts(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(help="Folder to write to: one Parquet file a table.")],
    form: FormatOption = Format.TABLE,
) -> None:
    """Write what the board rests on, ids and numbers only, and seal the digests in the ledger."""
    from counterflow.flow.account_facts import write_facts

    if out.is_file():
        raise UsageError(f"{out} is a file, not a folder to write to.", hint="Name a folder.")
    with workspace_of(ctx) as workspace:
        digests = write_facts(workspace, out)
    say(f"Recompute the board: python {out}/verify_board.py board.json --ledger LEDGER --facts {out}")
    emit([{"file": name, "sha256": digest} for name, digest in digests.items()], form)


def add_to(app: typer.Typer) -> None:
    """Hang the command under `account`."""
    app.command()(facts)
