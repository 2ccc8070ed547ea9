"""`screen …`: run the checks, list what they found, list the checks themselves."""

from __future__ import annotations

from typing import Annotated

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


@app.command("run")
def run_checks(
    ctx: typer.Context,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
    workers: Annotated[int | None, typer.Option(help="Processes; 0 is one per core, 1 is this process alone.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Screen everything again, not only what is new.")] = False,
) -> None:
    """Screen every record that has not been through the present version of each check."""
    from counterflow.screen.run import screen

    with workspace_of(ctx, engine__workers=workers) as workspace:
        report = screen(workspace, again=again, tell=say)
    emit([line.as_dict() for line in report], form, out)


@app.command()
def findings(
    ctx: typer.Context,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
    code: Annotated[list[str] | None, typer.Option(help="Only these codes.")] = None,
    check: Annotated[list[str] | None, typer.Option(help="Only these checks.")] = None,
    record: Annotated[str | None, typer.Option(help="Only this record.")] = None,
    fail_on: Annotated[list[str] | None, typer.Option(help="Leave with 1 if any of these codes was found.")] = None,
) -> None:
    """List findings with their evidence, in a fixed order."""
    from counterflow.screen.run import list_findings, require_known

    with workspace_of(ctx) as workspace:
        require_known(workspace.store, codes=(*(code or ()), *(fail_on or ())), checks=check or ())
        table = list_findings(workspace.store, codes=code or (), checks=check or (), record_id=record)
    emit(table, form, out)
    if fail_on and set(fail_on) & set(table.column("code").to_pylist()):
        raise typer.Exit(1)


@app.command()
def checks(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List the checks: what each reads, what it can find, its version, and whether it is on."""
    from counterflow.screen.run import describe_checks

    with workspace_of(ctx) as workspace:
        described = describe_checks(workspace)
    emit(described, form, out)
