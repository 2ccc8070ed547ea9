"""`account swap`: deal names anew among parties and show that no score moves."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

__all__ = ["add_to"]


def swap(
    ctx: typer.Context,
    rounds: Annotated[int, typer.Option(min=1, max=100, help="How many times names are dealt anew.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the deals.")] = 1,
    records: Annotated[int, typer.Option(min=1, max=200_000, help="Newest records looked at.")] = 20_000,
    proxy: Annotated[
        list[str] | None, typer.Option(help="Declared proxy to deal anew too: origin, departure; repeatable.")
    ] = None,
    fail_on_change: Annotated[bool, typer.Option("--fail-on-change", help="Leave with 1 where a score moved.")] = False,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Swap names, countries and days of birth among parties: no score may move but by list matches and people."""
    from counterflow.flow.account_swap import swap_test

    with workspace_of(ctx) as workspace:
        made = swap_test(workspace, rounds=rounds, seed=seed, most=records, proxies=tuple(proxy or ()))
    for words in (f"scores: {made['ranked_by']}", *made["said"], *(_proxy_words(row) for row in made["proxies"])):
        say(words)
    say(_verdict(made))
    emit(made if form is Format.JSON else made["rounds"], form, out)
    if fail_on_change and not made["exact"]:
        raise typer.Exit(1)


def _verdict(made: dict[str, Any]) -> str:
    if made["exact"]:
        return "EXACT: no score moved but by exact list matches and what a person set."
    worst = max(row["unexplained"] for row in made["rounds"])
    return f"NOT EXACT: up to {worst:,} scores moved with a name, and no list or person explains it."


def _proxy_words(row: dict[str, Any]) -> str:
    return (
        f"declared proxy {row['proxy']}: {row['moved']:,} of {row['records']:,} scores move when it is dealt anew,"
        f" {row['kept_in_first_tenth']:.0%} of the first tenth stays"
    )


def add_to(app: typer.Typer) -> None:
    """Hang the command under `account`."""
    app.command()(swap)
