"""`orders match …`: who is a customer of two firms, without either showing its file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from counterflow.cli.output import Format, FormatOption, OutOption, emit, in_a_folder, say
from counterflow.cli.session import workspace_of

__all__ = ["add_to"]

_FILES = "files"
_Columns = Annotated[
    str,
    typer.Option(
        "--key-columns",
        help="Columns to match by, with commas between; each is a matching of its own. a+b joins two into one key.",
    ),
]
_Partner = Annotated[str, typer.Option(help="The other firm.", show_default=False)]
_Purpose = Annotated[str, typer.Option(help="What for, in a sentence; stands in the record.", show_default=False)]
_Person = Annotated[str, typer.Option(help="Who does it.", show_default=False)]
_Reveal = Annotated[str, typer.Option(help="What both agreed to learn: ids (which own rows are in both), or size.")]
_Own = Annotated[
    Path | None,
    typer.Option("--file", help="Our rows; the workspace's customers where not given.", show_default=False),
]
_Message = Annotated[Path, typer.Option("--message", help="Message to write.", callback=in_a_folder)]


class _FilesFirst(TyperGroup):
    """A group in which `match A.csv B.csv …` is `match files A.csv B.csv …`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `files` before anything that is no command."""
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = [_FILES, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(no_args_is_help=True, cls=_FilesFirst)


def add_to(parent: typer.Typer) -> None:
    """Add `match` to the commands of `orders`."""
    parent.add_typer(app, name="match", help="Find customers that two firms share, without showing the others.")


@app.command(_FILES)
def files(
    file_a: Annotated[Path, typer.Argument(metavar="A", help="CSV, XLSX, Parquet or NDJSON of the first party.")],
    file_b: Annotated[Path, typer.Argument(metavar="B", help="The same of the second.")],
    key_columns: _Columns,
    id_a: Annotated[str | None, typer.Option(help="Column that names A's rows.", show_default="a usual one")] = None,
    id_b: Annotated[str | None, typer.Option(help="Column that names B's rows.", show_default="a usual one")] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Match two files that are both here, by the protocol of two firms: which rows share an identifier.

    The short form is `orders match A B --key-columns …`. `a=b` names a column that is called otherwise in B.
    """
    from counterflow.flow.order_matching import match_files

    done = match_files(file_a, file_b, _columns(key_columns), id_a=id_a, id_b=id_b)
    for line in done.said:
        say(line)
    emit(done.pairs, form, out)


@app.command("offer")
def offer_(
    ctx: typer.Context,
    key_columns: _Columns,
    message: _Message,
    partner: _Partner = "",
    purpose: _Purpose = "",
    person: _Person = "",
    reveal: _Reveal = "ids",
    file: _Own = None,
) -> None:
    """Write the first message: our identifiers, blinded. Off unless the house has turned matching on."""
    from counterflow.flow.order_matching import make_offer
    from counterflow.orders.across.queries import Query

    with workspace_of(ctx) as workspace:
        query = Query.of(partner, purpose, person, _known(reveal))
        done = make_offer(workspace, query, _columns(key_columns), message, file=file)
    for line in done.said:
        say(line)


@app.command("answer")
def answer_(
    ctx: typer.Context,
    letter: Annotated[Path, typer.Argument(metavar="OFFER", help="The message that the other firm sent.")],
    key_columns: _Columns,
    message: _Message,
    partner: _Partner = "",
    purpose: _Purpose = "",
    person: _Person = "",
    reveal: _Reveal = "ids",
    file: _Own = None,
) -> None:
    """Answer an offer: theirs blinded again, ours blinded. Each offer is answered once, and so many a day."""
    from counterflow.flow.order_matching import answer_offer
    from counterflow.orders.across.queries import Query

    with workspace_of(ctx) as workspace:
        query = Query.of(partner, purpose, person, _known(reveal))
        done = answer_offer(workspace, query, _columns(key_columns), letter, message, file=file)
    for line in done.said:
        say(line)


@app.command("finish")
def finish_(
    ctx: typer.Context,
    letter: Annotated[Path, typer.Argument(metavar="MESSAGE", help="The answer, or the result, that came.")],
    message: Annotated[
        Path | None,
        typer.Option("--message", help="Result to write for the other firm.", show_default=False, callback=in_a_folder),
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Learn what is in both, from an answer (then carry the result back) or from a result."""
    from counterflow.flow.order_matching import finish_matching

    with workspace_of(ctx) as workspace:
        done = finish_matching(workspace, letter, message)
    for line in done.said:
        say(line)
    if done.matched is not None:
        emit(done.matched, form, out)


@app.command()
def cancel(
    ctx: typer.Context,
    matching: Annotated[str, typer.Argument(help="Id of the matching, as `orders match log` shows it.")],
) -> None:
    """Give up a matching under way: its secret and what was kept for it are deleted."""
    from counterflow.flow.order_matching import cancel_matching

    with workspace_of(ctx) as workspace:
        done = cancel_matching(workspace, matching)
    for line in done.said:
        say(line)


@app.command("log")
def log_(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List every matching begun, answered, finished or refused here."""
    with workspace_of(ctx) as workspace:
        rows = workspace.store.query('SELECT * FROM match_query ORDER BY "at", query, act')
    emit(rows, form, out)


def _columns(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _known(reveal: str) -> str:
    from counterflow.core.errors import UnknownName
    from counterflow.orders.across.protocol import REVEALS

    if reveal not in REVEALS:
        raise UnknownName("thing to reveal", reveal, REVEALS)
    return reveal
