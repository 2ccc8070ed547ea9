"""`target whatif`: what a scanner, two officers or another share would change; on files alone."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, in_a_folder, say
from counterflow.cli.session import workspace_of

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add `whatif` to the commands of `target`."""
    app.command()(whatif)


def whatif(
    ctx: typer.Context,
    capacity: Annotated[
        Path | None,
        typer.Option(help="CSV: office,lane,day,resource,minutes,service_minutes,detection_rate.", show_default=False),
    ] = None,
    scenario: Annotated[
        Path | None, typer.Option(help="TOML: lanes, resources, what-ifs; --example prints one.", show_default=False)
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="Print a scenario; with --out FILE write it, capacity.csv beside it.")
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option(help="Write the answer as a page, too.", show_default=False, callback=in_a_folder),
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Say what a change of capacity does: queues, harm found, what one more minute brings, at whose burden.

    Needs no workspace; with -w, arrivals, prevalence and scores that the scenario leaves out come from stored weeks.
    """
    if example:
        _print_example(out)
        return
    from counterflow.core.errors import UsageError
    from counterflow.target.whatif.rows import rows_of, shown_rows

    if capacity is None or scenario is None:
        raise UsageError(
            "A what-if needs --capacity and --scenario.", hint="--example prints a scenario to begin from."
        )
    told = _answer(ctx, capacity, scenario)
    if html is not None:
        from counterflow.report.whatif_page import render

        html.write_text(render(told), "utf-8")
        say(f"Page written to {html}.")
    if form is Format.JSON:
        emit(told, form, out)
    else:
        emit(shown_rows(told) if form is Format.TABLE else rows_of(told), form, out)
    _say(told)


def _print_example(out: Path | None) -> None:
    from counterflow.target.whatif.example import scenario_text, write_example

    if out is None:
        sys.stdout.write(scenario_text())
        say("Made-up numbers. With --out FILE its capacity file is written beside it.")
        return
    say(f"Written: {out} and {write_example(out)}. Made-up numbers.")


def _answer(ctx: typer.Context, capacity: Path, scenario: Path) -> dict[str, Any]:
    from counterflow.core.clock import system_clock
    from counterflow.core.settings import load_settings
    from counterflow.target.choice.capacity import read_capacity
    from counterflow.target.whatif.answer import answer
    from counterflow.target.whatif.scenario import read_scenario

    asked, pools = read_scenario(scenario), read_capacity(capacity)
    with ExitStack() as stack:
        workspace = _workspace(ctx, stack)
        severity = {c: (points, "stated") for c, points in load_settings(None).settings.target.severity.items()}
        stored = None
        clock = system_clock
        if workspace is not None:
            severity, stored, clock = _from_workspace(workspace), _stored(workspace), workspace.clock
        return answer(
            asked, pools, severity, as_of=clock().date(), file=scenario.name, folder=scenario.absolute().parent,
            stored=stored,
        )  # fmt: skip


def _workspace(ctx: typer.Context, stack: ExitStack) -> Workspace | None:
    if ctx.find_root().obj["workspace"] is None:
        return None
    return stack.enter_context(workspace_of(ctx))


def _from_workspace(workspace: Workspace) -> dict[str, tuple[float, str]]:
    """Return the severities in force by class, each with its basis."""
    from counterflow.target.severity.in_force import in_force

    held = in_force(workspace.store, workspace.settings.target, workspace.clock().date())
    return {c: (row.value, "measured" if row.basis == "derived" else "stated") for c, row in held.classes.items()}


def _stored(workspace: Workspace) -> Any:
    from counterflow.target.whatif.stored import stored_weeks

    return stored_weeks(workspace.store)


def _say(told: dict[str, Any]) -> None:
    if told["synthetic"]:
        say("MADE-UP numbers: this scenario says nothing about a real place.")
    for line in told["said"]:
        say(line)
    for each in told["scenarios"]:
        for line in each["said"]:
            say(f"{each['name']}: {line}")
    say(told["rests_on"]["said"])
    if told["assumed"]:
        say(f"{len(told['assumed'])} things were assumed because nobody said; --format json lists them.")
    say(told["cautions"][0])
