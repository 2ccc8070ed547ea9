"""`share …`: what a partner may receive, in the form that their system reads."""

from __future__ import annotations

import enum
import sys
from typing import Annotated

import typer

from counterflow.cli.output import OutOption, say
from counterflow.cli.session import workspace_of

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


class What(enum.StrEnum):
    """What can be shared."""

    LISTS = "lists"
    PARTIES = "parties"
    ENTITIES = "entities"


@app.callback()
def options() -> None:
    """Keep `ftm` a command of its own, though it stands alone today."""


@app.command()
def ftm(
    ctx: typer.Context,
    what: Annotated[What, typer.Option(help="Lists are public; parties and entities name people.")] = What.LISTS,
    list_name: Annotated[
        list[str] | None, typer.Option("--list", help="Only this list; may be repeated.", show_default=False)
    ] = None,
    recipient: Annotated[str, typer.Option(help="Who receives what names people.", show_default=False)] = "",
    ground: Annotated[str, typer.Option(help="Law, agreement or request it rests on.", show_default=False)] = "",
    out: OutOption = None,
) -> None:
    """Write FollowTheMoney JSON lines, as OpenSanctions' tools read them; the ledger keeps that it was done."""
    from counterflow.share.export import Disclosure, export_ftm

    with workspace_of(ctx) as workspace:
        receipt = export_ftm(
            workspace,
            what.value,
            out if out is not None else sys.stdout,
            lists=list_name or (),
            disclosure=Disclosure(recipient, ground),
        )
    said = f"{receipt['entities']} entities of {', '.join(receipt.get('lists', [])) or what.value}"
    say(f"{said}; SHA-256 {receipt['sha256']}. The ledger holds that they left.")
    if receipt["synthetic"] and what is not What.LISTS:
        say("These records are synthetic: nobody ever sent them. Say so to whoever receives them.")
