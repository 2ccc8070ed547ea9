"""`strategy validate`: the tests V1 to V9, each with its bar, its value and a verdict."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.core.errors import UsageError

if TYPE_CHECKING:
    from counterflow.strategy.validate.protocol import Told

__all__ = ["add_to"]

#: columns of a table on a terminal; the other forms hold all
_TOLD = ("id", "name", "value", "low", "high", "bar", "verdict", "n")


def add_to(app: typer.Typer) -> None:
    """Put the command among those of `strategy`."""
    app.command()(validate)


def validate(
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewer draws, and only what takes moments; a screening, not the gate.")
    ] = False,
    only: Annotated[
        str | None, typer.Option(help="Tests or bars, with commas: V2,V4 or V2.mean_error.", show_default=False)
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(help="Folder of published results (source_*.csv) in place of those shipped.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of draws and of the intervals.")] = 1,
    fail_on_missed: Annotated[
        bool, typer.Option("--fail-on-missed", help="Leave with 1 where a judged bar is missed.")
    ] = False,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Hold the model against history, held-out years, published policy effects and other models.

    A missed bar is listed, never left out; so is one that could not be judged, with the reason.
    """
    from counterflow.strategy.validate.protocol import validate as run

    told = run(quick=quick, only=_names(only), folder=reference, seed=seed)
    _emit(told, form, out)
    for words in told.said:
        say(words)
    if told.missed and fail_on_missed:
        raise typer.Exit(1)


def _names(only: str | None) -> tuple[str, ...]:
    names = tuple(part.strip() for part in (only or "").split(",") if part.strip())
    if only is not None and not names:
        raise UsageError("--only names no test.", hint="Give V1 to V9 with commas, or leave it out for all.")
    return names


def _emit(told: Told, form: Format, out: Path | None) -> None:
    if form is Format.JSON:
        emit(told.as_dict(), form, out)
        return
    rows = [each.as_dict() for each in told.rows]
    names = _TOLD if form is Format.TABLE else tuple(rows[0])
    emit([{name: _short(each[name], form) for name in names} for each in rows], form, out)


def _short(value: Any, form: Format) -> Any:
    return float(f"{value:.3g}") if form is Format.TABLE and isinstance(value, float) else value
