"""`account money …` and `account evidence`: what was paid for what, on how good evidence; no claim of cause."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

if TYPE_CHECKING:
    from counterflow.account.indicators.money import Money

__all__ = ["add_to"]

money = typer.Typer(no_args_is_help=True)

FileArgument = Annotated[
    Path | None,
    typer.Argument(
        help="Table of sums; those of the workspace, else those that the documents name.", show_default=False
    ),
]


def _sums(ctx: typer.Context, file: Path | None) -> list[Money]:
    from counterflow.flow.account_money import sums_of

    if file is None and ctx.find_root().obj["workspace"] is not None:
        with workspace_of(ctx) as workspace:
            return sums_of(None, workspace)
    return sums_of(file, None)


@money.command()
def load(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Table: programme, side, status, amount, currency, period, source …")],
    person: Annotated[str, typer.Option(help="Who loads it.", show_default=False)],
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Keep sums of money in the workspace, sealed in the ledger."""
    from counterflow.flow.account_money import load_money

    with workspace_of(ctx) as workspace:
        made = load_money(workspace, file, person=person)
    emit(made, form, out)


@money.command()
def mix(
    ctx: typer.Context,
    file: FileArgument = None,
    by: Annotated[str, typer.Option(help="side, or grade of evidence.")] = "side",
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Share money out by side or by grade of evidence: never over what was asked for and what was spent together."""
    from counterflow.core.errors import UsageError
    from counterflow.flow.account_money import graded
    from counterflow.flow.account_money import mix as mixed

    if by not in ("side", "grade"):
        raise UsageError(f"Money is not shared out by {by!r}.", hint="Use --by side or --by grade.")
    sums = _sums(ctx, file)
    emit(mixed(sums) if by == "side" else graded(sums), form, out)


@money.command()
def cost(
    ctx: typer.Context, file: FileArgument = None, form: FormatOption = Format.TABLE, out: OutOption = None
) -> None:
    """Give cost per outcome with the doubt of the count. It claims no cause."""
    from counterflow.account.indicators.money import NO_CLAIM
    from counterflow.flow.account_money import costs

    rows = costs(_sums(ctx, file))
    say(NO_CLAIM)
    emit(rows, form, out)


def evidence(
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
    grade: Annotated[str | None, typer.Option(help="Only this grade, A to D.", show_default=False)] = None,
    lever: Annotated[str | None, typer.Option(help="Only this lever of the strategy room.", show_default=False)] = None,
) -> None:
    """List what studies found: design, effect with interval, risk of bias, grade, where it applies, source."""
    from counterflow.account.indicators.evidence import GRADES
    from counterflow.core.errors import UnknownName
    from counterflow.flow.account_money import library

    rows = library()
    if grade is not None and grade.upper() not in GRADES:
        raise UnknownName("grade", grade, GRADES)
    if lever is not None and lever not in {row["lever"] for row in rows}:
        raise UnknownName("lever", lever, {str(row["lever"]) for row in rows if row["lever"]})
    rows = [
        row for row in rows if (not grade or row["grade"] == grade.upper()) and (not lever or row["lever"] == lever)
    ]
    if form is Format.TABLE:
        columns = ("id", "grade", "outcome", "design", "randomised", "measure", "effect", "low", "high", "risk_of_bias")
        rows = [{name: row[name] for name in columns} for row in rows]
    emit(rows, form, out)


def add_to(app: typer.Typer) -> None:
    """Add `money` and `evidence` to the commands of `account`."""
    app.add_typer(money, name="money", help="What was asked for, agreed and spent, for what, on how good evidence.")
    app.command("evidence")(evidence)
