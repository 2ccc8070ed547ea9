"""The tree of commands: each group is imported and built when it is asked for, and once in a process.

To build all two hundred commands takes half a second of CPU; a command needs its own group.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from counterflow import __version__
from counterflow.cli import demo, run, serve, workspace
from counterflow.cli.output import keep_quiet

__all__ = ["GROUPS", "app", "tree"]

#: Group -> what it is for; `counterflow.cli.<group>` holds its commands.
GROUPS = {
    "intake": "Load records; see who sent what, and how badly.",
    "lists": "Load official lists; see versions and what changed.",
    "parties": "Look parties up on the lists; explain, clear, calibrate, resolve.",
    "entity": "See which records were taken for one party, and why; split and join.",
    "substances": "Is it a controlled drug or a listed precursor: where, since when, by which law?",
    "screen": "Find controlled, listed, vague and contradictory things in records.",
    "orders": "May this customer have this, in this quantity? Has their ordering changed? What was decided, by whom?",
    "target": "Choose what to inspect within today's capacity; record what was found.",
    "watch": "Counts of harm and supply: what is starting, where, how sure, and who must be told.",
    "account": "Judge the result: actions, targets, evaluation, oversight, burden, access; what was missed.",
    "strategy": "What a mix of supply and demand measures would do, over years.",
    "share": "Give lists, parties and entities to a partner, on record.",
    "redress": "Somebody affected asks: decide, put right, answer by the day.",
    "access": "People, roles, tokens; who may do what, and who looked at what.",
    "config": "Settings, and where each value comes from.",
}


class _Groups(TyperGroup):
    """The commands at the top, and the groups that are built when somebody asks for them."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return every name in the order of the help."""
        return [*(name for name in super().list_commands(ctx) if name not in GROUPS), *GROUPS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command or group."""
        if cmd_name in GROUPS and cmd_name not in self.commands:
            self.commands[cmd_name] = _group(cmd_name)
        return super().get_command(ctx, cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find what is called; whoever mistypes a name is offered all that there are."""
        if args and args[0] not in self.list_commands(ctx):
            for name in GROUPS:
                self.get_command(ctx, name)
        return super().resolve_command(ctx, args)


def _group(name: str) -> TyperGroup:
    built = get_group(import_module(f"counterflow.cli.{name}").app)
    built.name, built.help, built.short_help = name, GROUPS[name], None
    return built


app = typer.Typer(
    name="counterflow",
    cls=_Groups,
    help="One loop from a consignment record to an honestly judged result: intake, screen, target, record, account.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"counterflow {__version__}")
        raise typer.Exit


@app.callback()
def options(
    ctx: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Option("-w", "--workspace", envvar="COUNTERFLOW_WORKSPACE", help="Workspace folder.", show_default=False),
    ] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No words on stderr but errors.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options that every command shares."""
    del version  # its callback has answered already
    ctx.obj = {"workspace": folder, "arguments": ctx.obj or sys.argv[1:]}
    keep_quiet(quiet)


workspace.add_to(app)
demo.add_to(app)
run.add_to(app)
serve.add_to(app)


@cache
def tree() -> Any:
    """Return the whole as one command to call."""
    return get_command(app)
