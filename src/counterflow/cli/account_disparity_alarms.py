"""`account disparity-alarms` and `account fairness-run`: burden over months, and the slow tests put on record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from counterflow.cli.account_burden import FromOption, GroupOption, ToOption, asked_of, events_of
from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of
from counterflow.core.errors import UsageError

__all__ = ["add_to"]


def disparity_alarms(
    ctx: typer.Context,
    events: Annotated[Path | None, typer.Argument(help="Events with a day or month; none: the workspace.")] = None,
    group: GroupOption = None,
    inspected: Annotated[str | None, typer.Option(help="Column: inspected.")] = None,
    found: Annotated[str | None, typer.Option(help="Column: something found.")] = None,
    risk: Annotated[str | None, typer.Option(help="Column: risk declared beforehand.")] = None,
    count: Annotated[str | None, typer.Option(help="Column: consignments that a row stands for.")] = None,
    period: Annotated[str | None, typer.Option(help="Column: day or month.")] = None,
    budget: Annotated[float, typer.Option(min=0.001, max=0.5, help="Chance of any false alarm in a year.")] = 0.05,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the replays.")] = 1,
    store: Annotated[bool, typer.Option("--store", help="Put new alarms on record (workspace).")] = False,
    fail_on_alarm: Annotated[bool, typer.Option("--fail-on-alarm", help="Leave with 1 on an alarm.")] = False,
    since: FromOption = None,
    until: ToOption = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Watch month by month whether a group's burden moved away from that of all, at the same declared risk."""
    from counterflow.account.fairness.over_time import watch_burden

    if store and events is not None:
        raise UsageError("Only what the workspace says is put on record.", hint="Leave out the file, or --store.")
    names = asked_of(group, inspected, found, None, risk, None, None, count, period)
    given = events_of(ctx, events, names, since, until)
    measure = "fruitless" if given.results else "inspected"
    made = {by: watch_burden(given, by, measure=measure, budget=budget, seed=seed) for by in given.groups}
    rows: list[dict[str, Any]] = []
    for by, one in made.items():
        for words in (one.why_not, *one.said):
            if words:
                say(f"{by}: {words}")
        rows += one.rows
    say(f"Any false alarm in a year: at most {budget:.0%} for each grouping. An alarm is a question, not a verdict.")
    if store:
        from counterflow.flow.account_fairness_desk import keep_alarms

        with workspace_of(ctx) as workspace:
            say(f"{keep_alarms(workspace, made.values()):,} new alarm(s) put on record.")
    emit(rows, form, out)
    if fail_on_alarm and any(row["alarm"] for row in rows):
        raise typer.Exit(1)


def fairness_run(
    ctx: typer.Context,
    test: Annotated[str, typer.Argument(help="threshold-test, alarms or swap.")],
    seed: Annotated[int, typer.Option(min=0, help="Seed.")] = 1,
    out: OutOption = None,
) -> None:
    """Run a slow test over the workspace and put what it says on record, for the page and the ledger."""
    from counterflow.flow.account_fairness_desk import run_kept

    with workspace_of(ctx) as workspace:
        made = run_kept(workspace, test, seed=seed)
    say("On record; its digest stands in the ledger.")
    emit(made, Format.JSON, out)


def add_to(app: typer.Typer) -> None:
    """Hang the commands under `account`."""
    app.command("disparity-alarms")(disparity_alarms)
    app.command("fairness-run")(fairness_run)
