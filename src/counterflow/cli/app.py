"""The tree of commands."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from counterflow import __version__
from counterflow.cli import (
    access,
    account,
    config,
    demo,
    entity,
    intake,
    lists,
    orders,
    parties,
    redress,
    run,
    screen,
    serve,
    share,
    strategy,
    substances,
    target,
    watch,
    workspace,
)
from counterflow.cli.output import keep_quiet

__all__ = ["app"]

app = typer.Typer(
    name="counterflow",
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
app.add_typer(intake.app, name="intake", help="Load records; see who sent what, and how badly.")
app.add_typer(lists.app, name="lists", help="Load official lists; see versions and what changed.")
app.add_typer(parties.app, name="parties", help="Look parties up on the lists; explain, clear, calibrate, resolve.")
app.add_typer(entity.app, name="entity", help="See which records were taken for one party, and why; split and join.")
app.add_typer(
    substances.app,
    name="substances",
    help="Is it a controlled drug or a listed precursor: where, since when, by which law?",
)
app.add_typer(screen.app, name="screen", help="Find controlled, listed, vague and contradictory things in records.")
app.add_typer(
    orders.app,
    name="orders",
    help="May this customer have this, in this quantity? Has their ordering changed? What was decided, by whom?",
)
app.add_typer(target.app, name="target", help="Choose what to inspect within today's capacity; record what was found.")
app.add_typer(
    watch.app, name="watch", help="Counts of harm and supply: what is starting, where, how sure, and who must be told."
)
app.add_typer(account.app, name="account", help="Judge the result: coverage, interdiction rate, what was missed.")
app.add_typer(strategy.app, name="strategy", help="What a mix of supply and demand measures would do, over years.")
app.add_typer(share.app, name="share", help="Give lists, parties and entities to a partner, on record.")
app.add_typer(redress.app, name="redress", help="Somebody affected asks: decide, put right, answer by the day.")
app.add_typer(access.app, name="access", help="People, roles, tokens; who may do what, and who looked at what.")
app.add_typer(config.app, name="config", help="Settings, and where each value comes from.")
